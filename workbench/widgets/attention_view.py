"""All heads at a glance, one head in detail: attention of a text in the browser."""

from __future__ import annotations

import numpy as np
import traitlets

from workbench.inspection.attention import Attention

from .base import View, module, pack
from .subshell import answer_while_busy

OVERVIEW_BYTES = 150_000  # up to this size every head travels whole and needs no kernel again
SMALLEST = 12  # pixels of a head in the overview of a long text


class AttentionView(View):
    """Attention of one text; layer and head are chosen by mouse, by keyboard or from Python.

    Parameters
    ----------
    attention : Attention, optional
        What :func:`workbench.inspection.attention.attention` returned.

    Notes
    -----
    Weights travel as bytes, each head stretched to its own maximum. A long text's heads are pooled
    (maximum) for the overview, and the chosen head alone is sent whole.
    """

    TEXTS = "attention"
    _esm = module("attention_view.js")
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    special = traitlets.Bytes(b"").tag(sync=True)  # uint8 [n]: 1 for what the tokenizer added
    n_layers = traitlets.Int(0).tag(sync=True)
    n_heads = traitlets.Int(0).tag(sync=True)
    size = traitlets.Int(0).tag(sync=True)  # pixels of a head in the overview
    overview = traitlets.Bytes(b"").tag(sync=True)  # uint8 [layer, head, size, size]
    scale = traitlets.Bytes(b"").tag(sync=True)  # float32 [layer, head]: the weight behind 255
    matrix = traitlets.Bytes(b"").tag(sync=True)  # uint8 [n, n], chosen head; b"": in overview
    matrix_of = traitlets.List(traitlets.Int()).tag(sync=True)  # [layer, head] of ``matrix``
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    query = traitlets.Int(0).tag(sync=True)  # chosen token; -1 for all
    picture = traitlets.Enum(["lines", "matrix"], "lines").tag(sync=True)

    def __init__(self, attention: Attention | None = None, **traits):
        super().__init__(**traits)
        answer_while_busy(self)
        self._codes: np.ndarray | None = None
        if attention is not None:
            self.show(attention)
        self.observe(self._send_head, ["layer", "head"])

    def show(self, attention: Attention) -> None:
        """Show this attention in place of what is shown."""
        codes, scale = attention.to_uint8(per_head=True)  # [L, H, n, n], [L, H]
        n_layers, n_heads, n = codes.shape[:3]
        fits = int(np.sqrt(OVERVIEW_BYTES / (n_layers * n_heads)))
        size = n if n <= fits else min(n, max(SMALLEST, fits))
        self._codes = codes
        with self.hold_sync():
            self.tokens = list(attention.tokens)
            self.special = attention.special.astype(np.uint8).tobytes()
            self.n_layers, self.n_heads, self.size = n_layers, n_heads, size
            self.overview = pooled(codes, size).tobytes()
            self.scale = pack(scale)
            self.layer = min(self.layer, n_layers - 1)
            self.head = min(self.head, n_heads - 1)
            self.query = min(max(self.query, -1), n - 1)
            self._send_head()

    def select(self, layer: int, head: int) -> None:
        """Choose a head, both counted from zero, as a click in the overview does.

        Raises
        ------
        IndexError
            If the model has no such head.
        """
        if not (0 <= layer < self.n_layers and 0 <= head < self.n_heads):
            raise IndexError(
                f"There is no layer {layer}, head {head}; there are {self.n_layers} layers "
                f"of {self.n_heads} heads."
            )
        with self.hold_sync():
            self.layer, self.head = layer, head

    def clear(self) -> None:
        """Show nothing."""
        self._codes = None
        with self.hold_sync():
            self.tokens, self.n_layers, self.n_heads, self.size = [], 0, 0, 0
            self.overview = self.matrix = self.special = self.scale = b""

    def _send_head(self, _change=None) -> None:
        codes = self._codes
        if codes is None or self.size == codes.shape[2]:
            self.matrix = b""
            return
        if self.layer < codes.shape[0] and self.head < codes.shape[1]:
            with self.hold_sync():
                self.matrix_of = [self.layer, self.head]
                self.matrix = codes[self.layer, self.head].tobytes()

    def __repr__(self) -> str:
        size = f"{self.n_layers} layers, {self.n_heads} heads, {len(self.tokens)} tokens"
        return f"AttentionView({size})"


def pooled(codes: np.ndarray, size: int) -> np.ndarray:
    """The last two axes shrunk to ``size`` by the maximum of each block, so that no stripe is lost.

    >>> pooled(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4), 2)[0, 0].tolist()
    [[5, 7], [13, 15]]
    """
    n = codes.shape[-1]
    if n <= size:
        return codes
    starts = np.linspace(0, n, size + 1).astype(int)[:-1]
    return np.maximum.reduceat(np.maximum.reduceat(codes, starts, axis=-1), starts, axis=-2)
