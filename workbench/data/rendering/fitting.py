"""Rendered rows brought to a length: what is cut, what is lost, and how rows share a pack."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .rendered import Rendered

CUTS = ("start", "end")


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A row as it is trained.

    Parameters
    ----------
    row : Rendered
        As it was rendered, whole.
    start, end : int
        Which of its tokens are kept: ``row.input_ids[start:end]``, behind ``first``.
    first : tuple of int
        The beginning of a text, kept where the row's start was cut.
    """

    row: Rendered
    start: int
    end: int
    first: tuple[int, ...] = ()

    @property
    def input_ids(self) -> list[int]:
        """Token ids, at most as many as were asked for."""
        return [*self.first, *self.row.input_ids[self.start : self.end]]

    @property
    def labels(self) -> list[int]:
        """The tokens that are learnt, and -100; of the first nothing is asked."""
        found = [*([-100] * len(self.first)), *self.row.labels[self.start : self.end]]
        return [-100, *found[1:]] if found else found

    @property
    def targets(self) -> int:
        """How many tokens are learnt."""
        return sum(label != -100 for label in self.labels)

    @property
    def cut(self) -> int:
        """How many tokens were cut."""
        return len(self.row.input_ids) - (self.end - self.start) - len(self.first)

    @property
    def cut_targets(self) -> int:
        """How many tokens that would be learnt were cut."""
        return self.row.targets - self.targets

    @property
    def replies_cut(self) -> int:
        """Replies whose end was cut, so that no stop is learnt with them."""
        return sum(n >= self.end for n in self.row.reply_ends)

    @property
    def replies_left(self) -> int:
        """Replies that begin before what is kept: they are gone, or their beginnings are.

        Of what is kept the first token is not learnt, unless ``first`` stands before it.
        """
        before = self.row.learnt[: self.start and self.start + (not self.first)]
        return sum(one and not (n and before[n - 1]) for n, one in enumerate(before))


def fit(row: Rendered, max_length: int | None, *, cut: str = "start") -> Fitted:
    """A row of at most ``max_length`` tokens.

    ``"end"`` cuts what is too much, maybe all that is to be learnt. ``"start"`` cuts the beginning
    of what is asked and keeps the last reply whole; where that alone is longer, its end is cut,
    and a quarter of the length is left to what is asked. No stop is put where a reply was cut.
    """
    whole = len(row.input_ids)
    if max_length is None or whole <= max_length:
        return Fitted(row, 0, whole)
    learnt = [n for n, one in enumerate(row.learnt) if one]
    if cut == "end" or not learnt:
        return Fitted(row, 0, max_length)
    end = learnt[-1] + 1
    begin = end
    while begin and row.learnt[begin - 1]:  # of the last reply
        begin -= 1
    first = tuple(row.input_ids[:1]) if _is_sign(row) and max_length > 3 else ()
    room = max_length - len(first)
    asked = min(begin, max(1, room // 4))
    if end - begin + asked > room:
        return Fitted(row, begin - asked, begin - asked + room, first if begin > asked else ())
    if end <= max_length:
        return Fitted(row, 0, max_length)
    return Fitted(row, end - room, end, first)


def _is_sign(row: Rendered) -> bool:
    """Whether the first token begins every text, such as ``<s>``."""
    return bool(row.places) and row.text[slice(*row.places[0])] in ("<s>", "<|begin_of_text|>",
                                                                   "[CLS]", "<bos>")  # fmt: skip


def needed(rows: Sequence[Rendered]) -> int:
    """The length that keeps every reply whole; 0 where there are none."""
    ends = [max((n + 1 for n, one in enumerate(row.learnt) if one), default=0) for row in rows]
    return max(ends, default=0)


def packs(lengths: Sequence[int], width: int) -> list[list[int]]:
    """Rows in their order, as many in a pack as fit; a longer one is a pack by itself.

    Examples
    --------
    >>> packs([5, 1, 9, 13, 3], 16)
    [[0, 1, 2], [3, 4]]
    """
    found: list[list[int]] = []
    used = width + 1
    for number, length in enumerate(lengths):
        if used + length > width or not found:
            found.append([])
            used = 0
        found[-1].append(number)
        used += length
    return found
