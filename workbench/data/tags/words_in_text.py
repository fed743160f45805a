"""Words and the text that they are of: joined to one, and placed in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# ideographs, kana, their punctuation, full-width forms
UNSPACED = r"\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_BESIDE = re.compile(rf"(?<=[{UNSPACED}]) | (?=[{UNSPACED}])")


def placed(text: str, words: Iterable[str]) -> list[tuple[int, int]] | None:
    """Where words stand in a text, one after another; None where one of them does not.

    Examples
    --------
    >>> placed("I don't.", ["I", "do", "n't", "."])
    [(0, 1), (2, 4), (4, 7), (7, 8)]
    """
    found, at = [], 0
    for word in words:
        start = text.find(word, at)
        if start < 0 or text[at:start].replace("\u200b", "").strip():
            return None
        at = start + len(word)
        found.append((start, at))
    return found


def joined(tokens: Sequence[str]) -> str:
    """Words as a text: blanks between them, but none beside a Chinese or Japanese character.

    Examples
    --------
    >>> joined(["Ada", "Lovelace"]), joined(["江", "泽", "民", "。"])
    ('Ada Lovelace', '江泽民。')
    """
    return _BESIDE.sub("", " ".join(tokens))
