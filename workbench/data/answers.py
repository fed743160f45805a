"""Answers to a question on a text: the forms they are given in, and where they stand in it."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

import numpy as np

from .columns import written_values


def answers_of(value: Any, start: Any = None) -> tuple[list[str], list[int | None]]:
    """Texts and starts of whatever a row has as its answers; a start is None where it is not said.

    Examples
    --------
    >>> answers_of({"text": ["Rome"], "answer_start": [7]})
    (['Rome'], [7])
    >>> answers_of("Rome"), answers_of([]), answers_of(None)
    ((['Rome'], [None]), ([], []), ([], []))
    >>> answers_of([{"text": "Rome", "answer_start": 7}]), answers_of("['Rome']", "7")
    ((['Rome'], [7]), (['Rome'], [7]))
    >>> answers_of(1889), answers_of({"text": [1889], "answer_start": [4]})
    ((['1889'], [None]), (['1889'], [4]))

    Raises
    ------
    ValueError
        If it is nothing of that kind.
    """
    if value is None or (not _is_list(value) and value != value):  # NaN
        return [], []
    if isinstance(value, str):
        return _of_text(value, start)
    if _is_number(value):
        return _paired(_as_text(value), start)
    if isinstance(value, dict):
        return _paired(value.get("text"), value.get("answer_start"))
    if _is_list(value):
        if all(isinstance(one, str) or _is_number(one) for one in value):
            return _paired(value, start)
        found = [answers_of(one) for one in value]
        return [t for texts, _ in found for t in texts], [s for _, starts in found for s in starts]
    raise ValueError(f"{value!r} is no answer")


def _of_text(value: str, start: Any) -> tuple[list[str], list[int | None]]:
    text = value.strip()
    if written_values.is_written(text) and text[0] in "{[":
        try:
            return answers_of(written_values.read(text), start)
        except ValueError:
            pass  # an answer in brackets
    return _paired(value, start) if text else ([], [])


def _paired(texts: Any, starts: Any) -> tuple[list[str], list[int | None]]:
    """Texts with their starts; a missing, blank or negative start is None."""
    texts = [] if texts is None else list(texts) if _is_list(texts) else [texts]
    texts = [_as_text(one) if _is_number(one) else one for one in texts]
    if isinstance(starts, str) and written_values.is_written(starts):
        starts = written_values.read(starts)
    starts = [] if starts is None else list(starts) if _is_list(starts) else [starts]
    known = [_start(one) for one in starts] + [None] * (len(texts) - len(starts))
    pairs = [(t, s) for t, s in zip(texts, known, strict=False) if t is not None and t.strip()]
    return [t for t, _ in pairs], [s for _, s in pairs]


def _start(value: Any) -> int | None:
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return None
    number = int(float(value))
    return number if number >= 0 else None


def located(context: str, text: str, start: int | None) -> tuple[int, str, str]:
    """Where an answer stands, how it is spelt there, and what had to be done to find it.

    Returns
    -------
    int
        First character, -1 where the context does not have the text.
    str
        The answer as it stands there.
    str
        ``""`` (it is where it says, letter by letter), ``spelt`` (it is where it says, or at the
        only place, but for case, blanks, or the form of its signs), ``found`` (no start was said
        and there is one place), ``first`` (several places, the first is taken), ``moved`` (the
        nearest place) or ``absent``.

    Examples
    --------
    >>> located("to be or not to be", "be", 3)
    (3, 'be', '')
    >>> located("It was Ada Lovelace.", "ada lovelace ", 7)
    (7, 'Ada Lovelace', 'spelt')
    >>> located("to be or not to be", "be", 14)
    (16, 'be', 'moved')
    >>> located("to be or not to be", "be", None)
    (3, 'be', 'first')
    """
    if start is not None and context[start : start + len(text)] == text:
        return start, text, ""
    alike = None
    if start is not None:
        alike = _alike(context, text)
        begin = start + len(text) - len(text.lstrip())
        for place, end in alike:
            if place in (start, begin):
                return place, context[place:end], "spelt"
    places = [(at, at + len(text)) for at in _exact(context, text)]
    exact = bool(places)
    places = places or (_alike(context, text) if alike is None else alike)
    if not places:
        return -1, text, "absent"
    if start is not None:
        at, end = min(places, key=lambda place: abs(place[0] - start))
        return at, context[at:end], "moved"
    at, end = places[0]
    done = "first" if len(places) > 1 else "found" if exact else "spelt"
    return at, context[at:end], done


def placed(context: str, text: str, start: int | None) -> tuple[int, str]:
    """First character of an answer and what had to be done, as :func:`located` says them.

    Examples
    --------
    >>> placed("to be or not to be", "be", 14), placed("to be", "not", None)
    ((16, 'moved'), (-1, 'absent'))
    """
    at, _, done = located(context, text, start)
    return at, done


def inside_word(context: str, start: int) -> bool:
    """Whether a character of a word stands right before ``start``, and one at it.

    Scripts that put no spaces between words have no such places.
    """
    return 0 < start < len(context) and all(map(_of_word, context[start - 1 : start + 1]))


def _exact(context: str, text: str) -> list[int]:
    places = []
    at = context.find(text)
    while at >= 0:
        places.append(at)
        at = context.find(text, at + 1)
    return places


_SIGNS = {ord(one): to for signs, to in (("‘’‚ʼ′`´", "'"), ("“”„«»″", '"'), ("‐‑‒–—−", "-"))
          for one in signs}  # fmt: skip
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


@functools.lru_cache(maxsize=64)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without case, form of signs and runs of blanks; of each sign where it was."""
    signs: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in _UNSEEN:
            continue
        plain = unicodedata.normalize("NFKD", char.translate(_SIGNS)).casefold()
        for sign in unicodedata.normalize("NFKD", plain):
            sign = " " if sign.isspace() else sign
            if sign == " " and signs and signs[-1] == " ":
                continue
            signs.append(sign)
            places.append(place)
    return "".join(signs), tuple(places)


def _alike(context: str, text: str) -> list[tuple[int, int]]:
    """Where the text stands but for case, blanks and the form of signs: (first, end) of each."""
    wanted = _folded(text)[0].strip()
    if not wanted:
        return []
    folded, places = _folded(context)
    found = []
    for at in _exact(folded, wanted):
        last = at + len(wanted) - 1
        begins = at == 0 or places[at - 1] != places[at]
        ends = last + 1 == len(folded) or (
            places[last + 1] != places[last] and not unicodedata.combining(folded[last + 1])
        )
        if begins and ends:
            end = places[last + 1] if last + 1 < len(folded) else len(context)
            found.append((places[at], places[at] + len(context[places[at] : end].rstrip())))
    return found


def _of_word(character: str) -> bool:
    return character.isalnum() and not ("\u2e80" <= character <= "\u9fff" or
                                        "\u0e00" <= character <= "\u0e7f")  # fmt: skip


def _is_number(value: Any) -> bool:
    """A year or a count is an answer too; a file's column of them is one of numbers."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _as_text(value: Any) -> str | None:
    if value != value:  # NaN
        return None
    return str(int(value)) if float(value).is_integer() else str(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))
