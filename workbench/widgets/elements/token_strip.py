"""A text in its tokens, each shaded by a number, with what else is known of it on hover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import traitlets

from workbench.i18n import t

from ..base import View, module

if TYPE_CHECKING:
    from workbench.inspection import WrittenTokens

MOST = 1_500  # tokens that are shown
_READ = 500  # tokens before a passage that are shown
DARKEST = 12.0  # bits from which a token is as dark as can be: one in four thousand


class TokenStrip(View):
    """Tokens one behind the other; pointing at one, or reaching it by keyboard, says its details.

    Attributes
    ----------
    selected : int
        The chosen token; -1 for none.
    """

    TEXTS = "tokens"
    _esm = module("keys.js", "elements/token_strip.js")
    heading = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    hint = traitlets.Unicode("").tag(sync=True)  # which sentence stands where details come
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shades = traitlets.List(traitlets.Float()).tag(sync=True)  # -1 to 1: against, for
    details = traitlets.List(traitlets.Unicode()).tag(sync=True)
    read = traitlets.Int(0).tag(sync=True)  # how many tokens at the beginning are grey: only read
    choosable = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)

    def show_costs(self, found: WrittenTokens, heading: str = "", note: str = "") -> None:
        """Shade each token by what it costs in bits; its rivals are its details."""
        costs, read = found.costs, found.before[-_READ:]
        rows = zip(found.tokens, found.probabilities, costs, found.ranks, found.rivals, strict=True)
        details = [
            t("tokens.detail", token=said(token), p=float(share), bits=float(cost), rank=int(rank),
              rivals=", ".join(f"{said(word)} {value:.3f}" for word, value in rivals))
            for token, share, cost, rank, rivals in rows
        ]  # fmt: skip
        shades = np.concatenate([np.zeros(len(read)), np.minimum(costs / DARKEST, 1.0)])
        details = [t("tokens.read", token=said(token)) for token in read] + details
        self._show([*read, *found.tokens], shades, details, heading, note, "hint_costs",
                   read=len(read))  # fmt: skip

    def show_weights(
        self, tokens: Sequence[str], weights: np.ndarray, heading: str = "", note: str = ""
    ) -> None:
        """Shade each token by a weight of any sign, the largest darkest."""
        weights = np.asarray(weights, float)
        most = float(np.abs(weights).max()) if len(weights) else 0.0
        details = [t("tokens.weight", token=said(one), value=float(value))
                   for one, value in zip(tokens, weights, strict=True)]  # fmt: skip
        spaced = [f"{one} " for one in tokens]
        self._show(spaced, weights / (most or 1.0), details, heading, note,
                   "hint_weights")  # fmt: skip

    def clear(self) -> None:
        """Show no tokens."""
        self._show([], np.zeros(0), [], "", "", "")

    def _show(self, tokens, shades, details, heading, note, hint, read=0) -> None:
        if len(tokens) > MOST:
            note = " ".join([note, t("tokens.first", shown=MOST, n=len(tokens))]).strip()
        with self.hold_sync():
            self.selected, self.read = -1, read
            self.heading, self.note, self.hint = heading, note, hint
            self.tokens = [str(one) for one in tokens[:MOST]]
            self.shades = [float(one) for one in shades[:MOST]]
            self.details = list(details[:MOST])

    def __repr__(self) -> str:
        return f"TokenStrip({len(self.tokens)} tokens)"


def said(token: str) -> str:
    """A token between quotes, blanks and line ends visible.

    >>> said(" a"), said("")
    ('“␣a”', '“”')
    """
    return "“" + token.replace(" ", "␣").replace("\n", "↵") + "”"
