"""What else a column could be: rivals of those that were guessed, and all that could be chosen."""

from __future__ import annotations

from ...task_spec import Role
from . import texts_in_order, written_columns
from .judged_columns import JudgedColumns, Roles
from .role_names import LABEL_NAMES, ends_with, pieces, text_named

_RATINGS = frozenset(
    "rating stars score quality note bewertung sterne polarity estrellas étoiles overall".split()
)
_FEW = 50  # values of a column that is named as a rival


def rivals(
    judged: JudgedColumns, roles: Roles, *, task_is_open: bool = False
) -> dict[str, tuple[str, ...]]:
    """Columns that could as well have a role that was guessed, by role.

    Where the task was guessed too, ``label`` has the columns beside a source and a target whose
    values repeat: they could be what is to be learnt.
    """
    found = {}
    if "label" in roles and "label" not in judged.given:
        found["label"] = _label_rivals(judged, roles)
    if "text" in roles and "text" not in judged.given and "pair" not in roles:
        found["text"] = _text_rivals(judged, roles)
    if {"source", "target"} <= set(roles) and "target" not in judged.given:
        found["target"] = written_columns.rivals(judged, roles)
    if task_is_open and {"source", "target"} <= set(roles):
        taken = {name for name, _ in roles.values()}
        fit = [n for n in judged.fitting() if judged.columns[n].distinct <= _FEW]
        found["label"] = [n for n in fit if n not in taken]
    found |= texts_in_order.rivals(judged, roles)
    return {role: tuple(names) for role, names in found.items() if names}


def _label_rivals(judged: JudgedColumns, roles: Roles) -> list[str]:
    chosen = roles["label"][0]
    taken = {name for name, _ in roles.values()} | {n.strip() for n in chosen.split(",")}
    fit = [n for n in judged.fitting() if judged.columns[n].distinct <= _FEW]
    fit += [n for n, c in judged.columns.items() if c.kind == "fraction"]
    fit += [n for n, c in judged.columns.items() if c.kind in ("texts", "wholes")]
    called = judged.named(*LABEL_NAMES) + ends_with(judged.columns, LABEL_NAMES)
    if chosen in called:
        asked = judged.binary() if _is_rating(chosen) else []
        fit = [name for name in fit if name in called or name in asked]
    return [n for n in fit if n not in taken and not _says_the_same(judged, chosen, n)]


def _is_rating(name: str) -> bool:
    """Whether a column's name speaks of a grade: a yes or no beside it is as likely a label."""
    return pieces(name)[-1:] != [] and pieces(name)[-1] in _RATINGS


def _says_the_same(judged: JudgedColumns, one: str, other: str) -> bool:
    """Whether two columns name the same classes in two ways (``label`` and ``label_text``)."""
    if one not in judged.values:
        return False
    pairs = set(zip(map(repr, judged.values[one]), map(repr, judged.values[other]), strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def _text_rivals(judged: JudgedColumns, roles: Roles) -> list[str]:
    chosen = judged.columns.get(roles["text"][0])
    if chosen is None:
        return []
    told = "label" in roles and chosen.name in text_named(judged.by_lower)
    least = chosen.words * (1.5 if told else 0.5)  # texts alone: what is passed over is learnt not
    taken = {name for name, _ in roles.values()}
    return [
        c.name for c in judged.texts(taken)
        if c.kind == "text" and c.words >= max(least, 3) and not c.repeats
    ]  # fmt: skip


def choices(judged: JudgedColumns, role: Role) -> list[str]:
    """Columns that could have a role, those of a fitting kind first."""
    labels = ("class", "boolean", "whole", "fraction", "texts", "wholes")
    fitting = {
        **dict.fromkeys(("label", "labels", "number"), labels),
        "tokens": ("texts",),
        "tags": ("texts", "wholes"),
        "answers": ("object", "text", "class"),
        "messages": ("object", "text"),
    }.get(role.kind, ("text", "class"))
    return sorted(judged.columns, key=lambda name: judged.kind(name) not in fitting)
