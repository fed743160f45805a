"""Instructions with instances: what is to be done, texts to do it with, and outputs for each.

As Natural Instructions and collections of tasks like it hold them: a document a task with
``Definition`` (or ``task_prefix``) and ``Instances`` (or ``examples``), or an object a row with a
``definition`` of its own. Rows get ``definition``, ``input``, ``output``, and what else an instance
holds of plain values; lists and objects beside them are named and not read. Of several outputs for
an input the first is read, or each in a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...errors import DataError
from ...i18n import t
from . import Shape, Source

_DEFINITIONS = ("definition", "task_prefix", "task_definition", "instruction", "description")
_INSTANCES = ("instances", "examples")
_INPUTS = ("input", "inputs", "source", "prompt", "question", "instruction", "query")
_OUTPUTS = ("output", "outputs", "target", "targets", "answer", "answers", "response",
            "responses", "completion")  # fmt: skip
_IDS = ("id", "task", "task_name", "name")
_SHOWN = tuple((f"{kind} examples", f"{kind}_examples") for kind in ("positive", "negative"))
_NO_TEXTS = ("context", "contexts", "passage", "answer_start")  # beside which answers are spans


def _document(content: Any, source: Source) -> list[dict] | None:
    """One task with its instances, or a list of tasks."""
    tasks = content if isinstance(content, list) else [content]
    if not tasks or not all(isinstance(task, dict) and _parts(task) for task in tasks):
        return None
    rows, left, unread = [], 0, {}
    for task in tasks:
        definition, instances, beside = _parts(task)
        left += beside
        read = {_key(task, names) for names in (_DEFINITIONS, _INSTANCES, _IDS, *_SHOWN)}
        unread |= dict.fromkeys(name for name in task if name not in read)
        for one in instances:
            row = {"definition": definition, **_instance(one, source, unread)}
            if row.get("id") is None and isinstance(name := _of(task, _IDS), str):
                row["id"] = name
            rows.append(row)
    source.report.note(
        "info", "instructions", t("instructions.tasks", n=len(tasks), rows=len(rows),
                                  file=source.name), t("data_notes.plain_back"), len(rows)
    )  # fmt: skip
    if left:
        source.report.note("info", "instructions", t("instructions.shown", n=left),
                           t("instructions.shown_back"), left)  # fmt: skip
    _say_unread(source, unread)
    return _with_outputs(rows, "output", source)


def _parts(task: dict) -> tuple[str, list[dict], int] | None:
    """Definition, instances and how many examples belong to the definition; None for no task."""
    definition, instances = _text(_of(task, _DEFINITIONS)), _of(task, _INSTANCES)
    if definition is None or not isinstance(instances, list) or not instances:
        return None
    if not all(isinstance(one, dict) and _of(one, _INPUTS) is not None for one in instances):
        return None
    if not any(_texts(_of(one, _OUTPUTS)) for one in instances):
        return None
    if any(_key(one, _NO_TEXTS) is not None for one in instances):
        return None
    shown = [_of(task, names) for names in _SHOWN]
    return definition, instances, sum(len(one) for one in shown if isinstance(one, list))


def _instance(one: dict, source: Source, unread: dict[str, None]) -> dict:
    """Input and output, and what else is plain; names of what is not go to ``unread``."""
    asked, answered = _key(one, _INPUTS), _key(one, _OUTPUTS)
    given, said = one.get(asked), one.get(answered)
    if said is not None and said != [] and not _texts(said) or not isinstance(given, str):
        raise _no_text(one, source)
    return {"input": given, "output": said, **_plain(one, {asked, answered}, unread)}


def _no_text(one: dict, source: Source) -> DataError:
    return DataError(
        t("instructions.no_text", file=source.path, shown=repr(str(one)[:80])),
        t("instructions.no_text_back"),
    )


def _plain(one: dict, read: set, unread: dict[str, None]) -> dict:
    """What an object holds beside what is read of it, without lists and objects."""
    found = {}
    for name, value in one.items():
        if name in read:
            continue
        if isinstance(value, (list, dict)):
            unread[name] = None
        else:
            found[name] = value
    return found


def _say_unread(source: Source, unread: dict[str, None]) -> None:
    if unread:
        names = ", ".join(map(repr, list(unread)[:8]))
        source.report.note("info", "instructions", t("instructions.unread", n=len(unread),
                                                     names=names), "", len(unread))  # fmt: skip


def _objects(first: list[dict], source: Source) -> Callable | None:
    """A row an input, with its definition, its outputs a list."""
    if not first:
        return None
    if all(isinstance(_of(row, ("instance",)), dict) and _text(_of(row, _DEFINITIONS))
           for row in first):  # fmt: skip

        def flat(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
            unread: dict[str, None] = {}
            for number, row in objects:
                said, within = _key(row, _DEFINITIONS), _key(row, ("instance",))
                found = {"definition": _text(row.get(said)) or ""}
                beside = {name: row[name] for name in row if name not in (said, within)}
                if isinstance(row.get(within), dict):
                    found |= _instance(row[within], source, unread)
                    found = _plain(beside, set(found), unread) | found
                else:
                    found |= _instance(beside, source, unread)
                yield number, found
            _say_unread(source, unread)

        return lambda objects: _lists(flat(objects), "output", source)
    by_lower = {name.strip().lower(): name for row in first for name in row}
    asked = next((by_lower[n] for n in _INPUTS if n in by_lower), None)
    said = next((by_lower[n] for n in _OUTPUTS if n in by_lower), None)
    if asked is None or said is None or asked == said or set(_NO_TEXTS) & set(by_lower):
        return None
    if not set(_DEFINITIONS) & set(by_lower):
        return None  # lists of words beside a text are labels
    filled = [row[said] for row in first if row.get(said) is not None]
    if not filled or not all(isinstance(row.get(asked), str) for row in first):
        return None
    if not all(_texts(cell) for cell in filled):
        return None
    return lambda objects: _lists(objects, said, source)


def _lists(
    objects: Iterator[tuple[int, dict]], name: str, source: Source
) -> Iterator[tuple[int, dict]]:
    """Rows whose outputs are single texts, as ``reading`` says."""
    every, several, more = source.reading.get("outputs") == "all", 0, 0
    for number, row in objects:
        cell = row.get(name)
        if (name_of := _key(row, _DEFINITIONS)) and isinstance(row[name_of], list):
            row = {**row, name_of: _text(row[name_of])}
        different = [cell]
        if isinstance(cell, list) and (not cell or _texts(cell)):
            different = list(dict.fromkeys(cell)) or [None]
        several += len(different) > 1
        more += len(different) - 1
        for text in different if every else different[:1]:
            yield number, {**row, name: text}
    _note(source, several, more, every)


def _with_outputs(rows: list[dict], name: str, source: Source) -> list[dict]:
    return [row for _, row in _lists(iter(enumerate(rows)), name, source)]


def _note(source: Source, several: int, more: int, every: bool) -> None:
    if several:
        key = "all" if every else "first"
        source.report.note(
            "info" if every else "warning", "instructions",
            t(f"instructions.{key}", n=several, more=more), t(f"instructions.{key}_back"), several,
        )  # fmt: skip


def _of(row: dict, names: tuple[str, ...]) -> Any:
    """What stands under the first of some keys, whatever their capitals."""
    key = _key(row, names)
    return None if key is None else row[key]


def _key(row: dict, names: tuple[str, ...]) -> Any:
    by_lower = {str(key).strip().lower(): key for key in row}
    return next((by_lower[name] for name in names if name in by_lower), None)


def _text(value: Any) -> str | None:
    """A text, or one that is written as a list of texts."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: Any) -> bool:
    one = [value] if isinstance(value, str) else value
    return isinstance(one, list) and bool(one) and all(isinstance(text, str) for text in one)


DOCUMENTS = (Shape("natural instructions", _document),)
OBJECTS = (Shape("natural instructions", _objects),)
