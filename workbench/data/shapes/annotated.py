"""Texts with marked spans or choices, as annotation tools write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import Shape, Source
from .span_rows import Keys, find_keys, rows_of


def _spans(first: list[dict], source: Source) -> Callable | None:
    """Rows of a text with spans."""
    keys = find_keys(first)
    if keys is None:
        return None
    if source.reading.get("shape") != "spans" and _has_intent(first):
        return None  # what a whole text wants is what such data is for
    return lambda objects: rows_of(objects, keys, source, "rows with marked spans")


def _has_intent(first: list[dict]) -> bool:
    return sum(isinstance(row.get("intent"), str) for row in first) > 0.9 * len(first)


def _label_studio(first: list[dict], source: Source) -> Callable | None:
    """Label Studio's export in full: tasks with their annotations."""
    if not all(
        isinstance(row.get("data"), dict)
        and isinstance(row.get("annotations", row.get("completions")), list)
        for row in first
    ):
        return None
    return lambda objects: _tasks(objects, source)


def _tasks(objects: Iterator[tuple[int, dict]], source: Source) -> Iterator[tuple[int, dict]]:
    rows, without, several = [], 0, 0
    for number, task in objects:
        done = [
            one for one in task.get("annotations", task.get("completions")) or []
            if isinstance(one, dict) and not one.get("was_cancelled") and not one.get("skipped")
        ]  # fmt: skip
        if not done:
            without += 1
            continue
        several += len(done) > 1
        chosen = next((one for one in done if one.get("ground_truth")), done[0])
        rows.append((number, _task_row(task["data"], chosen.get("result") or [])))
    report = source.report
    if without:
        report.note("info", "no annotation", f"{without:,} tasks have no annotation and are left "
                    "out.", count=without)  # fmt: skip
    if several:
        report.note(
            "warning", "several annotations", f"{several:,} tasks have several annotations; the "
            "first one (or the ground truth) is taken.",
            "Export one annotation a task where another one is meant.", several,
        )  # fmt: skip
    text = _text_key([row for _, row in rows])
    if text and any(row["spans"] for _, row in rows):
        found = rows_of(iter(rows), Keys(text, "", "spans"), source, "Label Studio's export")
    else:
        found = ((number, {k: v for k, v in row.items() if k != "spans"}) for number, row in rows)
    chosen = [row for _, row in rows if "label" in row]
    if chosen and any(row["spans"] for _, row in rows):
        report.note(
            "info", "choices", f"{len(chosen):,} tasks have choices as well as marked spans; they "
            "are in the column 'label'.",
            "To train on them, choose the task text-classification.", count=len(chosen),
        )  # fmt: skip
    lists = any(isinstance(row["label"], list) for row in chosen)
    for number, row in found:
        if lists and isinstance(row.get("label"), str):
            row["label"] = [row["label"]]
        yield number, row


def _task_row(data: dict, results: list[dict]) -> dict:
    """A task's own fields, ``spans``, and ``label`` where classes or a rating were chosen."""
    row: dict[str, Any] = {
        name: value for name, value in data.items() if isinstance(value, (str, int, float, bool))
    }
    row["spans"] = []
    choices: list[str] = []
    for one in results:
        value = one.get("value") if isinstance(one, dict) else None
        if not isinstance(value, dict):
            continue
        for kind in value.get("labels") or value.get("hypertextlabels") or []:
            where = value.get("globalOffsets") or value
            row["spans"].append(
                {"start": where.get("start"), "end": where.get("end"), "label": kind,
                 "text": value.get("text")}
            )  # fmt: skip
        choices += value.get("choices") or []
        if isinstance(value.get("rating"), (int, float)):
            row["label"] = value["rating"]
    if choices:
        row["label"] = choices[0] if len(choices) == 1 else choices
    return row


def _text_key(rows: list[dict]) -> str:
    names = dict.fromkeys(n for row in rows for n, v in row.items() if isinstance(v, str))
    names.pop("label", None)
    usual = [name for name in names if name.casefold() == "text"]
    longest = sorted(names, key=lambda n: -sum(len(str(row.get(n) or "")) for row in rows))
    return next(iter([*usual, *longest]), "")


def _choices(first: list[dict], source: Source) -> Callable | None:
    """Label Studio's short export: columns of ``{"choices": [...]}`` beside single names."""
    names = dict.fromkeys(name for row in first for name in row)
    columns = [n for n in names if any(_is_choice(row.get(n)) for row in first)]
    if not columns:
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        for number, row in objects:
            lists = {n: _as_list(row.get(n)) for n in columns if row.get(n) is not None}
            yield number, {**row, **lists}

    return rows


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"choices"}


def _as_list(value: Any) -> Any:
    if _is_choice(value):
        return list(value["choices"])
    return [value] if isinstance(value, str) else value


OBJECTS = (
    Shape("label-studio", _label_studio), Shape("choices", _choices), Shape("spans", _spans),
)  # fmt: skip
