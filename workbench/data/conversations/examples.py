"""Conversations as examples: what is asked, the reply, and the whole of it, split."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ...i18n import t
from ..examples import Examples, split_tables
from ..fingerprint import fingerprint_of
from ..reading import sources
from ..settings import check_settings
from . import preferences, reading
from .cells import rows_in
from .layouts import LOOKED_AT, layout_of
from .messages import Conversation, Message
from .segments import not_found
from .stored import to_line

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ...recipe import Recipe


def load_conversations(recipe: Recipe) -> Examples:
    """Load, check and split the conversations of a recipe.

    Returns
    -------
    Examples
        Splits with ``text`` (what stands before the last reply that is learnt), ``reply`` (that
        reply), ``conversation`` (all of it, see :func:`.stored.to_line`) and ``row``; of a loss
        that compares two replies, ``text`` is what both answer, ``reply`` the chosen one, and
        there are ``rejected`` and ``rejected_conversation``.

    Raises
    ------
    DataError
        If no columns hold conversations, or none of them has a reply to learn.
    RecipeError
        Settings that do not apply to the task.
    """
    import pandas as pd

    check_settings(recipe)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    rows_of: Counter[str] = Counter()
    for note in (one for report in reports for one in report.notes):
        if note.severity == "warning":
            rows_of[note.what] += note.count
    tables: dict[str, pd.DataFrame] = {}
    counted = {"without": 0, "empty": 0}
    problems = []
    columns = ["text", "reply", "conversation", "row"]
    pairs = preferences.wanted(recipe)
    for name, split in splits.items():
        if pairs:
            both = preferences.read_pairs(recipe, name, split)
            problems += both.problems
            rows_of.update({what: len(places) for _, what, places in both.said()})
            if rows := [_pair(one) for one in both.pairs]:
                frame = pd.DataFrame(rows, columns=[*columns, "rejected", "rejected_conversation"])
                tables[name] = _keyed(frame, split, recipe, name)
            continue
        found = read_split(recipe, name, split)
        problems += found.problems
        rows = []
        for one in found.conversations:
            one, blank = without_empty(one)
            counted["empty"] += blank
            if not one.replies:
                counted["without"] += 1
                continue
            rows.append(example(one, one.replies[-1]))
        if rows:
            frame = pd.DataFrame(rows, columns=columns)
            tables[name] = _keyed(frame, split, recipe, name)
    for kind in reading.said(problems):
        if kind.severity != "info":
            rows_of[f"{kind.what} {kind.remedy}".strip()] += kind.count
    for kind, key in (("empty", "empty_replies"), ("without", "without_reply")):
        if counted[kind]:
            rows_of[t(f"conversations.{key}", n=counted[kind])] = counted[kind]
    notes = list(rows_of)
    if not tables:
        n = sum(map(len, splits.values()))
        raise DataError(
            t("conversations.nothing", n=n), " ".join(notes) or t("conversations.nothing_back")
        )
    strata = {name: np.zeros(len(frame), np.int64) for name, frame in tables.items()}
    about = recipe
    if pairs and recipe.split == "stratified" and not recipe.folds:
        about = recipe.replace(split="group", split_column="text")  # a question in one split
        tables = {name: frame.assign(key=frame["text"]) for name, frame in tables.items()}
    parts = split_tables(tables, strata, about, notes)
    counts = {name: {"examples": len(frame)} for name, frame in parts.items()}
    return Examples(parts, [], notes, fingerprint_of(parts, []), counts, rows_of=rows_of)


def read_split(recipe: Recipe, name: str, split: datasets.Dataset) -> reading.Read:
    """The conversations of one split, read as a recipe's columns and settings say.

    Raises
    ------
    DataError
        If no columns hold conversations.
    """
    plain = split.with_format(None)
    values = dict(plain[:LOOKED_AT])
    layout = layout_of(values, recipe.columns)
    if layout is None:
        raise not_found(values)
    return reading.read(
        rows_in(plain), layout=layout, split=name, nulls=True, roles=recipe.reading.get("roles"),
        reasoning=recipe.reading.get("reasoning", ""),
    )  # fmt: skip


def without_empty(one: Conversation) -> tuple[Conversation, bool]:
    """A conversation whose replies that say nothing are not learnt; whether it has some."""
    blank = [m.learnt and m.empty and m.reasoning is None for m in one.messages]
    if not any(blank):
        return one, False
    messages = tuple(
        dataclasses.replace(message, train=False) if gone else message
        for message, gone in zip(one.messages, blank, strict=True)
    )
    return dataclasses.replace(one, messages=messages), True


def example(one: Conversation, ask: int) -> tuple[str, str, str, int]:
    """Cells of a row: what stands before message ``ask``, that message, the whole, the row."""
    reply = said(one.messages[ask]) if ask < len(one.messages) else ""
    return before(one, ask), reply, to_line(one, ask), one.row


def _pair(one: preferences.Preference) -> tuple:
    """Cells of a row of two replies: those of the chosen one, the rejected one, its whole."""
    rejected = one.rejected.messages[one.ask]
    return (*example(one.chosen, one.ask), said(rejected), to_line(one.rejected, one.ask))


def before(one: Conversation, ask: int) -> str:
    """What stands before a message, as people read it: a question alone, or turns by who speaks."""
    turns = one.messages[:ask]
    if [message.role for message in turns] == ["user"]:
        return turns[0].content
    return "\n".join(f"{t(f'conversations.role_{m.role}')}: {said(m)}" for m in turns)


def said(message: Message) -> str:
    """What a turn says, with its calls as JSON."""
    calls = [
        json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
        for call in message.calls
    ]
    return "\n".join(filter(None, [message.content, *calls]))


def _keyed(
    frame: pd.DataFrame, split: datasets.Dataset, recipe: Recipe, name: str
) -> pd.DataFrame:
    """The frame with the column that splits are made by, where the recipe names one."""
    column = recipe.split_column
    if column is None:
        return frame
    if column not in split.column_names:
        from ...errors import nearest

        raise DataError(
            f"The split {name!r} has no column {column!r}.", nearest(column, split.column_names)
        )
    keys = split.with_format(None)[column]
    return frame.assign(key=[keys[row] for row in frame["row"]])
