"""Entry points of the installed packages, which are looked through once and not for each group."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints


@cache
def _all() -> EntryPoints:
    from importlib.metadata import entry_points

    return entry_points()


def entry_points(group: str) -> EntryPoints:
    """Those of one group, of packages as they were when any was first asked for."""
    return _all().select(group=group)


def forget() -> None:
    """Look through the packages anew, when next they are asked."""
    _all.cache_clear()
