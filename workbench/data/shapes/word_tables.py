"""Tables of words: a word a row, or words and tags of a sentence joined by blanks."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...errors import DataError, nearest
from ..reading.expected import expected
from ..tags.conll import STOPS
from ..tags.entity_tags import are_entities, kinds_of, phrases
from . import Shape, Source
from .span_keys import find_keys
from .span_rows import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

_LOOKED_AT = 5000
_WORD_NAMES = ("word", "words", "token", "tokens", "form", "text", "字", "词", "mot", "wort")
_TAG_NAMES = ("tag", "ner", "ner_tag", "label", "tags", "labels", "bio", "iob", "entity", "pos",
              "upos", "xpos", "pos_tag", "标签")  # fmt: skip
_SENTENCE = re.compile(r"sent|satz|phrase|doc|句|^s_?id$|^sid$|^id$|example|utterance", re.I)
_SIGN = "\x02"  # as data for PaddleNLP has it
_JOINTS = {" ": "blanks", ",": "commas", _SIGN: "the sign \\x02"}
_COMMAS = re.compile(r"\s*,\s*")
_FEW = 60  # different tags without prefix, at most


def _find_rows(table: pa.Table, source: Source) -> pa.Table | None:
    """A word a row: words, a tag of each, and what sentence they are of."""
    before = expected().words or {}
    if not before and table.num_rows < 4 or not (1 if before else 2) <= table.num_columns <= 40:
        return None
    if {"tokens", "tags"} <= set(table.column_names):
        return None  # sentences already
    head = table.slice(0, _LOOKED_AT)
    texts = {name: head[name].to_pylist() for name in head.column_names}
    reading = source.reading
    forced = reading.get("shape") == "word-table"
    sentence = _named("sentence_column", reading, table.column_names)
    tag = _named("tag_column", reading, table.column_names) or _tag_column(texts)
    word = _named("word_column", reading, table.column_names) or _word_column(texts, tag)
    if before.get("word") in texts:
        if _hold_sentences(texts[before["word"]]):
            return None
        said = before.get("sentence")
        word, sentence, forced = before["word"], sentence or (said if said in texts else None), True
        tag = before["tag"] if before["tag"] in texts else word
    if tag is None or word is None:
        return None
    if sentence is None:
        sentence = _sentence_column(texts, word, tag)
    entities = are_entities([v for v in texts[tag] if isinstance(v, str) and v.strip()])
    if not entities and sentence is None and not forced and not _has_empty_rows(texts, word, tag):
        return None  # any two columns of words may look like that
    return _sentences(table, source, word, tag, sentence, texts)


def _hold_sentences(values: list) -> bool:
    """Whether most of the cells that would be words are several."""
    filled = [value for value in values if isinstance(value, str) and value.strip()]
    return 2 * sum(len(value.split()) > 1 for value in filled) > len(filled)


def _sentences(
    table: pa.Table, source: Source, word: str, tag: str, sentence: str | None, texts: dict
) -> pa.Table:
    import pyarrow as pa

    report = source.report
    report.word_columns = list(table.column_names)
    report.words = {"word": word, "tag": tag, "sentence": sentence}
    words, tags = table[word].to_pylist(), table[tag].to_pylist()
    ids = table[sentence].to_pylist() if sentence else [None] * len(words)
    ends_at_stops = sentence is None and not _has_empty_rows(texts, word, tag)
    tokens: list[list[str]] = []
    found: list[list[str]] = []
    said: list[Any] = []
    missing, before, new = 0, None, True
    for one, name, which in zip(words, tags, ids, strict=True):
        if _empty(one) and _empty(name):
            new = new or sentence is None
            continue
        if which is not None and which != before and not _empty(which):
            new, before = True, which
        if new:
            tokens.append([])
            found.append([])
            said.append(before)
            new = False
        if _empty(one):
            missing += 1
            one = "null" if one is None else one
        tokens[-1].append(str(one))
        found[-1].append("" if _empty(name) else str(name).strip())
        new = ends_at_stops and str(one) in STOPS
    kind = pa.list_(pa.string())
    made = {"tokens": pa.array(tokens, kind), "tags": pa.array(found, kind)}
    if sentence is not None:
        made[sentence if sentence not in made else "sentence"] = pa.array(map(str, said))
    where = f"column {sentence!r} says the sentence" if sentence else (
        f"a sentence ends with {', '.join(STOPS[:3])}" if ends_at_stops else
        "an empty row ends a sentence")  # fmt: skip
    others = [n for n in _tag_columns(texts) if n not in (tag, word)]
    also = f" Tags are in {', '.join(map(repr, others))} as well." if others else ""
    report.note(
        "warning" if ends_at_stops else "info", "a word a row",
        f"Each row is a word: {word!r} holds the words and {tag!r} the tags, and {where}: "
        f"{len(tokens):,} sentences of {len(words):,} rows.{also}",
        "Name others with reading={'word_column': ..., 'tag_column': ..., 'sentence_column': ...}, "
        "or read rows as they are with reading={'shape': 'plain'}.", len(tokens),
    )  # fmt: skip
    if missing:
        report.note(
            "warning", "empty words", f"{missing:,} rows have a tag and no word; the word is read "
            "as 'null'.", "Fill them in, or leave these rows out.", missing,
        )  # fmt: skip
    return pa.table(made)


def _find_joined(table: pa.Table, source: Source) -> pa.Table | None:
    """A sentence a row, words in one column and as many tags in another, joined by blanks."""
    import pyarrow as pa

    if not 2 <= table.num_columns <= 40 or not table.num_rows:
        return None
    head = table.slice(0, 2000)
    texts = {
        field.name: head[field.name].to_pylist()
        for field in head.schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    }
    for tag in texts:
        for joint in _JOINTS:
            rows = [_parts(v, joint) for v in texts[tag] if v]
            flat = [one for row in rows for one in row]
            if not flat or len(flat) < 2 * len(rows) or not _are_joined_tags(flat):
                continue
            word = next((n for n in texts if n != tag and _as_many(texts[n], texts[tag], joint)),
                        None)  # fmt: skip
            if word is None:
                continue
            kind = pa.list_(pa.string())
            words = [_words(v or "", joint) for v in table[word].to_pylist()]
            tags = [_parts(v or "", joint) for v in table[tag].to_pylist()]
            others = {n: table[n] for n in table.column_names if n not in (word, tag)}
            how = _JOINTS[joint]
            source.report.note(
                "info", "joined words", f"{word!r} holds words and {tag!r} as many tags, joined by "
                f"{how}: {table.num_rows:,} sentences.",
                "Read them as texts with reading={'shape': 'plain'}.", table.num_rows,
            )  # fmt: skip
            for name in ("tokens", "tags"):
                others.pop(name, None)
            return pa.table(
                {"tokens": pa.array(words, kind), "tags": pa.array(tags, kind), **others}
            )
    return None


def _find_spans(table: pa.Table, source: Source) -> pa.Table | None:
    """A column of texts and one of marked spans, as lists or as JSON in a cell."""
    import pyarrow as pa

    kinds = {field.name: field.type for field in table.schema}
    nested = [n for n, kind in kinds.items() if pa.types.is_list(kind) or pa.types.is_struct(kind)]
    first = table.slice(0, 400).to_pylist()
    written = [
        n for n, kind in kinds.items() if pa.types.is_string(kind)
        and any(str(row[n] or "").lstrip().startswith(("[", "{")) for row in first)
    ]  # fmt: skip
    if not nested and not written or {"tokens", "tags"} <= set(kinds):
        return None
    keys = find_keys(first)
    if keys is None or any(isinstance(row.get("intent"), str) for row in first[:1]):
        return None
    rows = [row for _, row in rows_of(enumerate(table.to_pylist()), keys, source,
                                      "a table of texts with marked spans")]  # fmt: skip
    return pa.Table.from_pylist(rows) if rows else None


# --- judging columns ----------------------------------------------------------------------------


def _named(setting: str, reading: dict, names: list[str]) -> str | None:
    value = reading.get(setting)
    if value is None:
        return None
    if str(value) in names:
        return str(value)
    if str(value).isdecimal() and 1 <= int(value) <= len(names):
        return names[int(value) - 1]
    raise DataError(f"{setting} is {value!r}, and no column is called so.", nearest(value, names))


def _empty(value: Any) -> bool:
    return value is None or value != value or not str(value).strip()


def _strings(values: list) -> list[str] | None:
    """The filled values of a column if they are texts without blanks, at least nearly all."""
    filled = [v for v in values if not _empty(v)]
    if not filled or not all(isinstance(v, str) for v in filled):
        return None
    blanks = sum(" " in v.strip() or _SIGN in v for v in filled)
    return filled if blanks <= 0.01 * len(filled) else None


def _tag_columns(texts: dict[str, list]) -> list[str]:
    return [n for n, values in texts.items() if (v := _strings(values)) and are_entities(v)]


def _tag_column(texts: dict[str, list]) -> str | None:
    """The column of tags: one of entities (not of phrases), or one of a usual name."""
    found = _tag_columns(texts)
    found = [n for n in found if not phrases(kinds_of(_strings(texts[n])))] or found
    if found:
        return found[-1]
    folded = {name.strip().casefold(): name for name in texts}
    for name in _TAG_NAMES:
        column = folded.get(name)
        values = _strings(texts[column]) if column else None
        if values and 1 < len(set(values)) <= min(_FEW, max(2, len(values) // 3)):
            return column
    return None


def _word_column(texts: dict[str, list], tag: str | None) -> str | None:
    """The column of words: by its name, else that of most different values without blanks."""
    if tag is None:
        return None
    columns = {n: v for n, values in texts.items() if n != tag and (v := _strings(values))}
    folded = {name.strip().casefold(): name for name in columns}
    named = next((folded[n] for n in _WORD_NAMES if n in folded), None)
    if named is not None:
        return named
    if not are_entities(_strings(texts[tag]) or []):
        return None
    columns = {n: v for n, v in columns.items() if not are_entities(v) and not _SENTENCE.search(n)}
    return max(columns, key=lambda n: len(set(columns[n])), default=None)


def _sentence_column(texts: dict[str, list], word: str, tag: str) -> str | None:
    """The column that says of which sentence a word is: filled down, or once where one begins."""
    fitting = []
    for name, values in texts.items():
        if name in (word, tag) or not _SENTENCE.search(name.strip()):
            continue
        filled = [v for v in values if not _empty(v)]
        if not filled:
            continue
        if len(filled) < len(values):
            fitting.append((0 if re.search("sent|satz|句", name, re.I) else 1, name))
            continue
        runs = 1 + sum(a != b for a, b in zip(values, values[1:], strict=False))
        if 1 < runs <= len(values) / 1.5 and runs <= 1.2 * len(set(map(str, values))):
            fitting.append((0 if re.search("sent|satz|句", name, re.I) else 1, name))
    return min(fitting, default=(0, None))[1]


def _has_empty_rows(texts: dict[str, list], word: str, tag: str) -> bool:
    return any(_empty(a) and _empty(b) for a, b in zip(texts[word], texts[tag], strict=True))


def _parts(value: str, joint: str) -> list[str]:
    return _COMMAS.split(value.strip()) if joint == "," else _words(value, joint)


def _words(value: str, joint: str) -> list[str]:
    return value.split(joint) if joint == _SIGN else value.split()


def _are_joined_tags(flat: list[str]) -> bool:
    if are_entities(flat):
        return True
    counts = Counter(flat)
    return (
        len(flat) > 100
        and 3 < len(counts) <= _FEW
        and all(re.fullmatch(r"[A-Z]{1,5}[$]?|[.,:;?!'\"`()$#-]{1,5}", name) for name in counts)
    )


def _as_many(words: list, tags: list, joint: str) -> bool:
    """Whether nearly all rows have as many words as tags, and the words are not all the same."""
    pairs = [(a, b) for a, b in zip(words, tags, strict=True) if a or b]
    equal = sum(len(_words(a or "", joint)) == len(_parts(b or "", joint)) for a, b in pairs)
    return bool(pairs) and equal >= 0.9 * len(pairs)


TABLES = (
    Shape("word-table", _find_rows), Shape("joined-words", _find_joined),
    Shape("spans", _find_spans),
)  # fmt: skip
