"""What is settled on the validation examples once a model is trained, and kept beside it.

A task whose predictions need a threshold has ``settle(table) -> dict or None``, which fits it on
a predictions table, and ``decide(table, settled) -> table``, which applies it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_files import read_json, write_json
from ...task_of_predictions import of_task

if TYPE_CHECKING:
    import pandas as pd

FILE = "decision.json"  # in the folder of the model


def settle(task: Any, table: pd.DataFrame) -> dict | None:
    """What the task settles on these predictions; None where it settles nothing."""
    return task.settle(table) if hasattr(task, "settle") else None


def decide(task: Any, table: pd.DataFrame, settled: dict | None) -> pd.DataFrame:
    """The predictions under what was settled; they say from then on which task they are of."""
    return of_task(task.decide(table, settled) if settled else table, task.name)


def keep(folder: Path, settled: dict | None) -> None:
    """Write what was settled beside the model."""
    if settled:
        write_json(folder / FILE, settled)


def kept(folder: Path) -> dict | None:
    """What was settled for the model in this folder."""
    found = read_json(folder / FILE)
    return found if isinstance(found, dict) else None
