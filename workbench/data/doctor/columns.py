"""The table itself: how files were read, what was guessed of columns, columns that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.task_words import called

from ... import catalog, task_registry
from ...i18n import t
from ..columns.mapping import Mapping
from ..columns.texts_in_order import by_place, is_answering
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
            "info", "mapping", f"Read as {called(mapping.task)}: {shown}.", len(mapping.columns),
            tuple(f"{role}: {mapping.reasons[role]}" for role in guessed[:3]),
            "Name others with columns={...}.",
        )  # fmt: skip
    for role, names in mapping.rivals.items():
        if role not in mapping.columns:
            yield _other_task(case, names)
            continue
        chosen = mapping.columns[role]
        written = [name for name in names if is_answering(name)]
        said = chosen.strip().lower() == role and not (set(mapping.columns) == {"text"} and written)
        listed = ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")
        yield Finding(
            "info" if said else "warning", f"close call: {role}",
            f"The {role} was taken from {chosen!r}; it could as well be {listed}.", len(names),
            tuple(f"{name!r}: {_first_values(case, name)}" for name in names[:3]),
            f"If that is wrong, name it with columns={_instead(mapping, role, names[0])}."
            + _for_another(mapping, role, (written or names)[0]),
        )  # fmt: skip
    if mapping.task not in catalog.tasks():
        yield Finding(
            "error", "task",
            f"The data looks like {called(mapping.task)} ({shown}), which cannot be trained here.",
            1, (),
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


def _for_another(mapping: Mapping, role: str, other: str) -> str:
    """A sentence more where texts alone are learnt, and one of two may be written for the other."""
    if role != "text" or set(mapping.columns) != {"text"}:
        return ""
    both = {"source": mapping.columns["text"], "target": other}
    task = task_registry.with_roles(*both)
    return " " + t("findings.one_for_another", task=task, columns=both)


def _other_task(case: Case, names: tuple[str, ...]) -> Finding:
    """Texts for texts beside a column of classes: which of them is to be learnt is a guess."""
    mapping = case.mapping
    plain = {"source", "target"} <= {name.strip().lower() for name in mapping.columns.values()}
    return Finding(
        "info" if plain else "warning", "close call: task",
        t("findings.classes_beside", n=len(names), names=", ".join(map(repr, names[:5])),
          target=mapping.columns["target"]),
        len(names), tuple(f"{name!r}: {_first_values(case, name)}" for name in names[:3]),
        t("findings.classes_beside_back", task=task_registry.with_label("label"),
          text=mapping.columns["source"], label=names[0]),
    )  # fmt: skip


def _first_values(case: Case, column: str) -> str:
    split = next(iter(case.splits.values())).with_format(None)
    return ", ".join(
        repr(short(value, 30)) if isinstance(value, str) else short(repr(value), 40)
        for value in split[:3][column]
    )


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
    constant, ids, texts, nested = [], [], [], []
    for column in others:
        values = table[column] if table is not None else pa.chunked_array([split[column][:]])
        if pa.types.is_nested(values.type) or pa.types.is_null(values.type):
            (constant if pa.types.is_null(values.type) else nested).append(column)
            continue
        distinct = pc.count_distinct(values.slice(0, 100_000)).as_py()
        length = min(len(values), 100_000)
        if distinct <= 1:
            constant.append(column)
        elif distinct == length and not pa.types.is_floating(values.type):
            text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
            if text and _are_texts(values.slice(0, 1000).to_pylist()):
                texts.append(column)
            elif not text or pc.mean(pc.utf8_length(values.slice(0, 1000))).as_py() < 40:
                ids.append(column)
    yield from _unread(case, texts, nested)
    for found, check, what in (
        (constant, "constant columns", "hold one value only"),
        (ids, "id-like columns", "have another value in every row"),
    ):
        if found:
            yield Finding(
                "info", check, f"{len(found):,} columns {what}, from which nothing can be learnt.",
                len(found), tuple(str(short(repr(column))) for column in found[:3]),
                "Nothing is to be done: they are not read.",
            )  # fmt: skip


def _instead(mapping: Mapping, role: str, name: str) -> dict[str, str]:
    """Columns to be named for another one of a role: all that were taken by their place."""
    placed = {one: mapping.columns[one] for one in by_place(mapping.reasons)}
    turned = {one: mapping.columns[role] for one, column in placed.items() if column == name}
    return {**placed, **turned, role: name}


def _are_texts(values: list) -> bool:
    """Whether values are texts of several words and no ids or dates."""
    found = [value for value in values if value]
    words = sum(len(value.split()) for value in found)
    letters = sum(char.isalpha() for value in found for char in value)
    return words >= 3 * max(len(found), 1) and 2 * letters > sum(map(len, found))


def _unread(case: Case, texts: list[str], nested: list[str]) -> Iterator[Finding]:
    """Columns that hold something and that nothing is learnt from."""
    roles = set(case.mapping.columns)
    rivals = {name for names in case.mapping.rivals.values() for name in names}
    texts = [name for name in texts if name not in rivals]
    if texts and "text" in roles and roles <= {"text", "label"}:
        yield Finding(
            "info", "unread texts",
            t("findings.unread_texts", n=len(texts), names=", ".join(map(repr, texts[:5]))),
            len(texts), tuple(f"{name!r}: {_first_values(case, name)}" for name in texts[:3]),
            t("findings.unread_texts_back"),
        )  # fmt: skip
    if nested and roles == {"text"}:
        yield Finding(
            "warning", "nothing learnt",
            t("findings.unread_others", n=len(nested), names=", ".join(map(repr, nested[:5]))),
            len(nested), tuple(f"{name!r}: {_first_values(case, name)}" for name in nested[:3]),
            t("findings.unread_others_back"),
        )  # fmt: skip
