"""A folder with a sub-folder a class and a text a file, as reviews are often given out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .encodings import look
from .reports import FileReport

if TYPE_CHECKING:
    import pyarrow as pa

MAX_TEXT = 16 * 2**20  # bytes of one text


def read_classes(
    path: Path,
    folders: list[Path],
    reading: dict[str, Any] | None,
    reports: list[FileReport] | None,
) -> dict[str, pa.Table] | None:
    """Splits with ``text``, ``label`` (the sub-folder) and ``file``; None when it is none such."""
    from .files import SPLIT_NAMES

    splits = {SPLIT_NAMES[f.name.lower()]: f for f in folders if f.name.lower() in SPLIT_NAMES}
    if splits:
        classes = {name: _subfolders(folder) for name, folder in splits.items()}
        classes = {name: found for name, found in classes.items() if found}
    else:
        classes = {"train": folders}
    if not any(_texts(folder) for found in classes.values() for folder in found):
        return None
    order = [name for name in ("train", "validation", "test") if name in classes]
    return {name: _split(path, classes[name], reading or {}, reports) for name in order}


def _subfolders(folder: Path) -> list[Path]:
    return sorted(e for e in folder.iterdir() if e.is_dir() and not e.name.startswith("."))


def _texts(folder: Path) -> list[Path]:
    return sorted(e for e in folder.iterdir() if e.suffix.lower() == ".txt")


def _split(path: Path, folders: list[Path], reading: dict, reports) -> pa.Table:
    import pyarrow as pa

    from .files import within

    report = FileReport(str(path), "folder of classes")
    rows: dict[str, list] = {"text": [], "label": [], "file": []}
    encodings: dict[str, int] = {}
    for folder in folders:
        within(folder, path)
        files = _texts(folder)
        if not files:
            report.note(
                "warning", "folders", f"The folder {folder.name!r} of {path} holds no .txt file."
            )
        for file in files:
            within(file, path)
            text, encoding = _read(file, reading, report)
            encodings[encoding] = encodings.get(encoding, 0) + 1
            rows["text"].append(text)
            rows["label"].append(folder.name)
            rows["file"].append(str(file.relative_to(path)))
    report.encoding = max(encodings, key=encodings.__getitem__) if encodings else None
    guesses = [note for note in report.notes if note.check == "encoding"]
    if len(guesses) > 1:  # one sentence instead of one a file
        report.notes = [note for note in report.notes if note.check != "encoding"]
        report.note(
            "warning", "encoding", f"{len(guesses):,} files, such as: {guesses[0].what}",
            guesses[0].remedy, len(guesses),
        )  # fmt: skip
    report.rows, report.columns = len(rows["text"]), 3
    if reports is not None:
        reports.append(report)
    return pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})


def _read(file: Path, reading: dict, report: FileReport) -> tuple[str, str]:
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
