"""What the small browser widgets share: their files, the theme, the texts."""

from __future__ import annotations

import re
import weakref
from functools import cache
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from workbench import i18n

from . import live
from .boxes import laid
from .subshell import answer_while_busy
from .synced import Synced

_HERE = Path(__file__).parent
SHARED = ("common.js", "keys.js")  # declarations that begin at the start of a line, nothing else
_DECLARED = re.compile(
    r"^(?:async )?(?:function|const) (\w+)\b.*?(?=^(?:async )?(?:function|const) |\Z)", re.M | re.S
)
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


@cache
def source(name: str) -> str:
    """The text of a file by its path from this folder."""
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


def _bare(code: str) -> list[str]:
    """The lines of a script or style sheet, without indents, comments and empty lines."""
    code = re.sub(r"^\s*/\*.*?\*/\s*$", "", code, flags=re.M | re.S)
    lines = (re.sub(r"\s// .*", "", line).strip() for line in code.splitlines())
    return [line for line in lines if line and not line.startswith("//")]


def _lean(code: str) -> str:
    return "\n".join(map(_close, _bare(code)))


def _close(line: str) -> str:
    """A line without the blanks beside signs, except in its strings.

    Lines with a template or a slash are left: only a parser could tell a text or a regular
    expression there from the code around it.
    """
    if "`" in line or "/" in _QUOTED.sub("", line):
        return line
    parts = _QUOTED.split(line)  # code and strings in turn
    parts[::2] = (re.sub(r" ?([=*<>{}();,:?&|]+) ?", r"\1", part) for part in parts[::2])
    return "".join(parts)


def _lean_style(css: str) -> str:
    """A style sheet without comments and the blanks beside the signs of its grammar."""
    return re.sub(r" ?([{};,]) ?", r"\1", "\n".join(_bare(css)).replace(": ", ":"))


def pack(*rows: np.ndarray) -> bytes:
    """Rows of equal length as one little-endian float32 buffer; empty for no columns."""
    return np.asarray(rows, dtype="<f4").tobytes()


class Style(Synced, anywidget.AnyWidget):
    """The style sheet of all views, once a kernel instead of once a view.

    A page that is opened while the kernel is busy does not learn of widgets that were there before
    it. The first view that a page asks for therefore brings a sheet of its own, which takes the
    place of the one before.
    """

    _esm = "export default {};"
    css = traitlets.Unicode().tag(sync=True)

    _one: Style | None = None
    _pages: set[str] = set()  # those that the sheet of today was sent to

    @classmethod
    def shared(cls) -> Style:
        """The one of this kernel; a new one when it was closed, or for another page."""
        page, before = _page(), cls._one
        if before is not None and before.comm is not None and page in ("", *cls._pages):
            return before
        cls._pages.add(page)
        cls._one = cls(css=_style())
        if live.is_on():
            _live.follow(cls._one, "css", (_HERE / "style.css",), _style)
        for view in tuple(_views):
            if view.comm is not None:
                view.sheet = cls._one
        if before is not None:
            before.close()
        return cls._one


def _page() -> str:
    """The page that asked for what is done now; empty where none is known."""
    from IPython import get_ipython

    parent = getattr(get_ipython(), "parent_header", None) or {}
    return str(parent.get("header", {}).get("session", ""))


def _style() -> str:
    return _lean_style(source("style.css"))


_views: weakref.WeakSet[View] = weakref.WeakSet()


class View(Synced, anywidget.AnyWidget):
    """A widget with the workbench's style and the texts of its group.

    A subclass names its group of texts in ``TEXTS``; they travel once, in ``strings``.
    """

    TEXTS: str = ""
    layout = laid()
    strings = traitlets.Dict().tag(sync=True)
    sheet = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, **traits):
        script = self._esm  # before it becomes a trait
        super().__init__(
            sheet=Style.shared(),
            strings={**i18n.group("common"), **i18n.group(self.TEXTS)},
            **traits,
        )
        answer_while_busy(self)
        self.on_msg(_answer_ping)
        _views.add(self)
        if live.is_on() and isinstance(script, Script):
            files = tuple(_HERE / name for name in script.names)
            _live.follow(self, "_esm", files, lambda: str(module(*script.names[1:])))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _answer_ping(view: View, content: dict, buffers: object) -> None:
    """A page that asks whether a kernel is there hears that one is."""
    if "ping" in content:
        view.send({"pong": content["ping"]})


def as_text(value: object) -> str:
    """Any cell of a table as text; a missing value as the empty string."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return str(value)
