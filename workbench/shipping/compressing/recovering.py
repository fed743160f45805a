"""Training after a model lost a part: a run like its own, begun from what is left of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...i18n import t
from ...paths import cache_dir
from ...training.api import fine_tune

if TYPE_CHECKING:
    from .work import Work


def recover(work: Work, changes: dict[str, Any]) -> str:
    """Train the model as it is now, and go on with what comes out.

    Parameters
    ----------
    work : Work
        Whose model is plain.
    changes : dict
        Of the run's recipe, such as ``{"epochs": 1}`` or ``{"loss": {"kind": "distillation",
        "teacher": "runs/large"}}``. All weights are trained, whatever method the run had, where
        none is named here. Nothing is trained where it is empty.

    Returns
    -------
    str
        What was done; "" for nothing.

    Raises
    ------
    RecipeError
        If the recipe cannot have these changes.
    """
    if not changes:
        return ""
    place = cache_dir() / "compressed"
    place.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{work.run.name}-", dir=place))
    start = work.write(stage / "start")
    recipe = work.run.recipe.replace(**{"method": "full", **changes, "model": str(start.folder)})
    run = fine_tune(recipe, stage / "recovery", progress=False)
    work.load(run.path / "model")
    return t("compress.recovered", steps=run.status().get("step") or 0)
