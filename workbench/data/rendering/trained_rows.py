"""Rows of tokens as training lays them, with what is learnt of each and what was cut away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...i18n import t
from .seen_rows import Piece, SeenRows
from .shown import visible
from .spelled import pieces


@dataclass
class Side:
    """A run of tokens that is read from its beginning to its end.

    Parameters
    ----------
    ids : list of int
        Of what is kept and of what was cut, in the order of the text.
    learnt, cut : list of bool, n_tokens
    stands : dict of int to int
        Place and token that the model reads there instead.
    heads : dict of int to str
        Place and what begins there.
    """

    ids: list[int]
    learnt: list[bool]
    cut: list[bool]
    stands: dict[int, int] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, ids: Sequence[int], *, learnt: bool | Sequence[bool] = False,
        cut: Sequence[bool] | None = None, head: str = "", **about: Any,
    ) -> Side:  # fmt: skip
        """Tokens that are all learnt or none, unless it is said of each."""
        every = [learnt] * len(ids) if isinstance(learnt, bool) else list(map(bool, learnt))
        gone = [False] * len(ids) if cut is None else list(map(bool, cut))
        return cls(list(map(int, ids)), every, gone, heads={0: head} if head else {}, **about)

    def __add__(self, other: Side) -> Side:
        n = len(self.ids)
        return Side(
            self.ids + other.ids, self.learnt + other.learnt, self.cut + other.cut,
            self.stands | {n + at: one for at, one in other.stands.items()},
            self.heads | {n + at: one for at, one in other.heads.items()},
        )  # fmt: skip

    def count(self, *, learnt: bool | None = None, cut: bool) -> int:
        """How many tokens are so."""
        pairs = zip(self.learnt, self.cut, strict=True)
        return sum(gone == cut and (learnt is None or one == learnt) for one, gone in pairs)


@dataclass
class TrainedRow:
    """A row of what is trained on.

    Parameters
    ----------
    split, row
        The split, and the row of the data (-1 for a row of many of them).
    place : str
        What it is called.
    sides : list of Side
    problems : list of str
        What is wrong with it, in words, the worst first.
    said : list of str
        What else is to be said of it.
    mates : list of int
        Rows, by their numbers, that share something with it.
    more : callable, optional
        Gives pieces that follow on its text, when they are looked at.
    """

    split: str
    row: int
    place: str
    sides: list[Side]
    problems: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    mates: list[int] = field(default_factory=list)
    more: Callable[[], list[Piece]] | None = None

    def count(self, *, learnt: bool | None = None, cut: bool = False) -> int:
        """How many tokens are so, over all sides."""
        return sum(side.count(learnt=learnt, cut=cut) for side in self.sides)


class TrainedRows(SeenRows):
    """Rows of what is trained on, the worst first: nothing learnt, most cut, fewest learnt.

    Parameters
    ----------
    rows : list of TrainedRow
        In the order of training's table.
    tokenizer : transformers.PreTrainedTokenizerBase
    whole : int
        How many rows training has; ``rows`` may be the first of them.
    notes : list of str
        What training says of its rows, and what else is true of all.
    legend : tuple of 4 str, optional
    mates_title : str
    """

    def __init__(
        self, rows: list[TrainedRow], tokenizer: Any, whole: int, notes: list[str], *,
        legend: tuple[str, str, str, str] | None = None, mates_title: str = "",
        counted: bool = True,
    ):  # fmt: skip
        self.rows, self.tokenizer, self.whole, self.notes = rows, tokenizer, whole, notes
        usual = (t("learnt.learnt"), t("learnt.cut"), t("learnt.read"), "")
        self.legend, self.mates_title = legend or usual, mates_title
        self.counted, self.findings = counted, []

    def order(self) -> list[int]:
        """Numbers of the rows, the worst first."""
        def badness(number: int) -> tuple:
            row = self.rows[number]
            learnt = row.count(learnt=True)
            return (learnt > 0, -row.count(learnt=True, cut=True), -row.count(cut=True),
                    not row.problems, learnt, number)  # fmt: skip

        return sorted(range(len(self.rows)), key=badness)

    def summary(self) -> str:
        """How many rows there are, what is learnt of them, what is true of all of them."""
        n = len(self.rows)
        first = t("learnt.first_rows", n=n, of=self.whole) if n < self.whole else (
            t("learnt.rows", n=n))  # fmt: skip
        learnt = sum(row.count(learnt=True) for row in self.rows)
        wrong = sum(bool(row.problems) for row in self.rows)
        said = [t("learnt.tokens", n=learnt)] if self.counted else []
        return " ".join([first, *said, f"{t('learnt.wrong', n=wrong).rstrip(';')}.", *self.notes])

    def place(self, number: int) -> str:
        """What a row is called."""
        return visible(self.rows[number].place)

    def heading(self, number: int) -> str:
        """Where a row stands, what it has of tokens, and what is wrong with it."""
        row = self.rows[number]
        parts = [row.place, t("templates.tokens", n=row.count())]
        if self.counted:
            parts.append(t("templates.learnt", n=row.count(learnt=True)))
        if gone := row.count(cut=True):
            parts.append(t("templates.cut", n=gone))
        return visible(" · ".join([*parts, *row.said, *row.problems]))

    def pieces(self, number: int) -> list[Piece]:
        """The text of a row: tokens of the same kind together."""
        return self.begun(number)[0]

    def begun(self, number: int, most: int | None = None) -> tuple[list[Piece], int]:
        """See :meth:`.seen_rows.SeenRows.begun`."""
        row, found, left = self.rows[number], [], 0
        for side in row.sides:
            room = None if most is None else max(0, most - sum(len(one.text) for one in found))
            said = pieces(self.tokenizer, side.ids, room)
            left += len(side.ids) - len(said)
            parts: list[str] = []  # of the last piece
            for at, text in enumerate(said):
                stands = self._one(side.stands[at]) if at in side.stands else ""
                piece = Piece(text, side.learnt[at], side.cut[at], stands, side.heads.get(at, ""))
                if stands and text[:1].isspace():  # the blank stands before both
                    _joined(found, parts)
                    found.append(Piece(text[:1], False, False, "", piece.head))
                    piece = piece._replace(text=text[1:], head="")
                last = found[-1] if found and at else None
                if last and not (stands or last.stands or piece.head) and last[1:3] == piece[1:3]:
                    parts.append(text)
                    continue
                _joined(found, parts)
                found.append(piece)
            _joined(found, parts)
            if not said and 0 in side.heads:
                found.append(Piece("", False, False, "", side.heads[0]))
        return [*found, *(row.more() if row.more else [])], left

    def mates(self, number: int) -> list[int]:
        """Numbers of the rows that share something with this one, of those that are here."""
        return [one for one in self.rows[number].mates if one < len(self.rows)]

    def figures(self, number: int) -> dict[str, Any]:
        """Cells of a row of the table, without its text."""
        row = self.rows[number]
        return {
            "split": row.split, "row": row.row, "tokens": row.count(),
            "learnt": row.count(learnt=True), "cut": row.count(cut=True),
            "cut_learnt": row.count(learnt=True, cut=True), "problem": ", ".join(row.problems),
        }  # fmt: skip

    def _one(self, number: int) -> str:
        """A token by itself."""
        if number in self.tokenizer.all_special_ids:
            return str(self.tokenizer.convert_ids_to_tokens(number))
        return self.tokenizer.decode([number]).strip()

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        learnt = sum(row.count(learnt=True) for row in self.rows)
        return f"TrainedRows({len(self):,} of {self.whole:,} rows, {learnt:,} tokens learnt)"


def _joined(found: list[Piece], parts: list[str]) -> None:
    """The last piece with what goes on with it, which is taken out of ``parts``."""
    if parts:
        found[-1] = found[-1]._replace(text="".join([found[-1].text, *parts]))
        parts.clear()


def with_cut(kept: Sequence[int], whole: Sequence[int], special: set[int]) -> Side:
    """What is kept of a text, with what was cut away at its place.

    Between special tokens, where both have as many of them, each part is compared by itself: so
    both texts of a pair may have lost their ends.

    Examples
    --------
    >>> with_cut([1, 5, 2], [1, 5, 6, 7, 2], {1, 2}).cut
    [False, False, True, True, False]
    >>> with_cut([1, 5, 2, 8, 2], [1, 5, 6, 2, 8, 9, 2], {1, 2}).cut
    [False, False, True, False, False, True, False]
    """
    kept, whole = list(map(int, kept)), list(map(int, whole))
    marks = [[at for at, one in enumerate(ids) if one in special] for ids in (kept, whole)]
    if len(marks[0]) != len(marks[1]):
        marks = [[], []]
    ends = [[*marks[0], len(kept)], [*marks[1], len(whole)]]
    found, begins = Side.of([]), [0, 0]
    for one, other in zip(*ends, strict=True):
        found += _part(kept[begins[0] : one], whole[begins[1] : other])
        found += Side.of(kept[one : one + 1])
        begins = [one + 1, other + 1]
    return found


def _part(kept: list[int], whole: list[int]) -> Side:
    """The same of a part: its beginning and its end are what both have."""
    most = min(len(kept), len(whole))
    first = next((n for n in range(most) if kept[n] != whole[n]), most)
    last = next((n for n in range(most - first) if kept[-1 - n] != whole[-1 - n]), most - first)
    inside, gone = kept[first : len(kept) - last], whole[first : len(whole) - last]
    return (
        Side.of(kept[:first] + inside) + Side.of(gone, cut=[True] * len(gone))
        + Side.of(kept[len(kept) - last :])
    )  # fmt: skip
