"""Neural language models: ids (B, T) to logits (B, T, V), the row at t guessing token t + 1."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .attention import causal_mask, padding_mask
from .losses import cross_entropy
from .objectives import causal_lm_batch
from .positions import LearnedPositions
from .transformer import Encoder
from .vocabulary import check_ids


class NeuralNgram(nn.Module):
    """The neural n-gram of Bengio et al. 2003: the last n - 1 vectors side by side, one layer.

    Before the beginning of a text stands a vector of its own.
    """

    def __init__(self, vocab_size, *, order=5, width=64, hidden=256):
        super().__init__()
        if order < 2:
            raise ValueError(f"order={order} must be at least 2: a guess needs a token before it.")
        self.vocab_size, self.history = vocab_size, order - 1
        self.embedding = nn.Embedding(vocab_size + 1, width)
        self.hidden = nn.Linear(self.history * width, hidden)
        self.to_logits = nn.Linear(hidden, vocab_size)

    def forward(self, ids):
        check_ids(ids, self.vocab_size)
        ids = F.pad(ids, (self.history - 1, 0), value=self.vocab_size)
        x = self.embedding(ids).unfold(1, self.history, 1)  # (B, T, width, history)
        return self.to_logits(self.hidden(x.transpose(2, 3).flatten(2)).tanh())


class LSTMLanguageModel(nn.Module):
    """A recurrent net: all it knows of the past is one state (Hochreiter and Schmidhuber 1997)."""

    recurrent = nn.LSTM

    def __init__(self, vocab_size, *, width=128, n_layers=1, dropout=0.0):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, width)
        between = dropout if n_layers > 1 else 0.0
        options = {"batch_first": True, "dropout": between}
        self.states = self.recurrent(width, width, n_layers, **options)
        self.dropout, self.to_logits = nn.Dropout(dropout), nn.Linear(width, vocab_size)

    def forward(self, ids):
        check_ids(ids, self.vocab_size)
        states, _ = self.states(self.dropout(self.embedding(ids)))
        return self.to_logits(self.dropout(states))


class GRULanguageModel(LSTMLanguageModel):
    """The same with two gates in the place of three, and no cell beside the state (Cho et al.
    2014; torch resets ``U h + d`` where the paper resets ``h``)."""

    recurrent = nn.GRU


class TransformerLM(nn.Module):
    """A GPT (Radford et al. 2019): pre-norm layers that may not see the future, tied embeddings."""

    def __init__(
        self, vocab_size, *, d_model=128, n_heads=4, n_layers=2, max_length=64, dropout=0.0
    ):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = LearnedPositions(max_length, d_model)
        self.dropout = nn.Dropout(dropout)
        options = {"activation": "gelu_new", "dropout": (dropout, dropout, 0.0)}
        shape = n_layers, d_model, n_heads, 4 * d_model
        self.layers = Encoder(*shape, pre_norm=True, **options)
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                deep = name.endswith(("out.weight", "outer.weight"))  # sums up over the layers
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * n_layers) if deep else 0.02)

    def new_cache(self):
        """An empty cache for :meth:`forward`."""
        return self.layers.new_cache()

    def features(self, ids, attention_mask=None, cache=None):
        """The states before the last layer (B, T, D), and the attention weights."""
        check_ids(ids, self.vocab_size)
        past, length = len(cache[0][0]) if cache else 0, ids.size(1)
        mask = causal_mask(length, past + length, device=ids.device)
        if attention_mask is not None:
            mask = mask & padding_mask(attention_mask)
        x = self.dropout(self.positions(self.embedding(ids), past))
        return self.layers(x, mask, cache=cache)

    def forward(self, ids, cache=None):
        return self.features(ids, cache=cache)[0] @ self.embedding.weight.T


def train_language_model(
    model, ids, *, steps, batch_size=32, length=64, learning_rate=3e-3, seed=0, on_step=None
):
    """Train on random windows of one long text: AdamW, a short warm-up, then a cosine to zero.

    Parameters
    ----------
    ids : torch.Tensor of int64, shape (N,)
    on_step : callable(step, loss), optional

    Returns
    -------
    list of float, the loss of each step
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    warmup = max(1, steps // 20)

    def rate(step):
        return min((step + 1) / warmup, 0.5 * (1 + math.cos(math.pi * step / steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    losses, device = [], next(model.parameters()).device
    model.train()
    for step in range(steps):
        inputs, targets = causal_lm_batch(ids, batch_size, length, generator=generator)
        loss = cross_entropy(model(inputs.to(device)), targets.to(device))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if on_step is not None:
            on_step(step, losses[-1])
    model.eval()
    return losses


@torch.no_grad()
def token_log_probs(model, ids, *, length=64, batch_size=32):
    """log P of every token of a long text but the first, each given at least length / 2 before it.

    Windows of ``length`` tokens overlap by half, and each token is scored once, in the window that
    shows more of its past; only those of the first half window have less.

    Returns
    -------
    numpy.ndarray, shape (N - 1,), for ``ngram.perplexity``
    """
    if len(ids) < 2:
        raise ValueError(f"The text has {len(ids)} tokens; a model is scored from 2 on.")
    half, device = max(1, length // 2), next(model.parameters()).device
    inputs, targets = ids[:-1], ids[1:]
    starts = list(range(0, max(1, len(inputs) - length + half), half))
    scores = torch.empty(len(targets))
    model.eval()
    for first in range(0, len(starts), batch_size):
        some = starts[first : first + batch_size]
        windows = [torch.arange(s, min(s + length, len(inputs))) for s in some]
        padded = nn.utils.rnn.pad_sequence(windows, batch_first=True)
        log_p = model(inputs[padded].to(device)).log_softmax(-1).cpu()  # (B, T, V)
        picked = log_p.gather(-1, targets[padded][..., None])[..., 0]
        for row, (start, window) in enumerate(zip(some, windows, strict=True)):
            new = 0 if start == 0 else min(length - half, len(window))
            scores[window[new:]] = picked[row, new : len(window)]
    return scores.numpy().astype(np.float64)
