"""Columns of objects, such as ``{"doc": {"text": .., "lang": ..}}``, as columns of their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import t
from ..reading.reports import FileReport
from .known_columns import QUESTION_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES = ("name", "label", "title", "class", "category", "tag", "value", "text")
_OF_SPANS = frozenset("start end offset start_offset begin begin_offset".split())
_OF_TURNS = frozenset("role from speaker sender author content".split())
_OF_TASKS = frozenset(
    "messages conversations conversation dialog dialogue turns tools context".split()
)
_PASSAGES = frozenset(("text", "contents", "passage", "body"))  # beside a title, an id or a label
_MOST = 50  # parts of an object
_DEEP = 3
_KEPT = frozenset(QUESTION_COLUMNS["answers"])  # objects that a task reads


def with_parts(table: pa.Table, report: FileReport) -> pa.Table:
    """The table with ``doc.text`` and ``doc.lang`` in place of ``doc``, where all parts are plain.

    An object that holds lists stays as it is, as does one that a task reads itself (answers); so
    does one whose parts would take the name of another column. ``report`` says what was parted.
    """
    import pyarrow as pa

    parted = []
    for _ in range(_DEEP):
        found = [f for f in table.schema if _is_plain(f, set(table.column_names))]
        for field in found:
            place = table.column_names.index(field.name)
            parts = pa.table({field.name: table[field.name]}).flatten()
            table = table.remove_column(place)
            for n, name in enumerate(parts.column_names):
                table = table.add_column(place + n, name, parts[name])
            if not any(field.name.startswith(f"{one}.") for one in parted):
                parted.append(field.name)
        if not found:
            break
    if parted:
        shown = ", ".join(map(repr, parted[:5]))
        report.note(
            "info", "objects", t("data_notes.objects", n=len(parted), names=shown), "", len(parted)
        )
    return table


def with_names(table: pa.Table, report: FileReport) -> pa.Table:
    """The table with lists of names in place of lists of objects that each have a name.

    ``[{"name": "tax", "id": 3}]`` becomes ``["tax"]``; ``report`` says of which columns. Objects
    with lists or objects within, those with a text beside the name (passages, choices, entities),
    and those that a task reads itself (spans, turns) stay as they are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, list[str]] = {}
    for place, field in enumerate(table.schema):
        if (key := _name_key(field)) is None:
            continue
        whole = table[field.name].combine_chunks()
        parts = pc.struct_field(whole.values, key)
        if parts.null_count or whole.offset:
            values = [
                None if v is None else [one[key] for one in v if one and one[key] is not None]
                for v in whole.to_pylist()
            ]
            array = pa.array(values, pa.list_(parts.type))
        else:
            empty = whole.is_null() if whole.null_count else None
            array = pa.ListArray.from_arrays(whole.offsets, parts, mask=empty)
        table = table.set_column(place, field.name, array)
        found.setdefault(key, []).append(field.name)
    for key, names in found.items():
        shown = ", ".join(map(repr, names[:5]))
        report.note(
            "info", "objects", t("data_notes.named_labels", n=len(names), names=shown, key=key),
            t("data_notes.named_labels_back"), len(names),
        )  # fmt: skip
    return table


def _name_key(field: pa.Field) -> str | None:
    """Which part names each object of a column's lists; None where it holds no such lists."""
    import pyarrow as pa

    kind = field.type
    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return None
    if field.name.strip().lower() in (*_KEPT, *_OF_TASKS):
        return None
    parts = {part.name: part.type for part in kind.value_type}
    if any(pa.types.is_nested(one) for one in parts.values()):
        return None
    if set(parts) & (_OF_SPANS | _OF_TURNS):
        return None
    if set(parts) == {"label", "text"} and pa.types.is_boolean(parts["label"]):
        return None  # it says whether the text is learnt
    texts = [name for name in parts if pa.types.is_string(parts[name])]
    if len(texts) > 1 and _PASSAGES & set(texts):
        return None  # the name is that of a text, which says more
    named = next((name for name in _NAMES if name in texts), None)
    if named is not None and {"value", "document"} & set(texts) - {named}:
        return None  # it is the name of a value
    alone = len(parts) == 1 and texts and not texts[0].lower().endswith("id")
    return named or (texts[0] if alone else None)


def _is_plain(field: pa.Field, names: set[str]) -> bool:
    """Whether a column holds objects of plain values, or of such objects."""
    import pyarrow as pa

    kind = field.type
    if not pa.types.is_struct(kind) or field.name.strip().lower() in _KEPT:
        return False
    parts = [kind.field(n) for n in range(kind.num_fields)]
    if not 0 < len(parts) <= _MOST or any(f"{field.name}.{p.name}" in names for p in parts):
        return False
    return all(not pa.types.is_nested(p.type) or _is_plain(p, names) for p in parts)
