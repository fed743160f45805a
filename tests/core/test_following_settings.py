"""What a recipe leaves open follows from numbers by rules; each number worked by hand."""

import pytest

from workbench import Recipe
from workbench.following_settings import enough_steps, follow, steps_of_pass


def settled(recipe, **about):
    return {one.field: one.value for one in follow(recipe, **about)}


def test_few_rows_get_many_passes_and_evaluations_that_are_not_one_a_pass():
    assert enough_steps("text-classification", 100) == 300
    found = settled(Recipe(), rows=100, width=384)  # 7 steps a pass: 43 passes, 25 at most
    assert found == {"epochs": 25, "evaluate_every": 18, "learning_rate": 1e-4}  # 175 / 10
    assert settled(Recipe(), rows=500)["epochs"] == 10  # of 32 steps
    assert settled(Recipe(), rows=2000)["epochs"] == 5  # 600 steps, of 125
    assert settled(Recipe(), rows=10_000)["epochs"] == 3  # 1342 steps, of 625
    assert settled(Recipe(), rows=50_000) == {"epochs": 2, "learning_rate": 1e-4}
    assert settled(Recipe(batch_size=4), rows=100)["epochs"] == 12  # of 25 steps
    two = [settled(Recipe(), rows=rows, classes=2)["epochs"] for rows in (100, 500, 2000, 10_000)]
    assert two == [25, 10, 3, 2]  # 300 steps however many rows: 43, 10, 3 and 1 passes
    assert settled(Recipe(), rows=2000, classes=3)["epochs"] == 5
    assert settled(Recipe(batch_size=4, gradient_accumulation=4), rows=100)["epochs"] == 25
    assert settled(Recipe(task="chat"), rows=40)["epochs"] == 4  # of 10 steps, and no more
    found = Recipe(task="sentence-similarity")  # of 7, 32, 125 and 3125 steps
    passes = [settled(found, rows=rows)["epochs"] for rows in (100, 500, 2000, 50_000)]
    assert passes == [3, 3, 3, 2]
    scored = found.replace(matching="cross_encoder")  # its head has to be learnt
    assert settled(scored, rows=500) == {"epochs": 10, "learning_rate": 1e-4}
    labels = Recipe(task="multi-label-classification")
    assert [settled(labels, rows=rows)["epochs"] for rows in (500, 2000)] == [19, 10]


def test_the_rate_follows_task_width_and_method():
    def rate(width=None, **fields):
        return settled(Recipe(**fields), rows=500, width=width)["learning_rate"]

    assert [rate(width) for width in (None, 128, 384, 768)] == [1e-4, 1e-4, 1e-4, 5e-5]
    assert rate(384, task="token-classification") == 3e-4
    assert rate(384, task="sentence-similarity") == 5e-5
    assert rate(384, method="lora") == 5e-4 and rate(768, method="lora") == 5e-4
    assert rate(384, method={"kind": "lora", "plus": 16}) == 1.25e-4  # B's is 2e-3
    assert rate(384, method="bitfit") == 2e-3 and rate(768, method="bitfit") == 1e-3
    assert (rate(576, task="chat"), rate(1152, task="chat")) == (2e-5, 1e-5)


@pytest.mark.parametrize(
    ("named", "open_"),
    [
        ({"epochs": 3}, {"learning_rate"}),
        ({"learning_rate": 1e-5}, {"epochs", "evaluate_every"}),
        ({"evaluate_every": 5}, {"epochs", "learning_rate"}),
        ({"epochs": 3, "learning_rate": 1e-5}, set()),
    ],
    ids=["passes", "rate", "evaluations", "both"],
)
def test_what_is_named_is_never_touched(named, open_):
    assert set(settled(Recipe(**named), rows=100, width=384)) == open_


def test_steps_that_are_named_end_the_passes():
    found = settled(Recipe(max_steps=20), rows=100, width=384)
    assert found == {"epochs": 3, "learning_rate": 1e-4}  # 20 of 7 a pass


def test_steps_of_a_pass_are_those_of_the_loader():
    assert steps_of_pass(Recipe(batch_size=16), 33) == 3
    assert steps_of_pass(Recipe(batch_size=16, gradient_accumulation=2), 33) == 2
    assert steps_of_pass(Recipe(), 0) == 1


def test_each_setting_says_why():
    few, every, rate = (one.why for one in follow(Recipe(method="lora"), rows=100, width=768))
    assert few.startswith("25 passes, 175 steps: for 100 training rows")
    assert "18 steps" in every
    assert rate == (
        "A learning rate of 0.0005: the method (lora) trains few weights; training all of them "
        "takes 5e-05."
    )
