"""What tags of words are of: entities, phrases, brackets; told by how they are written."""

from __future__ import annotations

import re

_PHRASES = frozenset(
    "NP VP PP ADJP ADVP SBAR PRT CONJP INTJ LST UCP PNP WHNP NX QP".split()
)  # types of shallow parsing, not of entities
_ENTITY = re.compile(r"[BIELMSUW][-_/:.|]\S+|\S+[-_/:.|][BIELMSUW]", re.I)
OUTSIDE = frozenset(("O", "o", "0", "_", "-", "*"))


def bracket_tags(values: list[str]) -> list[str]:
    """``(PER*``, ``*``, ``*)`` of a sentence as BIO; of nested ones the outermost.

    Examples
    --------
    >>> bracket_tags(["*", "(PER*", "*)", "(GPE)"])
    ['O', 'B-PER', 'I-PER', 'B-GPE']
    """
    found, open_ = [], []
    for value in values:
        begins = re.findall(r"\(([^()*\s]+)", value)
        prefix = "I" if open_ else "B"
        open_ += begins
        found.append(f"{prefix}-{open_[0]}" if open_ else "O")
        del open_[max(0, len(open_) - value.count(")")) :]
    return found


def are_entities(values: list[str]) -> bool:
    """Whether values are tags of entities: with a prefix or behind it, or outside.

    Examples
    --------
    >>> are_entities(["O", "B-per", "I-per"]), are_entities(["DET", "NOUN"])
    (True, False)
    """
    kinds = set(values) - {""}
    tags = {v for v in kinds if v not in OUTSIDE}
    if not tags:
        return False
    bare = {v.upper() for v in tags}
    if bare <= set("BIELMSUW") and bare & {"B", "S"} and bare & {"I", "E", "M", "L"}:
        return len(tags) < len(kinds) or bare >= {"B", "E"}
    return all(map(_ENTITY.fullmatch, tags)) and len(tags) <= max(6, len(values) // 2)


def kinds_of(values: list[str]) -> set[str]:
    """The types that tags of entities name."""
    found = set()
    for value in set(values) - OUTSIDE:
        before = re.fullmatch(r"[BIELMSUW][-_/:.|](\S+)", value, re.I)
        behind = re.fullmatch(r"(\S+)[-_/:.|][BIELMSUW]", value, re.I)
        found.add((before or behind)[1] if before or behind else value.strip("()*"))
    return found - {""}


def phrases(kinds: set[str]) -> bool:
    """Whether types are those of shallow parsing (noun phrases, ...), not of entities."""
    return kinds <= _PHRASES
