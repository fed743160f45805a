"""GloVe: word vectors from counts of who stands beside whom (Pennington et al. 2014)."""

from __future__ import annotations

import torch
from torch import nn

from .word2vec import check_window, descend


def cooccurrences(ids, vocab_size: int, window: int):
    """How often each word stands near each other one; a neighbour at distance d counts 1 / d.

    Parameters
    ----------
    ids : torch.Tensor of int64, shape (N,)

    Returns
    -------
    pairs : torch.Tensor of int64, shape (n, 2), each pair that occurs, in both directions
    counts : torch.Tensor of float32, shape (n,)

    >>> pairs, counts = cooccurrences(torch.tensor([0, 1, 2]), 3, 2)
    >>> dict(zip(map(tuple, pairs.tolist()), counts.tolist()))[(0, 2)]
    0.5
    """
    check_window(ids, window)
    far = range(1, min(window, len(ids) - 1) + 1)
    cells = torch.cat([ids[:-d] * vocab_size + ids[d:] for d in far])
    weights = torch.cat([torch.full((len(ids) - d,), 1 / d) for d in far])
    back = cells % vocab_size * vocab_size + cells // vocab_size
    cells, place = torch.cat([cells, back]).unique(return_inverse=True)
    counts = torch.zeros(len(cells)).index_add_(0, place, weights.repeat(2))
    return torch.stack([cells // vocab_size, cells % vocab_size], 1), counts


class GloVe(nn.Module):
    """Two vectors and two biases a word, as in skip-gram; the vector of a word is their sum."""

    def __init__(self, vocab_size: int, width: int):
        super().__init__()
        self.center, self.neighbour = (nn.Embedding(vocab_size, width) for _ in range(2))
        self.center_bias, self.neighbour_bias = (nn.Embedding(vocab_size, 1) for _ in range(2))
        for table in self.children():
            nn.init.uniform_(table.weight, -0.5 / width, 0.5 / width)

    def forward(self, pairs, counts, *, most=100.0, power=0.75):
        """Σ f(x) (v·u + b + c - ln x)² over the pairs, as a mean; f(x) = min(1, (x / most)^power).

        Parameters
        ----------
        pairs : torch.Tensor of int64, shape (B, 2)
        counts : torch.Tensor, shape (B,), each above 0
        """
        word, near = pairs.T
        guess = (self.center(word) * self.neighbour(near)).sum(-1)
        guess = guess + self.center_bias(word)[:, 0] + self.neighbour_bias(near)[:, 0]
        weight = (counts / most).pow(power).clamp(max=1)
        return (weight * (guess - counts.log()) ** 2).mean()

    def vectors(self):
        """(V, D): the sum of both of a word, as the paper takes it."""
        return (self.center.weight + self.neighbour.weight).detach()


def train_glove(
    ids, vocab_size, *, width=64, window=4, steps=1000, batch_size=4096, most=100.0, seed=0
):
    """Train on one long text, with Adam on pairs drawn alike (the paper: AdaGrad, every pair) and a
    learning rate that falls from 0.01 to zero.

    Parameters
    ----------
    ids : torch.Tensor of int64, shape (N,)
        The text, a number a word, each below ``vocab_size``.

    Returns
    -------
    model : GloVe
    losses : list of float, the loss of each step
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = GloVe(vocab_size, width)
    pairs, counts = cooccurrences(ids, vocab_size, window)

    def loss():
        rows = torch.randint(len(pairs), (batch_size,), generator=generator)
        return model(pairs[rows], counts[rows], most=most)

    return model, descend(model, loss, steps)
