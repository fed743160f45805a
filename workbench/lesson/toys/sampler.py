"""The next token: what temperature, top-k and top-p do to its distribution, bar by bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import WorkbenchError, shown
from workbench.i18n import t
from workbench.nets import decoding
from workbench.widgets.base import View, module

from .next_token import logits_row, token_names

if TYPE_CHECKING:
    import pandas as pd

STEPS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


class Sampler(View):
    """Three sliders over the distribution of the next token: temperature, top-k, top-p.

    The logits are divided by the temperature, then all but the k likeliest tokens are cut, then all
    but the fewest that together reach p (Holtzman et al. 2020). The settings are attributes that
    can be set from a cell as well, and follow the sliders.

    Parameters
    ----------
    logits : array or tensor of float, shape (V,)
        Of the next token; minus infinity for one that cannot come.
    tokens : sequence of str, length V, or callable from int to str, optional
        What the ids are called (``tokenizer.decode``, say); the ids themselves unless given.
    temperature : float in [0.05, 5]
    top_k : int from 1 to V, optional
        All V unless given.
    top_p : float in (0, 1]
    rows : int >= 1
        How many of the likeliest tokens have a bar of their own; the others share one.
    seed : int
        Of what is drawn.

    Raises
    ------
    DataError
        If the logits are no row of numbers, or there is not one name a logit.
    WorkbenchError
        If a setting is out of its range, when it is set.

    Examples
    --------
    >>> sampler = Sampler(np.log([0.5, 0.3, 0.2]), ["a", "b", "c"], top_k=2)
    >>> sampler.probabilities.round(3).tolist()
    [0.625, 0.375, 0.0]
    >>> print(sampler)
    2 of 3 tokens can come; the likeliest has 0.625, and the entropy is 0.95 bits.
    """

    TEXTS = "toy_sampler"
    _esm = module("../lesson/toys/sampler.js")
    temperature = traitlets.TraitType(1.0).tag(sync=True)
    top_k = traitlets.TraitType(1).tag(sync=True)
    top_p = traitlets.TraitType(1.0).tag(sync=True)
    ks = traitlets.List().tag(sync=True)  # where the slider of top-k stops
    heading = traitlets.Unicode("").tag(sync=True)
    bars = traitlets.List().tag(sync=True)  # [token, probability before, after]
    others = traitlets.Int(0).tag(sync=True)  # tokens that share the last bar
    drawn = traitlets.List().tag(sync=True)  # the last tokens that were drawn, as texts

    def __init__(
        self,
        logits: Any,
        tokens: Sequence[str] | Callable[[int], str] | None = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        rows: int = 10,
        seed: int = 0,
    ):
        self._logits = logits_row(logits)
        self._name = token_names(tokens, len(self._logits))
        self._before = self._logits.softmax(-1).numpy()
        self._ranks = np.argsort(-self._before, kind="stable")[: max(1, rows)]
        self._random = np.random.default_rng(seed)
        size = len(self._logits)
        super().__init__(ks=[k for k in STEPS if k < size] + [size], top_k=size)
        with self.hold_sync():
            self.temperature, self.top_p = temperature, top_p
            self.top_k = size if top_k is None else top_k
            self._work_out()
        self.observe(self._work_out, ["temperature", "top_k", "top_p"])
        self.on_msg(lambda _, message, buffers: self._asked(message))

    @traitlets.validate("temperature", "top_k", "top_p")
    def _allowed(self, proposal: Any) -> float:
        name, value, size = proposal["trait"].name, proposal["value"], len(self._logits)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        right = {
            "temperature": lambda: 0.05 <= value <= 5,
            "top_k": lambda: isinstance(value, int) and 1 <= value <= size,
            "top_p": lambda: 0 < value <= 1,
        }
        if not number or not right[name]():
            allowed = t(f"toy_sampler.allowed.{name}", n=size)
            raise WorkbenchError(
                t("toy_sampler.bad", name=name, value=shown(value), allowed=allowed)
            )
        return value

    @property
    def probabilities(self) -> np.ndarray:
        """Of each token under the settings, float64, shape (V,); 0 for those that are cut."""
        settings = {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p}
        return decoding.filter_logits(self._logits, **settings).softmax(-1).numpy()

    @property
    def kept(self) -> int:
        """How many tokens can come."""
        return int((self.probabilities > 0).sum())

    def frame(self) -> pd.DataFrame:
        """What the bars show: ``token``, ``before`` (temperature 1, nothing cut), ``after``."""
        import pandas as pd

        return pd.DataFrame(self.bars, columns=["token", "before", "after"])

    def draw(self, n: int = 1) -> list[str]:
        """Draw n tokens, each independent of the others; they are shown too."""
        p = self.probabilities
        self.drawn = [self._name(int(i)) for i in self._random.choice(len(p), size=n, p=p)]
        return list(self.drawn)

    def _asked(self, message: dict) -> None:
        for name, value in message["draw"].items():  # as the page shows them now
            setattr(self, name, value)
        self.draw(10)

    def _work_out(self, change: Any = None) -> None:
        p, ranks = self.probabilities, self._ranks
        bars = [[self._name(int(i)), float(self._before[i]), float(p[i])] for i in ranks]
        others = len(p) - len(ranks)
        if others:
            rest = [float(np.delete(q, ranks).sum()) for q in (self._before, p)]
            bars.append([t("toy_sampler.others", n=others), *rest])
        possible = p[p > 0]
        bits = abs(float(-(possible * np.log2(possible)).sum()))  # of one token alone: no "-0"
        with self.hold_sync():
            self.bars, self.others, self.drawn = bars, others, []
            self.heading = t(
                "toy_sampler.heading", kept=len(possible), n=len(p), top=p.max(), bits=bits
            )

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__
