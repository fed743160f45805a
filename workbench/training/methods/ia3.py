r"""IA3: activations are scaled, each by a number that is learnt; all matrices stay as they are.

.. math:: y = \ell_k \circ (W_k x), \quad y = \ell_v \circ (W_v x), \quad y = W_2 (\ell_f \circ x)

Keys and values of attention are scaled behind their matrices, what a feed-forward part has computed
in front of its last one. Only the vectors, which begin as ones, and the parts that are new (the
task's head) are trained (Liu et al., 2022). The layers are peft's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.catalog.model_folders.layer_kinds import kind_of
from workbench.i18n import t
from workbench.settings import setting

from . import _targets
from ._adapter import KEEPS as KEEPS
from ._adapter import Adapter, counted, lay, trained_whole

if TYPE_CHECKING:
    import torch

    from . import Start

_KEYS = {"k", "key", "k_proj", "key_proj", "k_lin", "v", "value", "v_proj", "value_proj", "v_lin"}
# layers that compute query, key and value at once
_FUSED = {"c_attn", "Wqkv", "qkv", "qkv_proj", "query_key_value", "in_proj"}


def usual_rate(full: float, settings: Any = None) -> float:
    """The usual learning rate, where ``full`` is that of training all weights: the paper's."""
    return max(full, 3e-3)


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: ia3}`` may say."""

    targets: Any = setting("auto", "names of layers", kinds=(str, list))
    """Which linear layers of the body are scaled: ``auto``, keys, values and the last layer of each
    feed-forward part, as in the paper; ``all-linear``, ``attention``, ``feed-forward``, or the last
    parts of their names, such as ``["key", "value"]``. Layers of feed-forward parts are scaled in
    front, others behind; a layer that computes query, key and value at once is scaled whole."""

    def __post_init__(self):
        _targets.check(self.targets)


def fits(model: torch.nn.Module, settings: Settings, start: Start) -> list[str]:
    """Names of the layers that are scaled (RecipeError as :func:`wrap`)."""
    layers = _targets.linear(model, trained_whole(model, start.new))
    wanted = settings.targets
    if wanted == "auto":
        layers, wanted = _of_paper(layers) or layers, "all-linear"
    return _targets.find(layers, wanted)


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Adapter:
    """Put the vectors into a model, and let only them and what is new be trained.

    Raises
    ------
    RecipeError
        If ``targets`` names what is no linear layer of the model's body.
    """
    import peft

    whole = trained_whole(model, start.new)
    targets = fits(model, settings, start)
    config = peft.IA3Config(
        target_modules=targets,
        feedforward_modules=[n for n in targets if kind_of(n) == "feed-forward"],
        modules_to_save=whole or None,
    )
    wrapped = lay(model, config, start)
    return Adapter(wrapped, start, t("methods.ia3.said", n=len(targets), **counted(wrapped)))


def _of_paper(layers: dict[str, torch.nn.Module]) -> dict[str, torch.nn.Module]:
    """Keys, values and the last linear layer of each feed-forward part, in the model's order."""
    last = {}
    for name in layers:
        if kind_of(name) == "feed-forward":
            last[_block(name)] = name
    known = _KEYS | _FUSED
    return {
        name: part for name, part in layers.items() if name in last.values()
        or (kind_of(name) == "attention" and name.rpartition(".")[2] in known)
    }  # fmt: skip


def _block(name: str) -> str:
    """The numbered block that a layer is in."""
    parts = name.split(".")
    depth = max(place for place, part in enumerate(parts) if part.isdigit())
    return ".".join(parts[: depth + 1])
