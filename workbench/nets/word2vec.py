"""Word vectors: skip-gram with negative sampling (Mikolov et al. 2013)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


def check_window(ids, window: int) -> None:
    """Raise ValueError when no word has a neighbour."""
    if len(ids) < 2 or window < 1:
        raise ValueError(f"{len(ids)} tokens, window={window}: at least 2 and 1 are needed.")


def skip_gram_pairs(ids, window: int) -> torch.Tensor:
    """All (word, neighbour) pairs at most ``window`` apart.

    Returns
    -------
    torch.Tensor of int64, shape (n_pairs, 2)

    >>> skip_gram_pairs(torch.tensor([7, 8, 9]), 1).tolist()
    [[7, 8], [8, 9], [8, 7], [9, 8]]
    """
    check_window(ids, window)
    after = [torch.stack([ids[:-d], ids[d:]], 1) for d in range(1, min(window, len(ids) - 1) + 1)]
    forward = torch.cat(after)
    return torch.cat([forward, forward.flip(1)])


def subsample(ids, *, threshold=1e-3, generator=None):
    """Drop frequent words: a word of share f stays with probability √(threshold / f)."""
    share = torch.bincount(ids).float() / len(ids)
    keep = (threshold / share[ids]).sqrt()
    return ids[torch.rand(len(ids), generator=generator) < keep]


class SkipGram(nn.Module):
    """Two vectors a word: as the word in the middle, and as a neighbour.

    Parameters
    ----------
    vocab_size, width : int
    counts : torch.Tensor, shape (vocab_size,)
        How often each word stands in the text; wrong neighbours are drawn by counts^0.75.
    """

    def __init__(self, vocab_size: int, width: int, counts):
        super().__init__()
        self.center = nn.Embedding(vocab_size, width)
        self.neighbour = nn.Embedding(vocab_size, width)
        nn.init.uniform_(self.center.weight, -0.5 / width, 0.5 / width)
        nn.init.zeros_(self.neighbour.weight)
        self.register_buffer("noise", counts.float() ** 0.75)

    def forward(self, pairs, *, negatives=5, generator=None):
        """-log σ(v·u) - Σ log σ(-v·u'), u the true neighbour and u' drawn ones, as a mean.

        Parameters
        ----------
        pairs : torch.Tensor of int64, shape (B, 2)
        """
        drawn = torch.multinomial(
            self.noise, len(pairs) * negatives, replacement=True, generator=generator
        )
        v = self.center(pairs[:, 0])  # (B, D)
        u = self.neighbour(pairs[:, 1])
        wrong = self.neighbour(drawn.view(len(pairs), negatives))  # (B, negatives, D)
        right = F.logsigmoid((v * u).sum(-1))
        wrong = F.logsigmoid(-(wrong @ v[:, :, None])[..., 0]).sum(-1)
        return -(right + wrong).mean()


def train_skip_gram(
    ids, vocab_size, *, width=64, window=4, steps=1000, batch_size=4096, threshold=1e-3, seed=0
):
    """Train on one long text, with Adam and a learning rate that falls from 0.01 to zero.

    Parameters
    ----------
    ids : torch.Tensor of int64, shape (N,)
        The text, a number a word, each below ``vocab_size``.

    Returns
    -------
    model : SkipGram
    losses : list of float, the loss of each step
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = SkipGram(vocab_size, width, torch.bincount(ids, minlength=vocab_size))
    pairs = skip_gram_pairs(subsample(ids, threshold=threshold, generator=generator), window)

    def loss():
        rows = torch.randint(len(pairs), (batch_size,), generator=generator)
        return model(pairs[rows], generator=generator)

    return model, descend(model, loss, steps)


def descend(model, loss, steps: int) -> list[float]:
    """Adam with a learning rate that falls from 0.01 to zero in a straight line; leaves the model
    in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
    loss : callable
        Draws a batch and gives its loss, a scalar tensor.
    steps : int

    Returns
    -------
    list of float, the loss of each step
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for step in range(steps):
        now = loss()
        optimizer.zero_grad()
        now.backward()
        optimizer.param_groups[0]["lr"] = 0.01 * (1 - step / steps)
        optimizer.step()
        losses.append(now.item())
    model.eval()
    return losses


def nearest(vectors, word: int, k: int = 5):
    """The ``k`` words whose vectors point most nearly the same way.

    Parameters
    ----------
    vectors : torch.Tensor, shape (V, D)

    Returns
    -------
    (ids, cosines) : two lists of length k, nearest first, the word itself left out
    """
    if not 0 <= word < len(vectors):
        raise ValueError(f"There is no word {word}: there are {len(vectors)} vectors.")
    cosines = F.cosine_similarity(vectors, vectors[word], dim=-1)
    cosines[word] = -2.0
    best = cosines.topk(min(k, len(vectors) - 1))
    return best.indices.tolist(), best.values.tolist()
