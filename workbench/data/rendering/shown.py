"""Rendered rows in pieces: what of a row is learnt, and what was cut."""

from __future__ import annotations

import re

from .fitting import Fitted

#: What a terminal or a page would obey: control characters, and those that turn the direction.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def pieces(one: Fitted) -> list[tuple[str, bool, bool]]:
    """The text of a row in pieces: text, whether it is learnt, whether it was cut."""
    row, found = one.row, []
    at = 0
    for number, (_, end) in enumerate(row.places):
        kept = one.start <= number < one.end or (bool(one.first) and number == 0)
        how = (row.learnt[number] and number > 0, not kept)
        text = row.text[at : max(end, at)]
        if not text:
            continue
        at = max(end, at)
        if found and found[-1][1:] == how:
            found[-1] = (found[-1][0] + text, *how)
        else:
            found.append((text, *how))
    return found


def visible(text: str) -> str:
    """Signs that a terminal or page would obey, written out: ``\\x1b``."""
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)
