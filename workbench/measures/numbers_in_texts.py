"""Numbers in a text, in the notations of several languages, and what each may mean.

``1,000`` is a thousand in English and one in German. Where the language is known its notation
decides; what other notations make of it is kept as possible. Where it is not known, all are.

Known limits: a number in a word (``MP3``, ``H2O``) is none, and neither is a fraction such as ``½``
or a Roman numeral. Dates, times and versions (``26.11.2024``, ``10:30``, ``3.5.1``) are their
pieces. The share ``5 %`` and the factor ``0.05`` are two numbers. Groups that are parted by a plain
blank (``12 500``) are one number and may be two. Units are not looked at.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from ..data.tags.word_cutting import UNPARTED, WIDE
from .facts import Fact

#: Languages that begin a fraction with a point, and those that do so with a comma.
POINT = frozenset("en zh ja ko th he hi bn ta te ur ms my ne si sw fil tl ga mt cy".split())
COMMA = frozenset(
    "de fr es it pt nl sv da no nb nn fi pl cs sk sl hr sr bs mk bg ru uk be ro hu el tr id vi et "
    "lv lt is ca gl eu sq hy ka az kk".split()
)
_THIN = "\u00a0\u2009\u202f"  # blanks that group digits and do not part words
_PARTS = ".,'’٬٫" + _THIN
_RUN = re.compile(
    rf"(?P<word>[^\W\d_{WIDE}{UNPARTED}]\d+(?:[{_PARTS}]\d+)*)"  # of MP3, v2.3.1: no number
    rf"|(?<!\d)(?:\d{{1,3}}(?: \d{{3}})+(?!\d)(?:[.,]\d+(?![.,]?\d))?|\d+(?:[{_PARTS}]\d+)*)"
    r"|(?<![\w.])\.\d+"
)
_GROUPED = r"(?:\d{1,3}(?:([%s])\d{3})(?:\1\d{3})*|\d+)"
_GROUPS = {
    "point": re.compile(_GROUPED % f",'’٬{_THIN} " + r"(?:[.٫]\d+)?|\.\d+"),
    "comma": re.compile(_GROUPED % f".'’{_THIN} " + r"(?:[,٫]\d+)?"),
    "india": re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"),
}
_SCALE = re.compile(
    rf"[{_THIN} ]?(?:(thousand|tausend|thsd|tsd)|(millionen|million|mill|mio|mn)"
    r"|(milliarden|milliarde|mrd|bn)|(billionen|billions|billion)|(trillion))s?\b\.?"
    r"|(万亿|千万|百万|十万|十亿|百亿|千亿|[百千万亿])",
    re.IGNORECASE,
)
_SHORT = re.compile(r"[kmb]\b", re.IGNORECASE)
_SHORTS = {"k": 10**3, "m": 10**6, "b": 10**9}  # or metres, bytes: sure behind a sign of a currency
_SCALES = (10**3, 10**6, 10**9, 10**9, 10**12)
_ZH = {"百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
       "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12}  # fmt: skip
_LONG_SCALE = frozenset("de fr es it nl pl sv da no nb nn fi cs sk hu".split())
_LONGEST = 40  # digits above which a number is a key or a hash, and only equal to itself


def numbers(text: str, language: str = "") -> list[Fact]:
    """The numbers of a text in their order.

    Parameters
    ----------
    language : str
        ISO 639-1 code; "" where it is not known.

    >>> [sorted(one.values) for one in numbers("1,000 and 2.5", "en")]
    [['1000'], ['2.5']]
    >>> [sorted(one.values) for one in numbers("1,000 and 2.5", "de")]
    [['1'], ['2.5']]
    >>> [sorted(one.values) for one in numbers("1,000")]
    [['1', '1000']]
    """
    plain = "".join(_plain(char) for char in text)
    found: list[Fact] = []
    for match in _RUN.finditer(plain):
        if match["word"]:
            continue
        run, start, end = match[0], *match.span()
        values, possible = _readings(run, language)
        if not values:  # 26.11.2024, 1,2,3: what stands between the signs
            for piece in re.finditer(r"\d+", run):
                value = frozenset({_key(piece[0])})
                begin = start + piece.start()
                found.append(Fact("number", text[begin : start + piece.end()], begin,
                                  start + piece.end(), value, value))  # fmt: skip
            continue
        if " " in run:
            possible |= {_key(piece) for piece in run.split(" ") if piece.isdigit()}
        if scale := _SCALE.match(plain, end):
            end, factors = scale.end(), _factors(scale, language)
            possible |= values | {_times(value, by) for value in possible for by in factors[1]}
            values = {_times(value, by) for value in values for by in factors[0]}
        elif short := _SHORT.match(plain, end):
            by = _SHORTS[short[0].lower()]
            possible |= {_times(value, by) for value in possible}
            before = plain[max(0, start - 2) : start].rstrip()[-1:]
            if before and unicodedata.category(before) == "Sc":  # $3.5m
                end, values = short.end(), {_times(value, by) for value in values}
        if _is_minus(plain, start):
            start -= 1
            possible |= values
            values = {_times(value, -1) for value in values}
        possible |= values
        found.append(Fact("number", text[start:end], start, end, frozenset(values),
                          frozenset(possible)))  # fmt: skip
    return found


def _plain(char: str) -> str:
    """Digits of any script as 0 to 9, one character for one."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return {"．": ".", "\u2212": "-", "－": "-"}.get(char, char)


def _readings(run: str, language: str) -> tuple[set[str], set[str]]:
    """What a run of digits is in the notation of its language, and in any."""
    if run.isdigit():
        return {_key(run)}, {_key(run)}
    read = {name: _read(run, name) for name, notation in _GROUPS.items() if notation.fullmatch(run)}
    usual = {name for name in read if name in _notations(language)}
    values = {read[name] for name in usual or read}
    return values, set(read.values())


def _notations(language: str) -> tuple[str, ...]:
    language = language.lower().replace("_", "-").partition("-")[0]
    if language in POINT:
        return ("point", "india")
    return ("comma",) if language in COMMA else ("point", "comma", "india")


def _read(run: str, notation: str) -> str:
    groups, mark = (".", ",") if notation == "comma" else (",", ".")
    for sign in [groups, "'", "’", "٬", " ", *_THIN]:
        run = run.replace(sign, "")
    return _key(run.replace(mark, ".").replace("٫", "."))


def _key(number: str) -> str:
    """A number without what does not count: ``007`` is 7, ``5.0`` is 5."""
    if len(number) > _LONGEST:
        return number
    value = Decimal(number)
    whole = value.to_integral_value()
    return str(int(whole)) if value == whole else f"{value.normalize():f}"


def _times(value: str, by: int) -> str:
    return value if len(value) > _LONGEST else _key(f"{Decimal(value) * by:f}")


def _factors(scale: re.Match, language: str) -> tuple[set[int], set[int]]:
    """What a scale word multiplies by in its language, and in any."""
    if scale[6]:
        return {_ZH[scale[6]]}, {_ZH[scale[6]]}
    place = next(n for n in range(5) if scale[n + 1])
    usual = {_SCALES[place]}
    if place == 3:  # a billion has nine zeros or twelve
        language = language.partition("-")[0]
        both = {10**9, 10**12}
        return ({10**12} if language in _LONG_SCALE else usual if language else both), both
    return usual, usual


def _is_minus(plain: str, start: int) -> bool:
    """Whether the sign before a number is a minus and no hyphen."""
    before = plain[start - 2 : start - 1] if start > 1 else ""
    return plain[start - 1 : start] == "-" and (not before.strip() or before in "([{:=：（")
