"""Which engines there are: the modules of this folder with the three functions, and others'."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from typing import TYPE_CHECKING

from .. import installed
from ..errors import EngineError, UnknownName, nearest
from ..i18n import t
from .base import Engine

if TYPE_CHECKING:
    import pandas as pd

GROUP = "workbench.engines"
HOME = "local"
OWN = (HOME, "slurm")
_PARTS = ("submit", "status", "cancel")


@cache
def _of_others() -> tuple[dict[str, Engine], dict[str, str]]:
    """Engines of other packages, and why the others of them are left out."""
    found: dict[str, Engine] = {}
    wrong: dict[str, str] = {}
    for point in sorted(installed.entry_points(GROUP), key=lambda one: (one.name, one.value)):
        if point.name in (*OWN, *found):
            wrong[point.name] = t("engine.name_taken", name=point.name, value=point.value)
            warnings.warn(wrong[point.name], stacklevel=3)
            continue
        try:
            engine = point.load()
            lacking = [part for part in _PARTS if not callable(getattr(engine, part, None))]
            if lacking:
                raise EngineError(t("engine.lacks", parts=", ".join(lacking)))
        except Exception as error:  # whatever somebody else's package raises
            why = str(error).partition("\n")[0]
            wrong[point.name] = t("engine.not_loaded", name=point.name, value=point.value,
                                  kind=type(error).__name__, why=why)  # fmt: skip
            continue
        found[point.name] = engine
    return found, wrong


def names() -> list[str]:
    """Names of the engines, this machine first."""
    return [*OWN, *_of_others()[0]]


def find(name: str) -> Engine:
    """The engine of a name.

    Raises
    ------
    UnknownName
        With the nearest names; of another package's that does not load, with the reason.
    """
    if name in OWN:
        return importlib.import_module(f"workbench.execution.{name}")
    found, wrong = _of_others()
    if name in found:
        return found[name]
    if name in wrong:
        raise UnknownName(wrong[name])
    raise UnknownName(t("engine.unknown", name=repr(name)), nearest(str(name), names()))


def engines() -> pd.DataFrame:
    """The engines on which runs can be started from here.

    Returns
    -------
    pandas.DataFrame, a row an engine, this machine first
        ``engine`` (the name that ``start(recipe, on=...)`` takes), ``reachable`` (bool) and
        ``said``: what it is, or why it cannot be reached and what to do.
    """
    import pandas as pd

    rows: list[tuple[str, bool, str]] = []
    for name in names():
        try:
            rows.append((name, True, find(name).status().why))
        except Exception as error:  # somebody else's may raise anything
            rows.append((name, False, str(error)))
    rows += [(name, False, why) for name, why in _of_others()[1].items() if name not in names()]
    return pd.DataFrame(rows, columns=["engine", "reachable", "said"])
