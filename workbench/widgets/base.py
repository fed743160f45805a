"""What the small browser widgets share: their files, the theme, the texts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from workbench import i18n

_HERE = Path(__file__).parent


@cache
def source(name: str) -> str:
    """The text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


def module(name: str) -> str:
    """A widget's JavaScript: the shared helpers, then its own file."""
    return source("common.js") + source(name)


def pack(*rows: np.ndarray) -> bytes:
    """Rows of equal length as one little-endian float32 buffer; empty for no columns."""
    return np.asarray(rows, dtype="<f4").tobytes()


class View(anywidget.AnyWidget):
    """A widget with the workbench's style and the texts of its group.

    A subclass names its group of texts in ``TEXTS``; they travel once, in ``strings``.
    """

    TEXTS: str = ""
    _css = source("style.css")
    strings = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits):
        super().__init__(
            strings={**i18n.group("common"), **i18n.group(self.TEXTS)},
            **traits,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def as_text(value: object) -> str:
    """Any cell of a table as text; a missing value as the empty string."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return str(value)
