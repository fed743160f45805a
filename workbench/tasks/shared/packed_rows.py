"""Whether texts that share a row are kept apart by a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...errors import RecipeError
from ...i18n import t

if TYPE_CHECKING:
    from ...recipe import Recipe

CLOSE = 1e-3  # of the largest logit: how far a text in a packed row may be from itself alone


def check_packing(laid: Any, model: Any, recipe: Recipe, alone: Callable[[Any], bool]) -> None:
    """Refuse packed rows for a model whose texts would see each other (RecipeError).

    ``laid`` is the module of :mod:`workbench.tasks.rows`, ``alone`` is :func:`sees_itself_alone`.
    """
    if laid.__name__.endswith(".packed") and not alone(model):
        raise RecipeError(
            t("rows.seen", model=recipe.model), t("rows.seen_remedy"), field="rows"
        )


def sees_itself_alone(model: Any) -> bool:
    """Whether a text in a row of two has the logits that it has alone.

    Parameters
    ----------
    model : transformers.PreTrainedModel
    """
    import torch

    words = model.get_input_embeddings().num_embeddings
    ids = torch.arange(11) * 7 % words
    device = next(model.parameters()).device
    places = torch.cat([torch.arange(6), torch.arange(5)])
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            both = model(
                input_ids=ids[None].to(device), position_ids=places[None].to(device),
                use_cache=False,
            ).logits[0, 6:]  # fmt: skip
            alone = model(input_ids=ids[None, 6:].to(device), use_cache=False).logits[0]
    except (TypeError, ValueError):  # it takes no positions
        return False
    finally:
        model.train(training)
    return bool((both - alone).abs().max() <= CLOSE * alone.abs().max())
