"""Errors of a classifier whose classes have parents: which level they are on, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, nearest
from ...intervals import wilson_interval
from ...score_columns import score_column
from ...task_of_predictions import like
from ...tasks.shared.label_tree import LabelTree, label_tree
from .errors import confusion, metric_intervals, per_class_errors
from .prediction_tables import class_names
from .scores import Scored, scored

if TYPE_CHECKING:
    import pandas as pd

ELSEWHERE = "(elsewhere)"


def has_hierarchy(run: Any) -> bool:
    """Whether the classes of a run, or of a predictions table, are ``parent:child``."""
    if hasattr(run, "data_info"):
        names = run.data_info().get("label_names", [])
    else:
        names = class_names(run) if hasattr(run, "columns") else []
    return label_tree(names) is not None


@dataclass(frozen=True)
class Hierarchy:
    """Predictions on two levels: what :func:`hierarchy` returns.

    Attributes
    ----------
    tree : LabelTree
    children : Scored
        The predictions as they are.
    parents : pandas.DataFrame, n_examples rows
        A predictions table of the parents (``text``, ``label``, ``prediction``, ``loss``,
        ``score_<parent>``): the score of a parent is the sum of its children's, the prediction the
        parent with the highest sum. Every function for a classifier takes it.
    """

    tree: LabelTree
    children: Scored
    parents: pd.DataFrame

    @property
    def inside(self) -> np.ndarray:
        """Errors of the class whose predicted class has the right parent, bool (n_examples,)."""
        of = self.tree.parent_of
        same = of[self.children.labels] == of[self.children.predictions]
        return same & ~self.children.right

    def summary(self, *, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Metrics of both levels.

        Returns
        -------
        pandas.DataFrame
            ``metric``, ``value``, ``low``, ``high`` (95 %), ``method``: ``accuracy``, ``macro_f1``
            of the classes; ``parent_accuracy``, ``parent_macro_f1``; ``inside``, the share of the
            errors that stay inside the right parent (NaN without errors).
        """
        import pandas as pd

        options = {"resamples": resamples, "seed": seed}
        parts = [metric_intervals(self.children.table, **options)]
        of_parents = metric_intervals(self.parents, **options)
        parts.append(of_parents.assign(metric="parent_" + of_parents["metric"]))
        errors, inside = int((~self.children.right).sum()), int(self.inside.sum())
        share = inside / errors if errors else float("nan")
        last = ("inside", share, *wilson_interval(inside, errors), "Wilson")
        parts.append(pd.DataFrame([last], columns=parts[0].columns))
        return pd.concat(parts, ignore_index=True)

    def confusion(self) -> pd.DataFrame:
        """Label against prediction of the parents, int, n_parents rows and columns."""
        return confusion(self.parents)

    def report(self) -> pd.DataFrame:
        """Each parent, the lowest F1 first.

        Returns
        -------
        pandas.DataFrame, n_parents rows
            The columns of :func:`per_class_errors`, and ``children`` (classes), ``class_errors``
            (of its examples, those of another class than their own), ``inside`` (of these, those
            that stay inside the parent), ``inside_share`` (NaN without any).
        """
        table = per_class_errors(self.parents)
        label = self.tree.parent_of[self.children.labels]
        n = len(self.tree.parents)
        errors = np.bincount(label[~self.children.right], minlength=n)
        inside = np.bincount(label[self.inside], minlength=n)
        share = np.divide(inside, errors, out=np.full(n, np.nan), where=errors > 0)
        at = [self.tree.parents.index(name) for name in table["class"]]
        sizes = np.bincount(self.tree.parent_of, minlength=n)
        return table.assign(
            children=sizes[at], class_errors=errors[at], inside=inside[at], inside_share=share[at]
        )

    def within(self, parent: str) -> pd.DataFrame:
        """Label against prediction of one parent's classes.

        Returns
        -------
        pandas.DataFrame of int
            Rows and columns are its classes, whole names, and ``(elsewhere)``: as a column examples
            that were taken for a class of another parent, as a row examples of other parents that
            were taken for one of its classes.
        """
        import pandas as pd

        if parent not in self.tree.parents:
            raise DataError(f"There is no parent {parent!r}.", nearest(parent, self.tree.parents))
        own = self.tree.children(self.tree.parents.index(parent))
        place = np.full(len(self.tree.names), len(own))
        place[own] = np.arange(len(own))
        rows, columns = place[self.children.labels], place[self.children.predictions]
        counts = np.zeros((len(own) + 1, len(own) + 1), np.int64)
        np.add.at(counts, (rows, columns), 1)
        counts[-1, -1] = 0  # of other parents, taken for other parents
        names = [*(self.tree.names[number] for number in own), ELSEWHERE]
        return pd.DataFrame(
            counts, index=pd.Index(names, name="label"), columns=pd.Index(names, name="prediction")
        )

    def examples(self, parent: str, label: str, prediction: str) -> pd.DataFrame:
        """Predictions in a cell of :meth:`within`, the highest loss first.

        The index is the position in the predictions table.
        """
        own = {n for n in self.tree.names if self._parent(n) == parent}
        table, mask = self.children.table.reset_index(drop=True), None
        for column, wanted in (("label", label), ("prediction", prediction)):
            fits = ~table[column].isin(own) if wanted == ELSEWHERE else table[column] == wanted
            mask = fits if mask is None else mask & fits
        return _worst(table[mask])

    def parent_examples(
        self, label: str | None = None, prediction: str | None = None
    ) -> pd.DataFrame:
        """Predictions by parents: of the parent ``label``, taken for the parent ``prediction``.

        Returns
        -------
        pandas.DataFrame
            Rows of the predictions table with their own classes, the highest loss first; the index
            is the position there.
        """
        mask = np.ones(len(self.parents), bool)
        for column, wanted in (("label", label), ("prediction", prediction)):
            if wanted is not None:
                mask &= (self.parents[column] == wanted).to_numpy()
        return _worst(self.children.table.reset_index(drop=True)[mask])

    def _parent(self, name: str) -> str:
        return self.tree.parents[self.tree.parent_of[self.tree.names.index(name)]]


def hierarchy(run, split: str = "test") -> Hierarchy:
    """Predictions of classes ``parent:child`` (or ``parent/child``) on both levels.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run of a classification, or its predictions table.

    Raises
    ------
    DataError
        If the names of the classes have no two levels.

    Examples
    --------
    ::

        found = wb.inspection.hierarchy(run)
        found.summary()          # both levels, and the share of errors inside the right parent
        found.confusion()        # of the parents
        found.within("NUM")      # of one parent's classes
    """
    import pandas as pd

    data = scored(run, split)
    tree = label_tree(data.names)
    if tree is None:
        shown = ", ".join(map(repr, data.names[:4]))
        raise DataError(
            f"The classes ({shown}) have no parents in their names.",
            "Name them parent:child or parent/child, all of them with the same sign.",
        )
    sums = tree.summed(data.scores)
    label = tree.parent_of[data.labels]
    names = np.asarray(tree.parents, dtype=object)
    table = {name: data.table[name].to_numpy() for name in ("text", "pair") if name in data.table}
    table["label"] = names[label]
    table["prediction"] = names[sums.argmax(axis=1)]
    table["loss"] = -np.log(np.maximum(sums[np.arange(len(label)), label], 1e-300))
    table |= {score_column(name): sums[:, number] for number, name in enumerate(tree.parents)}
    return Hierarchy(tree, data, like(pd.DataFrame(table), data.table))


def _worst(table: pd.DataFrame) -> pd.DataFrame:
    if "loss" not in table.columns:
        return table
    return table.sort_values("loss", ascending=False, kind="stable")
