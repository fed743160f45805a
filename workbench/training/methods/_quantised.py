"""A frozen base in four bits under an adapter (QLoRA; Dettmers et al., 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError, RecipeError
from workbench.i18n import t
from workbench.memory import give_back_at_once

from . import _targets
from ._adapter import Adapter

if TYPE_CHECKING:
    import torch

    from . import Start


class Quantised(Adapter):
    """An adapter over layers in four bits; the plain model has their weights written out."""

    def __init__(self, wrapped: Any, start: Start, said: str, rates: dict, quantised: list[str]):
        super().__init__(wrapped, start, said, rates)
        self.quantised = quantised

    def merge(self) -> torch.nn.Module:
        """The plain model, in full precision: the base's rounded weights with the products.

        A sum that was rounded to four bits again would have lost most of a small product.
        """
        from workbench.catalog.model_folders import adapters, four_bits

        learnt, settings = self.weights(), self.wrapped.peft_config["default"]
        plain = adapters.without(self.wrapped)
        four_bits.restore(plain)
        again = adapters.wrap(plain, settings)
        adapters.put(again, learnt, t("adapter.memory"))
        return adapters.merged(again)


def check() -> None:
    """Refuse a base in four bits where it cannot be had (RecipeError)."""
    from workbench.catalog.model_folders import four_bits
    from workbench.device import device_name

    try:
        four_bits.check(t("four_bits.method"), device_name())
    except ModelError as error:
        raise RecipeError(error.message, error.remedy, field="method", setting="base") from error


def quantise(model: torch.nn.Module, whole: list[str]) -> tuple[list[str], str]:
    """Put the linear layers of a model's body into four bits, in place.

    Those that the library keeps in full precision whatever else is rounded stay as they are, such
    as the last one of T5's feed-forward parts.

    Parameters
    ----------
    model : torch.nn.Module
    whole : list of str
        Modules that are trained whole, and stay as they are too.

    Returns
    -------
    names : list of str
    said : str
        Half a sentence about what that did.

    Raises
    ------
    RecipeError
        If the body has no such layer.
    """
    from workbench.catalog.model_folders import four_bits

    precise = set(getattr(model, "_keep_in_fp32_modules", None) or ())
    plain = _targets.linear(model, whole)
    names = [name for name, layer in plain.items()
             if not precise & {*name.split(".")} and four_bits.fits(layer)]  # fmt: skip
    if not names:
        raise RecipeError(t("four_bits.none"), t("four_bits.none_remedy"), field="method",
                          setting="base")  # fmt: skip
    give_back_at_once()  # each pass writes each layer out
    before = 4 * sum(plain[name].weight.numel() for name in names)
    moved = four_bits.quantise(model, names)
    after = sum(layer.size for _, layer in four_bits.layers(model))
    said = t("four_bits.said", n=len(names), before=before / 1e6, after=after / 1e6, moved=moved)
    return names, said
