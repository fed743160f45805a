"""Whatever is given to be predicted, a text, a table, a file, as a list or a table of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data import files, sources
from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ..recipe import Recipe

WAYS = (
    "Give a text, a list of texts, a table (or a dict of columns, or a list of dicts) with the "
    "recipe's columns, or the path of a file."
)


def read_asked(data: Any, recipe: Recipe) -> list | pd.DataFrame:
    """What somebody wants predicted.

    Parameters
    ----------
    data : str, path, sequence, dict, pandas.DataFrame, pandas.Series or datasets.Dataset
        A text that is the path of a file, or that ends as a file of data does, is a path.
    recipe : Recipe
        A file like the one of the recipe is read as that was.

    Returns
    -------
    list or pandas.DataFrame

    Raises
    ------
    DataError
        If there is no such file, it is a folder, or this is nothing that can be predicted.
    """
    import datasets as hf
    import pandas as pd

    if (path := _path_of(data)) is not None:
        return _table(_read(path, recipe), path)
    if isinstance(data, str):
        return [data]
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, (hf.DatasetDict, Mapping)) and data and _all_splits(data):
        return _table(dict(data), "This")
    if isinstance(data, hf.Dataset):
        return data.to_pandas()
    if isinstance(data, Mapping):
        single = not any(_is_column(values) for values in data.values())
        return _of_rows([data], recipe) if data and single else _of_columns(data)
    if isinstance(data, (bytes, int, float)) or data is None:
        raise DataError(f"{str(data)[:40]!r} ({type(data).__name__}) cannot be predicted.", WAYS)
    try:
        items = list(data)
    except TypeError:
        raise DataError(f"A {type(data).__name__} cannot be predicted.", WAYS) from None
    if items and all(isinstance(item, Mapping) for item in items):
        return _of_rows(items, recipe)
    if items and "pair" in recipe.columns and all(_is_pair(item) for item in items):
        names = [recipe.columns.get("text", "text"), recipe.columns["pair"]]
        return pd.DataFrame(items, columns=names)
    return items


def _path_of(data: Any) -> Path | None:
    """The path that is meant, which is a file; None where it is a text or a table."""
    if isinstance(data, os.PathLike):
        path = Path(data).expanduser()
    elif isinstance(data, str) and "\n" not in data and len(data) < 1000:
        path = Path(data.strip()).expanduser()
        named = path.suffix.lower() in files.READERS and " " not in data.strip()
        try:
            there = path.is_file() or (path.is_dir() and _is_written_as_path(data.strip()))
        except (OSError, ValueError):
            there = False
        if not there and not named:
            return None
    else:
        return None
    if path.is_dir():
        raise DataError(f"{str(data)!r} is a folder.", "Give the path of one file.")
    if not path.is_file():
        raise DataError(
            f"There is no file {str(data)!r}.",
            "Correct the path; a text that only looks like one is predicted in a list: [text].",
        )
    return path


def _is_written_as_path(text: str) -> bool:
    return os.sep in text or text.startswith((".", "~"))


def _read(path: Path, recipe: Recipe) -> dict:
    """The splits of a file; one that ends as the recipe's file does is read as that was."""
    alike = Path(recipe.dataset).suffix.lower() == path.suffix.lower()
    return dict(sources.load(path, reading=recipe.reading if alike else None))


def _table(splits: dict, what: Any) -> pd.DataFrame:
    if len(splits) > 1:
        raise DataError(
            f"{what} holds the splits {', '.join(splits)}.", "Give one of them, as a table."
        )
    return next(iter(splits.values())).to_pandas()


def _all_splits(data: Mapping) -> bool:
    return all(hasattr(split, "to_pandas") for split in data.values())


def _of_columns(data: Mapping) -> pd.DataFrame:
    """A dict of columns."""
    import pandas as pd

    if not data:
        raise DataError("The dict has no columns.", WAYS)
    columns = {name: list(v) if _is_column(v) else [v] for name, v in data.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name!r} {length:,}" for name, length in list(lengths.items())[:5])
        raise DataError(f"The columns differ in length: {said}.", "Give each as many values.")
    return pd.DataFrame({str(n): pd.Series(v, dtype=object) for n, v in columns.items()})


def _is_column(values: Any) -> bool:
    return not isinstance(values, (str, bytes, Mapping)) and hasattr(values, "__iter__")


def _of_rows(items: list, recipe: Recipe) -> list | pd.DataFrame:
    import pandas as pd

    needed = {"question", "context"}
    if recipe.task == "question-answering" and all(needed <= set(item) for item in items):
        return items
    return pd.DataFrame([dict(item) for item in items], dtype=object)


def _is_pair(item: Any) -> bool:
    return (
        isinstance(item, Sequence) and not isinstance(item, str) and len(item) == 2
        and all(isinstance(text, str) for text in item)
    )  # fmt: skip
