"""A search while it goes on: its trials, the best so far, what matters; Stop and Go on."""

from __future__ import annotations

import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.plots.searches import axes_of
from workbench.task_words import metric_title

from ..boxes import VBox
from ..elements.notice import Notice
from ..elements.parallel import Parallel
from ..elements.table import Sheet
from ..elements.toolbar import Line

if TYPE_CHECKING:
    from workbench.training.searching.search import Search

log = logging.getLogger("workbench")

EVERY = 1.0  # seconds between two looks


class SearchPanel(VBox):
    """Watch a search, stop it, let it go on.

    Parameters
    ----------
    search : Search
        Of ``wb.start_search``, or one that is done.
    """

    def __init__(self, search: Search):
        self.search = search
        self._seen: Any = None
        self.line = Line(on_action=self._act, actions=[
            {"name": "stop", "label": t("search_panel.stop"), "busy": True},
            {"name": "go_on", "label": t("search_panel.go_on")},
        ])  # fmt: skip
        self.notice, self.trials, self.picture = Notice(), Sheet(), Parallel()
        self.importance = Sheet()
        super().__init__([self.line, self.notice, self.trials, self.picture, self.importance])
        self.add_class("wb-stack")
        self.refresh()
        self._ended = threading.Event()
        threading.Thread(target=_follow, args=(weakref.ref(self), self._ended),
                         name="workbench-search-panel", daemon=True).start()  # fmt: skip

    def refresh(self) -> None:
        """Show the search as it is now; nothing is sent where nothing changed."""
        table, state = self.search.table(), self.search.state
        seen = state, table.to_json(), self.search.problem()
        if seen == self._seen:
            return
        self.line.busy, self.line.status = state == "running", ""
        self.line.progress = t("search_panel.running") if state == "running" else ""
        self.notice.show(self.search.problem())
        metric = metric_title(self.search.metric, self.search.recipe.task)
        titles = [t("search_panel.trial"), *self.search.space, metric, t("search_panel.state"),
                  t("search_panel.evaluations"), t("search_panel.run"), ""]  # fmt: skip
        self.trials.show(table, titles, heading=self.search.name, note=self.search.said)
        self._draw(table)
        self._seen = seen

    def stop(self) -> None:
        """Stop the search, as the button does."""
        self.line.progress = t("search_panel.stopping")
        self.search.stop()

    def go_on(self) -> None:
        """Let it go on in workers, as the button does."""
        try:
            self.search.start()
            self.notice.clear()
        except WorkbenchError as error:
            self.notice.show_error(error)
        self.refresh()

    def close(self) -> None:
        """Look no more, and close the widgets; the search goes on."""
        self._ended.set()
        super().close()

    def _draw(self, table: Any) -> None:
        done = table[table["state"] == "done"]
        best = self.search.best_trial()
        if best is None:
            self.picture.show("", [], [])
            self.importance.show(table.iloc[:0, :0], [])
            return
        axes = axes_of(self.search, done)
        places = [_scaled(axis["values"], axis["values"]) for axis in axes]
        columns = [*self.search.space, self.search.metric]
        lines = [
            {"name": t("search_panel.line", trial=int(row["trial"])),
             "places": [float(place[n]) for place in places],
             "texts": [_text(row[name]) for name in columns],
             "best": int(row["trial"]) == best.number}
            for n, (_, row) in enumerate(done.iterrows())
        ]  # fmt: skip
        lines.sort(key=lambda line: line["best"])  # drawn over the others
        self.picture.show(
            t("search_plots.trials", n=len(done), of=len(table)),
            [{"name": axis["label"], "ticks": _ticks(axis)} for axis in axes], lines,
        )  # fmt: skip
        found = self.search.importance()
        frame = found.rename_axis("field").reset_index()
        names = [t("search_panel.field"), t("search_plots.share")] if len(found) else []
        heading = t("search_plots.importance") if len(found) else ""
        self.importance.show(frame, names, heading=heading)

    def _act(self, name: str, _values: dict[str, str]) -> None:
        self.stop() if name == "stop" else self.go_on()

    def __repr__(self) -> str:
        return f"SearchPanel({self.search!r})"


def _follow(panel: weakref.ref[SearchPanel], ended: threading.Event) -> None:
    while not ended.wait(EVERY):
        held = panel()
        if held is None:
            return
        try:
            held.refresh()
        except Exception:  # a folder that was moved, say: the next look tries again
            log.debug("The panel could not show its search", exc_info=True)
        del held


def _scaled(values: Any, among: Any) -> np.ndarray:
    """Places from 0 to 1 between the lowest and the highest; a half where all are one."""
    values, among = np.asarray(values, float), np.asarray(among, float)
    width = among.max() - among.min()
    return (values - among.min()) / width if width else np.full(len(values), 0.5)


def _ticks(axis: dict) -> list[list]:
    """Of an axis without ticks of its own its ends."""
    if "tickvals" in axis:
        texts, at = axis["ticktext"], axis["tickvals"]
    else:
        at = sorted({float(min(axis["values"])), float(max(axis["values"]))})
        texts = [f"{value:.3g}" for value in at]
    places = _scaled(at, axis["values"])
    return [[float(place), text] for place, text in zip(places, texts, strict=True)]


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
