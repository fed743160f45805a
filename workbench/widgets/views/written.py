"""The Texts view: what a model wrote, beside source and reference; a chosen text token by token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.reporting.outcomes import outcome

from ..boxes import GridBox, VBox
from ..elements.class_table import ClassTable
from ..elements.confusion_grid import ConfusionGrid
from ..elements.notice import Notice
from ..elements.stats import interval_figures
from ..elements.table import Sheet
from ..elements.token_strip import TokenStrip
from ..elements.toolbar import Line
from ..elements.written_list import WrittenList

if TYPE_CHECKING:
    import pandas as pd

FIGURES = 4  # metrics above the texts; the table below has all of them
WAYS = ("attention", "integrated_gradients", "gradient_x_input", "occlusion")


class WrittenView(VBox):
    """Texts the worst first by any measure; a chosen one with what each token cost and rests on.

    Attributes
    ----------
    rows : pandas.DataFrame or None
        The predictions with the measures of each row.
    tokens : WrittenTokens or None
        Of the chosen text.
    """

    def __init__(self):
        self.panel: Any = None
        self.rows: pd.DataFrame | None = None
        self.tokens: inspection.WrittenTokens | None = None
        self.texts, self.notice = WrittenList(), Notice()
        self.grid, self.classes, self.odd = ConfusionGrid(), ClassTable(), Sheet()
        upper = GridBox([self.grid, self.classes])
        upper.add_class("wb-upper")
        self.labels = VBox([upper, self.odd])
        self.labels.add_class("wb-stack")
        self.asking = Line(on_action=self._act)
        self.costs, self.read = TokenStrip(choosable=True), TokenStrip()
        self.all = Line(on_action=self._act, actions=[
            {"name": "measure", "label": t("written_view.measure")}
        ])  # fmt: skip
        self.measures = Sheet()
        super().__init__(
            [self.texts, self.notice, self.asking, self.costs, self.read, self.labels, self.all,
             self.measures]
        )  # fmt: skip
        self.add_class("wb-stack")
        self.texts.observe(self._row_chosen, "selected")
        self.costs.observe(self._token_chosen, "selected")

    def load(self, panel: Any) -> None:
        """Show the predictions of an Inspect panel, and its metrics with intervals."""
        import pandas as pd

        self.panel, self.tokens = panel, None
        table = panel.predictions
        self.rows = inspection.written_rows(table, all_of_them=False)
        came = outcome(panel.run, panel.split)
        metric = inspection.row_measure(came.metric) if came is not None else "chrf"
        self._figures(table, came)
        self.notice.clear()
        self._forget()
        self.texts.show(self.rows, metric, t("written_view.heading"))
        self._show_labels(table)
        self.all.status = t("written_view.measure_hint")
        self.measures.show(pd.DataFrame(), [])

    def choose(self, place: int) -> inspection.WrittenTokens | None:
        """Choose the text at this place of the order and wait for its tokens, as a click does."""
        self.texts.unobserve(self._row_chosen, "selected")
        try:
            self.texts.select(place)
        finally:
            self.texts.observe(self._row_chosen, "selected")
        self._forget()
        return self.look("output") if place >= 0 else None

    def look(self, what: str) -> inspection.WrittenTokens:
        """Show what each token of the chosen row's ``output`` or ``reference`` costs the model."""
        row = self.texts.example()
        self._what, self._written = what, str(row["prediction" if what == "output" else "label"])
        self._source = str(row.get("conversation", row["text"]))  # of turns all that were before
        found = inspection.written_tokens(self.panel.run, self._source, self._written)
        self.tokens = found
        self.read.clear()
        self.costs.show_costs(
            found, t(f"written_view.tokens_{what}", bits=float(found.costs.sum()),
                     n=len(found.tokens)), " ".join(found.notes),
        )  # fmt: skip
        self._offer(what, self._way)
        return found

    def explain(self, position: int, way: str = "attention") -> inspection.ReadTokens:
        """Show on which tokens that are read a written token rests."""
        run, about = self.panel.run, (self._source, self._written)
        if way == "attention":
            found = inspection.written_attention(run, *about)
            note = t("written_view.attention_note")
        else:
            found = inspection.written_attribution(run, *about, position, method=way)
            note = t("written_view.attribution_note")
            if found.completeness_error is not None:
                note += " " + t("written_view.complete", total=float(found.weights.sum()),
                                error=found.completeness_error)  # fmt: skip
        own = found.tokens[position]
        token = own.strip() or ("␣" if own else "·")  # a character that goes on
        heading = t("written_view.rests_on", token=token, way=t(f"written_view.{way}"))
        self.read.show_weights(found.read, found.of_token(position), heading, note)
        return found

    def measure(self) -> pd.DataFrame:
        """Measure what is invented, lost, copied and repeated too, as the button does."""
        found = inspection.written_report(self.panel.predictions)
        names = ["metric", "value", "low", "high", "rows", "signature"]
        self.measures.show(
            found[names].assign(metric=found["metric"].map(inspection.metric_name)),
            [t(f"written_view.{name}") if name in ("rows", "signature") else t(f"column.{name}")
             for name in names],
            heading=t("written_view.measures"), note=t("report.written_note"),
        )  # fmt: skip
        self.measures.decimals = [0, 3, 3, 3, 0, 0]  # some run to 100, some to 1
        self.rows = inspection.written_rows(self.panel.predictions)
        self.texts.show(self.rows, self.texts.order, t("written_view.heading"))
        return found

    def _figures(self, table: pd.DataFrame, came: Any) -> None:
        """The metric that decides and those beside it above all, and who won."""
        intervals = inspection.metric_intervals(table)
        first = [came.metric] if came is not None else []
        names = [*dict.fromkeys([*first, "chrf", "bleu", "rougeL", "exact_match", "perplexity"])]
        shown = intervals.set_index("metric")
        shown = shown.loc[[name for name in names if name in shown.index]].reset_index()
        kept = _both(shown.head(FIGURES), shown[shown["metric"] == "perplexity"])
        figures = interval_figures(kept)
        count = t("inspect.held_out", split=t(f"split.{self.panel.split}"))
        self.panel.metrics.show(
            [*figures, (f"{len(table):,}", count)], came.sentence if came is not None else ""
        )

    def _show_labels(self, table: pd.DataFrame) -> None:
        counts = inspection.written_confusion(table)
        self.labels.layout.display = None if counts is not None else "none"
        if counts is None:
            return
        square = counts.reindex(index=counts.columns, fill_value=0)
        self.grid.show(square)
        self.classes.show(inspection.written_class_report(table))
        odd = inspection.not_labels(table)
        titles = [t("written_view.output"), t("column.label"), t("column.examples")]
        heading = t("report.not_labels") if len(odd) else t("written_view.all_labels")
        self.odd.show(odd, titles if len(odd) else [], heading=heading)

    def _offer(self, what: str, way: str) -> None:
        """Which text is looked at, and how a token is asked."""
        sides = ["output", *(["reference"] if self.texts.has_reference else [])]
        self.asking.fields = [
            {"name": "what", "label": t("written_view.what"), "value": what,
             "choices": [[one, t(f"written_view.{one}")] for one in sides]},
            {"name": "way", "label": t("written_view.way"), "value": way,
             "choices": [[one, t(f"written_view.{one}")] for one in WAYS]},
        ]  # fmt: skip
        self.asking.layout.display = None

    def _forget(self) -> None:
        self.tokens, self._what, self._way = None, "output", WAYS[0]
        self._source = self._written = ""
        self.costs.clear()
        self.read.clear()
        self.asking.layout.display = "none"

    def _row_chosen(self, _change: Any) -> None:
        self._forget()
        if self.texts.example() is not None:
            self.asking.work(lambda: self.look("output"), self.notice)

    def _token_chosen(self, _change: Any) -> None:
        position = self.costs.selected
        if position < 0 or self.tokens is None:
            self.read.clear()
            return
        self.asking.work(lambda: self.explain(position, self._way), self.notice)

    def _act(self, action: str, values: dict[str, str]) -> None:
        if action == "measure" and self.panel is not None:
            self.all.work(self.measure, self.notice)
        elif action == "change" and self.tokens is not None:
            self._way = values.get("way", self._way)
            what, position = values.get("what", self._what), self.costs.selected
            if what != self._what:
                self.asking.work(lambda: self.look(what), self.notice)
            elif position >= 0:
                self.asking.work(lambda: self.explain(position, self._way), self.notice)


def _both(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Both tables, rows of the first that the second has too once."""
    import pandas as pd

    return pd.concat([first, second]).drop_duplicates("metric")
