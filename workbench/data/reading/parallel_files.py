"""Texts in one file and their labels in another, line by line, as some benchmarks are given out.

``train_text.txt`` beside ``train_labels.txt``, or ``train/seq.in`` beside ``train/label``; a file
``mapping.txt`` says the names of labels that are numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t
from .encodings import look
from .reports import FileReport
from .split_names import split_of

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS = ("text", "texts", "sentence", "sentences", "seq.in", "in", "input", "inputs")
_LABELS = ("label", "labels", "intent", "intents")
_TAGS = ("tags", "seq.out", "out", "ner", "slots")
_NAMES = ("mapping.txt", "labels.txt", "label_names.txt", "classes.txt")
MOST = 512 * 2**20  # bytes of a file, whose lines are held in memory

Parts = dict[str, Path]  # "text", "label", "tags" -> file


def find(files: list[Path], folders: list[Path]) -> dict[str, Parts]:
    """Files of texts and of what belongs to their lines, by split; nothing when there are none."""
    found: dict[str, Parts] = {}
    for file in files:
        if (named := split_of(_stem(file))) is not None:
            _put(found, named[0], named[1], file)
    for folder in folders:
        if (named := split_of(folder.name)) is not None:
            for file in sorted(one for one in folder.iterdir() if one.is_file()):
                _put(found, named[0], _stem(file), file)
    whole = {split: parts for split, parts in found.items() if "text" in parts and len(parts) > 1}
    return whole if whole and len(whole) == len(found) else {}


def _put(found: dict[str, Parts], split: str, name: str, file: Path) -> None:
    for role, names in (("text", _TEXTS), ("label", _LABELS), ("tags", _TAGS)):
        if name.lower() in names:
            found.setdefault(split, {}).setdefault(role, file)


def _stem(file: Path) -> str:
    return file.stem if file.suffix.lower() in (".txt", ".text") else file.name


def used(found: dict[str, Parts], folder: Path) -> set[Path]:
    """The files that are read, and that of the labels' names."""
    files = {file for parts in found.values() for file in parts.values()}
    return files | ({names} if (names := _names_file(folder, files)) is not None else set())


def read(
    found: dict[str, Parts], folder: Path, reading: dict[str, Any], report: FileReport
) -> dict[str, pa.Table]:
    """``text`` and ``label``, or words and tags, of each split; what was done is noted.

    Raises
    ------
    DataError
        If the files of a split have not as many lines.
    """
    import pyarrow as pa

    names = _names(folder, {file for parts in found.values() for file in parts.values()}, reading)
    tables, named = {}, 0
    for split, parts in found.items():
        role = "label" if "label" in parts else "tags"
        texts, said = (lines_of(parts[name], reading, report) for name in ("text", role))
        if len(texts) != len(said):
            raise DataError(
                t("data_notes.parallel_uneven", one=parts["text"], n=len(texts),
                  other=parts[role], m=len(said)),
                t("data_notes.parallel_uneven_back"),
            )  # fmt: skip
        if role == "label" and names and set(said) <= set(names):
            said, named = [names[one] for one in said], len(names)
        if role == "tags":
            kind = pa.list_(pa.string())
            tables[split] = pa.table({
                "tokens": pa.array([one.split() for one in texts], kind),
                "tags": pa.array([one.split() for one in said], kind),
            })  # fmt: skip
        else:
            tables[split] = pa.table({"text": texts, "label": said})
        shown = f"{parts['text'].name}, {parts[role].name}"
        report.note(
            "info", "parallel files",
            t("data_notes.parallel", n=len(texts), files=shown, split=split),
            t("data_notes.parallel_back"), len(texts),
        )  # fmt: skip
        if role == "label" and "tags" in parts:
            report.note(
                "warning", "left out", t("data_notes.parallel_left", file=parts["tags"].name,
                                         split=split, label=parts["label"].name),
                t("data_notes.parallel_left_back", label=parts["label"].name),
            )  # fmt: skip
    if named:
        report.note("info", "parallel files", t("data_notes.parallel_names", n=named), "", named)
    return tables


def lines_of(file: Path, reading: dict[str, Any], report: FileReport) -> list[str]:
    """The lines of a text file, each without blanks around it; an empty last one is none.

    Raises
    ------
    DataError
        If the file is larger than :data:`MOST`.
    """
    if file.stat().st_size > MOST:
        raise DataError(
            t("data_notes.parallel_large", file=file, mb=MOST // 2**20),
            t("data_notes.parallel_large_back"),
        )
    encoding = look(file, report, reading.get("encoding")).encoding
    lines = file.read_text(encoding=encoding).lstrip("\ufeff").split("\n")
    return [line.strip() for line in (lines[:-1] if not lines[-1].strip() else lines)]


def _names_file(folder: Path, files: set[Path]) -> Path | None:
    return next((f for n in _NAMES if (f := folder / n).is_file() and f not in files), None)


def _names(folder: Path, files: set[Path], reading: dict) -> dict[str, str]:
    """The names of labels that are numbers: ``0<tab>joy``, a line each, or a name a line."""
    file = _names_file(folder, files)
    if file is None:
        return {}
    rows = [row.split("\t") for row in lines_of(file, reading, FileReport(str(file), "txt")) if row]
    if all(len(row) == 2 and row[0].strip().isdecimal() for row in rows):
        return {number.strip(): name.strip() for number, name in rows}
    if all(len(row) == 1 for row in rows):
        return {str(number): row[0].strip() for number, row in enumerate(rows)}
    return {}
