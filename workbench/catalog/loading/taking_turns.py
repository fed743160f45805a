"""A tokenizer that several threads may use: one call at a time cuts and pads.

The library keeps how texts are cut and padded in the tokenizer, and of which language they are
where sources and targets are cut otherwise; it sets that at each call and encodes then. A call of
another thread in between cuts texts that were to stay whole, leaves whole what was to be cut, takes
the padding away, or reads a target as a source.
"""

from __future__ import annotations

import threading
from typing import Any

_ENCODES = "_encode_plus"  # what every call of a tokenizer comes to
_SWITCHES = ("_switch_to_input_mode", "_switch_to_target_mode")  # where it has them, before that


class Turns:
    """``_encode_plus`` of one tokenizer, by one thread at a time; copied with its tokenizer."""

    def __init__(self, tokenizer: Any):
        self.tokenizer, self._turn, self._mode = tokenizer, threading.RLock(), threading.local()

    def __call__(self, *args: Any, **settings: Any) -> Any:
        with self._turn:
            if name := getattr(self._mode, "name", ""):  # another thread may have switched since
                self._of_class(name)
            return self._of_class(_ENCODES, *args, **settings)

    def to_sources(self) -> None:
        """What this thread encodes next are sources."""
        self._switch(_SWITCHES[0])

    def to_targets(self) -> None:
        """What this thread encodes next are targets."""
        self._switch(_SWITCHES[1])

    def _switch(self, name: str) -> None:
        with self._turn:
            self._mode.name = name
            self._of_class(name)

    def _of_class(self, name: str, *args: Any, **settings: Any) -> Any:
        return getattr(type(self.tokenizer), name)(self.tokenizer, *args, **settings)

    def __getstate__(self) -> dict[str, Any]:
        return {"tokenizer": self.tokenizer}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["tokenizer"])


def by_turns(tokenizer: Any) -> Any:
    """The same tokenizer, its calls made one at a time."""
    turns, there = Turns(tokenizer), type(tokenizer)
    if hasattr(there, _ENCODES):
        setattr(tokenizer, _ENCODES, turns)
        if all(hasattr(there, name) for name in _SWITCHES):
            for name, switch in zip(_SWITCHES, (turns.to_sources, turns.to_targets), strict=True):
                setattr(tokenizer, name, switch)
    return tokenizer
