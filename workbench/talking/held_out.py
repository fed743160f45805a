"""Rows that a run did not learn, as the beginning of a conversation."""

from __future__ import annotations

from typing import Any

from ..data.conversations.stored import from_line
from ..errors import DataError
from ..i18n import t
from .seats import CONVERSATION, TEXT, Seat
from .turns import Turn

BEGINNING = 400  # characters of a text that are gone on with, at most half of it


def opened(seat: Seat, way: str, split: str, row: int) -> dict[str, Any]:
    """What a turn is made of that begins with a row: the fields of :class:`.turns.Turn`.

    Parameters
    ----------
    seat : Seat
        Of a run.
    way : str
        How it is asked.
    split : {'test', 'validation'}
    row : int
        Place in the run's predictions of that split, from 0.

    Raises
    ------
    RunError
        If the run has no such predictions.
    DataError
        If there is no such row, or the seat is no run's.
    """
    if not seat.run:
        raise DataError(t("talking.no_rows", name=seat.name), t("talking.no_rows_back"))
    table = seat.the_run().predictions(split)
    if not 0 <= row < len(table):
        raise DataError(t("talking.row", row=row, split=split, n=len(table)),
                        t("talking.row_back", last=len(table) - 1))  # fmt: skip
    about = table.iloc[row]
    found: dict[str, Any] = {"row": [split, row]}
    if way == CONVERSATION:
        one, ask = from_line(about["conversation"])
        ask = len(one.messages) - 1 if ask is None else ask
        before = one.as_dicts()[:ask]
        asked = before.pop()["content"] if before and before[-1]["role"] == "user" else ""
        return found | {"text": asked, "before": before, "tools": list(one.tools),
                        "truth": one.messages[ask].content}  # fmt: skip
    text = str(about["text"])
    if way == TEXT:
        truth = about["label"] if "label" in table.columns else None
        return found | {"text": text, "truth": truth if isinstance(truth, str) else None}
    cut = min(len(text) // 2, BEGINNING)
    cut = max(text.rfind(" ", 0, cut), text.rfind("\n", 0, cut)) if cut else 0
    cut = cut if cut > 0 else min(len(text) // 2, BEGINNING)
    return found | {"text": text[:cut], "truth": text[cut:]}


def first_turn(number: int, seats: int, blind: bool, **about: Any) -> Turn:
    """A turn that nobody has answered yet."""
    none = {"answers": [[] for _ in range(seats)], "chosen": [-1] * seats}
    return Turn(number, blind=blind, **none, **about)
