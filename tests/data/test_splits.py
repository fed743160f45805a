"""Splits by class, group and time, and folds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.data.reading.corpus import rows
from workbench.data.examples import load_examples
from workbench.data.splits import (
    draw_groups,
    fold_numbers,
    fold_recipes,
    make_splits,
    stratified_draw,
)
from workbench.errors import DataError, RecipeError

pytestmark = pytest.mark.usefixtures("own_cache")


def frame(n=120):
    made = pd.DataFrame(rows(n), columns=["text", "label"])
    made["author"] = [f"author {i // 4}" for i in range(n)]
    made["day"] = [f"2026-01-{(i * 5) % 28 + 1:02d}" for i in range(n)]
    return made


def test_groups_stay_together_and_classes_keep_their_share():
    table = frame()
    recipe = wb.Recipe(dataset=table, split="group", split_column="author")
    splits = load_examples(recipe).splits
    authors = {n: set(table["author"].iloc[part["row"]]) for n, part in splits.items()}
    assert sum(map(len, authors.values())) == 30
    assert len(set.union(*authors.values())) == 30
    assert abs(len(splits["test"]) - 24) <= 4 and abs(len(splits["validation"]) - 12) <= 4
    assert splits["test"]["label"].mean() == pytest.approx(0.5, abs=0.1)
    assert "key" not in splits["train"].columns


def test_the_latest_rows_are_held_out():
    table = frame()
    recipe = wb.Recipe(dataset=table, split="time", split_column="day")
    splits = load_examples(recipe).splits
    days = {name: table["day"].iloc[part["row"]] for name, part in splits.items()}
    assert days["train"].max() < days["validation"].min()
    assert days["validation"].max() < days["test"].min()
    assert abs(len(splits["test"]) - 24) <= 5


def test_what_is_no_time_is_named():
    table = frame().assign(day="soon")
    with pytest.raises(DataError, match="Row 0 of 'train' has 'soon' in 'day'"):
        load_examples(wb.Recipe(dataset=table, split="time", split_column="day"))


def test_folds_hold_out_each_row_once():
    recipes = fold_recipes(wb.Recipe(dataset=frame(), folds=4))
    tests = [load_examples(recipe).splits["test"] for recipe in recipes]
    assert sorted(row for test in tests for row in test["row"]) == list(range(120))
    assert [len(test) for test in tests] == [30] * 4
    assert all(test["label"].sum() == 15 for test in tests)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=4, max_size=60),
    st.integers(2, 4),
)
def test_folds_of_groups_are_a_partition(pairs, folds):
    labels, groups = (np.asarray(values) for values in zip(*pairs, strict=True))
    if len(set(groups)) < folds:
        with pytest.raises(DataError, match="folds"):
            fold_numbers(labels, folds, 0, groups=groups)
        return
    assigned = fold_numbers(labels, folds, 0, groups=groups)
    assert all(len(set(assigned[groups == group])) == 1 for group in set(groups))
    assert set(assigned) <= set(range(folds))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=4, max_size=60),
    st.integers(1, 20),
    st.integers(0, 5),
)
def test_groups_are_drawn_whole(pairs, size, seed):
    labels, groups = (np.asarray(values) for values in zip(*pairs, strict=True))
    if len(set(groups)) < 2:
        with pytest.raises(DataError, match="one group"):
            draw_groups(labels, groups, size, seed)
        return
    drawn = draw_groups(labels, groups, size, seed)
    assert 0 < len(drawn) < len(labels)
    assert not set(groups[drawn]) & set(np.delete(groups, drawn))
    assert drawn.tolist() == draw_groups(labels, groups, size, seed).tolist()


def test_random_splits_ignore_classes_and_are_seeded():
    labels = {"train": np.arange(100)}  # a class a row: nothing could be stratified
    made = make_splits(labels, test_size=0.2, validation_size=0.1, seed=3, method="random")
    assert {name: len(part) for name, (_, part) in made.items()} == {
        "train": 70, "validation": 10, "test": 20,
    }  # fmt: skip
    again = make_splits(labels, test_size=0.2, validation_size=0.1, seed=3, method="random")
    assert all((made[name][1] == again[name][1]).all() for name in made)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"split": "group"}, "split_column"),
        ({"split": "by author"}, "split"),
        ({"fold": 2}, "fold"),
        ({"folds": 3, "fold": 4}, "fold"),
        ({"folds": 3, "split": "time", "split_column": "day"}, "folds"),
        ({"fixes": [3]}, "fixes"),
    ],
)
def test_settings_that_do_not_go_together(changes, field):
    with pytest.raises(RecipeError) as caught:
        wb.Recipe(**changes)
    assert caught.value.field == field and caught.value.remedy


def test_every_row_is_tested_once_however_few_are_evaluated():
    recipe = wb.Recipe(dataset=frame(), folds=3, max_eval_examples=4, max_train_examples=12)
    tested = []
    for fold in (1, 2, 3):
        examples = load_examples(recipe.replace(fold=fold))
        tested += list(examples.splits["test"]["row"])
        assert len(examples.splits["validation"]) <= 4
    assert sorted(tested) == list(range(len(frame())))
    assert len(load_examples(recipe.replace(folds=None)).splits["test"]) == 4


def test_classes_of_one_example_are_named_as_the_reason():
    labels = np.arange(40)
    with pytest.raises(DataError, match="8 examples are to be held out of 40, of which 0 can") as e:
        stratified_draw(labels, 0.2, 0, keep=1)
    assert "40 of 40 classes have one example, which is to train" in str(e.value)
    with pytest.raises(DataError, match="can be spared\\. "):
        stratified_draw(np.zeros(4, int), 4, 0, keep=1)
    with pytest.raises(DataError, match="1 example is to be held out of 1, .* can be spared\\. "):
        stratified_draw(np.zeros(1, int), 1, 0, keep=1)  # a text to learn has no class


@pytest.mark.parametrize(
    ("sign", "remedy"),
    [("{}", "task='regression'"), ("{} %", "without a sign"), ("no. {}", "holds classes")],
    ids=["numbers", "percent", "names"],
)
def test_many_classes_that_are_numbers_are_a_quantity(sign, remedy):
    many = pd.DataFrame(
        {"text": [f"a text of some words {n}" for n in range(80)],
         "label": [sign.format(n) for n in range(80)]}
    )  # fmt: skip
    check = wb.check(many, task="text-classification")
    [found] = [one for one in check.found if one.check == "too many classes"]
    assert remedy in found.remedy
