"""Widgets that several threads write at once: what one of them writes reaches the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any


class _OfThread:
    """An attribute of an object that each thread has for itself, with a default of its own."""

    def __init__(self, default: Callable[[Any], Any]):
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def _mine(self, widget: Any) -> dict[str, Any]:
        every = vars(widget)
        try:
            return every["_of_threads"].__dict__
        except KeyError:  # one of two threads that come first
            return every.setdefault("_of_threads", threading.local()).__dict__

    def __get__(self, widget: Any, owner: type | None = None) -> Any:
        if widget is None:
            return self
        mine = self._mine(widget)
        if self._name in mine:
            return mine[self._name]
        value = self._default(widget)
        if isinstance(value, set):  # is added to
            mine[self._name] = value
        return value

    def __set__(self, widget: Any, value: Any) -> None:
        self._mine(widget)[self._name] = value

    def __delete__(self, widget: Any) -> None:
        self._mine(widget).pop(self._name, None)


class Synced:
    """Beside a widget's class: none of its updates is lost where several threads write it.

    Clicks are handled in a thread of their own, answers are found in another, and cells run in a
    third. The widget library keeps what it holds back in the widget: values that were set
    while another thread held changes were told by that one when it was done, taken back with its
    own when these were refused, and forgotten when it failed. Here each thread holds back its own
    alone. A state is read and sent in one step, so that an older one never comes after a newer;
    what the page said itself is repeated where another thread contradicted it meanwhile, even if
    what follows of it failed; and a channel is closed between two messages, never within one.
    """

    _holding_sync = _OfThread(lambda widget: False)
    _states_to_send = _OfThread(lambda widget: set())
    _property_lock = _OfThread(lambda widget: {})
    _cross_validation_lock = _OfThread(lambda widget: False)
    # set and deleted by whoever holds notifications; a method otherwise
    notify_change = _OfThread(lambda widget: _teller(widget))

    def __new__(cls, *args: Any, **traits: Any):
        widget = super().__new__(cls, *args, **traits)
        widget._sending = threading.RLock()  # nothing is waited for while it is held
        widget._sent = {}  # trait: the number of its last update, the thread that sent it
        widget._updates = 0
        return widget

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send the state, or these traits of it; see ``ipywidgets.Widget.send_state``."""
        names = self.keys if key is None else [key] if isinstance(key, str) else list(key)
        with self._sending:
            self._updates += 1
            self._sent.update(dict.fromkeys(names, (self._updates, threading.get_ident())))
            super().send_state(names)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page says; see ``ipywidgets.Widget.set_state``."""
        before, mine = self._updates, threading.get_ident()
        try:
            super().set_state(sync_data)
        finally:
            with self._sending:
                sent = {name: self._sent.get(name, (0, mine)) for name in sync_data}
                others = [n for n, (at, thread) in sent.items() if at > before and thread != mine]
                if others:
                    self.send_state(others)

    def close(self) -> None:
        """Close the channel to the page; see ``ipywidgets.Widget.close``."""
        with self._sending:
            super().close()

    def _send(self, msg: dict[str, Any], buffers: list | None = None) -> None:
        with self._sending:
            super()._send(msg, buffers)


def _teller(widget: Any) -> Callable[[Any], None]:
    """What tells a change of a widget when nobody holds it back."""
    return super(Synced, widget).notify_change  # type: ignore
