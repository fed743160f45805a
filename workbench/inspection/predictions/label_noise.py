"""Labels that are probably wrong: confident learning, and near-duplicates that disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import task_registry
from ...errors import DataError
from ...score_columns import score_column
from ...task_of_predictions import of_task
from ...tasks.shared.word_counts import word_counter

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe


def training_table(recipe: Recipe) -> pd.DataFrame:
    """The training examples of a recipe: ``text``, ``pair`` if any, ``label`` (name)."""
    from ... import tasks

    recipe = recipe.replace(sampling="all")  # repeats would be on both sides of a fold
    examples = tasks.get(recipe.task).load_examples(recipe)
    frame = examples.splits["train"]
    columns = [c for c in ("text", "pair", "row") if c in frame.columns]
    names = np.asarray(examples.label_names, dtype=object)
    return frame[columns].assign(label=names[frame["label"].to_numpy()]).reset_index(drop=True)


def cross_validated_scores(
    table: pd.DataFrame, *, features: np.ndarray | None = None, folds: int = 5, seed: int = 0
) -> pd.DataFrame:
    """A predictions table in which each example was predicted by a model that did not see it.

    Parameters
    ----------
    table : pandas.DataFrame
        ``text``, ``label`` and ``pair`` where there is one.
    features : ndarray of float, shape (n_examples, n_features), optional
        Of a model that was not trained on these labels, such as :func:`embeddings` of the
        pretrained one; TF-IDF of words and word pairs when not given.
    folds : int
        Parts of the examples, each with the classes' shares; at most the smallest class.

    Returns
    -------
    pandas.DataFrame
        ``text``, ``pair``, ``label``, ``prediction``, ``loss``, ``score_<class>``; logistic
        regression.

    Raises
    ------
    DataError
        If there are fewer than two classes, or a class has a single example.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from ...errors import TrainingError

    names, labels, counts = np.unique(
        table["label"].to_numpy(str), return_inverse=True, return_counts=True
    )
    if len(names) < 2 or counts.min() < 2:
        raise DataError(
            f"The class {str(names[counts.argmin()])!r} has {counts.min()} of {len(labels)} "
            "examples.",
            "Label issues need two classes at least, and two examples of each.",
        )
    words = word_counter()
    texts = table["text"] + (" " + table["pair"] if "pair" in table.columns else "")
    model = make_pipeline(
        words if features is None else StandardScaler(),
        LogisticRegression(max_iter=1000, C=10 if features is None else 0.01),
    )
    parts = StratifiedKFold(min(folds, int(counts.min())), shuffle=True, random_state=seed)
    try:
        scores = cross_val_predict(
            model, texts if features is None else features, labels, cv=parts, method="predict_proba"
        )
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        raise TrainingError("The texts hold no words.", "Give features instead.") from error
    found = table[[c for c in ("text", "pair", "row") if c in table.columns]].copy()
    found["label"], found["prediction"] = names[labels], names[scores.argmax(axis=1)]
    found["loss"] = -np.log(np.maximum(scores[np.arange(len(labels)), labels], 1e-300))
    for number, name in enumerate(names):
        found[score_column(name)] = scores[:, number]
    found = found.astype({"label": object, "prediction": object})
    return of_task(found, task_registry.predicting("class"))


def embeddings(
    source: Any,
    texts: Sequence[str],
    *,
    pairs: Sequence[str] | None = None,
    batch_size: int = 32,
) -> np.ndarray:
    """Mean of the last hidden states over a text's tokens.

    Parameters
    ----------
    source : Run, model reference or folder
    texts : sequence of str
    pairs : sequence of str, optional
        The second texts; those tokens count as well.

    Returns
    -------
    ndarray of float32, shape (n_texts, hidden_size)
    """
    import torch

    from ..inside.loaded_model import folder_of, load

    loaded = load(folder_of(source))
    limit = min(getattr(loaded.model.config, "max_position_embeddings", 512), 256)
    order = np.argsort([-len(text) for text in texts], kind="stable")
    out: np.ndarray | None = None
    with loaded.lock, torch.inference_mode():
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            second = None if pairs is None else [pairs[row] for row in rows]
            batch = loaded.tokenizer(
                [texts[row] for row in rows], second, padding=True, truncation=True,
                max_length=limit, return_tensors="pt",
            )  # fmt: skip
            states = loaded.model.base_model(**batch).last_hidden_state  # (B, T, D)
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = ((states * mask).sum(1) / mask.sum(1)).float().numpy()
            if out is None:
                out = np.zeros((len(texts), mean.shape[1]), np.float32)
            out[rows] = mean
    if out is None:
        raise DataError("There are no texts to embed.", "Give at least one.")
    return out


def label_issues(predictions: pd.DataFrame) -> pd.DataFrame:
    """Examples whose label is probably wrong, the most doubtful first.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Out-of-sample predictions, as of :func:`cross_validated_scores` or of a test split.

    Returns
    -------
    pandas.DataFrame
        Rows of ``predictions`` (their index is the position there) with ``suggestion`` (the class
        with the highest score), ``quality`` (the score of the given label, 0 to 1) and ``reason``
        ("confident learning").

    Notes
    -----
    C. Northcutt et al., "Confident learning: estimating uncertainty in dataset labels", 2021, as
    cleanlab computes it (``prune_by_noise_rate``, ranked by self-confidence).
    """
    from cleanlab.filter import find_label_issues

    from .scores import scored

    data = scored(predictions)
    if len(np.unique(data.labels)) < 2:
        raise DataError(
            "All examples have one label, so no other can be suggested.", "Give two classes."
        )
    found = find_label_issues(
        data.labels, data.scores, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    names = np.asarray(data.names, dtype=object)
    return (
        data.table.reset_index(drop=True)
        .iloc[found]
        .assign(
            suggestion=names[data.scores[found].argmax(axis=1)],
            quality=data.scores[found, data.labels[found]],
            reason="confident learning",
        )
    )


def conflicting_duplicates(table: pd.DataFrame, *, threshold: float = 0.8) -> pd.DataFrame:
    """Near-duplicates with different labels: at least one of the two is wrong, or neither is clear.

    Returns
    -------
    pandas.DataFrame, two rows a pair
        Rows of ``table`` with ``other`` (the twin's text), ``suggestion`` (the twin's label),
        ``similarity`` (Jaccard, of 5-character pieces) and ``reason`` ("near-duplicate").
    """
    from ...data.near import near_pairs

    table = table.reset_index(drop=True)
    pairs, similarity = near_pairs(table["text"].tolist(), threshold=threshold)
    labels = table["label"].to_numpy()
    differ = labels[pairs[:, 0]] != labels[pairs[:, 1]]
    pairs, similarity = pairs[differ], similarity[differ]
    order = np.argsort(-similarity, kind="stable")
    mine = pairs[order].ravel()
    twin = pairs[order][:, ::-1].ravel()
    return table.iloc[mine].assign(
        other=table["text"].to_numpy()[twin],
        suggestion=labels[twin],
        similarity=np.repeat(similarity[order], 2),
        reason="near-duplicate",
    )
