"""A recipe validates itself and loses nothing on the way to text and back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench import Recipe
from workbench.errors import RecipeError
from workbench.following_settings import follow
from workbench.recipe import field_names, field_spec

texts = st.text(min_size=1, max_size=30).filter(str.strip)
recipes = st.builds(
    wb.Recipe,
    model=texts,
    dataset=texts,
    columns=st.dictionaries(texts, texts, max_size=3),
    epochs=st.none() | st.floats(0.01, 100),
    learning_rate=st.none() | st.floats(1e-9, 1, exclude_min=True),
    warmup=st.floats(0, 1) | st.integers(1, 1000),
    class_weights=st.none()
    | st.just("balanced")
    | st.lists(st.floats(0.1, 10), max_size=4)
    | st.dictionaries(texts, st.floats(0.1, 10), max_size=3),
    max_steps=st.none() | st.integers(1, 10**6),
    length_grouping=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    report_to=st.lists(texts, max_size=2),
)


@given(recipes)
def test_yaml_and_python_give_the_same_recipe_back(recipe):
    assert wb.Recipe.from_yaml(recipe.to_yaml()) == recipe
    made = {}
    code = recipe.to_python().replace("run = wb.fine_tune(recipe)\n", "")
    exec(compile(code, "recipe", "exec"), made)
    assert made["recipe"] == recipe


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"epoch": 3}, "epoch", "'epochs'"),
        ({"epochs": "3"}, "epochs", "a number"),
        ({"epochs": 0}, "epochs", "above 0"),
        ({"epochs": float("nan")}, "epochs", "above 0"),
        ({"batch_size": 1.5}, "batch_size", "a whole number"),
        ({"batch_size": True}, "batch_size", "a whole number"),
        ({"schedule": "cosin"}, "schedule", "'cosine'"),
        ({"precision": "int8"}, "precision", "'auto'"),
        ({"learning_rate": -1e-5}, "learning_rate", "above 0"),
        ({"class_weights": "balance"}, "class_weights", "'balanced'"),
        ({"class_weights": {"spam": -1}}, "class_weights", "above 0"),
        ({"columns": {"text": 3}}, "columns", "column name"),
        ({"warmup": 2.5}, "warmup", "whole number"),
        ({"model": " "}, "model", "empty"),
        ({"seed": 2**32}, "seed", "at most"),
    ],
)
def test_a_bad_field_is_named_with_its_value_and_what_is_allowed(changes, field, words):
    with pytest.raises(RecipeError) as caught:
        wb.Recipe().replace(**changes)
    assert caught.value.field == field
    assert words in str(caught.value)
    assert field in caught.value.message
    assert "\n" not in str(caught.value)


def test_scientific_numbers_without_a_point_are_numbers_in_yaml():
    assert wb.Recipe.from_yaml("learning_rate: 1e-4").learning_rate == 1e-4
    assert wb.Recipe.from_yaml("model: '1e-4'").model == "1e-4"


@pytest.mark.parametrize("text", ["- a\n- b", "just words", "a: [1", ""])
def test_text_that_is_no_recipe_is_refused_in_one_sentence(text):
    with pytest.raises(RecipeError, match="field: value"):
        wb.Recipe.from_yaml(text)


def test_a_frame_is_stored_by_content(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    frame = pd.DataFrame({"text": ["a", "b"], "label": ["x", "y"]})
    first, second = wb.Recipe(dataset=frame), wb.Recipe(dataset=frame.copy())
    assert first.dataset == second.dataset
    assert first.dataset.startswith("data:sha256-")
    other = wb.Recipe(dataset=frame.assign(text=["a", "c"]))
    assert other.dataset != first.dataset


def test_every_field_has_a_unit_and_only_changed_fields_are_shown():
    assert all(field_spec(name)["unit"] for name in field_names())
    assert repr(wb.Recipe(epochs=3)).count("=") == 4
    with pytest.raises(AttributeError):
        wb.Recipe().epochs = 3


def test_the_task_has_defaults_of_its_own():
    tags = wb.Recipe(task="token-classification")
    assert (tags.epochs, tags.learning_rate, tags.max_length) == (None, None, 128)
    assert wb.Recipe().replace(task="token-classification") == tags
    assert tags.replace(task="text-classification") == wb.Recipe()
    chosen = wb.Recipe(learning_rate=5e-5).replace(task="token-classification")
    assert (chosen.epochs, chosen.learning_rate) == (None, 5e-5)  # what was said stays
    assert tags.replace(task="regression", epochs=3).epochs == 3
    assert tags.changed_fields().keys() == {"task", "model", "dataset"}
    assert wb.Recipe.from_yaml(tags.to_yaml()) == tags
    assert wb.Recipe(task="question-answering", epochs=None).max_length == 192


def test_what_a_recipe_names_stays_named():
    lora = {"kind": "lora", "rank": 4}
    assert Recipe(method=lora).learning_rate is None
    assert Recipe(learning_rate=5e-5).replace(method=lora).learning_rate == 5e-5
    assert Recipe(epochs=3).replace(task="token-classification").epochs == 3
    with pytest.raises(RecipeError, match="method.kind is 'lroa'"):
        Recipe().replace(method="lroa")
    assert "learning_rate" not in Recipe(method=lora).changed_fields()
    assert "learning_rate" in Recipe(learning_rate=1e-4).changed_fields()
    assert Recipe(epochs=2).given == {"epochs"}


def test_a_recipe_file_of_before_that_names_all_numbers_keeps_them():
    """All settings stand in it, as they were written then, two passes among them."""
    text = Recipe(epochs=2, learning_rate=1e-4).to_yaml()
    assert "epochs: 2\n" in text
    old = Recipe.from_yaml(text)
    assert (old.epochs, old.learning_rate, old.evaluate_every) == (2, 1e-4, None)
    assert follow(old, rows=100, width=384) == []
    again = old.replace(task="token-classification")
    assert (again.epochs, again.learning_rate) == (2, 1e-4)


def test_a_recipe_that_was_written_before_the_rate_followed_the_method_loads_the_same():
    text = "task: text-classification\nmethod: {kind: lora, rank: 8}\nlearning_rate: 0.0001\n"
    old = Recipe.from_yaml(text)
    assert old.learning_rate == 1e-4
    assert old.replace(epochs=5).learning_rate == 1e-4
    assert old.replace(method={"kind": "lora", "rank": 2}).learning_rate == 1e-4
    assert Recipe.from_yaml(old.to_yaml()) == old


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_python_of_a_recipe_builds_it_with_the_rate_of_its_method(method):
    recipe = Recipe(method=method, epochs=1)
    made = {}
    code = recipe.to_python().replace("run = wb.fine_tune(recipe)", "")
    exec(code, made)
    assert made["recipe"] == recipe and "learning_rate" not in code


def test_settings_of_a_task_follow_it_and_none_is_all():
    chat, plain = Recipe(task="chat"), Recipe()
    assert (plain.batch_size, plain.max_train_examples, plain.max_eval_examples) == (16, 2000, 2000)
    assert (chat.batch_size, chat.max_train_examples, chat.max_eval_examples) == (4, 400, 100)
    whole = Recipe(task="chat", max_train_examples=None)
    assert whole.max_train_examples is None and whole.max_eval_examples == 100
    assert Recipe.from_yaml(whole.to_yaml()) == whole and whole.changed_fields()[
        "max_train_examples"] is None  # fmt: skip
    moved = whole.replace(task="regression")
    assert moved.max_train_examples is None and moved.max_eval_examples == 2000
    assert moved.batch_size == 16 and plain.replace(task="chat", batch_size=7).batch_size == 7
    by_hand = Recipe(batch_size=16, max_eval_examples=2000)  # as they would be anyway
    assert by_hand == Recipe() and by_hand.given == {"batch_size", "max_eval_examples"}
    for made in (by_hand, by_hand.replace(seed=1), Recipe.from_dict({"batch_size": 16})):
        assert made.replace(task="chat").batch_size == 16 == made.replace(method="lora").batch_size
    assert by_hand.replace(task="chat").max_eval_examples == 2000
    assert by_hand.replace(task="chat").max_length == 256
    assert by_hand.replace(batch_size=None).replace(task="chat").batch_size == 4
    assert Recipe.from_yaml(Recipe().to_yaml()).replace(task="chat") == Recipe(task="chat")
    named = Recipe(model="sample:minilm-l6").replace(task="chat")
    assert named.model == "sample:minilm-l6" and named.dataset == "sample:chitchat-replies"
    laid = Recipe(task="language-modelling", rows="blocks")
    with pytest.raises(RecipeError, match="rows is 'blocks'"):  # not what chat has, and not dropped
        laid.replace(task="chat")
    with pytest.raises(RecipeError, match="batch_size"):
        Recipe(batch_size=0)
