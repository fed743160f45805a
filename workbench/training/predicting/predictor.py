"""A saved model that predicts what it is asked."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import tasks
from ...catalog.loading.padding import settle_padding
from ...catalog.loading.safe_loading import load_config, load_model, load_tokenizer
from ...catalog.loading.taken_inputs import settle_inputs
from ...catalog.model_folders.compact_folders import is_compact
from ...device import choose_precision, device_name
from ...errors import ModelError, UnknownName
from ...recipe import PRECISIONS
from ...run_folder import as_learnt
from ...tasks.shared import decisions
from ..generation import settings_of
from .passes import Passes

log = logging.getLogger("workbench")

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


class Predictor:
    """A saved model, loaded once, that predicts texts; of several threads one after another.

    Parameters
    ----------
    folder : Path
        Holds config, safetensors weights and tokenizer.
    recipe : Recipe
        Of the run: its task, what it says of it, and ``max_length``; longer texts are cut, as in
        training.
    begun : bool
        Whether it reads control tokens as :func:`workbench.run_folder.as_learnt.as_learnt` says.
    model : transformers.PreTrainedModel, optional
        That of the folder, where it is loaded already.
    """

    def __init__(self, folder: Path, recipe: Recipe, *, begun: bool = False, model: Any = None):
        self._begun = as_learnt.said(recipe) if begun else ""
        self.turn = threading.RLock()  # a tokenizer and a cache of what is written are of one text
        if not any(Path(folder).glob("*.safetensors")):
            raise ModelError(
                f"The folder {folder} holds no model.safetensors.", "Train a run to its end first."
            )
        task, self.max_length = tasks.get(recipe.task), recipe.max_length
        self.tokenizer = load_tokenizer(folder)
        task = task.configured(recipe, load_config(folder))
        if model is None:
            model = load_model(folder, task.auto_class)
            if is_compact(folder):
                from ...catalog.model_folders.compact import laid

                model = laid(model, Path(folder))
        self.task = task
        if hasattr(task, "recall"):
            task.recall(Path(folder))
        settle_padding(self.tokenizer, model, f"model in {Path(folder).name}")
        settle_inputs(self.tokenizer, model)
        self.has_template = bool(getattr(self.tokenizer, "chat_template", None))
        task.prepare_writer(self.tokenizer, model)
        self.model = model.to(device_name())
        config, writes = self.model.config, task.spec.output == "text"
        named = task.spec.names_outputs
        self.settled = decisions.kept(folder)
        self.generation = settings_of(recipe) if writes else None
        self.label_names = [config.id2label[i] for i in range(config.num_labels)] if named else []

    def predict(
        self,
        frame: pd.DataFrame,
        *,
        batch_size: int = 64,
        precision: str = "fp32",
        tick: Callable[[], object] = lambda: None,
        on_text: Callable[[int, str], object] | None = None,
        **about: Any,
    ) -> pd.DataFrame:
        """``text``, ``prediction`` and ``score_<class>`` of each row of ``frame``, or the texts.

        What is to be said of them (texts that were cut) stands in ``attrs["notes"]``, and is
        logged.

        ``precision`` is one of :data:`workbench.recipe.PRECISIONS`; ``tick`` is called between
        forward passes and after each token that is written, and what it raises ends the work.
        ``on_text(row, text)`` is told what is written of a row so far, where texts are written.
        ``about`` is handed on to the task's ``predictions``.
        """
        if precision not in PRECISIONS:
            raise UnknownName(
                f"There is no precision {precision!r}.", f"Take one of {', '.join(PRECISIONS)}."
            )
        precision = choose_precision(precision, self.model.device.type)
        with self.turn:
            encoded = self.task.encode(self.tokenizer, frame, self.max_length)
            passes = Passes(
                self.task, self.model, self.tokenizer, encoded, batch_size=batch_size,
                precision=precision, tick=tick, generation=self.generation, on_text=on_text,
            )  # fmt: skip
            outputs = self.task.outputs(passes)
            begun = [self._begun] if encoded.spelt and self._begun else []
            notes = [*encoded.notes, *begun, *getattr(outputs, "notes", [])]
            return decided(self, frame, encoded, outputs, notes, **about)

    def finding(self, texts: list[str], *, batch_size: int = 64) -> Predictor:
        """A predictor with the same model that finds among these texts."""
        found = copy.copy(self)
        found.task = copy.copy(self.task)

        def outputs_of(frame: pd.DataFrame) -> Any:
            encoded = self.task.encode(self.tokenizer, frame, self.max_length)
            passes = Passes(self.task, self.model, self.tokenizer, encoded, batch_size=batch_size)
            return self.task.outputs(passes)

        found.task.find_among(texts, outputs_of)
        return found


def decided(
    answering: Any, frame: pd.DataFrame, encoded: Any, outputs: Any, notes: Iterable[str],
    **about: Any,
) -> pd.DataFrame:
    """The table of what was answered, with what was settled; ``notes`` are logged, and stay in it.

    ``answering`` is a :class:`Predictor`, or what answers as it does.
    """
    once = [*dict.fromkeys(notes)]
    for note in once:
        log.warning(note)
    table = answering.task.predictions(frame, encoded, outputs, answering.label_names, **about)
    table = decisions.decide(answering.task, table, answering.settled)
    if once:
        table.attrs["notes"] = once
    return table
