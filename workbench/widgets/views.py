"""What the Inspect panel can show: a view has a name, and a task names the views that suit it.

A view is any widget with ``load(panel)``; it is made when its tab is first chosen, and loaded again
when the panel has another run. A module registers it::

    register("entities", "workbench.widgets.entities:EntityView")

Its title is the text ``views.entities`` of the catalogue. A task's spec lists names in ``views``,
or ``module:Class`` of a view of its own.
"""

from __future__ import annotations

import re
from typing import Any

from workbench import inspection, task_registry
from workbench.errors import UnknownName, nearest
from workbench.i18n import named
from workbench.task_spec import VIEWS, load_object

CLASSIFICATION = ("confusion", "curves", "calibration", "labels", "compare")

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
    VIEWS[name] = home


def make_view(name: str) -> Any:
    """A new widget of a registered view.

    Raises
    ------
    UnknownName
        If nobody registered it.
    """
    home = name if ":" in name else VIEWS.get(name)
    if not home:
        raise UnknownName(f"There is no view {name!r}.", nearest(name, filter(VIEWS.get, VIEWS)))
    return load_object(home, f"The view {name!r}")()


def title_of(name: str) -> str:
    """What stands on a view's tab; of one of another package the name of its class in words."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rpartition(":")[2]).removesuffix(" View")
    return named(f"views.{name}", words.capitalize())


def views_of(run: Any) -> tuple[str, ...]:
    """Names of the views that suit a run's task; those of a classifier when it does not say."""
    recipe = getattr(run, "recipe", None)
    if recipe is None:
        return CLASSIFICATION
    wanted = task_registry.spec(recipe.task).views
    if "hierarchy" in wanted and not inspection.has_hierarchy(run):
        wanted = tuple(name for name in wanted if name != "hierarchy")
    return wanted
