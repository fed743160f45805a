"""Pictures drawn from tables: every function returns a plotly ``Figure`` and shows nothing."""

import importlib

# picture, or what it is made with -> the module of this folder that has it
_HOMES = {
    **dict.fromkeys(
        (
            "BLUE",
            "ORANGE",
            "GREEN",
            "VERMILION",
            "GREY",
            "SKY",
            "PURPLE",
            "YELLOW",
            "figure",
            "smooth",
        ),
        "base",
    ),
    **dict.fromkeys(("learning_curves", "MAX_POINTS"), "curves"),
    **dict.fromkeys(
        ("confusion", "per_class", "label_balance", "against_baselines"), "classification"
    ),
    **dict.fromkeys(("precision_recall", "reliability", "roc", "thresholds"), "scores"),
    **dict.fromkeys(("class_balance", "token_lengths", "languages"), "data"),
    "head_map": "heads",
    **dict.fromkeys(("predicted_against_label", "residuals"), "regression"),
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"workbench.plots has no picture {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return __all__
