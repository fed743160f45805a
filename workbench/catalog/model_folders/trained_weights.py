"""Folders with some of a model's weights: those that were trained, the others are another model's.

They are ``trained.safetensors``, by the names that the model has for them, and ``base.json`` beside
it, which says where the others are and holds their SHA-256, as it does for adapters.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.catalog.model_folders.adapters import BASE
from workbench.catalog.model_folders.weight_files import (
    INDEX,
    WEIGHTS,
    judge_numbers,
    tensor_names,
)
from workbench.errors import ModelError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

TRAINED = "trained.safetensors"
FILES = (TRAINED, BASE)


def is_part(folder: Path) -> bool:
    """Whether a folder holds trained weights alone."""
    there = [(folder / name).is_file() for name in FILES]
    return all(there) and not any((folder / name).is_file() for name in (WEIGHTS, INDEX))


def judge(folder: Path, what: str) -> set[str]:
    """Refuse damaged weights; gives their names.

    Raises
    ------
    ModelError
    """
    judge_numbers(folder, what, [TRAINED])
    return set(tensor_names(folder / TRAINED, what))


def write(folder: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Write weights by their names."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    save_file(plain, folder / TRAINED, metadata={"format": "pt"})


def laid_on(model: torch.nn.Module, folder: Path, what: str) -> torch.nn.Module:
    """The model, which gets the weights of a folder in place of its own.

    Raises
    ------
    ModelError
        If it has none of these names, or in another shape.
    """
    from safetensors.torch import load_file

    given = load_file(folder / TRAINED)
    own = dict(model.named_parameters(remove_duplicate=False))
    wrong = sorted(n for n, value in given.items() if n not in own or own[n].shape != value.shape)
    if wrong:
        raise ModelError(
            t("trained_weights.other", what=what, n=len(wrong), first=wrong[0]),
            t("adapter.other_tensors_remedy"),
        )
    model.load_state_dict(given, strict=False)
    return model
