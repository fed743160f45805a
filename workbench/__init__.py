"""finetune-workbench: pick a model and a dataset, fine-tune, and see what the model does.

    import workbench as wb
    run = wb.fine_tune(wb.Recipe(model="sample:minilm-l6", dataset="sample:movie-sentiment"))
    wb.plots.confusion(run)

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from . import libraries

__version__ = "0.1.0"

libraries.guard()  # before anybody imports transformers

# public name -> module that defines it
_HOMES = {
    "Recipe": "recipe",
    "check": "data.doctor",
    "cross_validate": "training.folds",
    "fine_tune": "training.api",
    "start": "training.api",
    "report": "inspection.report",
    "runs": "training.run",
    "open_run": "training.run",
    "Run": "training.run",
    "WorkbenchError": "errors",
    "Workbench": "widgets.app",
}
_ROOMS = ("catalog", "inspection", "plots", "data", "tasks", "training", "nets", "widgets")

__all__ = [*_HOMES, "catalog", "inspection", "plots", "__version__"]

if TYPE_CHECKING:  # for editors; at run time __getattr__ below finds them
    from . import catalog, inspection, plots
    from .data.doctor import check as check
    from .errors import WorkbenchError as WorkbenchError
    from .inspection.report import report as report
    from .recipe import Recipe as Recipe
    from .training.api import fine_tune as fine_tune
    from .training.api import start as start
    from .training.folds import cross_validate as cross_validate
    from .training.run import Run as Run
    from .training.run import open_run as open_run
    from .training.run import runs as runs
    from .widgets.app import Workbench as Workbench


def __getattr__(name: str):
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    elif name in _ROOMS:
        value = importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__, *_ROOMS})
