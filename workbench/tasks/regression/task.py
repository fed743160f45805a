"""A number for a text or a pair of texts: strength, rating, similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.examples import Examples
from ..base import Task
from ..shared.asking import asked_texts
from ..shared.build_model import head_bias
from ..shared.encoding import Encoded, encode_frame
from ..shared.word_counts import joined_texts, word_counter
from . import measures
from .measures import correlation, ranks
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from ...measures.sums import Sums
    from ...recipe import Recipe


class Regression(Task):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Texts, or pairs of a table."""
        return asked_texts(data, recipe)

    def encode(self, tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids, and float32 labels where the frame has them."""
        labels = frame["label"].to_numpy(np.float32) if "label" in frame.columns else None
        return encode_frame(tokenizer, frame, max_length, labels)

    def prepare_head(self, model, recipe: Recipe, examples: Examples) -> None:
        """Let the output start at the mean of the training examples' labels."""
        import torch

        bias = head_bias(model, 1)
        if bias is not None:
            torch.nn.init.constant_(bias, float(examples.splits["train"]["label"].mean()))

    def prepare_loss(self, recipe: Recipe, examples: Examples) -> SquaredError:
        """Mean squared error."""
        return SquaredError()

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: np.ndarray, label_names: list[str]
    ) -> pd.DataFrame:
        """Text, label, prediction, residual, loss.

        Parameters
        ----------
        frame : pandas.DataFrame, n_examples rows
            ``text``; ``label`` (float) where it is known.
        encoded : Encoded, n_examples rows
        outputs : ndarray of float32, shape (n_examples, 1)

        Returns
        -------
        pandas.DataFrame, n_examples rows, in the order of ``frame``
            ``text``, ``pair`` where there is one, ``prediction`` (float64) and, where the label is
            known, ``label``, ``residual`` (prediction less label) and ``loss`` (its square).
        """
        import pandas as pd

        table = {name: frame[name].to_numpy() for name in ("text", "pair") if name in frame.columns}
        predicted = outputs[:, 0].astype(np.float64)
        if "label" in frame.columns:
            table["label"] = frame["label"].to_numpy(np.float64)
        table["prediction"] = predicted
        if "label" in frame.columns:
            table["residual"] = predicted - table["label"]
            table["loss"] = table["residual"] ** 2
        if "row" in frame.columns:
            table["row"] = frame["row"].to_numpy()
        return pd.DataFrame(table)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``pearson``, ``spearman``, ``mae``, ``loss`` (mean squared error), ``examples``.

        The correlations of a constant prediction or label are 0: it says nothing about order.
        """
        label, prediction = (predictions[n].to_numpy(float) for n in ("label", "prediction"))
        return {
            "pearson": correlation(label, prediction),
            "spearman": correlation(ranks(label), ranks(prediction)),
            "mae": float(np.abs(prediction - label).mean()),
            "loss": float(((prediction - label) ** 2).mean()),
            "examples": int(len(predictions)),
        }

    def distance(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Size of the residual; no number is plainly right or wrong."""
        if not self.labelled(predictions):
            return None
        return (predictions["prediction"] - predictions["label"]).abs().astype(float)

    def sums(self, predictions: pd.DataFrame) -> Sums:
        """Of both correlations, mean absolute and root mean squared error."""
        return measures.number_sums(*_numbers(predictions))

    def intervals(
        self, predictions: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
    ) -> pd.DataFrame:
        """Both correlations, mean absolute and root mean squared error."""
        return measures.number_intervals(*_numbers(predictions), resamples, seed)

    def readable(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Numbers with two places."""
        names = [name for name in ("label", "prediction") if name in predictions]
        written = {name: predictions[name].map("{:.2f}".format) for name in names}
        return predictions.assign(**written)

    def named(self, frame: pd.DataFrame, label_names: list[str]) -> pd.DataFrame:
        """Examples as they are: their labels are numbers."""
        return frame

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """The mean of the training labels, and ridge regression on TF-IDF of words and pairs."""
        import pandas as pd
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline

        train, test = examples.splits["train"], examples.splits["test"]
        guesses = {"mean": np.full(len(test), train["label"].mean())}
        model = make_pipeline(
            word_counter(),
            Ridge(alpha=1.0),
        )
        try:
            model.fit(joined_texts(train), train["label"])
            guesses["tfidf_ridge"] = np.asarray(model.predict(joined_texts(test)))
        except ValueError as error:
            if "empty vocabulary" not in str(error):  # texts without a single word
                raise
        return {
            name: self.metrics(
                pd.DataFrame({"label": test["label"], "prediction": values}), examples.label_names
            )
            for name, values in guesses.items()
        }


class SquaredError:
    r"""Mean squared error that is the same however a batch is cut into micro-batches.

    .. math:: L = \frac1n \sum_i (\hat y_i - y_i)^2
    """

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the squared errors of ``logits`` (batch, 1) for ``labels`` (batch,)."""
        return ((logits.float()[:, 0] - labels.float()) ** 2).sum()

    def normaliser(self, labels: torch.Tensor) -> int:
        """Number of ``labels``."""
        return len(labels)


def _numbers(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions, float64, each of shape (n_examples,)."""
    return table["label"].to_numpy(float), table["prediction"].to_numpy(float)
