"""Words of a text as measures count them, and where the pieces lie that a person sees.

Words are runs of letters and digits in lower case, as in rouge-score. Where a script has no blanks
between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer) each character is a word: no list of
words is needed and a text has one reading. Signs are no words.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence

from ..data.tags.word_cutting import UNPARTED, WIDE, Cutting, mark_signs

_ASCII = re.compile(r"[a-z0-9]+")
_SHOWN = Cutting(before="", inner="'’-", inner_digits=".,:")

#: How words are told in a signature.
CUT = "tok:words|case:lower|blankless:characters"


def words(text: str) -> list[str]:
    """The words of a text, in lower case.

    >>> words("Don't panic: 3.5 km!"), words("我爱 NLP。")
    (['don', 't', 'panic', '3', '5', 'km'], ['我', '爱', 'nlp'])
    """
    text = text.lower()
    return (_ASCII if text.isascii() else _letters()).findall(text)


@functools.cache
def _letters() -> re.Pattern:
    """A letter or digit with its marks: by itself in a script without blanks, else in a run."""
    mark, alone = f"[{mark_signs()}]*", WIDE + UNPARTED
    return re.compile(rf"(?=\w)[{alone}]{mark}|(?:[^\W_{alone}]{mark})+")


def pieces(text: str) -> list[tuple[int, int]]:
    """Where words and signs lie, for display: first character and the one after the last.

    >>> [("It's 3.5, 你好"[a:b]) for a, b in pieces("It's 3.5, 你好")]
    ["It's", '3.5', ',', '你', '好']
    """
    return _SHOWN.spans(text)


def ngrams(tokens: Sequence[str], n: int) -> Counter:
    """How often each run of ``n`` tokens occurs.

    >>> ngrams(["a", "b", "a", "b"], 2)
    Counter({('a', 'b'): 2, ('b', 'a'): 1})
    """
    return Counter(zip(*(tokens[start:] for start in range(n)), strict=False))
