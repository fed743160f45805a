"""Sentences of a text, also where no blank stands between them."""

from __future__ import annotations

import re

_WIDE = "。！？｡"  # end a sentence whatever follows
_CLOSING = "\"'”’»）)\\]】」』》"
_ENDS = re.compile(
    rf"[{_WIDE}]+[{_WIDE}!?…]*[{_CLOSING}]*|(?:[.!?…]+|[।۔؟؛])[{_CLOSING}]*(?=\s|$)|\n\s*\n|\n"
)
_SHORT = re.compile(
    r"(?:^|[\s(\"“„])(?:(?i:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|fig|approx|ca|bzw|usw|sog|evtl"
    r"|vgl|str|jr|sr|gen|col|sen|rep|inc|ltd|co|u\.a|z\.b|d\.h|a\.m|p\.m|jan|feb|mar|apr|jun|jul|aug"
    r"|sep|sept|oct|nov|dec|okt|dez)|[A-ZÀ-ÞА-Я]|(?:[A-Z]\.)+[A-Z])$"
)
_COUNTED = re.compile(r"(?i)\b(?:no|nr|nos|art|bd|vol|pp?)$")  # No. 5; "The answer is no."

# what follows an ordinal in a German or Nordic date
_MONTH = re.compile(
    r"(?:jan|feb|mär|marts|mars|apr|mai|maj|jun|jul|aug|sep|o[kc]t|nov|de[zsc]|jahrhundert)", re.I
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """First character, and the one after the last, of each sentence, without blanks around it.

    A sentence ends at ``。！？``, at ``. ! ? …`` (and the stops of Hindi, Arabic and Urdu) before a
    blank, and at the end of a line. A full stop ends none behind a known abbreviation, a single
    letter, before a small letter, or between a number and another one or a month (German dates).

    >>> [("Dr. Wu came. He left! 你好。再见"[a:b]) for a, b in sentence_spans(
    ...     "Dr. Wu came. He left! 你好。再见")]
    ['Dr. Wu came.', 'He left!', '你好。', '再见']
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end in [match.end() for match in _ENDS.finditer(text) if _ends(text, match)] + [len(text)]:
        piece = text[start:end]
        if any(char.isalnum() for char in piece):
            lead = len(piece) - len(piece.lstrip())
            found.append((start + lead, start + len(piece.rstrip())))
            start = end
        elif found and piece.strip():  # signs alone belong to what is before them
            found[-1] = (found[-1][0], start + len(piece.rstrip()))
            start = end
    return found


def sentences(text: str) -> list[str]:
    """The sentences of a text; signs alone are none."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _ends(text: str, match: re.Match) -> bool:
    """Whether a sentence ends at this mark."""
    if match[0][0] != ".":
        return match[0][0] != "…" or not _goes_on(text, match.end())
    if _goes_on(text, match.end()):
        return False
    before = text[max(0, match.start() - 12) : match.start()]
    if match[0].startswith(".."):
        return True
    rest = text[match.end() :].lstrip()
    if rest[:1].isdigit() and (before[-1:].isdigit() or _COUNTED.search(before)):
        return False
    if before[-1:].isdigit() and _MONTH.match(rest):
        return False
    return not rest or not _SHORT.search(before)


def _goes_on(text: str, end: int) -> bool:
    return text[end:].lstrip(" \t\"“„'(")[:1].islower()
