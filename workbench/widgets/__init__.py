"""Panels and views for a notebook; each works alone, from Python as from the mouse."""

from __future__ import annotations

import importlib

_HOMES = {
    "Workbench": "app",
    "PickPanel": "pick",
    "CheckPanel": "check",
    "TrainPanel": "train",
    "InspectPanel": "inspect",
    "AttentionView": "attention_view",
    "BertVizFrame": "bertviz_frame",
    "ClassTable": "class_table",
    "ConfusionGrid": "confusion_grid",
    "Controls": "controls",
    "Curves": "curves",
    "ExamplesTable": "examples_table",
    "Query": "query",
    "RecipeForm": "form",
}

__all__ = list(_HOMES)

def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench.widgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
