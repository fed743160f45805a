"""Language models: perplexity, counting, windows, recurrent cells, a guessing game."""

from __future__ import annotations

import math

from ..exercise import Value, Written

KS = (1, 0.1, 0.01, 0.001)


def best_k(train, test, size):
    """The k of add-k 4-grams with the least perplexity on letters that were not counted."""
    from workbench.nets import ngram

    def judged(k):
        return ngram.perplexity(ngram.AddK(4, size, k).fit([train]).log_probs(test))

    return min(KS, key=judged)


def short_windows_are_worse(net, ids):
    """Whether windows of 8 letters raise a net's perplexity."""
    from workbench.nets import lm, ngram

    short = ngram.perplexity(lm.token_log_probs(net, ids, length=8))
    return bool(short > ngram.perplexity(lm.token_log_probs(net, ids)))


def perplexity(probabilities):
    """exp of the mean of -ln p."""
    return math.exp(-sum(map(math.log, probabilities)) / len(probabilities))


def some_probabilities(rng):
    """Between 3 and 8 of them."""
    return ([float(one) for one in rng.uniform(0.01, 1, int(rng.integers(3, 9)))],)


def _inverse_of_the_mean(probabilities):
    return len(probabilities) / sum(probabilities)


def _of_the_product(probabilities):
    return 1 / math.prod(probabilities)


EXERCISES = {
    "1": Value(2 ** (9 / 4), within=0.01),
    "2": Value(0.1, within=1e-3),
    "3": Value(best_k, needs=("train", "test", "size")),
    "4": Value(short_windows_are_worse, needs=("net", "ids")),
    "5": Written(perplexity, some_probabilities, wrong=(_inverse_of_the_mean, _of_the_product)),
    "6": Value((0.3, -(0.6 * math.log2(0.6) + 0.3 * math.log2(0.3) + 0.1 * math.log2(0.1))), 5e-3),
    "7": Value((4 * 6 * (5 + 6 + 2), 3 * 6 * (5 + 6 + 2))),
    "8": Value((0.7 * 0.1) ** -0.5, within=0.01),
}
