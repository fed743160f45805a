"""Rows that are lists of values: with names at the top or without, or words with their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...errors import DataError
from ..columns import written_values
from ..reading.tables.headers import has_header
from . import Shape, Source
from .span_keys import find_keys

_SCALARS = (str, int, float, bool, type(None))
_OF_WORDS = ("tags", "ner_tags", "tag", "ner", "labels", "label", "pos_tags", "pos", "upos")
_SENTENCES = ("tokens", "words", "token", "sentence")
_WORDS = ("word", "text", "token", "orth", "form")
_TAGS = ("ner", "tag", "label", "ner_tag", "ner_label", "entity", "iob", "bio", "pos")


def _tagged(content: Any, source: Source) -> list[dict] | None:
    """Sentences that are lists of pairs: ``[["Mira", "B-PER"], ["slept", "O"]]``."""
    if not isinstance(content, list) or not content:
        return None
    if not all(isinstance(row, list) and row for row in content):
        return None
    items = [item for row in content for item in row]
    if all(isinstance(item, dict) for item in items):
        if (keys := word_and_tag(items)) is None:
            return None
        rows = [_by_keys(row, *keys) for row in content]
    else:
        if not all(isinstance(item, list) for item in items):
            return None
        widths, lengths = {len(item) for item in items}, {len(row) for row in content}
        if len(widths) > 1 or not 2 <= next(iter(widths)) <= 4:
            return None
        if not all(isinstance(value, str) for item in items for value in item):
            return None
        if lengths == {2} and widths != {2}:
            return None  # a list of words and one of tags
        rows = [_by_columns(row) for row in content]
    source.report.note(
        "info", "json", f"The rows of {source.name} are lists of words with their tags.",
        "Read it as it is with reading={'shape': 'plain'}.", len(rows),
    )  # fmt: skip
    return rows


def word_and_tag(items: list[dict]) -> tuple[str, str] | None:
    """The keys of the word and of its tag, which all of these have."""
    word = next((n for n in _WORDS if all(isinstance(i.get(n), str) for i in items)), None)
    tag = next((n for n in _TAGS if all(isinstance(i.get(n), str) for i in items)), None)
    return None if word is None or tag is None else (word, tag)


def _by_keys(items: list[dict], word: str, tag: str) -> dict[str, list[str]]:
    return {"tokens": [item[word] for item in items], "tags": [item[tag] for item in items]}


def _objects(first: list[dict], source: Source) -> Callable | None:
    """Rows whose words are objects: ``{"tokens": [{"text": "Mira", "ner": "B-PER"}, ...]}``."""
    for name in _SENTENCES:
        values = [row.get(name) for row in first if row.get(name)]
        if not values or not all(isinstance(value, list) for value in values):
            continue
        items = [item for value in values for item in value]
        if not all(isinstance(item, dict) for item in items):
            continue
        if (keys := word_and_tag(items)) is None:
            continue
        others = [{k: v for k, v in row.items() if k != name} for row in first]
        if "spans" != source.reading.get("shape") and find_keys(others) is None:
            return lambda objects, name=name, keys=keys: _of_objects(objects, name, keys, source)
    return None


def _of_objects(
    objects: Iterable[tuple[int, dict]], name: str, keys: tuple[str, str], source: Source
) -> Iterator[tuple[int, dict]]:
    count, odd, first = 0, 0, 0
    for number, row in objects:
        items = row.get(name)
        if not isinstance(items, list) or not items or not _all_have(items, keys):
            odd, first = odd + 1, first if odd else number
            continue
        count += 1
        rest = {k: v for k, v in row.items() if isinstance(v, (str, int, float)) and k != "tags"}
        yield number, {**rest, **_by_keys(items, *keys)}
    source.report.note(
        "info", "json", f"{count:,} rows of {source.name} have their words in {name!r}: "
        f"{keys[0]!r} with the tag {keys[1]!r}.",
        "Read it as it is with reading={'shape': 'plain'}.", count,
    )  # fmt: skip
    if odd:
        source.report.note(
            "warning", "json", f"{odd:,} rows of {source.name} have no words with tags and are "
            f"left out, first row {first:,}.", "Give each word its tag.", odd,
        )  # fmt: skip


def _all_have(items: list, keys: tuple[str, str]) -> bool:
    return all(isinstance(i, dict) and all(isinstance(i.get(k), str) for k in keys) for i in items)


def _by_columns(row: list[list[str]]) -> dict[str, list[str]]:
    columns = [list(column) for column in zip(*row, strict=True)]
    between = {f"column_{n}": column for n, column in enumerate(columns[1:-1], 2)}
    return {"tokens": columns[0], **between, "tags": columns[-1]}


def _of_lists(content: Any, source: Source) -> list[dict] | None:
    """A list of rows that are lists of values, with or without one of names at the top."""
    if not isinstance(content, list) or not content:
        return None
    if not all(isinstance(row, list) and all(map(_is_value, row)) for row in content):
        return None
    widths = Counter(map(len, content))
    width = len(content[0])
    if len(widths) > 1:
        usual = widths.most_common(1)[0][0]
        odd = next(n for n, row in enumerate(content) if len(row) != usual)
        raise DataError(
            f"Row {odd:,} of {source.path} is a list of {len(content[odd])} values where most have "
            f"{usual}: {str(content[odd])[:60]}.",
            "Give every row as many values; several labels of a text go into a list of their own.",
        )
    if width < 2:
        return None
    head = [["" if v is None else str(v) for v in row] for row in content[:200]]
    header, why = has_header(head) if all(isinstance(v, str) for v in content[0]) else (False, "")
    lists = [any(isinstance(row[n], list) for row in content[1:]) for n in range(width)]
    if header and "usual" not in why and "kind" not in why and not any(lists):
        header = False
    header = source.reading.get("header", header)
    names = head[0] if header else _names(content)
    source.report.note(
        "info", "json", f"The rows of {source.name} are lists; their values are called "
        f"{', '.join(names[:4])}.", "To take their first row for names or not, set "
        "reading={'header': True} or False.",
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in content[int(header) :]]


def _names(content: list[list]) -> list[str]:
    """Names for columns without any: lists of words and of their tags, or of labels, are known."""
    columns = list(zip(*content, strict=True))
    names = [f"column_{number}" for number in range(1, len(columns) + 1)]
    lists = [n for n, column in enumerate(columns) if _are_lists(column)]
    if len(lists) == 1:
        names[lists[0]] = "labels"
    elif len(lists) == 2:
        one, other = (columns[n] for n in lists)
        if all(len(a) == len(b) for a, b in zip(one, other, strict=True)):
            kinds = [len({value for row in columns[n] for value in row}) for n in lists]
            words = lists[0] if kinds[0] >= kinds[1] else lists[1]
            for n in lists:
                names[n] = "tokens" if n == words else "tags"
    return names


def _are_lists(column: tuple) -> bool:
    return all(
        isinstance(value, list) and all(isinstance(one, str) for one in value) for value in column
    ) and any(column)


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, _SCALARS) for one in value)
    return isinstance(value, _SCALARS)


def _of_texts(content: Any, source: Source) -> list[dict] | None:
    """A list of texts."""
    if not isinstance(content, list) or not content:
        return None
    if not all(isinstance(text, str) for text in content):
        return None
    return [{"text": text} for text in content]


def _tagged_texts(table: Any, source: Source) -> Any:
    """Texts with a list of as many tags as blanks part words, in every row: with their words."""
    import pyarrow as pa

    by_lower = {name.lower(): name for name in table.column_names}
    if any(name in by_lower for name in ("tokens", "words")):
        return None
    text = next((by_lower[n] for n in ("text", "sentence") if n in by_lower), None)
    tags = next((by_lower[n] for n in _OF_WORDS if n in by_lower), None)
    if text is None or tags is None or table.num_rows < 2:
        return None
    if not pa.types.is_string(table.schema.field(text).type):
        return None
    if (lists := _lists(table[tags])) is None:
        return None
    words = [one.split() if one else [] for one in table[text].to_pylist()]
    counts = [len(one or ()) for one in lists]
    if [len(one) for one in words] != counts or max(counts) < 3:
        return None
    source.report.note(
        "info", "words", f"{tags!r} of {source.name} has a tag for each word of {text!r}, which "
        "blanks part: the words are in 'tokens'.",
        "Read it as it is with reading={'shape': 'plain'}.", table.num_rows,
    )  # fmt: skip
    return table.append_column("tokens", pa.array(words, pa.list_(pa.string())))


def _lists(column: Any) -> list[list] | None:
    """The lists of a column, also of one that writes them out as text; None where one is none."""
    import pyarrow as pa

    values = column.to_pylist()
    if pa.types.is_list(column.type):
        return values
    if not pa.types.is_string(column.type) or not all(
        value and written_values.is_written(value) for value in values
    ):
        return None
    try:
        found = [written_values.read(value) for value in values]
    except ValueError:
        return None
    return found if all(isinstance(one, list) for one in found) else None


TABLES = (Shape("tagged texts", _tagged_texts),)
OBJECTS = (Shape("tagged objects", _objects),)
LISTS = (Shape("tagged lists", _tagged), Shape("lists", _of_lists), Shape("texts", _of_texts))
