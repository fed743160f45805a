"""Folders as splits: files named after splits, a folder or a file a class, one file; what else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError

from ..columns import mixed_values
from . import archives, parallel_files, parallel_texts
from .class_folders import read_classes
from .folder_entries import (
    entries_of,
    holds_data,
    is_about,
    is_other,
    is_readable,
    lines_at_start,
    saved_splits,
    stem_of,
)
from .reports import FileReport
from .split_names import ORDER, split_of
from .user_files import READERS, read_file, read_tables, within

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CLASSES = 200  # files that may be a class each
_LABELS = frozenset(
    "label labels class category target sentiment intent stars score rating emotion y".split()
)
_PARTS = re.compile(r"(part|shard|chunk|batch|split|fold|data|file)?[-_ ]?\d[\d\-_. of]*", re.I)


def read_folder(
    path: Path, reading: dict[str, Any] | None = None, reports: list[FileReport] | None = None
) -> Any:
    """Splits of a folder.

    It is one that ``save_to_disk`` made; or one of files, or of folders of files, named after
    splits; or one with a sub-folder or a file a class (under ``train``, ``validation`` and ``test``
    when there are such); or one with a single file. Hidden files (``.x``, ``._x``, ``__MACOSX``)
    are never read. What else is left out is noted.

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


class _Folder:
    """What lies in a folder, and how it becomes splits."""

    def __init__(self, path: Path, reading: dict, reports: list[FileReport], report: FileReport):
        self.path, self.reading, self.reports, self.report = path, reading, reports, report
        self.files, self.folders = entries_of(path)
        self.tables = [file for file in self.files if is_readable(file) and not is_about(file)]

    def splits(self) -> dict[str, pa.Table]:
        """The first way of reading the folder that gives anything."""
        for way in (self._of_parallel_files, self._of_parallel_texts, self._of_split_files,
                    self._of_split_folders, self._of_class_folders, self._of_one_inside,
                    self._of_class_files, self._of_one_file, self._of_parts):  # fmt: skip
            if found := way():
                return {name: found[name] for name in ORDER if name in found}
        there = ", ".join(entry.name for entry in [*self.files, *self.folders][:5]) or "nothing"
        raise DataError(
            f"The folder {self.path} holds no data that is known: {there}.",
            "Name the files train, validation and test (csv, tsv, json, jsonl, parquet, xlsx, "
            "txt), or give a sub-folder a class, or the folder of Dataset.save_to_disk.",
        )

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
        self._note_left(e for e in [*self.files, *self.folders] if e not in files | holding)
        return tables

    def _of_parallel_texts(self) -> dict[str, pa.Table]:
        """``train.en`` beside ``train.de``, line by line."""
        if not (found := parallel_texts.find(self.files, set(READERS))):
            return {}
        files = {within(file, self.path) for sides in found.values() for file in sides.values()}
        tables = parallel_texts.read(found, self.reading, self.report)
        self._note_left(e for e in [*self.files, *self.folders] if e.resolve() not in files)
        return tables

    def _of_split_files(self) -> dict[str, pa.Table]:
        by_split: dict[str, list[tuple[Path, str]]] = {}
        for file in self.tables:
            if (named := split_of(stem_of(file))) is not None:
                by_split.setdefault(named[0], []).append((file, named[1]))
        if not by_split or (
            "train" not in by_split and len(self.tables) > 1 and not len(by_split) > 1
        ):
            return {}
        self._settle_eval(by_split)
        if (labelled := self._labelled_by_rest(by_split)) is not None:
            return labelled
        chosen = {split: self._chosen(split, found) for split, found in by_split.items()}
        used = {file for files in chosen.values() for file in files}
        said = {file for found in by_split.values() for file, _ in found}
        self._note_left(file for file in self.files if file not in used | said)
        return {split: self._joined(split, files) for split, files in chosen.items()}

    def _settle_eval(self, by_split: dict) -> None:
        """A file named eval is the test split beside one of validation, and that of validation
        otherwise."""
        found = by_split.get("validation", [])
        named = [one for one in found if re.match(r"eval", one[0].name, re.IGNORECASE)]
        split, other = "validation", "test"
        if named and len(named) < len(found) and "test" not in by_split:
            by_split["validation"] = [one for one in found if one not in named]
            by_split["test"] = named
            split, other = "test", "validation"
        for file, _ in named:
            self.report.note(
                "info", "splits", f"{file.name} is taken for the {split} split.",
                f"If it is the {other} split, name it {other}.",
            )  # fmt: skip

    def _labelled_by_rest(self, by_split: dict) -> dict[str, pa.Table] | None:
        """``train-pos.txt``, ``train-neg.txt``, ...: what else the names say is the class."""
        rests = [sorted(rest for _, rest in found) for found in by_split.values()]
        texts = all(f.suffix.lower() == ".txt" for found in by_split.values() for f, _ in found)
        classes = rests[0]
        if not texts or len(classes) < 2 or any(one != classes for one in rests):
            return None
        if not all(rest and rest.isalpha() for rest in classes):
            return None
        return {
            split: self._labelled([f for f, _ in found], labels=[rest for _, rest in found])
            for split, found in by_split.items()
        }

    def _chosen(self, split: str, found: list[tuple[Path, str]]) -> list[Path]:
        """The files of a split: the one that is called so, its parts, or all of them, noted."""
        plain = [file for file, rest in found if not rest]
        if plain:
            order = list(READERS)
            plain.sort(key=lambda file: order.index(archives.ending(file)))
            left = [file for file, _ in found if file != plain[0]]
            if left:
                shown = ", ".join(file.name for file in left[:4])
                self.report.note(
                    "warning", "splits", f"{plain[0].name} was read as the split {split!r}; "
                    f"{len(left):,} other{'s' * (len(left) != 1)} of that name "
                    f"{'were' if len(left) != 1 else 'was'} left out: {shown}.",
                    "Move the file that you want into a folder of its own, or give its path.",
                    len(left),
                )  # fmt: skip
            return plain[:1]
        kinds = {_PARTS.sub("", rest).strip("-_. ") for _, rest in found}
        if len(kinds) > 1:
            shown = " and ".join(file.name for file, _ in found[:4])
            self.report.note(
                "warning", "splits", f"{len(found):,} files were put together as the split "
                f"{split!r}: {shown}.",
                "To use one of them alone, move the others out of the folder.", len(found),
            )  # fmt: skip
        return [file for file, _ in found]

    def _of_split_folders(self) -> dict[str, pa.Table]:
        """``train/a.csv``, ``test/b.csv``: all files of a folder are parts of its split."""
        named = {folder: split_of(folder.name) for folder in self.folders}
        inside = {
            folder: [f for f in entries_of(folder)[0] if is_readable(f) and not is_about(f)]
            for folder, split in named.items()
            if split is not None
        }
        by_split: dict[str, list[Path]] = {}
        for folder, files in inside.items():
            if any(entries_of(folder)[1]):
                return {}  # classes, perhaps
            by_split.setdefault(named[folder][0], []).extend(files)
        by_split = {split: files for split, files in by_split.items() if files}
        if not by_split:
            return {}
        left = [f for f in self.folders if named[f] is None]
        self._note_left([*self.files, *left])
        texts = all(f.suffix.lower() == ".txt" for files in by_split.values() for f in files)
        if texts and all(len(files) > 1 for files in by_split.values()):
            return {split: self._labelled(files) for split, files in by_split.items()}
        return {split: self._joined(split, files) for split, files in by_split.items()}

    def _of_class_folders(self) -> dict[str, pa.Table]:
        if not self.folders or [f for f in self.tables if f.suffix.lower() != ".txt"]:
            return {}
        found = read_classes(self.path, self.folders, self.reading, self.reports, self.report)
        if found:
            self._note_left(self.files)
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
        self._note_left(self.files)
        return found

    def _of_class_files(self) -> dict[str, pa.Table]:
        """A file a class: ``pos.txt`` and ``neg.txt``, ``x.pos`` and ``x.neg``, ``Fake.csv``."""
        files = [file for file in self.files if not is_about(file) and not is_other(file)]
        if not 2 <= len(files) <= MOST_CLASSES or self.folders:
            return {}
        stems, ends = {stem_of(f) for f in files}, {f.suffix.lower() for f in files}
        if len(stems) == 1 and len(ends) == len(files) and not ends & set(READERS):
            return {"train": self._labelled(files, labels=[f.suffix[1:] for f in files])}
        if len(ends) > 1 or any(re.search(r"\d{2,}|^\d+$", stem) for stem in stems):
            return {}
        if ends <= {".txt", ".text", ""} or not ends & set(READERS):
            if all(lines_at_start(file) > 1 for file in files):
                return {"train": self._labelled(files)}
            return {}
        tables = self._tables_alike(files)
        if tables is None or any(name.lower() in _LABELS for name in tables[0].column_names):
            return {}
        if any(_PARTS.search(stem) for stem in stems):
            return {}
        return {"train": self._with_labels(files, tables)}

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

    def _labelled(self, files: list[Path], labels: list[str] | None = None) -> pa.Table:
        """A text a line of each file, labelled with its name unless ``labels`` are given."""
        from .plain_text import read_texts

        tables = []
        for file in files:
            within(file, self.path)
            report = FileReport(str(file), "txt", bytes=file.stat().st_size)
            tables.append(read_texts(file, self.reading, report))
            report.rows, report.columns = tables[-1].num_rows, 1
            self.reports.append(report)
        return self._with_labels(files, tables, labels)

    def _with_labels(self, files, tables, labels: list[str] | None = None) -> pa.Table:
        import pyarrow as pa

        labels = [stem_of(file) for file in files] if labels is None else labels
        counts = ", ".join(
            f"{label!r} {t.num_rows:,}" for label, t in list(zip(labels, tables, strict=True))[:6]
        )
        self.report.note(
            "warning", "classes",
            f"Each file of {self.path.name} was taken for a class of its own: {counts} rows.",
            "If they are no classes, put them together into one file.", len(files),
        )  # fmt: skip
        name = "label" if "label" not in tables[0].column_names else "file"
        tables = mixed_values.fitted(tables)[0]
        return pa.concat_tables(
            [
                table.append_column(name, pa.array([label] * table.num_rows, pa.string()))
                for label, table in zip(labels, tables, strict=True)
            ],
            promote_options="permissive",
        )

    def _of_one_file(self) -> dict[str, pa.Table]:
        if len(self.tables) != 1:
            return {}
        within(self.tables[0], self.path)
        found = read_tables(self.tables[0], self.reading, self.reports)
        self._note_left([f for f in self.files if f != self.tables[0]] + self.folders)
        return found

    def _of_parts(self) -> dict[str, pa.Table]:
        """Numbered parts of one table: ``part-1.csv``, ``part-2.csv``."""
        kinds = {(_PARTS.sub("", stem_of(file)), archives.ending(file)) for file in self.tables}
        numbered = all(re.search(r"\d", stem_of(file)) for file in self.tables)
        if len(self.tables) < 2 or len(kinds) > 1 or not numbered:
            return {}
        self.report.note(
            "info", "splits",
            f"{len(self.tables):,} files of {self.path.name} were read as parts of one table: "
            f"{self.tables[0].name} to {self.tables[-1].name}.",
        )  # fmt: skip
        self._note_left([f for f in self.files if f not in self.tables] + self.folders)
        return {"train": self._joined("train", self.tables)}

    def _joined(self, split: str, found: list[Path]) -> pa.Table:
        import pyarrow as pa

        for file in found:
            within(file, self.path)
        tables = [read_file(file, self.reading, self.reports) for file in found]
        try:
            return pa.concat_tables(mixed_values.fitted(tables)[0], promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(
                f"The files of split {split!r} in {self.path} do not fit together: "
                f"{str(error).splitlines()[0]}",
                "Give them the same columns and types.",
            ) from error

    def _note_left(self, entries: Iterable[Path]) -> None:
        """Say what of the folder is not read, except for what is about the data."""
        left = [entry for entry in entries if not is_other(entry)]
        about = [entry for entry in left if is_about(entry)]
        rest = [entry for entry in left if entry not in about]
        for severity, found in (("warning", rest), ("info", about)):
            if found:
                shown = ", ".join(entry.name for entry in found[:5])
                some = "files or folders" if len(found) != 1 else "file or folder"
                self.report.note(
                    severity, "left out",
                    f"{len(found):,} {some} of {self.path.name} "
                    f"{'were' if len(found) != 1 else 'was'} not read: {shown}.",
                    "To read one of them, give its path, or name it after a split.", len(found),
                )  # fmt: skip
