"""What a run learnt where it began with code of before."""

from __future__ import annotations

from pathlib import Path

from .. import task_registry
from ..i18n import t
from ..recipe import Recipe
from .files import read_fields

CONTROL = "control_tokens"  # of a recipe's ``reading``, and of ``data/info.json``
TALKS = "control_tokens_in_conversations"  # of ``data/info.json``, where what is said is learnt


def as_learnt(folder: Path, recipe: Recipe) -> Recipe:
    """The recipe as the run in ``folder`` reads texts: ``recipe`` itself but for runs whose
    ``data/info.json`` does not say what control tokens are that texts spell out. They began when
    those were always such, in conversations when they always stayed text, whatever ``reading``
    said."""
    info, problem = read_fields(folder, "data/info.json")
    writes = task_registry.spec(recipe.task, trains=None).output == "text"
    if problem or not writes or _key(recipe) in info:
        return recipe
    if _key(recipe) == TALKS:
        kept, other = False, recipe.reading.get(CONTROL, False)
    else:
        kept, other = True, CONTROL not in recipe.reading
    return recipe.replace(reading={**recipe.reading, CONTROL: kept}) if other else recipe


def told(recipe: Recipe) -> dict[str, bool]:
    """What ``data/info.json`` says of a run that begins, or goes on, with this recipe."""
    return {_key(recipe): recipe.reading.get(CONTROL, False)}


def said(learnt: Recipe) -> str:
    """The sentence on a run that goes on otherwise than its recipe would begin today."""
    kept = learnt.reading.get(CONTROL, False)
    return t("written.control_begun" if kept else "written.control_begun_text")


def _key(recipe: Recipe) -> str:
    return TALKS if recipe.prompt.get("kind") == "conversation" else CONTROL
