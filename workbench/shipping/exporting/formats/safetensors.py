"""A folder for plain transformers: config.json, model.safetensors, the tokenizer's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench import libraries
from workbench.errors import ModelError
from workbench.i18n import t

WEIGHTS = ("fp32",)


def check(model: Any, facts: dict[str, Any]) -> None:
    """Refuse our own nets: transformers alone does not know their type (ModelError)."""
    if facts["own_net"]:
        kind = model.config.model_type
        raise ModelError(t("export.own_net", kind=kind), t("export.own_net_remedy"))


def write(folder: Path, predictor: Any, facts: dict[str, Any], weights: str) -> dict[str, Any]:
    """Write the model; of one that writes the generation settings are the recipe's."""
    model = predictor.model
    if facts["kind"] == "text":
        config = libraries.transformers("GenerationConfig")
        model.generation_config = config(**facts["generation"])
    model.save_pretrained(folder)
    predictor.tokenizer.save_pretrained(folder)
    return {"kept": "safetensors", "file": "model.safetensors"}
