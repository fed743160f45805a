"""The Costs view of texts that are learnt: which text, and which token of it, costs the model most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t

from ..boxes import VBox
from ..elements.examples_table import ExamplesTable
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..elements.token_strip import TokenStrip, said
from ..elements.toolbar import Line

if TYPE_CHECKING:
    import pandas as pd

TEXTS = 20  # whose tokens are counted when that is asked


class TokenCostsView(VBox):
    """Texts by loss; a chosen one coloured by the cost of its tokens, with their rivals on hover.

    Attributes
    ----------
    tokens : WrittenTokens or None
        Of the chosen text.
    """

    def __init__(self):
        self.panel: Any = None
        self.tokens: inspection.WrittenTokens | None = None
        self.examples, self.notice = ExamplesTable(judged=False), Notice()
        self.strip = TokenStrip()
        self.line = Line(
            on_action=self._act, actions=[{"name": "find", "label": t("token_costs.find")}]
        )
        self.sheet = Sheet()
        super().__init__([self.examples, self.notice, self.strip, self.line, self.sheet])
        self.add_class("wb-stack")
        self.examples.observe(self._chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel."""
        import pandas as pd

        self.panel, self.tokens = panel, None
        table = panel.predictions
        self.notice.clear()
        self.strip.clear()
        names = [name for name in ("text", "loss") if name in table]
        self.shown = inspection.top_losses(table, n=None) if "loss" in table else table
        self.examples.show(self.shown[names], t("token_costs.heading"))
        self.line.status = t("token_costs.find_hint", n=min(TEXTS, len(table)))
        self.sheet.show(pd.DataFrame(), [])

    def choose(self, position: int) -> inspection.WrittenTokens:
        """Choose the text at this place and wait for its tokens, as a click does."""
        self.examples.unobserve(self._chosen, "selected")
        try:
            self.examples.select(position)
        finally:
            self.examples.observe(self._chosen, "selected")
        return self._look(position)

    def find(self) -> pd.DataFrame:
        """Count the tokens that cost most in the costliest texts, as the button does."""
        found = inspection.token_costs(self.panel.run, self.panel.split, n=TEXTS)
        names = ["token", "times", "bits", "total", "share"]
        shown = found.head(30)[names]
        self.sheet.show(
            shown.assign(token=shown["token"].map(said)), [t(f"token_costs.{n}") for n in names],
            heading=t("token_costs.costliest"),
        )  # fmt: skip
        return found

    def _look(self, position: int) -> inspection.WrittenTokens:
        row = self.shown.iloc[position]
        more = bool(row.get("goes_on", False))
        passage = more or ("goes_on" in row and (self.shown["row"] == row["row"]).sum() > 1)
        before = str(row.get("before", ""))
        found = inspection.written_tokens(
            self.panel.run, str(row["text"]), goes_on=more, before=before
        )
        n, bits = len(found.tokens), float(found.costs.mean())
        key = "behind" if found.before else "passage"
        note = t(f"token_costs.{key}", n=len(found.before)) if passage else ""
        note = " ".join([note, *found.notes]).strip()
        self.strip.show_costs(found, t("token_costs.text", n=n, bits=bits), note)
        self.tokens = found
        return found

    def _chosen(self, _change: Any) -> None:
        position = self.examples.selected
        if position < 0:
            self.strip.clear()
            return
        self.line.work(lambda: self._look(position), self.notice)

    def _act(self, action: str, _values: dict[str, str]) -> None:
        if action == "find" and self.panel is not None:
            self.line.work(self.find, self.notice)
