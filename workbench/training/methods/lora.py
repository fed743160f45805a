r"""LoRA: a matrix keeps its weights and gets a product of two low-rank ones beside it.

.. math:: y = W x + \frac{\alpha}{r} B A x, \quad A \in R^{r \times n}, B \in R^{m \times r}

Only A, B and the parts that are new (the task's head) are trained (Hu et al., 2021). In rsLoRA
(rank-stabilised) it is :math:`\alpha / \sqrt r`, so that a higher rank learns no slower
(Kalajdzievski, 2023). DoRA trains length and direction of each row of the matrix apart, the length
:math:`m` as a weight of its own, which is that of W at first (Liu et al., 2024):

.. math:: y = m \frac{W + \frac{\alpha}{r} B A}{\lVert W + \frac{\alpha}{r} B A \rVert} x

B begins as zeros and has to learn faster than A in wide layers: LoRA+ gives it a higher rate
(Hayou et al., 2024). The layers are peft's; what is saved is what peft and the library read.

The matrices W may be kept in four bits (QLoRA; Dettmers et al., 2023): see :mod:`._quantised`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t
from workbench.settings import setting

from . import _quantised, _targets
from ._adapter import KEEPS as KEEPS
from ._adapter import Adapter, counted, lay, trained_whole

if TYPE_CHECKING:
    import torch

    from . import Start

BASES = ("plain", "nf4")
VARIANTS = ("lora", "rslora", "dora")


def usual_rate(full: float, settings: Any = None) -> float:
    """The usual learning rate, where ``full`` is that of training all weights.

    The products start from zero and their thin matrices have few weights: at the rate of full
    fine-tuning they hardly move in a short run. From 7e-4 on some models collapse, after which
    nothing is learnt any more (``docs/defaults.md``). With LoRA+ it is that of A, and B's is as
    much above the usual one as A's is below it.
    """
    plus = 1.0 if settings is None else settings.plus
    return max(full, min(20 * full, 5e-4)) / math.sqrt(plus)


@dataclass(frozen=True)
class Settings:
    """What ``method: {kind: lora}`` may say."""

    rank: int = setting(8, "columns", kinds=(int,), low=1, high=4096, front=1)
    """Width of the two thin matrices: how much can be changed, and how much is trained."""

    alpha: float = setting(16, "weight", kinds=(int, float), low=0, open_low=True, high=100_000)
    """What the product is multiplied with, times ``rank``: with ``alpha = rank`` it is 1."""

    dropout: float = setting(0.0, "share", kinds=(int, float), low=0, high=0.99)
    """Share of a layer's inputs that the product does not see at a step."""

    targets: Any = setting("auto", "names of layers", kinds=(str, list))
    """Which linear layers of the body get a product: ``auto`` or ``all-linear`` for all of them,
    ``attention``, ``feed-forward``, or the last parts of their names, such as ``["query",
    "value"]``."""

    variant: str = setting("lora", "name", kinds=(str,), choices=VARIANTS)
    """``rslora`` divides ``alpha`` by the root of ``rank``, for high ranks; ``dora`` trains the
    length of each row of a matrix apart from its direction, for low ones."""

    plus: float = setting(1, "ratio", kinds=(int, float), low=1, high=1000)
    """How many times as fast as A, which reads, B learns, which writes and begins as zeros: LoRA+
    has 16 (Hayou et al., 2024), best with a lower ``learning_rate``, which is that of A."""

    base: str = setting("plain", "kind of weights", kinds=(str,), choices=BASES)
    """``nf4`` keeps the frozen matrices in four bits, an eighth of their memory (QLoRA); it needs
    the extra ``quantised``."""

    def __post_init__(self):
        _targets.check(self.targets)


def check(settings: Settings) -> None:
    """Refuse a base in four bits where it cannot be had (RecipeError)."""
    if settings.base != "plain":
        _quantised.check()


def fits(
    model: torch.nn.Module, settings: Settings, start: Start
) -> tuple[dict[str, torch.nn.Module], list[str]]:
    """The linear layers of a model's body, and the names of those that get a product.

    Raises
    ------
    RecipeError
        If there is none of those that are named, or ``rank`` is above the width of all.
    """
    layers = _targets.linear(model, trained_whole(model, start.new))
    targets = _targets.find(layers, settings.targets)
    _check_rank(settings.rank, [_targets.width(layers[name]) for name in targets])
    return layers, targets


def wrap(model: torch.nn.Module, settings: Settings, start: Start) -> Adapter:
    """Put the thin matrices into a model, and let only them and what is new be trained.

    Raises
    ------
    RecipeError
        If ``targets`` names what is no linear layer of the model's body, ``rank`` is above the
        width of all of them, DoRA would divide by the length of a row of zeros, or the base is to
        be in four bits and has no layer for that.
    """
    import peft

    whole = trained_whole(model, start.new)
    layers, targets = fits(model, settings, start)
    if settings.variant == "dora":
        _check_rows({name: layers[name] for name in targets})
    quantised, how = [], ""
    if settings.base != "plain":
        quantised, how = _quantised.quantise(model, whole)
    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=float(settings.dropout),
        target_modules=targets,
        modules_to_save=whole or None,
        use_rslora=settings.variant == "rslora",
        use_dora=settings.variant == "dora",
    )
    wrapped = lay(model, config, start)
    said = t("methods.lora.said", variant=t(f"methods.lora.variant.{settings.variant}"),
             rank=settings.rank, n=len(targets), **counted(wrapped))  # fmt: skip
    names = [name for name, _ in wrapped.get_base_model().named_parameters()]
    faster = [] if settings.plus == 1 else [name for name in names if ".lora_B." in name]
    if faster:
        said = t("methods.lora.faster", said=said, plus=settings.plus)
    rates = dict.fromkeys(faster, float(settings.plus))
    if quantised:
        return _quantised.Quantised(wrapped, start, f"{said}; {how}", rates, quantised)
    return Adapter(wrapped, start, said, rates)


def _check_rank(rank: int, widths: list[int]) -> None:
    """Refuse a rank that no layer can make use of (RecipeError)."""
    if rank > max(widths):
        raise RecipeError(
            t("methods.lora.wide", rank=rank, width=max(widths)),
            t("methods.lora.wide_remedy", width=max(widths)), field="method", setting="rank",
        )  # fmt: skip


def _check_rows(layers: dict[str, torch.nn.Module]) -> None:
    """Refuse layers with a row of zeros, which has no direction (RecipeError)."""
    from torch.nn import Linear

    for name, part in layers.items():
        if part.weight.is_meta:  # whose numbers nobody knows
            continue
        rows = part.weight.detach().abs().amax(1 if isinstance(part, Linear) else 0)
        if zeros := int((rows == 0).sum()):
            raise RecipeError(
                t("methods.lora.zeros", layer=name, n=zeros), t("methods.lora.zeros_remedy"),
                field="method", setting="variant",
            )  # fmt: skip
