"""Training data of Rasa as Markdown and YAML: intents with what people say, entities within.

The JSON form is read in :mod:`.json_tables`. What a saying wants is its label; its entities are
kept in the column ``entities`` and become tags with ``reading={"shape": "rasa entities"}``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ... import plain_yaml
from ...errors import DataError
from ...i18n import t
from . import Shape, Source
from .span_keys import Keys
from .span_rows import rows_of

_ENTITY = re.compile(
    r"\[(?P<text>[^\[\]]+)\](?:\((?P<kind>[^():\s]+)(?::[^()]*)?\)|(?P<facts>\{[^{}]*\}))"
)
_SECTION = re.compile(r"##\s*(?P<kind>\w+)\s*:\s*(?P<name>.+?)\s*")
_SAYING = re.compile(r"\s*[-*+]\s+(?P<text>\S.*)")
_INTENT = re.compile(r"\s*-?\s*intent\s*:")
MOST = 64 * 2**20  # characters of a file of YAML, which is held in memory whole

Saying = tuple[int, str, str]  # line or number, intent, what is said as it is written


def unmarked(text: str) -> tuple[str, list[dict[str, Any]]]:
    """What is said, and its entities.

    Examples
    --------
    >>> unmarked('from [Graz](city) to [Vienna]{"entity": "city", "role": "to"}')
    ... # doctest: +NORMALIZE_WHITESPACE
    ('from Graz to Vienna', [{'start': 5, 'end': 9, 'entity': 'city', 'value': 'Graz'},
                             {'start': 13, 'end': 19, 'entity': 'city', 'value': 'Vienna'}])
    """
    pieces: list[str] = []
    found, size, at = [], 0, 0
    for mark in _ENTITY.finditer(text):
        kind = mark["kind"] or _kind(mark["facts"])
        if kind is None:
            continue
        pieces += [text[at : mark.start()], mark["text"]]
        start = size + len(pieces[-2])
        size = start + len(mark["text"])
        found.append({"start": start, "end": size, "entity": kind, "value": mark["text"]})
        at = mark.end()
    return "".join([*pieces, text[at:]]), found


def _kind(facts: str) -> str | None:
    try:
        kind = json.loads(facts).get("entity")
    except ValueError:
        return None
    return kind if isinstance(kind, str) else None


# --- the two ways of writing it -----------------------------------------------------------------


def _markdown(numbered: Iterator[tuple[int, str]], left: Counter) -> Iterator[Saying]:
    kind, name = "", ""
    for number, line in numbered:
        if section := _SECTION.fullmatch(line.strip()):
            kind, name = section["kind"].lower(), section["name"]
        elif saying := _SAYING.fullmatch(line):
            if kind == "intent":
                yield number, name, saying["text"].strip()
            else:
                left[kind or "no section"] += 1


def _yaml(text: str, source: Source, left: Counter) -> Iterator[Saying]:
    import yaml

    if len(text) > MOST:
        raise DataError(
            t("data_notes.yaml_large", path=source.path, mb=MOST // 2**20),
            t("data_notes.yaml_large_back"),
        )
    try:
        content = plain_yaml.load(text)
    except (yaml.YAMLError, ValueError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            t("data_notes.yaml_damaged", path=source.path, why=said),
            t("data_notes.yaml_damaged_back"),
        ) from error
    blocks = content.get("nlu") if isinstance(content, dict) else None
    number = 0
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, dict):
            continue
        name = block.get("intent")
        for said in _examples(block.get("examples")):
            number += 1
            if isinstance(name, str):
                yield number, name, said
            else:
                left[next((k for k in block if k != "examples"), "no name")] += 1


def _examples(value: Any) -> list[str]:
    """What is said, of a block of lines with dashes or of a list of objects with ``text``."""
    if isinstance(value, str):
        found = [_SAYING.fullmatch(line) for line in value.splitlines()]
        return [saying["text"].strip() for saying in found if saying]
    if isinstance(value, list):
        texts = [one.get("text") if isinstance(one, dict) else one for one in value]
        return [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return []


# --- rows ---------------------------------------------------------------------------------------


def _find(first: list[str], source: Source) -> Callable | None:
    lines = [line for line in first if line.strip()]
    is_markdown = any(
        (found := _SECTION.fullmatch(line.strip())) and found["kind"].lower() == "intent"
        for line in lines
    ) and any(map(_SAYING.fullmatch, lines))
    is_yaml = any(line.rstrip() == "nlu:" for line in lines) and any(map(_INTENT.match, lines))
    if not is_markdown and not is_yaml:
        return None

    def sayings(numbered: Iterator[tuple[int, str]], left: Counter) -> Iterator[Saying]:
        if not is_yaml:
            return _markdown(numbered, left)
        return _yaml("\n".join(line for _, line in numbered), source, left)

    return lambda numbered: _rows(numbered, sayings, source)


def _entities(first: list[str], source: Source) -> Callable | None:
    """The same with its entities as tags; only where it is asked for."""
    if source.reading.get("shape") != "rasa entities" or (rows := _find(first, source)) is None:
        return None
    keys = Keys("text", "", "entities")
    return lambda numbered: rows_of(
        ((n, {**row, "entities": row["entities"] or []}) for n, row in rows(numbered)),
        keys, source, "sayings with entities",
    )  # fmt: skip


def _rows(numbered, sayings: Callable, source: Source) -> Iterator[tuple[int, dict]]:
    left: Counter = Counter()
    count, marked, whole = 0, 0, ""
    for number, intent, said in sayings(numbered, left):
        text, entities = unmarked(said)
        count, marked = count + 1, marked + len(entities)
        yield number, {"text": text, "intent": intent, "entities": entities or None}
    report, whole = source.report, source.reading.get("shape") == "rasa entities"
    report.note("info", "rasa", t("data_notes.rasa", n=count, file=source.name), "", count)
    if marked and not whole:
        report.note(
            "info", "rasa", t("data_notes.rasa_entities", n=marked, file=source.name),
            t("data_notes.rasa_entities_back"), marked,
        )  # fmt: skip
    if n := left.total():
        shown = ", ".join(list(left)[:5])
        report.note(
            "warning", "rasa", t("data_notes.rasa_left", n=n, file=source.name, kinds=shown),
            t("data_notes.rasa_left_back"), n,
        )  # fmt: skip


_ENDINGS = (".md", ".yml", ".yaml", ".txt")
LINES = (Shape("rasa", _find, _ENDINGS), Shape("rasa entities", _entities, _ENDINGS))
