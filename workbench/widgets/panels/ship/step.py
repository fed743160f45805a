"""The app's last step: its panel is made when somebody first looks, so that the page comes soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...boxes import VBox

if TYPE_CHECKING:
    from .panel import ShipPanel


class ShipStep(VBox):
    """Holds a :class:`~.panel.ShipPanel` once it was looked at.

    Attributes
    ----------
    panel : ShipPanel or None
    """

    def __init__(self):
        self.panel: ShipPanel | None = None
        super().__init__([])

    def look(self, run: Any) -> ShipPanel:
        """Show this run, or that there is none; nothing is forgotten where it is shown already."""
        from .panel import ShipPanel

        if self.panel is None:
            self.panel = ShipPanel(run)
            self.children = (self.panel,)
        elif self.panel.asked is not run or self.panel.run is None:
            self.panel.load(run)
        return self.panel

    def close(self) -> None:
        """Close the widgets, and end the server."""
        if self.panel is not None:
            self.panel.close()
        super().close()
