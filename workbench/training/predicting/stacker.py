"""A small model on top of others, which learns whom to believe (stacking, Wolpert, 1992)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import DataError
from ...i18n import t
from ...task_words import called
from ...tasks.shared.softmax import log_softmax

PARTS = 5  # of the cross-fitting


@dataclass(frozen=True)
class Stacker:
    """A linear model on what the members say.

    Of a class it is a logistic regression on the members' log-probabilities; of labels one for each
    label, on the members' logits of it; of a number a ridge regression on their numbers (Breiman,
    "Stacked regressions", 1996).

    Attributes
    ----------
    kind : str
        "class", "labels" or "number": what is predicted.
    coefficients : ndarray of float, shape (n_outputs, n_features)
    intercepts : ndarray of float, shape (n_outputs,)
        Of two classes there is one output, that of the second.
    """

    kind: str
    coefficients: np.ndarray
    intercepts: np.ndarray

    def outputs(self, outputs: Sequence[np.ndarray]) -> np.ndarray:
        """In place of one model's outputs: logits, or numbers, shape (n_rows, n_outputs)."""
        if self.kind == "labels":
            stacked = np.stack([np.asarray(one, float) for one in outputs], axis=-1)
            return (stacked * self.coefficients).sum(axis=-1) + self.intercepts
        found = features(self.kind, outputs) @ self.coefficients.T + self.intercepts
        if self.kind == "class" and found.shape[1] == 1:
            return np.concatenate([np.zeros_like(found), found], axis=1)
        return found

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"kind": self.kind, "coefficients": self.coefficients.tolist(),
                "intercepts": self.intercepts.tolist()}  # fmt: skip

    @classmethod
    def from_dict(cls, about: dict[str, Any]) -> Stacker:
        """Back from :meth:`to_dict` (KeyError, ValueError where it is damaged)."""
        numbers = (np.asarray(about[name], float) for name in ("coefficients", "intercepts"))
        return cls(str(about["kind"]), *numbers)


def features(kind: str, outputs: Sequence[np.ndarray]) -> np.ndarray:
    """What the model on top reads of each row, shape (n_rows, n_features)."""
    if kind == "class":
        return np.concatenate([log_softmax(np.asarray(one)) for one in outputs], axis=1)
    return np.concatenate([np.asarray(one, float) for one in outputs], axis=1)


def fitted(
    spec: Any, outputs: Sequence[np.ndarray], truth: np.ndarray, label_names: Sequence[str]
) -> Stacker:
    """The model on top, learnt of rows that no member was trained on.

    Parameters
    ----------
    spec : TaskSpec
    outputs : sequence of ndarray of float, each of shape (n_rows, n_outputs)
    truth : ndarray
        Class ids, shape (n_rows,); labels of 0 and 1, shape (n_rows, n_labels); or numbers.
    label_names : sequence of str

    Raises
    ------
    DataError
        If the task has no such outputs, or a class or label does not occur, or always.
    """
    from sklearn.linear_model import LogisticRegression, Ridge

    kind = spec.predicts
    if kind not in ("class", "labels", "number"):
        raise DataError(
            t("ensembles.no_stacking", task=called(spec)), t("ensembles.no_stacking_remedy")
        )
    if kind == "number":
        found = Ridge(alpha=1.0).fit(features(kind, outputs), truth)
        return Stacker(kind, np.atleast_2d(found.coef_), np.atleast_1d(found.intercept_))
    if kind == "class":
        absent = sorted(set(range(len(label_names))) - set(np.asarray(truth).tolist()))
        if absent:
            raise _not_there(label_names[absent[0]])
        found = logistic().fit(features(kind, outputs), truth)
        return Stacker(kind, found.coef_, found.intercept_)
    stacked = np.stack([np.asarray(one, float) for one in outputs], axis=-1)
    coefficients, intercepts = [], []
    for number, name in enumerate(label_names):
        if truth[:, number].min() == truth[:, number].max():
            raise _not_there(name)
        one = LogisticRegression(max_iter=1000).fit(stacked[:, number], truth[:, number])
        coefficients.append(one.coef_[0])
        intercepts.append(one.intercept_[0])
    return Stacker(kind, np.array(coefficients), np.array(intercepts))


def crossed(
    spec: Any, outputs: Sequence[np.ndarray], truth: np.ndarray, label_names: Sequence[str],
    seed: int = 0,
) -> np.ndarray:  # fmt: skip
    """Outputs for each row of a model on top that was fitted without it (cross-fitting).

    What is said of rows that the model on top has learnt would be too good; these are honest. The
    rows are dealt into :data:`PARTS` parts, of a class so that each has its share.
    """
    rows = len(truth)
    order = np.random.default_rng(seed).permutation(rows)
    if spec.predicts == "class":
        order = order[np.argsort(np.asarray(truth)[order], kind="stable")]
    part = np.empty(rows, int)
    part[order] = np.arange(rows) % min(PARTS, rows)
    found: np.ndarray | None = None
    for number in range(part.max() + 1):
        here, rest = part == number, part != number
        one = fitted(spec, [said[rest] for said in outputs], truth[rest], label_names)
        said = one.outputs([said[here] for said in outputs])
        found = np.zeros((rows, said.shape[1])) if found is None else found
        found[here] = said
    assert found is not None  # there is a row at least
    return found


def logistic() -> Any:
    """The logistic regression that learns whom to believe: of scikit-learn, as it comes."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _not_there(name: str) -> DataError:
    return DataError(t("ensembles.absent", name=name), t("ensembles.absent_remedy"))
