"""Put layers of a model into whole numbers, in place, and find out how far that moves them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ...catalog.model_folders import rounded
from ...i18n import t

if TYPE_CHECKING:
    from torch import nn

    from .work import Work


def round_layers(
    model: nn.Module, names: Collection[str], bits: int, group: int, inputs: str = "none"
) -> float:
    """Round the weights of layers, in place; those that are rounded already stay as they are.

    A table of vectors that is also the matrix by which words are given is one of both.

    Returns
    -------
    float
        How far the weights moved, as a share of their length (Frobenius norms).
    """
    moved = whole = 0.0
    made: dict[int, Any] = {}
    for name in names:
        plain: Any = model.get_submodule(name)
        if isinstance(plain, rounded.SMALL):
            continue
        twin = made.get(id(plain.weight))
        tensors = None if twin is None else _tensors(twin)
        if isinstance(plain, rounded.linear_kinds()):
            layer = rounded.RoundedLinear(plain, bits, group, inputs, tensors)
            upright = plain.weight.T if layer.transposed else plain.weight
        else:
            layer = rounded.RoundedEmbedding(plain, bits, group, tensors)
            upright = plain.weight
        made[id(plain.weight)] = layer
        moved += float((layer.weight - upright.detach()).double().square().sum())
        whole += float(upright.detach().double().square().sum())
        model.set_submodule(name, layer)
    return (moved / whole) ** 0.5 if whole else 0.0


def tied(model: nn.Module, names: Collection[str]) -> list[str]:
    """The names, and those of layers that share their weights with one of them.

    Both change together, or the matrix would be kept twice.
    """
    weights = {id(_of(model.get_submodule(name))) for name in names}
    return [name for name, part in model.named_modules() if id(_of(part)) in weights]


def _of(part: Any) -> Any:
    """The weights of a plain layer; of another one, which shares none, itself."""
    return part._parameters.get("weight", part)


def said(work: Work, names: Collection[str], bits: int, moved: float) -> str:
    """The sentence on layers that were rounded."""
    return t("compress.rounded", n=len(names), bits=bits, moved=moved)


def _tensors(layer: Any) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in ("codes", "scales", "least")
            if hasattr(layer, name)}  # fmt: skip
