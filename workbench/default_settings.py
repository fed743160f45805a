"""Settings that a recipe has which names none: they follow from its task and its method."""

from __future__ import annotations

from . import task_registry
from .settings import Kinds
from .task_spec import USUAL

METHODS = Kinds("method", "workbench.training.methods", "full")  # ways of changing weights


def task_defaults(task: str, method: str = "full") -> dict[str, float]:
    """``epochs``, ``learning_rate`` and ``max_length`` of a recipe of this task that names none.

    The rate is the task's, as its kind of method has it (:func:`usual_rate`).

    Examples
    --------
    >>> task_defaults("text-classification")
    {'epochs': 2, 'learning_rate': 0.0001, 'max_length': 128}
    """
    declared = task_registry.find(task)
    found = {**USUAL, **(declared.defaults if declared else {})}
    return {**found, "learning_rate": usual_rate(method, found["learning_rate"])}


def usual_rate(method: str, full: float) -> float:
    """The usual learning rate of a method where ``full`` is that of training all weights."""
    own = getattr(METHODS.module(method), "usual_rate", None) if method in METHODS.names() else None
    return float(f"{own(full):.6g}") if own else full
