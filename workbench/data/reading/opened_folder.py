"""An opened folder: its files read as parts of a table or as a class each; what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import DataError

from ... import task_registry
from ...i18n import t
from ..columns import mixed_values
from .archives import is_archive
from .folder_entries import entries_of, is_about, is_other, is_readable, stem_of
from .reports import FileReport
from .user_files import read_file, within

if TYPE_CHECKING:
    import pyarrow as pa


class OpenedFolder:
    """What lies in a folder.

    Parameters
    ----------
    path : Path
    reading : dict
        How its files are to be read.
    reports : list of FileReport
        Of each file that is read one is appended.
    report : FileReport
        Takes what is said of the folder itself.
    """

    def __init__(self, path: Path, reading: dict, reports: list[FileReport], report: FileReport):
        self.path, self.reading, self.reports, self.report = path, reading, reports, report
        self.files, self.folders = entries_of(path)
        self.tables = [file for file in self.files if is_readable(file) and not is_about(file)]

    def labelled(self, files: list[Path], labels: list[str] | None = None) -> pa.Table:
        """A text a line of each file, labelled with its name unless ``labels`` are given."""
        from .plain_text import read_texts

        tables = []
        for file in files:
            within(file, self.path)
            report = FileReport(str(file), "txt", bytes=file.stat().st_size)
            tables.append(read_texts(file, self.reading, report))
            report.rows, report.columns = tables[-1].num_rows, 1
            self.reports.append(report)
        return self.with_labels(files, tables, labels)

    def with_labels(self, files, tables, labels: list[str] | None = None) -> pa.Table:
        """One table of files that are a class each; ``labels`` are their names by default."""
        import pyarrow as pa

        labels = [stem_of(file) for file in files] if labels is None else labels
        counts = ", ".join(
            f"{label!r} {one.num_rows:,}"
            for label, one in list(zip(labels, tables, strict=True))[:6]
        )
        self.report.note(
            "warning", "classes",
            f"Each file of {self.path.name} was taken for a class of its own: {counts} rows.",
            t("data_notes.no_classes", task=task_registry.with_roles("text")), len(files),
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

    def joined(self, split: str, found: list[Path]) -> pa.Table:
        """One table of files that are parts of a split (DataError where they do not fit)."""
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

    def note_left(self, entries: Iterable[Path]) -> None:
        """Say what of the folder is not read, except for programs and pictures."""
        left = [entry for entry in entries if not is_other(entry) or is_archive(entry)]
        about = [entry for entry in left if is_about(entry) or is_other(entry)]
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
