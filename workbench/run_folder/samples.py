"""What a model wrote while it trained: ``samples.jsonl`` of a run folder, read with doubt.

A line is a moment: ``step``, ``number`` (evaluations so far, 0 before training) and ``texts``, the
same prompts each time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic_files import RowReader, write_text

if TYPE_CHECKING:
    import pandas as pd

FILE = "samples.jsonl"
MOST = 64  # moments that are kept beside the first and the last one
LONGEST = 600  # characters of a text
COLUMNS = ("step", "row", "prompt", "text", "ended", "reference")


def read_samples(folder: Path) -> list[dict]:
    """The moments of a run by step, the last of each; [] where there are none.

    Raises
    ------
    OSError
        If the file is there and cannot be read.
    """
    reader = RowReader(Path(folder) / FILE, _is_moment)
    rows = {row["step"]: row for row in reader.read()}
    if reader.problem:
        raise OSError(0, reader.problem, FILE)
    return [rows[step] for step in sorted(rows)]


def write_samples(folder: Path, moments: list[dict]) -> None:
    """Write moments, thinned: every second, every fourth, ... so that few are left however many
    evaluations there were; the first and the last one always.

    Which are left follows from their numbers alone, not from when the file was written.
    """
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in thinned(moments))
    write_text(Path(folder) / FILE, text)


def thinned(moments: list[dict]) -> list[dict]:
    """Moments at equal distances, at most :data:`MOST` beside the first and the last one."""
    last = moments[-1]["number"] if moments else 0
    stride = 1
    while last // stride > MOST:
        stride *= 2
    return [row for row in moments if row["number"] % stride == 0 or row is moments[-1]]


def samples_table(moments: list[dict]) -> pd.DataFrame:
    """A row a text: :data:`COLUMNS`, by step, then in the order of the prompts."""
    import pandas as pd

    rows = [{"step": one["step"], **text} for one in moments for text in one["texts"]]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _is_moment(row: dict) -> bool:
    counts = [row.get("step"), row.get("number")]
    texts = row.get("texts")
    return all(_is_count(one) for one in counts) and isinstance(texts, list) and all(
        isinstance(one, dict)
        and _is_count(one.get("row"))
        and isinstance(one.get("ended"), bool)
        and all(isinstance(one.get(name), str) for name in ("prompt", "text", "reference"))
        for one in texts
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
