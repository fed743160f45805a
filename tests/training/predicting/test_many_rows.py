"""Lengths and sizes that batches are not made for: the fast path's losses stay the exact ones."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.training import tiny
from workbench.training.batching import by_token_budget
from workbench.training.predicting import many_rows


def frame(lengths):
    rng = np.random.RandomState(0)
    words = [" ".join(rng.choice(tiny.WORDS, size=n)) + f" {i}" for i, n in enumerate(lengths)]
    return pd.DataFrame({"text": words, "label": [f"class-{i % 2}" for i in range(len(words))]})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny.save_model(tmp_path_factory.mktemp("shapes") / "model", dropout=0.0))


@pytest.mark.parametrize(
    ("lengths", "changes"),
    [
        ([5] * 60, {}),  # all of one length
        ([58, *[2] * 79], {}),  # one as long as the model takes, among short ones
        ([4, 7] * 30, {"batch_size": 500}),  # a batch larger than the data
        ([3, 9] * 30, {"batch_size": 5, "class_weights": "balanced"}),  # a last batch of one
    ],
)
def test_the_fast_path_has_the_losses_of_the_exact_one(
    lengths, changes, model, tiny_recipe, tmp_path
):
    train = len(lengths) - 24
    assert "class_weights" not in changes or train % changes["batch_size"] == 1
    recipe = tiny_recipe.replace(
        model=model, dataset=frame(lengths), max_length=64, epochs=1, max_train_examples=None,
        best_metric="loss", **changes,
    )  # fmt: skip
    fast, exact = (
        wb.fine_tune(recipe.replace(speed=speed), tmp_path / speed, progress=False)
        for speed in ("auto", "exact")
    )
    ours, theirs = (run.history().query("kind == 'step'") for run in (fast, exact))
    assert len(ours) == -(-train // recipe.batch_size)
    assert ours["loss"].tolist() == pytest.approx(theirs["loss"].tolist(), rel=2e-4)
    assert ours["grad_norm"].tolist() == pytest.approx(theirs["grad_norm"].tolist(), rel=2e-3)
    assert "no padding" in fast.speed()["chosen"]


@given(
    lengths=st.lists(st.integers(1, 40), max_size=30),
    most=st.integers(1, 9),
    tokens=st.integers(1, 60),
)
def test_batches_by_budget_take_each_row_once(lengths, most, tokens):
    lengths = np.array(sorted(lengths, reverse=True), dtype=int)
    batches = list(by_token_budget(lengths, most, tokens))
    assert [i for batch in batches for i in range(len(lengths))[batch]] == list(range(len(lengths)))
    for batch in batches:
        rows = lengths[batch]
        assert len(rows) == 1 or (len(rows) <= most and len(rows) * rows[0] <= tokens)


def test_a_budget_below_the_longest_text_changes_no_prediction(
    tiny_recipe, model, tmp_path, monkeypatch
):
    recipe = tiny_recipe.replace(model=model, max_steps=1, best_metric="loss")
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    texts = ["good " * n for n in (50, 1, 3, 3, 20)]
    whole = run.predict(texts)
    monkeypatch.setattr(many_rows, "TOKENS", 4)
    pd.testing.assert_frame_equal(run.predict(texts), whole, rtol=1e-5)
    assert len(run.predict([])) == 0
