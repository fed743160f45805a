"""Questions to a parquet file of predictions without loading it: counts, pages, search.

DuckDB reads only the columns and row groups that a question needs, in the process and without a
server, and its regular expressions (RE2) take time in proportion to the text whatever the pattern.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

PAGE = 50


class PredictionQueries:
    """A predictions table on disk, asked for what is shown and no more.

    Parameters
    ----------
    source : Run or path
        A run (its ``split``), or a parquet file with ``text``, ``label``, ``prediction``, ``loss``.
    split : str

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
        self._connection = duckdb.connect()
        self._asking = threading.Lock()
        self._newest = 0
        self._table = "read_parquet(?, file_row_number=true)"
        columns = [d[0] for d in self._ask(f"SELECT * FROM {self._table} LIMIT 0").description]
        missing = [c for c in ("text", "label", "prediction", "loss") if c not in columns]
        if missing:
            raise DataError(
                f"The predictions in {self.path.name} have no column {missing[0]!r}.",
                "They need text, label, prediction and loss.",
            )

    def confusion(self) -> pd.DataFrame:
        """``label``, ``prediction``, ``examples`` of each cell that is not empty, largest first."""
        return self._ask(
            f"SELECT label, prediction, count(*) AS examples FROM {self._table} "
            "GROUP BY ALL ORDER BY examples DESC, label, prediction"
        ).df()

    def page(
        self,
        *,
        label: str | None = None,
        prediction: str | None = None,
        text: str = "",
        regex: bool = False,
        start: int = 0,
        limit: int = PAGE,
    ) -> pd.DataFrame | None:
        """One page of examples, the highest loss first.

        Parameters
        ----------
        label, prediction : str, optional
            Only examples of this class, or predicted as this class.
        text : str
            Only texts that contain it, upper and lower case alike; with ``regex`` those that match
            it as a regular expression (RE2's syntax: no backreferences, no lookaround).
        start, limit : int
            Rows left out before, and rows returned.

        Returns
        -------
        pandas.DataFrame or None
            ``position`` (in the file), ``text``, ``label``, ``prediction``, ``loss``. None when
            another question was asked meanwhile: then this one was cancelled.

        Raises
        ------
        DataError
            If the regular expression is invalid.
        """
        import duckdb

        wheres, values = [], []
        for column, wanted in (("label", label), ("prediction", prediction)):
            if wanted is not None:
                wheres.append(f"{column} = ?")
                values.append(wanted)
        if text:
            wheres.append(
                "regexp_matches(text, ?, 'i')" if regex else "contains(lower(text), lower(?))"
            )
            values.append(text)
        where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
        self._newest = mine = self._newest + 1
        self._connection.interrupt()  # whatever is being answered is not wanted any more
        with self._asking:
            if mine != self._newest:
                return None
            try:
                return self._connection.execute(
                    "SELECT file_row_number AS position, text, label, prediction, loss "
                    f"FROM {self._table} {where}ORDER BY loss DESC, position LIMIT ? OFFSET ?",
                    [str(self.path), *values, limit, start],
                ).df()
            except duckdb.InterruptException:
                return None
            except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
                reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
                raise DataError(
                    f"The regular expression {text!r} cannot be searched for: {reason}",
                    "Correct it, or search for the plain text.",
                ) from error

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _ask(self, question: str):
        with self._asking:
            return self._connection.execute(question, [str(self.path)])
