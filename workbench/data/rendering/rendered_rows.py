"""Rows of conversations as they are rendered, to be looked through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...i18n import t
from ..conversations.problems import Said
from . import shown
from .examined import examine
from .fitting import Fitted, packs
from .rendered import ISSUES
from .seen_rows import Piece, SeenRows
from .template import Template


class Preview(SeenRows):
    """Rendered rows, the worst first.

    Attributes
    ----------
    fitted : list of Fitted
        In the order of the data.
    findings : list of Said
        What is wrong, once a kind, the worst first: ``severity``, ``what``, ``remedy``, ``count``,
        ``places``.
    first : str
        Of how many rows of the data these are the first; "" where they are all.
    notes : sequence of str
        What else is true of all of them.
    """

    def __init__(self, fitted: list[Fitted], template: Template, found: list[Said], *,
                 max_length: int | None, pack: bool, first: str = "",
                 notes: Sequence[str] = ()):  # fmt: skip
        self.fitted, self.template, self.max_length = fitted, template, max_length
        self.legend = (t("learnt.learnt"), t("learnt.cut"), t("learnt.read"), "")
        self.mates_title = t("learnt.mates")
        order = ("error", "warning", "info")
        self.examined = examine(fitted, template, max_length)
        both: list[Said] = [*self.examined, *found]
        self.findings = sorted(both, key=lambda one: order.index(one.severity))
        self.first, self.notes = first, notes
        self.packs: list[list[int]] = []
        if pack and max_length is not None:
            learnt = [n for n, one in enumerate(fitted) if one.targets]  # others are not trained
            found = packs([len(fitted[n].input_ids) for n in learnt], max_length)
            self.packs = [[learnt[n] for n in rows] for rows in found]
        self._pack_of = {row: number for number, rows in enumerate(self.packs) for row in rows}

    def order(self) -> list[int]:
        """Numbers of the rows, the worst first: refused, nothing learnt, cut, without a stop."""
        return sorted(range(len(self.fitted)), key=lambda n: (*self._badness(n), n))

    def _badness(self, number: int) -> tuple:
        one = self.fitted[number]
        worst = [ISSUES[kind] for kind, _ in one.row.issues]
        return ("error" not in worst, one.targets > 0, -one.cut_targets, "warning" not in worst,
                -one.cut)  # fmt: skip

    def summary(self) -> str:
        """How many rows there are, what is learnt of them, by which template."""
        wrong = sum(bool(self.problems(number)) for number in range(len(self)))
        return " ".join([
            *([self.first] if self.first else []),
            t("learnt.rows", n=len(self)),
            t("learnt.tokens", n=sum(one.targets for one in self.fitted)),
            t("learnt.wrong", n=wrong), t("learnt.template", name=self.template.name),
            *([t("learnt.packs", n=len(self.packs))] if self.packs else []), *self.notes,
        ])  # fmt: skip

    def place(self, number: int) -> str:
        """What a row is called."""
        return shown.visible(self.fitted[number].row.conversation.place)

    def pieces(self, number: int) -> list[Piece]:
        """The text of a row."""
        return [Piece(*one) for one in shown.pieces(self.fitted[number])]

    def mates(self, number: int) -> list[int]:
        """Numbers of the rows of its pack."""
        rows = self.packs[self._pack_of[number]] if number in self._pack_of else []
        return [row for row in rows if row != number]

    def figures(self, number: int) -> dict[str, Any]:
        """Cells of a row of the table, without its text."""
        one = self.fitted[number]
        of = one.row.conversation
        row = {
            "split": of.split, "row": of.row, "id": of.id, "tokens": len(one.input_ids),
            "learnt": one.targets, "cut": one.cut, "cut_learnt": one.cut_targets,
            "problem": ", ".join(self.problems(number)),
        }  # fmt: skip
        return row | ({"pack": self._pack_of.get(number, -1)} if self.packs else {})

    def problems(self, number: int) -> list[str]:
        """Kinds of what is wrong with a row, in words."""
        one = self.fitted[number]
        kinds = [kind for kind, _ in one.row.issues]
        if not one.targets:
            kinds.append("all_cut" if one.row.targets else "nothing_learnt")
        elif one.replies_cut:
            kinds.append("reply_cut")
        elif one.cut_targets:
            kinds.append("replies_left")
        return [kind.replace("_", " ") for kind in dict.fromkeys(kinds)]

    def __len__(self) -> int:
        return len(self.fitted)

    def __repr__(self) -> str:
        learnt = sum(one.targets for one in self.fitted)
        return (f"Preview({len(self.fitted):,} rows, template {self.template.name!r}, "
                f"{learnt:,} tokens learnt, {len(self.findings)} findings)")  # fmt: skip

    def heading(self, number: int) -> str:
        """Where a row stands, what it has of tokens, and what is wrong with it."""
        one = self.fitted[number]
        parts = [one.row.conversation.place, t("templates.tokens", n=len(one.input_ids)),
                 t("templates.learnt", n=one.targets)]  # fmt: skip
        if one.cut:
            parts.append(t("templates.cut", n=one.cut))
        if number in self._pack_of:
            parts.append(t("templates.pack", n=self._pack_of[number]))
        return shown.visible(" · ".join([*parts, *self.problems(number)]))
