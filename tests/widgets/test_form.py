"""The form holds the recipe: what is typed, what Python sets, what is wrong."""

import dataclasses

import pytest

from workbench import Recipe
from workbench.errors import RecipeError
from workbench.widgets.form import KEPT, RecipeForm


def type_in(form, **texts):
    form.values = {**form.values, **{k.replace("__", "."): v for k, v in texts.items()}}


def test_untouched_form_is_the_recipe():
    for recipe in (
        Recipe(),
        Recipe(epochs=0.5, learning_rate=3e-5, max_steps=7, length_grouping=False, warmup=10,
               class_weights={"a": 2.0, "b": 1.0}, columns={"text": "review"}, report_to=["x"],
               max_train_examples=None, precision="bf16", test_size=100),
    ):
        form = RecipeForm(recipe)
        assert form.recipe == recipe and form.errors == {} and form.problem == ""


def test_every_field_is_in_the_form():
    names = {field["name"] for field in RecipeForm().fields}
    shown = {f.name for f in dataclasses.fields(Recipe)} - KEPT
    assert KEPT >= {"columns", "report_to"} and "class_weights" in shown
    assert names == shown | {"columns.text", "columns.label", "columns.pair"}


def test_typing():
    form = RecipeForm()
    type_in(form, epochs="3", learning_rate=" 5e-5 ", max_train_examples="", schedule="cosine",
            columns__text="review", class_weights="balanced", length_grouping="false")
    assert form.recipe == Recipe(
        epochs=3, learning_rate=5e-5, max_train_examples=None, schedule="cosine",
        columns={"text": "review"}, class_weights="balanced", length_grouping=False)


@pytest.mark.parametrize("name, text", [
    ("epochs", "-1"), ("epochs", "many"), ("epochs", ""), ("learning_rate", "1e9"),
    ("batch_size", "2.5"), ("max_length", "1"), ("seed", "-3"), ("learning_rate", "nan"),
    ("class_weights", "heavy"), ("test_size", "1.5"),
])
def test_a_wrong_value_is_marked_at_its_field(name, text):
    form = RecipeForm()
    type_in(form, **{name: text})
    assert list(form.errors) == [name] and "\n" not in form.errors[name]
    assert form.problem and form.problem.split(":")[0] in {f["label"] for f in form.fields}
    with pytest.raises(RecipeError):
        _ = form.recipe
    type_in(form, **{name: _default(name)})
    assert form.errors == {}


def _default(name):
    value = getattr(Recipe(), name)
    return "" if value is None else str(value)


def test_several_wrong_fields_are_all_marked():
    form = RecipeForm()
    type_in(form, epochs="-1", batch_size="0", seed="x")
    assert set(form.errors) == {"epochs", "batch_size", "seed"}
    assert form.problem.startswith("Epochs: ")


def test_python_sets_what_typing_sets():
    form = RecipeForm()
    form.set(epochs=4, class_weights=[1.0, 2.0], columns={"label": "stars"}, max_steps=None)
    assert form.recipe == Recipe(epochs=4, class_weights=[1.0, 2.0], columns={"label": "stars"})
    assert form.values["epochs"] == "4" and form.values["columns.label"] == "stars"
    form.set(epochs=-1)
    assert "epochs" in form.errors
    with pytest.raises(RecipeError, match="epoch"):
        form.set(epoch=3)


def test_problems_of_the_data_are_marked_and_go():
    form = RecipeForm()
    form.mark({"max_length": "The model has 64 positions."})
    assert form.problem == "Max length: The model has 64 positions."
    form.mark({})
    assert form.errors == {}


def test_another_task_brings_its_defaults_where_nothing_was_typed():
    form = RecipeForm(Recipe())
    form.values = {**form.values, "task": "token-classification"}  # as the browser sends it
    assert form.values["learning_rate"] == "0.0003" and form.values["epochs"] == "3"
    assert form.recipe == Recipe(task="token-classification")
    form.values = {**form.values, "epochs": "7"}
    form.values = {**form.values, "task": "text-classification"}
    assert form.recipe == Recipe(epochs=7)
