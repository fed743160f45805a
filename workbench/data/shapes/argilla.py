"""Exports of Argilla 2: records with fields and responses, or a column a question.

A record of several annotators keeps the response of the first; how many differ is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...i18n import t
from ..reading.expected import expected
from . import Shape, Source
from .span_keys import Keys, spans_in
from .span_rows import rows_of

if TYPE_CHECKING:
    import pyarrow as pa

_PART = re.compile(r"(?P<question>.+)\.(responses|suggestion)(\.(users|status|score|agent))?")
_UNUSED = ("discarded", "draft")

Answers = dict[str, list[Any]]  # question -> what the annotators said


def _records(first: list[dict], source: Source) -> Callable | None:
    """``{"fields": {"text": ..}, "responses": {"label": [{"value": ..}]}}``."""
    if not all(isinstance(row.get("fields"), dict) for row in first):
        return None
    if not all(isinstance(row.get("responses"), (dict, list)) for row in first):
        return None
    return lambda objects: _rows(
        ((number, row["fields"], _answers(row["responses"])) for number, row in objects), source
    )


def _answers(responses: Any) -> Answers:
    """What was said to each question, without what was discarded."""
    found: Answers = {}
    if isinstance(responses, dict):
        for question, given in responses.items():
            for one in given if isinstance(given, list) else []:
                if isinstance(one, dict) and one.get("status") not in _UNUSED:
                    found.setdefault(question, []).append(one.get("value"))
        return found
    for one in responses:  # a response of one annotator to all questions
        if isinstance(one, dict) and one.get("status") not in _UNUSED:
            for question, given in (one.get("values") or {}).items():
                value = given.get("value") if isinstance(given, dict) else given
                found.setdefault(question, []).append(value)
    return found


def _rows(
    records: Iterable[tuple[int, dict, Answers]], source: Source
) -> Iterator[tuple[int, dict]]:
    kept, without, differ = [], 0, 0
    for number, fields, answers in records:
        said = {name: [v for v in values if v is not None] for name, values in answers.items()}
        said = {name: values for name, values in said.items() if values}
        if not said and expected().for_labels:
            without += 1
            continue
        differ += any(any(v != values[0] for v in values) for values in said.values())
        kept.append((number, fields, {name: values[0] for name, values in said.items()}))
    report = source.report
    questions = list(dict.fromkeys(name for _, _, said in kept for name in said))
    shown = ", ".join(map(repr, questions[:5]))
    report.note(
        "info", "argilla",
        t("data_notes.argilla", n=len(kept), file=source.name, questions=shown),
        t("data_notes.plain_back"), len(kept),
    )  # fmt: skip
    if without:
        report.note(
            "warning", "no annotation",
            t("data_notes.argilla_without", n=without, file=source.name), "", without,
        )  # fmt: skip
    if differ:
        report.note(
            "warning", "several annotations",
            t("data_notes.argilla_differ", n=differ, file=source.name),
            t("data_notes.argilla_differ_back"), differ,
        )  # fmt: skip
    text = next((n for _, fields, _ in kept for n, v in fields.items() if isinstance(v, str)), "")
    spans = next((q for q in questions if text and _are_spans([s.get(q) for _, _, s in kept])), "")
    rows = (
        (number, {**fields, **{_free(name, fields): value for name, value in said.items()}})
        for number, fields, said in kept
    )
    if spans:
        keys = Keys(text, "", _free(spans, {text: ""}))
        yield from rows_of(rows, keys, source, "records with marked spans")
    else:
        yield from rows


def _free(question: str, fields: dict) -> str:
    """The name of a question's column, which a field may have already."""
    return f"{question}_answer" if question in fields else question


def _are_spans(values: list) -> bool:
    lists = [value for value in values if isinstance(value, list) and value]
    return bool(lists) and all(
        all(isinstance(one, dict) and {"start", "end", "label"} <= set(one) for one in value)
        and spans_in(value) for value in lists
    )  # fmt: skip


def _columns(table: pa.Table, source: Source) -> pa.Table | None:
    """``text``, ``label.responses``, ``label.responses.users``, ``label.suggestion``."""
    import pyarrow as pa

    parts = {name: _PART.fullmatch(name) for name in table.column_names}
    asked = [name for name in table.column_names if name.endswith(".responses")]
    if not asked or not all(pa.types.is_list(table.schema.field(name).type) or
                            pa.types.is_null(table.schema.field(name).type) for name in asked):
        return None
    fields = [name for name, part in parts.items() if part is None and name not in _OWN]

    def records() -> Iterator[tuple[int, dict, Answers]]:
        for number, row in enumerate(table.to_pylist()):
            answers: Answers = {}
            for name in asked:
                values = row[name] or []
                status = row.get(f"{name}.status") or [None] * len(values)
                answers[name.removesuffix(".responses")] = [
                    v for v, one in zip(values, status, strict=False) if one not in _UNUSED
                ]
            yield number, {name: row[name] for name in fields}, answers

    rows = [row for _, row in _rows(records(), source)]
    return pa.Table.from_pylist(rows) if rows else None


_OWN = ("id", "status", "_server_id", "inserted_at", "updated_at", "vectors", "metadata")
OBJECTS = (Shape("argilla", _records),)
TABLES = (Shape("argilla", _columns),)
