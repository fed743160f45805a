"""What a cell of a table holds of a conversation: messages, their JSON text, pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..columns import written_values
from .one_message import is_message, role_of
from .tool_calls import loaded

if TYPE_CHECKING:
    import datasets

#: What is asked and what is answered, as columns are called, and keys of objects.
PAIRS = (
    ("prompt", "completion"), ("prompt", "response"), ("instruction", "output"),
    ("instruction", "response"), ("query", "response"), ("question", "answer"),
    ("statement", "reply"), ("statement", "replies"), ("statement", "response"),
    ("utterance", "reply"), ("utterance", "response"), ("message", "reply"),
    ("message", "response"), ("post", "reply"), ("post", "response"), ("comment", "reply"),
    ("user", "bot"), ("human", "bot"), ("user", "assistant"), ("human", "assistant"),
    ("input", "output"),
    ("prompt", "answer"), ("question", "response"), ("context", "response"), ("question", "reply"),
    *((asked, "chosen") for asked in ("prompt", "question", "instruction", "input")),
    ("questions", "answers"), ("instruction", "completion"),
    ("prompt", "reply"),
    ("问题", "回答"), ("指令", "输出"),
)  # fmt: skip


def rows_in(split: datasets.Dataset) -> Iterator[dict]:
    """Rows of a split, read many at a time, which is a few times as fast."""
    for start in range(0, len(split), 1000):
        columns = split[start : start + 1000]
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))


def asks(cell: Any) -> bool:
    """Whether the messages of a cell end with what is to be answered: of the user, or a tool's."""
    last = (messages_in(cell) or [None])[-1]
    return is_message(last) and role_of(last, {})[0] in ("user", "tool")


def messages_in(cell: Any) -> list | None:
    """The messages of a cell that is a list of them, its JSON text, or a list of pairs."""
    found = as_written(cell) if isinstance(cell, str) else cell
    if isinstance(found, dict) and "messages" in found:
        found = loaded(found["messages"])
    if isinstance(found, dict) and is_message(_first_of(found)):
        rows = zip(*found.values(), strict=True)
        found = [dict(zip(found, values, strict=True)) for values in rows]
    if not isinstance(found, (list, tuple)) or isinstance(cell, str) and found is cell:
        return None
    kept = [loaded(one) for one in found if one is not None]
    if any(is_message(one) for one in kept):
        return kept
    if kept and all(isinstance(one, dict) and pair_of(one) is not None for one in kept):
        return kept
    return None


def _first_of(lists: dict) -> dict | None:
    """The first of the objects that are kept as one object of lists, as some libraries keep lists
    of objects; None for other objects."""
    kept = list(lists.values())
    if not kept or not all(isinstance(one, (list, tuple)) and len(one) for one in kept):
        return None
    same = len({len(one) for one in kept}) == 1
    return {key: one[0] for key, one in lists.items()} if same else None


def as_written(cell: str) -> Any:
    """What a cell writes out in JSON, or in Python's way as a table of pandas does; or itself."""
    found = loaded(cell)
    if isinstance(found, str) and "'" in cell and written_values.is_written(cell):
        try:
            return written_values.read(cell)
        except ValueError:
            return found
    return found


def pair_of(one: dict) -> tuple[str, Any, Any] | None:
    """Both sides of an object that is a question and its answer: ``{"human": .., "bot": ..}``."""
    by_lower = {str(key).lower(): key for key in one}
    for asked, said in (*PAIRS, ("human", "gpt")):
        if asked in by_lower and said in by_lower:
            return asked, one[by_lower[asked]], one[by_lower[said]]
    return None
