"""Reads one sheet in a process of its own: what a damaged workbook asks for can end this one only.

Run by path (``python -P workbook_child.py WORKBOOK SHEET``), so that nothing of the workbench is
imported. It writes a JSON line about the workbook, one for each thousand rows, and one at the end.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from typing import Any

AT_ONCE = 1000  # rows a line
MEMORY = 6 * 2**30  # bytes that this process may use


def rows_of(cells: list[list]) -> list[list]:
    """The rows and columns that hold anything, in their order."""
    rows = [row for row in cells if any(value != "" for value in row)]
    used = sorted({number for row in rows for number, value in enumerate(row) if value != ""})
    if not rows or len(used) == len(rows[0]):
        return rows
    return [[row[number] for number in used] for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"time": value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"seconds": value.total_seconds()}
    return str(value)


def main(path: str, sheet: str) -> None:
    """Write what ``sheet`` (JSON: a name, or null for the first) of the workbook holds."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort leaves no file behind
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        wanted = json.loads(sheet) or next(iter(names), None)
        print(json.dumps({"names": names, "sheet": wanted}))
        if wanted not in names:
            return
        rows = rows_of(book.get_sheet_by_name(wanted).to_python(skip_empty_area=True))
        for start in range(0, len(rows), AT_ONCE):
            print(json.dumps(rows[start : start + AT_ONCE], default=_plain))
        print(json.dumps({"rows": len(rows)}))
    except MemoryError:
        print(json.dumps({"memory": MEMORY}))
    except BaseException as error:  # a panic of the library as well
        print(json.dumps({"error": str(error) or type(error).__name__}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
