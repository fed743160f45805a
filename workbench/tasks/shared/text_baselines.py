"""What writes without a neural network, measured on the test rows of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .encoding import IGNORED
from .text_measures import text_measures

if TYPE_CHECKING:
    import pandas as pd

    from .encoding import Encoded

ORDER = 3  # tokens of the longest run that is counted


def text_baselines(
    train: pd.DataFrame, test: pd.DataFrame, target: str, only: Iterable[str], *,
    names: Sequence[str],
) -> dict[str, dict[str, float]]:  # fmt: skip
    """Measures of baselines that learn from pairs of ``text`` and ``target``.

    Parameters
    ----------
    train, test : pandas.DataFrame
        With ``text`` and the column ``target``.
    only : iterable of str
        Measures that are wanted.
    names : sequence of str
        Which baselines, by name; others are not made.

    Returns
    -------
    dict of str to dict of str to float
        In the order of ``names``. One that writes what another one wrote is left out.
    """
    import pandas as pd

    made = _baselines()
    pairs = train["text"].astype(str).tolist(), train[target].astype(str).tolist()
    sources, wanted = test["text"].astype(str).tolist(), list(only)
    if not sources or not pairs[0]:
        return {}
    found: dict[str, dict[str, float]] = {}
    seen: list[list[str]] = []
    for name in names:
        if name not in made:
            continue
        texts = made[name]().fit(*pairs).write(sources)
        if texts in seen:
            continue
        seen.append(texts)
        table = pd.DataFrame({"label": test[target].to_numpy(), "prediction": texts})
        found[name] = {one.name: one.value for one in text_measures(table, wanted).values()}
    return found


def _baselines() -> dict:
    from ...baselines.extractive import Centroid, LexRank
    from ...baselines.nearest import Nearest, TranslationMemory
    from ...baselines.plain import Copy, Lead, MostFrequent

    every = (Copy, MostFrequent, Lead, Centroid, LexRank, Nearest, TranslationMemory)
    return {one.name: one for one in every}


def token_perplexity(train: Encoded, test: Encoded, vocab_size: int) -> float | None:
    """Perplexity of the test rows' tokens by counted runs of those of the training rows.

    They are the tokens that the model predicts, each given what stands before it in its row, so
    that the number stands beside the model's own. What a target is written for is not looked at.

    Parameters
    ----------
    train, test : Encoded
        Rows as the model has them: their targets, or the rows themselves where they are learnt.
    vocab_size : int
        Ids that there are.

    Returns
    -------
    float or None
        None where there is no token to be counted or predicted.
    """
    from ...nets.ngram import KneserNey

    size = vocab_size + 2
    learnt, asked = _sequences(train, vocab_size), _sequences(test, vocab_size)
    counts = _counted(test)
    pairs = [pair for pair in zip(asked, counts, strict=True) if len(pair[0]) > 1]
    learnt = [one for one in learnt if len(one) > 1]
    if not learnt or not any(these.any() for _, these in pairs):
        return None
    counted = KneserNey(ORDER, size).fit(learnt)
    nats = np.concatenate([-counted.log_probs(one)[these] for one, these in pairs])
    return float(np.exp(nats.mean()))


def _counted(encoded: Encoded) -> list[np.ndarray]:
    """Which ids of each row but its first are predicted: others of a text are read before them."""
    if encoded.targets is not None or not encoded.token_labels or encoded.labels is None:
        sizes = encoded.lengths if encoded.targets is None else encoded.targets.lengths + 2
        return [np.ones(max(0, n - 1), bool) for n in sizes]
    found, ends = np.asarray(encoded.labels) != IGNORED, encoded.offsets
    return [found[a + 1 : b] for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _sequences(encoded: Encoded, begin: int) -> list[list[int]]:
    """Ids of each row; around a target stand ids of its beginning, only read, and of its end."""
    rows = encoded.targets
    if rows is not None:
        return [[begin, *rows[row], begin + 1] for row in range(len(rows))]
    ids, offsets = encoded.arrays["input_ids"], encoded.offsets
    return [ids[a:b].tolist() for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
