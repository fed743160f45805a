"""Summaries: ROUGE on paper, recall of runs, MMR, longest runs, a walk, invented facts."""

from __future__ import annotations

from collections import Counter

from ..exercise import Holds, Value, Written


def _runs(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def recall(written, reference, n):
    """Share of the reference's runs of n words that were written."""
    mine, theirs = _runs(written, n), _runs(reference, n)
    return (mine & theirs).total() / max(theirs.total(), 1)


def _some_words(rng, most):
    return [str(one) for one in rng.choice(list("abcd"), int(rng.integers(1, most)))]


def two_texts_and_n(rng):
    """Up to eleven words of four kinds each, and 1 to 3; the reference may have no such run."""
    return _some_words(rng, 12), _some_words(rng, 12), int(rng.integers(1, 4))


def _precision(written, reference, n):
    return recall(reference, written, n)


def _of_kinds(written, reference, n):
    mine, theirs = set(_runs(written, n)), set(_runs(reference, n))
    return len(mine & theirs) / max(len(theirs), 1)


def select(central, alike, count, weight, against=max):
    """Maximal marginal relevance; of equal sentences the first."""
    chosen = []
    while len(chosen) < count:
        left = [i for i in range(len(central)) if i not in chosen]
        same = [against([alike[i][j] for j in chosen] or [0]) for i in left]
        marks = [weight * central[i] - (1 - weight) * s for i, s in zip(left, same, strict=True)]
        chosen.append(left[marks.index(max(marks))])
    return chosen


def some_sentences(rng):
    """Three to eight sentences, between two and all of them to be taken, and a weight."""
    n = int(rng.integers(3, 9))
    half = rng.uniform(size=(n, n)).round(3)
    alike = (half + half.T) / 2
    central = rng.uniform(size=n).round(3).tolist()
    return central, alike.tolist(), int(rng.integers(2, n + 1)), float(rng.uniform(0.3, 0.8))


def _most_central(central, alike, count, weight):
    return sorted(range(len(central)), key=lambda i: -central[i])[:count]


def _like_all(central, alike, count, weight):
    return select(central, alike, count, weight, against=sum)


def longest_common_run(summary, source):
    """Words of the longest run that stands in both."""
    shortest = min(len(summary), len(source))
    return max(n for n in range(shortest + 1) if n == 0 or _runs(summary, n) & _runs(source, n))


def two_texts(rng):
    """Up to eleven words of four kinds, and up to nineteen."""
    return _some_words(rng, 12), _some_words(rng, 20)


def _with_gaps(summary, source):
    from workbench.measures.overlap import longest_common

    return longest_common(summary, source)


def _from_the_first(summary, source):
    same = [a == b for a, b in zip(summary, source, strict=False)]
    return same.index(False) if False in same else len(same)


def changed_places(answer):
    """Whether it is the sentence in which bank and firm have changed places."""
    from workbench.measures.words import words

    return words(answer) == (
        "the firm sued the minister after the paper cleared the bank".split()
    )


EXERCISES = {
    "1": Value((7 / 10, 7 / 8, 14 / 18), within=5e-3),
    "2": Written(recall, two_texts_and_n, wrong=(_precision, _of_kinds)),
    "3": Written(select, some_sentences, wrong=(_most_central, _like_all)),
    "4": Written(longest_common_run, two_texts, wrong=(_with_gaps, _from_the_first)),
    "5": Value(2 / 5, within=5e-3),
    "6": Value((2, 1)),
    "7": Holds(
        changed_places,
        ("The firm sued the minister after the paper cleared the bank.",),
        wrong=(
            "The bank sued the minister after the paper cleared the firm.",
            "The minister sued the bank after the paper cleared the firm.",
            "The firm sued the minister.",
        ),
    ),
}
