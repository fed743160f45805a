"""What the data of a run settled, by which a file that it is to predict is read.

Such a file is often short, without labels, or without the row of names that said it all: what would
have to be guessed anew is taken from the run's data instead.
"""

from __future__ import annotations

import codecs
import contextlib
import contextvars
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import archives
from .reports import FileReport


@dataclasses.dataclass(frozen=True)
class Expected:
    """What is known before the file is opened; nothing, where a run's own data are read.

    Parameters
    ----------
    names : tuple of str
        What the column that is predicted may be called.
    encoding : str or None
        That of the run's data, for a file that is not Unicode.
    header : bool or None
        Whether the run's table had a row of names.
    columns : int or None
        How many columns the run's table had.
    whole : bool or None
        Whether each file of the run's data was one text.
    words : dict or None
        Where a line or row of the run's data was a word: the numbers from 0 (``word``, ``tag``,
        ``width``) or the names (``word``, ``tag``, ``sentence``) of its columns.
    turns : bool or None
        Whether lines of the run's data were put together as conversations.
    shape : str or None
        The shape that ``reading`` names for the run's data and not for this file, which may be of
        another one.
    """

    names: tuple[str, ...] = ()
    encoding: str | None = None
    header: bool | None = None
    columns: int | None = None
    whole: bool | None = None
    words: dict[str, Any] | None = None
    turns: bool | None = None
    shape: str | None = None

    @classmethod
    def of(cls, names: tuple[str, ...], read: Mapping[str, Any]) -> Expected:
        """What :func:`settled` kept, and nothing else, for columns of these names."""
        known = {name: read.get(name) for name in _KEPT} if isinstance(read, Mapping) else {}
        kept = {name: value for name, value in known.items() if _KEPT[name](value)}
        word = kept.get("words", {}).get("word")
        return cls(names=(*names, word) if isinstance(word, str) else names, **kept)

    @property
    def for_labels(self) -> bool:
        """Whether rows without a label are of no use, as in a run's own data."""
        return not self.names


def _is_encoding(value: Any) -> bool:
    try:
        return isinstance(value, str) and codecs.lookup(value)._is_text_encoding
    except LookupError:
        return False


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_words(value: Any) -> bool:
    if not isinstance(value, dict) or not {"word", "tag"} <= set(value):
        return False
    numbered = all(type(value.get(name)) is int for name in ("word", "tag", "width"))
    return numbered or all(isinstance(value[name], str) for name in ("word", "tag"))


_KEPT = {
    "encoding": _is_encoding, "header": _is_flag, "columns": lambda value: type(value) is int,
    "whole": _is_flag, "words": _are_words, "turns": _is_flag,
}  # fmt: skip
_NOTHING = Expected()
_EXPECTED: contextvars.ContextVar[Expected] = contextvars.ContextVar("expected", default=_NOTHING)
_SEEN: contextvars.ContextVar[list | None] = contextvars.ContextVar("seen", default=None)


def expected() -> Expected:
    """What is expected of the file that is read now."""
    return _EXPECTED.get()


@contextlib.contextmanager
def expecting(what: Expected) -> Iterator[None]:
    """Within it, files are read by ``what``."""
    token = _EXPECTED.set(what)
    try:
        yield
    finally:
        _EXPECTED.reset(token)


@contextlib.contextmanager
def seeing() -> Iterator[list[FileReport]]:
    """Within it, the reports of all files that are read are put into the list."""
    found: list[FileReport] = []
    token = _SEEN.set(found)
    try:
        yield found
    finally:
        _SEEN.reset(token)


def is_seen() -> bool:
    """Whether somebody is :func:`seeing`, and says what was guessed."""
    return _SEEN.get() is not None


def seen(reports: Sequence[FileReport]) -> None:
    """Tell what is within :func:`seeing` how files were read."""
    if (found := _SEEN.get()) is not None:
        found += reports


def settled(reports: Sequence[FileReport]) -> dict[str, Any]:
    """What the files of a run settled, for its folder: what :class:`Expected` takes, but names.

    Of files that differ it is what most of them have. ``endings`` are those of all of them.
    """
    found: dict[str, Any] = {}
    for name in _KEPT:
        of = [one for one in reports if name != "columns" or one.header is not None]
        values = [value for one in of if (value := getattr(one, name)) is not None]
        if values:
            found[name] = max(values, key=values.count)
    ends = {end for one in reports if (end := archives.ending(one.path)) == f".{one.format}"}
    if ends:
        found["endings"] = sorted(ends)
    return found
