"""How much is left out at random while a model trains, whatever its family calls that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import RecipeError
from ...i18n import t
from ...settings import NONE, setting

# hidden_dropout_prob, attention_dropout, classifier_dropout, resid_pdrop, dropout_rate, dropout ...
_NAME = re.compile(r"(^|_)p?drop(out)?(_|$)")
# left as they are: what works inside an activation, and what no head here reads
_OTHER = ("activation_dropout", "summary_", "layerdrop")


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Read by :mod:`workbench.training.preparing`."""

    dropout: float | None = setting(None, "share", kinds=(int, float, NONE), low=0, high=0.9)
    """Share of hidden states, of attention and of what the head reads that each step leaves out
    (Srivastava et al., 2014); empty is as the model has it."""


def entries(config: Any, under: str = "") -> dict[str, float]:
    """Shares of dropout in a model's configuration, by name.

    What a configuration holds of parts (``text_config``) is found too, as ``text_config.dropout``.
    None, by which a head follows the rest, is left out.

    Parameters
    ----------
    config : transformers.PreTrainedConfig
    """
    found: dict[str, float] = {}
    for name, value in vars(config).items():
        if hasattr(value, "to_dict") and hasattr(value, "model_type"):
            found |= entries(value, f"{under}{name}.")
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        elif _NAME.search(name) and not any(one in name for one in _OTHER) and name[0] != "_":
            found[under + name] = float(value)
    return found


def put(config: Any, share: float | None) -> None:
    """Set all :func:`entries` of a configuration, before a model is built of it; None sets none."""
    if share is None:
        return
    for name in entries(config):
        *parts, last = name.split(".")
        part = config
        for one in parts:
            part = getattr(part, one)
        setattr(part, last, share)


def shares(model: Any) -> list[float]:
    """Shares of dropout that parts of a built model read while it trains."""
    return [share for part in model.modules() for share in _of_part(part)]


def _of_part(part: Any) -> Iterator[float]:
    if hasattr(part, "p") and "Dropout" in type(part).__name__:
        yield float(part.p)
        return
    for name, value in vars(part).items():
        plain = isinstance(value, (int, float)) and not isinstance(value, bool)
        if plain and not name.startswith("_") and (_NAME.search(name) or name == "drop_prob"):
            yield float(value)


def check(recipe: Any, config: Any) -> None:
    """Refuse a share for a model that has no dropout (RecipeError)."""
    if recipe.dropout is not None and not entries(config):
        raise _nothing(recipe)


def check_read(recipe: Any, model: Any) -> None:
    """Refuse a share that the configuration has and that no part of the model reads (RecipeError).
    """
    if recipe.dropout is not None and recipe.dropout not in shares(model):
        raise _nothing(recipe)


def said(recipe: Any, model: Any) -> str:
    """Half a sentence about a share that the recipe sets, and what the family calls it; else ""."""
    if recipe.dropout is None:
        return ""
    parts = sum(share == recipe.dropout for share in shares(model))
    return t("dropout.said", share=recipe.dropout, n=parts, names=", ".join(entries(model.config)))


def _nothing(recipe: Any) -> RecipeError:
    return RecipeError(
        t("dropout.none", share=recipe.dropout, model=recipe.model), t("dropout.none_remedy"),
        field="dropout",
    )  # fmt: skip
