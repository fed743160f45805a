"""A file that predictions go to part by part, so that its size costs no memory.

What is half written is never left: the parts go to a file beside it, which takes its name at last.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

EXCEL_ROWS, EXCEL_CELL = 1_048_575, 32_767  # below the row of names; characters
BATCH = 4096  # rows of a file that is written otherwise


class CsvWriter:
    """Comma-separated, UTF-8, a row of names first."""

    def __init__(self, place: Path, rows: int):
        self._file = open(place, "w", encoding="utf-8", newline="")  # noqa: SIM115
        self._begun = False

    def write(self, table: pd.DataFrame) -> None:
        """Add the rows of a table, whose columns are those of the first."""
        table.to_csv(self._file, index=False, header=not self._begun, lineterminator="\n")
        self._begun = True

    def close(self) -> None:
        """All rows are there."""
        self._file.close()


class ParquetWriter:
    """Texts as strings, numbers as they are; types are those of the first table."""

    def __init__(self, place: Path, rows: int):
        self._place = place
        self._writer: Any = None
        self._schema: pa.Schema | None = None

    def write(self, table: pd.DataFrame) -> None:
        """Add the rows of a table, whose columns are those of the first."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._schema is None or self._writer is None:
            found = pa.Schema.from_pandas(table.head(0), preserve_index=False)
            self._schema = pa.schema([
                pa.field(one.name, pa.string() if table[one.name].dtype.kind == "O" else one.type)
                for one in found
            ])  # fmt: skip
            self._writer = pq.ParquetWriter(self._place, self._schema)
        kept = pa.Table.from_pandas(table, schema=self._schema, preserve_index=False)
        self._writer.write_table(kept)

    def close(self) -> None:
        """All rows are there."""
        if self._writer is not None:
            self._writer.close()


class ExcelWriter:
    """One sheet, a row of names that stays in sight; texts stay texts, no formulas or links."""

    def __init__(self, place: Path, rows: int):
        import xlsxwriter

        if rows > EXCEL_ROWS:
            raise DataError(
                t("prediction_writers.excel_rows", n=rows, most=EXCEL_ROWS),
                t("prediction_writers.other_kind"),
            )
        plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"))
        self._book = xlsxwriter.Workbook(place, {
            **plain, "constant_memory": True, "tmpdir": str(Path(place).parent)})  # fmt: skip
        self._sheet = self._book.add_worksheet("predictions")
        self._sheet.freeze_panes(1, 0)
        self._row = 0

    def write(self, table: pd.DataFrame) -> None:
        """Add the rows of a table, whose columns are those of the first."""
        if self._row == 0:
            self._put(list(map(str, table.columns)), table.columns)
        for values in table.itertuples(index=False, name=None):
            self._put(values, table.columns)

    def _put(self, values: Any, names: Any) -> None:
        for column, value in enumerate(values):
            if value is None or value != value:
                continue  # an empty cell
            if isinstance(value, str):
                if len(value) > EXCEL_CELL:
                    raise DataError(
                        t("prediction_writers.excel_cell", row=self._row, column=names[column],
                          n=len(value), most=EXCEL_CELL),
                        t("prediction_writers.other_kind"),
                    )  # fmt: skip
                self._sheet.write_string(self._row, column, value)
            elif abs(value) == float("inf"):
                self._sheet.write_string(self._row, column, str(value))
            else:
                self._sheet.write_number(self._row, column, value)
        self._row += 1

    def close(self) -> None:
        """All rows are there."""
        self._book.close()


#: By what the file's name ends in; a name without an ending, such as that of a pipe, is CSV.
WRITERS = {".csv": CsvWriter, ".xlsx": ExcelWriter, ".parquet": ParquetWriter}


def ending_of(place: Path) -> str:
    """Which of :data:`WRITERS` writes a file of this name.

    Raises
    ------
    DataError
        If none does.

    Examples
    --------
    >>> ending_of(Path("answers.XLSX")), ending_of(Path("/dev/stdout"))
    ('.xlsx', '.csv')
    """
    ending = place.suffix.lower() or ".csv"
    if ending not in WRITERS:
        raise DataError(
            t("prediction_writers.ending", file=str(place), ending=ending),
            t("prediction_writers.endings", endings=", ".join(WRITERS)),
        )
    return ending


@contextlib.contextmanager
def written(place: Path, rows: int) -> Iterator[Any]:
    """A writer (``write(table)``) whose file is at ``place`` when the block ends well.

    Parameters
    ----------
    place : Path
        Its ending says how it is written (:data:`WRITERS`).
    rows : int
        How many there will be in all.

    Raises
    ------
    DataError
        If it has another ending, there is no room any more, or a workbook cannot hold a cell or so
        many rows; a file that was there is then as it was.
    """
    kind = WRITERS[ending_of(place)]
    ordinary = not place.exists() or place.is_file()
    stage = place.with_name(f".{place.name}.{os.getpid()}.part") if ordinary else place
    writer = None
    try:
        with _said(place):
            writer = kind(stage, rows)
        yield _Saying(writer, place)
        with _said(place):
            writer.close()
            writer = None
            if ordinary:
                os.replace(stage, place)
    finally:
        with contextlib.suppress(Exception):  # what went wrong before is raised
            if writer is not None:
                writer.close()  # lets go of the file
        with contextlib.suppress(OSError):
            if ordinary:
                stage.unlink(missing_ok=True)


class _Saying:
    """A writer whose errors are sentences."""

    def __init__(self, writer: Any, place: Path):
        self._writer, self._place = writer, place

    def write(self, table: pd.DataFrame) -> None:
        """Add the rows of a table, whose columns are those of the first."""
        with _said(self._place):
            self._writer.write(table)


@contextlib.contextmanager
def _said(place: Path) -> Iterator[None]:
    """What goes wrong with the file here is an error of it (DataError)."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) or type(error).__module__.startswith("xlsxwriter"):
            raise unwritable(place, error) from error
        raise


def unwritable(place: Path, error: Exception) -> DataError:
    """The sentence for a file that cannot be written."""
    return DataError(
        f"The predictions cannot be written to {str(place)!r} "
        f"({getattr(error, 'strerror', None) or error}).",
        "Name a file in a folder that you may write.",
    )


def otherwise(kept: Path, place: Path) -> Path:
    """A parquet file of predictions once more, as the ending of ``place`` says."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(kept) as file, written(place, file.metadata.num_rows) as out:
        if not file.metadata.num_rows:
            out.write(file.schema_arrow.empty_table().to_pandas())
        for batch in file.iter_batches(BATCH):
            out.write(batch.to_pandas())
    return place
