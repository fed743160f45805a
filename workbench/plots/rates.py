"""Pictures of learning rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError, shown
from ..i18n import t
from ..training.optimisation.schedule import factor_of
from .base import BLUE
from .base import figure as empty

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NOMINAL = 1000  # steps of a picture whose axis is passes
MOST = 2000  # points of the line


def schedule(recipe: Any, *, steps: int | None = None) -> Figure:
    """The learning rate of each optimizer step of a recipe, or of a run.

    Parameters
    ----------
    recipe : Recipe or Run
    steps : int, optional
        Optimizer steps of the training; the recipe's ``max_steps``, or the run's own, where it is
        left out. A recipe that has none, whose data says it, is drawn over its passes, or over
        shares of the training where the passes follow from the data too. A learning rate that
        follows is drawn as shares of itself.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    DataError
        If ``steps`` is no number of steps, or the warm-up is one and how many follow is not known,
        or cycles are passes and those are not known.
    RecipeError
        If the warm-up is as long as the training and the schedule begins after it.
    """
    status = recipe.status() if hasattr(recipe, "status") else {}
    recipe = getattr(recipe, "recipe", recipe)
    if steps is None:
        steps = recipe.max_steps or status.get("total_steps")
    elif isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise DataError(
            t("schedule.bad_steps", value=shown(steps)), t("schedule.bad_steps_remedy")
        )
    if steps is None and recipe.warmup >= 1:
        raise DataError(
            t("schedule.no_steps", value=recipe.warmup), t("schedule.no_steps_remedy")
        )
    cycles = recipe.schedule == "cosine_with_restarts" and recipe.max_steps is None
    if cycles and recipe.epochs is None:
        raise DataError(t("schedule.no_passes"), t("schedule.no_passes_remedy"))
    of = steps or NOMINAL
    factor = factor_of(recipe, of)
    at = range(of) if of <= MOST else [round(n * (of - 1) / (MOST - 1)) for n in range(MOST)]
    passes, rate = recipe.epochs or 1, recipe.learning_rate or 1
    by = t(f"schedule.{'steps' if steps else 'passes' if recipe.epochs else 'shares'}")
    figure = empty(300, title=t("schedule.picture", by=by))
    figure.add_scatter(
        x=[step + 1 if steps else passes * (step + 1) / of for step in at],
        y=[rate * factor(step) for step in at],
        mode="lines", line=dict(color=BLUE, width=2.5), name=recipe.schedule,
    )  # fmt: skip
    figure.update_layout(
        xaxis_title=by,
        yaxis=dict(title=t("schedule.rate" if recipe.learning_rate else "schedule.share"),
                   tickformat=".2~e" if recipe.learning_rate else ".2~f", rangemode="tozero",
                   automargin=True),
    )  # fmt: skip
    return figure
