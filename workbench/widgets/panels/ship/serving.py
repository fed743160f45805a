"""A server of the run's model on this machine, started and ended by a button."""

from __future__ import annotations

from typing import Any

from workbench.errors import DataError
from workbench.i18n import t

from ...boxes import Label, VBox
from ...elements.notice import Notice
from ...elements.toolbar import Line


class Serving(VBox):
    """Start a server, see its address, end it.

    Attributes
    ----------
    server : Server or None
    """

    def __init__(self):
        self.run: Any = None
        self.server: Any = None
        self.line = Line(on_action=self._act)
        self._offer("start", "ship.serve")
        self.notice, self.said = Notice(), Label()
        super().__init__([self.line, self.notice, self.said])
        self.add_class("wb-stack")

    def load(self, run: Any) -> None:
        """Take this run; the server of another one is ended."""
        self.stop()
        self.run = run
        self.notice.clear()

    def start(self) -> Any:
        """Start it, as the button does.

        Raises
        ------
        WorkbenchError
            See :func:`workbench.shipping.serve`.
        """
        from workbench import shipping

        if self.run is None:
            raise DataError(t("ship.no_run"), t("ship.no_run_back"))
        self.stop()
        self.server = shipping.serve(self.run)
        ask = (
            "curl -H 'Content-Type: application/json' "
            f"""-d '{{"input": "a text"}}' {self.server.url}/predict"""
        )
        self.said.value = t("ship.served", url=self.server.url, ask=ask)
        self._offer("stop", "ship.serve_stop")
        return self.server

    def stop(self) -> None:
        """End it, once what it has accepted is answered; nothing happens where there is none."""
        server, self.server = self.server, None
        if server is not None:
            server.stop()
        self.said.value = ""
        self._offer("start", "ship.serve")

    def _offer(self, name: str, label: str) -> None:
        self.line.actions = [{"name": name, "label": t(label)}]

    def _act(self, name: str, _values: dict[str, str]) -> None:
        self.line.work(self.start if name == "start" else self.stop, self.notice)
