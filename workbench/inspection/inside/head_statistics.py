"""What the heads of a model do over a set of texts, and how fine-tuning changed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError

from .attention import Attention, attention

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("previous", "next", "delimiter", "itself", "repeated")


def head_profile(seen: Attention) -> dict[str, np.ndarray]:
    """Measures of every head on one text, averaged over its positions.

    Returns
    -------
    dict of str to ndarray of float64, shape [layer, head]
        ``entropy`` of a row in bits; ``distance``, mean \\|query - key\\| in tokens weighted by
        attention; and the share of attention on ``previous`` and ``next`` token, on ``delimiter``
        (special tokens), on ``itself`` and on ``repeated`` (the same piece elsewhere in the text),
        after Clark et al., "What Does BERT Look At?" (2019).
    """
    weights = seen.weights.astype(np.float64)
    n = len(seen)
    position = np.arange(n)
    gap = position[None, :] - position[:, None]
    tokens = np.array(seen.tokens)
    same = tokens[:, None] == tokens[None, :]
    ordinary = ~(seen.special[:, None] | seen.special[None, :])
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    masks = {
        "previous": gap == -1,
        "next": gap == 1,
        "delimiter": np.broadcast_to(seen.special, (n, n)),
        "itself": gap == 0,
        "repeated": same & ordinary & (gap != 0),
    }
    return {
        "entropy": -(weights * logs).sum(-1).mean(-1),
        "distance": (weights * np.abs(gap)).sum(-1).mean(-1),
        **{name: (weights * mask).sum(-1).mean(-1) for name, mask in masks.items()},
    }


def head_statistics(
    source: Any,
    texts: Sequence[str],
    *,
    pairs: Sequence[str] | None = None,
    max_tokens: int = 512,
    role_from: float = 0.5,
) -> pd.DataFrame:
    """Each head's measures, averaged over texts.

    Parameters
    ----------
    source : Run, str or pathlib.Path
        As :func:`workbench.inspection.inside.attention.attention` takes it.
    texts, pairs : sequence of str
    role_from : float
        A head that gives at least this share to one kind of token is named after it.

    Returns
    -------
    pandas.DataFrame
        One row a head: ``layer``, ``head`` (from zero), the measures of :func:`head_profile`, and
        ``role``: the largest of previous, next, delimiter, itself and repeated, or "".

    Raises
    ------
    DataError
        No texts, or one that cannot be read (with its number).
    """
    import pandas as pd

    profiles = [head_profile(seen) for seen in _each(source, texts, pairs, max_tokens)]
    mean = {name: np.mean([p[name] for p in profiles], axis=0) for name in profiles[0]}
    n_layers, n_heads = mean["entropy"].shape
    table = pd.DataFrame(
        {
            "layer": np.repeat(np.arange(n_layers), n_heads),
            "head": np.tile(np.arange(n_heads), n_layers),
            **{name: values.ravel() for name, values in mean.items()},
        }
    )
    shares = table[list(ROLES)]
    table["role"] = shares.idxmax(axis=1).where(shares.max(axis=1) >= role_from, "")
    table.attrs["n_texts"] = len(profiles)
    return table


def head_changes(
    before: Any,
    after: Any,
    texts: Sequence[str],
    *,
    pairs: Sequence[str] | None = None,
    max_tokens: int = 512,
) -> pd.DataFrame:
    """How far each head's attention moved between two models, such as by fine-tuning.

    Returns
    -------
    pandas.DataFrame
        One row a head: ``layer``, ``head``, ``divergence`` (Jensen-Shannon, in bits: 0 for the
        same rows, 1 for rows without a common token), and ``entropy_before``, ``entropy_after``,
        ``distance_before``, ``distance_after``. All are means over positions, then over texts.

    Raises
    ------
    DataError
        The models have other heads, or read a text as other tokens.
    """
    import pandas as pd

    divergences, olds, news = [], [], []
    for number, (old, new) in enumerate(
        zip(
            _each(before, texts, pairs, max_tokens),
            _each(after, texts, pairs, max_tokens),
            strict=True,
        )
    ):
        if old.tokens != new.tokens or old.weights.shape != new.weights.shape:
            raise DataError(
                f"The two models have other heads or read text {number} as other tokens.",
                "Compare a model with what it was fine-tuned from.",
            )
        divergences.append(_jensen_shannon(old.weights, new.weights).mean(-1))
        olds.append(head_profile(old))
        news.append(head_profile(new))
    n_layers, n_heads = divergences[0].shape
    columns = {"divergence": np.mean(divergences, axis=0)}
    for name in ("entropy", "distance"):
        columns[name + "_before"] = np.mean([p[name] for p in olds], axis=0)
        columns[name + "_after"] = np.mean([p[name] for p in news], axis=0)
    return pd.DataFrame(
        {
            "layer": np.repeat(np.arange(n_layers), n_heads),
            "head": np.tile(np.arange(n_heads), n_layers),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )


def _jensen_shannon(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Divergence in bits along the last axis."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    middle = (first + second) / 2

    def relative(p: np.ndarray) -> np.ndarray:
        ratio = np.divide(p, middle, out=np.ones_like(p), where=p > 0)
        return (p * np.log2(ratio)).sum(-1)

    return (relative(first) + relative(second)) / 2


def _each(source: Any, texts: Sequence[str], pairs: Sequence[str] | None, max_tokens: int):
    if isinstance(texts, str) or not len(texts):
        raise DataError("There are no texts.", "Pass a list of them.")
    if pairs is not None and len(pairs) != len(texts):
        raise DataError(
            f"There are {len(texts)} texts and {len(pairs)} second texts.",
            "Pass one for each text.",
        )
    for number, text in enumerate(texts):
        second = pairs[number] if pairs is not None else None
        try:
            yield attention(source, text, second, max_tokens=max_tokens, compare=number == 0)
        except DataError as error:
            raise DataError(f"Text {number}: {error.message}", error.remedy) from error
