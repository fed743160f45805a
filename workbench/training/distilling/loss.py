"""The loss of a distillation, as :mod:`workbench.training.step_loss` asks it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ...device import device_name
from ...tasks.shared.encoding import IGNORED
from ..batching import mix
from ..objectives.cross_entropy import CrossEntropy
from . import divergences, soft, teachers
from .hidden import HiddenStates
from .words import TeacherWords

if TYPE_CHECKING:
    from ...recipe import Recipe
    from ..predicting.predictor import Predictor
    from ..preparing import Prepared

BY_OUTPUT = {
    "class": divergences.of_classes, "tags": divergences.of_classes,
    "labels": divergences.of_labels, "number": divergences.of_numbers,
    "span": divergences.of_spans,
}  # fmt: skip


class Distillation:
    """What is the same whatever the models give.

    Parameters
    ----------
    settings : workbench.training.losses.distillation.Settings
    own : object
        The task's loss.
    """

    def __init__(self, settings: Any, own: Any):
        self.settings, self.own = settings, own
        self.hidden: HiddenStates | None = None
        self.teacher: Predictor | None = None
        self._mask: torch.Tensor | None = None

    def begin(self, recipe: Recipe, prepared: Prepared, folder: Path) -> None:
        """Load the teacher, and hold it against the student.

        Raises
        ------
        RecipeError
            If it is not there, or not of these classes, tokens or words.
        RunError
            If it is not the one that the run began with.
        """
        found = teachers.find(self.settings.teacher, recipe)
        self.name, self.digest = found.name, found.digest()
        soft.check_same(folder, self.name, self.digest)
        self.teacher = found.load()
        if self.settings.hidden:
            self.hidden = HiddenStates(
                prepared.model, self.teacher.model, prepared.method,
                mix(recipe.seed, "distillation"), self.name,
            )  # fmt: skip

    def listen(
        self, recipe: Recipe, prepared: Prepared, folder: Path, tick: Callable[[], object],
        share: float = 1.0,
    ) -> Any:  # fmt: skip
        """Ask the teacher what can be kept of it; gives the rows to be trained on."""
        return prepared.encoded["train"]

    def look(self, inputs: dict, labels: torch.Tensor) -> None:
        """Let the teacher read what the student is about to read."""
        self._mask = inputs.get("attention_mask")
        if self.hidden is not None:
            self._read(inputs, labels)

    def _read(self, inputs: dict, labels: torch.Tensor) -> None:
        teacher = self.teacher
        assert teacher is not None
        takes = inspect.signature(teacher.model.forward).parameters
        given = {name: value for name, value in inputs.items() if name in takes}
        with torch.no_grad(), torch.autocast(labels.device.type, enabled=False):
            self._ask(teacher, given, labels, inputs.get("_places"))

    def _ask(self, teacher: Predictor, given: dict, labels: torch.Tensor, places: Any) -> None:
        teacher.model(**given)

    def leave(self) -> None:
        """Training is over: the student is what it was without a teacher."""
        if self.hidden is not None:
            self.hidden.leave()
        self.hidden = self.teacher = None


class OfRows(Distillation):
    """Of texts, tagged words and spans: labels are numbers of rows or tokens (:func:`.numbered`),
    by which the labels themselves and what the teacher says of them are found."""

    def begin(self, recipe: Recipe, prepared: Prepared, folder: Path) -> None:
        """See :meth:`Distillation.begin`."""
        super().begin(recipe, prepared, folder)
        self.output = prepared.task.output
        names, alone = prepared.examples.label_names, self.output in ("number", "span")
        assert self.teacher is not None
        self._columns = None if alone else teachers.columns_of(self.teacher, names, self.name)

    def listen(
        self, recipe: Recipe, prepared: Prepared, folder: Path, tick: Callable[[], object],
        share: float = 1.0,
    ) -> Any:  # fmt: skip
        """See :meth:`Distillation.listen`; a teacher whose layers are not needed is let go."""
        rows, frame = prepared.encoded["train"], prepared.train_frame
        assert self.teacher is not None
        same = self.hidden is not None or self.output == "span"
        theirs = soft.rows_of(self.teacher, frame, rows, recipe.max_length, self.name, same=same)
        self.soft = soft.measured(
            self.teacher, theirs, rows, self._columns,
            output=self.output, folder=folder, digest=self.digest, tick=tick, share=share,
        )  # fmt: skip
        device = device_name()
        self._said = torch.from_numpy(self.soft.outputs).to(device)
        self._labels = torch.as_tensor(rows.labels).to(device)
        if self.soft.place is not None:
            self._place = torch.from_numpy(self.soft.place).to(device)
        if self.hidden is None:
            self.teacher = None
        return soft.numbered(rows)

    def normaliser(self, labels: torch.Tensor) -> Any:
        """That of the task's own loss."""
        return self.own.normaliser(self._known(labels))

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of both parts; ``labels`` are numbers of rows (batch,) or of tokens."""
        settings, hard = self.settings, self._known(labels)
        of = BY_OUTPUT[self.output]
        if self.output == "tags":
            flat, numbers = logits.flatten(0, -2), labels.flatten()
            here = (numbers != IGNORED).nonzero()[:, 0]
            place = self._place[numbers[here]]
            here, place = here[place >= 0], place[place >= 0]
            apart = of(flat[here], self._said[place], settings.temperature).sum()
        else:
            each = of(logits, self._of_rows(labels, logits), settings.temperature)
            apart = (each * self._weights(hard)).sum()
        total = (1 - settings.weight) * self.own.total(logits, hard) + settings.weight * apart
        return total if self.hidden is None else total + settings.hidden * self._layers(hard)

    def _known(self, labels: torch.Tensor) -> torch.Tensor:
        """The labels behind numbers of rows or tokens."""
        found = self._labels[labels.clamp_min(0).to(self._labels.device)].to(labels.device)
        return found.masked_fill(labels == IGNORED, IGNORED) if self.output == "tags" else found

    def _of_rows(self, numbers: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """What the teacher says of rows; of spans as wide as the batch, -inf at padding."""
        if self.output != "span":
            return self._said[numbers]
        assert self.soft.offsets is not None
        offsets = torch.as_tensor(self.soft.offsets).to(numbers.device)
        starts, ends = offsets[numbers][:, None], offsets[numbers + 1][:, None]
        places = starts + torch.arange(logits.shape[1], device=numbers.device)
        said = self._said[places.clamp_max(len(self._said) - 1)]
        return said.masked_fill((places >= ends)[..., None], -torch.inf)

    def _weights(self, hard: torch.Tensor) -> Any:
        weights = self.own.weights if isinstance(self.own, CrossEntropy) else None
        return 1.0 if weights is None else weights.to(hard.device)[hard]

    def _layers(self, hard: torch.Tensor) -> torch.Tensor:
        """How far layers are apart: of tagged words, or the mean over the tokens of each text."""
        assert self.hidden is not None
        apart = self.hidden.apart()
        if self.output == "tags":
            return apart[hard != IGNORED].sum()
        mask = torch.ones_like(apart) if self._mask is None else self._mask.to(apart.dtype)
        each = (apart * mask).sum(-1) / mask.sum(-1)
        if self.output == "labels":  # the loss counts each decision
            each = each * hard.shape[-1]
        return (each * self._weights(hard)).sum()


class OfWords(Distillation):
    """Of models that give words: the teacher reads each batch beside the student."""

    def begin(self, recipe: Recipe, prepared: Prepared, folder: Path) -> None:
        """See :meth:`Distillation.begin`."""
        super().begin(recipe, prepared, folder)
        assert self.teacher is not None
        teachers.same_words(self.teacher, prepared.tokenizer, self.name)
        self._words = TeacherWords(self.teacher.model)

    def normaliser(self, labels: torch.Tensor) -> Any:
        """That of the task's own loss."""
        return self.own.normaliser(labels)

    def look(self, inputs: dict, labels: torch.Tensor) -> None:
        """See :meth:`Distillation.look`."""
        self._read(inputs, labels)

    def _ask(self, teacher: Predictor, given: dict, labels: torch.Tensor, places: Any) -> None:
        self._words.read(given, labels, places)

    def total_of(self, words: Any) -> torch.Tensor:
        """Sum of both parts over the learnt tokens of a batch."""
        settings = self.settings
        total = self.own.total_of(words)
        if settings.weight:
            apart = self._words.apart(words, settings.temperature)
            total = (1 - settings.weight) * total + settings.weight * apart
        if self.hidden is not None:
            learnt = (words.labels != IGNORED) if words.labels is not None else ...
            total = total + settings.hidden * self.hidden.apart()[learnt].sum()
        return total
