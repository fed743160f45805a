"""Losses from their formulas. All return the mean as a scalar and take raw scores (logits)."""

from __future__ import annotations

import torch


def cross_entropy(
    logits, labels, *, ignore_index=-100, label_smoothing=0.0, weight=None, gamma=0.0
):
    """L = -log p(label), p = softmax(logits).

    Parameters
    ----------
    logits : torch.Tensor, shape (..., C)
    labels : torch.Tensor of int64, shape (...,)
        ``ignore_index`` marks places that do not count; if none counts the loss is 0.
    label_smoothing : float in [0, 1)
        ε: the target gives 1 - ε to the label and spreads ε evenly over all C classes
        (Szegedy et al. 2016).
    weight : torch.Tensor, shape (C,), optional
        Weight of each class; the mean divides by the sum of the labels' weights.
    gamma : float >= 0
        γ of the focal loss (1 - p)^γ · L, which turns from the easy to the hard examples
        (Lin et al. 2017). 0 is the plain loss.

    Raises
    ------
    ValueError
        If the shapes do not fit or a label is not among the classes.
    """
    classes = logits.size(-1)
    if logits.shape[:-1] != labels.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} need labels {tuple(logits.shape[:-1])}, not "
            f"{tuple(labels.shape)}."
        )
    counts = labels != ignore_index
    labels = labels.masked_fill(~counts, 0)
    if labels.numel() and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"Labels run from {int(labels.min())} to {int(labels.max())}; {classes} logits allow "
            f"0 to {classes - 1}."
        )
    log_p = logits - logits.logsumexp(-1, keepdim=True)  # log softmax, (..., C)
    log_p_label = log_p.gather(-1, labels[..., None])[..., 0]
    weight = log_p.new_ones(classes) if weight is None else weight.to(log_p)
    losses = -weight[labels] * log_p_label
    if gamma:
        losses = (
            losses * (1 - log_p_label.exp()).clamp(min=1e-7) ** gamma
        )  # above 0: its slope is finite
    if label_smoothing:
        evenly = -(log_p * weight).mean(-1)
        losses = (1 - label_smoothing) * losses + label_smoothing * evenly
    total = (weight[labels] * counts).sum()
    return (losses * counts).sum() / total.where(total > 0, torch.ones_like(total))


def focal(logits, labels, *, gamma=2.0, **options):
    """The focal loss: :func:`cross_entropy` with ``gamma``."""
    return cross_entropy(logits, labels, gamma=gamma, **options)


def binary_cross_entropy(logits, targets):
    """L = -y log σ(x) - (1 - y) log(1 - σ(x)), for each of several yes-or-no questions.

    Written as max(x, 0) - x y + log(1 + e^-|x|), which does not overflow.

    Parameters
    ----------
    logits, targets : torch.Tensor, same shape; targets in [0, 1]
    """
    _same_shape(logits, targets)
    targets = targets.to(logits.dtype)
    return (logits.clamp(min=0) - logits * targets + torch.log1p((-logits.abs()).exp())).mean()


def mean_squared_error(predictions, targets):
    """L = (ŷ - y)², for numbers."""
    _same_shape(predictions, targets)
    return ((predictions - targets.to(predictions.dtype)) ** 2).mean()


def _same_shape(left, right):
    if left.shape != right.shape:
        raise ValueError(
            f"Predictions {tuple(left.shape)} and targets {tuple(right.shape)} differ in shape."
        )
