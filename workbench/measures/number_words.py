"""Numbers that are written as words in English, German and Chinese.

They only tell that a figure has its reason (``3`` for "three"): they are no facts by themselves,
since "one" and "ein" mostly are none.
"""

from __future__ import annotations

import itertools
import re

LANGUAGES = ("en", "de", "zh")
KNOWN = frozenset({*LANGUAGES, "ja"})  # Japanese in the signs that it has from Chinese

_EN = dict(zip(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen".split(), range(20), strict=True,
))  # fmt: skip
_EN |= {word: 10 * n for n, word in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}  # fmt: skip
_EN |= {word: n for n, word in enumerate(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
    start=1)}  # fmt: skip
_EN |= {f"{word}th": n for word, n in _EN.items() if n > 12 and n < 20}  # fifteenth
_EN |= {f"{word[:-1]}ieth": n for word, n in _EN.items() if n >= 20}
_EN |= {"once": 1, "twice": 2, "half": 2}
_EN_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
              "trillion": 10**12}  # fmt: skip
_EN_SCALES |= {f"{word}th": n for word, n in _EN_SCALES.items() if n > 12}

_DE_UNITS = dict(zip(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn".split(), range(20), strict=True,
))  # fmt: skip
_DE_TENS = {word + "zig": 10 * n for n, word in enumerate(
    "zwan drei vier fünf sech sieb acht neun".split(), start=2)}  # fmt: skip
_DE_TENS = {word.replace("dreizig", "dreißig"): value for word, value in _DE_TENS.items()}
_DE_ORDINALS = dict(zip("erst dritt siebt acht".split(), (1, 3, 7, 8), strict=True))
_DE_SCALES = {"hundert": 100, "tausend": 1000}

_ZH = dict(zip("〇一二三四五六七八九", range(10), strict=True)) | {"零": 0, "两": 2}
_ZH_SMALL = {"十": 10, "百": 100, "千": 1000}
_ZH_LARGE = {"万": 10**4, "亿": 10**8}
_ZH_RUN = re.compile(f"[{''.join([*_ZH, *_ZH_SMALL, *_ZH_LARGE])}]+")


def word_values(text: str, language: str = "") -> set[int]:
    """The whole numbers that words of a text say.

    Parameters
    ----------
    language : str
        Of :data:`KNOWN`; "" looks for those of all. Of other languages none are known, see
        :func:`may_be_said`.

    >>> sorted(word_values("twenty-three or two hundred", "en"))
    [2, 3, 20, 23, 100, 200]
    >>> sorted(word_values("dreiundzwanzig", "de")), sorted(word_values("三百五十万", "zh"))
    ([23], [3500000])
    """
    found: set[int] = set()
    if language in ("", "en"):
        for part in re.split(r"[^a-z\s-]", text.lower()):
            found |= _english(re.findall(r"[a-z]+", part))
            if " and " in part:  # two hundred and five
                joined = re.sub(rf"\b({'|'.join(_EN_SCALES)}) and ", r"\1 ", part)
                found |= _english(re.findall(r"[a-z]+", joined))
    if language in ("", "de"):
        found |= {value for word in re.findall(r"[a-zäöüß]+", text.lower())
                  if (value := _german(word)) is not None}  # fmt: skip
    if language in ("", "zh", "ja"):
        found |= {_chinese(run) for run in _ZH_RUN.findall(text)}
    return found


def may_be_said(value: str, text: str, language: str) -> bool:
    """Whether a text may say a number in words that are not known here.

    That is so of a whole number of two digits at most before its zeros, such as 3, 40 or 1000, in a
    text with letters whose language is none of :data:`KNOWN`.

    >>> may_be_said("3", "les trois rois", "fr"), may_be_said("1998", "les trois rois", "fr")
    (True, False)
    >>> may_be_said("3", "the kings", "en"), may_be_said("3", "1 + 1", "")
    (False, False)
    """
    if language in KNOWN or not any(char.isalpha() for char in text):
        return False
    return value.isdecimal() and len(value.rstrip("0")) <= 2


def _english(words: list[str]) -> set[int]:
    """Of each word, and of the runs that they make."""
    found: set[int] = set()
    for is_number, run in itertools.groupby(words, key=lambda w: w in _EN or w in _EN_SCALES):
        if not is_number:
            continue
        total, below, century = 0, 0, 0
        for word in run:
            if word in _EN:
                value = _EN[word]
                found.add(value)
                after_ten = below % 10 == 0 and below % 100 > 10  # twenty three
                room = 100 if below % 100 == 0 else 10 if after_ten else 0
                if value >= room:  # five six: the next number begins
                    year = 10 <= total + below <= 20 and value >= 10  # nineteen eighty-four
                    century = 100 * (total + below) if year else 0
                    total = below = 0
                below += value
            else:
                scale = _EN_SCALES[word]
                found.add(scale)
                below = max(below, 1) * scale
                if scale > 100:
                    total, below = total + below, 0
            found |= {total + below, century + total + below}
    return found


def _german(word: str) -> int | None:
    """Of one word, which German writes together: ``zweihundertdreiundzwanzig``."""
    word = word.replace("dreissig", "dreißig")
    for ending in ("", "e", "s", "er", "en", "es", "em", "te", "ten", "ter", "tes", "ste", "sten"):
        stem = word.removesuffix(ending)
        if stem in _DE_ORDINALS and ending.lstrip("s")[:1] == "e":
            return _DE_ORDINALS[stem]
        if word.endswith(ending) and (value := _german_stem(stem)) is not None:
            return value
    return None


def _german_stem(stem: str) -> int | None:
    if stem in _DE_UNITS or stem in _DE_TENS:
        return _DE_UNITS.get(stem, _DE_TENS.get(stem))
    for ten, value in _DE_TENS.items():
        if stem.endswith("und" + ten):
            unit = _DE_UNITS.get(stem.removesuffix("und" + ten))
            return None if unit is None else value + unit
    for name, scale in reversed(_DE_SCALES.items()):
        before, found, after = stem.partition(name)
        if found:
            times = _german_stem(before) if before else 1
            rest = _german_stem(after.removeprefix("und")) if after else 0
            return None if times is None or rest is None else times * scale + rest
    return None


def _chinese(run: str) -> int:
    if len(run) > 1 and not set(run) & {*_ZH_SMALL, *_ZH_LARGE}:
        return int("".join(str(_ZH[char]) for char in run))  # digit by digit, as years are
    total = below = digit = 0
    for char in run:
        if char in _ZH:
            digit = _ZH[char]
        elif char in _ZH_SMALL:
            below, digit = below + (digit or 1) * _ZH_SMALL[char], 0
        else:
            total, below, digit = (total + below + digit or 1) * _ZH_LARGE[char], 0, 0
    return total + below + digit
