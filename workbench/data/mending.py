"""Fixes that write labels and texts otherwise: numbers, spellings, wrong encodings.

Each takes the tables of all splits and gives them back mended, with the number of rows changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from .columns.cells import as_texts
from .columns.written_numbers import number_of

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, "pd.DataFrame"]
_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")


def decimal_commas(tables: Tables) -> tuple[Tables, int]:
    """Read labels such as ``0,5``, ``1.250,75`` and ``12,50 €`` as numbers."""
    return _as_numbers(tables, "comma")


def number_signs(tables: Tables) -> tuple[Tables, int]:
    """Read labels such as ``$1,200``, ``1 250.5`` and ``45 %`` as numbers."""
    return _as_numbers(tables, "point")


def _as_numbers(tables: Tables, way: str) -> tuple[Tables, int]:
    changed, out = 0, {}
    for name, frame in tables.items():
        new = []
        for value in frame["label"]:
            number = number_of(value, way) if isinstance(value, str) else None
            plain = isinstance(value, str) and _PLAIN.fullmatch(value.strip())
            changed += number is not None and not plain
            new.append(value if number is None else number)
        out[name] = frame.assign(label=np.asarray([*new, None], dtype=object)[:-1])
    return out, changed


def merge_labels(tables: Tables) -> tuple[Tables, int]:
    """Write labels that differ only in case, width or spaces as the most frequent of them."""
    import pandas as pd

    spelling = spellings(pd.concat([frame["label"] for frame in tables.values()]))
    changed = 0
    out = {}
    for name, frame in tables.items():
        new = frame["label"].map(lambda label: spelling.get(label, label))
        changed += int((as_texts(new) != as_texts(frame["label"])).sum())
        out[name] = frame.assign(label=new)
    return out, changed


def spellings(labels: pd.Series) -> dict[str, str]:
    """Label -> the most frequent of those that differ from it in case, width or spaces only."""
    counts = labels.dropna().astype(str).value_counts()
    best: dict[str, str] = {}
    for label in sorted(counts.index, key=lambda name: (-counts[name], name)):
        best.setdefault(_label_key(label), label.strip())
    return {label: best[_label_key(label)] for label in counts.index}


def _label_key(label: str) -> str:
    import unicodedata

    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def repair_encoding(tables: Tables) -> tuple[Tables, int]:
    """Undo UTF-8 that was read as Latin-1 or Windows-1252 (``cafÃ©`` -> ``café``)."""
    changed = 0
    out = {}
    for name, frame in tables.items():
        new = {}
        for role in [r for r in ("text", "pair") if r in frame.columns]:
            old = frame[role]
            new[role] = old.map(lambda text: repaired(text) if isinstance(text, str) else text)
            changed += int((as_texts(new[role]) != as_texts(old)).sum())
        out[name] = frame.assign(**new)
    return out, changed


def repaired(text: str) -> str:
    """The text that these characters were before they were read in the wrong encoding.

    Each run of characters beyond ASCII is mended by itself, where it is whole UTF-8.

    >>> repaired("cafÃ© â€“ trÃ¨s bon, déjà vu")
    'café – très bon, déjà vu'
    >>> repaired("São Paulo")
    'São Paulo'
    """
    return text if text.isascii() else _FOREIGN.sub(_repaired_run, text)


_FOREIGN = re.compile("[^\x00-\x7f]{2,}")


def _repaired_run(run: re.Match) -> str:
    data = bytearray()
    for char in run[0]:
        try:
            data += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 255:
                return run[0]
            data.append(ord(char))  # the five bytes that Windows-1252 leaves free
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
