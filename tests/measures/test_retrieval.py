"""R@k, MRR and nDCG by hand, against scikit-learn, and against every order of the ties."""

import itertools
import math

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, top_k_accuracy_score

from workbench.errors import DataError
from workbench.measures.retrieval import retrieval
from workbench.measures.tables import compare_systems, measure_table


def test_by_hand():
    found = retrieval(np.array([[0.9, 0.5, 0.1], [0.2, 0.3, 0.1]]), np.array([1, 1]), at=(1, 2))
    assert found["recall_1"].rows.tolist() == [0.0, 1.0] and found["recall_2"].value == 1.0
    assert found["mrr"].rows.tolist() == [0.5, 1.0] and found["mrr"].value == 0.75
    assert found["ndcg"].rows.tolist() == pytest.approx([1 / math.log2(3), 1.0])
    several = retrieval(np.array([[4.0, 3.0, 2.0, 1.0]]), np.array([[0, 1, 0, 1]]), at=(2, 4, 9))
    assert [several[f"recall_{k}"].value for k in (2, 4, 9)] == [0.5, 1.0, 1.0]
    assert several["mrr"].value == 0.5


def test_what_is_all_alike_finds_by_chance():
    found = retrieval(np.zeros((3, 10)), np.array([0, 4, 9]), at=(1, 5))
    assert found["recall_1"].rows.tolist() == pytest.approx([0.1] * 3)
    assert found["recall_5"].value == pytest.approx(0.5)
    assert found["mrr"].value == pytest.approx(sum(1 / rank for rank in range(1, 11)) / 10)


def test_against_scikit_learn():
    rng = np.random.default_rng(0)
    scores, right = rng.normal(size=(80, 12)), rng.integers(12, size=80)
    found = retrieval(scores, right, at=(1, 3))
    gains = np.eye(12)[right]
    assert found["ndcg"].value == pytest.approx(ndcg_score(gains, scores), abs=1e-12)
    # with one right candidate, the average precision is the reciprocal rank
    wanted = label_ranking_average_precision_score(gains, scores)
    assert found["mrr"].value == pytest.approx(wanted, abs=1e-12)
    for k in (1, 3):
        wanted = top_k_accuracy_score(right, scores, k=k, labels=range(12))
        assert found[f"recall_{k}"].value == pytest.approx(wanted, abs=1e-12)


def test_ties_and_gains_against_scikit_learn():
    rng = np.random.default_rng(1)
    scores, gains = rng.integers(4, size=(60, 9)).astype(float), rng.integers(3, size=(60, 9))
    found = retrieval(scores, gains)
    each = [ndcg_score(gains[row : row + 1], scores[row : row + 1]) for row in range(60)]
    assert found["ndcg"].rows == pytest.approx(each, abs=1e-12)


def test_ties_are_the_mean_over_all_orders():
    rng = np.random.default_rng(2)
    for _ in range(15):
        scores, gains = rng.integers(2, size=5).astype(float), rng.integers(2, size=5)
        gains[0] = 1
        found = retrieval(scores[None], gains[None], at=(1, 3))
        orders = [order for order in itertools.permutations(range(5))
                  if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))]  # fmt: skip
        ranked = [gains[list(order)] for order in orders]
        for k in (1, 3):
            wanted = np.mean([one[:k].sum() / gains.sum() for one in ranked])
            assert found[f"recall_{k}"].value == pytest.approx(wanted)
        wanted = np.mean([1 / (one.argmax() + 1) for one in ranked])
        assert found["mrr"].value == pytest.approx(wanted)


def test_a_query_without_a_right_candidate_does_not_count():
    found = retrieval(np.ones((2, 3)), np.array([[0, 0, 0], [1, 1, 1]]))
    assert math.isnan(found["mrr"].rows[0]) and found["mrr"].value == 1.0
    table = measure_table(found).set_index("metric")
    assert table.loc["mrr", "rows"] == 1


def test_two_rankings_are_compared():
    rng = np.random.default_rng(3)
    right = rng.integers(20, size=100)
    scores = rng.normal(size=(100, 20))
    better = scores + 2 * np.eye(20)[right]
    table = compare_systems(retrieval(scores, right), retrieval(better, right)).set_index("metric")
    assert table.loc["mrr", "low"] > 0 and table.loc["mrr", "p"] < 0.01
    assert table.loc["mrr", "lower"] == 0 < table.loc["mrr", "higher"]


@pytest.mark.parametrize(("scores", "relevant", "said"), [
    pytest.param(np.ones(3), np.array([0]), "do not fit", id="flat"),
    pytest.param(np.ones((2, 3)), np.array([0]), "do not fit", id="too-few"),
    pytest.param(np.ones((2, 3)), np.array([0, 3]), "below 3", id="beyond"),
    pytest.param(np.ones((2, 3)), np.array([0, -1]), "below 3", id="negative"),
    pytest.param(np.ones((2, 3)), np.array([0.0, 1.0]), "whole numbers", id="no-place"),
    pytest.param(np.array([[1.0], [np.nan]]), np.array([0, 0]), "Query 1", id="nan"),
    pytest.param(np.ones((1, 2)), np.array([[1, -1]]), "gain is negative", id="gain"),
])  # fmt: skip
def test_what_cannot_be_ranked_is_said(scores, relevant, said):
    with pytest.raises(DataError, match=said):
        retrieval(scores, relevant)


def test_no_query_has_no_value():
    assert math.isnan(retrieval(np.ones((0, 4)), np.zeros(0, int))["mrr"].value)
