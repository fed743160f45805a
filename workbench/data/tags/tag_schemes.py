"""Which scheme tags are written in: found from all tags together, read as BIO or left plain."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ...errors import DataError

#: What the letter of a prefix says: the first word of an entity, or one further on. Of BIO, IOB1,
#: BIOES, BILOU, BMES, BMEWO.
LETTERS = {"B": "B", "I": "I", "E": "I", "L": "I", "M": "I", "S": "B", "U": "B", "W": "B"}
_LAST = "ELSUW"  # an entity ends with these
_BEFORE = re.compile(r"([BIELMSUW])[-_/:.|+ ](\S.*)", re.I | re.S)
_BEHIND = re.compile(r"(.*\S)[-_/:.|+ ]([BIELMSUW])", re.I | re.S)
#: Other ways to write that a word is outside of all entities.
_OUTSIDE = ("o", "0", "-", "_", "*", "none", "null", "nil", "out", "outside", "other", "n/a")
_SHARE = 0.25  # of the words that O has at least where types of entities have no prefix
ENTITY = "entity"  # the type of tags that are B, I and O alone
CHOICES = ("entities", "words")


class MixedTags(DataError):
    """Tags with and without a prefix; ``tag`` is one without, ``what`` is said of its row."""

    def __init__(self, tag: str, what: str, remedy: str):
        super().__init__(f"The data {what}.", remedy)
        self.tag, self.what = tag, what


@dataclasses.dataclass(frozen=True)
class Scheme:
    """How tags are read.

    Parameters
    ----------
    plain : bool
        Tags of words, such as parts of speech: they stay as they are written.
    parts : dict of str to (str, str)
        Of other tags: tag -> letter of its prefix (``""`` outside, ``"="`` without a prefix) and
        type.
    notes : tuple of str
        What was settled and is not plain to see.
    chosen : bool
        Whether tags without a prefix could be both, entities and tags of words.
    """

    plain: bool
    parts: dict[str, tuple[str, str]]
    notes: tuple[str, ...] = ()
    chosen: bool = False

    def read(self, tags: Sequence[str]) -> tuple[list[str], int]:
        """The tags of a sentence as they are trained, and how many entities began with I-."""
        if self.plain:
            return list(tags), 0
        return as_bio([self.parts[tag] for tag in tags])


def find_scheme(counts: Counter, wanted: str | None = None) -> Scheme:
    """The scheme that fits all tags of the data.

    Tags without a prefix are taken for types of entities where a quarter of the words or more have
    ``O``, else for tags of words (parts of speech).

    Parameters
    ----------
    counts : Counter of str
        How often each tag occurs.
    wanted : {'entities', 'words'}, optional
        What is not to be guessed of tags without a prefix; ``words`` leaves any tag as it is.

    Raises
    ------
    DataError
        If tags with and without a prefix are mixed, or they are numbers without names.

    Examples
    --------
    >>> find_scheme(Counter({"o": 9, "b-per": 2, "i-per": 1})).read(["b-per", "i-per", "o"])
    (['B-per', 'I-per', 'O'], 0)
    >>> find_scheme(Counter({"DET": 5, "NOUN": 9})).plain
    True
    """
    counts = Counter({tag: n for tag, n in counts.items() if n})
    if wanted == "words":
        return Scheme(True, {}, ("Tags are of words, as reading says; each stays as written.",))
    for pattern, letter, kind in ((_BEFORE, 1, 2), (_BEHIND, 2, 1)):
        found = {tag: m for tag in counts if (m := pattern.fullmatch(tag))}
        others = [tag for tag in counts if tag not in found]
        if found and all(_is_outside(tag) for tag in others):
            parts = {tag: (m[letter].upper(), m[kind]) for tag, m in found.items()}
            if _is_scheme(counts, found, others, parts):
                return _prefixed(counts, parts, others, behind=pattern is _BEHIND)
    bare = [tag for tag in counts if tag.upper() in LETTERS]
    others = [tag for tag in counts if tag.upper() not in LETTERS]
    if bare and any(tag.upper() in "BS" for tag in bare) and all(map(_is_outside, others)):
        parts = {tag: (tag.upper(), ENTITY) for tag in bare}
        scheme = _prefixed(counts, parts, others, behind=False)
        said = f"The tags name no type; it is called {ENTITY!r}."
        return dataclasses.replace(scheme, notes=(said, *scheme.notes))
    return _without_prefix(counts, wanted)


def entity_tags(names: Iterable[str]) -> bool:
    """Whether these are the names of tags of entities (O, then B- and I- of each type).

    Examples
    --------
    >>> entity_tags(["O", "B-per", "I-per"]), entity_tags(["DET", "NOUN"])
    (True, False)
    """
    names = list(names)
    kinds = [name[2:] for name in names[1::2]]
    return names == ["O", *(f"{prefix}-{kind}" for kind in kinds for prefix in "BI")]


def are_entities(tags: Iterable[Iterable[str]]) -> bool:
    """Whether sentences' tags have the prefixes of a scheme, as far as these show.

    Examples
    --------
    >>> are_entities([["O", "B-per"], ["O"]]), are_entities([["DET"]]), are_entities([])
    (True, False, True)
    """
    return all(tag == "O" or tag[1:2] == "-" and tag[0] in LETTERS for row in tags for tag in row)


def _is_outside(tag: str) -> bool:
    return tag == "O" or tag.casefold() in _OUTSIDE


def _is_scheme(counts: Counter, found: dict, others: list, parts: dict) -> bool:
    """Not a tagset of which some tags happen to look prefixed (``S-NOM``, ``V-M``)."""
    letters = {letter for letter, _ in parts.values()}
    if not others and not letters & set("BS"):
        return False
    upper = {tag[0].isupper() for tag in found}  # a scheme is written in one case
    return len(upper) == 1 or any(map(_is_outside, others))


def _prefixed(counts: Counter, parts: dict, others: list[str], *, behind: bool) -> Scheme:
    notes = []
    letters = sorted({letter for letter, _ in parts.values()})
    example = max(parts, key=lambda tag: (counts[tag], tag))
    shown = f"{parts[example][0]}-{parts[example][1]}"
    if parts[example][1] != ENTITY and (behind or example != shown):
        notes.append(f"Tags such as {example!r} are read as {_bio_name(parts[example])!r}.")
    elif set(letters) - set("BI"):
        said = ", ".join(letters)
        notes.append(f"The tags have the prefixes {said}; they are read as B- and I-.")
    for tag in others:
        if tag != "O":
            notes.append(f"The tag {tag!r} of {_words(counts[tag])} is read as 'O'.")
    kinds: dict[str, list[str]] = {}
    for kind in sorted({kind for _, kind in parts.values()}):
        kinds.setdefault(kind.casefold(), []).append(kind)
    for same in kinds.values():
        if len(same) > 1:
            said = ", ".join(map(repr, same))
            notes.append(f"The types {said} differ in case only and stay different types.")
    return Scheme(False, parts | {tag: ("", "") for tag in others}, tuple(notes))


def _words(count: int) -> str:
    return f"{count:,} words" if count != 1 else "1 word"


def _bio_name(part: tuple[str, str]) -> str:
    return f"{LETTERS[part[0]]}-{part[1]}"


def _without_prefix(counts: Counter, wanted: str | None) -> Scheme:
    prefixed = [t for t in counts if _BEFORE.fullmatch(t) and t[0] in LETTERS and t[1] == "-"]
    rest = [t for t in counts if t not in prefixed and not _is_outside(t)]
    outside = counts["O"]
    if prefixed and outside and sum(counts[t] for t in prefixed) >= sum(counts[t] for t in rest):
        odd = min(rest, key=lambda t: (counts[t], t))
        raise MixedTags(
            odd,
            f"has the tag {odd!r}, and others are like {prefixed[0]!r}; so "
            f"{_words(sum(counts[t] for t in rest))} in all",
            "Known are O and B-, I-, E-, S- (or L-, U-, M-) before the type, or types alone; "
            "correct them, or keep all tags as they are with reading={'tags': 'words'}.",
        )
    if counts and all(re.fullmatch(r"-?\d+(\.0)?", tag) for tag in counts) and wanted is None:
        highest = max(int(float(tag)) for tag in counts)
        raise DataError(
            f"The tags are numbers (0 to {highest}) that have no names.",
            "Name them in their order with reading={'tag_names': ['O', 'B-person', ...]}, or keep "
            "them as tags of words with reading={'tags': 'words'}.",
        )
    none = "O" if outside else max(filter(_is_outside, counts), key=counts.get, default="")
    share = counts[none] / max(sum(counts.values()), 1)
    if wanted == "entities" or share >= (_SHARE if none == "O" else 2 * _SHARE):
        parts = {tag: ("", "") if tag == none else ("=", tag) for tag in counts}
        notes = ["The tags have no B- and I-: neighbours with one tag are one entity."]
        if none not in ("", "O"):
            notes.append(f"The tag {none!r} of {_words(counts[none])} is read as 'O'.")
        return Scheme(False, parts, tuple(notes), chosen=wanted is None)
    said = f"The {len(counts):,} tags have no prefix and are of words; each stays as written."
    return Scheme(True, {}, (said,), chosen=wanted is None and bool(outside))


def as_bio(parts: Iterable[tuple[str, str]]) -> tuple[list[str], int]:
    found: list[str] = []
    repaired, before = 0, ""
    for letter, kind in parts:
        if not letter:
            found.append("O")
            before = ""
            continue
        if letter == "=":
            prefix = "I" if kind == before else "B"
        else:
            prefix = LETTERS[letter]
            if prefix == "I" and kind != before:
                prefix, repaired = "B", repaired + 1
        found.append(f"{prefix}-{kind}")
        before = "" if letter in _LAST else kind
    return found, repaired
