"""The Compare view: this run against another one on the same test examples."""

from __future__ import annotations

from typing import Any

from workbench import inspection
from workbench.errors import DataError, nearest
from workbench.i18n import t

from ..boxes import GridBox, Label, VBox
from ..elements.choice import Choice
from ..elements.notice import Notice
from ..elements.plot import Plot
from ..elements.table import Sheet


class CompareView(VBox):
    """Choose another run: metrics with intervals, soft vote, curves, recipes, flips, classes.

    Attributes
    ----------
    comparison : Comparison or None
        Of the chosen run (first) with the panel's (second).
    """

    def __init__(self):
        self.panel: Any = None
        self.comparison: inspection.Comparison | None = None
        self.choice = Choice(label=t("compare.against"))
        self.notice = Notice()
        self.metrics, self.recipe = Sheet(), Sheet()
        self.flips, self.classes = Sheet(), Sheet()
        self.loss, self.quality = Plot(), Plot()
        self.curves = GridBox([self.loss, self.quality])
        beside = GridBox([self.recipe, self.classes])
        for box in (self.curves, beside):
            box.add_class("wb-halves")
        self.note = Label()
        super().__init__(
            [self.choice, self.note, self.notice, self.metrics, self.curves, beside, self.flips]
        )
        self.add_class("wb-stack")
        self.choice.observe(self._chosen, "value")

    def load(self, panel: Any) -> None:
        """Offer the runs that were tested on the same examples; how many others there are is said.

        The view says so in one sentence when there is none.
        """
        self.panel, self.comparison = panel, None
        self._clear()
        self._offer()
        self.choice.value = ""

    def again(self) -> None:
        """The view is looked at again: offer what was trained meanwhile, keep what is chosen."""
        self._offer()

    def _offer(self) -> None:
        self.note.value = ""
        try:
            others = inspection.comparable_runs(self.panel.run, self.panel.split)
        except Exception as error:  # said above the tables, its traceback folded away
            self.choice.options = [[t("compare.choose"), ""]]
            self.notice.show_error(error)
            return
        self.choice.options = [
            [t("compare.choose"), ""], *zip(others["run"], others["path"], strict=True)
        ]  # fmt: skip
        if self.choice.value not in set(others["path"]):
            self.choice.value = ""
        self.choice.layout.display = None if len(others) else "none"
        said = [] if len(others) else [t("compare.none")]
        said += [t(f"compare.{k}", n=n) for k, n in others.attrs.items() if n]
        self.note.value = " ".join(said)

    def choose(self, run: Any) -> inspection.Comparison | None:
        """Compare with this run as choosing it in the list does; None when that was refused.

        Raises
        ------
        DataError
            If it is not offered.
        """
        offered = dict(self.choice.options)
        path = str(run.path)
        if path not in offered.values():
            raise DataError(
                f"The run {run.name} cannot be compared with {self.panel.run.name}.",
                t("compare.none") if len(offered) < 2 else nearest(run.name, offered),
            )
        self.choice.value = path
        return self.comparison

    def compare(self, other: Any) -> inspection.Comparison:
        """Compare a run (the first) with the panel's (the second), as choosing it does.

        Raises
        ------
        DataError
            If they were tested on different examples.
        """
        self._clear()
        self.comparison = None
        found = inspection.compare_runs(other, self.panel.run, self.panel.split)
        figures, names = found.metrics, ["metric", "first", "second", "difference", "low", "high"]
        if inspection.kind_of(self.panel.run) == "class":
            together = inspection.ensemble([other, self.panel.run], self.panel.split)
            votes = inspection.metric_intervals(together).set_index("metric")["value"]
            figures = figures.assign(ensemble=figures["metric"].map(votes))
            names.append("ensemble")
        figures = figures.assign(metric=figures["metric"].map(inspection.metric_name))
        note = t("compare.interval", n=found.examples)
        numbers = inspection.kind_of(self.panel.run) == "number"  # two are never quite the same
        if not numbers and found.agreement == found.agreement:
            note += " " + t("compare.agreement", agreement=found.agreement)
        if found.mcnemar_p == found.mcnemar_p:
            note += " " + t("compare.mcnemar", p=found.mcnemar_p, mended=len(found.mended),
                            broken=len(found.broken))  # fmt: skip
        self.metrics.show(figures[names], [t(f"column.{n}") for n in names],
                          heading=t("compare.metrics"), note=note)  # fmt: skip
        if inspection.kind_of(self.panel.run) == "text":  # some run to 100, some to 1
            self.metrics.decimals = [0] + [3] * (len(names) - 1)
        self._draw(other)
        fields = inspection.recipe_difference(other, self.panel.run).astype(str)
        self.recipe.show(fields, [t(f"column.{n}") for n in ("field", "first", "second")],
                         heading=t("compare.recipe"))  # fmt: skip
        names = ["change", "label", "first", "second", "text"]
        names = [name for name in names if name in found.flips]
        kind = "flips" if found.mcnemar_p == found.mcnemar_p else "moves"
        kind = kind if "label" in names else "costs"
        if inspection.is_written(self.panel.run):
            self._texts(other)
        else:
            titles = [t(f"column.{n}") for n in names] if len(found.flips) else []
            self.flips.show(found.flips[names], titles, heading=t(f"compare.{kind}"),
                            note="" if titles else t(f"compare.no_{kind}"))  # fmt: skip
        names = ["class", "support", "first", "second", "difference"]
        self.classes.show(found.classes[names],
                          [t(f"column.{n}") for n in names] if len(found.classes) else [],
                          heading=t("compare.classes") if len(found.classes) else "",
                          note=found.classes.attrs.get("left_out", ""))  # fmt: skip
        self.comparison = found  # when all of it is shown
        return found

    def _texts(self, other: Any) -> None:
        """Texts of which one run wrote the better one, by the metric that decided."""
        run, metric = self.panel.run, inspection.decisive_metric(self.panel.run)
        found = inspection.written_changes(other, run, metric, self.panel.split)
        about, name = found.attrs, inspection.metric_name(metric)
        names = ["change", "before", "after", "label", "first", "second", "text"]
        shown = found.assign(change=found["change"].map(lambda change: t(f"column.{change}")))
        self.flips.show(
            shown[names], [t(f"column.{n}") for n in names] if len(shown) else [],
            heading=t("compare.texts", metric=name, better=about["better"], worse=about["worse"]),
            note=t("compare.sign_test", equal=about["equal"], p=about["p"]),
        )  # fmt: skip

    def _draw(self, other: Any) -> None:
        """Both runs' losses and deciding validation metric over the epochs."""
        losses, qualities = [], []
        metric = inspection.decisive_metric(self.panel.run)
        for run, name in ((other, t("column.first")), (self.panel.run, t("column.second"))):
            history = run.history()
            steps, evals = (history[history["kind"] == kind] for kind in ("step", "eval"))
            if not len(steps) or not len(evals):
                continue
            window = max(1, len(steps) // 50)
            smooth = steps["loss"].rolling(window, min_periods=1).mean()
            losses += [
                {"name": name, "x": steps["epoch"], "y": smooth},
                {"name": t("compare.validation", name=name), "x": evals["epoch"],
                 "y": evals["loss"], "points": [f"{v:.3f}" for v in evals["loss"]]},
            ]  # fmt: skip
            if metric in evals and evals[metric].notna().any():
                qualities.append({"name": name, "x": evals["epoch"], "y": evals[metric],
                                  "points": [f"{v:.3f}" for v in evals[metric]]})  # fmt: skip
        self.curves.layout.display = None if losses else "none"
        bounded = all(line["y"].between(0, 1).all() for line in qualities)
        self.loss.limits = _limits(losses)
        self.quality.limits = _limits(qualities, top=1.0 if bounded else None)
        self.quality.layout.display = None if qualities else "none"
        name, epochs = inspection.metric_name(metric), t("compare.epochs")
        self.loss.show(t("compare.loss"), epochs, t("column.loss"), losses)
        self.quality.show(t("compare.quality", metric=name), epochs, name, qualities)

    def _clear(self) -> None:
        import pandas as pd

        self.notice.clear()
        self.curves.layout.display = "none"
        for sheet in (self.metrics, self.recipe, self.flips, self.classes):
            sheet.show(pd.DataFrame(), [])

    def _chosen(self, _change) -> None:
        if not self.choice.value:  # the figures of a run that is not named any more
            self.comparison = None
            self._clear()
            return
        from workbench.training.run import open_run

        try:
            self.compare(open_run(self.choice.value))
        except Exception as error:  # said above the tables, its traceback folded away
            self.notice.show_error(error)


def _limits(lines: list[dict], top: float | None = None) -> list[float]:
    """Axes from 0 to the largest epoch and value."""
    if not lines:
        return []
    most = max(float(line["y"].max()) for line in lines)
    least = min(0.0, *(float(line["y"].min()) for line in lines))
    return [0.0, max(float(line["x"].max()) for line in lines), least, top or 1.05 * most or 1.0]
