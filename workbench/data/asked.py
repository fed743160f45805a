"""What somebody wants predicted: texts in memory, or the table in a file, read as for training."""

from __future__ import annotations

import dataclasses
import itertools
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import task_registry
from ..errors import DataError, UnknownName
from ..i18n import t
from ..paths import is_there
from .reading import archives, sources
from .reading.expected import Expected, expecting, is_seen
from .reading.folder_entries import is_about
from .reading.reading_settings import check_reading
from .reading.reports import guesses
from .reading.user_files import READERS

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

MANY = 10_000  # entries of a folder whose endings are looked at
LONGEST_PATH = 1000  # characters: what is longer is a text
_PREDICTED = ("text", "tokens", "messages")  # kinds of columns that a model reads


class TakenOver(DataError):
    """A file that cannot be read with what was taken over from the run's data.

    ``why`` is what is wrong with it, ``settings`` what was taken over.
    """

    def __init__(self, why: DataError, settings: Mapping[str, Any]):
        self.why, self.settings = why, dict(settings)
        way = f"reading={dict.fromkeys(settings)!r}"
        super().__init__(why.message, self.way_back(way))

    def way_back(self, way: str) -> str:
        """What to do, where that is said in ``way``."""
        n, listed = len(self.settings), str(self.settings)[1:-1]
        said = t("asked.taken_over", n=n, settings=listed, way=way)
        return f"{self.why.remedy} {said}".strip()


def asked_for(
    data: Any, recipe: Recipe, read: Mapping[str, Any] | None = None, *,
    reading: Mapping[str, Any] | None = None,
) -> list | pd.DataFrame:  # fmt: skip
    """What is to be predicted, as a list or a table.

    Parameters
    ----------
    data : str, Path, sequence, dict, pandas.DataFrame, pandas.Series or datasets.Dataset
        A text or the path of a file; texts, or pairs of texts where the recipe has pairs; an object
        of values, a list of such, or an object of columns; a table. A text that names a file is
        one, and so is one that ends as files do (``new.csv``); a folder has to hold one split.
    recipe : Recipe
        How the run's own data was read (``reading``) is how a file with the same ending is read;
        one that is not of the ``shape`` that it names is read without it, and a warning says so.
    read : mapping, optional
        How the run's own files were written, as ``data_info()["read"]`` says.
    reading : mapping, optional
        How the file is to be read, with the keys of a recipe's ``reading``, over what is taken from
        the recipe; None leaves a setting of the recipe out.

    Raises
    ------
    UnknownName
        If there is no such file.
    DataError
        If a file cannot be read or holds several splits, a text is the name of a folder, or this is
        nothing that can be predicted; or if ``reading`` is no mapping, or holds no such setting.
    """
    import datasets as hf
    import pandas as pd

    reading = check_reading(reading, over_others=True)
    path = None if isinstance(data, pd.DataFrame) else path_of(data)
    if reading and path is None:
        raise DataError(t("asked.no_file", names=", ".join(reading)), t("asked.no_file_back"))
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, hf.Dataset):
        return data.to_pandas()
    if isinstance(data, hf.DatasetDict):
        return _only(data, "This").to_pandas()
    if isinstance(data, Mapping):
        return _of_object(data, recipe)
    if path is not None:
        return read_asked(path, recipe, read, reading)
    if isinstance(data, str):
        return [data]
    if isinstance(data, bytes) or not hasattr(data, "__iter__"):
        shown = str(data)[:40]
        raise DataError(f"{shown!r} ({type(data).__name__}) cannot be predicted.", _WAYS)
    items = list(data)
    if items and all(isinstance(item, Mapping) for item in items):
        return _of_objects(items, recipe)
    if items and "pair" in recipe.columns and all(map(_is_pair, items)):
        names = [recipe.columns.get("text", "text"), recipe.columns["pair"]]
        return pd.DataFrame([list(item) for item in items], columns=names)
    return items


_WAYS = (
    "Give a text, a list of texts, a table (or a dict of columns, or a list of dicts) with the "
    "recipe's columns, or the path of a file."
)


def _of_object(data: Mapping, recipe: Recipe) -> list | pd.DataFrame:
    """An object of columns, or of the values of one row."""
    import pandas as pd

    if not data:
        raise DataError("The dict has no columns.", _WAYS)
    columns = {str(n): list(v) for n, v in data.items() if _is_column(v)}
    if not columns:
        return _of_objects([data], recipe)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(columns) < len(data) or len(set(lengths.values())) > 1:
        said = ", ".join(f"{name!r} {length:,}" for name, length in list(lengths.items())[:5])
        raise DataError(
            f"The columns to be predicted differ in length: {said}.", "Give each as many values."
        )
    return pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in columns.items()})


def _of_objects(items: list[Mapping], recipe: Recipe) -> list | pd.DataFrame:
    import pandas as pd

    declared = task_registry.find(recipe.task)
    needed = {"question", "context"}
    if declared and declared.predicts == "span" and all(needed <= set(item) for item in items):
        return items
    return pd.DataFrame([dict(item) for item in items], dtype=object)


def _is_column(values: Any) -> bool:
    return hasattr(values, "__iter__") and not isinstance(values, (str, bytes, Mapping))


def _is_pair(item: Any) -> bool:
    return isinstance(item, (list, tuple)) and [type(text) for text in item] == [str, str]


def _only(splits: Any, what: Any) -> Any:
    """The one split; DataError where there are several."""
    if len(splits) > 1:
        raise DataError(
            f"{what} holds several splits: {', '.join(splits)}.",
            "Give the file of the one that is to be predicted.",
        )
    return next(iter(splits.values()))


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
        if not is_there(path):
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


def read_asked(
    path: Path, recipe: Recipe, read: Mapping[str, Any] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The table of a file to be predicted; what its reading had to guess is said as a warning, or
    by whoever is seeing how files are read."""
    read = read if isinstance(read, Mapping) else {}
    known = taken_over(path, recipe, read)
    known = {name: value for name, value in known.items() if name not in (reading or {})}
    given = {name: value for name, value in (reading or {}).items() if value is not None}
    what = dataclasses.replace(Expected.of(_names(recipe), read), shape=known.get("shape"))
    try:
        with expecting(what):
            splits, reports = sources.opened(path, reading={**known, **given})
    except DataError as error:
        if not known:
            raise
        raise TakenOver(error, known) from error
    table = _only(splits, path).to_pandas()
    if not is_seen():
        for note in guesses(reports):
            warnings.warn(note, UserWarning, stacklevel=4)
    return table


def taken_over(
    path: Path, recipe: Recipe, read: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What of a recipe's ``reading`` holds for a file to be predicted as well: one that ends as
    those of the run's data do."""
    read = read if isinstance(read, Mapping) else {}
    known = recipe.reading if _is_alike(path, recipe.dataset, read) else {}
    of_all = ("config", "splits")  # of the data that was learnt
    return {name: value for name, value in known.items() if name not in of_all}


def _is_alike(path: Path, dataset: str, read: Mapping[str, Any]) -> bool:
    """Whether a file is written as the run's own: it ends as those that the run read."""
    said = read.get("endings")
    own = set(map(str, said)) if isinstance(said, list) else _endings(Path(dataset))
    return bool(_endings(path) & {*own, archives.ending(dataset)})


def _endings(path: Path) -> set[str]:
    """How a file ends, or those of a folder that may be data."""
    if not is_there(path) or not path.is_dir():
        return {archives.ending(path)}
    inside = (one.relative_to(path) for one in itertools.islice(path.rglob("*"), MANY)
              if one.is_file())  # fmt: skip
    data = (one for one in inside if not archives.hidden(one.as_posix()) and not is_about(one))
    return {archives.ending(one) for one in data}


def _names(recipe: Recipe) -> tuple[str, ...]:
    """What the first column that is predicted may be called: as in the recipe, or by its role."""
    declared = task_registry.find(recipe.task)
    roles = [r for r in declared.roles if r.kind in _PREDICTED] if declared else []
    roles = [r for r in roles if r.name in recipe.columns or r.required] or roles
    several = [r for r in roles if r.kind == "messages"] or roles[:1]  # any of them will do
    names = [name for r in several for name in (recipe.columns.get(r.name, r.name), r.name)]
    return tuple(dict.fromkeys(names))
