"""Measures of the texts in a table of predictions, made once for each table and measure."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ...measures.measure import Measure

if TYPE_CHECKING:
    import pandas as pd

KEPT = 8  # tables whose measures are remembered: a view, a report and a sentence ask for the same
#: What else is looked at beside what a checkpoint can be chosen by; names that go together.
LOOKED_AT = ("length_ratio", "repetition_4", "distinct_1", "distinct_2", "copied_3",
             "wrong_language", "facts")  # fmt: skip

_known: OrderedDict[tuple, dict[str, Measure]] = OrderedDict()


def text_measures(
    predictions: pd.DataFrame, only: Iterable[str] | None = None, *, source: str = "text"
) -> dict[str, Measure]:
    """Measures of ``prediction`` against ``label`` and ``source``.

    A row for which no text was written (None) has no value and does not count.

    Parameters
    ----------
    predictions : pandas.DataFrame
        With ``label`` and ``prediction``; ``source`` where it is known what was read.
    only : iterable of str, optional
        As :func:`workbench.measures.written.written_measures` takes it.

    Returns
    -------
    dict of str to Measure
        Each of as many rows as the table has; {} where no text was written.
    """
    from ...measures.written import written_measures

    there = predictions["prediction"].notna().to_numpy(bool)
    if not there.any():
        return {}
    shown = predictions[there]
    texts = [shown[name].astype(str).tolist() for name in ("prediction", "label")]
    read = shown[source].astype(str).tolist() if source in shown.columns else None
    wanted = None if only is None else tuple(only)
    key = (_digest([*texts, read or []]), wanted, there.tobytes())
    known = _known.pop(key, None)  # another thread may throw it out meanwhile
    if known is None:
        outputs, references = texts
        found = written_measures(outputs, references, read, only=wanted)
        known = {name: _spread(one, there) for name, one in found.items()}
    _known[key] = known
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return known


def _spread(one: Measure, there: np.ndarray) -> Measure:
    """A measure of some rows as one of all: those that are not there count for nothing."""
    if there.all():
        return one
    rows = np.full(len(there), np.nan)
    parts = np.zeros((len(there), one.parts.shape[1]))
    rows[there], parts[there] = one.rows, one.parts
    left_out = one.left_out
    if left_out is not None:  # to leave out a row that is not there changes nothing
        left_out = np.full(len(there), one.value)
        left_out[there] = one.left_out
    return Measure(one.name, rows, parts, one.figure, one.signature, left_out)


def _digest(sides: list[list[str]]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for side in sides:
        for text in side:
            digest.update(text.encode("utf-8", "surrogatepass") + b"\x00")
        digest.update(b"\x01")
    return digest.digest()
