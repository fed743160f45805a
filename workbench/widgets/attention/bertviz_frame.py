"""BertViz's head, model and neuron view in a frame that may run scripts and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.errors import DataError, explain
from workbench.i18n import t

from ..base import View, module
from .bertviz_page import MAX_TOKENS, VIEWS, bertviz_html, longest

if TYPE_CHECKING:
    from workbench.inspection import Attention


class BertVizFrame(View):
    """BertViz on demand: nothing is made or sent before its button is pressed.

    The page is no part of the widget's state, so that a saved notebook stays small. For a text of
    more than ``MAX_TOKENS`` tokens a layer is chosen in the frame; one that is too long even for
    that is refused in a sentence.

    Parameters
    ----------
    attention : Attention, optional
    source : Run, str or pathlib.Path, optional
        The model; without it there is no neuron view.
    """

    TEXTS = "bertviz"
    _esm = module("attention/bertviz_frame.js")
    key = traitlets.Int(0).tag(sync=True)  # grows when another attention is shown
    offered = traitlets.Bool(False).tag(sync=True)
    views = traitlets.List(traitlets.Unicode()).tag(sync=True)
    n_layers = traitlets.Int(0).tag(sync=True)  # to choose one of; 0: all are shown
    why_not = traitlets.Unicode("").tag(sync=True)

    def __init__(self, attention: Attention | None = None, *, source: Any = None, **traits):
        super().__init__(**traits)
        self.layers: Sequence[int] | None = None
        self._attention: Attention | None = None
        self._source: Any = None
        self.on_msg(self._message)
        if attention is not None:
            self.show(attention, source=source)

    def show(
        self,
        attention: Attention | None,
        *,
        layers: Sequence[int] | None = None,
        source: Any = None,
    ) -> None:
        """Offer the views of this attention; None offers nothing."""
        self._attention, self.layers, self._source = attention, layers, source
        n = 0 if attention is None else len(attention)
        choose = layers is None and n > MAX_TOKENS
        too_long = choose and n > longest(attention)
        with self.hold_sync():
            self.key += 1
            self.offered = attention is not None and not too_long
            self.views = [v for v in VIEWS if v != "neuron" or source is not None]
            self.n_layers = attention.n_layers if choose and not too_long else 0
            self.why_not = ""
            if too_long:
                self.why_not = t("bertviz.too_long", n=n, limit=longest(attention))
            elif choose:
                self.why_not = t("bertviz.choose_layer", n=n, limit=MAX_TOKENS)

    def refuse(self, n: int) -> None:
        """Offer nothing, and say that a text of ``n`` tokens is too long."""
        self.show(None)
        self.why_not = t("bertviz.too_long", n=n, limit=MAX_TOKENS)

    def page(self, view: str, *, dark: bool = False, layer: int | None = None) -> str:
        """What the frame shows; ``layer`` alone, where one is named."""
        if self._attention is None:
            raise DataError("There is no attention to show.", "Choose an example or type a text.")
        layers = self.layers if layer is None else [layer]
        return bertviz_html(self._attention, view, layers=layers, dark=dark, source=self._source)

    def _message(self, _widget, content: dict, _buffers) -> None:
        view, layer = content.get("ask"), content.get("layer")
        if view not in VIEWS:
            return
        layer = layer if self.n_layers and isinstance(layer, int) else None
        try:
            page = self.page(view, dark=bool(content.get("dark")), layer=layer)
        except Exception as error:  # the frame says it; a message handler has nobody to raise to
            self.send({"error": " ".join(explain(error)), "view": view})
            return
        self.send({"view": view}, [page.encode("utf-8")])
