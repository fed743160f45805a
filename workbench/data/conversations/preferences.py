"""Two replies to the same, of which one was preferred: read, checked and split."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from ...i18n import t
from . import reading
from .cells import rows_in
from .layouts import LOOKED_AT, Layout, layout_of, mostly_ask
from .messages import Conversation, Message

if TYPE_CHECKING:
    import datasets

    from ...recipe import Recipe

NEEDS = "rejected"  # the role of the reply that was not preferred
#: Why a row is no pair: the same twice, a side that says nothing, or other turns before them.
LEFT = ("same", "empty", "apart", "one_side")


@dataclasses.dataclass(frozen=True)
class Preference:
    """One pair.

    Attributes
    ----------
    chosen, rejected : Conversation
        Whole, of which what both begin with is not learnt.
    ask : int
        How many messages both begin with.
    """

    chosen: Conversation
    rejected: Conversation
    ask: int


@dataclasses.dataclass
class Preferences:
    """What was read of a split: ``pairs``, ``problems`` of reading either side, and ``left``, the
    places of rows by the reason of :data:`LEFT`."""

    pairs: list[Preference]
    problems: list[Any]
    left: dict[str, list[str]]

    def said(self) -> list[tuple[str, str, list[str]]]:
        """Reason, sentence and places of what was left out."""
        return [(why, t(f"preferences.{why}.what", n=len(places)), places)
                for why, places in self.left.items() if places]  # fmt: skip


def wanted(recipe: Recipe) -> bool:
    """Whether a recipe's loss compares pairs."""
    from ...recipe import LOSSES

    return getattr(LOSSES.module(recipe.loss["kind"]), "NEEDS", None) == NEEDS


def rejected_column(names: Iterable[str], given: dict[str, str]) -> str | None:
    """The column of what was not preferred, if there is one."""
    if NEEDS in given:
        return given[NEEDS]
    return next((name for name in names if name.strip().lower() == NEEDS), None)


def layout_of_pairs(
    values: dict[str, list], given: dict[str, str]
) -> tuple[Layout, str, str] | None:
    """How the chosen side is read, its column, and the column of the rejected one; None where the
    columns hold no such pairs."""
    other = rejected_column(values, given)
    if other is None or other not in values:
        return None
    rest = {role: name for role, name in given.items() if role != NEEDS}
    left = {name: cells for name, cells in values.items() if name != other}
    found = layout_of(left, rest)
    best = next((name for name in left if name.strip().lower() == "chosen"), None)
    whole = found.columns.get("messages", "") if found else ""
    if best and whole.strip().lower() == "messages":  # what is asked, or the chosen side once more
        sides = {"prompt": whole, "reply": best} if mostly_ask(left[whole]) else {"messages": best}
        found = layout_of(left, sides) or found
    if found is None:
        return None
    chosen = found.columns.get("reply", found.columns.get("messages"))
    return None if chosen is None else (found, chosen, other)


def read_pairs(recipe: Recipe, name: str, split: datasets.Dataset) -> Preferences:
    """The pairs of one split, read as a recipe's columns and settings say.

    A prompt with two replies, or two conversations that begin alike: what both begin with is the
    prompt, and of what follows the assistant's turns are compared.

    Raises
    ------
    DataError
        If no columns hold such pairs.
    """
    plain = split.with_format(None)
    found = layout_of_pairs(dict(plain[:LOOKED_AT]), recipe.columns)
    if found is None:
        names = ", ".join(map(repr, split.column_names[:8]))
        raise DataError(t("preferences.none", names=names), t("preferences.none_back"))
    layout, chosen, other = found
    sides: list[dict[int, Conversation]] = []
    problems: dict[Any, None] = {}  # those of what stands before both are said once
    whole = list(rows_in(plain))
    for column in (chosen, other):
        rows = [{**row, chosen: row[column]} for row in whole]
        read = reading.read(
            rows, layout=layout, split=name, nulls=True, roles=recipe.reading.get("roles"),
            reasoning=recipe.reading.get("reasoning", ""),
        )  # fmt: skip
        problems |= dict.fromkeys(read.problems)
        sides.append({one.row: one for one in read.conversations})
    made = Preferences([], list(problems), {why: [] for why in LEFT})
    for row in sorted({*sides[0], *sides[1]}):
        one, another = (side.get(row) for side in sides)
        if one is None or another is None:
            made.left["one_side"].append((one or another).place)  # type: ignore[union-attr]
            continue
        pair = compared(one, another)
        if isinstance(pair, str):
            made.left[pair].append(one.place)
        else:
            made.pairs.append(pair)
    return made


def compared(chosen: Conversation, rejected: Conversation) -> Preference | str:
    """Both with what they begin with alike masked; or why they are no pair, of :data:`LEFT`."""
    ask = 0
    for one, other in zip(chosen.messages, rejected.messages, strict=False):
        if _said(one) != _said(other):
            break
        ask += 1
    if ask == len(chosen.messages) == len(rejected.messages):
        return "same"
    rests = [one.messages[ask:] for one in (chosen, rejected)]
    if any(not rest or rest[0].role != "assistant" for rest in rests):
        return "apart"
    if any(rest[0].empty for rest in rests):
        return "empty"
    if ask == 0:
        return "apart"  # nothing was asked
    return Preference(*(_masked(one, ask) for one in (chosen, rejected)), ask)


def _said(message: Message) -> tuple:
    return message.role, message.content, message.reasoning, message.calls


def _masked(one: Conversation, ask: int) -> Conversation:
    """The conversation of which only replies from message ``ask`` on are learnt."""
    messages = tuple(
        dataclasses.replace(message, train=number >= ask and not message.empty)
        if message.role == "assistant" else message
        for number, message in enumerate(one.messages)
    )  # fmt: skip
    return dataclasses.replace(one, messages=messages)
