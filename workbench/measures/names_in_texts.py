"""Names in a text, as far as its way of writing shows them.

- Where only names have capitals (English, French, Russian, ...): capitalised words that begin no
  sentence.
- German writes every noun so: only words, and parts of them between hyphens, with more than one
  capital or with digits (``NASA``, ``iPhone``, ``A380``).
- Chinese and Japanese: words in Latin letters.
- In other languages, and where the language is not known, none are looked for.

Known limits: the first word of a sentence is never taken, so of "Ada Lovelace wrote" only Lovelace
is. A title, in which all words but small ones have capitals, shows none. Chinese names in Chinese
are not found. Names that have another form in another language (Germany, Deutschland), or are
written in another script, are not known to be the same.
"""

from __future__ import annotations

import re
import unicodedata

from .facts import Fact

#: Languages in which a capital inside a sentence means a name.
CAPITALS = frozenset(
    "en fr es it pt nl sv da no nb nn fi pl cs sk sl hr sr bs mk bg ru uk be ro hu el tr id vi et "
    "lv lt is ca gl eu sq hy ga cy ms tl".split()
)
LATIN_IN = frozenset(("zh", "ja"))
# an apostrophe before a capital parts an article from a name: l'Opéra
_WORD = re.compile(r"[^\W_]+(?:(?:[-.&+]|['’](?![A-ZÀ-Þ]))[^\W_]+)*[+#]*")
_PART = re.compile(r"[^\W_]+(?:[.&+'’][^\W_]+)*[+#]*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f]*(?:[-.&+'’][A-Za-z0-9]+)*[+#]*")
_SMALL = frozenset("a an the and or nor but of for to in on at by with from as is via vs".split())
# what a calendar says has other words in other languages
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december".split()
)
_NO_NAME = frozenset("i ok".split())
_END = re.compile(r"[.!?…:。!?]+[\"'”’»)\]]*\s+[\"'“‘«(\[¿¡]*$|[\n\r]\W*$|[。!?]\W*$|[“\"«]$")
_SHORT = re.compile(r"(?:\b[A-Z][a-z]{0,2}|\b[A-Z]\.[A-Z])\.\s+$")  # Mr. Dr. St. J.


def names(text: str, language: str) -> list[Fact] | None:
    """The names of a text in their order, each word by itself; None where none are looked for.

    >>> [one.text for one in names("When Ada Lovelace wrote to Mr. Babbage, I slept.", "en")]
    ['Ada', 'Lovelace', 'Mr', 'Babbage']
    >>> [one.text for one in names("我用 PyTorch 训练", "zh")]
    ['PyTorch']
    """
    language = language.lower().replace("_", "-").partition("-")[0]
    if language in LATIN_IN:
        found = [match for match in _LATIN.finditer(text) if len(match[0]) > 1]
    elif language == "de":
        found = [match for match in _PART.finditer(text) if _is_marked(match[0])]
    elif language in CAPITALS:
        found = _capitalised(text)
    else:
        return None
    return [
        Fact("name", match[0], *match.span(), values := frozenset({folded(match[0])}), values)
        for match in found
    ]


def folded(word: str) -> str:
    """A word without case, marks on letters and the ending of a genitive.

    >>> folded("Žižek’s"), folded("MERKEL'S"), folded("İzmir")
    ('zizek', 'merkel', 'izmir')
    """
    parts = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(char for char in parts if not unicodedata.combining(char))
    return re.sub(r"['’]s?$", "", plain)


def folded_words(text: str) -> set[str]:
    """All words of a text, folded, and the parts of those with a hyphen."""
    found = [match[0] for match in _WORD.finditer(text)]
    found += [match[0] for match in _LATIN.finditer(text)]
    return {folded(part) for word in found for part in (word, *re.split(r"[-.&+'’]", word)) if part}


def is_of_calendar(name: Fact) -> bool:
    """Whether it is the English name of a day or month."""
    return bool(name.values & _CALENDAR)


def _is_marked(word: str) -> bool:
    """Whether its letters tell a name where every noun has a capital."""
    capitals = sum(char.isupper() for char in word)
    letters = sum(char.isalpha() for char in word)
    inside = any(char.isupper() for char in re.sub(r"[-.&'’].", "", word)[1:])
    return letters > 0 and inside and capitals > 1 or _mixed(word)


def _mixed(word: str) -> bool:
    return word[:1].isupper() and any(map(str.isdigit, word)) or bool(
        re.match(r"[a-zäöü]+[A-ZÄÖÜ]", word)
    )


def _capitalised(text: str) -> list[re.Match]:
    words = [match for match in _WORD.finditer(text) if match[0][0].isalpha()]
    big = [match for match in words if match[0][0].isupper() or _mixed(match[0])]
    if len(words) > 3 and len(big) == sum(match[0] not in _SMALL for match in words):
        return [match for match in big if _mixed(match[0])]
    return [
        match for match in big
        if (_mixed(match[0]) or not _begins(text, match.start()))
        and re.split(r"['’]", match[0].casefold())[0] not in _NO_NAME
    ]  # fmt: skip


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins there."""
    before = text[max(0, start - 20) : start]
    if not text[:start].strip(" \t\"'“‘«([¿¡-–—*#>"):
        return True
    return bool(_END.search(before)) and not _SHORT.search(before)
