"""What the workbench can train: one file a task, all with the protocol of :mod:`.base`."""

from __future__ import annotations

import importlib

from .. import catalog
from ..errors import UnknownName, nearest
from .base import Task


def get(name: str) -> Task:
    """The task of a name.

    Raises
    ------
    UnknownName
        With the nearest names.
    """
    if name not in catalog.tasks():
        raise UnknownName(f"There is no task {name!r}.", nearest(name, catalog.tasks()))
    return importlib.import_module(f".{name.replace('-', '_')}", __name__).TASK
