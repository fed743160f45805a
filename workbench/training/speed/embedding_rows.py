"""Train only those rows of the word embedding whose tokens occur in the training texts.

Half of a small encoder's parameters are word vectors, and a few thousand texts use a fraction of
them. A row that no text uses has no gradient; the optimizer would only move zeros about. While a
step is computed, the model holds the used rows as a small table; wherever anything else looks at
the model (evaluation, a checkpoint, the saved model) it holds the whole table again.

The one difference to training the whole table: weight decay would also have shrunk the unused
rows, by the factor ``1 - learning_rate * weight_decay`` each step. Here they keep their values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn


class EmbeddingRows:
    """The used rows of a model's word embedding.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Changed in place: its input embedding becomes the table of used rows.
    input_ids : ndarray of int, any shape
        Of all training texts.

    Attributes
    ----------
    used : torch.Tensor of int64, shape (n_used,)
        Token ids, ascending.
    lookup : torch.Tensor of int64, shape (n_tokens_of_the_vocabulary,)
        Row of each token id in the small table; -1 where there is none.
    """

    def __init__(self, model: nn.Module, input_ids: np.ndarray):
        self.embedding = model.get_input_embeddings()
        self.whole = self.embedding.weight
        self.used = torch.from_numpy(np.unique(input_ids).astype(np.int64))
        self.lookup = torch.full((len(self.whole),), -1)
        self.lookup[self.used] = torch.arange(len(self.used))
        self._padding = self.embedding.padding_idx
        rows = self.whole.detach()[self.used.to(self.whole.device)].clone()
        self.rows = nn.Parameter(rows, requires_grad=self.whole.requires_grad)
        self._hold_rows()

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether the word embedding is a plain table that is trained and that nothing shares."""
        embedding = model.get_input_embeddings()
        return (
            type(embedding) is nn.Embedding
            and embedding.weight.requires_grad
            and not embedding.sparse
            and embedding.max_norm is None
            and model.get_output_embeddings() is None
            and not hasattr(model, "peft_config")
        )

    @contextlib.contextmanager
    def whole_table(self) -> Iterator[None]:
        """The model holds its whole table, trained rows in their places; afterwards the small one.

        What is loaded into the model meanwhile is kept.
        """
        self.restore()
        try:
            yield
        finally:
            with torch.no_grad():
                self.rows.copy_(self.whole[self.used.to(self.whole.device)])
            self._hold_rows()

    def restore(self) -> None:
        """Give the model its whole table for good."""
        self.whole.data = self.whole.data.to(self.rows.device)  # the model may have moved
        with torch.no_grad():
            self.whole[self.used.to(self.rows.device)] = self.rows
        self._hold(self.whole, self._padding)

    def _hold_rows(self) -> None:
        # a padding token that a text contains gets no gradient, as in the library
        row = -1 if self._padding is None else int(self.lookup[self._padding])
        self._hold(self.rows, row if row >= 0 else None)

    def _hold(self, weight: nn.Parameter, padding: int | None) -> None:
        self.embedding.weight = weight
        self.embedding.num_embeddings, self.embedding.padding_idx = len(weight), padding
