"""Scores that are put beside the tokens of an attention: attribution, and flow to a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.i18n import t
from workbench.inspection.inside.attended import Attention
from workbench.inspection.inside.attribution import METHODS, attribute
from workbench.inspection.inside.flows import LONGEST, flow
from workbench.inspection.inside.words import word_groups

FLOW = "flow"


def offered(seen: Attention, source: Any) -> list[str]:
    """Names of the scores that can be asked of this attention, and of a model that is known."""
    names = list(METHODS) if source is not None else []
    if seen.key_tokens is None and len(seen) <= LONGEST:
        names.append(FLOW)
    return names


@dataclass(frozen=True)
class TokenScores:
    """A number for each shown token, and a sentence that says what it is."""

    values: np.ndarray
    words: str

    @classmethod
    def of(
        cls, name: str, seen: Attention, pieces: Attention, source: Any, query: int
    ) -> TokenScores:
        """The scores of that name.

        Parameters
        ----------
        seen, pieces : Attention
            As shown (words, perhaps), and of the tokenizer's pieces.
        query : int
            The token that the flow goes to.
        """
        if name == FLOW:
            words = t("attention.flow_note", token=seen.tokens[query][:40])
            return cls(flow(seen, query).astype(np.float32), words)
        steps = 64 if len(pieces) <= 128 else 32
        made = attribute(source, pieces.text, pieces.pair, method=name, steps=steps)
        values = made.scores
        if len(seen) != len(pieces):  # a word's score is the sum over its pieces
            values = np.array([values[group].sum() for group in word_groups(pieces)], np.float32)
        words = t(f"attention.{name}_note", target=made.target, output=made.output)
        if made.completeness_error is not None:
            gain = made.output - made.baseline_output
            error = made.completeness_error
            words += " " + t("attention.completeness", error=f"{error:+.3f}", gain=f"{gain:+.3f}")
        return cls(values, words)
