"""Whether columns hold conversations, for the check that guesses the task of data."""

from __future__ import annotations

from typing import Any

from ...i18n import t
from ..columns import written_columns
from ..columns.role_names import LABEL_NAMES, NEGATIVES
from ..columns.texts_in_order import in_order
from .cells import PAIRS
from .layouts import BESIDE, RATHER, layout_of

#: Kinds that are nothing else; a question and an answer are text to text as well, a statement and
#: its reply, or whatever else no other task knows, are a conversation.
_SURE = ("messages", "halves", "instruction", "chosen")


def recognise(guess: Any, task: Any = None) -> dict[str, tuple[str, str]] | None:
    """Roles of a conversation's columns, each with the reason.

    Parameters
    ----------
    guess : workbench.data.columns.column_roles.Guess
    task : TaskSpec or None
        The task, where it is settled: then two columns of texts are a conversation too.
    """
    found = layout_of(guess.values, guess.given)
    placed = None
    if found is None and task is not None:
        placed = in_order(guess, "prompt", "reply", PAIRS, never=BESIDE, rather=RATHER)
        names = {role: name for role, (name, _) in (placed or {}).items()}
        found = layout_of(guess.values, names) if placed else None
    if found is None:
        return placed
    if task is None and found.kind not in _SURE:
        plain = found.kind == "pair" and not {"history", "wanted"} & set(found.columns)
        if plain and not found.rendered and _is_another(guess, found.columns["reply"]):
            return None
        if set(guess.named(*LABEL_NAMES)) - {found.columns.get("wanted")}:
            return None
    also = ""
    if found.rivals:
        also = f" So do {', '.join(map(repr, found.rivals[:3]))}, which are not read."
    first = ("messages", "prompt", "reply")
    wanted = found.columns.get("wanted", "")
    said = {"wanted": t("conversations.wanted", name=wanted)} if wanted else {}
    roles = {
        role: (name, found.reason + also if role in first else
               said.get(role, f"Its name is {name!r}."))
        for role, name in found.columns.items() if role != "id"
    }  # fmt: skip
    given = {role: (name, "It was given.") for role, name in guess.given.items()}
    return roles | (placed or {}) | given


def _is_another(guess: Any, reply: str) -> bool:
    """Whether a pair of columns is another task's too, which then has it."""
    others = written_columns.pair(guess) or guess.named(*NEGATIVES[:-2]) or guess.labelled()
    return bool(others) or guess.kind(reply) != "text"
