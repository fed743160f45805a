"""Questions to a parquet file of predictions without loading it: counts, pages, search.

DuckDB reads only the columns and row groups that a question needs, in the process and without a
server, and its regular expressions (RE2) take time in proportion to the text whatever the pattern.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError
from ...score_columns import scored_names
from .prediction_files import readable, table_of, task_of, unreadable

if TYPE_CHECKING:
    import pandas as pd

PAGE = 50
LARGE = 50_000  # rows from which on a table of predictions is asked for, not loaded
NEAR = 2000  # rows from the top within which count and page come from one reading


class PredictionQueries:
    """A predictions table on disk, asked for what is shown and no more.

    Parameters
    ----------
    source : Run or path
        A run (its ``split``), or a parquet file with ``text``, ``label``, ``prediction``, ``loss``.
    split : str

    Attributes
    ----------
    task : str
        Which the predictions are of.

    Raises
    ------
    DataError
        If there is no such file, or it lacks one of these columns.
    """

    def __init__(self, source, split: str = "test"):
        import duckdb

        folder = getattr(source, "path", None)
        self.path = Path(folder) / "predictions" / f"{split}.parquet" if folder else Path(source)
        if not self.path.is_file():
            raise DataError(
                f"There are no predictions at {self.path}.", "They are there when a run is done."
            )
        self.task = task_of(source, self.path)
        self._connection = duckdb.connect()
        self._asking = threading.Lock()
        self._newest = 0
        self._table, self._source = table_of(self._connection, self.path.absolute())
        described = self._ask(f"SELECT * FROM {self._table} LIMIT 0").description
        self.columns = [name for name, *_ in described if name != "file_row_number"]
        missing = [c for c in ("text", "label", "prediction", "loss") if c not in self.columns]
        if missing:
            raise DataError(
                f"The predictions in {self.path.name} have no column {missing[0]!r}.",
                "They need text, label, prediction and loss.",
            )

    def __len__(self) -> int:
        return self._ask(f"SELECT count(*) FROM {self._table}").fetchone()[0]

    @property
    def names(self) -> list[str]:
        """Class names: of the score columns in class-id order, else those that occur, sorted."""
        if names := scored_names(self.columns):
            return names
        counts = self.confusion()
        return sorted({*counts["label"], *counts["prediction"]})

    def confusion(self) -> pd.DataFrame:
        """``label``, ``prediction``, ``examples`` of each cell that is not empty, largest first."""
        return self._ask(
            f"SELECT label, prediction, count(*) AS examples FROM {self._table} "
            "GROUP BY ALL ORDER BY examples DESC, label, prediction"
        ).df()

    def row(self, position: int) -> pd.Series:
        """All columns of the example at this position of the file.

        Raises
        ------
        IndexError
            If there is none.
        """
        with self._asking, readable(self.path):
            found = self._connection.execute(
                f"SELECT * EXCLUDE (file_row_number) FROM {self._table} WHERE file_row_number = ?",
                [*self._source, int(position)],
            ).df()
        if not len(found):
            raise IndexError(f"There is no example {position} in {self.path.name}.")
        return found.iloc[0]

    def page(self, *, start: int = 0, limit: int = PAGE, **asked) -> pd.DataFrame | None:
        """One page of examples, the highest loss first; see :meth:`find`, which also counts.

        Returns
        -------
        pandas.DataFrame or None
        """
        return self._answer(
            f"SELECT {self._shown} FROM {self._table} {{where}}"
            "ORDER BY loss DESC, position LIMIT ? OFFSET ?",
            [limit, start], **asked,
        )  # fmt: skip

    def find(
        self, *, start: int = 0, limit: int = PAGE, **asked
    ) -> tuple[int, pd.DataFrame] | None:
        """Count the examples that are asked for, and return one page of them by loss.

        Parameters
        ----------
        start, limit : int
            Rows left out before, and rows returned.
        label, prediction : str, optional
            Only examples of this class, or predicted as this class.
        text : str, default ""
            Only texts (or pairs) that contain it, upper and lower case alike.
        regex : bool, default False
            The text is a regular expression (RE2's syntax: no backreferences, no lookaround).

        Returns
        -------
        total : int
        page : pandas.DataFrame
            ``position`` (in the file), ``text``, ``pair`` where there is one, ``label``,
            ``prediction``, ``loss``. Equal losses stay in the file's order.

        None in place of both when another question was asked meanwhile: this one was cancelled.

        Raises
        ------
        DataError
            If the regular expression is invalid.
        """
        import pandas as pd

        if start + limit > NEAR:
            counted = self._answer(
                f"SELECT count(*) AS n FROM {self._table} {{where}}", [], **asked
            )
            page = None if counted is None else self.page(start=start, limit=limit, **asked)
            return None if page is None else (int(counted["n"].iloc[0]), page)
        row = ", ".join(f"'{name}': {source}" for name, source in self._sources)
        found = self._answer(
            f"SELECT count(*) AS n, arg_max({{{{{row}}}}}, row(loss, -file_row_number), "
            f"{int(start + limit)}) AS top FROM {self._table} {{where}}",
            [], **asked,
        )  # fmt: skip
        if found is None:
            return None
        top = found["top"].iloc[0]
        rows = [] if top is None or not len(found) or found["n"].iloc[0] == 0 else list(top)
        columns = [name for name, _ in self._sources]
        return int(found["n"].iloc[0]), pd.DataFrame(rows[start:], columns=columns)

    @property
    def _sources(self) -> list[tuple[str, str]]:
        names = [n for n in ("text", "pair", "label", "prediction", "loss") if n in self.columns]
        return [("position", "file_row_number"), *((name, name) for name in names)]

    @property
    def _shown(self) -> str:
        return ", ".join(f"{source} AS {name}" for name, source in self._sources)

    def _answer(
        self,
        question: str,
        values: list,
        *,
        label: str | None = None,
        prediction: str | None = None,
        text: str = "",
        regex: bool = False,
    ) -> pd.DataFrame | None:
        """The newest question's answer; one that is being answered is stopped."""
        import duckdb

        wheres, wanted = [], []
        text = text.encode("utf-8", "replace").decode()  # half of a pair is in no text of a file
        for column, value in (("label", label), ("prediction", prediction)):
            if value is not None:
                wheres.append(f"{column} = ?")
                wanted.append(value)
        if text:
            holds = "regexp_matches({}, ?, 'i')" if regex else "contains(lower({}), lower(?))"
            searched = [name for name in ("text", "pair") if name in self.columns]
            wheres.append(f"({' OR '.join(holds.format(name) for name in searched)})")
            wanted += [text] * len(searched)
        where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
        self._newest = mine = self._newest + 1
        self._connection.interrupt()  # whatever is being answered is not wanted any more
        with self._asking:
            if mine != self._newest:
                return None
            try:
                return self._connection.execute(
                    question.format(where=where), [*self._source, *wanted, *values]
                ).df()
            except duckdb.InterruptException:
                return None
            except duckdb.Error as error:
                bad = (duckdb.InvalidInputException, duckdb.OutOfRangeException)
                if not (regex and isinstance(error, bad)):
                    raise unreadable(self.path, error) from error
                reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
                raise DataError(
                    f"The regular expression {text!r} cannot be searched for: {reason}",
                    "Correct it, or search for the plain text.",
                ) from error

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _ask(self, question: str):
        with self._asking, readable(self.path):
            return self._connection.execute(question, self._source)


def queries_of_large(run, split: str = "test") -> PredictionQueries | None:
    """Questions to a run's predictions when there are :data:`LARGE` or more, else None.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    import pyarrow.parquet

    folder = getattr(run, "path", None)
    path = Path(folder) / "predictions" / f"{split}.parquet" if folder else None
    if path is None or not path.is_file():
        return None
    try:
        n_rows = pyarrow.parquet.read_metadata(path).num_rows
    except Exception as error:  # OSError, ArrowInvalid, and what its decoder meets
        raise unreadable(path, error) from error
    return PredictionQueries(run, split) if n_rows >= LARGE else None
