"""Conversations in files: lists of messages are kept as JSON text, each row's as it was written.

As columns of objects they would be brought to one kind: a call would get the arguments of all other
rows as nulls, and a number beside a text would become a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...i18n import t
from ..columns.role_names import LABEL_NAMES
from ..conversations.cells import messages_in
from ..conversations.layouts import LOOKED_AT
from ..conversations.one_message import CONTENT_KEYS, NAMES, ROLE_KEYS, is_message
from ..conversations.reasoning import TAGS
from . import Shape, Source

if TYPE_CHECKING:
    import pyarrow as pa

_ALONE = tuple("messages conversations conversation chat dialogue dialog".split())
_BESIDE = ("tools", "functions", "available_tools")
_IDS = ("conversation_id", "conv_id", "dialog_id", "dialogue_id", "session_id", "thread_id",
        "chat_id", "conversation", "dialog", "dialogue", "session", "thread")  # fmt: skip
_MARK = re.compile(r"</?([A-Za-z_:]+)>")
_ORDERS = ("turn", "turn_id", "turn_idx", "turn_index", "position", "index", "order",
           "utterance_id")  # fmt: skip


def _objects(first: list[dict], source: Source) -> Callable | None:
    """Objects with lists of messages under one key or several."""
    names = [name for name in dict.fromkeys(n for row in first for n in row) if _holds(first, name)]
    if not names:
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        count = 0
        for number, row in objects:
            count += 1
            yield number, {
                name: _text(value) if name in names or name.lower() in _BESIDE else value
                for name, value in row.items()
            }
        source.report.note(
            "info", "conversations",
            t("conversations.found", n=count, file=source.name, names=", ".join(map(repr, names))),
            t("conversations.found_back"), count,
        )  # fmt: skip

    return rows


def _holds(rows: list[dict], name: str) -> bool:
    cells = [row[name] for row in rows if row.get(name) not in (None, [], "")]
    lists = [cell for cell in cells if not isinstance(cell, str)]
    return bool(lists) and sum(messages_in(cell) is not None for cell in lists) >= 0.9 * len(lists)


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _documents(content: Any, source: Source) -> list[dict] | None:
    """A list of lists of messages, one such list, or one object with it."""
    if isinstance(content, dict):
        name = next((n for n in _ALONE if n in content), None)
        if name is None or not _messages(content[name]):
            return None
        rows = [content]
    elif isinstance(content, list) and content and all(map(_messages, content)):
        rows = [{"messages": one} for one in content]
    elif _messages(content) and all(len(one) <= 4 for one in content) and _takes_turns(content):
        rows = [{"messages": content}]
    else:
        return None
    found = _objects(rows, source)
    return None if found is None else [row for _, row in found(iter(enumerate(rows)))]


def _messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_message, value))


def _takes_turns(content: list[dict]) -> bool:
    """Whether messages that stand alone in a file are one conversation."""
    words = [next((m[k] for k in ROLE_KEYS if isinstance(m.get(k), str)), "") for m in content]
    roles = [NAMES.get(word.lower()) for word in words]
    return {"user", "assistant"} <= set(roles) and roles.count("system") <= 1


def _rows(table: pa.Table, source: Source) -> pa.Table | None:
    """A message a row, with what conversation it is of: a row a conversation."""
    import pyarrow as pa

    by_lower = {name.strip().lower(): name for name in table.column_names}
    role = next((by_lower[n] for n in ROLE_KEYS if n in by_lower), None)
    said = next((by_lower[n] for n in CONTENT_KEYS if n in by_lower), None)
    of = next((by_lower[n] for n in _IDS if n in by_lower), None)
    if None in (role, said, of) or any(name in by_lower for name in LABEL_NAMES):
        return None
    words = table[role].slice(0, 2000).to_pylist()
    known = [NAMES.get(w.strip().lower()) for w in words if isinstance(w, str)]
    if sum(map(bool, known)) < 0.9 * len(words) or not {"user", "assistant"} <= set(known):
        return None
    order = next((by_lower[n] for n in _ORDERS if n in by_lower), None)
    rest = [n for n in table.column_names if n not in (role, said, of, order)]
    groups: dict[Any, list[dict]] = {}
    for row in table.to_pylist():
        kept = {n: row[n] for n in rest if row[n] not in (None, "")}
        groups.setdefault(row[of], []).append(
            {"role": row[role], "content": row[said], **kept, "_at": row.get(order)}
        )
    numbers = order is not None and all(
        isinstance(one["_at"], (int, float)) for group in groups.values() for one in group
    )
    texts = []
    for group in groups.values():
        group = sorted(group, key=lambda one: one["_at"]) if numbers else group
        texts.append(_text([{k: v for k, v in one.items() if k != "_at"} for one in group]))
    source.report.note(
        "info", "conversations",
        t("conversations.grouped", n=len(groups), rows=table.num_rows, file=source.name, name=of),
        t("conversations.found_back"), len(groups),
    )  # fmt: skip
    return pa.table({of: list(groups), "messages": pa.array(texts, pa.string())})


def _as_it_is(table: pa.Table, source: Source) -> pa.Table | None:
    """A table with conversations, or with texts that think between tags: marks are no entities."""
    head = table.slice(0, LOOKED_AT)
    texts = [name for name in head.column_names if _is_text(head.schema.field(name).type)]
    cells = {name: [c for c in head[name].to_pylist() if c and c.strip()] for name in texts}
    for found in filter(None, cells.values()):
        if sum(messages_in(cell) is not None for cell in found) >= 0.9 * len(found):
            return table
    marks = {mark for found in cells.values() for cell in found for mark in _MARK.findall(cell)}
    return table if marks and {m.lower() for m in marks} <= TAGS else None


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


DOCUMENTS = (Shape("conversations", _documents),)
OBJECTS = (Shape("conversations", _objects),)
TABLES = (Shape("conversations", _as_it_is), Shape("conversation rows", _rows))
