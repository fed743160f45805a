"""Whether a run that goes on reads the very rows that it began with.

The fingerprint of its data says that the texts are the same. What becomes of them is up to the
workbench and the tokenizer's library: templates, what is supervised, where is cut. Another version
of either may make other rows of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import numpy as np

from ..i18n import t
from ..tasks.shared.encoding import Encoded

FIELD = "rows"  # of ``data/info.json``
_UNSEEN = {"about", "examples", "reference", "judged", "notes", "spelt", "spelt_rows", "cut",
           "targets_cut"}  # fmt: skip


def digest(rows: Encoded) -> str:
    """Of all that training reads of the rows: ids, labels, targets; 32 hexadecimal digits."""
    found = hashlib.blake2b(digest_size=16)
    _add(found, rows)
    return found.hexdigest()


def said(before: dict[str, Any], rows: Encoded, step: int) -> str:
    """The sentence on a run that goes on from ``step`` with other rows; "" for the same.

    Parameters
    ----------
    before : dict
        ``data/info.json``; of a run that an earlier version began it says nothing of rows.
    """
    begun = before.get(FIELD, "")
    return t("training.other_rows", step=step) if begun and begun != digest(rows) else ""


def _add(found: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype.str}{value.shape}".encode())
        found.update(np.ascontiguousarray(value).data)
    elif isinstance(value, dict):
        for name in sorted(value):
            found.update(name.encode())
            _add(found, value[name])
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in _UNSEEN:
                found.update(field.name.encode())
                _add(found, getattr(value, field.name))
    else:
        found.update(repr(value).encode())
