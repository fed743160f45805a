"""A table given in memory is kept once, under its content, so that a recipe can name it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .atomic_files import read_json, write_json
from .errors import DataError, DownloadError, UnknownName
from .paths import cache_dir
from .reference import Origin, Reference

if TYPE_CHECKING:
    import pandas as pd

_SAID = {"content", "value", "text", "tool_calls", "function_call"}
_TOOL = {"parameters", "function", "input_schema"}
PREFIX = f"{Origin.STORED}:"

#: Files that this process has found whole, and their state then.
_proved: dict[Path, tuple] = {}


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
    reference = _reference_of(table)
    target = frame_path(reference)
    if not is_whole(reference):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(suffix=".part", dir=target.parent)
            os.close(handle)
            try:
                pq.write_table(table, part)
                proof = _proof(reference, Path(part))
                if target.is_dir() and not target.is_symlink():  # nothing of ours
                    target.rename(f"{part}.found-there")
                os.replace(part, target)
                write_json(_proof_path(target), proof)
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
    name = Reference.parse(reference, "dataset").name
    if not re.fullmatch(r"sha256-[0-9a-f]{64}", name):
        raise UnknownName(
            f"{reference!r} is not a reference to stored data.",
            "It reads data:sha256- and 64 hexadecimal digits, as store_frame gives it.",
        )
    return cache_dir() / "data" / f"{name}.parquet"


def is_whole(reference: str) -> bool:
    """Whether the file behind a reference holds the very content that the reference names.

    Beside it lies its checksum; a file without one, as earlier versions left it, is read and
    hashed once. What was looked at and has not changed since is not read again in this process.
    """
    path = frame_path(reference)
    try:
        state = _state(path)
        if _proved.get(path) == state:
            return True
        if read_json(_proof_path(path)) != _proof(reference, path):
            if not _is_content(reference, path):
                return False
            with contextlib.suppress(OSError):  # a cache that cannot be written
                write_json(_proof_path(path), _proof(reference, path))
        _proved[path] = state
        return True
    except OSError:
        return False


def find_frame(reference: str) -> Path:
    """The file behind a reference, when there is one.

    Raises
    ------
    UnknownName
        If the text is no such reference, or the data are not in the cache.
    """
    path = frame_path(reference)
    if not path.is_file():
        raise UnknownName(
            f"The stored data {reference!r} is not in the cache {cache_dir()}.",
            "Give the DataFrame again: it is stored under its content and gets the same name.",
        )
    return path


def check_frame(reference: str) -> Path:
    """As :func:`find_frame`, and what lies there is what the reference names.

    Raises
    ------
    DataError
        If it is damaged.
    """
    path = find_frame(reference)
    if not is_whole(reference):
        raise DataError(
            f"The stored data {reference!r} in the cache are damaged: {path} does not hold what "
            "its name says.",
            "Give the DataFrame again: it is stored anew under the same name.",
        )
    return path


def _proof_path(path: Path) -> Path:
    return path.with_suffix(".check.json")


def _proof(reference: str, path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"of": reference, "size": path.stat().st_size, "sha256": digest}


def _state(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _is_content(reference: str, path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table = file.read().combine_chunks()
        return _reference_of(table) == reference
    except (pa.ArrowException, ValueError, TypeError, KeyError):
        return False


def _reference_of(table: Any) -> str:
    batches = (batch.to_pydict() for batch in table.to_batches(max_chunksize=1000))
    return PREFIX + content_hash([("train", table.column_names, table.num_rows, batches)])


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


def _as_objects(column: pd.Series) -> pd.Series:
    """Spans of a text that are written (start, end, label) as objects, which can be stored."""
    if column.dtype != object:
        return column
    lists = [value for value in column if isinstance(value, (list, tuple))]
    spans = [span for value in lists for span in value]
    if not spans or len(lists) < int(column.notna().sum()) or not all(
        isinstance(span, (list, tuple)) and len(span) == 3 and isinstance(span[2], str)
        and all(isinstance(at, int) and not isinstance(at, bool) for at in span[:2])
        for span in spans
    ):  # fmt: skip
        return column
    names = ("start", "end", "label")
    return column.map(
        lambda value: [dict(zip(names, span, strict=True)) for span in value], na_action="ignore"
    )


def _as_json(column: pd.Series) -> pd.Series:
    """Lists of messages, or of tools, as JSON text: as objects each would get the keys of all."""
    if column.dtype != object:
        return column
    lists = [value for value in column if isinstance(value, list)]
    messages = [message for value in lists for message in value]
    if not messages or len(lists) < int(column.notna().sum()) or not all(
        isinstance(message, dict) and (
            ({"role", "from"} & set(message) and _SAID & set(message)) or _TOOL & set(message)
        )
        for message in messages
    ):  # fmt: skip
        return column
    try:
        return column.map(lambda value: json.dumps(value, ensure_ascii=False), na_action="ignore")
    except (TypeError, ValueError):  # something in them has no JSON
        return column


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
            array = pa.array(_as_json(_as_objects(frame.iloc[:, position])), from_pandas=True)
        except UnicodeEncodeError as error:
            raise DataError(
                f"Column {name!r} of the DataFrame holds half of a character pair.",
                f"Mend it: frame[{name!r}].str.encode('utf-8', 'replace').str.decode('utf-8').",
            ) from error
        except OverflowError as error:
            raise DataError(
                f"Column {name!r} of the DataFrame holds a number of more than 64 bits.",
                f"Make it text: frame[{name!r}] = frame[{name!r}].astype(str).",
            ) from error
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(
                f"Column {name!r} of the DataFrame mixes types: {str(error).splitlines()[0]}",
                f"Make it one type, e.g. frame[{name!r}] = frame[{name!r}].astype(str).",
            ) from error
        arrays.append(array)
    return pa.table(dict(zip(names, arrays, strict=True)))
