"""Rows as they are learnt, to be looked through, the worst first: as text, a page, a table."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ...i18n import t
from ...plain_html import as_it_is
from .shown import visible

if TYPE_CHECKING:
    import pandas as pd

ROWS = 1000  # that are looked at
_SHOWN = 20  # rows of the page
OPEN, CLOSE, CUT_OPEN, CUT_CLOSE = "⟦", "⟧", "⟨", "⟩"


class Piece(NamedTuple):
    """A part of a row's text.

    ``text``, whether it is ``learnt``, whether it was ``cut``; ``stands``, what the model reads in
    its place ("" for the text itself); ``head``, what begins here ("" for nothing).
    """

    text: str
    learnt: bool
    cut: bool
    stands: str = ""
    head: str = ""


class SeenRows:
    """What is learnt of the rows of some data; a subclass says of what kind they are.

    Attributes
    ----------
    legend : tuple of 4 str
        What marked, cut and other text is, and what stands before an arrow; "" for what there is
        not.
    mates_title : str
        What the rows that :meth:`mates` names have in common with a row.
    findings : list
        What is wrong, each with ``severity``, ``what`` and ``remedy``.
    """

    legend: tuple[str, str, str, str]
    mates_title: str
    findings: list[Any]

    def order(self) -> list[int]:
        """Numbers of the rows, the worst first."""
        raise NotImplementedError

    def summary(self) -> str:
        """How many rows there are, and what is true of all of them."""
        raise NotImplementedError

    def heading(self, number: int) -> str:
        """Where a row stands, what it has of tokens, and what is wrong with it."""
        raise NotImplementedError

    def place(self, number: int) -> str:
        """What a row is called."""
        raise NotImplementedError

    def pieces(self, number: int) -> list[Piece]:
        """The text of a row."""
        raise NotImplementedError

    def begun(self, number: int, most: int | None = None) -> tuple[list[Piece], int]:
        """Pieces of a row's first ``most`` characters at least, and how many tokens of it were not
        spelled (0: all of them were)."""
        return self.pieces(number), 0

    def mates(self, number: int) -> list[int]:
        """Numbers of the rows that share something with this one."""
        return []

    def figures(self, number: int) -> dict[str, Any]:
        """Cells of a row of the table, without its text."""
        raise NotImplementedError

    def as_text(self, number: int) -> str:
        """Learnt pieces between ⟦ and ⟧, cut ones between ⟨ and ⟩; nothing in it is obeyed."""
        marks = [(OPEN, CLOSE), (CUT_OPEN, CUT_CLOSE), ("[", "]")]
        return self._marked(number, visible, *marks).lstrip("\n")

    def as_html(self, number: int) -> str:
        """The same as HTML: ``mark`` and ``del``; every sign of the data is escaped."""
        marks = [("<mark>", "</mark>"), ("<del>", "</del>"), ("<b>", "</b>")]
        said = self._marked(number, lambda text: html.escape(visible(text)), *marks)
        return f'<pre style="white-space: pre-wrap">{said}</pre>'

    def _marked(self, number: int, safe: Callable[[str], str], *marks: tuple[str, str]) -> str:
        """A row's pieces, the learnt ones, the cut ones and the heads between their marks."""
        (learnt_in, learnt_out), (cut_in, cut_out), (head_in, head_out) = marks
        said = []
        for text, learnt, cut, stands, head in self.pieces(number):
            text = safe(text)
            if learnt and text:
                text = f"{learnt_in}{text}{learnt_out}"
            if stands:
                text = f"{safe(stands)} → {text}"
            if cut and text:
                text = f"{cut_in}{text}{cut_out}"
            said.append(f"\n{head_in}{safe(head)}{head_out}\n{text}" if head else text)
        return "".join(said)

    @property
    def table(self) -> pd.DataFrame:
        """One row a row, the worst first.

        Returns
        -------
        pandas.DataFrame
            ``split``, ``row`` (int), of conversations ``id``, ``tokens``, ``learnt`` (tokens, of
            those that are kept), ``cut``, ``cut_learnt`` (tokens that are not kept, and those of
            them that would be learnt), ``problem`` (kinds, joined by commas), with packs of
            conversations ``pack``, and ``text``: learnt parts between ⟦ and ⟧, cut ones between ⟨
            and ⟩.
        """
        import pandas as pd

        return pd.DataFrame(
            [self.figures(number) | {"text": self.as_text(number)} for number in self.order()]
        )

    def __str__(self) -> str:
        lines = [f"{one.severity}: {one.what} {one.remedy}".rstrip() for one in self.findings]
        order = self.order()
        for number in order[:_SHOWN]:
            lines += ["", self.heading(number), self.as_text(number)]
        return "\n".join([self.summary(), *lines, *self._rest(order)])

    def _repr_html_(self) -> str:
        found = [
            f"<li><b>{html.escape(one.severity)}</b> {html.escape(one.what)} "
            f"{html.escape(one.remedy)}</li>" for one in self.findings
        ]  # fmt: skip
        body = f"<p>{html.escape(self.summary())}</p>"
        body += f"<ul>{''.join(found)}</ul>" if found else ""
        order = self.order()
        for number in order[:_SHOWN]:
            body += f"<p>{html.escape(self.heading(number))}</p>{self.as_html(number)}"
        body += "".join(f"<p>{html.escape(one)}</p>" for one in self._rest(order))
        return as_it_is(body)

    @staticmethod
    def _rest(order: list[int]) -> list[str]:
        left = len(order) - _SHOWN
        return ["", t("learnt.rest", n=left)] if left > 0 else []
