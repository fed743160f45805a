"""Which column of a CoNLL file holds the words and which one the tags."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import Any

from ...errors import DataError, nearest
from ..reading.reports import FileReport
from .entity_tags import OUTSIDE, are_entities, kinds_of, phrases

UD = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
WORDS = ("word", "words", "token", "tokens", "form", "text", "mot", "wort", "字", "词")
_TAGS = (
    "tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "pos", "upos", "iob", "bio",
    "entity", "entities", "pos_tag", "named_entity", "ne", "标签",
)  # fmt: skip
_BRACKETS = re.compile(r"(\([^()\s]+)?\*?\)?|\([^()\s]+\)")
_TAG = re.compile(r"[A-ZÄÖÜ$.,:;'\"`()#|*&+=/!?\-_][\w$.,:;'\"`()#|*&+=/!?\-]{0,30}")
_FEW = 150  # different tags of words at most

Block = list[list[str]]


@dataclasses.dataclass(frozen=True)
class Columns:
    """Places of words and tags, from 0, and how the tags are written.

    Parameters
    ----------
    style : {'plain', 'brackets', 'key'}
        As they are; as ``(PER*``, ``*``, ``*)``; as the value of ``key`` in ``NER=B-PER|Gender=m``.
    """

    word: int
    tag: int
    style: str = "plain"
    key: str = ""

    def tag_of(self, fields: list[str]) -> str:
        """The tag of a line; of brackets what stands there."""
        value = fields[self.tag]
        if self.style != "key":
            return value
        for pair in value.split("|"):
            name, _, said = pair.partition("=")
            if name == self.key:
                return said
        return "O"


def find_columns(
    blocks: list[Block], names: list[str] | None, reading: dict[str, Any], report: FileReport
) -> Columns | None:
    """The columns of words and tags; None where no column looks like tags.

    Parameters
    ----------
    blocks : list of sentences, of lists of fields
        The first sentences, each line cut into its fields; all of the same number.
    names : list of str, optional
        Of the columns, where a header says them.
    reading : dict
        ``word_column`` and ``tag_column``, a number from 1 or a name, are taken as they are.

    Raises
    ------
    DataError
        If ``reading`` names a column that is not there.
    """
    rows = [fields for block in blocks for fields in block]
    width = min(map(len, rows))
    if names is None and is_ud(rows):
        names = list(UD)
    given_word = _given("word_column", reading, names, width)
    tag, key = _given_tag(reading, names, width, rows)
    values = [[fields[i] for fields in rows] for i in range(width)]
    indices = {i for i in range(width) if _counts_up(blocks, i)}
    same = {i for i in range(width) if len(set(values[i])) == 1}
    within = {i for i in range(width) if _one_a_block(blocks, i)}
    entities = [i for i in range(width) if are_entities(values[i])]
    brackets = [] if entities else [i for i in range(width) if _are_brackets(values[i])]
    word = given_word
    if word is None:
        word = _word_column(values, names, indices | within | same | {*entities, *brackets} | {tag})
    if word is None:
        return None
    if tag is not None:
        style = "key" if key else "brackets" if tag in brackets else "plain"
        return Columns(word, tag, style, key)
    if names == list(UD) and not entities:
        if found := _in_misc(values):
            _say(report, word, 9, width, names, f"the key {found!r} of ", "upos", "info")
            return Columns(word, 9, "key", found)
        upos = 4 if same >= {3} and not same >= {4} else 3
        _say(report, word, upos, width, names, "", "'xpos'" if upos == 3 else "", "info")
        return Columns(word, upos)
    named = [i for i in brackets if not {"V", "ARG0", "ARG1"} & kinds_of(values[i])] or brackets
    left = [i for i in (entities or named) if i != word]  # not who did what to whom
    if not left:
        plain = [
            i for i in range(width)
            if i != word and i not in indices | same | within and _are_tags(values[i])
        ]  # fmt: skip
        if not plain and names:
            plain = [i for i, name in enumerate(names) if name.casefold() in _TAGS and i != word]
        left = plain
    if not left:
        return None
    chosen, rivals = _chosen(left, values, names)
    said = ", ".join(_called(i, names) for i in rivals)
    close = any(kinds_of(values[i]) & kinds_of(values[chosen]) for i in rivals) and bool(entities)
    _say(report, word, chosen, width, names, "", said, "warning" if close else "info")
    return Columns(word, chosen, "brackets" if chosen in brackets else "plain")


def header_of(first: list[str], rest: Block) -> bool:
    """Whether the first line of a file holds the names of its columns."""
    folded = [field.strip().casefold() for field in first]
    if not set(folded) & set(WORDS) or not set(folded) & set(_TAGS):
        return False
    place = next(i for i, name in enumerate(folded) if name in _TAGS)
    return first[place] not in {row[place] for row in rest if len(row) > place}


def is_ud(rows: Block) -> bool:
    """Whether lines are of CoNLL-U or CoNLL-X: ten fields, the first one a number."""
    return all(len(row) == 10 and re.fullmatch(r"\d+([-.]\d+)?", row[0]) for row in rows)


def has_tags(blocks: list[Block]) -> bool:
    """Whether a column of these lines surely holds tags, for files whose ending says nothing."""
    rows = [fields for block in blocks for fields in block]
    width = min(map(len, rows))
    values = [[fields[i] for fields in rows] for i in range(width)]
    if is_ud(rows) or any(are_entities(v) or _are_brackets(v) for v in values):
        return True
    if len(rows) < 20 or len(blocks) < 3:
        return False
    return any(
        1 < len(set(v)) <= min(_FEW, len(v) // 5)
        and all(map(_TAG.fullmatch, set(v)))
        and not all(x.isdecimal() for x in v)
        for v in values[1:]
    )


def is_tag(value: str) -> bool:
    """Whether a field may be a tag, and is no word such as a name.

    >>> [is_tag(one) for one in ("NNP", "B-per", "_", "Obama", "here")]
    [True, True, True, False, False]
    """
    word = len(value) > 2 and value.isalpha() and value[1:].islower()
    return not word and _TAG.fullmatch(value) is not None


# --- judging columns ----------------------------------------------------------------------------


def _given(setting: str, reading: dict, names: list[str] | None, width: int) -> int | None:
    value = reading.get(setting)
    if value is None:
        return None
    if isinstance(value, int) or str(value).isdecimal():
        if not 1 <= int(value) <= width:
            raise DataError(
                f"{setting} is {value}, and lines have {width} columns.",
                f"Give a number from 1 to {width}.",
            )
        return int(value) - 1
    folded = [name.casefold() for name in names or []]
    if str(value).casefold() not in folded:
        raise DataError(
            f"{setting} is {value!r}, and no column is called so.",
            nearest(value, names) if names else f"Give its number, from 1 to {width}.",
        )
    return folded.index(str(value).casefold())


def _given_tag(
    reading: dict, names: list[str] | None, width: int, rows: Block
) -> tuple[int | None, str]:
    """Place of the tags, and their key in ``misc``, as ``reading`` says."""
    value = reading.get("tag_column")
    if names == list(UD) and isinstance(value, str) and value.casefold() not in UD:
        keys = {pair.partition("=")[0] for row in rows for pair in row[9].split("|")} - {"_"}
        if value in keys:
            return 9, value
        if not value.isdecimal():
            raise DataError(
                f"tag_column is {value!r}, and no column or key of the last column is called so.",
                nearest(value, [*UD, *sorted(keys)]),
            )
    return _given("tag_column", reading, names, width), ""


def _counts_up(blocks: list[Block], i: int) -> bool:
    """Whether a column numbers the words of each sentence."""
    for block in blocks:
        found = [re.match(r"\d+", fields[i]) for fields in block]
        if not all(found):
            return False
        numbers = [int(m[0]) for m in found]
        if any(b - a != 1 for a, b in zip(numbers, numbers[1:], strict=False)):
            return False
    return any(len(block) > 1 for block in blocks)


def _one_a_block(blocks: list[Block], i: int) -> bool:
    """Whether a column says one thing for all words of a sentence, such as its document."""
    return all(len({fields[i] for fields in block}) == 1 for block in blocks) and any(
        len(block) > 2 for block in blocks
    )


def _are_brackets(values: list[str]) -> bool:
    kinds = set(values)
    return "*" in kinds and any("(" in v for v in kinds) and all(map(_BRACKETS.fullmatch, kinds))


def _are_tags(values: list[str]) -> bool:
    kinds = set(values)
    return 1 < len(kinds) <= min(_FEW, max(3, len(values) // 2)) and all(
        len(v) <= 30 and v.strip() for v in kinds
    )


def _word_column(values: list[list[str]], names: list[str] | None, no: set) -> int | None:
    left = [i for i in range(len(values)) if i not in no]
    if names:
        for i, name in enumerate(names):
            if name.casefold() in WORDS:
                return i
    if not left:  # a few equal sentences: the first that is none of the others
        left = [i for i in range(len(values)) if not are_entities(values[i])]
        return left[0] if left else None
    most = max(len(set(values[i])) for i in left)
    return next(i for i in left if 2 * len(set(values[i])) >= most)


def _in_misc(values: list[list[str]]) -> str:
    """The key of the last column that holds tags of entities."""
    found: dict[str, list[str]] = {}
    for value in values[9]:
        for pair in value.split("|"):
            name, equal, said = pair.partition("=")
            if equal:
                found.setdefault(name, []).append(said)
    keys = [name for name, said in found.items() if are_entities(said)]
    return next((k for k in keys if "ner" in k.casefold()), keys[0] if keys else "")


def _chosen(
    left: list[int], values: list[list[str]], names: list[str] | None
) -> tuple[int, list[int]]:
    """Of several columns of tags that of entities; of nested ones that with more of them."""
    best = [i for i in left if not phrases(kinds_of(values[i]))] or left
    called = [i for i in best if names and names[i].casefold() in ("ner", "ner_tags", "entity")]
    chosen = called[0] if called else best[-1]
    if not called:
        alike = [i for i in best if kinds_of(values[i]) & kinds_of(values[chosen])]
        counts = {i: sum(v not in OUTSIDE for v in values[i]) for i in alike}
        chosen = max(alike, key=lambda i: (counts[i], i == best[-1], -i))
        if len({counts[i] for i in alike}) == 1:
            chosen = best[-1]
    return chosen, [i for i in left if i != chosen]


def _called(i: int, names: list[str] | None) -> str:
    return repr(names[i]) if names and i < len(names) else str(i + 1)


def _say(
    report: FileReport, word: int, tag: int, width: int, names, what: str, rivals: str,
    severity: str,
) -> None:  # fmt: skip
    """Which columns were taken, and which others hold tags as well."""
    also = f" Tags are in {rivals} as well." if rivals else ""
    if width == 2 and (word, tag) == (0, 1) and not rivals:
        return
    report.note(
        severity, "columns of words",
        f"Column {_called(word, names)} is read as the words and {what}column "
        f"{_called(tag, names)} as the tags, of {width}.{also}",
        "Name others with reading={'word_column': 1, 'tag_column': 2}; columns count from 1.",
    )  # fmt: skip


def tag_counts(blocks: list[Block], columns: Columns) -> Counter:
    """How often each tag occurs in the first sentences."""
    return Counter(columns.tag_of(fields) for block in blocks for fields in block)
