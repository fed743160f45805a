"""Choosing a model: who sees whom, the smallest that fits, the best at few labels, memory."""

from __future__ import annotations

from ..exercise import Value, Written

BYTES = 16  # of a weight that is trained whole: itself, its slope and AdamW's two means


def choose(models, language, tokens, memory):
    """The name of the smallest model that fits; "" where none does."""
    fitting = [
        (n, name)
        for name, n, languages, positions in models
        if language in languages and positions >= tokens and BYTES * n <= memory
    ]
    return min(fitting)[1] if fitting else ""


def some_models(rng):
    """Two to five models of different size, and what is asked of them."""
    n = int(rng.integers(2, 6))
    known = [["English"], ["Chinese"], ["English", "Chinese"]]
    parameters = [int(one) * 1_000_000 for one in rng.permutation(100)[:n] + 1]
    models = [(f"model {i}", parameters[i], known[int(rng.integers(3))],
               int(rng.choice([128, 512, 2048]))) for i in range(n)]  # fmt: skip
    language = str(rng.choice(["English", "Chinese"]))
    tokens, millions = int(rng.choice([100, 500, 1000])), int(rng.integers(20, 120))
    return models, language, tokens, BYTES * millions * 1_000_000


def _by_size_alone(models, language, tokens, memory):
    return min((n, name) for name, n, *_ in models)[1]


def _weights_alone(models, language, tokens, memory):
    return choose(models, language, tokens, 4 * memory)


def best_at_fewest(curves):
    """The way with the highest accuracy at the least number of labels that all have."""
    common = set.intersection(*(set(of) for of in curves.values()))
    return max(curves, key=lambda name: curves[name][min(common)])


EXERCISES = {
    "1": Value("decoder"),
    "2": Written(choose, some_models, wrong=(_by_size_alone, _weights_alone)),
    "3": Value(best_at_fewest, needs=("curves",)),
    "4": Value(135e6 * BYTES / 1e9, within=0.05),
}
