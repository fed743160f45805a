"""What a run learnt where it began with code of before."""

from __future__ import annotations

from pathlib import Path

from .. import task_registry
from ..recipe import Recipe
from .files import read_fields

CONTROL = "control_tokens"  # of a recipe's ``reading``, and of ``data/info.json``


def as_learnt(folder: Path, recipe: Recipe) -> Recipe:
    """The recipe as the run in ``folder`` reads texts: ``recipe`` itself but for runs that began
    when control tokens that texts spell out always were such, whose ``data/info.json`` does not say
    what they are."""
    info, problem = read_fields(folder, "data/info.json")
    writes = task_registry.spec(recipe.task, trains=None).output == "text"
    talks = recipe.prompt.get("kind") == "conversation"  # what was said always stayed text
    if problem or not writes or talks or CONTROL in info or CONTROL in recipe.reading:
        return recipe
    return recipe.replace(reading={**recipe.reading, CONTROL: True})
