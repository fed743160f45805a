r"""The loss of a model that gives words, and what else is asked of its vocabulary-wide logits.

Neither holds more than a few places' logits at once, in float32: see :mod:`.word_head`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .encoding import IGNORED
from .word_head import Words, pieces


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
        words = Words.given(logits, labels)
        words.places = torch.arange(labels.numel(), device=logits.device)  # no number is asked for
        return self.total_of(words)

    def total_of(self, words: Words) -> torch.Tensor:
        """The same of words whose logits are computed in here, where a label is.

        The gradient is computed beside the loss, so that no logits have to be kept for it.
        """
        return _Total.apply(
            words.read, words.learnt(), words.labels, words.make, words.n_words,
            self.label_smoothing, *words.weights,
        )  # fmt: skip

    def normaliser(self, labels: torch.Tensor) -> torch.Tensor:
        """Number of learnt tokens, at least 1; a tensor on the device of ``labels``."""
        return (labels != IGNORED).sum().clamp_min(1)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx, read, places, labels, make, n_words, smoothing, *weights):
        to_read, to_weights = ctx.needs_input_grad[0], any(ctx.needs_input_grad[6:])
        labels = labels.reshape(-1)
        total = torch.zeros((), dtype=torch.float32, device=read.device)
        of_read = torch.zeros_like(read) if to_read else None
        of_weights: list[torch.Tensor | None] = [None] * len(weights)
        for some in pieces(places, n_words):
            wanted = labels[some]
            part = read[some].detach().requires_grad_(to_read)
            with torch.set_grad_enabled(to_read or to_weights):
                logits = make(part)
            with torch.no_grad():
                loss, slopes = _loss_and_slopes(
                    logits.detach(), wanted, smoothing, slopes=logits.requires_grad
                )
            total += loss
            if slopes is None:
                continue
            if of_read is not None and logits is part:  # they are what is read
                of_read[some] = slopes
                continue
            targets = [*([part] if to_read else []), *(weights if to_weights else ())]
            found = list(torch.autograd.grad(logits, targets, slopes, allow_unused=True))
            if of_read is not None:
                of_read[some] = found.pop(0)
            for number, more in enumerate(found):
                before = of_weights[number]
                of_weights[number] = more if before is None or more is None else before.add_(more)
        ctx.save_for_backward(of_read, *of_weights)
        return total

    @staticmethod
    def backward(ctx, *grads):
        of_read, *of_weights = ctx.saved_tensors
        scaled = [None if one is None else one * grads[0] for one in (of_read, *of_weights)]
        return scaled[0], None, None, None, None, None, *scaled[1:]


def _loss_and_slopes(logits, labels, smoothing, *, slopes):
    """Sum of the losses of a few places, and the derivative of each loss for its logits."""
    values = logits.float()
    norm = values.logsumexp(-1)
    learnt = labels != IGNORED
    at = labels.clamp_min(0)[:, None]
    loss = norm - values.gather(-1, at)[:, 0] * (1 - smoothing)
    if smoothing:
        loss = loss - values.mean(-1) * smoothing
    loss = loss.masked_fill(~learnt, 0).sum()
    if not slopes:
        return loss, None
    found = (values - norm[:, None]).exp_()
    if smoothing:
        found -= smoothing / values.shape[-1]
    found.scatter_add_(-1, at, found.new_full((len(at), 1), smoothing - 1))
    return loss, found.masked_fill_(~learnt[:, None], 0).to(logits.dtype)


# what a task asks of the words, computed where they are -------------------------------------------
def by_place(reduction: Callable) -> Callable:
    """Mark a reduction that takes :class:`~.word_head.Words` instead of whole logits."""
    vars(reduction)["by_place"] = True
    return reduction


def _words(given: Words | torch.Tensor, batch: dict[str, Any]) -> Words:
    return given if isinstance(given, Words) else Words.given(given, batch.get("labels"))


@by_place
def text_losses(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """Loss of each text and its number of learnt tokens.

    Parameters
    ----------
    words : Words, or torch.Tensor of logits, shape (batch, n_tokens, n_words)
    batch : dict
        ``labels``, int64, shape (batch, n_tokens).

    Returns
    -------
    torch.Tensor of float32, shape (batch, 2)
        Sum of the negative log-probabilities in nats, and how many they are.
    """
    logs, labels = token_log_probabilities(words, batch), batch["labels"]
    return torch.stack([-logs.sum(-1), (labels != IGNORED).sum(-1).float()], dim=-1)


@by_place
def token_log_probabilities(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """Log-probability of each label, float32, shape (batch, n_tokens); 0 where there is none."""

    def of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        found = logits.gather(-1, labels.clamp_min(0)[:, None])[:, 0] - logits.logsumexp(-1)
        return found.masked_fill(labels == IGNORED, 0)

    found = _words(words, batch)
    if found.read.device.type == "meta":  # nobody can say where the labels are
        return found.each(of, everywhere=True)
    return found.each(of)


@by_place
def likeliest(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """The likeliest word of each place, int64, shape (batch, n_tokens)."""
    return _words(words, batch).each(lambda logits, _: logits.argmax(-1), everywhere=True)


@by_place
def first_word(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """The likeliest word of each text's first place, int64, shape (batch, 1)."""
    words = _words(words, batch)
    n_texts, n_tokens = words.shape
    step = max(1, n_tokens)
    words.places = torch.arange(0, n_texts * n_tokens, step, device=words.read.device)
    return words.each(lambda logits, _: logits.argmax(-1))[:, :1]


def likeliest_few(count: int):
    """A reduction to the log-probabilities and ids of so many words, the likeliest first.

    Returns
    -------
    callable
        ``(words, batch) -> torch.Tensor`` of float32, shape (batch, n_tokens, count, 2); ids below
        2**24 are exact.
    """

    def of(logits: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        values, ids = logits.topk(count, dim=-1)
        values = values - logits.logsumexp(-1, keepdim=True)
        return torch.stack([values, ids.float()], dim=-1)

    @by_place
    def few(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
        return _words(words, batch).each(of, everywhere=True)

    return few


def gap_table(count: int):
    """A reduction to a row for each token that has a label.

    Returns
    -------
    callable
        ``(words, batch) -> torch.Tensor`` of float32, shape (batch, n_tokens, 2 + 2 * count):
        log-probability of the label; how many words are likelier than it (half of those that are
        equally likely); ids of the likeliest words, below 2**24; their log-probabilities. 0 where
        there is no label. Of fewer words than ``count`` the last one is repeated.
    """

    def of(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        logs = logits.log_softmax(-1)
        own = logs.gather(-1, labels.clamp_min(0)[:, None])
        ahead = (logs > own).sum(-1, keepdim=True) + ((logs == own).sum(-1, keepdim=True) - 1) / 2
        values, ids = logs.topk(min(count, logs.shape[-1]), dim=-1)
        if rest := count - ids.shape[-1]:
            ids, values = (torch.cat([x, x[:, -1:].expand(-1, rest)], -1) for x in (ids, values))
        return torch.cat([own, ahead, ids.float(), values], -1)

    @by_place
    def table(words: Words | torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
        return _words(words, batch).each(of)

    return table
