"""Two roles for columns of texts that no pair of usual names tells apart: taken in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...i18n import t
from .judged_columns import JudgedColumns, Roles
from .role_names import pieces

ASKING = frozenset("question query prompt instruction source frage pregunta domanda 问题".split())
ANSWERING = frozenset(
    "reply response answer summary target completion output translation antwort réponse respuesta "
    "risposta zusammenfassung résumé resumen übersetzung traducción 回答 答案 摘要 译文".split()
)
_POINTING = frozenset("id ids uid uuid guid url uri link href file filename path doi".split())
_POINTER = re.compile(
    r"(https?://|www\.)\S+|[\w./\\:#+-]*\d[\w./\\:#+-]*|.*\w\.[a-z]\w{1,4}",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 64  # characters of a code
_UNLIKE = 0.9  # share of different values among codes
_KEYS = ("data_notes.first_text", "data_notes.second_text")
_LONGEST_TEXT = "data_notes.longest_text"


def in_order(
    judged: JudgedColumns, first: str, second: str, pairs: Any, *,
    never: Sequence[str] = (), rather: Sequence[str] = (), longest: bool = False,
) -> Roles | None:
    """Two roles for two columns of texts; None where there are no two, or others were given.

    A column whose name is usual for one of the two has that role, wherever it stands; for the rest
    the one that comes first is the first. Ids, addresses and names of files are neither, nor are
    columns of codes, a different one in each row, where two others hold texts.

    Parameters
    ----------
    judged : JudgedColumns
    first, second : str
        The roles.
    pairs : sequence of (str, str)
        Usual names of the two.
    never : sequence of str
        Columns that have another role.
    rather : sequence of str
        Columns that have another role where two are left without them.
    longest : bool
        Whether, where a name says the second alone, the first is the one with the longest texts.
    """
    if set(judged.given) - {first, second}:
        return None
    roles: Roles = {role: (name, "It was given.") for role, name in judged.given.items()}
    free = _left(judged, set(judged.given.values()), never, rather, 2 - len(roles))
    sides = {name: _side(name, pairs) for name in free}
    said_by = list(sides.values())
    for at, role in enumerate((first, second)):
        if role in roles or not free:
            continue
        named = [name for name in free if sides[name] == at]
        left = named or [n for n in free if sides[n] is None] or free
        name, key = left[0], _KEYS[at]
        if longest and role == first and len(left) > 1 and not named and said_by.count(1) == 1:
            name, key = max(left, key=lambda one: judged.columns[one].words), _LONGEST_TEXT
        alone = named and said_by.count(at) == 1  # of two such names the place decides
        roles[role] = (name, f"Its name is {name!r}." if alone else t(key))
        free.remove(name)
    return roles if len(roles) == 2 else None


def by_place(reasons: dict[str, str]) -> list[str]:
    """Roles that no name gave their column, but its place or its length, the first one first."""
    keys = (_LONGEST_TEXT, *_KEYS)
    return [role for key in keys for role, said in reasons.items() if said == t(key)]


def rivals(judged: JudgedColumns, roles: Roles) -> dict[str, list[str]]:
    """Columns that could as well have a role that a column's place decided, by role.

    Where both roles are of that kind the first one could as well be the second.
    """
    placed = by_place({role: said for role, (_, said) in roles.items()})
    taken = {n.strip() for name, _ in roles.values() for n in (name, *name.split(","))}
    others = [n for n in _left(judged, taken, (), (), 0) if judged.kind(n) == "text"]
    found = {role: list(others) for role in placed}
    if len(placed) == 2:
        found[placed[0]].insert(0, roles[placed[1]][0])
    return found


def _left(
    judged: JudgedColumns, taken: set[str], never: Sequence[str], rather: Sequence[str], wanted: int
) -> list[str]:
    """Columns of texts that may have a role, without those of other roles."""
    out = {*taken, *judged.named(*never)}
    free = [c.name for c in judged.texts(out) if not _is_pointer(judged, c.name, called=True)]
    free = [name for name in free if judged.kind(name) == "text"] or free
    sure = [name for name in free if not _is_pointer(judged, name)]
    plain = [name for name in sure if not _is_code(judged, name)]
    for fewer in (plain, sure) if wanted else (sure,):  # what was passed over is a rival
        for left in ([n for n in fewer if n not in judged.named(*rather)], fewer):
            if len(left) >= wanted:
                return left
    return free


def _is_code(judged: JudgedColumns, name: str) -> bool:
    """Whether hardly a value comes twice and none has a blank: names by which rows are called."""
    cells = [cell.strip() for cell in judged.values.get(name, ()) if isinstance(cell, str)]
    cells = [cell for cell in cells if cell]
    alike = all(cell.isascii() and len(cell) <= _LONGEST and len(cell.split()) == 1
                for cell in cells)  # fmt: skip
    return alike and len(set(cells)) >= _UNLIKE * len(cells)


def _is_pointer(judged: JudgedColumns, name: str, *, called: bool = False) -> bool:
    """Whether texts are ids, addresses or names of files; ``called``: the name says so, too."""
    cells = [cell.strip() for cell in judged.values.get(name, ()) if isinstance(cell, str)]
    cells = [cell for cell in cells if cell]
    if called:
        one = all(cell.isascii() and len(cell.split()) == 1 for cell in cells)
        return one and not _POINTING.isdisjoint(pieces(name))
    return bool(cells) and all(map(_POINTER.fullmatch, cells))


def is_answering(name: str, *, wholly: bool = False) -> bool:
    """Whether a column is called as what is said to another text is; ``wholly``: by each word."""
    found = set(pieces(name))
    return bool(found) and (found <= ANSWERING if wholly else not found.isdisjoint(ANSWERING))


def _side(name: str, pairs: Any) -> int | None:
    """Which of two roles a name is usual for, 0 or 1; None where it says nothing, or both."""
    firsts, seconds = zip(*pairs, strict=True)
    lower = name.lower().strip()
    found = [lower in firsts, lower in seconds]
    if not any(found):
        found = [not names.isdisjoint(pieces(name)) for names in (ASKING, ANSWERING)]
    return None if found[0] == found[1] else found.index(True)
