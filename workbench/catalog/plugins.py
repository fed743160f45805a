"""Models and datasets that other packages add to the lists: entry points of the two groups.

An entry point of ``workbench.models`` or ``workbench.datasets`` is a list of :class:`Entry`, or a
function that returns one. One that does not load is said, and the lists go on without it.
"""

from __future__ import annotations

import dataclasses
import warnings
from functools import cache

from workbench import installed
from workbench.errors import SpecError
from workbench.task_spec import FAMILIES

GROUPS = {"model": "workbench.models", "dataset": "workbench.datasets"}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A model or dataset that can be picked.

    Parameters
    ----------
    reference : str
        What a recipe is given: ``hub:org/name``, a path.
    source : str
        Where it comes from, in words.
    size : int
        Parameters of a model, records of a dataset.
    languages, licence, note : str
    tasks : tuple of str
        What a dataset is for.
    family : str
        What kind of model it is, of :data:`workbench.task_spec.FAMILIES`.
    """

    reference: str
    source: str
    size: int
    languages: str = ""
    licence: str = ""
    note: str = ""
    tasks: tuple[str, ...] = ()
    family: str = FAMILIES[0]


@cache
def entries(kind: str) -> tuple[Entry, ...]:
    """What other packages list.

    Parameters
    ----------
    kind : {'model', 'dataset'}
    """
    found: list[Entry] = []
    points = installed.entry_points(GROUPS[kind])
    for point in sorted(points, key=lambda one: (one.name, one.value)):
        package = point.dist.name if point.dist else point.value.partition(".")[0]
        try:
            listed = point.load()
            listed = list(listed() if callable(listed) else listed)
            wrong = next((one for one in listed if not isinstance(one, Entry)), None)
            if wrong is not None:
                raise SpecError(f"it lists {type(wrong).__name__} and no Entry")
        except Exception as error:  # whatever somebody else's package raises
            why = str(error).partition("\n")[0]
            warnings.warn(
                f"The {kind}s of the package {package} are left out: {point.value} does not load "
                f"({type(error).__name__}: {why}).",
                stacklevel=2,
            )
            continue
        there = {one.reference for one in found}
        found += [one for one in listed if one.reference not in there]
    return tuple(found)
