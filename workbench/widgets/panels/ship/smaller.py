"""Ways to make a model smaller, tried one after another: quality, size, speed, flipped answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, ModelError
from workbench.i18n import t
from workbench.task_words import metric_title

from ...boxes import GridBox, Label, VBox
from ...elements.notice import Notice
from ...elements.plot import Plot
from ...elements.table import Sheet
from ...elements.toolbar import Line

if TYPE_CHECKING:
    import pandas as pd

    from workbench.shipping import Compressed

#: What is offered: what a press asks :func:`workbench.shipping.compress` for.
WAYS: dict[str, Any] = {
    "int8": "int8",
    "int4": {"kind": "int4", "group": 32},
    "nf4": "nf4",
    "int8_dynamic": "int8_dynamic",
    "vocabulary": "vocabulary",
    "feed_forward": {"kind": "feed_forward", "share": 0.5},
    "heads": {"kind": "heads", "share": 0.25},
    "vocabulary_int4": ["vocabulary", {"kind": "int4", "group": 32}],
}
COLUMNS = [
    "name", "megabytes", "value", "low", "high", "difference", "difference_low", "difference_high",
    "flips", "milliseconds_1", "milliseconds_8", "peak_megabytes",
]  # fmt: skip


class Smaller(VBox):
    """Try a way, see what it changes on drawn rows of the run's own test set, keep it or not.

    Attributes
    ----------
    tried : list of Compressed
        In the order in which they were tried.
    """

    def __init__(self):
        self.run: Any = None
        self.tried: list[Compressed] = []
        self.line = Line(
            on_action=self._act,
            fields=[{"name": "how", "label": t("ship.smaller_how"),
                     "choices": [[name, t(f"ship.ways.{name}")] for name in WAYS]}],
            actions=[{"name": "try", "label": t("ship.try")},
                     {"name": "keep", "label": t("ship.keep")},
                     {"name": "anyway", "label": t("ship.keep_anyway")}],
        )  # fmt: skip
        self.notice, self.said, self.code = Notice(), Label(), Label()
        self.table, self.flips, self.picture = Sheet(choosable=True), Sheet(), Plot()
        shown = GridBox([self.picture, self.flips])
        shown.add_class("wb-halves")
        super().__init__([self.line, self.notice, self.said, self.table, shown, self.code])
        self.add_class("wb-stack")
        self.table.observe(self._chosen, "selected")

    def load(self, run: Any) -> None:
        """Take this run; what was tried with another one is forgotten."""
        self.run, self.tried = run, []
        self.notice.clear()
        self._draw()

    def attempt(self, how: Any) -> Compressed:
        """Make the model smaller and measure it, as Try does.

        Parameters
        ----------
        how : str, dict or sequence of these
            As :func:`workbench.shipping.compress` takes it.

        Raises
        ------
        WorkbenchError
            See there.
        """
        from workbench.shipping import compress

        found = compress(self._known_run(), how)
        self.tried.append(found)
        self._draw()
        return found

    def keep(self, *, anyway: bool = False) -> Any:
        """Keep what was chosen, or tried last, as the folder of a run, as Keep does.

        Raises
        ------
        ModelError
            If quality is broken, and nobody said ``anyway=True``.
        DataError
            If nothing was tried yet.
        """
        found = self._meant()
        kept = found.save(anyway=anyway)
        self.said.value = t("ship.kept", path=str(kept.path))
        return kept

    def _known_run(self) -> Any:
        if self.run is None:
            raise DataError(t("ship.no_run"), t("ship.no_run_back"))
        return self.run

    def _meant(self) -> Compressed:
        if not self.tried:
            raise DataError(t("ship.nothing_tried"), t("ship.nothing_tried_back"))
        at = self.table.selected - 1
        return self.tried[at] if 0 <= at < len(self.tried) else self.tried[-1]

    def _act(self, name: str, values: dict[str, str]) -> None:
        if name == "try":
            how = WAYS[values.get("how", "int8")]
            self.line.work(lambda: self.attempt(how), self.notice)
        elif name in ("keep", "anyway"):
            self.line.work(lambda: self._kept(name == "anyway"), self.notice)

    def _kept(self, anyway: bool) -> None:
        try:
            self.keep(anyway=anyway)
        except ModelError as error:
            raise ModelError(error.message, t("ship.broken_back")) from error

    def _rows(self) -> pd.DataFrame:
        import pandas as pd

        first = self.tried[0].table
        rows = pd.concat([first.head(1), *(one.table.iloc[1:] for one in self.tried)])[COLUMNS]
        return rows.assign(flips=rows["flips"].fillna(0).astype(int))

    def _draw(self) -> None:
        if not self.tried:
            for part in (self.table, self.flips):
                part.layout.display = "none"
            self.picture.layout.display = "none"
            self.said.value = self.code.value = ""
            return
        rows, last = self._rows(), self.tried[-1]
        metric = metric_title(last.table["metric"].iloc[0], self.run.recipe.task)
        titles = [metric if name == "value" else t(f"ship.columns.{name}") for name in COLUMNS]
        about = last.table.attrs
        self.table.show(
            rows, titles, heading=t("ship.measured", n=about["examples"]),
            note=t("ship.measured_note", n=about["examples"], of=about["of"]),
        )  # fmt: skip
        self.said.value = " ".join(last.said)
        self.picture.limits = [0.0, 1.05, *_around([*rows["low"], *rows["high"], *rows["value"]])]
        self.picture.show(
            t("ship.picture"), t("ship.share"), metric,
            [{"name": row.name, "x": [row.megabytes / rows["megabytes"].max()], "y": [row.value],
              "low": [row.low], "high": [row.high], "points": [row.name]}
             for row in rows.itertuples()],
        )  # fmt: skip
        self._say(last)
        for part in (self.table, self.flips, self.picture):
            part.layout.display = None

    def _chosen(self, change: dict) -> None:
        if self.tried and change["new"] > 0:
            self._say(self._meant())

    def _say(self, one: Compressed) -> None:
        """What this one changes, answer by answer, and the Python that makes it."""
        changed = one.flipped().drop(columns="row")
        titles = [t(f"ship.flips.{name}") for name in changed.columns]
        heading = t("ship.flipped", n=len(changed), name=one.candidate.name)
        self.flips.show(changed, titles, heading=heading)
        how = one.how[0] if len(one.how) == 1 else one.how
        self.code.value = t("ship.twin", code=(
            f"wb.shipping.compress(wb.open_run({str(self.run.path)!r}), {how!r})"))  # fmt: skip


def _around(values: list[float]) -> tuple[float, float]:
    """Lowest and highest of these with a tenth of what lies between on either side."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    room = 0.1 * (high - low) or 0.1 * abs(high) or 0.1
    return low - room, high + room
