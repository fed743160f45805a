"""Whether a text is the reference, and how many edits it is away from it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from .asked import texts_of
from .measure import Measure, mean_of, share_of
from .words import CUT, words


def plain(text: str) -> str:
    """A text of which only its way of being stored is made one: NFC, each run of blanks one blank.

    >>> plain(" A\\u00a0 e\\u0301 ") == "A é"
    True
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def loose(text: str) -> str:
    """A text without case and signs, wide and narrow letters the same (NFKC).

    Signs that make a number another one stay: a point or comma between digits, a minus before one,
    ``%``.

    >>> loose("The “End”!"), loose("-1.5 %"), loose("Ｎｏ。")
    ('the end', '-1.5 %', 'no')
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2212", "-")
    kept = [
        char if unicodedata.category(char)[0] != "P" or _counts(text, place) else " "
        for place, char in enumerate(text)
    ]
    return " ".join("".join(kept).split())


def _counts(text: str, place: int) -> bool:
    """Whether a sign is part of a number."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if text[place] in ".,":
        return before.isdigit() and after.isdigit()
    if text[place] == "-":
        return after.isdigit() and not before.strip()
    return text[place] == "%"


def exact_match(
    outputs: Iterable[str], references: Iterable[str], *, without_signs: bool = False
) -> Measure:
    """Share of the texts that are the reference.

    Parameters
    ----------
    without_signs : bool
        Compare by :func:`loose` instead of :func:`plain`. The signature says which.

    Returns
    -------
    Measure
        ``exact_match``, or ``loose_match``; 0 to 1. Two empty texts are the same.
    """
    outputs, references = texts_of(outputs=outputs, references=references)
    made = loose if without_signs else plain
    pairs = zip(outputs, references, strict=True)
    same = [made(output) == made(wanted) for output, wanted in pairs]
    if without_signs:
        return mean_of("loose_match", np.array(same, float), "form:NFKC|case:folded|signs:no")
    return mean_of("exact_match", np.array(same, float), "form:NFC|case:mixed|signs:yes|blanks:one")


def error_rate(
    outputs: Iterable[str], references: Iterable[str], *, unit: str = "words"
) -> Measure:
    """Edits from a text to its reference as a share of the reference's length (Levenshtein).

    Parameters
    ----------
    unit : {'words', 'characters', 'blanks'}
        What is put in, left out or replaced: words as everywhere here, characters (runs of blanks
        are one), or whatever stands between blanks, such as phonemes.

    Returns
    -------
    Measure
        0 is equal; above 1 where more was written than there should be. A row with an empty
        reference has no value of its own; what was written there counts as edits of all.
    """
    cuts = {"words": words, "characters": plain, "blanks": str.split}
    if unit not in cuts:
        raise ValueError(f"unit={unit!r} is none of {', '.join(cuts)}.")
    outputs, references = texts_of(outputs=outputs, references=references)
    pairs = [[cuts[unit](text) for text in pair] for pair in zip(outputs, references, strict=True)]
    edits = [edit_distance(mine, theirs) for mine, theirs in pairs]
    signature = {"words": CUT, "characters": "tok:characters|case:mixed",
                 "blanks": "tok:blanks|case:mixed"}[unit]  # fmt: skip
    name = {"words": "word_error_rate", "characters": "character_error_rate",
            "blanks": "phoneme_error_rate"}[unit]  # fmt: skip
    lengths = [len(theirs) for _, theirs in pairs]
    return share_of(name, np.array(edits), np.array(lengths), signature)


def edit_distance(first: Sequence, second: Sequence) -> int:
    """Fewest tokens to put in, leave out or replace, to make one the other (Levenshtein, 1965).

    A column of the table is two whole numbers, the places where it rises and where it falls
    (Myers, 1999).

    >>> edit_distance("kitten", "sitting"), edit_distance([], ["a"])
    (3, 1)
    """
    if not len(first):
        return len(second)
    places: dict = {}
    for place, token in enumerate(first):
        places[token] = places.get(token, 0) | 1 << place
    full, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    rises, falls, distance = full, 0, len(first)
    for token in second:
        same = places.get(token, 0)
        across = (((same & rises) + rises) ^ rises) | same
        up = falls | (~(across | rises) & full)
        down = rises & across
        distance += bool(up & last) - bool(down & last)
        up = (up << 1 | 1) & full
        down = (down << 1) & full
        same |= falls
        rises = down | (~(same | up) & full)
        falls = up & same
    return distance
