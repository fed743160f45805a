"""What :class:`.recipe.Recipe` says of itself: made of the docstrings under its fields."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import Any

from .settings import docs


class RecipeDoc:
    """The docstring of a recipe, made of those under its fields when somebody asks for it."""

    def __get__(self, recipe: Any, kind: type) -> str:
        lines = [
            "What to do: task, model, data, optimisation. Immutable; change it with "
            ":meth:`replace`.",
            "", "Parameters", "----------",
        ]  # fmt: skip
        for spec in dataclasses.fields(kind):
            said = docs(kind)[spec.name]
            lines += [f"{spec.name} : {_kinds(spec)}", textwrap.indent(said, "    ")]
        return "\n".join([*lines, "", *_REST.splitlines()])


_REST = """\
Raises
------
RecipeError
    Names the field, the value and what is allowed.

Examples
--------
>>> recipe = Recipe(epochs=1)
>>> recipe.replace(epochs=3).epochs
3
>>> Recipe.from_yaml(recipe.to_yaml()) == recipe
True
"""


def _kinds(spec: dataclasses.Field) -> str:
    """What a field takes, as a docstring says it."""
    if choices := spec.metadata["choices"]:
        return "{" + ", ".join(map(repr, choices)) + "}"
    names = ["None" if kind is type(None) else kind.__name__ for kind in spec.metadata["kinds"]]
    if spec.name == "dataset":
        names.append("pandas.DataFrame")
    return " or ".join(names)
