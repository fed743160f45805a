"""Which of the older encodings a few lines are in, by the letters that they would have.

A library that compares encodings by statistics needs more text than a small table has. Here the
letters of a language decide: Japanese has kana, Korean has Hangul alone, and of the texts in an
alphabet most letters are its ten most frequent ones, in lower case.
"""

from __future__ import annotations

import unicodedata

#: The ten most frequent letters of what is written with an encoding, and where its letters stand.
_ALPHABETS = {
    "cp1251": ("оеаинтсрвл", "CYRILLIC"),
    "koi8_r": ("оеаинтсрвл", "CYRILLIC"),
    "cp866": ("оеаинтсрвл", "CYRILLIC"),
    "iso8859_5": ("оеаинтсрвл", "CYRILLIC"),
    "cp1253": ("αοιετσνηυρ", "GREEK"),
    "cp1255": ("יוהלאתמברש", "HEBREW"),
    "cp1256": ("اليمنوترهب", "ARABIC"),
    "cp874": ("านรอกเงมยว", "THAI"),
}
_KANA, _HANGUL = ("\u3041", "\u30ff"), ("\uac00", "\ud7a3")
_ENOUGH = 8  # different letters without which nothing is told
_KANAS = 4  # the bytes before kana are signs that no text in an alphabet is made of
_SLIPS = 0.1  # of the characters beyond ASCII: more of them at odd places tell of a wrong encoding
_MIDDLE = ("iso8859_2", "cp1250", "mac_roman", "cp850", "cp852")
#: What a Latin encoding may be mistaken for.
_LATIN = dict.fromkeys(("cp1252", "cp1250", "cp1254", "latin_1"), _MIDDLE)
#: Signs that stand between words without blanks, too: alone they tell of no wrong encoding.
_BETWEEN = frozenset("…•™“”°´`×")
_SHARE, _AHEAD = 0.4, 0.1  # of all signs; and before the second best


def by_letters(sample: bytes) -> str | None:
    """The encoding of a sample of lines, where its letters decide; otherwise None.

    Parameters
    ----------
    sample : bytes
        Lines that are not all ASCII.

    Examples
    --------
    >>> by_letters("очень хороший фильм, смотреть всем".encode("koi8_r"))
    'koi8_r'
    >>> by_letters("とても良い映画です。また見たい".encode("shift_jis"))
    'shift_jis'
    >>> by_letters("très bon café".encode("cp1252"))
    """
    if (name := by_kana(sample)) is not None:
        return name
    for name in ("euc_kr", "cp949"):
        if _held(sample, name, _HANGUL, 0.95, _ENOUGH):
            return name
    found = sorted(((_fit(sample, name), name) for name in _ALPHABETS), reverse=True)
    (best, name), (second, other) = found[:2]
    alike = best == second and _letters(sample, name) == _letters(sample, other)
    return name if best >= _SHARE and (best - second >= _AHEAD or alike) else None


def by_kana(sample: bytes) -> str | None:
    """The Japanese encoding in which enough of a sample are kana; otherwise None.

    Examples
    --------
    >>> by_kana("これは映画でした".encode("euc_jp")), by_kana("für Grüße aus Köln".encode("cp1252"))
    ('euc_jp', None)
    """
    names = ("shift_jis", "cp932", "euc_jp")
    return next((n for n in names if _held(sample, n, _KANA, 0.2, _KANAS)), None)


def _held(
    sample: bytes, encoding: str, within: tuple[str, str], share: float, enough: int
) -> bool:
    """Whether enough letters of the sample, and enough different ones, are within a range."""
    letters = _letters(sample, encoding)
    held = [letter for letter in letters if within[0] <= letter <= within[1]]
    return len(set(held)) >= enough and len(held) >= share * len(letters)


def _letters(sample: bytes, encoding: str) -> str:
    """The letters beyond ASCII that the sample has in an encoding; none where it has no place."""
    return "".join(char for char in _foreign(sample, encoding) if char.isalpha())


def _foreign(sample: bytes, encoding: str) -> str:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "".join(char for char in text if not char.isascii())


def _fit(sample: bytes, encoding: str) -> float:
    """The share of the frequent letters in all signs beyond ASCII.

    It is 0 where another script has a tenth of the letters.
    """
    frequent, script = _ALPHABETS[encoding]
    letters = _letters(sample, encoding)
    if len(set(letters)) < _ENOUGH:
        return 0.0
    ours = sum(unicodedata.name(letter, "").startswith(script) for letter in letters)
    if ours < 0.9 * len(letters):
        return 0.0
    return sum(letter in frequent for letter in letters) / len(_foreign(sample, encoding))


def by_words(sample: bytes, name: str) -> str:
    """The encoding itself, or an older one in which words are words where they are none in it.

    A Latin encoding that was taken for another puts signs, capitals and control characters within
    words: ``by³a`` for ``była``, ``fŸr`` for ``für``.

    Parameters
    ----------
    sample : bytes
        Lines that are not all ASCII.
    name : str
        What it was taken for.

    Examples
    --------
    >>> by_words("była żałosna książka, bardzo nudna łąka, źle".encode("iso8859_2"), "cp1252")
    'iso8859_2'
    >>> by_words("für Grüße aus Köln, der Bär".encode("cp1252"), "cp1252")
    'cp1252'
    """
    if name not in _LATIN or _oddities(sample, name, _BETWEEN) <= _SLIPS:
        return name
    found = [(_oddities(sample, other), other) for other in _LATIN[name] if other != name]
    _, other = min(found, key=lambda one: one[0])
    return other if _oddities(sample, other, _BETWEEN) <= _SLIPS / 5 else name


def _oddities(sample: bytes, encoding: str, alone: frozenset[str] = frozenset()) -> float:
    """The share of characters beyond ASCII that no word has at their place; 1 if undecodable.

    It is 0 where they are all of ``alone``.
    """
    try:
        text = f" {sample.decode(encoding)} "
    except UnicodeDecodeError:
        return 1.0
    places = [place for place, char in enumerate(text) if not char.isascii()]
    if len(places) < _ENOUGH:
        return 0.0
    odd = []
    for place in places:
        before, char, after = text[place - 1], text[place], text[place + 1]
        inside = before.isalpha() and after.isalpha()
        sign = (not char.isalpha() or char in "ªº") and char not in "’‘·–—\u00ad"
        capital = char.isupper() and before.islower()
        if unicodedata.category(char) == "Cc" or (inside and sign) or capital:
            odd.append(char)
    return 0.0 if set(odd) <= alone else len(odd) / len(places)


def is_readable(sample: bytes, encoding: str) -> bool:
    """Whether a sample, cut at a whole character, is text: no controls, no unassigned characters.

    Examples
    --------
    >>> is_readable("да, нет!".encode("utf-16-be"), "utf-16-be")
    True
    >>> is_readable(bytes([0, 1, 0, 2]), "utf-16-be")
    False
    """
    try:
        text = sample[: len(sample) // 4 * 4].decode(encoding)
    except UnicodeDecodeError:
        return False
    kinds = {unicodedata.category(char) for char in text if char not in "\t\r\n"}
    return not kinds & {"Cc", "Cn", "Co", "Cs"}
