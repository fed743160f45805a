"""Which layers of a model are meant: by their class, or by the ends of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.nn import Embedding

from ...catalog.model_folders.layer_kinds import kind_of
from ...catalog.model_folders.rounded import (
    RoundedEmbedding,
    RoundedLinear,
    linear_kinds,
)
from ...errors import ModelError, nearest, shown
from ...i18n import t

if TYPE_CHECKING:
    from torch import nn

#: Classes of layers: within the blocks, tables of vectors, and what is outside both.
CLASSES = ("attention", "feed-forward", "embeddings", "head")
AUTO = ("attention", "feed-forward", "embeddings")
FEWEST = 64  # rows of a table of vectors that is worth it


def parts_of(model: nn.Module) -> dict[str, str]:
    """Names of the layers that can be rounded, and the class of each, in the model's order."""
    linear, found = linear_kinds(), {}
    for name, part in model.named_modules():
        if type(part) in (*linear, RoundedLinear):
            found[name] = kind_of(name) or "head"
        elif type(part) in (Embedding, RoundedEmbedding) and part.num_embeddings >= FEWEST:
            found[name] = "embeddings"
    return found


def chosen(model: nn.Module, wanted: str | list[str]) -> list[str]:
    """Names of the layers that ``wanted`` means, in the model's order.

    Parameters
    ----------
    wanted : str or list of str
        ``auto`` (all but the head), ``all``, classes of :data:`CLASSES`, or ends of names.

    Raises
    ------
    ModelError
        If a word of it means no layer of this model.
    """
    known = parts_of(model)
    asked = [wanted] if isinstance(wanted, str) else list(wanted)
    found = set()
    for one in asked:
        meant = [name for name, kind in known.items() if _is_meant(name, kind, one)]
        if not meant:
            ends = sorted({name.rpartition(".")[2] for name in known})
            raise ModelError(
                t("compress.no_layer", wanted=shown(one), model=type(model).__name__),
                t("compress.no_layer_remedy", classes=", ".join(sorted(set(known.values()))),
                  names=", ".join(ends)) if isinstance(one, str) and one not in CLASSES
                else nearest(str(one), sorted(set(known.values()))),
            )  # fmt: skip
        found |= set(meant)
    return [name for name in known if name in found]


def _is_meant(name: str, kind: str, one: Any) -> bool:
    if one in ("auto", "all"):
        return one == "all" or kind in AUTO
    return one == kind if one in CLASSES else name == one or name.endswith(f".{one}")
