"""How far a student's words are from its teacher's, where a few places' logits are held at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from ...tasks.shared.word_head import WordHead, Words, pieces
from . import divergences


class TeacherWords:
    """A teacher that reads what the student reads, and says its words at the same places.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        In evaluation mode; it is computed in fp32, without gradients.
    """

    def __init__(self, model: Any):
        self.head = WordHead(model)
        self.said: Words | None = None

    def read(self, inputs: Mapping[str, Any], labels: torch.Tensor, places: Any) -> None:
        """Take in a batch."""
        self.said = self.head.words(inputs, labels, places)

    def apart(self, words: Words, temperature: float) -> torch.Tensor:
        """Sum of the divergences at the places that are learnt, a few of them at a time; their
        logits are computed again for the gradient."""
        theirs = self.said
        assert theirs is not None
        n_words = min(words.n_words, theirs.n_words)  # matrices may be padded beyond the words
        make, device = theirs.make, words.read.device.type
        total = torch.zeros((), dtype=torch.float32, device=words.read.device)

        def of(ours: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
            with torch.no_grad(), torch.autocast(device, enabled=False):
                said = make(wanted)[:, :n_words]
            return divergences.of_classes(words.make(ours)[:, :n_words], said, temperature).sum()

        for some in pieces(words.learnt(), n_words):
            found: Any = checkpoint(of, words.read[some], theirs.read[some], use_reentrant=False)
            total = total + found
        return total
