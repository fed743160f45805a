"""Texts written while a model trains, for the same prompts: before training, at each evaluation."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog.loading.judging import positions
from ..errors import ModelError
from ..i18n import t
from ..memory import is_out_of_memory
from ..run_folder.files import metric_rows
from ..run_folder.samples import LONGEST, read_samples, write_samples
from .generation import settings_of
from .predicting.writing import write
from .reporter import Reporter

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared

PROMPTS = 5  # validation rows
NEW = 40  # tokens of a text at most
BEFORE = 10.0  # seconds for the texts before training at most
LATER = 5.0  # and at an evaluation, or where that is more
SHARE = 0.05  # of the seconds that were trained for, with what was spent on texts taken off


class Samples:
    """Writes ``samples.jsonl`` of a run whose task wants samples (``Task.samples``).

    Parameters
    ----------
    prepared : Prepared
    recipe : Recipe
    reporter : Reporter
        Whose rows are of the run up to now: what the run wrote later is forgotten.
    step : int
        The optimizer step that the run goes on from.
    evaluated : bool
        Whether the evaluation of that step was made.
    """

    def __init__(
        self, prepared: Prepared, recipe: Recipe, reporter: Reporter, *, step: int,
        evaluated: bool, precision: str, share: float = 1.0,
    ):  # fmt: skip
        self.prepared, self.reporter, self.step = prepared, reporter, step
        self.precision, self.share = precision, share
        self.folder = Path(reporter.folder)
        self.began, self.spent, self.said_late = time.monotonic(), 0.0, False
        frame, encoded = prepared.examples.splits["validation"], prepared.encoded["validation"]
        self.prompts = prepared.task.samples(prepared.tokenizer, frame, encoded, PROMPTS)
        self.settings = self._fitting(settings_of(recipe)) if self.prompts else None
        if self.settings is None:
            self.prompts = []
            return
        rows = metric_rows(self.folder).read()
        self.number = len({row["step"] for row in rows if row["kind"] == "eval"})
        try:
            before = read_samples(self.folder)
        except OSError:  # it is written anew
            before = []
        last = step if evaluated else step - 1
        self.moments = [one for one in before if one["step"] <= max(last, 0)]

    @property
    def due(self) -> bool:
        """Whether what the model wrote before it was trained is still to be written."""
        at_start = bool(self.prompts) and self.step == 0
        return at_start and not any(one["step"] == 0 for one in self.moments)

    def write(self, model: Any, step: int, tick: Callable[[], object] | None = None) -> None:
        """Write what the model says at this step, for each prompt.

        A model that cannot write is said, and is not asked again; a full disk as well.

        Raises
        ------
        BrokenOff
            If a command came; nothing is written then.
        """
        if not self.prompts:
            return
        allowed = self.seconds(step)
        settings = dataclasses.replace(self.settings, max_seconds=allowed)
        started = time.monotonic()
        try:
            texts = write(
                model, self.prepared.tokenizer, [one.ids for one in self.prompts], settings,
                precision=self.precision, share=self.share, tick=tick or self.reporter.obey,
                ranks=self.reporter.ranks,
            )  # fmt: skip
        except Exception as error:
            if not isinstance(error, ModelError) and not is_out_of_memory(error):
                raise
            self.prompts = []
            self.reporter.warn(t("samples.failed", why=str(error).partition("\n")[0][:300]))
            return
        self.spent += time.monotonic() - started
        if not self.said_late and any(text is None or text.late for text in texts):
            self.said_late = True
            self.reporter.event("samples_cut", step, seconds=round(allowed, 1))
            self.reporter.warn(t("samples.late", seconds=round(allowed, 1)))
        self.number += step > 0
        moment = {
            "step": step,
            "number": self.number if step else 0,
            "texts": [
                {
                    "row": prompt.row,
                    "prompt": prompt.text[-LONGEST:],
                    "text": text.text[:LONGEST] if text else "",
                    "ended": bool(text and text.ended),
                    "reference": prompt.reference[:LONGEST],
                }
                for prompt, text in zip(self.prompts, texts, strict=True)
            ],
        }
        self.moments = [one for one in self.moments if one["step"] != step] + [moment]
        try:
            write_samples(self.folder, self.moments)
        except OSError as error:
            self.reporter.warn(t("samples.not_written", why=error.strerror or error))

    def seconds(self, step: int) -> float:
        """Time that the texts of a step may take, so that training is not kept waiting."""
        if not step:
            return BEFORE
        trained = time.monotonic() - self.began - self.spent
        return max(LATER, SHARE * trained - self.spent)

    def _fitting(self, settings: Any) -> Any:
        """The recipe's settings with as many new tokens as are wanted and fit; None for none."""
        config = self.prepared.model.config
        room, new = positions(config.to_dict()), min(settings.max_new_tokens, NEW)
        if room is not None:
            longest = max(len(one.ids) for one in self.prompts)
            new = min(new, room - 1 if config.is_encoder_decoder else room - longest)
        return dataclasses.replace(settings, max_new_tokens=new) if new > 0 else None
