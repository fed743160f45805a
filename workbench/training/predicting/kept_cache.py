"""What a decoder has computed of the text before, kept for a text that begins alike."""

from __future__ import annotations

from typing import Any

from ... import libraries
from ...catalog.model_folders.virtual_tokens import NAME as VIRTUAL


class Kept:
    """Keys and values of the tokens that a model read and wrote last.

    The next prompt is read from where it differs; the result is that of a model that reads all of
    it, up to how sums are rounded. Of a model that looks back through a window, or keeps nothing,
    all is read again.

    Examples
    --------
    >>> kept = Kept()
    >>> kept.ids, kept.spared
    ([], 0)
    """

    def __init__(self) -> None:
        self.ids: list[int] = []  # whose keys and values there are
        self.spared = 0  # tokens of the last prompt that were not read again
        self._cache: Any = None

    def options(self, model: Any, ids: list[int]) -> dict[str, Any]:
        """What ``model.generate`` is told for a prompt of these tokens.

        Until :meth:`read` says how it went, nothing is kept: what fails leaves no half of it.
        """
        cache, held = self._cache, self.ids
        self.drop()
        if hasattr(model, VIRTUAL):  # of which the cache has more tokens than the text
            return {}
        same = alike(held, ids[:-1])  # the last one is read anew: it gives the first new token
        if cache is None or not same or any(cache.is_sliding) or not cache.is_croppable:
            same, cache = 0, None
        elif len(held) > same:
            cache.crop(same - len(held))
        if cache is None:
            config = model.config.get_text_config(decoder=True)
            cache = libraries.transformers("DynamicCache")(config=config)
        self._waiting, self.spared = cache, same
        return {"past_key_values": cache}

    def read(self, ids: list[int]) -> None:
        """The text ended as ``ids``, prompt included."""
        cache, self._waiting = self._waiting, None
        length = 0 if cache is None else int(cache.get_seq_length())
        if 0 < length <= len(ids):
            self._cache, self.ids = cache, ids[:length]

    def drop(self) -> None:
        """Keep nothing."""
        self._cache = self._waiting = None
        self.ids, self.spared = [], 0

    _waiting: Any = None


def alike(first: list[int], second: list[int]) -> int:
    """How many tokens two texts begin with in common.

    >>> alike([1, 2, 3], [1, 2, 4, 5]), alike([], [1]), alike([1], [1, 2])
    (2, 0, 1)
    """
    pairs = zip(first, second, strict=False)
    return next((n for n, (one, two) in enumerate(pairs) if one != two),
                min(len(first), len(second)))  # fmt: skip
