"""Data: read, mapped, mended, split, and examined before training."""

import importlib

# name -> the module of this folder that has it
_HOMES = {
    "check": "doctor",
    "fold_recipes": "splits",
    "load": "sources",
    "load_examples": "examples",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"workbench.data has no {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return __all__
