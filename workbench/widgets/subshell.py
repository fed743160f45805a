"""Clicks that are handled while another cell is busy."""

from __future__ import annotations

from typing import Any


def answer_while_busy(widget: Any) -> bool:
    """Let a widget's messages run in the subshell that the front end chose, not behind a cell.

    ipykernel 7 sends the messages of a widget to the shell that last published on its channel, so
    that a click waits until the running cell ends. JupyterLab names a subshell of its own with
    each message; keeping to that name handles the click at once, in another thread. There is no
    public switch for it: where the comm does not know the method, nothing is changed.

    Returns
    -------
    bool
        Whether the widget's clicks are handled while a cell is busy.
    """
    comm = getattr(widget, "comm", None)
    if comm is None or not hasattr(comm, "_reply_subshell_for"):
        return False
    comm._reply_subshell_for = lambda data, default: default
    return True
