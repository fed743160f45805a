"""Numbers as people write them: ``0,5``, ``1.250,75``, ``$1,200``, ``1 250 €``, ``45 %``.

One way of writing is found for a whole column. Where commas may mean either (``1,200`` alone), the
decimal comma is not assumed for a currency that groups by commas; otherwise it is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SIGNS = "$€£¥₹%"
_CODES = "usd|eur|gbp|chf|jpy|cny|inr"
_FRAME = re.compile(
    rf"\s*(?P<sign>[-+]?)\s*(?:[{_SIGNS}]|(?:{_CODES})\b)?\s*(?P<inner>[-+]?[\d.,'’\s]*\d)\s*"
    rf"(?:[{_SIGNS}]|\b(?:{_CODES}))?\s*",
    re.IGNORECASE,
)
_GROUPS = r"\d{1,3}(?:[.'’\s]\d{3})+|\d+"
_COMMA = re.compile(rf"[-+]?(?:{_GROUPS})(?:,\d+)?")  # 1.250,75
_POINT = re.compile(r"[-+]?(?:\d{1,3}(?:[,'’\s]\d{3})+|\d+)(?:\.\d+)?")  # 1,250.75
_BOTH = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")  # 1,250: twelve hundred, or 1.25
_POINTS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+")  # 1.250
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?")
#: Fix of a recipe for each way of writing numbers.
FIXES = {"comma": "decimal_commas", "point": "number_signs"}


def way_of(texts: Iterable[str]) -> str | None:
    """How all of these numbers are written: ``comma`` or ``point`` says what the decimals follow.

    None where one is no number, or where they are plain numbers that need no care.

    Examples
    --------
    >>> way_of(["0,5", "1.250,75"]), way_of(["$1,200", "$950.50"]), way_of(["45 %", "7 %"])
    ('comma', 'point', 'point')
    >>> way_of(["1", "2.5"]), way_of(["1,200", "one"])
    (None, None)
    """
    texts = list(texts)
    found = [_FRAME.fullmatch(text) for text in texts]
    if not texts or not all(found) or any(m["sign"] and m["inner"][0] in "-+" for m in found):
        return None
    inner = [mark["inner"].strip() for mark in found]
    signs = {char for text in texts for char in text if char in _SIGNS or char.isalpha()}
    if all(map(_PLAIN.fullmatch, inner)):
        if not signs:
            return None
        grouped = [text for text in inner if "." in text]
        return "comma" if grouped and all(map(_POINTS.fullmatch, grouped)) else "point"
    comma, point = (all(map(p.fullmatch, inner)) for p in (_COMMA, _POINT))
    commas = any("," in text for text in inner)
    if comma and point:
        return "comma" if commas and not signs & set("$£") else "point"
    if comma:
        return "comma" if commas or signs else None
    return "point" if point else None


def are_open(texts: Iterable[str]) -> bool:
    """Whether every comma could group thousands as well as begin a fraction.

    Examples
    --------
    >>> are_open(["1,200", "950"]), are_open(["1,200", "0,5"])
    (True, False)
    """
    commas = [text.strip() for text in texts if "," in text]
    return bool(commas) and all(map(_BOTH.fullmatch, commas))


def number_of(text: str, way: str) -> float | None:
    """The number that a text writes in a way; None where it is none.

    Examples
    --------
    >>> number_of("1.250,75 €", "comma"), number_of("-$1,200", "point"), number_of("x", "point")
    (1250.75, -1200.0, None)
    """
    found = _FRAME.fullmatch(text)
    if found is None or (found["sign"] and found["inner"][0] in "-+"):
        return None
    inner = found["inner"].strip()
    if (_COMMA if way == "comma" else _POINT).fullmatch(inner) is None:
        return None
    group, mark = (".", ",") if way == "comma" else (",", ".")
    plain = re.sub(rf"[{re.escape(group)}'’\s]", "", inner).replace(mark, ".")
    return float(found["sign"] + plain)
