"""The panel that ships a run: make it smaller, export it, hand it over, serve it."""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.i18n import t

from ...boxes import VBox
from ...elements.notice import Notice
from ..file_predictions import FilePredictions
from .handing_over import HandingOver
from .serving import Serving
from .smaller import Smaller


class ShipPanel(VBox):
    """Ship a finished run; each part has methods that its clicks call.

    Parameters
    ----------
    run : Run, str or path, optional
        Another one by :meth:`load`.

    Attributes
    ----------
    smaller : Smaller
        Ways to make the model smaller, each measured on drawn rows before it is kept.
    handing_over : HandingOver
        Folders for other programs, and for other people.
    serving : Serving
        A server on this machine.
    file : FilePredictions
        A file in, its predictions out.

    Examples
    --------
    What clicks do, without clicking::

        panel = wb.widgets.ShipPanel(run)
        panel.smaller.attempt("int8")
        kept = panel.smaller.keep()
        panel.handing_over.make("pack", "my-model")
    """

    def __init__(self, run: Any = None):
        self.run: Any = None
        self.asked: Any = None  # of :meth:`load`, also where it is not done
        self.notice = Notice()
        self.smaller, self.handing_over = Smaller(), HandingOver()
        self.serving, self.file = Serving(), FilePredictions()
        self.parts = [self.smaller, self.handing_over, self.serving, self.file]
        super().__init__([self.notice, *self.parts])
        self.add_class("wb-stack")
        self.load(run)

    def load(self, run: Any) -> None:
        """Take this run; None, or one that is not done, is said."""
        from workbench.training.run import open_run

        self.notice.clear()
        self.asked = run
        try:
            self.run = open_run(run) if isinstance(run, str) or hasattr(run, "__fspath__") else run
            if self.run is not None:
                self.run.check_finished()
        except WorkbenchError as error:
            self.run = None
            self.notice.show_error(error)
        if run is None:
            self.notice.show(t("ship.no_run"), t("ship.no_run_back"))
        for part in self.parts:
            part.layout.display = None if self.run is not None else "none"
            part.load(self.run)

    def close(self) -> None:
        """Close the widgets, and end the server."""
        self.serving.stop()
        super().close()

    def __repr__(self) -> str:
        return f"<ShipPanel: {self.run!r}>"
