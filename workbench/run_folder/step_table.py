"""``metrics.jsonl`` of a long run as a table, in seconds and without a dict for each row."""

from __future__ import annotations

import io
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic_files import open_plain, parse_row
from . import step_pace
from .files import is_metric_row

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

_BLOCK = 16_000_000  # bytes that are read and parsed at once
_FAST = (b'{"kind": "step"', b'{"kind": "eval"')  # as they are written
_ODD = (b"NaN", b"Infinity", b"\0")  # which JSON proper does not have
_PLACE = "\0place"  # of a row among all lines


def step_table(path: Path) -> pd.DataFrame:
    """Steps and evaluations of a run; the last row of a step wins, in the place of its first.

    Parameters
    ----------
    path : Path
        ``metrics.jsonl``; no rows when it is not there.

    Returns
    -------
    pandas.DataFrame
        See :meth:`workbench.run_folder.folder.RunFolder.history`.

    Raises
    ------
    OSError
        If it cannot be read, or is no file.
    """
    import pandas as pd

    try:
        with open_plain(path) as handle:
            parts, left_out = _parts(handle)
    except (FileNotFoundError, NotADirectoryError):
        parts, left_out = [], 0
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if not len(table):
        table = pd.DataFrame(columns=["kind", "step", "loss"])
    else:
        table = _latest(table.sort_values(_PLACE, kind="stable", ignore_index=True))
        table = _with_pace(table)
    table.attrs["left_out"] = left_out
    return table


def _parts(handle: io.BufferedIOBase) -> tuple[list[pd.DataFrame], int]:
    import numpy as np
    import pandas as pd

    parts, left_out, place, rest = [], 0, 0, b""
    while block := handle.read(_BLOCK):
        block = rest + block
        *lines, rest = block.split(b"\n")
        clean = not any(odd in block for odd in _ODD)
        is_fast = [
            line.startswith(_FAST) and (clean or not any(odd in line for odd in _ODD))
            for line in lines
        ]
        fast = list(compress(lines, is_fast))
        fast_places = np.flatnonzero(is_fast) + place
        slow = [(n, line) for n, line in enumerate(lines, place) if not is_fast[n - place]]
        place += len(lines)
        table = _quickly(fast)
        if table is None:
            slow = list(enumerate(lines, place))
        elif len(table):
            parts.append(table.assign(**{_PLACE: fast_places}))
        rows = []
        for number, line in slow:
            row = parse_row(line)
            if row is None or not is_metric_row(row):
                left_out += 1
            elif row["kind"] != "event":
                rows.append({**row, _PLACE: number})
        if rows:
            parts.append(_numeric(pd.DataFrame(rows)))
    return parts, left_out


def _quickly(lines: list[bytes]) -> pd.DataFrame | None:
    """Rows by the library's reader; None where one of them is not as it should be."""
    import pandas as pd
    import pyarrow
    from pyarrow import json

    if not lines:
        return pd.DataFrame()
    try:
        table = json.read_json(
            io.BytesIO(b"\n".join(lines) + b"\n"),
            read_options=json.ReadOptions(block_size=_BLOCK // 4, use_threads=True),
        )
    except (pyarrow.ArrowException, ValueError, OSError):
        return None
    if table.num_rows != len(lines) or not _all_numbers(table):
        return None
    return _numeric(table.to_pandas())


def _all_numbers(table: pyarrow.Table) -> bool:
    from pyarrow import compute, types

    for field in table.schema:
        if field.name == "kind":
            if not types.is_string(field.type):
                return False
        elif not (
            types.is_integer(field.type)
            or types.is_floating(field.type)
            or types.is_boolean(field.type)
            or types.is_null(field.type)
        ):
            return False
        # as JSON only a number of hundreds of digits is infinite: what a run wrote is said so
        if types.is_floating(field.type) and compute.any(compute.is_inf(table[field.name])).as_py():
            return False
    if "step" not in table.schema.names:
        return False
    step = table["step"]
    good = types.is_integer(step.type) and not step.null_count
    return good and compute.min(step).as_py() >= 0


def _numeric(table: pd.DataFrame) -> pd.DataFrame:
    empty = [name for name in table.columns if table[name].isna().all()]
    return table.astype(dict.fromkeys(empty, float))


def _latest(table: pd.DataFrame) -> pd.DataFrame:
    table = table.drop(columns=_PLACE)
    group = table.groupby(["kind", "step"], sort=False).ngroup()  # numbered as they first come
    last = ~group.duplicated(keep="last")
    return table[last].iloc[group[last].argsort(kind="stable")].reset_index(drop=True)


def _with_pace(table: pd.DataFrame) -> pd.DataFrame:
    if "seconds" not in table:
        return table
    timed = (table["kind"] == "step") & (table["seconds"].fillna(0) != 0)
    if not timed.any():
        return table
    pace = step_pace.paces(table[timed])
    return table.join(pace)
