"""Columns of objects, such as ``{"doc": {"text": .., "lang": ..}}``, as columns of their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import t
from ..reading.reports import FileReport
from .known_columns import QUESTION_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

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
