"""A line of fields and buttons above a view: what it asks for, and what it is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import traitlets

from ..base import View, module
from .notice import Notice


class Line(View):
    """Fields, choices and buttons in a row.

    Parameters
    ----------
    on_action : callable, optional
        ``on_action(name, values)`` for a press of the button ``name``, and for ``change`` when
        another choice was taken; ``values`` maps the fields' names to texts.
    """

    TEXTS = "line"
    _esm = module("keys.js", "elements/toolbar.js")
    fields = traitlets.List().tag(sync=True)  # name, label; choices [[value, text]], wide, value
    actions = traitlets.List().tag(sync=True)  # name, label; busy, of one that ends what is done
    status = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    progress = traitlets.Unicode("").tag(sync=True)  # in place of the status, while busy

    def __init__(self, *, on_action: Callable[[str, dict[str, str]], None] | None = None, **traits):
        super().__init__(**traits)
        self._on_action = on_action
        self.on_msg(self._message)

    def act(self, action: str, **values: str) -> None:
        """Press this button with these values in the fields."""
        if self._on_action is not None:
            self._on_action(action, values)

    def work(self, task: Callable[[], object], notice: Notice) -> threading.Thread:
        """Do something long beside the kernel's thread; what goes wrong is said by ``notice``."""
        self.busy, self.progress = True, ""

        def run() -> None:
            try:
                task()
                notice.clear()
            except Exception as error:  # said, with its traceback folded away
                notice.show_error(error)
            finally:
                self.busy = False

        thread = threading.Thread(target=run, name="workbench-view", daemon=True)
        thread.start()
        return thread

    def _message(self, _widget, content: dict, _buffers) -> None:
        action, values = content.get("action"), content.get("values")
        known = {a["name"]: bool(a.get("busy")) for a in self.actions} | {"change": False}
        if known.get(action) is self.busy and isinstance(values, dict):
            self.act(action, **{str(k): str(v) for k, v in values.items()})
