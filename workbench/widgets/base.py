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

from . import live

_HERE = Path(__file__).parent
SHARED = ("common.js", "keys.js")  # declarations that begin at the start of a line, nothing else
_DECLARED = re.compile(
    r"^(?:async )?(?:function|const) (\w+)\b.*?(?=^(?:async )?(?:function|const) |\Z)", re.M | re.S
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


@cache
def source(name: str) -> str:
    """The text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


class Script(str):
    """A widget's JavaScript, and the names of the files that it is joined of."""

    names: tuple[str, ...] = ()


@cache
def module(*names: str) -> Script:
    """A widget's JavaScript: the shared helpers that it uses, then its own files.

    It is part of every widget's state, and so of every notebook that is saved with it: indents,
    comments and helpers that it does not name are left out.
    """
    names = ("common.js", *names)
    own = "".join(source(name) for name in names if name not in SHARED)
    shared = "".join(source(name) for name in names if name in SHARED)
    script = Script(_lean(_used(shared, own) + own))
    script.names = names
    return script


def _forget() -> None:
    source.cache_clear()
    module.cache_clear()


_live = live.Live(_forget)


def _used(shared: str, own: str) -> str:
    """Those of the shared declarations that ``own`` names, or that these name in turn."""
    pieces = {found[1]: found[0] for found in _DECLARED.finditer(shared)}
    kept: set[str] = set()
    new = set(_WORD.findall(own)) & set(pieces)
    while new:
        kept |= new
        new = {word for name in new for word in _WORD.findall(pieces[name])} & set(pieces) - kept
    return "".join(piece for name, piece in pieces.items() if name in kept)


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
            cls._one = cls(css=_style())
            if live.is_on():
                _live.follow(cls._one, "css", (_HERE / "style.css",), _style)
        return cls._one


def _style() -> str:
    return _lean(source("style.css"))


class View(anywidget.AnyWidget):
    """A widget with the workbench's style and the texts of its group.

    A subclass names its group of texts in ``TEXTS``; they travel once, in ``strings``.
    """

    TEXTS: str = ""
    strings = traitlets.Dict().tag(sync=True)
    sheet = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, **traits):
        script = self._esm  # before it becomes a trait
        super().__init__(
            sheet=Style.shared(),
            strings={**i18n.group("common"), **i18n.group(self.TEXTS)},
            **traits,
        )
        if live.is_on() and isinstance(script, Script):
            files = tuple(_HERE / name for name in script.names)
            _live.follow(self, "_esm", files, lambda: str(module(*script.names[1:])))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def as_text(value: object) -> str:
    """Any cell of a table as text; a missing value as the empty string."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return str(value)
