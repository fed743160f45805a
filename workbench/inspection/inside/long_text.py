"""A text that is longer than a view shows at once, part by part, computed when it is asked for."""

from __future__ import annotations

from typing import Any

from .attention import Attention, attention
from .loaded_model import check_text, opened, positions, source_name
from .long_attention import LONGEST, LongAttention, layer_attention, windows_of

AT_ONCE = 512  # tokens a view shows


class LongText:
    """The attention of a long text, read in windows or layer by layer.

    Where the model has positions for the whole text, it is read whole, and one layer's attention at
    a time is kept, a byte a weight (``whole`` is True; ask :meth:`layer`). Else it is read in
    windows that overlap and know nothing of each other (ask :meth:`part`). What was computed last
    is kept.

    Parameters
    ----------
    source : Run, str or pathlib.Path
    text : str
    up_to : int
        Longest text that is accepted, in tokens.

    Attributes
    ----------
    whole : bool
    n_tokens : int
    n_layers : int
    parts : list of (int, int)
        First token and the one after the last, of each window, or of each block of a whole text.

    Raises
    ------
    DataError
        The text is empty or longer than ``up_to`` tokens.
    """

    def __init__(self, source: Any, text: str, *, up_to: int = LONGEST):
        check_text(text, "The text")
        loaded = opened(source)
        self.source, self.text, self.up_to = source, text, up_to
        self._windows = windows_of(loaded, text, max_tokens=AT_ONCE, up_to=up_to)
        special = loaded.tokenizer.num_special_tokens_to_add()
        self.n_tokens = self._windows[-1].last + special
        self.n_layers = int(loaded.model.config.get_text_config().num_hidden_layers)
        self.whole = self.n_tokens <= min(positions(loaded), up_to) and loaded.head != "text"
        self.parts = [(w.first, w.last) for w in self._windows]
        if self.whole:
            starts = range(0, self.n_tokens, AT_ONCE)
            self.parts = [(start, min(self.n_tokens, start + AT_ONCE)) for start in starts]
        self._part: tuple[int, Attention] | None = None
        self._layer: tuple[int, LongAttention] | None = None

    def part(self, number: int) -> Attention:
        """Attention within one window."""
        if self._part is None or self._part[0] != number:
            window = self._windows[number]
            seen = attention(self.source, self.text[window.begins : window.ends])
            self._part = number, seen
        return self._part[1]

    def layer(self, layer: int) -> LongAttention:
        """One layer's attention of the whole text."""
        if self._layer is None or self._layer[0] != layer:
            seen = layer_attention(self.source, self.text, [layer], max_tokens=self.up_to)
            self._layer = layer, seen
        return self._layer[1]

    def __repr__(self) -> str:
        how = "whole" if self.whole else f"{len(self.parts)} windows"
        return f"LongText({self.n_tokens} tokens, {how}, {source_name(self.source)})"
