"""Which tasks there are: those of this package, those of others, those that were registered here.

A task of this package is a folder of :mod:`workbench.tasks` whose ``spec.py`` has ``SPEC``. Another
package names its own in the entry point group ``workbench.tasks``; each entry point is a
:class:`~workbench.task_spec.TaskSpec`. An entry point that does not load is said, and the others
work.
"""

from __future__ import annotations

import contextlib
import importlib.util
import pkgutil
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import cache

from . import installed
from .errors import SpecError, UnknownName, nearest
from .i18n import t
from .task_spec import LOSS, Baseline, Metric, TaskSpec

GROUP = "workbench.tasks"
_FOLDER = "workbench.tasks"
_registered: dict[str, TaskSpec] = {}  # by hand, in this process
_reading = threading.RLock()


def specs(*, trains: bool | None = True) -> list[TaskSpec]:
    """The tasks in the order in which they are offered.

    Parameters
    ----------
    trains : bool or None
        Those that can be trained (True), kinds of data that are only recognised (False), or both.
    """
    found = {**_from_packages()[0], **_own(), **_registered}
    listed = sorted(found.values(), key=lambda one: (one.order, one.name))
    return [one for one in listed if trains is None or one.trains is trains]


def names(*, trains: bool | None = True) -> list[str]:
    """Names of the tasks in the order in which they are offered."""
    return [one.name for one in specs(trains=trains)]


def find(name: object) -> TaskSpec | None:
    """The task of a name, or None; other packages are looked through for a foreign name alone."""
    if not isinstance(name, str):
        return None
    return _registered.get(name) or _own().get(name) or _from_packages()[0].get(name)


def spec(name: str, *, trains: bool | None = True) -> TaskSpec:
    """The task of a name.

    Raises
    ------
    UnknownName
        With the nearest names; of a task whose package does not load, with the reason.
    """
    found = find(name)
    if found is None or trains not in (None, found.trains):
        if reason := _from_packages()[1].get(str(name)):
            raise UnknownName(f"The task {name!r} cannot be used: {reason}")
        known = nearest(name, names(trains=trains))
        raise UnknownName(f"There is no task {name!r}.", f"{known} {t('task.elsewhere')}")
    return found


def default() -> TaskSpec:
    """The task that a recipe has which names none: the first that is offered here."""
    return min(
        (one for one in _own().values() if one.trains), key=lambda one: (one.order, one.name)
    )


def with_label(kind: str) -> str:
    """Name of the first task whose ``label`` is of a kind: "label", "labels", "number".

    >>> with_label("number")
    'regression'
    """
    return next(one.name for one in _each() if label_kind(one) == kind)


def with_roles(*names: str) -> str:
    """Name of the first task that needs columns of these roles and no others.

    >>> with_roles("text"), with_roles("source", "target")
    ('language-modelling', 'text-to-text')
    """
    return next(one.name for one in _each() if set(one.required) == set(names))


def predicting(what: str) -> str:
    """Name of the first task whose predictions are "class", "labels", "number", "tags", "span".

    >>> predicting("tags")
    'token-classification'
    """
    return next(one.name for one in _each() if one.predicts == what)


def label_kind(one: TaskSpec | str | None) -> str:
    """What a task's ``label`` is, "label", "labels" or "number"; "" where it has none."""
    declared = find(one) if isinstance(one, str) else one
    role = declared.role("label") if declared else None
    return role.kind if role else ""


def problems() -> list[str]:
    """What is wrong with tasks of other packages, a sentence each; [] when nothing is."""
    return list(_from_packages()[1].values())


def metric(name: str, task: str | None = None) -> Metric | None:
    """A metric by its name: the task's own, else that of the first task that has it, or None."""
    own = find(task) if task else None
    for one in [own] if own else _each():
        if (found := one.metric(name)) is not None:
            return found
    return LOSS if name == LOSS.name else None


def usual_metric(there: Iterable[str]) -> str:
    """Of these numbers the one to look at when nobody says which: the first that decides a task.

    Else the first that a task has, else the first by name; "" for none.

    >>> usual_metric(["accuracy", "macro_f1"]), usual_metric(["zeta", "alpha"]), usual_metric([])
    ('macro_f1', 'alpha', '')
    """
    found = sorted(there)
    known = specs()
    wanted = [one.metric_names[0] for one in known]
    wanted += [metric.name for one in known for metric in one.metrics if metric.chooses]
    return next((name for name in wanted if name in found), found[0] if found else "")


def overview_metrics() -> list[str]:
    """Metrics that a table of runs of all tasks has a column for.

    >>> overview_metrics()[:3]
    ['macro_f1', 'accuracy', 'pearson']
    """
    return list(
        dict.fromkeys(
            metric.name
            for one in specs()
            for metric in one.metrics
            if metric.overview or metric.name == one.metric_names[0]
        )
    )


def baseline(name: str, task: str | None = None) -> Baseline | None:
    """A baseline by its name: the task's own, else that of the first task that has it, or None."""
    own = find(task)
    for found in own.baselines if own else ():
        if found.name == name:
            return found
    return next((b for one in _each() for b in one.baselines if b.name == name), None)


def is_minimised(name: str, task: str | None = None) -> bool:
    """Whether a metric is better when lower."""
    found = metric(name, task) or metric(name)
    return found is not None and found.minimised


def register(one: TaskSpec) -> TaskSpec:
    """Make a task known to this process; :func:`workbench.fine_tune` trains it, no worker does.

    Raises
    ------
    SpecError
        If another task has its name.
    """
    if (there := find(one.name)) is not None:
        raise SpecError(
            f"There is a task {one.name!r} already"
            + (f" (of the package {there.package})." if there.package else "."),
            "Give yours another name.",
        )
    _registered[one.name] = one
    return one


def check_installed(name: str) -> None:
    """Refuse a task that a worker, which is a process of its own, would not know.

    Raises
    ------
    UnknownName
        If there is no such task, or it was registered in this process alone.
    """
    spec(name)
    if name in _registered:
        raise UnknownName(t("task.only_here", task=repr(name)), t("task.only_here_remedy"))


def unregister(name: str) -> None:
    """Forget a task that :func:`register` made known; nothing happens where it did not."""
    _registered.pop(name, None)


@contextlib.contextmanager
def registered(one: TaskSpec) -> Iterator[TaskSpec]:
    """A task that is known within a ``with`` block.

    >>> from workbench.task_spec import Role, TaskSpec
    >>> toy = TaskSpec(name="toy", title="Toy", task=None, roles=(Role("text", "text"),))
    >>> with registered(toy):
    ...     find("toy")
    TaskSpec('toy')
    >>> find("toy")
    """
    register(one)
    try:
        yield one
    finally:
        unregister(one.name)


def _each() -> Iterator[TaskSpec]:
    """Every task that trains, those that are known here first: what is found there costs no look
    through the installed packages."""
    here = {**_own(), **_registered}
    yield from sorted((s for s in here.values() if s.trains), key=lambda s: (s.order, s.name))
    yield from (one for one in specs() if one.name not in here)


@cache
def _own() -> dict[str, TaskSpec]:
    """The tasks of this package, by name."""
    found = {}
    for module in pkgutil.iter_modules(importlib.import_module(_FOLDER).__path__):
        declared = f"{_FOLDER}.{module.name}.spec"
        if module.ispkg and importlib.util.find_spec(declared):
            one = importlib.import_module(declared).SPEC
            found[one.name] = one
    return found


def _from_packages() -> tuple[dict[str, TaskSpec], dict[str, str]]:
    """Tasks of other packages by name, and by name what is wrong with those that do not work."""
    with _reading:
        return _entry_points()


@cache
def _entry_points() -> tuple[dict[str, TaskSpec], dict[str, str]]:
    found: dict[str, TaskSpec] = {}
    wrong: dict[str, str] = {}
    twice: set[str] = set()
    points = sorted(installed.entry_points(GROUP), key=lambda point: (point.name, point.value))
    for point in points:
        package = point.dist.name if point.dist else point.value.partition(".")[0]
        try:
            one = point.load()
            if not isinstance(one, TaskSpec):
                raise SpecError(f"{point.value} is {type(one).__name__} and no TaskSpec.")
            one = one.replace(package=package)
        except Exception as error:  # whatever somebody else's package raises
            why = str(error).partition("\n")[0]
            wrong[point.name] = (
                f"The package {package} has it, and its {point.value} does not load "
                f"({type(error).__name__}: {why})."
            )
            continue
        if one.name in _own():
            wrong[f"{one.name} of {package}"] = (
                f"The package {package} has a task {one.name!r} as well; the workbench's own one "
                "is used."
            )
        elif one.name in found:
            other = found[one.name].package
            twice.add(one.name)
            wrong[one.name] = (
                f"The packages {other} and {package} both have a task {one.name!r}; "
                "uninstall one of them."
            )
        else:
            found[one.name] = one
    for name in twice:  # neither is better than the other
        del found[name]
    for sentence in wrong.values():
        warnings.warn(sentence, stacklevel=4)
    return found, wrong


def forget_packages() -> None:
    """Look through the installed packages anew, when next a task is asked for."""
    installed.forget()
    _entry_points.cache_clear()
