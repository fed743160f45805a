"""What somebody wants a reply to: a question, a conversation, or a table of such."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ...data.conversations import reading
from ...data.conversations.examples import example
from ...data.conversations.layouts import LOOKED_AT, layout_of
from ...data.conversations.messages import Conversation, Message
from ...data.conversations.one_message import is_message
from ...data.conversations.segments import not_found, segments_in
from ...data.conversations.stored import from_line
from ...errors import DataError
from ...i18n import t
from ..shared.asking import check_strings

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


def frame_of(data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Conversations to be gone on with, checked.

    A text is a question of its own; a list of messages is one conversation; a table has the
    recipe's columns, or one column of questions. A conversation that ends with a reply is asked
    for that reply, and what it says is known.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``conversation`` and, where all conversations end with a reply, ``reply``.

    Raises
    ------
    DataError
        If there is no such column, or a row is no conversation.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        found = _of_table(data, recipe)
    elif data and all(isinstance(one, (list, tuple)) and one and all(map(is_message, one))
                      for one in data):  # fmt: skip
        found = _of_rows([{"messages": list(one)} for one in data], recipe)
    else:
        check_strings(data)
        found = [Conversation((Message("user", text),), row=n) for n, text in enumerate(data)]
    found = [_without_empty_reply(one) for one in found]
    asks = [_asked_at(one) for one in found]
    rows = [example(one, ask) for one, ask in zip(found, asks, strict=True)]
    frame = pd.DataFrame(rows, columns=["text", "reply", "conversation", "row"])
    known = all(ask < len(one.messages) for one, ask in zip(found, asks, strict=True))
    return frame.drop(columns=["row"] if known and len(frame) else ["row", "reply"])


def with_reply(text: str, reply: str | None) -> pd.DataFrame:
    """One conversation that goes on with a reply, as a frame to be encoded.

    Parameters
    ----------
    text : str
        A line of :mod:`workbench.data.conversations.stored`, whose ``ask`` says where the reply
        belongs; any other text is a question by itself.
    reply : str or None
        None takes the reply of the line, and so does its text: with reasoning and calls.

    Raises
    ------
    DataError
        If there is no reply.
    """
    import pandas as pd

    one, ask = Conversation((Message("user", text),)), 1
    if text.startswith('{"messages"'):
        try:
            one, asked = from_line(text)
            ask = _asked_at(one) if asked is None else asked
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # it only looks like one
    known = one.messages[ask] if ask < len(one.messages) else None
    if known is not None and known.role == "assistant" and reply in (None, example(one, ask)[1]):
        said = dataclasses.replace(known, train=None)  # with what it thinks and calls
    elif isinstance(reply, str):
        said = Message("assistant", reply)
    else:
        raise DataError(t("written.missing"), t("written.missing_back"))
    whole = Conversation((*one.messages[:ask], said), one.tools, one.row, one.id, one.split)
    return pd.DataFrame([example(whole, ask)], columns=["text", "reply", "conversation", "row"])


def _without_empty_reply(one: Conversation) -> Conversation:
    """The conversation up to what is to be answered, where the place of the answer is empty."""
    if len(one.messages) > 1 and one.messages[-1].role == "assistant" and one.messages[-1].empty:
        return dataclasses.replace(one, messages=one.messages[:-1])
    return one


def _asked_at(one: Conversation) -> int:
    """Number of the message that is wanted: the reply at the end, or the one that follows."""
    last = one.messages[-1]
    return len(one.messages) - (last.role == "assistant" and not last.empty)


def _of_table(data: pd.DataFrame, recipe: Recipe) -> list[Conversation]:
    nothing: Any = None
    plain = data.astype(object).where(data.notna(), nothing)
    rows = [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
    if rows and all(map(is_message, rows)) and "messages" not in recipe.columns:
        return _of_rows([{"messages": rows}], recipe)  # each row is a turn of one conversation
    prompt = recipe.columns.get("prompt", "prompt")
    names = [str(name) for name in plain.columns]
    values = {name: plain[name].tolist()[:LOOKED_AT] for name in names}
    reply = recipe.columns.get("reply", "reply")
    if prompt in names and reply not in names:  # what else a prompt needs is read beside no reply
        given = {"prompt": prompt, "reply": reply, **recipe.columns}
        if layout_of({**values, reply: [None] * len(plain)}, given) is not None:
            whole = recipe.replace(columns=given)
            return _of_rows([{**row, reply: None} for row in rows], whole)
    if layout_of(values, recipe.columns) is None:
        column = prompt if prompt in names else names[0] if len(names) == 1 else None
        column = next((n for n in ("question", "text") if n in names), None) if column is None \
            else column  # fmt: skip
        if column is None or segments_in(values):
            raise not_found(values)
        check_strings(plain[column])
        return [
            Conversation((Message("user", text),), row=n) for n, text in enumerate(plain[column])
        ]
    return _of_rows(rows, recipe)


def _of_rows(rows: list[dict[str, Any]], recipe: Recipe) -> list[Conversation]:
    names = dict.fromkeys(name for row in rows for name in row)
    layout = layout_of(
        {n: [row.get(n) for row in rows[:LOOKED_AT]] for n in names}, recipe.columns
    )
    if layout is not None:  # a reply is wanted, whatever was thought of the one that is there
        columns = {role: name for role, name in layout.columns.items() if role != "wanted"}
        layout = dataclasses.replace(layout, columns=columns)
    found = reading.read(
        rows, layout=layout, split="asked", nulls=True, roles=recipe.reading.get("roles"),
        reasoning=recipe.reading.get("reasoning", ""),
    )  # fmt: skip
    empty = [one.place for one in found.conversations if not one.messages]
    if wrong := found.left or empty:
        why = next((said.what for said in found.said()), "")
        raise DataError(
            t("chat.unreadable", n=len(wrong), places=", ".join(wrong[:3])),
            why or t("conversations.none_back"),
        )
    return found.conversations
