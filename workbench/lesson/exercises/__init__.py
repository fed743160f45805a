"""The exercises of each notebook: a module ``n<notebook>.py`` with ``EXERCISES`` by number."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from ..exercise import Exercise


@cache
def notebooks() -> list[str]:
    """The numbers of the notebooks that have exercises, in order."""
    return sorted(found.name[1:] for found in pkgutil.iter_modules(__path__))


def exercises_of(notebook: str) -> Mapping[str, Exercise]:
    """A notebook's exercises by their numbers; none for a notebook that nobody knows."""
    if notebook not in notebooks():
        return {}
    return import_module(f"{__name__}.n{notebook}").EXERCISES


def names() -> list[str]:
    """Every exercise's name: ``["01.1", "01.2", ...]``."""
    return [f"{book}.{number}" for book in notebooks() for number in exercises_of(book)]
