"""Rendered rows as people see them: learnt tokens marked, what was cut struck through."""

from __future__ import annotations

import html
import re

from .fitting import Fitted

OPEN, CLOSE, CUT_OPEN, CUT_CLOSE = "⟦", "⟧", "⟨", "⟩"
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


def as_text(one: Fitted) -> str:
    """Learnt pieces between ⟦ and ⟧, cut ones between ⟨ and ⟩; nothing in it is obeyed."""
    said = []
    for text, learnt, cut in pieces(one):
        text = visible(text)
        if learnt:
            text = f"{OPEN}{text}{CLOSE}"
        said.append(f"{CUT_OPEN}{text}{CUT_CLOSE}" if cut else text)
    return "".join(said)


def as_html(one: Fitted) -> str:
    """The same as HTML: ``mark`` and ``del``; every sign of the data is escaped."""
    said = []
    for text, learnt, cut in pieces(one):
        text = html.escape(visible(text))
        if learnt:
            text = f"<mark>{text}</mark>"
        said.append(f"<del>{text}</del>" if cut else text)
    return f'<pre style="white-space: pre-wrap">{"".join(said)}</pre>'


def visible(text: str) -> str:
    """Signs that a terminal or page would obey, written out: ``\\x1b``."""
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)
