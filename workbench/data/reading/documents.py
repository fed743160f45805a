"""JSON: objects a line, or a document with a table of any usual shape, or one table a split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, nearest
from ...i18n import t
from .. import shapes
from ..conversations.one_message import is_message
from .encodings import look, open_text
from .json_kinds import MAX_JSON, first_is_no_object, has_lines, is_document
from .records import batched, kind_of_value, parsed_line, reason, records_table, shaped
from .reports import FileReport

SPLIT = b"split"  # a table's metadata: the split that it is


def read_json(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """A JSON document: a list of objects, an object of lists, or either under one key.

    The orientations of pandas are read as well, and objects one after the other (JSON Lines under
    another name). An object of tables by split name gives a table each, whose metadata names it.

    Raises
    ------
    DataError
        If it is of another shape, damaged, or too large to be held in memory.
    """
    size = path.stat().st_size
    if size > MAX_JSON and not has_lines(path, reading.get("encoding", "utf-8")):
        raise DataError(
            f"{path} is one JSON document of {size / 2**20:,.0f} MB; at most "
            f"{MAX_JSON // 2**20} MB can be read at once.",
            "Write it as JSON Lines (.jsonl), one object a line, which has no such limit.",
        )
    encoding = look(path, report, reading.get("encoding"), lines=False).encoding
    if "rows" not in reading and has_lines(path, encoding):
        report.note("info", "json", f"{path.name} holds JSON Lines: one object a line.")
        return read_jsonl(path, reading, report, big=big)
    text = path.read_text(encoding).lstrip("\ufeff")
    return list(_tables(path, _parsed(path, text, report), shapes.Source(path, reading, report)))


def read_jsonl(path: Path, reading: dict[str, Any], report: FileReport, *, big: bool):
    """JSON Lines: one object a line; a key that comes late is a column all the same.

    Raises
    ------
    DataError
        For a line that is no JSON, or no object; it names the line.
    """
    encoding = look(path, report, reading.get("encoding")).encoding
    if is_document(path, encoding):
        report.note("info", "json", f"{path.name} is one JSON document and not one object a line.")
        return read_json(path, reading, report, big=big)

    if first_is_no_object(path, encoding):
        return read_values(path, reading, report, encoding)

    def rows() -> Iterator[tuple[int, dict]]:
        with open_text(path, encoding) as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                row = parsed_line(path, number, line)
                if not isinstance(row, dict):
                    raise DataError(
                        f"In {path} line {number:,} is {kind_of_value(row)} and not an object.",
                        'Write one object a line: {"text": "...", "label": "..."}.',
                    )
                yield number, row

    found = shaped(rows(), shapes.Source(path, reading, report))
    return (records_table(path, batch, "line", report) for batch in batched(found))


def read_values(path: Path, reading: dict[str, Any], report: FileReport, encoding: str) -> list:
    """Lines of JSON that are lists or texts and no objects: as the list of them.

    Raises
    ------
    DataError
        If a line is no JSON, or the file is too large to be held in memory.
    """
    size = path.stat().st_size
    if size > MAX_JSON:
        raise DataError(
            f"{path} holds lists, a line each, of {size / 2**20:,.0f} MB; at most "
            f"{MAX_JSON // 2**20} MB can be read at once.",
            "Write an object a line, which has no such limit.",
        )
    with open_text(path, encoding) as stream:
        content = [parsed_line(path, n, ln) for n, ln in enumerate(stream, 1) if ln.strip()]
    content = _put_together(path, content, report)
    return list(_tables(path, content, shapes.Source(path, reading, report)))


def _put_together(path: Path, content: list, report: FileReport) -> list:
    """The rows of lists of objects that come one after the other; other values as they are."""
    lists = [one for one in content if isinstance(one, list) and one]
    if not lists or len(lists) < len(content):
        return content
    if not all(isinstance(row, dict) for one in lists for row in one):
        return content
    rows = [row for one in lists for row in one]
    keys = [set(one[0]) for one in lists]
    if len(rows) == len(lists) or any(one != keys[0] for one in keys):
        return content
    if all(map(is_message, rows)) or _are_words(rows):
        return content  # a conversation each, or the words of a sentence
    report.note(
        "info", "json", t("data_notes.json_lists", file=path.name, lists=len(lists), n=len(rows)),
        t("data_notes.json_lists_back"), len(lists),
    )  # fmt: skip
    return rows


def _are_words(rows: list[dict]) -> bool:
    """Whether objects are a word each, with its tag or what else is known of it."""
    from ..shapes import list_rows

    keys = list_rows.word_and_tag(rows)
    texts = [v for row in rows for k, v in row.items() if isinstance(v, str) and k in (keys or row)]
    return sum(" " in text.strip() for text in texts) <= 0.02 * len(texts)


def _parsed(path: Path, text: str, report: FileReport) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        place = ""
        if isinstance(error, json.JSONDecodeError):
            place = f" (line {error.lineno:,}, column {error.colno:,})"
            if error.msg == "Extra data" and (several := _several(text)) is not None:
                report.note(
                    "info", "json", f"{path.name} holds {len(several):,} JSON documents one after "
                    "the other: a row each.", "", len(several),
                )  # fmt: skip
                return _put_together(path, several, report)
            if error.msg == "Extra data" and text[: error.pos].strip().endswith("}"):
                raise DataError(
                    f"{path} holds several JSON documents, the second in line {error.lineno:,}.",
                    "Write one whole object a line, and name it .jsonl.",
                ) from error
            if not text[error.pos :].strip():
                place += ", where the file ends: it is cut off"
        at_once = isinstance(error, json.JSONDecodeError) and not text[: error.pos].strip()
        if at_once and text.strip():
            raise DataError(
                f"{path} holds no JSON: it begins with {text.lstrip()[:30]!r}.",
                "If it is a table or plain text, name it .csv or .txt.",
            ) from error
        raise DataError(
            f"{path} cannot be read as json: {reason(error)}{place}.",
            "Write the file again as a whole.",
        ) from error


def _several(text: str) -> list | None:
    """Objects, or lists, one after the other, with commas between or not; None if damaged."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at == len(text):
            break
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, (dict, list)) or type(value) is not type((found or [value])[0]):
            return None
        found.append(value)
    return found


def _tables(path: Path, content: Any, source: shapes.Source) -> Iterator[Any]:
    from ..shapes import known  # all shapes, when a file is read and not before

    if "rows" in source.reading:
        content = _under(path, content, source.reading["rows"])
    made = shapes.found(known.DOCUMENTS, content, source)
    if made is None and "rows" not in source.reading:
        content = _unwrapped(path, content, source)
        made = shapes.found(known.DOCUMENTS, content, source)
    if isinstance(made, dict):
        for split, rows in made.items():
            table = _table(path, rows, source)
            yield table.replace_schema_metadata({SPLIT: split.encode()})
        return
    yield _table(path, content if made is None else made, source)


def _table(path: Path, content: Any, source: shapes.Source):
    if not isinstance(content, list):
        raise DataError(
            f"{path} holds {kind_of_value(content)}, not a list of objects.",
            'Write [{"text": "...", "label": "..."}, ...].',
        )
    kinds = {type(row) for row in content}
    if len(kinds) > 1 and kinds <= {dict, list, str}:
        odd = next(n for n, row in enumerate(content) if type(row) is not type(content[0]))
        raise DataError(
            f"{path} holds rows of two kinds: row {odd:,} is {kind_of_value(content[odd])}, the "
            f"first one {kind_of_value(content[0])}.",
            "Write all rows in the same way.",
        )
    for number, row in enumerate(content):
        if not isinstance(row, dict):
            raise DataError(
                f"{path} is not a list of objects: row {number:,} is {kind_of_value(row)}.",
                'Write [{"text": "...", "label": "..."}, ...].',
            )
    rows = list(shaped(iter(enumerate(content)), source))
    return records_table(path, rows, "row", source.report)


def _under(path: Path, content: Any, keys: str) -> Any:
    for key in keys.split("."):
        if not isinstance(content, dict):
            found = kind_of_value(content)
            raise DataError(
                t("data_notes.no_key", path=path, key=key, keys=keys, found=found),
                t("data_notes.no_key_back"),
            )
        if key not in content:
            raise DataError(f"{path} has no key {key!r} of {keys!r}.", nearest(key, content))
        content = content[key]
    return content


def _unwrapped(path: Path, content: Any, source: shapes.Source) -> Any:
    """What lies under the only key that holds rows, however deep; or the content itself."""
    from ..shapes import json_tables

    if not isinstance(content, dict) or json_tables.is_columns(content):
        return content
    found = _candidates(content)
    if not found:
        return content
    longest = max(found, key=lambda keys: len(found[keys]))
    others = {keys: rows for keys, rows in found.items() if keys != longest}
    rival = next((k for k, rows in others.items() if 10 * len(rows) >= len(found[longest])), None)
    if rival is not None:
        shown = ", ".join(f"{'.'.join(k)!r} ({len(rows):,})" for k, rows in found.items())
        raise DataError(
            f"{path} holds several lists of objects: {shown}.",
            f"Say which with reading={{'rows': {'.'.join(longest)!r}}}.",
        )
    said = f"The rows of {path.name} are under {'.'.join(longest)!r}"
    if others:
        left = sum(len(rows) for rows in others.values())
        shown = ", ".join(repr(".".join(keys)) for keys in others)
        source.report.note(
            "warning", "json", f"{said}; {left:,} objects under {shown} were left out.",
            f"To read those, set reading={{'rows': {'.'.join(next(iter(others)))!r}}}.", left,
        )  # fmt: skip
    elif len(content) > 1 or len(longest) > 1:
        source.report.note("info", "json", f"{said}.")
    return found[longest]


def _are_rows(values: list) -> bool:
    if all(isinstance(one, dict) for one in values):
        return True
    return len(values) > 1 and all(isinstance(one, list) for one in values)


def _candidates(content: dict, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], list]:
    """Lists of objects by the keys that lead to them; those nearest to the top."""
    found = {
        (*above, str(key)): value
        for key, value in content.items()
        if isinstance(value, list) and value and _are_rows(value)
    }
    if found or len(above) > 3:
        return found
    for key, value in content.items():
        if isinstance(value, dict) and len(content) <= 50:
            found |= _candidates(value, (*above, str(key)))
    return found
