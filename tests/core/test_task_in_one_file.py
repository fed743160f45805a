"""A task that writes, declared in this one file: recipe, lists, form, doctor and data know it."""

import pandas as pd
import pytest

import workbench as wb
from workbench import catalog, task_registry, tasks
from workbench.errors import DataError, RecipeError
from workbench.task_spec import Baseline, Metric, Role, TaskSpec
from workbench.tasks.base import Task
from workbench.widgets.panels.form import RecipeForm


class Headlines(Task):
    """Writes the headline of an article."""


SPEC = TaskSpec(
    name="headlines",
    title="Headlines for articles",
    task=Headlines,
    roles=(
        Role("article", "text", names=("body", "story")),
        Role("headline", "target", names=("title",)),
        Role("topic", "label", required=False),
    ),
    metrics=(Metric("overlap", "words in common", "higher", short="overlap"),),
    predicts="text",
    output="text",
    auto_class="AutoModelForSeq2SeqLM",
    families=("encoder-decoder",),
    defaults={"max_length": 64},
    unused={"class_weights": "A text is no class", "label_smoothing": "A text is no class"},
    baselines=(Baseline("lead", "first words", "the first words of the article", plain=True),),
)


@pytest.fixture(autouse=True)
def known():
    with task_registry.registered(SPEC):
        yield


def table(n=40, **columns):
    rows = {"body": [f"In town {i} the rain fell for {i} days." for i in range(n)],
            "title": [f"Rain in town {i}" for i in range(n)]}  # fmt: skip
    return pd.DataFrame(rows | columns)


def test_recipe_and_catalogue_know_it():
    assert catalog.tasks()[-1] == "headlines" and catalog.datasets(task="headlines").empty
    recipe = wb.Recipe(task="headlines", dataset=table(), best_metric="overlap")
    assert (recipe.max_length, recipe.epochs) == (64, None)
    assert wb.Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert tasks.best_metric(recipe) == tasks.get("headlines").metric_names[0] == "overlap"
    with pytest.raises(RecipeError, match="best_metric is 'overlapp'. Did you mean 'overlap'"):
        recipe.replace(best_metric="overlapp")


def test_the_form_shows_its_columns_and_hides_what_does_not_apply():
    form = RecipeForm()
    form.set(task="headlines", dataset="own.csv")
    assert form.values["max_length"] == "64"
    seen = {field["name"] for field in form.fields} - set(form.hidden)
    assert {"columns.article", "columns.headline", "columns.topic", "epochs"} <= seen
    assert not {"columns.text", "columns.tags", "class_weights", "label_smoothing"} & seen
    labels = {field["name"]: field["label"] for field in form.fields}
    assert labels["columns.article"] == "Column: article"
    assert [value for value, _ in form.offers["best_metric"]] == ["", "overlap"]
    assert ["headlines", "Headlines for articles"] in next(
        field["choices"] for field in form.fields if field["name"] == "task"
    )


def test_the_doctor_finds_its_columns_and_says_what_training_says():
    found = wb.check(table(), task="headlines")
    assert found.mapping.columns == {"article": "body", "headline": "title"}
    assert found.recipe.task == "headlines"
    assert found.recipe.columns == {"article": "body", "headline": "title"}
    assert found.mapping.choices["headline"][0] in ("body", "title")
    assert not [f for f in found.found if f.check in ("training", "task", "missing column")]
    examples = tasks.get("headlines").load_examples(found.recipe)
    assert {n: len(f) for n, f in examples.splits.items()} == examples.info()["examples"]
    assert list(examples.splits["test"].columns) == ["text", "headline", "row"]
    whole = pd.concat(examples.splits.values()).sort_values("row")
    assert whole["headline"].tolist() == table()["title"].tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ["", *table(39)["title"]]}, "Row 0 of 'train' has an empty headline."),
        ({"body": [*table(39)["body"], None]}, "Row 39 of 'train' has no article."),
        ({"title": [3.5] * 40}, "3.5 as headline, which is no text"),
    ],
    ids=["empty", "missing", "number"],
)
def test_a_cell_that_holds_no_text_is_said(change, said):
    recipe = wb.Recipe(task="headlines", dataset=table(**change),
                       columns={"article": "body", "headline": "title"})  # fmt: skip
    with pytest.raises(DataError) as refused:
        tasks.get("headlines").load_examples(recipe)
    assert said in refused.value.message
    (error,) = [f for f in wb.check(recipe).found if f.severity == "error"][:1]
    assert said in error.what


def test_wrong_columns_and_settings_are_said():
    with pytest.raises(DataError, match="It needs article, headline: name them with"):
        wb.check(pd.DataFrame({"a": ["b c d"] * 20, "e": ["f"] * 20}), task="headlines")
    recipe = wb.Recipe(task="headlines", dataset=table(), columns={"article": "bodi"})
    with pytest.raises(DataError, match="no column 'bodi' for the article. Did you mean 'body'"):
        tasks.get("headlines").load_examples(recipe)
    weighted = wb.Recipe(task="headlines", dataset=table(), class_weights="balanced")
    with pytest.raises(RecipeError, match="class_weights is 'balanced' for headlines"):
        tasks.get("headlines").load_examples(weighted)


def test_data_whose_task_nobody_named_is_not_taken_for_it():
    assert wb.check(table()).mapping.task != "headlines"
    named = wb.check(table(), columns={"headline": "title", "article": "body"})
    assert named.mapping.task == "headlines"


def test_repeated_rows_can_be_left_out():
    doubled = pd.concat([table(), table(5)], ignore_index=True)
    recipe = wb.Recipe(task="headlines", dataset=doubled, fixes=["drop_duplicates"],
                       columns={"article": "body", "headline": "title"})  # fmt: skip
    examples = tasks.get("headlines").load_examples(recipe)
    assert sum(map(len, examples.splits.values())) == 40
    assert any(note.startswith("drop_duplicates: 5 ") for note in examples.notes)
