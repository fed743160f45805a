"""Pairs of replies as rows of tokens, and how much likelier tuning made each of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...i18n import t
from ..shared.encoding import IGNORED, Encoded, Targets
from ..shared.target_collators import CausalCollator
from . import laying

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from ...data.rendering.template import Template

Side = tuple[list[int], list[int]]  # token ids, and labels


@dataclass
class PairRows(Encoded):
    """Rows that are pairs: what was asked with the chosen reply, and with the rejected one.

    Parameters
    ----------
    sides : list of two (ids, labels), n_rows
    reference : ndarray of float32, shape (n_rows, 2), or None
        Log-probabilities of both replies, in nats, by the model before tuning; None before they
        are measured, which counts as 0.
    judged : ndarray of float32, shape (n_rows, 2), or None
        The same in fp32, which take their place when the run has ended.
    """

    sides: list[tuple[Side, Side]] = field(default_factory=list)
    reference: np.ndarray | None = None
    judged: np.ndarray | None = None

    @classmethod
    def of(cls, sides: list[tuple[Side, Side]], **about: Any) -> PairRows:
        """Rows of both sides' tokens."""
        ids = Targets.of([[*one[0], *other[0]] for one, other in sides])
        return cls({"input_ids": ids.ids}, ids.offsets, sides=sides, **about)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of the longer side of each row, int64, shape (n_rows,)."""
        return np.array([max(len(one[0]), len(other[0])) for one, other in self.sides], np.int64)

    @property
    def sizes(self) -> np.ndarray:
        """Tokens of each row as a batch has them, both sides padded to the longer."""
        return 2 * self.lengths

    @property
    def compared(self) -> np.ndarray:
        """Whether something of both replies is left, bool, shape (n_rows,)."""
        return np.array([all(any(label != IGNORED for label in side[1]) for side in pair)
                         for pair in self.sides], bool)  # fmt: skip

    def __getitem__(self, row: int) -> dict:
        """``pair``, two rows with ``input_ids`` and ``token_labels``; ``reference``."""
        known = [0.0, 0.0] if self.reference is None else self.reference[row].tolist()
        pair = [{"input_ids": ids, "token_labels": labels} for ids, labels in self.sides[row]]
        return {"input_ids": pair[0]["input_ids"], "pair": pair, "reference": known}

    def part(self, rows: list[int]) -> PairRows:
        """Some of the rows, in this order, with their labels."""
        known = None if self.reference is None else self.reference[rows]
        return PairRows.of([self.sides[row] for row in rows], reference=known)


class PairCollator(CausalCollator):
    """Lays the chosen sides of a batch over its rejected ones; other rows as ever."""

    def __call__(self, rows: list[dict]) -> dict:
        """``input_ids``, ``attention_mask`` and ``labels``, shape (2 * batch, longest);
        ``reference``, float32, shape (batch, 2)."""
        import torch

        if "pair" not in rows[0]:
            return super().__call__(rows)
        batch = super().__call__([row["pair"][side] for side in (0, 1) for row in rows])
        return {**batch, "reference": torch.tensor([row["reference"] for row in rows])}


def encode(
    template: Template, frame: pd.DataFrame, max_length: int, cut: str, room: int
) -> PairRows:
    """Both sides of each pair, of which the replies are compared.

    Parameters are those of :func:`.laying.encode`; the frame has ``rejected_conversation`` too.
    """
    found = [
        laying.encode(template, frame.assign(conversation=frame[name]), max_length, cut, room)
        for name in ("conversation", "rejected_conversation")
    ]
    chosen, rejected = (_last_learnt(one, len(frame)) for one in found)
    rows = PairRows.of(list(zip(chosen, rejected, strict=True)))
    rows.examples, rows.prompts = np.arange(len(frame)), found[0].prompts
    rows.cut = max(one.cut for one in found)
    rows.notes = list(dict.fromkeys(note for one in found for note in one.notes))
    rows.spelt = found[0].spelt or found[1].spelt
    rows.spelt_rows = max(one.spelt_rows for one in found)
    return rows


def arranged(rows: PairRows, max_length: int) -> PairRows:
    """The pairs of which something of both sides is left (DataError where there is none)."""
    from ...errors import DataError

    kept = np.flatnonzero(rows.compared).tolist()
    if not kept:
        raise DataError(t("preferences.nothing", n=len(rows), max_length=max_length),
                        " ".join(rows.notes) or t("chat.nothing_learnt_back"))  # fmt: skip
    if len(kept) == len(rows):
        return rows
    found = rows.part(kept)
    found.notes = [*rows.notes, t("preferences.left", n=len(rows) - len(kept))]
    found.spelt, found.spelt_rows = rows.spelt, rows.spelt_rows
    return found


def log_ratios(head: Any, inputs: dict, labels: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of both replies of each pair, less those before tuning.

    Parameters
    ----------
    head : workbench.tasks.shared.word_head.WordHead
    inputs : dict
        As :class:`PairCollator` gives them.
    labels : torch.Tensor of int64, shape (2 * batch, n_tokens)

    Returns
    -------
    torch.Tensor of float32, shape (batch, 2)
        In nats, chosen and rejected; sums over the tokens of a reply.
    """
    import torch

    reads = {name: value for name, value in inputs.items()
             if name != "reference" and not name.startswith("_")}  # fmt: skip
    words = head.words({**reads, "use_cache": False}, labels)
    places = words.learnt()
    logits = words.make(words.read[places]).float()
    wanted = labels.reshape(-1)[places]
    logs = logits.gather(-1, wanted[:, None])[:, 0] - logits.logsumexp(-1)
    flat = logs.new_zeros(labels.numel())
    flat = flat.index_put((places,), logs)
    sums = flat.view(labels.shape).sum(dim=1)
    return torch.stack(sums.chunk(2), dim=1) - inputs["reference"].to(sums.dtype)


def _last_learnt(rows: Encoded, n: int) -> list[Side]:
    """Of the rows of each conversation the last one of which something is learnt: ids, labels."""
    assert rows.examples is not None
    found: list[Side] = [([], []) for _ in range(n)]
    for row, example in enumerate(rows.examples.tolist()):
        item = rows[row]
        labels = list(item["token_labels"])
        if any(label != IGNORED for label in labels) or not found[example][0]:
            found[example] = (list(item["input_ids"]), labels)
    return found
