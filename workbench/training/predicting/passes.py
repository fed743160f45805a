"""What a task can ask of a trained model for rows: scores, losses of texts, or texts it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...catalog.loading.judging import positions
from ...i18n import t
from ...tasks.shared.encoding import Encoded
from ...tasks.shared.written import Written
from ..generation import greedy
from ..parallel import ALONE, Alone
from .many_rows import predict_outputs
from .writing import Text, write


@dataclass
class Passes:
    """A model at work on encoded rows; see :meth:`workbench.tasks.base.Task.outputs`.

    Parameters
    ----------
    task : Task
    model : torch.nn.Module
    tokenizer : transformers.PreTrainedTokenizerBase
    encoded : Encoded
    batch_size : int
        Rows a forward pass at most.
    precision : {'fp32', 'bf16', 'fp16'}
    tick : callable
        Called between forward passes; what it raises ends the work.
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    generation : Settings, optional
        How words are chosen; see :mod:`workbench.training.generation`.
    texts : int or None
        Rows of which texts are wanted, from the first; None for all.
    judged : bool
        Whether they are wanted even where a checkpoint is chosen by something else.
    progress : callable
        ``progress(done, total)`` of texts that are written.
    on_text : callable, optional
        ``on_text(row, text)`` after each token; see :func:`.writing.write`.
    ranks : Alone
        Who computes a part of the rows; see :mod:`workbench.training.parallel`.
    """

    task: Any
    model: Any
    tokenizer: Any
    encoded: Encoded
    batch_size: int = 64
    precision: str = "fp32"
    tick: Callable[[], object] = lambda: None
    share: float = 1.0
    generation: Any = None
    texts: int | None = None
    judged: bool = False
    progress: Callable[[int, int], object] = lambda done, total: None
    on_text: Callable[[int, str], object] | None = None
    ranks: Alone = ALONE

    def scores(self, reduce: Callable | None = None) -> np.ndarray:
        """See :func:`.many_rows.predict_outputs`."""
        return predict_outputs(
            self.model, self.tokenizer, self.encoded, batch_size=self.batch_size,
            precision=self.precision, tick=self.tick, share=self.share, reduce=reduce,
            collate=self.task.collator(self.tokenizer, self.model) if reduce else None,
            forward=self.task.forward if reduce else None, ranks=self.ranks,
        )  # fmt: skip

    def generates(self, rows: Sequence[int] | None = None) -> list[Text | None]:
        """Texts that continue or answer rows (all of them by default); see :func:`.writing.write`.

        Where the rows have prompts of their own, those of the examples are gone on from.
        """
        asked = self.encoded if self.encoded.prompts is None else self.encoded.prompts
        rows = range(len(asked)) if rows is None else rows
        self.progress(0, len(rows))
        return write(
            self.model, self.tokenizer, [_ids(asked[row]) for row in rows],
            self.generation or greedy.Settings(), batch_size=self.batch_size,
            precision=self.precision, share=self.share, tick=self.tick,
            on_done=lambda done: self.progress(min(done * self.ranks.size, len(rows)), len(rows)),
            on_text=self.on_text, ranks=self.ranks,
        )  # fmt: skip

    def room(self) -> int | None:
        """Tokens of a prompt that leave a decoder places for what it may write; at least 1.

        None where the model has places for any number.
        """
        most = positions(self.model.config.to_dict())
        new = (self.generation or greedy.Settings()).max_new_tokens
        return None if most is None else max(1, most - new)

    def written(self, *, texts: bool = True) -> Written:
        """Losses of all targets, where rows have some, and texts of the first rows.

        ``texts=False`` leaves the texts out.
        """
        from ...tasks.shared.token_loss import text_losses

        n_rows = len(self.encoded)
        losses = np.full((n_rows, 2), np.nan, np.float32)
        if n_rows and (self.encoded.targets is not None or self.encoded.token_labels):
            losses = self.scores(text_losses)
        wanted = n_rows if self.texts is None else min(self.texts, n_rows)
        found = self.generates(range(wanted)) if texts and wanted else []
        notes = self.cuts(found)
        found += [None] * (n_rows - len(found))
        return Written(
            losses[:, 0],
            losses[:, 1],
            [None if one is None else one.text for one in found],
            np.array([one is not None and one.ended for one in found], bool),
            notes,
        )

    def cuts(self, texts: Sequence[Text | None]) -> list[str]:
        """What is to be said of texts that :meth:`generates` gave; see :func:`cuts`."""
        return cuts(texts, self.generation or greedy.Settings())


def _ids(row: Any) -> list[int]:
    return row["input_ids"] if isinstance(row, dict) else row


def cuts(texts: Sequence[Text | None], settings: Any) -> list[str]:
    """Sentences on how many of the texts that were asked for were cut, or not begun in time."""
    late = sum(one is not None and one.late for one in texts)
    left = sum(one is None for one in texts)
    spent = sum(one is not None and one.spent for one in texts)
    endless = sum(one is not None and not one.ended for one in texts) - late - spent
    found, alone = [], "_alone" if len(texts) == 1 else ""
    seconds = settings.max_seconds
    if seconds is not None and (late or left):
        about = {"n": late, "left": left, "total": len(texts), "seconds": seconds}
        found.append(t(f"generation.late{alone}", **about))
    if spent:
        size = settings.no_repeat_ngram_size
        found.append(t(f"generation.spent{alone}", n=spent, total=len(texts), size=size))
    if endless:
        most = settings.max_new_tokens
        found.append(t(f"generation.endless{alone}", n=endless, total=len(texts), most=most))
    return found
