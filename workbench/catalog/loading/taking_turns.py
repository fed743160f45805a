"""A tokenizer that several threads may use: one call at a time cuts and pads.

The library keeps how texts are cut and padded in the tokenizer, sets it at each call and encodes
then: a call of another thread in between cuts texts that were to stay whole, leaves whole what was
to be cut, or takes the padding away.
"""

from __future__ import annotations

import threading
from typing import Any

_ENCODES = "_encode_plus"  # what every call of a tokenizer comes to


class Turns:
    """``_encode_plus`` of one tokenizer, by one thread at a time; copied with its tokenizer."""

    def __init__(self, tokenizer: Any):
        self.tokenizer, self._turn = tokenizer, threading.RLock()

    def __call__(self, *args: Any, **settings: Any) -> Any:
        with self._turn:
            return getattr(type(self.tokenizer), _ENCODES)(self.tokenizer, *args, **settings)

    def __getstate__(self) -> dict[str, Any]:
        return {"tokenizer": self.tokenizer}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["tokenizer"])


def by_turns(tokenizer: Any) -> Any:
    """The same tokenizer, its calls made one at a time."""
    if hasattr(type(tokenizer), _ENCODES):
        setattr(tokenizer, _ENCODES, Turns(tokenizer))
    return tokenizer
