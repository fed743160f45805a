"""The feed-forward parts of a model, and what is left of them without some of their neurons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

# what leads into the neurons, what leads out, and the entries of the configuration that say how
# many there are, in families of the library
_FAMILIES = (
    (("intermediate.dense",), "output.dense", ("intermediate_size",)),  # BERT, RoBERTa, ELECTRA
    (("lin1",), "lin2", ("hidden_dim",)),  # DistilBERT
    (("gate_proj", "up_proj"), "down_proj", ("intermediate_size",)),  # Llama, Qwen
    (("c_fc",), "c_proj", ("n_inner",)),  # GPT-2
    (("fc1",), "fc2", ("encoder_ffn_dim", "decoder_ffn_dim")),  # BART, Marian
    (("wi",), "wo", ("d_ff",)),  # T5
    (("wi_0", "wi_1"), "wo", ("d_ff",)),
)


@dataclass(frozen=True)
class FeedForward:
    """One feed-forward part.

    Attributes
    ----------
    inner : tuple of str
        Names of the layers that give the neurons.
    out : str
        Name of the layer that reads them.
    neurons : int
    settings : tuple of str
        Entries of the configuration that count them.
    """

    inner: tuple[str, ...]
    out: str
    neurons: int
    settings: tuple[str, ...]


def feed_forwards(model: nn.Module) -> Iterator[FeedForward]:
    """The parts of a model whose neurons can be left out, from below."""
    known = dict(model.named_modules())
    for name, part in known.items():
        for inner, out, settings in _FAMILIES:
            if not name.endswith(f".{out}") or not hasattr(part, "weight"):
                continue
            owner = name.removesuffix(f".{out}")
            names = tuple(f"{owner}.{one}" for one in inner)
            if all(one in known for one in names):
                width = _upright(part).shape[1]
                yield FeedForward(names, name, width, settings)


def cut(model: nn.Module, one: FeedForward, kept: Sequence[int]) -> None:
    """Leave out all neurons but some, in place; the configuration is not touched."""
    rows = torch.as_tensor(list(kept))
    for name in one.inner:
        _shrink(model.get_submodule(name), rows, inputs=False)
    _shrink(model.get_submodule(one.out), rows, inputs=True)


def note(config: Any, settings: Sequence[str], neurons: int) -> None:
    """Say in a configuration how many neurons there are now."""
    for part in {id(one): one for one in (config, config.get_text_config(decoder=True))}.values():
        for name in settings:
            if hasattr(part, name):
                setattr(part, name, neurons)


def _shrink(layer: Any, rows: torch.Tensor, *, inputs: bool) -> None:
    """Some inputs, or some outputs, of a linear layer of either kind."""
    upright = isinstance(layer, nn.Linear)
    side = 1 if inputs == upright else 0
    layer.weight = nn.Parameter(layer.weight.detach().index_select(side, rows).clone())
    if not inputs and layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias.detach()[rows].clone())
    if upright:
        layer.out_features, layer.in_features = layer.weight.shape
    else:
        layer.nx, layer.nf = layer.weight.shape


def _upright(layer: Any) -> torch.Tensor:
    return layer.weight if isinstance(layer, nn.Linear) else layer.weight.T
