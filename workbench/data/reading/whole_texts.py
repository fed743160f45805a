"""Files that are a text each."""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError
from .encodings import look
from .reports import FileReport

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
