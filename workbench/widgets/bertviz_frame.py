"""BertViz head view and model view, offline, in a frame that may run scripts and nothing else.

BertViz's own page asks another host for three scripts. Here two of them are shipped beside this
module (``vendor/``, with their licences) and the third is replaced by two lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from workbench.errors import DataError, explain
from workbench.i18n import t
from workbench.inspection.attention import Attention

from .base import View, module, source
from .subshell import answer_while_busy

VIEWS = ("head", "model")
MAX_TOKENS = 64  # of all layers together; BertViz writes every weight as text
MAX_NUMBERS = 1_500_000
_MARK = "\ue000"  # stands for "<" until the page is whole: a token can close no script
_SHIM = (
    "window.require={config(){}};"
    "window.requirejs=(names,run)=>run.apply(window,names.map(n=>n==='jquery'?jQuery:d3));"
)
_MEASURE = (
    "new ResizeObserver(()=>parent.postMessage({height:document.body.scrollHeight},'*'))"
    ".observe(document.body);"
)


def bertviz_html(
    attention: Attention,
    view: str = "head",
    *,
    layers: Sequence[int] | None = None,
    dark: bool = False,
) -> str:
    """A whole page with BertViz's view of this attention, without a request to anywhere.

    Parameters
    ----------
    attention : Attention
    view : {'head', 'model'}
    layers : sequence of int, optional
        Layers to show, from zero; needed for texts of more than 64 tokens.
    dark : bool
        The model view's dark colours.

    Raises
    ------
    DataError
        The view would be too large for a page, or is none of BertViz's.
    """
    if view not in VIEWS:
        raise DataError(f"There is no BertViz view {view!r}.", "Allowed: 'head', 'model'.")
    n = len(attention)
    chosen = list(range(attention.n_layers)) if layers is None else sorted(set(layers))
    if any(not 0 <= layer < attention.n_layers for layer in chosen) or not chosen:
        raise DataError(
            f"layers is {list(layers or [])}; the model has layers 0 to {attention.n_layers - 1}.",
            "Name at least one of them.",
        )
    size = len(chosen) * attention.n_heads * n * n
    if (layers is None and n > MAX_TOKENS) or size > MAX_NUMBERS:
        raise DataError(
            f"BertViz writes every weight as text, and {n} tokens in {len(chosen)} layers are "
            f"{size:,} of them; it is offered up to {MAX_TOKENS} tokens.",
            "Shorten the text, or choose fewer layers; the view above has no such limit.",
        )
    import bertviz
    import torch

    # three digits as float64: "0.123", not twenty characters of binary noise
    rounded = torch.from_numpy(np.round(attention.weights.astype(np.float64), 3))
    tokens = [token.replace("<", _MARK) for token in attention.tokens]
    options = {"display_mode": "dark" if dark else "light"} if view == "model" else {}
    page = getattr(bertviz, f"{view}_view")(
        [layer[None] for layer in rounded], tokens, include_layers=chosen, html_action="return",
        **options,
    ).data  # fmt: skip
    start = page.index("</script>") + len("</script>")  # what comes before asks for require.js
    body = _without_second_copy(page[start:]).replace("\\ue000", "\\u003c")
    ink, paper = ("#e6e6e6", "#111") if dark else ("#000", "#fff")
    scripts = map(_script, (source("vendor/jquery.min.js"), source("vendor/d3.min.js"), _SHIM))
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<style>body{{margin:8px;background:{paper};color:{ink}}}"
        f"svg text{{fill:{ink}}}select{{background:{paper};color:{ink}}}</style>"
        f"{''.join(scripts)}</head><body>{body}{_script(_MEASURE)}</body></html>"
    )


def _without_second_copy(body: str) -> str:
    """BertViz puts all weights into a comment too, where its template names the place."""
    before, mark, rest = body.rpartition("; // HACK: ")
    return before + ";" + rest[rest.index("\n") :] if mark else body


def _script(code: str) -> str:
    return "<script>" + code.replace("</script", "<\\/script") + "</script>"


class BertVizFrame(View):
    """BertViz on demand: nothing is made or sent before its button is pressed.

    The page is no part of the widget's state, so that a saved notebook stays small.
    """

    TEXTS = "bertviz"
    _esm = module("bertviz_frame.js")
    key = traitlets.Int(0).tag(sync=True)  # grows when another attention is shown
    offered = traitlets.Bool(False).tag(sync=True)
    why_not = traitlets.Unicode("").tag(sync=True)

    def __init__(self, attention: Attention | None = None, **traits):
        super().__init__(**traits)
        answer_while_busy(self)
        self.layers: Sequence[int] | None = None
        self._attention: Attention | None = None
        self.on_msg(self._message)
        if attention is not None:
            self.show(attention)

    def show(self, attention: Attention | None, *, layers: Sequence[int] | None = None) -> None:
        """Offer the views of this attention; None offers nothing."""
        self._attention, self.layers = attention, layers
        too_long = attention is not None and layers is None and len(attention) > MAX_TOKENS
        with self.hold_sync():
            self.key += 1
            self.offered = attention is not None and not too_long
            self.why_not = (
                t("bertviz.too_long", n=len(attention), limit=MAX_TOKENS) if too_long else ""
            )

    def page(self, view: str, *, dark: bool = False) -> str:
        """What the frame shows."""
        if self._attention is None:
            raise DataError("There is no attention to show.", "Choose an example or type a text.")
        return bertviz_html(self._attention, view, layers=self.layers, dark=dark)

    def _message(self, _widget, content: dict, _buffers) -> None:
        view = content.get("ask")
        if view not in VIEWS:
            return
        try:
            page = self.page(view, dark=bool(content.get("dark")))
        except Exception as error:  # the frame says it; a message handler has nobody to raise to
            self.send({"error": " ".join(explain(error)), "view": view})
            return
        self.send({"view": view}, [page.encode("utf-8")])
