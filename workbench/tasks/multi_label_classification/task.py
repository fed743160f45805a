"""Any number of labels for a text or a pair of texts: topics, emotions, kinds of a complaint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.examples import Examples
from ...data.multi_label import labels_text, multi_hot
from ...score_columns import score_column, score_columns, scored_names
from ...training.objectives.binary_cross_entropy import BinaryCrossEntropy, log_odds
from ...training.objectives.class_weights import positive_weights
from ..base import Task
from ..shared.asking import asked_texts
from ..shared.build_model import head_bias
from ..shared.encoding import Encoded, encode_frame
from ..shared.label_thresholds import PLAIN, best_thresholds
from ..shared.word_counts import joined_texts, word_counter
from . import measures
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd

    from ...measures.sums import Sums
    from ...recipe import Recipe


class MultiLabelClassification(Task):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, or pairs of a table."""
        return asked_texts(data, recipe)

    def encode(self, tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids, and float32 labels of shape (n_rows, n_labels) where the frame has them."""
        labels = None
        if "targets" in frame.columns and len(frame):
            labels = np.stack(frame["targets"].tolist())
        return encode_frame(tokenizer, frame, max_length, labels)

    def prepare_head(self, model, recipe: Recipe, examples: Examples) -> None:
        """Let each score start at the share of the training examples that have the label.

        From 0.5 on, the first steps would teach that most labels are rare and little else (the
        prior of Lin et al., 2017). Under ``class_weights`` the share is the weighted one.
        """
        import torch

        targets = np.stack(examples.splits["train"]["targets"].tolist())
        weights = positive_weights(recipe.class_weights, targets, examples.label_names)
        bias = head_bias(model, targets.shape[1])
        if bias is not None:
            start = log_odds(targets) + np.log(1.0 if weights is None else weights)
            with torch.no_grad():
                bias.copy_(torch.as_tensor(start))

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> BinaryCrossEntropy:
        """Binary cross-entropy of each label, weighted or focal as the recipe says."""
        targets = np.stack(examples.splits["train"]["targets"].tolist())
        weights = positive_weights(recipe.class_weights, targets, examples.label_names)
        return BinaryCrossEntropy(weights, recipe.focal_gamma)

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """Text, labels, prediction, loss, scores.

        Parameters
        ----------
        frame : pandas.DataFrame, n_examples rows
            ``text``; ``targets`` where the labels are known.
        encoded : Encoded, n_examples rows
        outputs : ndarray of float32, shape (n_examples, n_labels)
            Logits.

        Returns
        -------
        pandas.DataFrame, n_examples rows, in the order of ``frame``
            ``text``; ``pair`` where there is one; ``label`` (list of str, in the order of
            ``label_names``) and ``loss`` (binary cross-entropy, mean over the labels, nats) where
            they are known; ``prediction`` (list of str: the labels whose score is at least 0.5,
            until :meth:`decide` applies the thresholds); ``score_<label>`` (sigmoid; they do not
            sum to 1).
        """
        import pandas as pd

        logits = outputs.astype(np.float64)
        scores = 1 / (1 + np.exp(-logits))
        table: dict[str, Any] = {
            name: frame[name].to_numpy() for name in ("text", "pair") if name in frame.columns
        }
        targets = None if encoded.labels is None else encoded.labels.astype(np.float64)
        if targets is not None:
            table["label"] = _named(targets > 0, label_names)
        table["prediction"] = _named(scores >= PLAIN, label_names)
        if targets is not None:
            # log(1 + e^x) - y x, with no large power
            losses = np.logaddexp(0, logits) - targets * logits
            table["loss"] = losses.mean(axis=1)
        table |= {score_column(name): scores[:, i] for i, name in enumerate(label_names)}
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def settle(self, table: pd.DataFrame) -> dict | None:
        """Thresholds by F1 on these predictions, ``{"thresholds": {label: threshold}}``."""
        names, scores = scores_of(table)
        if not len(table) or "label" not in table.columns:
            return None
        found = best_thresholds(multi_hot(table["label"], names), scores)
        return {"thresholds": dict(zip(names, found.tolist(), strict=True))}

    def decide(self, table: pd.DataFrame, settled: dict) -> pd.DataFrame:
        """The predictions under the thresholds that were settled."""
        import pandas as pd

        names, scores = scores_of(table)
        limits = np.asarray([settled["thresholds"].get(name, PLAIN) for name in names], float)
        chosen = pd.Series(_named(scores >= limits, names), table.index, dtype=object)
        return table.assign(prediction=chosen)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``macro_f1`` and ``micro_f1`` over all labels, ``subset_accuracy``, ``hamming_loss``.

        The numbers of scikit-learn: a label that neither occurs nor is predicted has an F1 of 0;
        the subset accuracy is the share of examples with exactly the right set; the Hamming loss
        the share of single decisions (example and label) that are wrong (Tsoumakas and Katakis,
        2007). ``loss`` is the mean of the examples' losses.
        """
        truth = multi_hot(predictions["label"], label_names) > 0
        guess = multi_hot(predictions["prediction"], label_names) > 0
        hits, both = (truth & guess).sum(axis=0), truth.sum(axis=0) + guess.sum(axis=0)
        f1 = np.divide(2.0 * hits, both, out=np.zeros(len(label_names)), where=both > 0)
        return {
            "macro_f1": float(f1.mean()),
            "micro_f1": float(2 * hits.sum() / max(both.sum(), 1)),
            "subset_accuracy": float((truth == guess).all(axis=1).mean()),
            "hamming_loss": float((truth != guess).mean()),
            "loss": float(predictions["loss"].mean()) if "loss" in predictions else float("nan"),
            "examples": int(len(predictions)),
        }

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Another set than that of the labels."""
        if not self.labelled(predictions):
            return None
        truth, guess = (predictions[name].map(frozenset) for name in ("label", "prediction"))
        return truth != guess

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """Of F1, subset accuracy and Hamming loss."""
        return measures.label_set_sums(*_hot(predictions))

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """Macro-F1, micro-F1, subset accuracy and Hamming loss."""
        return measures.label_set_intervals(*_hot(predictions), resamples, seed)

    def readable(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Sets as lists of their labels."""
        names = [name for name in ("label", "prediction") if name in predictions]
        return predictions.assign(**{name: predictions[name].map(labels_text) for name in names})

    def named(self, frame: pd.DataFrame, label_names: list[str]) -> pd.DataFrame:
        """Examples with their labels in one text."""
        said = frame["labels"].map(labels_text)
        return frame.drop(columns=["labels", "targets"]).assign(label=said)

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """The most frequent set of labels, and a logistic regression on TF-IDF for each label.

        The second chooses its thresholds on the validation examples, as the model does.
        """
        import pandas as pd

        train, test = examples.splits["train"], examples.splits["test"]
        names = examples.label_names
        usual = Counter(map(frozenset, train["labels"])).most_common(1)[0][0]
        guesses = {"most_frequent_set": [sorted(usual)] * len(test)}
        scored = _counted_words(examples)
        if scored is not None:
            limits = best_thresholds(
                multi_hot(examples.splits["validation"]["labels"], names), scored["validation"]
            )
            guesses["tfidf_one_vs_rest"] = _named(scored["test"] >= limits, names)
        found = {}
        for name, sets in guesses.items():
            table = pd.DataFrame({"label": test["labels"].tolist(), "prediction": sets})
            found[name] = self.metrics(table, names)
            del found[name]["loss"]
        return found


def scores_of(table: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Names of the labels and their scores, float64 of shape (n_examples, n_labels)."""
    columns = score_columns(table.columns)
    return scored_names(columns), table[columns].to_numpy(float)


def _hot(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions as bool, each of shape (n_examples, n_labels)."""
    names = scored_names(table.columns)
    return multi_hot(table["label"], names) > 0, multi_hot(table["prediction"], names) > 0


def _named(chosen: np.ndarray, names: list[str]) -> list[list[str]]:
    """The names of each row's chosen labels, from booleans of shape (n_examples, n_labels)."""
    return [[names[i] for i in np.flatnonzero(row)] for row in chosen]


def _counted_words(examples: Examples) -> dict[str, np.ndarray] | None:
    """Scores of a logistic regression a label, by split; None where no text has a word."""
    from sklearn.linear_model import LogisticRegression

    words = word_counter()
    try:
        train = words.fit_transform(joined_texts(examples.splits["train"]))
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        return None
    targets = np.stack(examples.splits["train"]["targets"].tolist())
    asked = {
        split: words.transform(joined_texts(examples.splits[split]))
        for split in ("validation", "test")
    }
    found = {split: np.zeros((part.shape[0], targets.shape[1])) for split, part in asked.items()}
    for number, truth in enumerate(targets.T):
        if truth.min() == truth.max():  # every example has it, or none: nothing to be learnt
            for scores in found.values():
                scores[:, number] = truth[0]
            continue
        model = LogisticRegression(max_iter=1000, C=10).fit(train, truth)
        for split, part in asked.items():
            found[split][:, number] = model.predict_proba(part)[:, 1]
    return found
