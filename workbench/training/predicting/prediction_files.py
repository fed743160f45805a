"""Predictions of many texts: part by part with progress, and as a table for a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ... import tasks
from ...data.reading.expected import is_seen
from ...errors import DataError
from ...task_of_predictions import like
from .prediction_writers import ending_of, unwritable, written

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

    found = list(each_part(predict, frame, progress))
    notes = [note for part in found for note in part.attrs.pop("notes", [])]
    whole = like(pd.concat(found, ignore_index=True), found[0])
    if notes:
        whole.attrs["notes"] = [*dict.fromkeys(notes)]
    return whole


def each_part(
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    frame: pd.DataFrame,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[pd.DataFrame]:
    """Part by part what ``predict`` says of the frame; :func:`in_parts` puts them together."""
    progress(0, len(frame))
    for start in range(0, max(len(frame), 1), PART):
        yield predict(frame.iloc[start : start + PART].reset_index(drop=True))
        progress(min(start + PART, len(frame)), len(frame))


def predict_into(
    out: Path,
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    frame: pd.DataFrame,
    recipe: Recipe,
    progress: Callable[[int, int], object],
    seen: Callable[[pd.DataFrame], object],
) -> list[str]:
    """Write what ``predict`` says of the frame part by part, each of which ``seen`` is given.

    Returns
    -------
    list of str
        What the predictions note, each once; nothing where somebody is seeing to it already
        (:func:`workbench.data.reading.expected.seeing`).
    """
    notes: dict[str, None] = {}
    with written(out, len(frame)) as kept:
        for part in each_part(predict, frame, progress):
            notes |= dict.fromkeys(part.attrs.get("notes", []))
            seen(part)
            kept.write(flat(part, recipe))
    return [] if is_seen() else list(notes)


def place_for(out: str | os.PathLike, source: str | os.PathLike) -> Path:
    """The path of a file to be written, when it can be and is not the one that is read.

    Raises
    ------
    DataError
        If it is the source, cannot be written, or ends otherwise than what can be written.
    """
    place = Path(out)
    ending_of(place)
    try:
        same = place.exists() and place.samefile(source)
        if not same:
            there = place.exists()
            with open(place, "ab"):
                pass
            if not there:
                place.unlink()
    except (OSError, ValueError) as error:
        raise unwritable(place, error) from error
    if same:
        raise DataError(
            f"The predictions would be written over {str(place)!r}, which is to be predicted.",
            "Name another file.",
        )
    return place


def flat(table: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Predictions whose cells are texts and numbers, as a file holds them.

    Labels of a text are joined by the recipe's separator (";" where it has none), words and tags by
    blanks; entities with their places are JSON. The next best answers are left out.
    """
    task = tasks.get(recipe.task)
    return task.flat(table, recipe.label_separator or ";")
