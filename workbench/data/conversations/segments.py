"""Columns that are not read of conversations, and texts in segments, which are named."""

from __future__ import annotations

from typing import Any

from ...errors import DataError
from ...i18n import t
from ..columns import written_values
from .layouts import Layout
from .one_message import is_like_train
from .reasoning import KEYS, UNUSUAL, name_of
from .tool_calls import loaded

_MEDIA = ("image", "images", "audio", "audios", "video", "videos")


def segments_in(values: dict[str, list]) -> str | None:
    """The column of lists of ``{"label": bool, "text": str}``, where a label says whether its text
    is learnt; None where there is none.

    Parameters
    ----------
    values : dict of str to list
        Column -> its first rows.

    Examples
    --------
    >>> segments_in({"segments": [[{"label": False, "text": "2 + 2 ="}]]}), segments_in({"a": [3]})
    ('segments', None)
    """
    for name, cells in values.items():
        filled = [cell for cell in cells if isinstance(cell, (str, list, tuple)) and len(cell)]
        if filled and all(map(_is_segments, filled)):
            return name
    return None


def not_found(values: dict[str, list]) -> DataError:
    """What is said of columns that hold no conversations.

    Parameters
    ----------
    values : dict of str to list
        Column -> its first rows.
    """
    if (name := segments_in(values)) is not None:
        return DataError(t("conversations.segments", name=name), t("conversations.segments_back"))
    shown = ", ".join(repr(str(name)) for name in list(values)[:8])
    return DataError(t("conversations.none", names=shown), t("conversations.none_back"))


def unread_columns(names: list[str], layout: Layout) -> dict[str, str]:
    """Columns that hold something of a conversation and are not read, with what is said of each."""
    found = {}
    for name in names:
        if is_like_train(name):
            found[name] = "mask_column"
        elif "reasoning" not in layout.columns and name_of(name) in (*KEYS, *UNUSUAL):
            found[name] = "reasoning_column"
        elif name.strip().lower() in _MEDIA:
            found[name] = "media_column"
    return found


def _is_segments(cell: Any) -> bool:
    if isinstance(cell, str):
        if not cell.lstrip().startswith("["):
            return False
        cell = loaded(cell)
        if isinstance(cell, str) and written_values.is_written(cell):
            try:
                cell = written_values.read(cell)
            except ValueError:
                return False
    return isinstance(cell, (list, tuple)) and bool(cell) and all(
        isinstance(one, dict) and set(one) == {"label", "text"}
        and str(one["label"]).strip().lower() in ("true", "false") for one in cell
    )  # fmt: skip
