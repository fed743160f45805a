"""Predictions of many texts: part by part with progress, and as a table for a CSV file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ... import tasks
from ...errors import DataError
from ...task_of_predictions import like

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe

PART = 512  # rows between two words of progress


def in_parts(
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    frame: pd.DataFrame,
    progress: Callable[[int, int], object],
) -> pd.DataFrame:
    """What ``predict`` says of the frame, asked for part by part.

    ``progress(done, total)`` counts rows, first with 0; what it raises ends the prediction.
    """
    import pandas as pd

    progress(0, len(frame))
    found = []
    for start in range(0, max(len(frame), 1), PART):
        found.append(predict(frame.iloc[start : start + PART].reset_index(drop=True)))
        progress(min(start + PART, len(frame)), len(frame))
    notes = [note for part in found for note in part.attrs.pop("notes", [])]
    whole = like(pd.concat(found, ignore_index=True), found[0])
    if notes:
        whole.attrs["notes"] = [*dict.fromkeys(notes)]
    return whole


def place_for(out: str | os.PathLike, source: str | os.PathLike) -> Path:
    """The path of a file to be written, when it can be and is not the one that is read.

    Raises
    ------
    DataError
        If it is the source, or cannot be written.
    """
    place = Path(out)
    try:
        same = place.exists() and place.samefile(source)
        if not same:
            there = place.exists()
            with open(place, "ab"):
                pass
            if not there:
                place.unlink()
    except (OSError, ValueError) as error:
        raise _unwritable(place, error) from error
    if same:
        raise DataError(
            f"The predictions would be written over {str(place)!r}, which is to be predicted.",
            "Name another file.",
        )
    return place


def write_csv(table: pd.DataFrame, place: Path) -> Path:
    """Write the table to ``place``, and give it; a half of it is never left.

    Raises
    ------
    DataError
        If there is no room any more.
    """
    try:
        table.to_csv(place, index=False)
    except OSError as error:
        with contextlib.suppress(OSError):
            if place.is_file():
                place.unlink()
        raise _unwritable(place, error) from error
    return place


def _unwritable(place: Path, error: Exception) -> DataError:
    return DataError(
        f"The predictions cannot be written to {str(place)!r} "
        f"({getattr(error, 'strerror', None) or error}).",
        "Name a file in a folder that you may write.",
    )


def flat(table: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Predictions whose cells are texts and numbers, as a CSV file holds them.

    Labels of a text are joined by the recipe's separator (";" where it has none), words and tags by
    blanks; entities with their places are JSON. The next best answers are left out.
    """
    task = tasks.get(recipe.task)
    return task.flat(table, recipe.label_separator or ";")
