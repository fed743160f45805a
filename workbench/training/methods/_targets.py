"""Which layers of a model a method changes: by their kind, or by the ends of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.catalog.model_folders.layer_kinds import kind_of
from workbench.errors import RecipeError, nearest, shown
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

#: All that is linear in the body, as QLoRA has it (Dettmers et al., 2023), or a part of that.
KINDS = ("all-linear", "attention", "feed-forward")


def check(names: Any) -> None:
    """Refuse what is neither ``auto``, one of :data:`KINDS` nor a list of names (RecipeError)."""
    if isinstance(names, str) and names in ("auto", *KINDS):
        return
    if isinstance(names, str) or not names or not all(isinstance(n, str) and n for n in names):
        raise RecipeError(
            t("adapter.targets", value=shown(names)),
            t("adapter.targets_remedy", kinds=", ".join(map(repr, ("auto", *KINDS)))),
            field="method", setting="targets",
        )  # fmt: skip


def linear(model: torch.nn.Module, whole: list[str]) -> dict[str, torch.nn.Module]:
    """The linear layers of a model's body by name, in its order.

    Parameters
    ----------
    model : torch.nn.Module
    whole : list of str
        Modules that are trained whole, and are no targets.
    """
    from torch.nn import Linear

    from workbench import libraries

    kinds = (Linear, libraries.transformers("pytorch_utils.Conv1D"))
    out = model.get_output_embeddings()
    outside = (*whole, *(name for name, part in model.named_modules() if part is out))
    return {
        name: part for name, part in model.named_modules()
        if type(part) in kinds
        and not any(name == one or name.startswith(f"{one}.") for one in outside)
    }  # fmt: skip


def find(layers: dict[str, torch.nn.Module], wanted: str | list[str]) -> list[str]:
    """Full names of the linear layers that ``wanted`` means, in the model's order.

    Raises
    ------
    RecipeError
        If a word or a name of it means none.
    """
    asked = [wanted] if isinstance(wanted, str) else wanted
    found = {one: [n for n in layers if _is_meant(n, one, wanted)] for one in asked}
    for one, names in found.items():
        if not names:
            known = sorted({name.rpartition(".")[2] for name in layers})
            by_kind = isinstance(wanted, str)
            raise RecipeError(
                t("adapter.no_kind" if by_kind else "adapter.no_layer", name=repr(one)),
                t("adapter.no_linear") if not known
                else t("adapter.no_kind_remedy", names=", ".join(map(repr, known))) if by_kind
                else nearest(one, known),
                field="method", setting="targets",
            )  # fmt: skip
    return [name for name in layers if any(name in names for names in found.values())]


def _is_meant(name: str, one: str, wanted: str | list[str]) -> bool:
    if isinstance(wanted, str):
        return one in ("auto", "all-linear") or kind_of(name) == one
    return name == one or name.endswith(f".{one}")


def width(part: torch.nn.Module) -> int:
    """The lesser of a linear layer's widths: no matrix beside it can have a higher rank."""
    return min(part.weight.shape)
