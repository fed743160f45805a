"""Slices against scipy, by hand, with planted errors; queries; hostile regular expressions."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, mannwhitneyu

import workbench as wb
from workbench import inspection
from workbench.errors import DataError, RecipeError, UnknownName
from workbench.inspection.predictions import text_features
from workbench.inspection.predictions.slice_query import Condition, matching, parse, quoted
from workbench.inspection.predictions.slices import holm


def planted(n: int = 400) -> pd.DataFrame:
    """A tenth wrong everywhere, half wrong where the text has a negation."""
    rng = np.random.default_rng(0)
    negated = rng.random(n) < 0.2
    wrong = rng.random(n) < np.where(negated, 0.5, 0.1)
    words = np.array("film story scene music actor plot".split())
    texts = [
        " ".join(rng.choice(words, 6)) + (" not good" if no else " fine here") for no in negated
    ]
    label = rng.choice(["a", "b"], n)
    other = np.where(label == "a", "b", "a")
    return pd.DataFrame(
        {
            "text": texts,
            "label": label,
            "prediction": np.where(wrong, other, label),
            "loss": rng.random(n),
        }
    )


def test_a_slice_is_measured_as_scipy_does():
    frame = planted()
    row = inspection.slice_errors(frame, {"no": "negation"}).iloc[0]
    inside = frame["text"].str.contains("not")
    wrong = frame["label"] != frame["prediction"]
    cells = [
        [(inside & wrong).sum(), (inside & ~wrong).sum()],
        [(~inside & wrong).sum(), (~inside & ~wrong).sum()],
    ]
    assert row["p"] == pytest.approx(fisher_exact(cells, alternative="greater")[1])
    assert (row["examples"], row["errors"]) == (inside.sum(), cells[0][0])
    assert row["low"] < row["error_rate"] < row["high"]
    assert row["elsewhere"] == pytest.approx(wrong[~inside].mean())


def test_the_planted_slice_is_found_and_chance_is_not():
    frame = planted()
    found = inspection.find_slices(frame)
    assert found["query"].iloc[0] == "negation" and found.attrs["tests"] > 5
    assert (found["p_corrected"] <= 0.05).all()
    everything = inspection.find_slices(frame, level=1)
    assert len(everything) == everything.attrs["tests"]
    assert "capitals <= 0" not in everything["query"].tolist()  # nothing to tell apart
    rng = np.random.default_rng(1)
    frame["prediction"] = rng.permutation(frame["prediction"])
    frame["label"] = rng.permutation(frame["label"])
    assert len(inspection.find_slices(frame)) == 0


def test_holm():
    p = np.array([0.01, np.nan, 0.04, 0.03])
    assert np.allclose(holm(p), [0.03, np.nan, 0.06, 0.06], equal_nan=True)
    assert holm(p, tests=100)[0] == 1.0


def test_a_regression_has_slices_too():
    rng = np.random.default_rng(0)
    texts = ["short one"] * 50 + ["a much longer text than the others here"] * 50
    residual = np.r_[rng.normal(0, 0.1, 50), rng.normal(0, 1, 50)]
    label = rng.random(100)
    frame = pd.DataFrame(
        {
            "text": texts,
            "label": label,
            "prediction": label + residual,
            "residual": residual,
            "loss": residual**2,
        }
    )
    row = inspection.slice_errors(frame, {"long": "words > 3"}).iloc[0]
    size = np.abs(residual)
    wanted = mannwhitneyu(size[50:], size[:50], alternative="greater").pvalue
    assert row["p"] == pytest.approx(wanted) and row["error_rate"] == pytest.approx(
        size[50:].mean()
    )
    assert "words >= 8" in inspection.find_slices(frame)["query"].tolist()


def test_queries():
    assert parse('words >= 4 and not negation and "my col" != "a b"') == [
        Condition("words", ">=", "4"),
        Condition("negation", negated=True),
        Condition("my col", "!=", "a b"),
    ]
    assert parse(r'text ~ "\bnot \"so\" good\b"')[0].value == r'\bnot "so" good\b'
    assert parse(f"label = {quoted('and')}")[0].value == "and"
    frame = pd.DataFrame(
        {
            "text": ["BAD film", "no 🙂 fun", "fine", "Das ist kein guter Film"],
            "label": list("aabb"),
            "prediction": list("abab"),
            "loss": 1.0,
        }
    )
    chosen = lambda q: sorted(inspection.slice_examples(frame, q).index)  # noqa: E731
    assert chosen("capitals > 0.3") == [0] and chosen("emoji") == [1]
    assert chosen("negation = true") == [1, 3] and chosen("not negation") == [0, 2]
    assert chosen("label = b and prediction = a") == [2]
    assert chosen('text ~ "(?i)FILM"') == [0, 3] and chosen("text !~ i") == [1]
    assert chosen("text has film") == [0, 3] and chosen("text has fil") == []
    assert chosen("words <= 1 and label = a") == []
    empty = inspection.slice_errors(frame, {"none": "words > 99", "all": "words > 0"})
    assert empty["p"].isna().all() and empty["examples"].tolist() == [0, 4]


@pytest.mark.parametrize(
    "query, said",
    [
        ("", "ends where a condition belongs"),
        ("words >", "cannot be read at 'words >'"),
        ("words > 3 and", "ends where"),
        ("words > many", "'many' is none"),
        ("label", "cannot stand alone"),
        ("label < b", "no order"),
        ('text ~ "(unclosed"', "cannot be searched for"),
        ('text ~ "(a)\\1"', "cannot be searched for"),
    ],
)
def test_a_wrong_query_is_one_sentence(query, said):
    with pytest.raises(DataError, match=said):
        inspection.slice_examples(planted(20), query)


def test_unknown_names_and_what_needs_a_run():
    with pytest.raises(UnknownName, match="words"):
        inspection.slice_examples(planted(20), "wrods > 3")
    with pytest.raises(DataError, match="needs a run"):
        inspection.slice_examples(planted(20), "near_training")
    with pytest.raises(DataError, match="name is"):
        inspection.Slice(" ", "words > 3")
    with pytest.raises(RecipeError, match="slices holds"):
        wb.Recipe(slices={"long": 3})


def test_a_catastrophic_expression_takes_no_time_and_a_long_one_is_stopped():
    hostile = ["a" * 40 + "!"] * 50
    started = time.process_time()
    assert not matching(hostile, "^(a+)+$").any()
    assert time.process_time() - started < 10  # a backtracking engine needs years
    with pytest.raises(DataError, match="was stopped"):
        matching(["ab" * 20_000] * 3000, "(a.*b){20}c", seconds=0.05)


def test_features_by_hand():
    assert text_features.word_counts(["It's a test, no?", "", "字"]).tolist() == [4, 0, 1]
    assert text_features.has_negation(["isn’t it", "nothing", "knot", "我不喜欢"]).tolist() == [
        True,
        True,
        False,
        True,
    ]
    assert text_features.emoji_counts(["🙂🙂 ok", "a ☆"]).tolist() == [2, 1]
    found = text_features.near_training(
        ["the very same long sentence about films!", "something else altogether, quite new", "hi"],
        ["the very same long sentence about films", "hi"],
    )
    assert found.tolist() == [True, False, True]
    languages = text_features.text_languages(["Das ist ein wirklich guter Film gewesen", "ok"])
    assert languages.tolist() == ["de", "unclear"]
