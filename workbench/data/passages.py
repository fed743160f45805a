"""Long documents of plain text, cut into passages that can be measured, shown and drawn from."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from ..i18n import t

if TYPE_CHECKING:
    import pandas as pd

LENGTH = 1000  # characters of a passage at most: some 250 tokens of English
SECTIONS = 10  # of a document, where there are too few to hold one out
LONG = 4 * LENGTH  # what is longer is a document, and is measured in passages
_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"[.!?\u3002\uff01\uff1f]\s*"),
         re.compile(r"\s"))  # fmt: skip


def passages(text: str, length: int = LENGTH) -> list[str]:
    """A text in pieces of at most ``length`` characters that make the text again.

    A piece ends behind an empty line where one is in its second half, else behind a line, a
    sentence or a word; where there is none of them, at ``length``.

    Examples
    --------
    >>> passages("To be.\\nOr not. ", 10)
    ['To be.\\n', 'Or not. ']
    """
    found, start = [], 0
    while len(text) - start > length:
        window = text[start : start + length]
        end = next((at for ends in _ENDS if (at := _last(ends, window)) > length // 2), length)
        found.append(text[start : start + end])
        start += end
    return [*found, text[start:]]


def _last(ends: re.Pattern, window: str) -> int:
    return max((match.end() for match in ends.finditer(window)), default=0)


def in_sections(tables: dict[str, pd.DataFrame], notes: list[str]) -> dict[str, pd.DataFrame]:
    """Tables whose documents (over :data:`LONG`) of the training split are several rows, about
    :data:`SECTIONS` each, so that some can be held out; a note says it.

    {} where there is no document.
    """
    frame = tables.get("train")
    if frame is None or not (frame["text"].map(len) > LONG).any():
        return {}
    parts = [
        [one for one in passages(text, -(-len(text) // SECTIONS)) if one.strip()]
        if len(text) > LONG else [text] for text in frame["text"]
    ]  # fmt: skip
    rows = [row for row, some in enumerate(parts) for _ in some]
    found = frame.iloc[rows].assign(text=[one for some in parts for one in some])
    notes.append(t("passages.sections", n=len(frame), sections=len(found)))
    return {**tables, "train": found}


def in_passages(
    frame: pd.DataFrame, split: str, notes: list[str], *, before: bool = False
) -> pd.DataFrame:
    """Rows of a split that is measured: of a document (over :data:`LONG`) its passages, in order.

    Parameters
    ----------
    frame : pandas.DataFrame
        With ``text``; what else a row holds, each of its passages holds too, and ``goes_on`` says
        of each whether the document does.
    split : str
        As the note calls it.
    notes : list of str
        Says, where something was cut, of how many documents there are how many passages.
    before : bool
        Whether each has a column ``before``: the text of its document before it, at most
        :data:`LENGTH` characters, "" where it is the first.
    """
    texts = frame["text"].tolist()
    parts, stand = [], []
    for text in texts:
        some = passages(text) if len(text) > LONG else [text]
        begins = [0, *itertools.accumulate(map(len, some))]
        kept = [(part, at) for part, at in zip(some, begins, strict=False)
                if part.strip() or len(some) == 1]  # fmt: skip
        parts.append([part for part, _ in kept])
        stand += [text[max(0, at - LENGTH) : at] for _, at in kept]
    long = sum(len(text) > LONG for text in texts)
    if not long:
        return frame
    rows = [row for row, some in enumerate(parts) for _ in some]
    goes_on = [at + 1 < len(some) for some in parts for at in range(len(some))]
    notes.append(
        t("passages.cut", n=long, split=split, passages=sum(map(len, parts)) - len(parts) + long,
          length=LENGTH)
    )  # fmt: skip
    found = frame.iloc[rows].assign(goes_on=goes_on)
    if before:
        found["before"] = stand
    return found.assign(text=[part for some in parts for part in some])
