"""Weights of classes in the loss, as a recipe gives them or by how often they occur."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import RecipeError, nearest
from ...settings import NONE, setting

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """What examples of each class weigh."""

    class_weights: Any = setting(None, "weight", kinds=(str, list, dict, NONE))
    """``None``, ``"balanced"``, a list with a weight for each class, or a dict of class to weight.
    ``balanced`` is ``n_examples / (n_classes * count)``; of a multi-label task what having the
    label weighs, ``(n_examples - count) / count``."""

    def _check(self) -> None:
        """Refuse weights that are none (RecipeError)."""
        weights = self.class_weights
        if isinstance(weights, str) and weights != "balanced":
            raise RecipeError(
                f"class_weights is {weights!r}.",
                "Allowed: None, 'balanced', a list with a weight for each class, "
                "or a dict of class name to weight.",
                field="class_weights",
            )
        values = weights.values() if isinstance(weights, dict) else weights
        for value in values if isinstance(weights, (list, dict)) else ():
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not (math.isfinite(value) and value > 0)
            ):
                raise RecipeError(
                    f"class_weights holds {value!r}.",
                    "Each weight is a finite number above 0.",
                    field="class_weights",
                )


def check_weights(wanted, label_names: list[str]) -> None:
    """Refuse class weights that do not fit the classes (RecipeError)."""
    if isinstance(wanted, list) and len(wanted) != len(label_names):
        raise RecipeError(
            f"class_weights has {len(wanted)} weights for {len(label_names)} classes.",
            f"The order is: {', '.join(label_names)}.",
            field="class_weights",
        )
    for name in wanted if isinstance(wanted, dict) else ():
        if str(name) not in label_names:
            raise RecipeError(
                f"class_weights names the class {name!r}, which the data does not have.",
                nearest(str(name), label_names),
                field="class_weights",
            )


def class_weights(wanted, labels: np.ndarray, label_names: list[str]) -> np.ndarray | None:
    """Weights of the classes as the recipe gives them.

    Parameters
    ----------
    wanted : None, 'balanced', list of float, or dict of class name to float
    labels : ndarray of int, shape (n_examples,)
        Class ids of the training examples.
    label_names : list of str, length n_classes

    Returns
    -------
    ndarray of float64, shape (n_classes,), or None
        ``balanced`` is ``n_examples / (n_classes * count)``; classes that a dict leaves out get 1.

    Raises
    ------
    RecipeError
        If a list has another length, or a dict names no class of the data.
    """
    import numpy as np

    if wanted is None:
        return None
    if wanted == "balanced":
        counts = np.bincount(labels, minlength=len(label_names))
        return len(labels) / (len(label_names) * counts)
    check_weights(wanted, label_names)
    if isinstance(wanted, list):
        return np.asarray(wanted, dtype=float)
    given = {str(name): weight for name, weight in wanted.items()}
    return np.asarray([given.get(name, 1.0) for name in label_names], dtype=float)


def positive_weights(wanted, targets: np.ndarray, label_names: list[str]) -> np.ndarray | None:
    """What an example that has a label weighs, beside 1 for one that has not.

    Parameters
    ----------
    wanted : None, 'balanced', list of float, or dict of label to float
    targets : ndarray of 0 and 1, shape (n_examples, n_labels)

    Returns
    -------
    ndarray of float64, shape (n_labels,), or None
        ``balanced`` is examples without the label over those with it; 1 where there are none of
        either, and where a dict leaves a label out.

    Raises
    ------
    RecipeError
        If a list has another length, or a dict names no label of the data.
    """
    import numpy as np

    if wanted != "balanced":
        return class_weights(wanted, np.zeros(0, np.int64), label_names)
    having = targets.sum(axis=0).astype(float)
    lacking = len(targets) - having
    both = (having > 0) & (lacking > 0)
    return np.divide(lacking, having, out=np.ones(len(label_names)), where=both)
