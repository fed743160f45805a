"""How much of each input token reaches a position through all layers: rollout and flow.

Both treat a model as a graph of positions, with the residual path as a second way beside the
attention. They follow Abnar and Zuidema, "Quantifying Attention Flow in Transformers" (2020), and
know nothing of the values that attention mixes: they are a better summary of the attention, not an
explanation of the prediction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import DataError

if TYPE_CHECKING:
    from .attention import Attention

LONGEST = 64  # tokens of a flow: one maximum flow a token, over n_layers * n * n edges
_UNIT = 10**7  # capacities are whole numbers in the solver


def with_residual(weights: np.ndarray, residual: float = 0.5) -> np.ndarray:
    """Attention averaged over heads and mixed with the residual path.

    Parameters
    ----------
    weights : ndarray of float, shape [layer, head, n, n]
    residual : float
        Share of the residual path, 0 <= residual < 1.

    Returns
    -------
    ndarray of float64, shape [layer, n, n]
        Rows sum to one.
    """
    if not 0 <= residual < 1:
        raise DataError(
            f"The residual share is {residual}; it must be at least 0 and below 1.",
            "Pass 0.5, as in the paper.",
        )
    mean = weights.astype(np.float64).mean(axis=1)
    mean /= mean.sum(axis=-1, keepdims=True)
    return residual * np.eye(mean.shape[-1]) + (1 - residual) * mean


def rollout(attention: Attention, *, residual: float = 0.5) -> np.ndarray:
    """The product of all layers' attention, residual path included.

    Returns
    -------
    ndarray of float64, shape [layer, query, key]
        Entry ``[l, q, k]``: share of input token k in position q after layer l. Rows sum to one.
    """
    steps = with_residual(attention.weights, residual)
    total = np.empty_like(steps)
    total[0] = steps[0]
    for number in range(1, len(steps)):
        total[number] = steps[number] @ total[number - 1]
    return total


def flow(attention: Attention, query: int = 0, *, residual: float = 0.5) -> np.ndarray:
    """The greatest flow from each input token to one position of the last layer.

    Weights are capacities, so that a token counts as much as the narrowest cut on its ways up.

    Parameters
    ----------
    query : int
        Position in the last layer; 0 is where a BERT-like classifier reads.

    Returns
    -------
    ndarray of float64, shape [n]
        Between 0 and 1, to seven digits; the entries do not sum to one.

    Raises
    ------
    DataError
        The text is longer than ``LONGEST`` tokens, or has no such position.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    n = len(attention)
    if n > LONGEST:
        raise DataError(
            f"The text is {n} tokens long; attention flow takes at most {LONGEST}.",
            "Use rollout, which takes any length, or a shorter text.",
        )
    if not 0 <= query < n:
        raise DataError(
            f"There is no position {query}; the text has {n} tokens.", f"Choose 0 to {n - 1}."
        )
    steps = with_residual(attention.weights, residual)
    layer, above, below = np.nonzero(steps > 0)
    capacity = np.rint(steps[layer, above, below] * _UNIT).astype(np.int32)
    size = (len(steps) + 1) * n
    graph = coo_array((capacity, (layer * n + below, (layer + 1) * n + above)), shape=(size, size))
    graph = graph.tocsr()
    sink = len(steps) * n + query
    return np.array([maximum_flow(graph, k, sink).flow_value for k in range(n)]) / _UNIT
