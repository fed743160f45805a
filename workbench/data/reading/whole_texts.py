"""Files that are a text each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t
from .encodings import look
from .expected import expected
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

#: Names of files that may be a text: ``.txt``, or without an ending, or numbered.
TEXT = re.compile(r".+\.(te?xt|eml)|[^.]+|.*\.\d+|\d+(-\d+)?", re.IGNORECASE)
MAX_TEXT = 16 * 2**20  # bytes of one text


def read_text(file: Path, reading: dict, report: FileReport) -> tuple[str, str]:
    """The text that a file is, without blanks around it, and its encoding.

    Raises
    ------
    DataError
        If it is longer than :data:`MAX_TEXT` bytes or cannot be read.
    """
    try:
        size = file.stat().st_size
        report.bytes += size
        if size > MAX_TEXT:
            raise DataError(
                f"{file} has {size / 2**20:,.0f} MB; a text may have {MAX_TEXT // 2**20} MB.",
                "Cut it into several files.",
            )
        data = file.read_bytes()
        given = reading.get("encoding")
        if given is None and b"\0" not in data:
            try:
                return data.decode("utf-8-sig").strip(), "utf-8"
            except UnicodeDecodeError:
                pass  # found out, and noted, by look
        encoding = look(file, report, given).encoding
        return data.decode(encoding).strip(), encoding
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}.", "Correct its permissions."
        ) from error


def is_whole(path: Path) -> bool:
    """Whether a file that is to be predicted is one text, as each file of the run's data was."""
    return bool(expected().whole) and TEXT.fullmatch(path.name) is not None


def read_whole(files: Iterable[Path], reading: dict[str, Any], report: FileReport) -> pa.Table:
    """A row a file: ``text``, and its name as ``file``; said, where one has several lines."""
    import pyarrow as pa

    rows = [(read_text(file, reading, report), file.name) for file in files]
    if rows:
        report.encoding = rows[0][0][1]
    if any("\n" in text for (text, _), _ in rows):
        report.note("warning", "whole", t("data_notes.whole"), t("data_notes.whole_back"))
    columns = {"text": [text for (text, _), _ in rows], "file": [name for _, name in rows]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
