"""BertViz's views as whole pages that ask no other host for anything.

BertViz's own page asks another host for three scripts. Here two of them are shipped beside this
module (``vendor/``, with their licences) and the third is replaced by two lines.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError

from ..base import source as text_of

if TYPE_CHECKING:
    from workbench.inspection import Attention

VIEWS = ("head", "model", "neuron")
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


def longest(attention: Attention) -> int:
    """Tokens up to which one layer of this model can be shown."""
    return int(np.sqrt(MAX_NUMBERS / attention.n_heads))


def bertviz_html(
    attention: Attention,
    view: str = "head",
    *,
    layers: Sequence[int] | None = None,
    dark: bool = False,
    source: Any = None,
) -> str:
    """A whole page with BertViz's view of this attention, without a request to anywhere.

    Parameters
    ----------
    attention : Attention
    view : {'head', 'model', 'neuron'}
    layers : sequence of int, optional
        Layers to show, from zero; needed for texts of more than 64 tokens.
    dark : bool
        Dark colours.
    source : Run, str or pathlib.Path, optional
        The model, whose queries and keys the neuron view shows.

    Raises
    ------
    DataError
        The view would be too large for a page, or is none of BertViz's.
    ModelError
        The neuron view of a model whose weights are not those of query by key alone.
    """
    if view not in VIEWS:
        raise DataError(f"There is no BertViz view {view!r}.", f"Allowed: {', '.join(VIEWS)}.")
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
    if view == "neuron":
        body = _neuron(attention, chosen, dark, source)
    else:
        body = _head_or_model(attention, view, chosen, dark)
    night = "#000" if view == "neuron" else "#111"
    ink, paper = ("#e6e6e6", night) if dark else ("#000", "#fff")
    scripts = map(_script, (text_of("vendor/jquery.min.js"), text_of("vendor/d3.min.js"), _SHIM))
    fill = "" if view == "neuron" else f"svg text{{fill:{ink}}}"
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<style>body{{margin:8px;background:{paper};color:{ink}}}"
        f"{fill}select{{background:{paper};color:{ink}}}</style>"
        f"{''.join(scripts)}</head><body>{body}{_script(_MEASURE)}</body></html>"
    )


def _head_or_model(attention: Attention, view: str, chosen: list[int], dark: bool) -> str:
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
    return _without_second_copy(page[start:]).replace("\\ue000", "\\u003c")


def _neuron(attention: Attention, chosen: list[int], dark: bool, source: Any) -> str:
    """The body of the neuron view: its own script, fed with this model's queries and keys.

    BertViz brings an old BERT of its own for it, which cannot read the models of today.
    """
    import bertviz

    if source is None:
        raise DataError(
            "The neuron view needs the model, for its queries and keys.", "Pass source=."
        )
    from workbench.inspection.inside.neurons import query_key_vectors

    n = len(attention)
    queries, keys = query_key_vectors(source, attention)
    numbers = len(chosen) * attention.n_heads * n * (n + 2 * queries.shape[-1])
    if numbers > MAX_NUMBERS:
        raise DataError(
            f"The neuron view writes every number as text, and these are {numbers:,}.",
            "Shorten the text, or choose one layer.",
        )
    data = {
        "attn": np.round(attention.weights[chosen].astype(np.float64), 4).tolist(),
        "queries": np.round(queries[chosen].astype(np.float64), 2).tolist(),
        "keys": np.round(keys[chosen].astype(np.float64), 2).tolist(),
        "left_text": attention.tokens,
        "right_text": attention.tokens,
    }
    causal = n > 1 and attention.weights[..., 0, 1:].max() == 0
    parameters = {
        "attention": {"all": data}, "default_filter": "all", "root_div_id": "neuron",
        "bidirectional": not causal, "display_mode": "dark" if dark else "light", "layer": 0,
        "head": 0,
    }  # fmt: skip
    values = json.dumps(parameters, separators=(",", ":")).replace("<", "\\u003c")
    code = (Path(bertviz.__file__).parent / "neuron_view.js").read_text(encoding="utf-8")
    renamed = f"[...document.querySelectorAll('#layer option')].forEach((o,i)=>o.text={chosen}[i]);"
    return (
        '<div id="neuron" style="padding:8px;font-family:sans-serif">'
        '<span class="dropdown-label">Layer: </span><select id="layer"></select> '
        '<span class="dropdown-label">Head: </span><select id="att_head"></select>'
        f'<div id="vis"></div></div>{_script("window.bertviz_params=" + values)}'
        f"{_script(code)}{_script(renamed)}"
    )


def _without_second_copy(body: str) -> str:
    """BertViz puts all weights into a comment too, where its template names the place."""
    before, mark, rest = body.rpartition("; // HACK: ")
    return before + ";" + rest[rest.index("\n") :] if mark else body


def _script(code: str) -> str:
    return "<script>" + code.replace("</script", "<\\/script") + "</script>"
