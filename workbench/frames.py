"""A table given in memory is stored once, by its content, so that a recipe can name it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .errors import DataError
from .paths import cache_dir

PREFIX = "data:sha256-"


def store_frame(frame) -> str:
    """Store a DataFrame as parquet in the cache.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its index is not kept.

    Returns
    -------
    str
        ``data:sha256-<64 hex digits>``: the same content gives the same reference.

    Raises
    ------
    DataError
        If there are no rows, column names are not unique text, or a column has no single type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(frame) == 0:
        raise DataError("The DataFrame has no rows.", "Give one with at least one row a class.")
    names = list(frame.columns)
    if len(set(names)) < len(names) or not all(isinstance(n, str) for n in names):
        raise DataError(
            f"The DataFrame's columns are {names!r}.", "Column names must be text and unique."
        )
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"A column of the DataFrame mixes types: {error}.", "Give each column one type."
        ) from None
    folder = cache_dir() / "frames"
    folder.mkdir(parents=True, exist_ok=True)
    stage = folder / f".stage-{os.getpid()}-{id(frame)}.parquet"
    pq.write_table(table, stage)
    digest = hashlib.sha256(stage.read_bytes()).hexdigest()
    os.replace(stage, folder / f"{digest}.parquet")
    return PREFIX + digest


def frame_path(reference: str) -> Path:
    """The parquet file behind a ``data:sha256-...`` reference.

    Raises
    ------
    DataError
        If the cache of this machine does not hold it.
    """
    path = cache_dir() / "frames" / f"{reference.removeprefix(PREFIX)}.parquet"
    if not path.is_file():
        raise DataError(
            f"The table {reference!r} is not in this machine's cache.",
            "Give the DataFrame again: Recipe(dataset=frame, ...).",
        )
    return path
