"""How often a run was looked at, so that looking often finds no more by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...atomic_files import RowReader, RowWriter
from ...i18n import t

if TYPE_CHECKING:
    from pathlib import Path

FILE = "watched.jsonl"


def level(alpha: float, look: int) -> float:
    r"""What is left of ``alpha`` for this look, the first of which is 1.

    .. math:: \alpha_k = \frac{6 \alpha}{\pi^2 k^2}

    so that all looks that there will ever be find something by chance with ``alpha`` at most.

    Examples
    --------
    >>> round(level(0.05, 1), 4), round(level(0.05, 2), 4)
    (0.0304, 0.0076)
    """
    return 6 * alpha / (math.pi * look) ** 2


def count(folder: Path, digest: str) -> int:
    """Which look this one is at texts with this digest; one that was seen keeps its number."""
    seen = [row["digest"] for row in RowReader(folder / FILE, _is_look).read()]
    order = list(dict.fromkeys([*seen, digest]))
    return order.index(digest) + 1


def note(folder: Path, row: dict) -> str:
    """Write a look down, once for each digest; what hindered it, or ""."""
    known = {one["digest"] for one in RowReader(folder / FILE, _is_look).read()}
    if row["digest"] in known:
        return ""
    try:
        writer = RowWriter(folder / FILE)
    except OSError as error:
        return t("watching.not_noted", path=str(folder / FILE), why=error.strerror or str(error))
    writer.append(row)
    failed = writer.error
    writer.close()
    return t("watching.not_noted", path=str(folder / FILE), why=failed) if failed else ""


def _is_look(row: dict) -> bool:
    return isinstance(row.get("digest"), str)
