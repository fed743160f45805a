"""What somebody wants predicted: texts in memory, or the table in a file, read as for training."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, UnknownName
from . import archives, sources
from .files import READERS
from .reports import FileReport

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

LONGEST_PATH = 1000  # characters: what is longer is a text


def asked_for(data: Any, recipe: Recipe) -> list | pd.DataFrame:
    """What is to be predicted, as a list or a table.

    Parameters
    ----------
    data : str, Path, list, dict or pandas.DataFrame
        A text or the path of a file; texts; an object of values, or of columns; a table. A text
        that names a file is one, and so is one that ends as files do (``new.csv``); a folder has to
        hold one split.
    recipe : Recipe
        How the run's own data was read (``reading``) is how a file with the same ending is read.

    Raises
    ------
    UnknownName
        If there is no such file.
    DataError
        If a file cannot be read or holds several splits, or a text is the name of a folder.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, dict):
        values = list(data.values())
        columns = bool(values) and all(isinstance(v, (list, tuple, pd.Series)) for v in values)
        if recipe.task == "question-answering" and not columns:
            return [data]
        if columns and len({len(value) for value in values}) > 1:
            raise DataError(
                "The columns to be predicted differ in length.", "Give each as many values."
            )
        return pd.DataFrame(data if columns else [data])
    if (path := path_of(data)) is not None:
        return read_asked(path, recipe)
    return [data] if isinstance(data, str) else list(data)


def path_of(data: Any) -> Path | None:
    """The path that is meant, or None for texts.

    Examples
    --------
    >>> path_of("a fine day"), path_of("news.csv is down"), path_of(["new.csv"])
    (None, None, None)

    Raises
    ------
    UnknownName
        If it is a path and nothing is there.
    DataError
        If it is a text that happens to be the name of a folder.
    """
    if isinstance(data, os.PathLike):
        path = Path(data).expanduser()
        if not path.exists():
            raise _missing(path)
        return path
    if not isinstance(data, str) or "\n" in data or not 0 < len(data) < LONGEST_PATH:
        return None
    try:
        path = Path(data).expanduser()
        if path.is_file():
            return path
        if path.is_dir() and data.strip():
            raise DataError(
                f"{data!r} is a folder.",
                f"To predict the file in it, give Path({data!r}); for the text, give [{data!r}].",
            )
    except (OSError, ValueError, RuntimeError):  # too long for a name, a zero byte, no such user
        return None
    like_a_file = archives.ending(data) in READERS or archives.is_archive(data)
    if like_a_file and "://" not in data and (not data.split()[1:] or os.sep in data):
        raise _missing(path)
    return None


def _missing(path: Path) -> UnknownName:
    return UnknownName(
        f"There is no file {str(path)!r}.",
        f"Give the path of a file that is there; for the text itself, give [{str(path)!r}].",
    )


def read_asked(path: Path, recipe: Recipe) -> pd.DataFrame:
    """The table of a file to be predicted; what its reading had to guess is said as a warning."""
    own = archives.ending(recipe.dataset)
    reading = dict(recipe.reading) if path.is_dir() or archives.ending(path) == own else {}
    splits, reports = sources.opened(path, reading=reading)
    if len(splits) > 1:
        raise DataError(
            f"{path} holds several splits: {', '.join(splits)}.",
            "Give the file of the one that is to be predicted.",
        )
    for note in _guesses(reports):
        warnings.warn(note, UserWarning, stacklevel=4)
    return next(iter(splits.values())).to_pandas()


def _guesses(reports: list[FileReport]) -> list[str]:
    return [
        f"{note.what} {note.remedy}".strip()
        for report in reports
        for note in report.notes
        if note.severity == "warning"
    ]
