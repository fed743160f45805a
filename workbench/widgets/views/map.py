"""The Map view: examples as points, drawn round with the mouse to list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench import inspection
from workbench.i18n import t
from workbench.inspection.predictions.kinds import spec_for, task_for

from ..base import View, as_text, module
from ..boxes import VBox
from ..elements.listed_examples import ListedExamples
from ..elements.notice import Notice
from ..elements.toolbar import Line

if TYPE_CHECKING:
    import pandas as pd

MOST = 7  # classes with a colour of their own; the others share one
SHOWN = 80  # characters of a text beside the pointer


class PointMap(View):
    """Points of a plane; a line drawn round some, a click or the legend chooses them.

    Attributes
    ----------
    chosen : list of int
        Positions of the chosen points, in the order that they were given.
    """

    TEXTS = "map"
    _esm = module("keys.js", "views/map.js")
    points = traitlets.Bytes().tag(sync=True)  # float32 (n, 2)
    kinds = traitlets.Bytes().tag(sync=True)  # uint8 (n,): place in the legend
    legend = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rest = traitlets.Int(-1).tag(sync=True)  # the legend's entry for all other classes
    shades = traitlets.Bytes().tag(sync=True)  # float32 (n,) from 0 to 1; empty: legend counts
    ends = traitlets.List(traitlets.Float()).tag(sync=True)  # values of shade 0 and 1
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)


class MapView(VBox):
    """Embeddings of the held-out examples, coloured by label, error or loss; a lasso lists them.

    Attributes
    ----------
    table : pandas.DataFrame or None
        What :func:`workbench.inspection.embedding_map` returned.
    """

    def __init__(self):
        self.panel: Any = None
        self.table: pd.DataFrame | None = None
        self.line, self.notice = Line(on_action=self._act), Notice()
        self.map, self.examples = PointMap(), ListedExamples()
        self._made: dict[str, pd.DataFrame] = {}  # by method, of the present run
        super().__init__([self.line, self.notice, self.map, self.examples])
        self.add_class("wb-stack")
        self.map.observe(self._chosen, "chosen")

    def load(self, panel: Any) -> None:
        """Take the panel's run and draw its map beside the kernel's thread."""
        self.panel = self.examples.panel = panel
        self.table = None
        self._made.clear()
        self.examples.clear()
        self.map.points = b""
        methods = [[name, t(f"map.{name.replace('-', '_')}")] for name in inspection.MAP_METHODS]
        names = _colours(panel.predictions)
        colours = [[name, t(f"map.{name}")] for name in names]
        self.line.fields = [
            {"name": "method", "label": t("map.method"), "choices": methods},
            {"name": "colour", "label": t("map.colour"), "choices": colours},
        ]
        self._act("change", {"colour": names[0]})

    def draw(self, method: str = "pca", colour: str = "label") -> pd.DataFrame:
        """Show this projection in these colours.

        Parameters
        ----------
        method : {'pca', 't-sne'}
        colour : {'label', 'error', 'loss'}
        """
        if method not in self._made:
            self._made[method] = inspection.embedding_map(
                self.panel.run, self.panel.split, method=method
            )
        table = self.table = self._made[method]
        kinds, legend, rest, shades, ends = _coloured(table, colour)
        told = t(
            "map.note" if len(table) == table.attrs["of"] else "map.sampled",
            shown=len(table), of=table.attrs["of"],
        )  # fmt: skip
        explained = table.attrs.get("explained")
        how = t("map.explained", share=sum(explained)) if explained else t("map.neighbours")
        with self.map.hold_sync():
            self.map.chosen = []
            self.map.points = table[["x", "y"]].to_numpy("<f4").tobytes()
            self.map.kinds, self.map.legend, self.map.rest = kinds.tobytes(), legend, rest
            self.map.shades, self.map.ends = shades.astype("<f4").tobytes(), ends
            self.map.texts = [as_text(text)[:SHOWN] for text in table["text"]]
            self.map.heading = t("map.title")
            self.map.note = f"{told} {how}"
        self.examples.clear()
        return table

    def choose(self, positions: list[int]) -> pd.DataFrame:
        """List the examples of these points, as a line drawn round them does."""
        self.map.chosen = list(positions)
        return self.table.iloc[list(positions)]

    def _chosen(self, _change) -> None:
        if self.table is None or not self.map.chosen:
            self.examples.clear()
            return
        rows = self.table.iloc[self.map.chosen]
        if "loss" in rows.columns:
            rows = rows.sort_values("loss", ascending=False, kind="stable")
        self.examples.list(rows, t("map.chosen"))

    def _act(self, action: str, values: dict[str, str]) -> None:
        if self.panel is None or action != "change":
            return
        method, colour = values.get("method", "pca"), values.get("colour", "label")
        self.line.work(lambda: self.draw(method, colour), self.notice)


def _colours(table: pd.DataFrame | None) -> tuple[str, ...]:
    """What points can be coloured by; texts, of which each is another one, are by loss alone."""
    if table is None:
        return "label", "error", "loss"
    task = task_for(table)
    label = () if task.spec.predicts == "text" else ("label",)
    return (*label, *(("error",) if task.wrong(table) is not None else ()), "loss")


def _coloured(table: pd.DataFrame, colour: str):
    """Kind of each point, legend, the legend's rest, shades and their ends."""
    n, none = len(table), np.zeros(0)
    if colour == "error" and "right" in table.columns:
        wrong = ~table["right"].to_numpy(bool)
        return wrong.astype(np.uint8), [t("map.right"), t("map.wrong")], -1, none, []
    if colour == "loss" or "right" not in table.columns:
        by_label = colour == "label" and spec_for(table).predicts == "number"
        values = table["label" if by_label else "loss"].to_numpy(float)
        low, high = float(values.min()), float(np.quantile(values, 0.98))
        high = high if high > low else low + 1.0
        shades = np.clip((values - low) / (high - low), 0, 1)
        return np.zeros(n, np.uint8), [], -1, shades, [low, high]
    counts = table["label"].value_counts(sort=True)
    names = sorted(counts.index[:MOST]) if len(counts) <= MOST else list(counts.index[: MOST - 1])
    places = {name: place for place, name in enumerate(names)}
    rest = len(names) if len(counts) > len(names) else -1
    kinds = table["label"].map(lambda name: places.get(name, rest)).to_numpy(np.uint8)
    others = [t("map.others", n=len(counts) - len(names))] if rest >= 0 else []
    return kinds, [str(name) for name in names] + others, rest, none, []
