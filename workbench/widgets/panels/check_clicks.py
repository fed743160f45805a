"""The clicks of the Check panel as its page tells them, and the ways to split that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import t

from .reading_fields import value_of

if TYPE_CHECKING:
    from workbench.task_spec import TaskSpec

METHODS = ("stratified", "random", "group", "time")
EVEN = ("labels", "number", "tags", "span")  # what the first way keeps even, besides classes


def clicked(panel: Any, what: str, values: dict[str, Any]) -> None:
    """Do what was clicked.

    Parameters
    ----------
    panel : CheckPanel
    what : {'task', 'column', 'reading', 'split', 'fix', 'unfix', 'fix_all'}
    values : dict
        What was chosen, as texts.
    """
    if what == "task":
        panel.set_task(values["task"])
    elif what == "column":
        panel.set_column(values["role"], values["column"] or None)
    elif what == "reading":
        panel.set_reading(values["name"], value_of(values["name"], values["value"]))
    elif what == "split":
        folds, fold = _number(values.get("folds")), _number(values.get("fold"))
        panel.set_split(values["split"], values["column"] or None, folds=folds, fold=fold)
    elif what == "fix":
        panel.fix(values["name"])
    elif what == "unfix":
        panel.unfix(values["name"])
    elif what == "fix_all":
        panel.fix_all()


def _number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() else None


def split_names(method: str, spec: TaskSpec | None) -> list[list[str]]:
    """The ways to split with their titles; ``method`` is the chosen one, ``spec`` the task's."""
    names = [[name, t(f"check.split_{name}")] for name in METHODS]
    if spec is not None and spec.predicts in EVEN:
        names[0][1] = t(f"check.split_{spec.predicts}_even")
    if spec is not None and not spec.names_outputs:
        # no classes: the first two ways are one, called as it is
        names = [[method if method == "random" else "stratified", names[1][1]], *names[2:]]
    return names
