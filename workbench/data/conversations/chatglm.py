"""Texts in rounds, as ChatGLM writes them: ``[Round 1]``, 问： a question, 答： its answer.

Of each round the first 问 (or Q) and the first 答 (or A) are marks: others are what somebody says.
"""

from __future__ import annotations

import re

_COLON = r"[ \t]*[:：][ \t]?"
#: In front of a turn, at the beginning of a line.
MARK = re.compile(rf"[ \t]*(?:\[Round[ ]\d+\][ \t]*)?(问|答|Q|A){_COLON}")
_ASKED = re.compile(rf"\[Round[ ]\d+\]\s*(问|Q){_COLON}")
_ANSWERED = re.compile(rf"^[ \t]*(答|A){_COLON}", re.M)
_ROUND = re.compile(rf"[ \t]*\[Round[ ](\d+)\][ \t]*(?:\Z|(?:问|Q){_COLON})")


def marks(text: str) -> list[re.Match]:
    """What stands in front of the turns of a text; the group of each says who speaks.

    Examples
    --------
    >>> text = "[Round 1]\\n问：a\\n答：b\\n问：c?\\n[Round 2]\\n问：d\\n答："
    >>> [mark[1] for mark in marks(text)]
    ['问', '答', '问', '答']
    """
    found: list[re.Match] = []
    asked = list(_ASKED.finditer(text))
    ends = [one.start() for one in asked[1:]] + [len(text)]
    for one, end in zip(asked, ends, strict=False):  # a text without rounds has an end alone
        found.append(one)
        if answered := _ANSWERED.search(text, one.end(), end):
            found.append(answered)
    return found


def round_of(line: str, start: int = 0) -> int | None:
    """The number of the round that a line begins; None where it begins none.

    Examples
    --------
    >>> round_of("[Round 2]"), round_of("[Round 2] 问：a"), round_of("[Round 2] is the last")
    (2, 2, None)
    """
    found = _ROUND.match(line, start)
    return int(found[1]) if found else None
