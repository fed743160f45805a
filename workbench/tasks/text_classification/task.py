"""Single-label classification of a text or a pair of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.examples import Examples
from ...score_columns import score_column, scored_names
from ...training.objectives.class_weights import class_weights
from ...training.objectives.cross_entropy import CrossEntropy
from ...training.objectives.focal import FocalLoss
from ..base import Task
from ..shared.asking import asked_texts
from ..shared.encoding import Encoded, encode_frame
from ..shared.label_tree import label_tree
from ..shared.softmax import log_softmax
from ..shared.word_counts import joined_texts, word_counter
from . import measures
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


class TextClassification(Task):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, or pairs of a table."""
        return asked_texts(data, recipe)

    def encode(self, tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids, and labels where the frame has them."""
        labels = frame["label"] if "label" in frame.columns else None
        return encode_frame(tokenizer, frame, max_length, labels)

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> CrossEntropy:
        """Cross-entropy or focal loss with the recipe's class weights and label smoothing."""
        weights = class_weights(
            recipe.class_weights,
            examples.splits["train"]["label"].to_numpy(),
            examples.label_names,
        )
        if recipe.focal_gamma:
            return FocalLoss(weights, recipe.focal_gamma)
        return CrossEntropy(weights, recipe.label_smoothing)

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """Text, label, prediction, loss, scores.

        Parameters
        ----------
        frame : pandas.DataFrame, n_examples rows
            ``text``; ``label`` (class id) where it is known.
        encoded : Encoded, n_examples rows
        outputs : ndarray of float32, shape (n_examples, n_classes)
            Logits.

        Returns
        -------
        pandas.DataFrame, n_examples rows, in the order of ``frame``
            ``text``, ``pair`` where there is one, ``label`` and ``loss`` (cross-entropy, nats)
            where the label is known, ``prediction``, ``score_<class>`` (softmax, sums to 1).
        """
        import pandas as pd

        log_scores = log_softmax(outputs)
        table = {name: frame[name].to_numpy() for name in ("text", "pair") if name in frame.columns}
        names = np.asarray(label_names, dtype=object)
        ids = frame["label"].to_numpy() if "label" in frame.columns else None
        if ids is not None:
            table["label"] = names[ids]
        table["prediction"] = names[outputs.argmax(axis=1)] if len(outputs) else names[:0]
        if ids is not None:
            table["loss"] = -log_scores[np.arange(len(ids)), ids]
        for number, name in enumerate(label_names):
            table[score_column(name)] = np.exp(log_scores[:, number])
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``accuracy``, ``macro_f1`` (over classes that occur at all), ``loss``, ``examples``.

        Of classes named ``parent:child`` also ``parent_accuracy`` and ``parent_macro_f1``: of the
        parent with the highest sum of its classes' scores.
        """
        label, prediction = predictions["label"], predictions["prediction"]
        return {
            "accuracy": float((label == prediction).mean()),
            "macro_f1": _macro_f1(label, prediction),
            **_of_parents(predictions, label_names),
            "loss": float(predictions["loss"].mean()) if "loss" in predictions else float("nan"),
            "examples": int(len(predictions)),
        }

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Another class than the label."""
        if not self.labelled(predictions):
            return None
        return predictions["label"] != predictions["prediction"]

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """Accuracy (Wilson's interval) and macro-F1 (bootstrap)."""
        cells = measures.cells_of(scored_names(predictions.columns), predictions)
        return measures.cell_intervals(cells, resamples, seed)

    def named(self, frame: pd.DataFrame, label_names: list[str]) -> pd.DataFrame:
        """Examples with the names of their classes."""
        return frame.assign(label=np.asarray(label_names, dtype=object)[frame["label"].to_numpy()])

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """The most frequent class, and logistic regression on TF-IDF of words and word pairs."""
        import pandas as pd
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        train, test = examples.splits["train"], examples.splits["test"]
        model = make_pipeline(
            word_counter(),
            LogisticRegression(max_iter=1000, C=10),
        )
        guesses = {"majority": np.full(len(test), train["label"].mode().iloc[0])}
        try:
            model.fit(joined_texts(train), train["label"])
            guesses["tfidf_logistic_regression"] = np.asarray(model.predict(joined_texts(test)))
        except ValueError as error:
            if "empty vocabulary" not in str(error):  # texts without a single word
                raise
        found, names = {}, np.asarray(examples.label_names, dtype=object)
        for name, ids in guesses.items():
            table = pd.DataFrame({"label": names[test["label"]], "prediction": names[ids]})
            found[name] = self.metrics(table, examples.label_names)
            del found[name]["loss"]
        return found


def _macro_f1(label, prediction) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(label, prediction, average="macro", zero_division=0))


def _of_parents(predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
    """Metrics of the parents; of predictions without scores those of the class's own parent."""
    tree = label_tree(label_names)
    if tree is None:
        return {}
    number = {name: parent for name, parent in zip(tree.names, tree.parent_of, strict=True)}
    label = predictions["label"].map(number).to_numpy(np.int64)
    scores = [score_column(name) for name in label_names]
    if set(scores) <= set(predictions.columns):
        guess = tree.summed(predictions[scores].to_numpy()).argmax(axis=1)
    else:
        guess = predictions["prediction"].map(number).to_numpy(np.int64)
    return {
        "parent_accuracy": float((label == guess).mean()),
        "parent_macro_f1": _macro_f1(label, guess),
    }
