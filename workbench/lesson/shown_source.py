"""A class or function as a lesson shows it: method by method, with the shapes of a call."""

from __future__ import annotations

import html
import inspect
import linecache
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from workbench.errors import UnknownName, shown
from workbench.i18n import t
from workbench.plain_html import as_it_is


@dataclass(frozen=True)
class Part:
    """A method, or what stands before the first one; ``shapes`` by line of the text, from 0."""

    name: str
    text: str
    shapes: dict[int, str] = field(default_factory=dict)

    def annotated(self) -> str:
        """The text with each line's shapes as a comment behind it."""
        lines = self.text.splitlines()
        return "\n".join(
            f"{line}  # {self.shapes[i]}" if i in self.shapes else line
            for i, line in enumerate(lines)
        )


class Source:
    """The code of a class or function: folded by method in a page, whole in a terminal."""

    def __init__(self, name: str, module: str, parts: list[Part]):
        self.name, self.module, self.parts = name, module, parts

    def __str__(self) -> str:
        return "\n".join(part.annotated() for part in self.parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        first, *rest = self.parts
        said = html.escape(f"{self.module}.{self.name}")
        folds = "".join(
            f"<details{' open' if part.shapes else ''}><summary><code>{html.escape(part.name)}"
            f"</code></summary>{_block(part)}</details>"
            for part in rest
        )
        return as_it_is(f"<p style='margin:4px 0'><code>{said}</code></p>{_block(first)}{folds}")


def source(shown_one: Any, *inputs: Any, **named: Any) -> Source:
    """The source of a class, function or object; with inputs, the shapes of one call beside it.

    Parameters
    ----------
    shown_one : class, function or object
        An object (a layer, say) stands for its class and is called with the inputs.
    inputs, named
        Of one call. Each line that gives a name to a tensor or array then bears its shape, as
        ``q (1, 3, 5, 4)``. Nothing is trained and no gradient is kept.

    Raises
    ------
    UnknownName
        If it has no Python source (a built-in, say), or a class is called with inputs.
    """
    called = shown_one
    kind = shown_one if inspect.isclass(shown_one) or inspect.isroutine(shown_one) else None
    kind = kind or type(shown_one)
    if (inputs or named) and inspect.isclass(shown_one):
        raise UnknownName(t("lesson.source_class", name=kind.__name__))
    try:
        lines, start = inspect.getsourcelines(kind)
        file = inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        raise UnknownName(t("lesson.no_source", value=shown(shown_one))) from None
    seen = _shapes(called, file, inputs, named) if inputs or named else {}
    indent = len(lines[0]) - len(lines[0].lstrip())
    parts = [
        Part(name, textwrap.dedent("".join(lines[begin:end])) if begin == 0 else
             "".join(line[indent:] for line in lines[begin:end]),
             {at - start - begin: text for at, text in seen.items() if begin <= at - start < end})
        for name, begin, end in _cut(kind, lines, start)
    ]  # fmt: skip
    return Source(kind.__qualname__, kind.__module__, parts)


def _cut(kind: Any, lines: list[str], start: int) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line (from 0, last excluded) of the head and of each method."""
    marks = []
    for name, one in vars(kind).items() if inspect.isclass(kind) else ():
        function = inspect.unwrap(getattr(one, "__func__", getattr(one, "fget", one)) or one)
        code = getattr(function, "__code__", None)
        if code is not None and start <= code.co_firstlineno < start + len(lines):
            marks.append((code.co_firstlineno - start, name))
    marks.sort()
    ends = [at for at, _ in marks] + [len(lines)]
    yield kind.__name__, 0, ends[0]
    for (at, name), end in zip(marks, ends[1:], strict=True):
        yield name, at, end


def _shapes(called: Callable, file: str, inputs: tuple, named: dict) -> dict[int, str]:
    """The shapes that came to be on each line of a file, while something is called once."""
    found: dict[int, dict[str, str]] = {}
    lines: dict[FrameType, int] = {}
    before: dict[FrameType, dict[str, Any]] = {}

    def note(frame: FrameType) -> None:
        at, old = lines.get(frame), before.get(frame, {})
        for name, value in frame.f_locals.items():
            shape = _shape(value)
            if at is not None and shape and old.get(name) is not value:
                found.setdefault(at, {})[name] = shape
        before[frame] = dict(frame.f_locals)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != file:
            return None
        if event == "call":
            before[frame] = dict(frame.f_locals)
            given = {name: _shape(value) for name, value in frame.f_locals.items()}
            given = {name: shape for name, shape in given.items() if shape}
            found.setdefault(_head(file, frame.f_code.co_firstlineno), {}).update(given)
            return trace
        note(frame)
        lines[frame] = frame.f_lineno
        return trace

    kept = sys.gettrace()
    sys.settrace(trace)
    try:
        with _no_gradient():
            called(*inputs, **named)
    finally:
        sys.settrace(kept)
    linecache.checkcache(file)
    return {at: ", ".join(f"{name} {shape}" for name, shape in names.items())
            for at, names in found.items() if names}  # fmt: skip


def _head(file: str, first: int) -> int:
    """The line of ``def`` below decorators, where a function's code begins with one."""
    lines = enumerate(linecache.getlines(file)[first - 1 :], start=first)
    if not linecache.getline(file, first).lstrip().startswith("@"):
        return first
    return next((at for at, line in lines if re.match(r"\s*(async )?def ", line)), first)


def _no_gradient() -> Any:
    import contextlib

    torch = sys.modules.get("torch")  # who has no tensors needs no torch
    return torch.no_grad() if torch is not None else contextlib.nullcontext()


def _shape(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is None or not hasattr(value, "dtype"):
        return ""
    return str(tuple(int(size) for size in shape))


def _block(part: Part) -> str:
    lines = []
    for i, line in enumerate(part.text.rstrip("\n").splitlines()):
        shapes = part.shapes.get(i)
        mark = f'  <i style="opacity:.75"># {html.escape(shapes)}</i>' if shapes else ""
        lines.append(html.escape(line) + mark)
    style = "margin:2px 0 2px 12px;white-space:pre;overflow-x:auto"
    return f"<pre style='{style}'>" + "\n".join(lines) + "</pre>"
