r"""The loss of a model that writes, and what is asked of its vocabulary-wide logits, in pieces.

Logits of a batch are as wide as the vocabulary: 2,000 tokens of 50,000 words are 400 MB, and each
copy in another number format or of their softmax as much again. Here they are gone through piece
by piece, in float32; beside the logits themselves only their gradient is ever as wide.
"""

from __future__ import annotations

from typing import Any

import torch

from .encoding import IGNORED

PIECE = 2**24  # numbers that are looked at at once: 64 MB of float32


class TokenCrossEntropy:
    r"""Cross-entropy of the learnt tokens, the same however a batch is cut into micro-batches.

    .. math:: L = \sum_t -\log p(y_t) \big/ n

    with the sum over the ``n`` learnt tokens of all texts of an optimizer step.

    Parameters
    ----------
    label_smoothing : float
        Probability mass spread over the whole vocabulary (Szegedy et al., 2016).
    """

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = label_smoothing

    def total(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of ``logits`` (batch, n_tokens, n_words) for ``labels`` (batch,
        n_tokens), in float32."""
        return _Total.apply(logits, labels, self.label_smoothing)

    def normaliser(self, labels: torch.Tensor) -> torch.Tensor:
        """Number of learnt tokens, at least 1; a tensor on the device of ``labels``."""
        return (labels != IGNORED).sum().clamp_min(1)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels, smoothing):
        ctx.save_for_backward(logits, labels)
        ctx.smoothing = smoothing
        total = torch.zeros((), dtype=torch.float32, device=logits.device)
        for part, wanted in _pieces(logits, labels):
            logs = part.float().log_softmax(-1)
            loss = -_of(logs, wanted) * (1 - smoothing)
            if smoothing:
                loss = loss - logs.mean(-1) * smoothing
            total += loss.masked_fill(wanted == IGNORED, 0).sum()
        return total

    @staticmethod
    def backward(ctx, *grads):
        logits, labels = ctx.saved_tensors
        found = torch.empty_like(logits, memory_format=torch.contiguous_format)
        smoothing, words = ctx.smoothing, logits.shape[-1]
        pieces = zip(_pieces(logits, labels), _pieces(found, labels), strict=True)
        for (part, wanted), (into, _) in pieces:
            slope = part.float().softmax(-1)
            if smoothing:
                slope -= smoothing / words
            slope.scatter_add_(
                -1, wanted.clamp_min(0)[:, None],
                slope.new_full((len(wanted), 1), smoothing - 1),
            )  # fmt: skip
            slope *= grads[0]
            into.copy_(slope.masked_fill_((wanted == IGNORED)[:, None], 0))
        return found, None, None


def _pieces(logits: torch.Tensor, labels: torch.Tensor):
    """Logits (n, n_words) and labels (n,) of a few tokens at a time, without a copy."""
    rows = max(1, PIECE // logits.shape[-1])
    for texts, wanted in zip(logits, labels, strict=True):
        yield from zip(texts.split(rows), wanted.split(rows), strict=True)


def _of(logs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return logs.gather(-1, wanted.clamp_min(0)[:, None])[:, 0]


# what a task asks of the logits, computed where they are ------------------------------------------
def text_losses(logits: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """Loss of each text and its number of learnt tokens.

    Parameters
    ----------
    logits : torch.Tensor, shape (batch, n_tokens, n_words)
    batch : dict
        ``labels``, int64, shape (batch, n_tokens).

    Returns
    -------
    torch.Tensor of float32, shape (batch, 2)
        Sum of the negative log-probabilities in nats, and how many they are.
    """
    logs, labels = token_log_probabilities(logits, batch), batch["labels"]
    return torch.stack([-logs.sum(-1), (labels != IGNORED).sum(-1).float()], dim=-1)


def token_log_probabilities(logits: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """Log-probability of each label, float32, shape (batch, n_tokens); 0 where there is none."""
    labels = batch["labels"]
    found = [
        _of(part.float().log_softmax(-1), wanted).masked_fill(wanted == IGNORED, 0)
        for part, wanted in _pieces(logits, labels)
    ]
    return torch.cat(found).reshape(labels.shape)


def likeliest(logits: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """The likeliest word of each place, int64, shape (batch, n_tokens)."""
    return logits.argmax(-1)


def likeliest_few(count: int):
    """A reduction to the log-probabilities and ids of so many words, the likeliest first.

    Returns
    -------
    callable
        ``(logits, batch) -> torch.Tensor`` of float32, shape (batch, n_tokens, count, 2); ids below
        2**24 are exact.
    """

    def few(logits: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
        values, ids = logits.topk(count, dim=-1)
        norm = [
            part.float().logsumexp(-1)
            for part, _ in _pieces(logits, torch.zeros_like(logits[..., 0], dtype=torch.long))
        ]
        values = values.float() - torch.cat(norm).reshape(*values.shape[:-1], 1)
        return torch.stack([values, ids.float()], dim=-1)

    return few
