"""A run folder whose answers are those of several models: an ensemble that was saved."""

from __future__ import annotations

from pathlib import Path

FILE = "ensemble.json"  # how answers become one: weights, or a model on top
FOLDER = "members"  # a folder a model, and what was settled for all of them


def is_ensemble(run_folder: Path) -> bool:
    """Whether several models answer for a run folder."""
    return (Path(run_folder) / FILE).is_file()
