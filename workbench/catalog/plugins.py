"""Models and datasets that other packages add to the lists: entry points of the two groups.

An entry point of ``workbench.models`` or ``workbench.datasets`` is a list of :class:`Entry`, or a
function that returns one. One that does not load is said, and the lists go on without it.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from functools import cache

from workbench import installed
from workbench.errors import SpecError, shown
from workbench.task_spec import FAMILIES, Declared

GROUPS = {"model": "workbench.models", "dataset": "workbench.datasets"}


@dataclasses.dataclass(frozen=True)
class Entry(Declared):
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
    notes : mapping of task to str
        What is noted where one of these tasks is picked, in place of ``note``.
    tasks : tuple of str
        What a dataset is for.
    family : str
        What kind of model it is, of :data:`workbench.task_spec.FAMILIES`; empty for a dataset.

    Raises
    ------
    SpecError
        If a part of it is of another type or kind.
    """

    reference: str
    source: str
    size: int
    languages: str = ""
    licence: str = ""
    note: str = ""
    tasks: tuple[str, ...] = ()
    family: str = FAMILIES[0]
    notes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def note_for(self, task: str | None) -> str:
        """What is noted of it where a task is picked."""
        return self.notes.get(task or "", self.note)

    def __post_init__(self):
        texts = ("reference", "source", "languages", "licence", "note", "family")
        self._of_type(str, "a text", *texts)
        self._of_type(tuple, "a tuple", "tasks")
        self._of_type(Mapping, "a mapping", "notes")
        for wrong, field, said in (
            (not self.reference.strip(), "reference", "what a recipe is given"),
            (isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 0,
             "size", "a whole number"),
            (not all(isinstance(one, str) for one in self.tasks), "tasks", "names of tasks"),
            (self.family not in ("", *FAMILIES), "family", f"one of {', '.join(FAMILIES)}"),
        ):  # fmt: skip
            if wrong:
                raise SpecError(
                    f"The Entry {shown(self.reference)} has {shown(getattr(self, field))} for "
                    f"{field}.",
                    f"Write {said}.",
                )


@cache
def entries(kind: str) -> tuple[Entry, ...]:
    """What other packages list.

    Parameters
    ----------
    kind : {'model', 'dataset'}
    """
    found: list[Entry] = []
    whose: dict[str, str] = {}  # the package that a reference was first listed by
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
        for one in listed:
            if (other := whose.setdefault(one.reference, package)) != package:
                warnings.warn(
                    f"The packages {other} and {package} both list {one.reference!r}: that of "
                    f"{other} is shown.",
                    stacklevel=2,
                )
        there = {one.reference for one in found}
        found += [one for one in listed if one.reference not in there]
    return tuple(found)
