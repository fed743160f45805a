"""Over-fitting: when to stop and what is kept, smoothed labels, the best arm when each may stop."""

from __future__ import annotations

from ..exercise import Value, Written


def kept_pass(losses, patience):
    """The pass with the lowest loss, from 1, of those until ``patience`` in a row were no lower."""
    best = 0
    for at, loss in enumerate(losses):
        if loss < losses[best]:
            best = at
        if at - best >= patience:
            break
    return best + 1


def some_losses(rng):
    """Three to twelve losses that differ, and a patience of 1 to 3."""
    n = int(rng.integers(3, 13))
    return [float(one) for one in rng.permutation(n) / 10 + 0.3], int(rng.integers(1, 4))


def _lowest_of_all(losses, patience):
    return losses.index(min(losses)) + 1


def _where_it_ends(losses, patience):
    return min(kept_pass(losses, patience) + patience, len(losses))


def smoothed(log_probs, label, epsilon):
    """The cross-entropy with the smoothed label."""
    return -(1 - epsilon) * log_probs[label] - epsilon * log_probs.mean()


def some_log_probs(rng):
    """Of two to six classes, with a label and an epsilon."""
    n = int(rng.integers(2, 7))
    return log_softmax(rng.normal(size=n)), int(rng.integers(n)), float(rng.uniform(0.05, 0.4))


def log_softmax(logits):
    """Logits less the logarithm of the sum of their exponentials."""
    import numpy as np

    return logits - np.log(np.exp(logits).sum())


def _plain(log_probs, label, epsilon):
    return -log_probs[label]


def _over_others(log_probs, label, epsilon):
    others = log_probs.sum() - log_probs[label]
    return -(1 - epsilon) * log_probs[label] - epsilon * others / (len(log_probs) - 1)


def lowest_when_stopped(curves, by_validation):
    """The arm with the lowest mean test loss at the passes that validation chooses."""
    return min(curves, key=lambda name: float(by_validation(curves[name])[:, 2].mean()))


EXERCISES = {
    "1": Value((6, 4)),
    "2": Written(kept_pass, some_losses, wrong=(_lowest_of_all, _where_it_ends)),
    "3": Value(0.925, within=1e-6),
    "4": Written(smoothed, some_log_probs, wrong=(_plain, _over_others)),
    "5": Value(lowest_when_stopped, needs=("curves", "by_validation")),
}
