"""The table itself: how files were read, what was guessed of columns, columns that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ... import catalog, task_registry
from .findings import Case, Finding, short


def check_files(case: Case) -> Iterator[Finding]:
    """What the readers had to guess."""
    for report in case.reports:
        for note in report.notes:
            yield Finding(note.severity, note.check, note.what, note.count, (), note.remedy)


def check_mapping(case: Case) -> Iterator[Finding]:
    """The task and the columns: what was guessed and why, and what is missing."""
    mapping = case.mapping
    guessed = [r for r in mapping.columns if mapping.reasons[r] != "It was given."]
    shown = ", ".join(f"{role} = {name!r}" for role, name in mapping.columns.items())
    if guessed:
        yield Finding(
            "info", "mapping", f"Read as {mapping.task}: {shown}.", len(mapping.columns),
            tuple(f"{role}: {mapping.reasons[role]}" for role in guessed[:3]),
            "Name others with columns={...}.",
        )  # fmt: skip
    for role, names in mapping.rivals.items():
        chosen = mapping.columns[role]
        listed = ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")
        yield Finding(
            "info" if chosen.strip().lower() == role else "warning", f"close call: {role}",
            f"The {role} was taken from {chosen!r}; it could as well be {listed}.", len(names),
            tuple(f"{name!r}: {_first_values(case, name)}" for name in names[:3]),
            f"If that is wrong, name it with columns={{'{role}': {names[0]!r}}}.",
        )  # fmt: skip
    if mapping.task not in catalog.tasks():
        yield Finding(
            "error", "task",
            f"The data looks like {mapping.task} ({shown}), which cannot be trained here.", 1, (),
            f"What can be trained: {', '.join(catalog.tasks())}. Map the columns for it.",
        )  # fmt: skip
    needed = task_registry.spec(mapping.task, trains=None).required
    absent = [role for role in needed if role not in mapping.columns]
    if absent:
        yield Finding(
            "error", "missing column", f"No column was found for the {' and the '.join(absent)}.",
            len(absent), tuple(map(repr, list(case.splits.values())[0].column_names[:3])),
            "Name it with columns={...}.",
        )  # fmt: skip


def _first_values(case: Case, column: str) -> str:
    split = next(iter(case.splits.values())).with_format(None)
    return ", ".join(repr(short(value, 30)) for value in split[:3][column])


def check_columns(case: Case) -> Iterator[Finding]:
    """Constant and id-like columns among those that are not mapped; very many columns."""
    name, split = max(case.splits.items(), key=lambda item: len(item[1]))
    others = [c for c in split.column_names if c not in case.mapping.columns.values()]
    if len(others) > 200:
        yield Finding(
            "info", "many columns",
            f"The data has {len(split.column_names):,} columns; only those mapped are read.",
            len(others), tuple(map(repr, others[:3])),
        )  # fmt: skip
        others = others[:200]
    if len(split) < 3:
        return
    import pyarrow as pa
    import pyarrow.compute as pc

    table = split.with_format(None).data.table if split._indices is None else None
    constant, ids = [], []
    for column in others:
        values = table[column] if table is not None else pa.chunked_array([split[column][:]])
        if pa.types.is_nested(values.type) or pa.types.is_null(values.type):
            constant += [column] if pa.types.is_null(values.type) else []
            continue
        distinct = pc.count_distinct(values.slice(0, 100_000)).as_py()
        length = min(len(values), 100_000)
        if distinct <= 1:
            constant.append(column)
        elif distinct == length and not pa.types.is_floating(values.type):
            text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
            mean = pc.mean(pc.utf8_length(values.slice(0, 1000))).as_py() if text else 0
            if mean < 40:
                ids.append(column)
    for found, check, what in (
        (constant, "constant columns", "hold one value only"),
        (ids, "id-like columns", "have another value in every row"),
    ):
        if found:
            yield Finding(
                "info", check, f"{len(found):,} columns {what}, which says nothing about a label.",
                len(found), tuple(str(short(repr(column))) for column in found[:3]),
                "Nothing is to be done: they are not read.",
            )  # fmt: skip
