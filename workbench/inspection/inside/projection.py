"""Examples as points of a plane: the model's own embeddings, projected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from ..predictions.kinds import task_for
from ..predictions.label_noise import embeddings

if TYPE_CHECKING:
    import pandas as pd

MAP_METHODS = ("pca", "t-sne")
MOST = 2000  # points
PERPLEXITY = 30.0
PARTS = 50  # principal components that t-SNE starts from


def embedding_map(
    run, split: str = "test", *, method: str = "pca", most: int = MOST, seed: int = 0
) -> pd.DataFrame:
    """Project the embeddings of held-out examples to two dimensions.

    An embedding is the mean of the last hidden states over a text's tokens, of the fine-tuned
    model. PCA keeps the two directions of largest variance, so distances mean something; t-SNE
    (van der Maaten and Hinton, 2008) keeps neighbours together, and only that: distances between
    groups and their sizes say nothing.

    Parameters
    ----------
    run : Run
    split : str
    method : {'pca', 't-sne'}
    most : int
        Of more examples than this a random sample is taken.
    seed : int
        Of the sample and of t-SNE.

    Returns
    -------
    pandas.DataFrame, at most ``most`` rows
        Rows of the predictions table with ``x`` and ``y``, its index the position there. Where
        the prediction is a class, ``right`` (bool) as well; where it is a number, ``loss`` is the
        absolute residual. ``attrs``: ``of`` (examples in the split) and, for PCA, ``explained``
        (shares of the variance of x and y).

    Raises
    ------
    DataError
        If there are fewer than 3 examples, or the predictions are not of whole texts.
    """
    if method not in MAP_METHODS:
        raise DataError(f"method is {method!r}.", f"Allowed: {', '.join(map(repr, MAP_METHODS))}.")
    table = run.predictions(split).reset_index(drop=True)
    task = task_for(table)
    if not task.spec.prediction_table.whole:
        raise DataError(
            f"The run's task is {task.name}, whose predictions are parts of a text.",
            "A map needs one prediction a text: classes or numbers.",
        )
    if len(table) < 3:
        raise DataError(f"There are {len(table)} examples.", "A map needs 3 or more.")
    total = len(table)
    if total > most:
        chosen = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
        table = table.iloc[chosen]
    wrong = task.wrong(table)
    if wrong is not None:
        table = table.assign(right=~wrong)
    elif (sizes := task.distance(table)) is not None:
        table = table.assign(loss=sizes)
    if task.spec.predicts == "labels":  # a set of labels is a kind of its own
        table = task.readable(table)
    pairs = table["pair"].astype(str).tolist() if "pair" in table.columns else None
    states = embeddings(run, task.texts(table), pairs=pairs)
    points, about = project(states, method, seed)
    table = table.assign(x=points[:, 0], y=points[:, 1])
    table.attrs |= {"of": total, **about}
    return table


def project(states: np.ndarray, method: str, seed: int = 0) -> tuple[np.ndarray, dict]:
    """Rows of an array as points of a plane, float32 (n, 2), and what is known of them."""
    from sklearn.decomposition import PCA

    pca = PCA(min(PARTS if method == "t-sne" else 2, *states.shape), random_state=seed)
    parts = pca.fit_transform(states.astype(np.float64))
    if method == "pca":
        return parts.astype(np.float32), {"explained": pca.explained_variance_ratio_.tolist()}
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(states) - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(parts)
    return made.astype(np.float32), {}
