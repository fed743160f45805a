"""Beginning a conversation, or going on with one that was kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_files import open_plain
from ..errors import DataError, RunError
from ..i18n import t
from .seats import UNTUNED, Seat, seat_of
from .stored import fill, of_json
from .talks import Talk

if TYPE_CHECKING:
    from ..training.run import Run


def talk(
    source: Run | str | Seat, beside: Run | str | Seat | None = None, *, task: str | None = None,
    row: int | None = 0, split: str = "test", system: str | None = None,
    generation: Mapping[str, Any] | str | None = None, blind: bool = False, seed: int = 0,
    max_length: int | None = None,
) -> Talk:  # fmt: skip
    """Talk to a model, or to two side by side.

    Parameters
    ----------
    source : Run, str
        A run of a task that writes, or a model's reference.
    beside : Run, str, optional
        A second one that is asked the same; ``"untuned"`` is the model that the run began with.
    task : str, optional
        How a model is asked that is no run's: ``"chat"`` (the default), ``"text-to-text"``,
        ``"language-modelling"``.
    row, split : int or None, {'test', 'validation'}
        The held-out row that the conversation begins with; None begins empty, as does a model that
        is no run's, and a run that has no predictions yet, which a note says.
    system : str, optional
        What the system says, in place of what the row has; of conversations alone.
    generation : mapping or str, optional
        How words are chosen, as in a recipe; that of the run when left out.
    blind : bool
        Whether the two sides are shuffled anew at each turn.
    seed : int
        Of the shuffling.
    max_length : int, optional
        Tokens that are read at most: 4,096 when left out, or what the model has places for; of a
        text for a text the recipe's.

    Raises
    ------
    WorkbenchError
        If a source is none, writes nothing, or the two are asked in different ways.
    """
    first = seat_of(source, task=task)
    seats = [first]
    if isinstance(beside, str) and beside == UNTUNED:
        if not first.run:
            raise DataError(t("talking.no_start", name=first.name), t("talking.no_start_back"))
        seats.append(Seat(run=first.run, tuned=False))
    elif beside is not None:
        seats.append(seat_of(beside, task=task or first.recipe().task))
    made = Talk(seats, system=system, generation=generation, blind=blind, seed=seed,
                max_length=max_length, split=split)  # fmt: skip
    if row is not None and first.run:
        try:
            made.open_row(row)
        except RunError as error:  # it trains, or lost its table
            made.notes.append(str(error))
    return made


def open_talk(source: str | Path) -> Talk:
    """A conversation that was kept: the text of ``Talk.to_json``, or the file of ``Talk.save``.

    Raises
    ------
    DataError
        If it is none, or cannot be read.
    WorkbenchError
        If who speaks in it is gone.
    """
    text = str(source)
    if not text.lstrip().startswith("{"):
        try:
            with open_plain(Path(source)) as file:
                text = file.read().decode("utf-8")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            said = t("talking.unreadable", why=why)
            raise DataError(said, t("talking.unreadable_back")) from error
    about, seats = of_json(text)
    made = Talk(seats, **about["settings"])
    fill(made, about)
    return made
