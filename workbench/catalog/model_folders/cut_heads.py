"""Attention with some of its heads: what the others would have said is zero, and is left out.

A head whose values are zero, and whose outputs nothing is made of, takes no part in what the layer
says, and no gradient ever reaches it: it stays out through a training. Its rows of query, key and
value and its columns of the output can then be left out, and the layer says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

# names of query, key, value below the part that counts heads, and of the output beside or below it
_FAMILIES = (
    (("query", "key", "value"), "num_attention_heads", "../output.dense"),
    (("q_lin", "k_lin", "v_lin"), "n_heads", "out_lin"),
)


@dataclass(frozen=True)
class Attention:
    """Where the heads of one layer are.

    Attributes
    ----------
    name : str
        Of the part that counts them.
    inner : tuple of str
        Names of query, key and value.
    out : str
        Name of the layer that joins the heads.
    heads, size : int
        How many, and how wide each is.
    """

    name: str
    inner: tuple[str, ...]
    out: str
    heads: int
    size: int

    def places(self, heads: Sequence[int]) -> torch.Tensor:
        """The rows (of the output the columns) of some heads."""
        whole = torch.arange(self.heads * self.size).view(self.heads, self.size)
        return whole[list(heads)].flatten()

    def to_dict(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def attentions(model: nn.Module) -> Iterator[Attention]:
    """The layers of attention whose heads can be left out, from below.

    Those of BERT, RoBERTa, ELECTRA and DistilBERT; layers of other families are passed over.
    """
    known = dict(model.named_modules())
    for name, part in known.items():
        for inner, count, out in _FAMILIES:
            names = tuple(f"{name}.{one}" for one in inner)
            owner = name.rpartition(".")[0]
            last = f"{owner}.{out[3:]}" if out.startswith("../") else f"{name}.{out}"
            if all(isinstance(known.get(one), nn.Linear) for one in (*names, last)) and (
                heads := getattr(part, count, None)
            ):
                size = known[names[0]].out_features // heads
                if hasattr(part, "attention_head_size") and type(heads) is int:
                    yield Attention(name, names, last, heads, size)


def silence(model: nn.Module, one: Attention, heads: Sequence[int]) -> None:
    """Let heads say nothing: their values are zero, and so is what is made of them. In place."""
    rows = one.places(heads)
    with torch.no_grad():
        value: Any = model.get_submodule(one.inner[2])
        value.weight[rows] = 0.0
        if value.bias is not None:
            value.bias[rows] = 0.0
        out: Any = model.get_submodule(one.out)
        out.weight[:, rows] = 0.0


def silent(model: nn.Module, one: Attention) -> list[int]:
    """Heads that say nothing."""
    value: Any = model.get_submodule(one.inner[2])
    out: Any = model.get_submodule(one.out)
    found = []
    for head in range(one.heads):
        rows = one.places([head])
        parts = [value.weight[rows], out.weight[:, rows]]
        parts += [] if value.bias is None else [value.bias[rows]]
        if not any(bool(part.any()) for part in parts):
            found.append(head)
    return found


def cut(model: nn.Module, one: Attention, kept: Sequence[int]) -> None:
    """Leave out all heads but some, in place."""
    rows, part = one.places(kept), model.get_submodule(one.name)
    for name in one.inner:
        plain: Any = model.get_submodule(name)
        bias = None if plain.bias is None else plain.bias.detach()[rows]
        model.set_submodule(name, _linear(plain.weight.detach()[rows], bias, plain.training))
    plain: Any = model.get_submodule(one.out)
    bias = None if plain.bias is None else plain.bias.detach()
    made = _linear(plain.weight.detach()[:, rows], bias, plain.training)
    model.set_submodule(one.out, made)
    for name in ("num_attention_heads", "n_heads"):
        if hasattr(part, name):
            setattr(part, name, len(kept))
    if hasattr(part, "all_head_size"):
        part.all_head_size = len(kept) * one.size


def whole_weights(
    weights: dict[str, torch.Tensor], one: Attention, kept: Sequence[int]
) -> dict[str, torch.Tensor]:
    """Weights of a layer that was cut, with zeros in place of the heads that are left out."""
    rows, width, found = one.places(kept), one.heads * one.size, dict(weights)
    for name in one.inner:
        for key in (f"{name}.weight", f"{name}.bias"):
            if key in found:
                whole = found[key].new_zeros((width, *found[key].shape[1:]))
                whole[rows] = found[key]
                found[key] = whole
    key = f"{one.out}.weight"
    whole = found[key].new_zeros((len(found[key]), width))
    whole[:, rows] = found[key]
    return found | {key: whole}


def _linear(weight: torch.Tensor, bias: torch.Tensor | None, training: bool) -> nn.Linear:
    with torch.device("meta"):
        made = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    made.weight = nn.Parameter(weight.clone())
    if bias is not None:
        made.bias = nn.Parameter(bias.clone())
    return made.train(training)
