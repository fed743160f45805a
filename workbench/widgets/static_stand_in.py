"""A picture that stands where a widget was, for pages without a kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from typing import Any

from workbench.plain_html import as_it_is

from .later import later

VIEW = "application/vnd.jupyter.widget-view+json"
WAIT = 0.7  # seconds without another change before the picture is made again


class StandIn:
    """Shows a widget, and below it a picture that its own view hides while it lives.

    A saved notebook, an exported page and GitHub show the picture. It is made again when the widget
    says that it changed, a moment after the last change.

    Parameters
    ----------
    widget : a widget with the trait ``identity``
        Its view hides ``[data-workbench-static="<identity>"]``.
    make : callable
        Gives the picture as HTML that is safe to show, or "" for none.
    """

    def __init__(self, widget: Any, make: Callable[[], str]):
        self._widget, self._make = widget, make
        self._handle: Any = None
        self._timer: threading.Timer | None = None

    def display(self) -> None:
        """Show the widget and its picture in the cell that runs."""
        from IPython.display import HTML, display

        show_view(self._widget)
        self._handle = display(HTML(self._html()), display_id=True)

    def renew(self, _change=None) -> None:
        """Make the picture again, soon."""
        if self._handle is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = later(WAIT, self._update)

    def _update(self) -> None:
        from IPython.display import HTML

        self._handle.update(HTML(self._html()))

    def _html(self) -> str:
        identity = escape(self._widget.identity)
        made = as_it_is(self._make())
        return f'<div data-workbench-static="{identity}">{made}</div>'


def show_view(widget: Any) -> None:
    """Show a widget in the cell that runs, with its ``repr`` for pages that cannot.

    ipywidgets 7, which hosted notebooks have, knows no mime bundle: there it is made here.
    """
    from IPython.display import display

    data, metadata = {VIEW: {"version_major": 2, "version_minor": 0,
                             "model_id": widget.model_id}}, {}  # fmt: skip
    if hasattr(widget, "_repr_mimebundle_"):
        bundle = widget._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    display({**data, "text/plain": repr(widget)}, metadata=metadata, raw=True)
