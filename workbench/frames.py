"""A table given in memory is kept once, under its content, so that a recipe can name it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import DataError, DownloadError, UnknownName
from .paths import cache_dir

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "data:"


def store_frame(frame: pd.DataFrame) -> str:
    """Keep a DataFrame in the cache under its content.

    Returns
    -------
    str
        ``data:sha256-...``, the same for the same columns and values on every machine; the index
        is not kept.

    Raises
    ------
    DataError
        If it is empty, two columns have one name, or a column mixes types.
    DownloadError
        If the cache cannot be written.
    """
    import pyarrow.parquet as pq

    table = frame_table(frame)
    if table.num_rows == 0:
        raise DataError("The DataFrame has no rows.", "Give data with at least one row.")
    batches = (batch.to_pydict() for batch in table.to_batches(max_chunksize=1000))
    reference = PREFIX + content_hash([("train", table.column_names, table.num_rows, batches)])
    target = frame_path(reference)
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(suffix=".part", dir=target.parent)
            os.close(handle)
            try:
                pq.write_table(table, part)
                os.replace(part, target)
            finally:
                Path(part).unlink(missing_ok=True)
        except OSError as error:
            raise DownloadError(
                f"The cache folder {target.parent} cannot be written: {error.strerror or error}.",
                "Make room, or set WORKBENCH_CACHE to a folder that can be written.",
            ) from error
    return reference


def frame_path(reference: str) -> Path:
    """Where the DataFrame behind ``data:sha256-...`` lies; it need not be there.

    Raises
    ------
    UnknownName
        If the text is no such reference.
    """
    name = reference.removeprefix(PREFIX)
    if not re.fullmatch(r"sha256-[0-9a-f]{64}", name):
        raise UnknownName(
            f"{reference!r} is not a reference to stored data.",
            "It reads data:sha256- and 64 hexadecimal digits, as store_frame gives it.",
        )
    return cache_dir() / "data" / f"{name}.parquet"


def content_hash(splits: Iterable[tuple[str, Sequence[str], int, Iterable[dict]]]) -> str:
    """Hash of split names, column names and values in their order.

    Independent of the file format, of column order, of the machine and of library versions.

    Parameters
    ----------
    splits : iterable of (name, column names, number of rows, batches)
        A batch is a dict of column name to list of values, of 1,000 rows (the last one shorter).

    Returns
    -------
    str
        ``sha256-`` and 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name, columns, n_rows, batches in splits:
        digest.update(json.dumps([name, sorted(columns), n_rows]).encode())
        for batch in batches:
            line = json.dumps(batch, sort_keys=True, ensure_ascii=False, default=_plain)
            digest.update(line.encode("utf-8", "surrogatepass"))
    return f"sha256-{digest.hexdigest()}"


def _plain(value: Any) -> Any:
    """JSON form of the values that JSON has not (dates, bytes, decoded media)."""
    if isinstance(value, bytes):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    return repr(value)


def frame_table(frame: pd.DataFrame) -> Any:
    """The frame as ``pyarrow.Table``; DataError for names that are not unique or mixed types."""
    import pyarrow as pa

    names = [str(column) for column in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"The DataFrame has two columns {twice!r}.", "Rename one of them.")
    arrays = []
    for position, name in enumerate(names):
        try:
            array = pa.array(frame.iloc[:, position], from_pandas=True)
        except (pa.ArrowException, TypeError) as error:
            raise DataError(
                f"Column {name!r} of the DataFrame mixes types: {str(error).splitlines()[0]}",
                f"Make it one type, e.g. frame[{name!r}] = frame[{name!r}].astype(str).",
            ) from error
        arrays.append(array)
    return pa.table(dict(zip(names, arrays, strict=True)))
