"""What the small browser widgets share: their files, the theme, the texts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from workbench import i18n

_HERE = Path(__file__).parent


@cache
def source(name: str) -> str:
    """The text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def module(*names: str) -> str:
    """A widget's JavaScript: the shared helpers, then its own files, without indents and comments.

    It is part of every widget's state, and so of every notebook that is saved with it.
    """
    return _lean("".join(map(source, ("common.js", *names))))


def _lean(code: str) -> str:
    code = re.sub(r"^\s*/\*.*?\*/\s*$", "", code, flags=re.M | re.S)
    lines = (line.strip() for line in code.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def pack(*rows: np.ndarray) -> bytes:
    """Rows of equal length as one little-endian float32 buffer; empty for no columns."""
    return np.asarray(rows, dtype="<f4").tobytes()


class Style(anywidget.AnyWidget):
    """The style sheet of all views, once a kernel instead of once a view."""

    _esm = "export default {};"
    css = traitlets.Unicode().tag(sync=True)

    _one: Style | None = None

    @classmethod
    def shared(cls) -> Style:
        """The one of this kernel; a new one when it was closed."""
        if cls._one is None or cls._one.comm is None:
            cls._one = cls(css=_lean(source("style.css")))
        return cls._one


class View(anywidget.AnyWidget):
    """A widget with the workbench's style and the texts of its group.

    A subclass names its group of texts in ``TEXTS``; they travel once, in ``strings``.
    """

    TEXTS: str = ""
    strings = traitlets.Dict().tag(sync=True)
    sheet = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, **traits):
        super().__init__(
            sheet=Style.shared(),
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
