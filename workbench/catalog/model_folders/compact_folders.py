"""Which folders hold a model that is kept small (:mod:`.compact`)."""

from __future__ import annotations

from pathlib import Path

from workbench.catalog.model_folders.weight_files import INDEX, WEIGHTS

TENSORS, ABOUT = "compact.safetensors", "compact.json"


def is_compact(folder: Path) -> bool:
    """Whether a folder holds a model in this form."""
    there = [(Path(folder) / name).is_file() for name in (TENSORS, ABOUT)]
    return all(there) and not any((Path(folder) / name).is_file() for name in (WEIGHTS, INDEX))
