"""What the Inspect panel can show: a view has a name, and a task names the views that suit it.

A view is any widget with ``load(panel)``; it is made when its tab is first chosen, and loaded again
when the panel has another run. A module registers it::

    register("entities", "workbench.widgets.entities:EntityView")

Its title is the text ``views.entities`` of the catalogue. A task object lists names in ``views``.
"""

from __future__ import annotations

import importlib
from typing import Any

from workbench import inspection
from workbench.errors import UnknownName, nearest

CLASSIFICATION = ("confusion", "curves", "calibration", "labels", "compare")
_HOMES: dict[str, str] = {
    "curves": "workbench.widgets.score_views:ThresholdView",
    "calibration": "workbench.widgets.score_views:CalibrationView",
    "map": "workbench.widgets.map_view:MapView",
    "costs": "workbench.widgets.costs_view:CostsView",
    "hierarchy": "workbench.widgets.hierarchy_view:HierarchyView",
    "slices": "workbench.widgets.slices_view:SlicesView",
    "labels": "workbench.widgets.labels_view:LabelsView",
    "compare": "workbench.widgets.compare_view:CompareView",
    "whatif": "workbench.widgets.what_if_view:WhatIfView",
    "report": "workbench.widgets.report_view:ReportView",
    "entities": "workbench.widgets.entities_view:EntitiesView",
    "label_sets": "workbench.widgets.label_sets_view:LabelSetsView",
    "answers": "workbench.widgets.answers_view:AnswersView",
    "residuals": "workbench.widgets.residuals_view:ResidualsView",
}


def register(name: str, home: str) -> None:
    """Make a view known.

    Parameters
    ----------
    name : str
        As tasks list it.
    home : str
        ``module:Class``; imported when the view is first shown. The class is called with no
        argument and gives a widget with ``load(panel)``.
    """
    _HOMES[name] = home


def make_view(name: str) -> Any:
    """A new widget of a registered view.

    Raises
    ------
    UnknownName
        If nobody registered it.
    """
    if name not in _HOMES:
        raise UnknownName(f"There is no view {name!r}.", nearest(name, _HOMES))
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)()


def views_of(run: Any) -> tuple[str, ...]:
    """Names of the views that suit a run's task; those of a classifier when it does not say."""
    recipe = getattr(run, "recipe", None)
    if recipe is None:
        return tuple(n for n in CLASSIFICATION if n == "confusion" or n in _HOMES)
    from workbench import tasks

    wanted = getattr(tasks.get(recipe.task), "views", CLASSIFICATION)
    if "hierarchy" in wanted and not inspection.has_hierarchy(run):
        wanted = tuple(name for name in wanted if name != "hierarchy")
    return tuple(name for name in wanted if name == "confusion" or name in _HOMES)
