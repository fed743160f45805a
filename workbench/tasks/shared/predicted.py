"""What a task says of its predictions: which are wrong, how sure the metrics are, how they read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...task_of_predictions import check_columns

if TYPE_CHECKING:
    import pandas as pd

    from ...measures.sums import Sums
    from ...recipe import Recipe
    from ...task_spec import TaskSpec


class Predicted:
    """The part of a task that reads its own predictions; every view asks it, and none the columns.

    What is here fits a task whose predictions are texts: it judges none of them.
    """

    spec: TaskSpec

    def labelled(self, predictions: pd.DataFrame) -> bool:
        """Whether the predictions hold what is right."""
        return self.spec.prediction_table.truth in predictions

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Which rows are errors, bool, with their index; None where none is right or wrong.

        So it is where nobody said what is right, and for texts: one that differs from its reference
        is not wrong for that. A task decides it.
        """
        return None

    def distance(self, predictions: pd.DataFrame) -> pd.Series | None:
        """How far each row is from what is right, 0 or more; None where nothing says it.

        For predictions that are only near: slices and comparisons go by it where :meth:`wrong`
        gives None.
        """
        return predictions["loss"].astype(float) if "loss" in predictions else None

    def distance_called(self, predictions: pd.DataFrame) -> str:
        """What the mean of :meth:`distance` is called, a key of the titles of columns."""
        return "mean_loss" if "loss" in predictions else "distance"

    def sums(self, predictions: pd.DataFrame) -> Sums | None:
        """The metrics as functions of sums over examples; None where there are no such.

        Two runs are compared by them, and :meth:`intervals` draws from them.
        """
        from ...measures.sums import means

        found = {}
        if "loss" in predictions:
            found["loss"] = predictions["loss"].to_numpy(float)
        wrong = self.wrong(predictions)
        if wrong is not None:
            found = {"accuracy": ~wrong.to_numpy(bool), **found}
        return means(found) if found else None

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """Metrics with 95 % intervals, the one that decides first.

        Parameters
        ----------
        predictions : pandas.DataFrame
            With what is right, at least one row.
        resamples, seed : int
            Of the bootstrap.

        Returns
        -------
        pandas.DataFrame
            ``metric``, ``value``, ``low``, ``high``, ``method``; no row where nothing is measured.
        """
        from ...intervals import interval_table
        from ...measures.sums import bootstrapped

        found = self.sums(predictions)
        return interval_table([]) if found is None else bootstrapped(found, resamples, seed)

    def readable(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """The predictions with ``text``, ``label`` and ``prediction`` as short texts for people."""
        return predictions

    def texts(self, predictions: pd.DataFrame) -> list[str]:
        """What the model read of each row, as one text."""
        check_columns(predictions, "text")
        return predictions["text"].astype(str).tolist()

    def flat(self, predictions: pd.DataFrame, separator: str = ";") -> pd.DataFrame:
        """The predictions with texts and numbers as cells, as a CSV file holds them.

        Columns of objects are left out; what a list of texts holds is joined by ``separator``, or
        written as JSON where it could not be parted again.
        """
        declared = self.spec.prediction_table.columns
        objects = [name for name, kind in declared.items() if kind == "list"]
        found = predictions.drop(columns=objects, errors="ignore")
        for name in found.columns:
            if found[name].map(_is_list).any():
                found[name] = _joined(found[name], separator)
        return found

    def question(self, text: str, pair: str | None, recipe: Recipe) -> Any:
        """One typed text as ``run.predict`` takes it.

        Raises
        ------
        DataError
            If the task needs a second one.
        """
        import pandas as pd

        row = {recipe.columns.get("text", "text"): [text]}
        if "pair" in recipe.columns:
            row[recipe.columns["pair"]] = [pair or ""]
        return pd.DataFrame(row)

    def reads_together(self, recipe: Recipe) -> bool:
        """Whether a second text that is typed is read with the first, and not by itself."""
        return True

    def named(self, frame: pd.DataFrame, label_names: list[str]) -> pd.DataFrame | None:
        """Examples with ``label`` as people read it; None where a whole text has none."""
        return None


def _joined(lists: pd.Series, separator: str) -> list[str]:
    """Each list as one text: joined, or all of them as JSON where one would not part as it was."""
    texts = [list(map(str, value)) for value in lists]
    joined = [separator.join(values) for values in texts]
    parted = [text.split(separator.strip() or None) if text else [] for text in joined]
    if parted == texts:
        return joined
    return [json.dumps(values, ensure_ascii=False) for values in texts]


def _is_list(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes)
