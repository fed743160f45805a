"""Attention in the plane: a query is moved among keys, and weights and answer follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import DataError, WorkbenchError, shown
from workbench.i18n import t
from workbench.widgets.base import View, module

if TYPE_CHECKING:
    import pandas as pd


class AttentionQuery(View):
    """One query of scaled dot-product attention, with keys, values and a mask.

    The weights are ``softmax(q · k / √2)`` over the keys that the query may look at, exactly 0 for
    the others, and the output is the mean of the values with these weights (Vaswani et al. 2017,
    equation 1). Where it may look nowhere the output is zeros, as in torch's function.

    Parameters
    ----------
    keys, values : array-like of float, shape (n, 2)
    names : sequence of str, length n, optional
        What the keys are called; their places from 0 on unless given.
    query : two floats, optional
        Each at most a quarter further from 0 than the furthest key; to the right unless given.
    length : int from 0 to n, optional
        The query sees that many keys, the first ones: a causal mask, or one of the padding. All
        unless given.
    off : sequence of int
        Places of keys that it does not see besides.

    Raises
    ------
    DataError
        If keys or values are no such tables of numbers, or the names not one each.
    WorkbenchError
        If a setting is out of its range, when it is set.

    Examples
    --------
    >>> keys, values = [[0, 0], [1, 0], [0, 1]], [[4, 0], [0, 4], [8, 8]]
    >>> toy = AttentionQuery(keys, values, query=(math.sqrt(2) * math.log(2), 0))
    >>> toy.weights.round(3).tolist()
    [0.25, 0.5, 0.25]
    >>> toy.length = 2
    >>> print(toy)
    The query sees 2 of 3 keys; the heaviest is '1' with 0.667, and the output is (1.33, 2.67).
    """

    TEXTS = "toy_attention"
    _esm = module("../lesson/toys/attention_query.js", "keys.js")
    query = traitlets.TraitType((0.0, 0.0)).tag(sync=True)
    length = traitlets.TraitType(0).tag(sync=True)
    off = traitlets.TraitType(()).tag(sync=True)
    extents = traitlets.List().tag(sync=True)  # half the width of the planes: keys, values
    points = traitlets.List().tag(sync=True)  # [name, key, value]
    rows = traitlets.List().tag(sync=True)  # [score, weight, seen]
    answer = traitlets.List().tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        keys: Any,
        values: Any,
        names: Sequence[str] | None = None,
        *,
        query: Sequence[float] | None = None,
        length: int | None = None,
        off: Sequence[int] = (),
    ):
        self._keys, self._values = _plane("keys", keys), _plane("values", values)
        n = len(self._keys)
        names = list(map(str, range(n) if names is None else names))
        if not len(names) == len(self._values) == n:
            raise DataError(
                t("toy_attention.counts", keys=n, values=len(self._values), names=len(names))
            )
        table = zip(names, self._keys.tolist(), self._values.tolist(), strict=True)
        super().__init__(
            points=[list(row) for row in table],
            extents=[_extent(self._keys), _extent(self._values)],
        )
        with self.hold_sync():
            self.off = off
            self.query = (self.extents[0] / 2, 0.0) if query is None else query
            self.length = n if length is None else length
            self._work_out()
        self.observe(self._work_out, ["query", "length", "off"])

    @traitlets.validate("query")
    def _in_sight(self, proposal: Any) -> list[float]:
        limit = self.extents[0]
        try:
            value = np.asarray(proposal["value"], dtype=np.float64)
        except (TypeError, ValueError):
            value = np.array(math.nan)
        if value.shape != (2,) or not (abs(value) <= limit).all():
            raise WorkbenchError(
                t("toy_attention.query_bad", value=shown(proposal["value"]), limit=limit)
            )
        return value.tolist()

    @traitlets.validate("length")
    def _some(self, proposal: Any) -> int:
        value, n = proposal["value"], len(self.points)
        if type(value) is not int or not 0 <= value <= n:
            raise WorkbenchError(t("toy_attention.length_bad", value=shown(value), most=n))
        return value

    @traitlets.validate("off")
    def _places(self, proposal: Any) -> list[int]:
        value, n = proposal["value"], len(self.points)
        right = isinstance(value, list | tuple | set | range)
        if not right or not all(type(i) is int and 0 <= i < n for i in value):
            raise WorkbenchError(t("toy_attention.off_bad", value=shown(value), last=n - 1))
        return sorted(set(value))

    @property
    def mask(self) -> np.ndarray:
        """Whether the query may look at each key, bool, shape (n,)."""
        places = np.arange(len(self.points))
        return (places < self.length) & ~np.isin(places, self.off)

    @property
    def weights(self) -> np.ndarray:
        """Of the keys, float64, shape (n,): they sum to 1, or are all 0 where none is seen."""
        return self._attend()[1]

    @property
    def output(self) -> np.ndarray:
        """The weighted mean of the values, float64, shape (2,)."""
        return self._attend()[0]

    def frame(self) -> pd.DataFrame:
        """A row a key: ``key`` (its name), ``score`` (q · k / √2), ``weight``, ``seen``."""
        import pandas as pd

        rows = [[name, *row] for (name, *_), row in zip(self.points, self.rows, strict=True)]
        return pd.DataFrame(rows, columns=["key", "score", "weight", "seen"])

    def _attend(self) -> tuple[np.ndarray, np.ndarray]:
        import torch

        from workbench.nets.attention import scaled_dot_product_attention

        given = [torch.as_tensor(x) for x in (np.array([self.query]), self._keys, self._values)]
        found = scaled_dot_product_attention(*given, torch.as_tensor(self.mask)[None])
        return found[0][0].numpy(), found[1][0].numpy()

    def _work_out(self, change: Any = None) -> None:
        output, weights = self._attend()
        scores = self._keys @ np.array(self.query) / math.sqrt(2)
        seen, top = self.mask, int(weights.argmax())
        values = {"seen": int(seen.sum()), "n": len(seen), "name": shown(self.points[top][0])}
        said = "heading" if seen.any() else "nowhere"
        with self.hold_sync():
            self.rows = [
                list(row)
                for row in zip(scores.tolist(), weights.tolist(), seen.tolist(), strict=True)
            ]
            self.answer = output.tolist()
            self.heading = t(
                f"toy_attention.{said}", **values, top=weights[top], x=output[0], y=output[1]
            )

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__


def _plane(name: str, points: Any) -> np.ndarray:
    """Points as float64, shape (n, 2)."""
    try:
        table = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError):
        raise DataError(t("toy_attention.no_numbers", name=name, value=shown(points))) from None
    if table.ndim != 2 or table.shape[1] != 2 or not len(table):
        raise DataError(t("toy_attention.no_plane", name=name, shape=table.shape))
    if not np.isfinite(table).all():
        bad = int((~np.isfinite(table)).sum())
        raise DataError(t("toy_attention.not_finite", name=name, bad=bad, n=table.size))
    return table


def _extent(points: np.ndarray) -> float:
    return float(f"{1.25 * abs(points).max():.3g}") or 1.0
