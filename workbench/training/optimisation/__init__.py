"""What steers the steps, a module each: it declares its settings and says them to the Trainer.

A module here has ``arguments(recipe, device)``, which returns entries of the library's
``TrainingArguments``. These modules lie on the ground: recipes are made of what they declare, so
they import nothing that is heavy or lies higher.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any


def arguments(recipe: Any, device: str) -> dict[str, Any]:
    """Entries of ``TrainingArguments`` that the modules here make of a recipe.

    Parameters
    ----------
    device : str
        Type of the device that trains: "cpu", "cuda" or "mps".
    """
    found: dict[str, Any] = {}
    for module in _modules():
        found |= module.arguments(recipe, device)
    return found


@cache
def _modules() -> list[Any]:
    names = sorted(one.name for one in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
