"""The Costs view: what each error costs, all of them together, and a more careful decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import inspection
from workbench.errors import DataError
from workbench.i18n import t

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.table import Sheet
from ..elements.toolbar import Line

if TYPE_CHECKING:
    import pandas as pd

MOST = 200  # classes that a choice can list


class CostsView(VBox):
    """Set the cost of taking one class for another; every other error costs 1.

    Attributes
    ----------
    costs : dict of (label, prediction) to float
        What was set.
    """

    def __init__(self):
        self.panel: Any = None
        self.costs: dict[tuple[str, str], float] = {}
        self.line, self.notice = Line(on_action=self._act), Notice()
        self.table, self.matrix = Sheet(), Sheet()
        super().__init__([self.line, self.notice, self.table, self.matrix])
        self.add_class("wb-stack")

    def load(self, panel: Any) -> None:
        """Take the panel's predictions; every error costs 1 at first."""
        self.panel, self.costs = panel, {}
        self.notice.clear()
        names = inspection.class_names(panel.predictions)
        choices = [[name, name] for name in names[:MOST]]
        self.line.fields = [
            {"name": "label", "label": t("costs.label"), "choices": choices},
            {"name": "prediction", "label": t("costs.prediction"), "choices": choices[::-1]},
            {"name": "cost", "label": t("costs.cost")},
        ]
        self.line.actions = [
            {"name": name, "label": t(f"costs.{name}")} for name in ("set", "reset")
        ]
        self.line.status = t("costs.hint")
        self.measure()

    def set(self, label: str, prediction: str, cost: float) -> pd.DataFrame:
        """Let predicting ``prediction`` for an example of ``label`` cost this much."""
        self.costs[label, prediction] = cost
        return self.measure()

    def measure(self) -> pd.DataFrame:
        """What the errors cost now, and under the decision of least expected cost."""
        found = inspection.expected_cost(self.panel.predictions, costs=self.costs)
        names = ("decision", "total", "mean", "accuracy")
        told = {name: t(f"costs.{name.replace(' ', '_')}") for name in found["decision"]}
        self.table.show(
            found[list(names)].assign(decision=found["decision"].map(told)),
            [t(f"costs.{n}") if n != "accuracy" else t("column.accuracy") for n in names],
            heading=t("costs.title"), note=t("costs.note"),
        )  # fmt: skip
        self._list()
        return found

    def _list(self) -> None:
        import pandas as pd

        rows = pd.DataFrame(
            [(*pair, cost) for pair, cost in self.costs.items()],
            columns=["label", "prediction", "cost"],
        )
        titles = [t("column.label"), t("column.prediction"), t("costs.cost")] if len(rows) else []
        self.matrix.show(rows, titles, heading=t("costs.own") if len(rows) else "")

    def _act(self, action: str, values: dict[str, str]) -> None:
        if self.panel is None or action not in ("set", "reset"):
            return

        def work() -> None:
            if action == "reset":
                self.costs = {}
                self.measure()
                return
            text = values.get("cost", "").strip()
            try:
                cost = float(text)
            except ValueError:
                raise DataError(
                    f"The cost is {text!r}, which is no number.", "Write one, such as 5 or 0.5."
                ) from None
            self.set(values["label"], values["prediction"], cost)

        self.line.work(work, self.notice)
