"""Weights and inputs of eight bits; an input's scale is found beforehand, on training texts.

The largest input that a layer saw there decides. An input that is larger later is cut, and one
large token makes all others coarse: cheaper than dynamic scales, and less exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from workbench.catalog.model_folders.rounded import RoundedLinear, layers
from workbench.i18n import t
from workbench.settings import setting

from ..parts import chosen
from ..rounding import round_layers, said, tied

if TYPE_CHECKING:
    from ..work import Work


@dataclass(frozen=True)
class Settings:
    """What ``{"kind": "int8_static"}`` may say."""

    layers: Any = setting("auto", "classes or names of layers", kinds=(str, list))
    """``auto`` (all but the head), ``all``, ``attention``, ``feed-forward``, ``embeddings``,
    ``head``, the ends of layers' names, or a list of these."""

    texts: int = setting(128, "examples", kinds=(int,), low=1, high=1_000_000)
    """Training examples, from the first, by which the scales of inputs are found."""


def apply(work: Work, settings: Settings) -> str:
    """See :mod:`workbench.shipping.compressing.kinds`."""
    names = tied(work.model, chosen(work.model, settings.layers))
    largest = largest_inputs(work, names, settings.texts)
    moved = round_layers(work.model, names, 8, 0, "static")
    for name, layer in layers(work.model):
        if isinstance(layer, RoundedLinear) and name in largest:
            layer.input_scale = largest[name] / 127
    used = min(settings.texts, len(work.examples.splits["train"]))
    return f"{said(work, names, 8, moved)} {t('compress.calibrated', n=used)}"


def largest_inputs(work: Work, names: list[str], texts: int) -> dict[str, torch.Tensor]:
    """The largest size of an input that each layer gets from training examples, by name."""
    found: dict[str, torch.Tensor] = {}

    def look(name: str) -> Any:
        def seen(_: Any, inputs: tuple) -> None:
            if inputs[0].is_floating_point():
                most = inputs[0].detach().abs().amax().float().cpu()
                found[name] = torch.maximum(found.get(name, most), most)

        return seen

    parts = dict(work.model.named_modules())
    hooks = [parts[name].register_forward_pre_hook(look(name)) for name in names]
    try:
        work.predictor().predict(work.examples.splits["train"].iloc[:texts].reset_index(drop=True))
    finally:
        for hook in hooks:
            hook.remove()
    return found
