"""Folders as splits: files named after splits, a folder or a file a class, one file; what else."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError
from workbench.paths import leads_to

from ...i18n import t
from . import archives, parallel_files, parallel_texts
from .class_folders import read_classes
from .folder_entries import (
    holds_data,
    is_about,
    is_book,
    is_other,
    lines_at_start,
    saved_splits,
    stem_of,
)
from .hub_cards import card_files
from .opened_folder import OpenedFolder
from .reports import FileReport
from .split_files import PARTS, note_missing, of_split_files, of_split_folders
from .split_names import ORDER
from .user_files import READERS, read_file, read_tables, within
from .whole_texts import is_whole, read_whole

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CLASSES = 200  # files that may be a class each
_LABELS = frozenset(
    "label labels class category target sentiment intent stars score rating emotion y".split()
)


def read_folder(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> Any:
    """Splits of a folder.

    It is one that ``save_to_disk`` made; or one whose README, as those of the hub do, names the
    files of each split; or one of files, or of folders of files, named after splits; or one with a
    sub-folder or a file a class (under ``train``, ``validation`` and ``test`` when there are such);
    or one with a single file. Hidden files (``.x``, ``._x``, ``__MACOSX``) are never read. What
    else is left out is noted.

    Returns
    -------
    dict of str to pyarrow.Table, or datasets.DatasetDict

    Raises
    ------
    DataError
        If there is none of these, a file cannot be read, or a link leads out of the folder.
    """
    if any((path / name).is_file() for name in ("dataset_dict.json", "state.json")):
        return saved_splits(path)
    reports = [] if reports is None else reports
    from ..tags.brat import read_brat

    if (tables := read_brat(path, reading or {}, reports)) is not None:
        return tables
    report = FileReport(str(path), "folder")
    found = _Folder(path, reading or {}, reports, report).splits()
    if report.notes:
        reports.append(report)
        report.rows = sum(table.num_rows for table in found.values())
    return found


class _Folder(OpenedFolder):
    """How what lies in a folder becomes splits."""

    def splits(self) -> dict[str, pa.Table]:
        """The first way of reading the folder that gives anything."""
        for way in (self._of_whole_texts, self._of_card, self._of_parallel_files,
                    self._of_parallel_texts, partial(of_split_files, self),
                    partial(of_split_folders, self), self._of_class_folders, self._of_one_inside,
                    self._of_class_files, self._of_one_file, self._of_parts):  # fmt: skip
            if found := way():
                return {name: found[name] for name in (*ORDER, *found) if name in found}
        there = ", ".join(entry.name for entry in [*self.files, *self.folders][:5]) or "nothing"
        raise DataError(
            f"The folder {self.path} holds no data that is known: {there}.",
            "Name the files train, validation and test (csv, tsv, json, jsonl, parquet, xlsx, "
            "txt), or give a sub-folder a class, or the folder of Dataset.save_to_disk.",
        )

    def _of_whole_texts(self) -> dict[str, pa.Table]:
        """A text a file, where the run's data were."""
        if self.folders or not self.files or not all(map(is_whole, self.files)):
            return {}
        files = [within(file, self.path) for file in self.files]
        return {"train": read_whole(files, self.reading, self.report)}

    def _of_card(self) -> dict[str, pa.Table]:
        """The files that a README from the hub names."""
        found = card_files(self.path, self.reading.get("config"), self.report)
        used = {file for files in found.values() for file in files}
        if found:
            holding = {self.path / file.relative_to(self.path).parts[0] for file in used}
            self.note_left(e for e in [*self.files, *self.folders] if e not in used | holding)
        for split, files in found.items():
            note_missing(self, split, files)
        return {split: self.joined(split, files) for split, files in found.items()}

    def _of_parallel_files(self) -> dict[str, pa.Table]:
        """``train_text.txt`` beside ``train_labels.txt``, ``train/seq.in`` beside its labels."""
        found = parallel_files.find(self.files, self.folders)
        if not found:
            return {}
        files = parallel_files.used(found, self.path)
        for file in files:
            within(file, self.path)
        tables = parallel_files.read(found, self.path, self.reading, self.report)
        holding = {file.parent for file in files}
        self.note_left(e for e in [*self.files, *self.folders] if e not in files | holding)
        return tables

    def _of_parallel_texts(self) -> dict[str, pa.Table]:
        """``train.en`` beside ``train.de``, line by line."""
        if not (found := parallel_texts.find(self.files, set(READERS))):
            return {}
        files = {within(file, self.path) for sides in found.values() for file in sides.values()}
        tables = parallel_texts.read(found, self.reading, self.report)
        self.note_left(e for e in [*self.files, *self.folders] if leads_to(e) not in files)
        return tables

    def _of_class_folders(self) -> dict[str, pa.Table]:
        if not self.folders or [f for f in self.tables if f.suffix.lower() != ".txt"]:
            return {}
        found = read_classes(self.path, self.folders, self.reading, self.reports, self.report)
        if found:
            self.note_left(self.files)
        return found or {}

    def _of_one_inside(self) -> dict[str, pa.Table]:
        """The only sub-folder that holds anything, such as ``data`` of a cloned hub folder."""
        if self.tables or not self.folders:
            return {}
        holding = [folder for folder in self.folders if holds_data(folder)]
        if len(holding) != 1:
            return {}
        within(holding[0], self.path)
        found = _Folder(holding[0], self.reading, self.reports, self.report).splits()
        self.note_left(self.files)
        return found

    def _of_class_files(self) -> dict[str, pa.Table]:
        """A file a class: ``pos.txt`` and ``neg.txt``, ``x.pos`` and ``x.neg``, ``Fake.csv``."""
        files = [file for file in self.files if not is_about(file) and not is_other(file)]
        said = self.reading.get("files")
        if not 2 <= len(files) <= MOST_CLASSES or self.folders or said == "parts":
            return {}
        stems, ends = {stem_of(f) for f in files}, {f.suffix.lower() for f in files}
        if len(stems) == 1 and len(ends) == len(files) and not ends & set(READERS):
            return {"train": self.labelled(files, labels=[f.suffix[1:] for f in files])}
        numbered = said is None and any(re.search(r"\d{2,}|^\d+$", stem) for stem in stems)
        if len(ends) > 1 or numbered:
            return {}
        if ends <= {".txt", ".text", ""} or not ends & set(READERS):
            lines = said == "classes" or all(lines_at_start(file) > 1 for file in files)
            if lines and not self._are_books(files):
                return {"train": self.labelled(files)}
            return {}
        tables = self._tables_alike(files)
        if tables is None or any(name.lower() in _LABELS for name in tables[0].column_names):
            return {}
        if any(PARTS.search(stem) for stem in stems):
            return {}
        return {"train": self.with_labels(files, tables)}

    def _tables_alike(self, files: list[Path]) -> list[pa.Table] | None:
        """The tables of files, when all have the same columns."""
        said: list[FileReport] = []
        try:
            tables = [read_file(file, self.reading, said) for file in files]
        except DataError:
            return None
        if len({tuple(sorted(table.column_names)) for table in tables}) > 1:
            return None
        self.reports += said
        return tables

    def _of_one_file(self) -> dict[str, pa.Table]:
        if len(self.tables) != 1:
            return {}
        within(self.tables[0], self.path)
        found = read_tables(self.tables[0], self.reading, self.reports)
        self.note_left([f for f in self.files if f != self.tables[0]] + self.folders)
        return found

    def _are_books(self, files: list[Path]) -> bool:
        """Whether each file is surely a text in paragraphs, or is said to be no class."""
        said = self.reading.get("files")
        if said is not None or {file.suffix.lower() for file in files} - {".txt", ".text"}:
            return said == "parts"
        return all(is_book(within(file, self.path)) for file in files)

    def _of_parts(self) -> dict[str, pa.Table]:
        """Numbered parts of one table: ``part-1.csv``, ``part-2.csv``; or books, whatever names."""
        if len(self.tables) < 2:
            return {}
        kinds = {(PARTS.sub("", stem_of(file)), archives.ending(file)) for file in self.tables}
        numbered = all(re.search(r"\d", stem_of(file)) for file in self.tables)
        sure = numbered and len(kinds) == 1 or self.reading.get("files") == "parts"
        if not sure and not self._are_books(self.tables):
            return {}
        names = {"first": self.tables[0].name, "last": self.tables[-1].name}
        if sure:
            self.report.note(
                "info", "splits",
                f"{len(self.tables):,} files of {self.path.name} were read as parts of one table: "
                f"{names['first']} to {names['last']}.",
            )  # fmt: skip
        else:
            self.report.note(
                "warning", "books",
                t("data_notes.books", n=len(self.tables), folder=self.path.name, **names),
                t("data_notes.books_back"), len(self.tables),
            )  # fmt: skip
        self.note_left([f for f in self.files if f not in self.tables] + self.folders)
        return {"train": self.joined("train", self.tables)}
