"""Label Studio's exports: tasks with their annotations in full, and the short form."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ... import task_registry
from ...errors import DataError
from ..reading.expected import expected
from . import Shape, Source
from .span_keys import Keys
from .span_rows import rows_of

_READ = ("labels", "hypertextlabels", "choices", "taxonomy", "rating", "number")
_SHORT = ("choices", "taxonomy")


def _full(first: list[dict], source: Source) -> Callable | None:
    """Label Studio's export in full: tasks with their annotations."""
    if not all(
        isinstance(row.get("data"), dict)
        and isinstance(row.get("annotations", row.get("completions")), list)
        for row in first
    ):
        return None
    return lambda objects: _tasks(objects, source)


def _tasks(objects: Iterator[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    kept, without, several, differ, left = [], 0, 0, 0, Counter()
    for number, task in objects:
        done = [
            one for one in task.get("annotations", task.get("completions")) or []
            if isinstance(one, dict) and not one.get("was_cancelled") and not one.get("skipped")
        ]  # fmt: skip
        if not done and expected().for_labels:
            without += 1
            continue
        several += len(done) > 1
        differ += len({_said(one) for one in done}) > 1
        chosen = next((one for one in done if one.get("ground_truth")), (done or [{}])[0])
        results = [one for one in chosen.get("result") or [] if isinstance(one, dict)]
        left.update(_unread(results))
        kept.append((number, task["data"], results))
    if not kept:
        raise DataError(
            f"None of the {without:,} tasks of {source.path} has an annotation.",
            "Annotate some, and export them again; predictions of a model are not read.",
        )
    _note_tasks(source, without, several, differ, left)
    columns = _columns(kept)
    rows = [(n, _task_row(data, results, columns)) for n, data, results in kept]
    for column in ("label", *columns.values()):
        values = [row.get(column) for _, row in rows]
        if any(isinstance(value, list) for value in values):
            for _, row in rows:
                if isinstance(row.get(column), str):
                    row[column] = [row[column]]
    if len(columns) > 1:
        source.report.note(
            "info", "choices", f"{source.name} asks {len(columns)} questions about each text; "
            f"they are the columns {', '.join(map(repr, columns.values()))}.",
            "Say which is the label with columns={'label': ...}.", len(columns),
        )  # fmt: skip
    yield from _with_spans(rows, source)


def _columns(kept: list[tuple[int, dict, list[dict]]]) -> dict[str, str]:
    """The column of each question: ``label``, or of several their names."""
    names = dict.fromkeys(
        str(one.get("from_name")) for _, _, results in kept for one in results if _classes(one)
    )
    if len(names) < 2:
        return dict.fromkeys(names, "label")
    taken = {"spans", "tokens", "tags"}.union(*(data for _, data, _ in kept))
    return {name: f"{name}_answer" if name in taken else name for name in names}


def _with_spans(rows: list[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    text = _text_key([row for _, row in rows])
    marked = any(row["spans"] for _, row in rows)
    chosen = [row for _, row in rows if "label" in row]
    if text and marked:
        found = rows_of(iter(rows), Keys(text, "", "spans"), source, "Label Studio's export")
    else:
        found = ((number, {k: v for k, v in row.items() if k != "spans"}) for number, row in rows)
    if chosen and marked:
        source.report.note(
            "info", "choices", f"{len(chosen):,} tasks have choices as well as marked spans; they "
            "are in the column 'label'.",
            f"To train on them, choose the task {task_registry.with_label('label')}.",
            count=len(chosen),
        )  # fmt: skip
    yield from found


def _said(annotation: dict) -> str:
    """What an annotation says, whoever said it and when."""
    results = [one for one in annotation.get("result") or [] if isinstance(one, dict)]
    said = [json.dumps([one.get("from_name"), one.get("value")], sort_keys=True) for one in results]
    return "\n".join(sorted(said))


def _unread(results: list[dict]) -> list[str]:
    """The kinds of results that are not read, such as relations."""
    kinds = [(str(one.get("type", "result")), one.get("value")) for one in results]
    return [
        kind for kind, value in kinds
        if not isinstance(value, dict) or not any(name in value for name in _READ)
    ]  # fmt: skip


def _note_tasks(source: Source, without: int, several: int, differ: int, left: Counter) -> None:
    report = source.report
    if without:
        report.note("info", "no annotation", f"{without:,} tasks have no annotation and are left "
                    "out.", count=without)  # fmt: skip
    if several:
        report.note(
            "warning", "several annotations", f"{several:,} tasks have several annotations, "
            f"{differ:,} of them different ones; the first one (or the ground truth) is taken.",
            "Export one annotation a task where another one is meant.", several,
        )  # fmt: skip
    if left:
        shown = ", ".join(f"{kind!r} {count:,}" for kind, count in left.items())
        report.note(
            "info", "not read", f"{left.total():,} results of {source.name} are neither spans nor "
            f"classes and are left out: {shown}.", count=left.total(),
        )  # fmt: skip


def _task_row(data: dict, results: list[dict], columns: dict[str, str]) -> dict:
    """A task's own fields, ``spans``, what was chosen in ``columns``, a number in ``label``."""
    row: dict[str, Any] = {
        name: value for name, value in data.items() if isinstance(value, (str, int, float, bool))
    }
    row["spans"] = []
    chosen: dict[str, list[str]] = {}
    for one in results:
        value = one.get("value")
        if not isinstance(value, dict):
            continue
        for kind in value.get("labels") or value.get("hypertextlabels") or []:
            where = value.get("globalOffsets") or value
            row["spans"].append(
                {"start": where.get("start"), "end": where.get("end"), "label": kind,
                 "text": value.get("text")}
            )  # fmt: skip
        for kind in ("rating", "number"):
            if isinstance(value.get(kind), (int, float)):
                row["label"] = value[kind]
        if classes := _classes(one):
            chosen.setdefault(str(one.get("from_name")), []).extend(classes)
    for name, classes in chosen.items():
        row[columns[name]] = classes[0] if len(classes) == 1 else classes
    return row


def _classes(result: dict) -> list[str]:
    """The classes that a result chose; of a taxonomy their paths."""
    value = result.get("value")
    value = value if isinstance(value, dict) else {}
    choices = value.get("choices") or []
    return [*([choices] if isinstance(choices, str) else choices), *_paths(value.get("taxonomy"))]


def _paths(taxonomy: Any) -> list[str]:
    """Paths of a taxonomy as names: ``[["Animal", "Cat"]]`` is ``Animal/Cat``."""
    return ["/".join(map(str, path)) for path in taxonomy or [] if isinstance(path, list)]


def _text_key(rows: list[dict]) -> str:
    names = dict.fromkeys(n for row in rows for n, v in row.items() if isinstance(v, str))
    names.pop("label", None)
    usual = [name for name in names if name.casefold() == "text"]
    longest = sorted(names, key=lambda n: -sum(len(str(row.get(n) or "")) for row in rows))
    return next(iter([*usual, *longest]), "")


# --- the short form ------------------------------------------------------------------------------


def _choices(first: list[dict], source: Source) -> Callable | None:
    """The short export: columns of ``{"choices": [...]}`` beside single names."""
    names = dict.fromkeys(name for row in first for name in row)
    columns = [n for n in names if any(_chosen(row.get(n)) is not None for row in first)]
    if not columns:
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        kept = [(number, {**row, **_lists(row, columns)}) for number, row in objects]
        for name in columns:
            if all(len(row[name]) == 1 for _, row in kept if isinstance(row.get(name), list)):
                for _, row in kept:
                    if isinstance(row.get(name), list):
                        row[name] = row[name][0]
        yield from kept

    return rows


def _lists(row: dict, columns: list[str]) -> dict:
    found = {}
    for name in columns:
        value = row.get(name)
        if value is not None:
            chosen = _chosen(value)
            found[name] = chosen if chosen is not None else _as_list(value)
    return found


def _chosen(value: Any) -> list[str] | None:
    """The classes of ``{"choices": [...]}`` or ``[{"taxonomy": [[...]]}]``, also as texts."""
    if isinstance(value, str):
        if not value.lstrip().startswith(("{", "[")) or not any(f'"{n}"' in value for n in _SHORT):
            return None
        try:
            value = json.loads(value)
        except ValueError:
            return None
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(v, dict) and _is_short(v) for v in values):
        return None
    return [name for one in values for name in _classes({"value": one})]


def _is_short(value: dict) -> bool:
    return set(value) in ({"choices"}, {"taxonomy"})


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _table(table: Any, source: Source) -> Any:
    """Choices that a table holds as text: ``{"choices": ["a", "b"]}``."""
    import pyarrow as pa

    changed = {}
    for name in table.column_names:
        column = table[name]
        if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
            continue
        values = column.to_pylist()
        if not any(isinstance(v, str) and v[:12].lstrip(" [").startswith("{") for v in values):
            continue
        found = [_chosen(value) for value in values]
        count = sum(one is not None for one in found)
        if count:
            changed[name] = count, [
                one if one is not None else _as_list(value) if value else None
                for one, value in zip(found, values, strict=True)
            ]
    for name, (count, lists) in changed.items():
        source.report.note(
            "info", "choices", f"Column {name!r} of {source.name} holds choices of Label Studio in "
            f"{count:,} rows: they are read as lists.",
            "Read it as it is with reading={'shape': 'plain'}.", count,
        )  # fmt: skip
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(lists, pa.list_(pa.string())))
    return table if changed else None


OBJECTS = (Shape("label-studio", _full), Shape("choices", _choices))
TABLES = (Shape("choices", _table),)
