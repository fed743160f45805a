"""The cells of a sheet, read by a process of its own and handed over line by line."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ....errors import DataError, nearest
from . import workbook_child

SECONDS = 300.0  # that reading a sheet may take


def read_cells(path: Path, sheet: str | None, *, called: Path) -> tuple[list[list], list[str], str]:
    """Rows and columns of a sheet that hold anything.

    Parameters
    ----------
    path : Path
        The workbook, or a copy of it without what cannot be read.
    sheet : str or None
        Its name; the first one when None.
    called : Path
        The workbook as a message names it.

    Returns
    -------
    (rows, names, sheet) : tuple
        Lists of equal length of str, float, int, bool, date, datetime, time or timedelta, ``""``
        where a cell is empty; the names of all sheets; the one that was read.

    Raises
    ------
    DataError
        If it is damaged, locked, has no such sheet, or needs more memory or time than there is.
    """
    command = [sys.executable, "-P", workbook_child.__file__, str(path), json.dumps(sheet)]
    late = threading.Event()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:

        def stop() -> None:
            late.set()
            child.kill()

        alarm = threading.Timer(SECONDS, stop)
        alarm.daemon = True
        alarm.start()
        try:
            said = [json.loads(line) for line in child.stdout if line.endswith(b"\n")]
        except BaseException:
            child.kill()
            raise
        finally:
            alarm.cancel()
    about = said.pop(0) if said and "names" in said[0] else {}
    end = said.pop() if said and isinstance(said[-1], dict) else {}
    if late.is_set():
        raise _too_large(called, f"reading it took longer than {SECONDS:.0f} s")
    if "error" in end:
        raise _refused(called, end["error"])
    if about and about["sheet"] is None:
        raise DataError(f"{called} has no sheets.", "Give a workbook with a table.")
    if about and about["sheet"] not in about["names"]:
        missing = nearest(about["sheet"], about["names"])
        raise DataError(f"{called} has no sheet {about['sheet']!r}.", missing)
    if "rows" not in end:
        memory = f"it needs more than {workbook_child.MEMORY / 2**30:.0f} GB of memory"
        raise _too_large(called, memory)
    rows = [[_value(cell) for cell in row] for part in said for row in part]
    return rows, about["names"], about["sheet"]


def _value(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    [(kind, value)] = cell.items()
    if kind == "seconds":
        return datetime.timedelta(seconds=value)
    return getattr(datetime, kind).fromisoformat(value)


def _refused(path: Path, reason: str) -> DataError:
    first = (reason.splitlines() or ["it is damaged"])[0].rstrip(".")
    if "assword" in first or "ncrypted" in first:
        return DataError(
            f"{path} is locked with a password.", "Save it without one, or export it as csv."
        )
    if "Cell limit exceeded" in first:
        return _too_large(path, "its cells lie too far from each other")
    return DataError(
        f"{path} cannot be read as a workbook: {first}.", "Save it again, or export it as csv."
    )


def _too_large(path: Path, why: str) -> DataError:
    return DataError(
        f"{path} cannot be read as a workbook: {why}.",
        "It is damaged, or a cell far out makes the sheet huge: delete all beyond the table "
        "in a spreadsheet program, or export the sheet as csv.",
    )
