"""Fields of a recipe that choose between kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import task_registry
from .errors import RecipeError, nearest, shown
from .i18n import t
from .settings import Kinds, setting

LOSSES = Kinds("loss", "workbench.training.losses", "own")  # what is minimised
REGULARISATION = Kinds("regularisation", "workbench.training.regularisation", "none")  # and added
ADVERSARIAL = Kinds("adversarial", "workbench.training.adversarial", "none")  # moving words
AUGMENTATION = Kinds("augmentation", "workbench.data.augmentation", "none")  # changed copies
AVERAGING = Kinds("averaging", "workbench.training.averaging", "none")  # of weights over steps
GENERATION = Kinds("generation", "workbench.training.generation", "greedy")  # of choosing words
PROMPTS = Kinds("prompt", "workbench.tasks.prompts", "plain")  # of asking for a text
ROWS = Kinds("rows", "workbench.tasks.rows", "blocks")  # of laying texts into rows
MASKING = Kinds("masking", "workbench.tasks.masking", "tokens")  # of choosing what is masked
MATCHING = Kinds("matching", "workbench.tasks.matching", "bi_encoder")  # of finding texts


def fitting(task: str, kinds: Kinds) -> list[str]:
    """Kinds that are for a task, the usual one first; all for a task that nobody knows.

    A module says so by ``PREDICTS``, what such tasks predict, None for whatever it is; ``NEEDS``, a
    role that they must have; ``NOT_OF``, outputs of models that it is not for.

    >>> fitting("regression", REGULARISATION)
    ['none', 'mixup', 'rdrop']
    """
    declared, found = task_registry.find(task), []
    for kind in kinds.names():
        module = kinds.module(kind)
        predicts, needs = module.PREDICTS, getattr(module, "NEEDS", None)
        if declared is None or (
            (predicts is None or declared.predicts in predicts)
            and (needs is None or needs in declared.role_names)
            and declared.output not in getattr(module, "NOT_OF", ())
        ):
            found.append(kind)
    return found


@dataclass(frozen=True, kw_only=True)
class Changing:
    """Read by :mod:`workbench.training.methods`."""

    method: dict = setting({"kind": "full"}, "kind and its settings", kinds=(dict,), front=4)
    """How weights are changed, and which: ``{"kind": "full"}``, ``{"kind": "lora", "rank": 8}``,
    ``{"kind": "frozen", "layers": 0.5}`` and others; a kind's settings are the fields of its
    ``Settings`` in :mod:`workbench.training.methods`."""


@dataclass(frozen=True, kw_only=True)
class Regularising:
    """Read by :mod:`workbench.training.regularisation` and :mod:`workbench.training.adversarial`.
    """

    regularisation: dict = setting({"kind": "none"}, "kind and its settings", kinds=(dict,))
    """What is added to the loss against learning by heart: ``{"kind": "rdrop", "weight": 1}``, two
    passes with other dropout that are to say the same, or ``{"kind": "mixup", "alpha": 0.4}``; a
    kind's settings are the fields of its ``Settings`` in
    :mod:`workbench.training.regularisation`."""

    adversarial: dict = setting({"kind": "none"}, "kind and its settings", kinds=(dict,))
    """Whether words are moved to where the loss rises, and learnt from there as well: ``{"kind":
    "fgm", "epsilon": 0.3}`` once, ``{"kind": "pgd", "steps": 3}`` in several steps; a kind's
    settings are the fields of its ``Settings`` in :mod:`workbench.training.adversarial`."""

    if TYPE_CHECKING:
        task: str
        loss: dict
        method: dict
        dropout: float | None
        batch_size: int
        gradient_accumulation: int

    def _check(self) -> None:
        """Refuse what is not for the task or its loss, what does nothing, and both at once."""
        chosen = [one for one in (REGULARISATION, ADVERSARIAL)
                  if getattr(self, one.field)["kind"] != one.default]  # fmt: skip
        for one in chosen:
            kind, known = getattr(self, one.field)["kind"], fitting(self.task, one)
            if kind not in known:
                raise RecipeError(
                    t("kinds.not_for", field=one.field, kind=repr(kind), task=self.task),
                    nearest(kind, known), field=one.field,
                )  # fmt: skip
            if getattr(LOSSES.module(self.loss["kind"]), "ALONE", False):
                raise RecipeError(
                    t("kinds.alone", field=one.field, kind=repr(kind),
                      loss=repr(self.loss["kind"])),
                    t("kinds.leave", field=one.field), field=one.field,
                )  # fmt: skip
        if len(chosen) == 2:
            raise RecipeError(
                t("kinds.both", regularisation=repr(self.regularisation["kind"]),
                  adversarial=repr(self.adversarial["kind"])),
                t("kinds.leave", field="adversarial"), field="adversarial",
            )  # fmt: skip
        module = REGULARISATION.module(self.regularisation["kind"])
        quiet = self.dropout == 0 and not self.method.get("dropout")
        if quiet and getattr(module, "NEEDS_DROPOUT", False):
            raise RecipeError(t("regularisation.dropout_0"), t("regularisation.dropout_0_remedy"),
                              field="regularisation")  # fmt: skip
        if getattr(module, "NEEDS_PAIRS", False) and (
            self.batch_size * self.gradient_accumulation == 1
        ):
            raise RecipeError(t("regularisation.one_row"), t("regularisation.one_row_remedy"),
                              field="regularisation")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Augmenting:
    """Read by :mod:`workbench.data.augmentation`."""

    augmentation: dict = setting({"kind": "none"}, "kind and its settings", kinds=(dict,))
    """Changed copies of training examples that are learnt beside them: ``{"kind": "deletion"}``,
    ``{"kind": "typos", "copies": 2, "words": 0.1}``, ``{"kind": "several", "kinds": ["swap",
    "typos"]}`` and others; validation and test have none. A kind's settings are the fields of its
    ``Settings`` in :mod:`workbench.data.augmentation`."""

    if TYPE_CHECKING:
        task: str

    def _check(self) -> None:
        """Refuse kinds that are not for the task, alone or among several (RecipeError)."""
        kind, known = self.augmentation["kind"], fitting(self.task, AUGMENTATION)
        if kind not in known:
            raise RecipeError(
                t("kinds.not_for", field=AUGMENTATION.field, kind=repr(kind), task=self.task),
                nearest(kind, known), field=AUGMENTATION.field,
            )  # fmt: skip
        among = [one for one in known if one not in (kind, AUGMENTATION.default)]
        several = self.augmentation.get("kinds", among)
        for one in several or [None]:
            if one not in among:
                said = one if isinstance(one, str) else shown(one)
                raise RecipeError(
                    t("augmentation.no_kind", kinds=shown(several), one=repr(one)),
                    nearest(said, among), field=AUGMENTATION.field, setting="kinds",
                )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Read by :mod:`workbench.training.predicting.writing`."""

    generation: dict = setting({"kind": "greedy"}, "kind and its settings", kinds=(dict,))
    """How a model that writes chooses words, ``{"kind": "greedy", "max_new_tokens": 64}`` or
    ``{"kind": "sampling", "temperature": 0.8}``; a kind's settings are the fields of its
    ``Settings`` in :mod:`workbench.training.generation`."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Read by :mod:`workbench.tasks.prompts`."""

    prompt: dict = setting(None, "kind and its settings", kinds=(dict,))
    """How a model is asked for a text, ``{"kind": "plain", "prefix": "summarize: "}`` or ``{"kind":
    "conversation", "template": "chatml"}``, and how long that may be; empty is as usual for the
    task. A kind's settings are the fields of its ``Settings`` in :mod:`workbench.tasks.prompts`."""


@dataclass(frozen=True, kw_only=True)
class Laying:
    """Read by :mod:`workbench.tasks.rows`."""

    rows: dict = setting(None, "kind and its settings", kinds=(dict,))
    """How texts are laid into rows of ``max_length`` tokens: ``{"kind": "blocks"}`` one behind the
    other, ``{"kind": "texts"}`` each by itself, ``{"kind": "packed"}`` several in a row that cannot
    see each other; empty is as usual for the task."""


@dataclass(frozen=True, kw_only=True)
class Masking:
    """Read by :mod:`workbench.tasks.masking`."""

    masking: dict = setting({"kind": "tokens"}, "kind and its settings", kinds=(dict,))
    """Which tokens are masked and are to be found again: ``{"kind": "tokens", "share": 0.15}`` each
    by itself, ``{"kind": "words"}`` all pieces of a word together. Each step draws anew; an
    evaluation has the same gaps always."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Read by :mod:`workbench.tasks.matching`."""

    matching: dict = setting({"kind": "bi_encoder"}, "kind and its settings", kinds=(dict,))
    """How texts that belong together are found: ``{"kind": "bi_encoder", "temperature": 0.05}`` by
    a vector of each, ``{"kind": "cross_encoder"}`` by a score of each pair. A kind's settings are
    the fields of its ``Settings`` in :mod:`workbench.tasks.matching`."""


@dataclass(frozen=True, kw_only=True)
class Averages:
    """Read by :mod:`workbench.training.averaging`."""

    averaging: dict = setting({"kind": "none"}, "kind and its settings", kinds=(dict,))
    """Whether evaluations and the finished model have averages of the weights: ``{"kind": "ema",
    "decay": 0.999}`` an exponential moving average, ``{"kind": "swa", "start": 0.75}`` the mean of
    the last steps. Training goes on with the weights as they are. A kind's settings are the fields
    of its ``Settings`` in :mod:`workbench.training.averaging`."""

    def _check(self) -> None:
        """Refuse an average that begins after the last step (RecipeError)."""
        steps = getattr(self, "max_steps", None)
        if steps is not None:
            AVERAGING.module(self.averaging["kind"]).shares(
                AVERAGING.settings(self.averaging), steps
            )
