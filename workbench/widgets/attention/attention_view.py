"""All heads at a glance, one head in detail: attention of a text in the browser.

Long because it is one widget: forty traits are its state, and what sets them stays beside them.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench import inspection
from workbench.errors import explain
from workbench.i18n import t

from ..base import View, module, pack
from ..static_stand_in import StandIn
from ..turns import Turns
from .pooling import shrunk

if TYPE_CHECKING:
    from workbench.inspection import Attention, LongText

OVERVIEW_BYTES = 150_000  # up to this size every head travels whole and needs no kernel again
SMALLEST = 12  # pixels of a head in the overview of a long text
HEADS, ROLLOUT = "heads", "rollout"


class AttentionView(View):
    """Attention of one text; all is chosen by mouse, by keyboard or from Python.

    Parameters
    ----------
    attention : Attention, LongText or mapping of str to Attention, optional
        What :func:`workbench.inspection.attention` or ``sequence_attention`` returned, or a text
        that is read part by part.
    source : Run, str or pathlib.Path, optional
        The model, so that attribution can be asked beside the attention.

    Notes
    -----
    Weights travel as bytes, each head stretched to its own maximum. A long text's heads are pooled
    (maximum) for the overview, and the chosen head alone is sent whole. Displayed by itself, the
    view leaves a picture of the chosen head below, which is seen where no kernel is.
    """

    TEXTS = "attention"
    _esm = module("keys.js", "attention/attention_pictures.js", "attention/attention_view.js")
    identity = traitlets.Unicode().tag(sync=True)  # of the stand-in picture
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    special = traitlets.Bytes(b"").tag(sync=True)  # uint8 [n]: 1 for what the tokenizer added
    key_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)  # []: the same tokens
    key_special = traitlets.Bytes(b"").tag(sync=True)
    n_layers = traitlets.Int(0).tag(sync=True)
    n_heads = traitlets.Int(0).tag(sync=True)
    layer_names = traitlets.List(traitlets.Int()).tag(sync=True)  # the model's numbers of them
    tile = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)  # pixels of a head in overview
    overview = traitlets.Bytes(b"").tag(sync=True)  # uint8 [layer, head, *tile]
    scale = traitlets.Bytes(b"").tag(sync=True)  # float32 [layer, head]: the weight behind 255
    matrix = traitlets.Bytes(b"").tag(sync=True)  # uint8 [n, n], chosen head; b"": in overview
    matrix_of = traitlets.List(traitlets.Int()).tag(sync=True)  # [layer, head] of ``matrix``
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    query = traitlets.Int(0).tag(sync=True)  # chosen token; -1 for all
    picture = traitlets.Enum(["lines", "matrix"], "lines").tag(sync=True)
    least = traitlets.Float(0.02).tag(sync=True)  # weights below it are not drawn
    hide_special = traitlets.Bool(False).tag(sync=True)
    words = traitlets.Bool(False).tag(sync=True)  # pieces of a word put together
    words_offered = traitlets.Bool(False).tag(sync=True)
    summary = traitlets.Enum([HEADS, ROLLOUT], HEADS).tag(sync=True)
    summaries = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)  # encoder, decoder, cross
    kind = traitlets.Int(0).tag(sync=True)
    parts = traitlets.List(traitlets.Unicode()).tag(sync=True)  # of a long text
    part = traitlets.Int(0).tag(sync=True)
    key_part = traitlets.Int(0).tag(sync=True)
    layers_offered = traitlets.List(traitlets.Int()).tag(sync=True)  # one at a time
    asked_layer = traitlets.Int(0).tag(sync=True)
    besides = traitlets.List(traitlets.Unicode()).tag(sync=True)  # scores that can be asked for
    beside = traitlets.Unicode("").tag(sync=True)
    scores = traitlets.Bytes(b"").tag(sync=True)  # float32, one a token that is read
    beside_note = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, attention: Any = None, *, source: Any = None, **traits):
        super().__init__(identity=uuid.uuid4().hex[:12], **traits)
        self._codes: np.ndarray | None = None
        self._kinds: dict[str, Attention] = {}
        self._long: LongText | None = None
        self._source, self._turns, self._quiet = source, Turns(), False
        self._lock = threading.RLock()
        self._standin = StandIn(self, self._picture)
        self.shown: Attention | None = None
        if attention is not None:
            self.show(attention, source=source)
        self.observe(self._send_head, ["layer", "head"])
        self.observe(self._chosen, ["words", "summary", "kind"])
        self.observe(self._chosen_later, ["part", "key_part", "asked_layer"])
        self.observe(self._beside_chosen, ["beside", "query"])
        self.observe(self._standin.renew, ["layer", "head", "query", "words", "kind", "summary"])

    def show(self, attention: Any, *, source: Any = None) -> None:
        """Show this attention in place of what is shown; ``source`` as the class takes it."""
        self._quiet = True
        try:
            with self._lock, self.hold_sync():
                self._source = source
                self._long = attention if isinstance(attention, inspection.LongText) else None
                several = isinstance(attention, Mapping)
                self._kinds = dict(attention) if several else {}
                if self._long is None and not several:
                    self._kinds = {attention.part: attention}
                self.kinds, self.kind = list(self._kinds), 0
                self.beside, self.summary, self.part, self.key_part = "", HEADS, 0, 0
                self.parts = [f"{a + 1}–{b}" for a, b in self._long.parts] if self._long else []
                whole = self._long is not None and self._long.whole
                self.layers_offered = list(range(self._long.n_layers)) if whole else []
                self.asked_layer = 0
                self._refresh()
        finally:
            self._quiet = False
        self._standin.renew()

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

    def alone(self) -> AbstractContextManager[Any]:
        """Until this ends no scores are computed here; those that are, are waited for."""
        return self._lock

    def clear(self) -> None:
        """Show nothing."""
        self._codes, self.shown, self._long, self._kinds = None, None, None, {}
        with self._turns, self.hold_sync():
            self._turns.take()
            self.busy = False
            self.tokens, self.key_tokens, self.n_layers, self.n_heads = [], [], 0, 0
            self.tile, self.layer_names, self.parts, self.kinds = [0, 0], [], [], []
            self.overview = self.matrix = self.special = self.scale = self.scores = b""
            self.note = self.beside_note = ""

    def score(self, name: str) -> np.ndarray | None:
        """Put scores beside the tokens and wait for them, as choosing them in the view does.

        Parameters
        ----------
        name : str
            One of ``besides``: a method of attribution, or ``"flow"`` to the chosen token.

        Returns
        -------
        ndarray of float32, one a token, or None
            None where there are none; ``beside_note`` says why.
        """
        self._quiet = True
        try:
            self.beside = name
        finally:
            self._quiet = False
        self._score()
        return np.frombuffer(self.scores, "<f4").copy() if self.scores else None

    def _refresh(self) -> None:
        """Send what is chosen: part, kind, words and summary."""
        if self._long is not None and self._long.whole:
            self._put_block(self._long)
            return
        seen = self._long.part(self.part) if self._long else self._kinds[self.kinds[self.kind]]
        self.words_offered = seen.spans is not None and seen.key_tokens is None
        if self.words and self.words_offered:
            from workbench.inspection.inside.words import merge_words

            self._pieces, seen = seen, merge_words(seen)
        else:
            self._pieces = seen
        self.shown = seen
        self.summaries = [HEADS, ROLLOUT] if seen.key_tokens is None else [HEADS]
        if self.summary == ROLLOUT and seen.key_tokens is None:
            from workbench.inspection.inside.flows import rollout

            codes, scale = _bytes(rollout(seen)[:, None])
        else:
            codes, scale = seen.to_uint8(per_head=True)
        where = t("attention.note_window", n=self._long.n_tokens) if self._long else ""
        self.note = seen.warning or where
        keys = () if seen.key_tokens is None else (seen.key_tokens, seen.key_special)
        self._put(codes, scale, (seen.tokens, seen.special), keys, range(seen.n_layers))
        from .attention_beside import offered

        self.besides = offered(seen, self._source if len(self._kinds) < 2 else None)
        self._score_again()

    def _put_block(self, text: LongText) -> None:
        """A block of one layer of a text that the model reads whole."""
        seen = text.layer(self.asked_layer)
        (a, b), (c, d) = text.parts[self.part], text.parts[self.key_part]
        codes = np.ascontiguousarray(seen.codes[:, :, a:b, c:d])
        keys = (seen.tokens[c:d], seen.special[c:d]) if (a, b) != (c, d) else ()
        self.shown, self._pieces = None, None
        self.words_offered, self.summaries, self.besides = False, [HEADS], []
        self.scores, self.beside_note = b"", ""
        self.note = t("attention.note_block", n=text.n_tokens)
        self._put(codes, seen.scale, (seen.tokens[a:b], seen.special[a:b]), keys, seen.layers)

    def _put(self, codes, scale, queries: tuple, keys: tuple, layers) -> None:
        n_layers, n_heads, high, wide = codes.shape
        fits = max(SMALLEST, int(np.sqrt(OVERVIEW_BYTES / (n_layers * n_heads))))
        tile = [min(high, fits), min(wide, fits)] if max(high, wide) > fits else [high, wide]
        self._codes = codes
        with self.hold_sync():
            self.tokens, self.special = list(queries[0]), _mask(queries[1])
            self.key_tokens = list(keys[0]) if keys else []
            self.key_special = _mask(keys[1]) if keys else b""
            self.n_layers, self.n_heads, self.tile = n_layers, n_heads, tile
            self.layer_names = list(layers)
            self.overview = shrunk(codes, *tile).tobytes()
            self.scale = pack(scale)
            self.layer = min(self.layer, n_layers - 1)
            self.head = min(self.head, n_heads - 1)
            self.query = min(max(self.query, -1), high - 1)
            self._send_head()

    def _send_head(self, _change=None) -> None:
        codes = self._codes
        if codes is None or tuple(self.tile) == codes.shape[2:]:
            self.matrix = b""
            return
        if self.layer < codes.shape[0] and self.head < codes.shape[1]:
            with self.hold_sync():
                self.matrix_of = [self.layer, self.head]
                self.matrix = codes[self.layer, self.head].tobytes()

    def _chosen(self, _change) -> None:
        if not self._quiet and self.tokens:
            with self._lock, self.hold_sync():
                self._refresh()

    def _chosen_later(self, _change) -> None:
        if not self._quiet and self._long is not None:
            self._later(self._refresh)

    def _beside_chosen(self, change) -> None:
        if self._quiet or (change["name"] == "query" and self.beside != "flow"):
            return
        self._later(self._score)

    def _score_again(self) -> None:
        """Scores of other tokens than those that are shown are taken away, then asked again."""
        self.scores, self.beside_note = b"", ""
        if self.beside not in self.besides:
            self.beside = ""
        elif self.beside:
            self._later(self._score)

    def _score(self) -> None:
        with self._turns:
            name, seen, pieces, asked = self.beside, self.shown, self._pieces, self._turns.newest
        values, words = None, ""
        if name and seen is not None:
            from .attention_beside import TokenScores

            try:
                made = TokenScores.of(name, seen, pieces, self._source, max(self.query, 0))
                values, words = made.values, made.words
            except Exception as error:  # said beside the tokens
                words = " ".join(explain(error))
        with self._turns:
            if self._turns.is_newest(asked) and name == self.beside:
                with self.hold_sync():
                    self.scores = b"" if values is None else values.astype("<f4").tobytes()
                    self.beside_note = words

    def _later(self, work: Callable[[], None]) -> None:
        """Work in a thread; when more was asked meanwhile, only the newest is done."""
        with self._turns:
            number, self.busy = self._turns.take(), True

        def run() -> None:
            with self._lock:
                if not self._turns.is_newest(number):
                    return
                try:
                    work()
                except Exception as error:  # a thread has nobody to raise to
                    with self._turns:
                        if self._turns.is_newest(number):  # else what it worked on is gone
                            self.note = " ".join(explain(error))
                finally:
                    with self._turns:
                        if self._turns.is_newest(number):
                            self.busy = False

        self._thread = threading.Thread(target=run, name="workbench-attention", daemon=True)
        self._thread.start()

    def _picture(self) -> str:
        if self.shown is None:
            return ""
        from .attention_picture import static_html

        return static_html(self.shown, [(self.layer, self.head)], query=self.query)

    def _ipython_display_(self, **_) -> None:
        self._standin.display()

    def __repr__(self) -> str:
        size = f"{self.n_layers} layers, {self.n_heads} heads, {len(self.tokens)} tokens"
        return f"AttentionView({size})"


def _mask(special: np.ndarray) -> bytes:
    return np.asarray(special).astype(np.uint8).tobytes()


def _bytes(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """uint8 of the same shape, and what stands behind 255, float32 [layer, head]."""
    scale = np.maximum(weights.max(axis=(2, 3)), 1e-9)
    codes = np.rint(weights * (255 / scale)[..., None, None]).astype(np.uint8)
    return codes, scale.astype(np.float32)
