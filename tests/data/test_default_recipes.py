"""A recipe that names its task alone trains as it is: its sample is read, its roles are found."""

import pytest

import workbench as wb
from workbench import catalog, task_registry
from workbench.data import loading
from workbench.data.reading import sources


@pytest.mark.parametrize("task", catalog.tasks())
def test_the_default_recipe_of_every_task_is_read(task, require_sample):
    recipe = wb.Recipe(task=task)
    require_sample(recipe.dataset.removeprefix("sample:"))
    parts = loading.rehearsed(recipe).splits
    assert {name: len(parts[name]) > 0 for name in parts} == {
        "train": True, "validation": True, "test": True,
    }  # fmt: skip


NAMED = {data: None for spec in task_registry.specs() for data in spec.sample_columns}


@pytest.mark.parametrize("dataset", NAMED)
def test_columns_of_samples_are_those_that_stand_there(dataset, require_sample):
    require_sample(dataset.removeprefix("sample:"))
    splits, _ = sources.opened(dataset)
    there = set.intersection(*(set(split.column_names) for split in splits.values()))
    for spec in task_registry.specs():
        columns = wb.Recipe(task=spec.name, dataset=dataset).columns
        assert set(columns.values()) <= there and set(columns) <= set(spec.role_names)
        assert (columns != {}) == (dataset in spec.sample_columns)


def test_columns_of_a_sample_are_not_those_of_other_data():
    recipe = wb.Recipe(task="text-to-text")
    assert recipe.columns == {"source": "word", "target": "phonemes"}
    for one in (recipe, wb.Recipe.from_yaml(recipe.to_yaml())):
        assert one == recipe and one.replace(dataset="mine.csv").columns == {}
        assert one.replace(epochs=3).columns == recipe.columns
        assert one.replace(dataset="sample:xsum").columns == {
            "source": "document", "target": "summary",
        }  # fmt: skip
        assert one.replace(task="chat").columns == {}
    assert "columns" not in recipe.to_python() and "columns" in recipe.to_yaml()
    mine = {"source": "phonemes", "target": "word"}
    turned = recipe.replace(columns=mine)
    assert turned.columns == mine == wb.Recipe.from_yaml(turned.to_yaml()).columns
    assert turned.replace(dataset="mine.csv").columns == mine
    assert "columns" not in wb.Recipe(task="text-to-text", dataset="mine.csv").to_python()
