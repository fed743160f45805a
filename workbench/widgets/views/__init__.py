"""What the Inspect panel can show: a view is a module here, and a task names those that suit it.

The module's name is the view's. In it is a class that is called so, with ``View`` behind
(``label_sets`` has ``LabelSetsView``): any widget with ``load(panel)``, made without an argument
when its tab is first chosen, and loaded again when the panel has another run. Its title is the text
``views.label_sets`` of the catalogue.

A task's spec lists the views that it has, in their order; ``module:Class`` is one of another
package. A view that suits every task of a kind says so itself, and no spec has to list it::

    SUITS = ("class", "labels")  # what the tasks predict: TaskSpec.predicts
"""

from __future__ import annotations

import importlib
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
    """A new widget of a view.

    Raises
    ------
    UnknownName
        If there is none of that name.
    SpecError
        If its module cannot be loaded or has no such class.
    """
    home = name if ":" in name else VIEWS.get(name)
    if not home:
        raise UnknownName(f"There is no view {name!r}.", nearest(name, filter(VIEWS.get, VIEWS)))
    if ":" not in home:
        wanted = name.replace("_", "") + "view"
        found = [one for one in vars(importlib.import_module(home)) if one.lower() == wanted]
        home = f"{home}:{found[0] if found else wanted}"
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
    declared = task_registry.spec(recipe.task)
    wanted = declared.views + _of_kind(declared.predicts)
    if "hierarchy" in wanted and not inspection.has_hierarchy(run):
        wanted = tuple(name for name in wanted if name != "hierarchy")
    return wanted


def _of_kind(predicts: str) -> tuple[str, ...]:
    """Views that no spec lists and that say themselves what they suit."""
    listed = {name for one in task_registry.specs() for name in one.views}
    others = sorted(name for name, home in VIEWS.items() if home and name not in listed)
    return tuple(
        name for name in others
        if predicts in getattr(importlib.import_module(VIEWS[name]), "SUITS", ())
    )  # fmt: skip
