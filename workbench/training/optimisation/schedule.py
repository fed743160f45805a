r"""How long is trained, and how the learning rate rises and falls on the way.

With :math:`w` steps of warm-up in a run of :math:`n`, the rate of step :math:`s` (from 0) is the
recipe's times

* ``linear``: :math:`(n - s) / (n - w)`;
* ``cosine``: :math:`(1 + \cos \pi p) / 2` with :math:`p = (s - w) / (n - w)`;
* ``cosine_with_restarts``: the same with :math:`p` of a cycle, which jumps back to the full rate
  (SGDR; Loshchilov and Hutter, 2017): a cycle a pass, at least two, and three where ``max_steps``
  says how long is trained;
* ``one_cycle``: up from 1/25 along half a cosine during the warm-up, down along another to 4e-6
  (Smith, 2018; the rates that torch's ``OneCycleLR`` has, AdamW's momentum stays as it is);
* ``inverse_sqrt``: :math:`\sqrt{w / s}` (Vaswani et al., 2017);
* ``warmup_stable_decay``: 1, and over the last fifth of the steps :math:`1 - \sqrt p` (Hägele et
  al., 2024);
* ``constant``: 1.

During the warm-up it is :math:`s / w`, but for ``one_cycle``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import RecipeError
from ...i18n import t
from ...settings import NONE, check_share, setting

# as recipes call them, and as the library does; the last one is none of its own
_SHAPES = {
    "linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup",
    "cosine_with_restarts": "cosine_with_restarts", "one_cycle": "constant_with_warmup",
    "inverse_sqrt": "inverse_sqrt", "warmup_stable_decay": "warmup_stable_decay",
}  # fmt: skip
SCHEDULES = tuple(_SHAPES)
WARMUP, CYCLE = 0.06, 0.3  # the usual warm-up, and that of one_cycle
DECAY = 0.2  # of the steps, at the end of warmup_stable_decay
FIRST, LAST = 1 / 25, 1e-4 / 25  # rates of one_cycle
_FITS = ("linear", "cosine", "constant")  # that take a warm-up which is longer than the run


@dataclass(frozen=True, kw_only=True)
class Passes:
    """How long is trained."""

    epochs: float | None = setting(
        None, "passes", kinds=(float, int, NONE), low=0, open_low=True, front=5
    )
    """Passes over the training examples. ``max_steps``, when given, wins. ``None`` follows from the
    data, as ``learning_rate`` does from the model: a run settles them when it begins, and its
    recipe then names them (:mod:`workbench.following_settings`)."""

    max_steps: int | None = setting(None, "optimizer steps", kinds=(int, NONE), low=1)
    """Optimizer steps after which training ends, however many passes they are."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the learning rate rises and falls."""

    warmup: float = setting(None, "share or steps", kinds=(float, int), low=0)
    """Share (below 1) or number of optimizer steps in which the learning rate rises: 0.06, and 0.3
    of ``one_cycle``, where it is left out."""

    schedule: str = setting("linear", "shape", kinds=(str,), choices=SCHEDULES)
    """How the learning rate falls after the warm-up: to 0 in a straight line or along a ``cosine``,
    ``cosine_with_restarts`` (a cycle a pass), ``one_cycle``, with the ``inverse_sqrt`` of the step,
    only over the last fifth of the steps (``warmup_stable_decay``), or not at all (``constant``).
    ``wb.plots.schedule(recipe)`` draws it."""

    def _check(self) -> None:
        """Refuse parts of steps, and a warm-up that leaves nothing to fall (RecipeError)."""
        check_share("warmup", self.warmup)
        if getattr(self, "max_steps", None) is not None:
            check_fit(self, self.max_steps)
        if self.schedule == "inverse_sqrt" and self.warmup == 0:
            raise RecipeError(
                t("schedule.no_scale", value=self.warmup), t("schedule.no_scale_remedy"),
                field="warmup",
            )  # fmt: skip


def usual_warmup(schedule: Any) -> float:
    """The ``warmup`` of a recipe that names none.

    >>> usual_warmup("linear"), usual_warmup("one_cycle")
    (0.06, 0.3)
    """
    return CYCLE if schedule == "one_cycle" else WARMUP


def check_fit(recipe: Any, steps: int) -> None:
    """Refuse a warm-up as long as the run, of a schedule that is nothing without what follows.

    Raises
    ------
    RecipeError
    """
    if recipe.schedule not in _FITS and steps > 1 and warmup_steps(recipe, steps) >= steps:
        raise RecipeError(
            t("schedule.too_long", value=recipe.warmup, steps=steps, schedule=recipe.schedule),
            t("schedule.too_long_remedy"), field="warmup",
        )  # fmt: skip


def warmup_steps(recipe: Any, steps: int) -> int:
    """How many of ``steps`` optimizer steps the rate rises in."""
    return int(recipe.warmup) if recipe.warmup >= 1 else math.ceil(steps * recipe.warmup)


def library_settings(recipe: Any, steps: int) -> dict[str, Any]:
    """What the library's scheduler takes beside warm-up and steps."""
    if recipe.schedule == "cosine_with_restarts":
        return {"num_cycles": _cycles(recipe)}
    if recipe.schedule == "warmup_stable_decay":
        return {"num_decay_steps": _decay(recipe, steps), "decay_type": "1-sqrt"}
    return {}


def own_factor(recipe: Any, steps: int) -> Callable[[int], float] | None:
    """:func:`factor_of` where the library has no such schedule; None where it has."""
    return factor_of(recipe, steps) if recipe.schedule == "one_cycle" else None


def factor_of(recipe: Any, steps: int) -> Callable[[int], float]:
    """What the recipe's learning rate is multiplied with at each of ``steps`` optimizer steps.

    Raises
    ------
    RecipeError
        If the warm-up does not fit into the steps.

    Examples
    --------
    >>> from workbench import Recipe
    >>> factor = factor_of(Recipe(epochs=2, warmup=2, schedule="linear"), 6)
    >>> [factor(step) for step in range(6)]
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]
    """
    check_fit(recipe, steps)
    rise, kind = warmup_steps(recipe, steps), recipe.schedule
    fall, cycles, decay = max(1, steps - rise), _cycles(recipe), _decay(recipe, steps)

    def factor(step: int) -> float:
        if kind == "one_cycle":
            return _one_cycle(step, steps, rise)
        if step < rise:
            return step / rise
        done = (step - rise) / fall
        if kind == "linear":
            return max(0.0, 1 - done)
        if kind == "cosine":
            return _half_cosine(done)
        if kind == "cosine_with_restarts":
            return _half_cosine(cycles * done % 1) if done < 1 else 0.0
        if kind == "inverse_sqrt":
            return math.sqrt(rise / step)
        if kind == "warmup_stable_decay":
            return 1 - math.sqrt(max(0.0, step - (steps - decay)) / max(1, decay))
        return 1.0

    return factor


def cycle_ends(recipe: Any, steps: int, per_pass: int) -> list[int]:
    """After which of ``steps`` optimizer steps, counted from 1, a cycle or a pass is over.

    Parameters
    ----------
    recipe : Recipe
        Of the schedule ``cosine_with_restarts`` the ends of its cycles, where the rate is lowest.
    steps, per_pass : int
        Of the training, and of a pass.

    Examples
    --------
    >>> from workbench import Recipe
    >>> cycle_ends(Recipe(schedule="cosine_with_restarts", epochs=3, warmup=3), 12, 4)
    [6, 9, 12]
    >>> cycle_ends(Recipe(schedule="linear"), 10, 4)
    [4, 8, 10]
    """
    if recipe.schedule == "cosine_with_restarts":
        rise, cycles = warmup_steps(recipe, steps), _cycles(recipe)
        ends = {rise + -(-number * (steps - rise) // cycles) for number in range(1, cycles + 1)}
    else:
        ends = {*range(per_pass, steps, per_pass), steps}
    return sorted(end for end in ends if 0 < end <= steps)


def _cycles(recipe: Any) -> int:
    return 3 if recipe.max_steps is not None else max(2, round(recipe.epochs))


def _decay(recipe: Any, steps: int) -> int:
    return min(math.ceil(DECAY * steps), steps - min(steps, warmup_steps(recipe, steps)))


def _half_cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done))


def _one_cycle(step: int, steps: int, rise: int) -> float:
    top = max(0, rise - 1)
    if step < top:
        return 1 + (FIRST - 1) * _half_cosine(step / top)
    return LAST + (1 - LAST) * _half_cosine((step - top) / max(1, steps - 1 - top))


def arguments(recipe: Any, device: str) -> dict[str, Any]:
    """See :func:`workbench.training.optimisation.arguments`."""
    return dict(
        num_train_epochs=recipe.epochs,
        max_steps=recipe.max_steps or -1,
        warmup_steps=recipe.warmup,
        lr_scheduler_type=_SHAPES[recipe.schedule],
    )
