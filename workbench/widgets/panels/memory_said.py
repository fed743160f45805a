"""How many weights a recipe trains and what memory that takes, said while it is picked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from workbench import task_registry
from workbench.i18n import t
from workbench.recipe import Recipe
from workbench.training.expected_memory import Texts
from workbench.training.expected_memory.asking import Answer, Asking

from ..newest import Newest
from .data_look import DataLook

DELAY = 1.0  # seconds in which changes are one, and what is to be seen first is there
#: Fields that change neither what is trained nor what a step holds.
OTHER = {
    "epochs", "max_steps", "learning_rate", "weight_decay", "max_grad_norm", "warmup", "schedule",
    "evaluate_every", "early_stopping", "checkpoint_every", "snapshots", "seed", "best_metric",
    "report_to", "slices", "class_weights", "generation", "length_grouping",
    "gradient_accumulation",
}  # fmt: skip
ROOM = 0.9  # share of the free memory that a run can have


class MemorySaid:
    """Asks for the newest recipe, in the background; an answer is told once a recipe.

    Parameters
    ----------
    told : callable
        Called with a sentence, "" where nothing is known, and with what is refused: a dict of
        field to sentence.
    """

    def __init__(self, told: Callable[[str, dict[str, str]], None]):
        self._told, self._key = told, ""
        self._asking = Asking()
        self._newest = Newest(self._work, self._show, self._broke,
                              name="workbench-memory", delay=DELAY)  # fmt: skip

    def ask(self, recipe: Recipe, look: DataLook) -> None:
        """Find out what a recipe takes, unless that was asked last."""
        texts = texts_of(recipe, look)
        fields = {n: v for n, v in recipe.to_dict().items() if n not in OTHER}
        if (key := repr((fields, texts))) != self._key:
            self._key = key
            self._told("", {})  # what was told does not hold any more
            self._newest.ask((recipe, texts))

    def wait(self, timeout: float = 120.0) -> bool:
        """Wait until the newest recipe's answer was told."""
        return self._newest.wait(timeout)

    def close(self) -> None:
        """Let the process that answers go."""
        self._asking.close()

    def _work(self, asked: tuple[Recipe, Texts | None], _is_newest: Any) -> Answer:
        return self._asking.ask(*asked)

    def _show(self, _asked: Any, answer: Answer) -> None:
        refused = {answer.field: answer.refused} if answer.refused and answer.field else {}
        self._told(sentence(answer), refused)

    def _broke(self, error: Exception) -> None:
        self._told("", {})


def wanted() -> bool:
    """Whether a panel asks of its own: in a notebook, and not with ``$WORKBENCH_WARM`` set to 0."""
    return "ipykernel.kernelapp" in sys.modules and os.environ.get("WORKBENCH_WARM") != "0"


def texts_of(recipe: Recipe, look: DataLook) -> Texts | None:
    """What the look at the data says of the texts; None of those that are laid into rows."""
    if not len(look.lengths) or task_registry.spec(recipe.task).output == "text":
        return None
    cut = look.lengths.clip(max=recipe.max_length)
    classes = 1 if look.are_scores else max(2, len(look.counts))
    return Texts(int(cut.max()), float(cut.mean()), float(cut.std()), look.words, classes)


def sentence(answer: Answer) -> str:
    """What is said at the method; "" where nothing is known.

    >>> from workbench.training.expected_memory import ExpectedMemory
    >>> found = ExpectedMemory(1_900_000, 136_000_000, {"weights": 1_400_000_000})
    >>> sentence(Answer(found, free=8 * 10**9))
    '1.9 of 136 M weights train · about 1.4 GB of memory beside the program.'
    """
    if (found := answer.found) is None:
        return ""
    trained, every = found.trained, found.every
    unit = "M" if every >= 1e6 else "k"
    by = 1e6 if every >= 1e6 else 1e3
    said = t("form.trains", trained=f"{trained / by:.3g}", every=f"{every / by:.3g}", unit=unit,
             size=_size(found.bytes))  # fmt: skip
    if found.bytes > ROOM * answer.free:
        said += " " + t("form.too_large", free=_size(answer.free))
    return said


def _size(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
