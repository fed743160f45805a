"""Formats of exported models, a module each: its name is the ``format``.

A module has ``WEIGHTS``, the numbers that weights can be kept in, the default first (the first is
exact: answers are the same); ``check(model, facts)``, which refuses a model that the format has no
place for (ModelError), before anything is written; and ``write(folder, predictor, facts, weights)
-> facts``, which writes the model and gives the fields of export.json that say how it is opened.
"""

from __future__ import annotations

import importlib
from typing import Any

from workbench.errors import UnknownName, nearest, quoted
from workbench.i18n import t

NAMES = ("safetensors", "onnx", "gguf")


def module_of(name: str) -> Any:
    """The module of a format (UnknownName)."""
    if name not in NAMES:
        raise UnknownName(t("export.format", name=quoted(name)), nearest(name, NAMES))
    return importlib.import_module(f"{__name__}.{name}")


def check_weights(module: Any, name: str, weights: str | None) -> str:
    """The numbers of the weights, the format's own where none are named (UnknownName)."""
    if weights is None:
        return module.WEIGHTS[0]
    if weights not in module.WEIGHTS:
        said = t("export.weights", name=quoted(weights), format=name)
        raise UnknownName(said, nearest(weights, module.WEIGHTS))
    return weights
