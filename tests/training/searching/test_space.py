"""What a space may hold, and what is said of one that contradicts the recipe."""

import numpy as np
import pytest

import workbench as wb
from workbench.errors import RecipeError
from workbench.training.searching.space import (
    Choices,
    Range,
    every,
    from_json,
    read_space,
    size,
    to_json,
    with_values,
)

RECIPE = wb.Recipe(model="sample:minilm-l6", method={"kind": "lora", "rank": 8})


def test_choices_ranges_and_settings_of_a_kind():
    given = {"learning_rate": (1e-5, 1e-3, "log"), "method.rank": [4, 16], "epochs": (1, 3),
             "weight_decay": (0.0, 0.1)}  # fmt: skip
    space = read_space(given, RECIPE)
    assert space == {
        "learning_rate": Range(1e-5, 1e-3, log=True), "method.rank": Choices((4, 16)),
        "epochs": Range(1, 3, whole=True), "weight_decay": Range(0.0, 0.1),
    }  # fmt: skip
    assert from_json(to_json(space)) == space
    made = with_values(RECIPE, {"method.rank": 4, "learning_rate": 2e-4})
    assert made.method["rank"] == 4 and made.method["kind"] == "lora"
    assert made.learning_rate == 2e-4 and made.replace(
        learning_rate=RECIPE.learning_rate, method=RECIPE.method
    ) == RECIPE.replace(learning_rate=RECIPE.learning_rate)


def test_numbers_of_numpy_are_numbers():
    given = {"learning_rate": list(np.geomspace(1e-5, 1e-3, 3)), "batch_size": [np.int64(8)],
             "epochs": (np.int64(1), np.int64(3))}  # fmt: skip
    space = read_space(given, RECIPE)
    assert from_json(to_json(space)) == space and space["epochs"] == Range(1, 3, whole=True)
    made = with_values(RECIPE, {name: one.ends[0] for name, one in space.items()})
    assert wb.Recipe.from_yaml(made.to_yaml()) == made


def test_a_space_that_has_an_end_is_counted():
    space = {"epochs": Range(1, 3, whole=True), "batch_size": Choices((8, 16))}
    assert size(space) == 6 == len(list(every(space)))
    assert size({**space, "learning_rate": Range(0.1, 0.2)}) is None


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ({}, r"The space of a search is \{\}\. Give at least one field"),
        (None, "The space of a search is None"),
        ({"learning_rat": [1e-4]}, "no field of a recipe. Did you mean 'learning_rate'"),
        ({"learning_rate": []}, "no choice for learning_rate"),
        ({"learning_rate": 1e-4}, "The space has 0.0001 for learning_rate. Give choices in a list"),
        ({"learning_rate": (1e-3, 1e-5)}, "from 0.001 to 1e-05. The first end is the lower one"),
        ({"learning_rate": (0.0, 1e-3, "log")}, "begins at 0.0, where no logarithm is"),
        ({"learning_rate": (1e-5, float("nan"))}, "The range of learning_rate is"),
        ({"learning_rate": (1e-5, 1e-3, "lin")}, "The range of learning_rate is"),
        ({"learning_rate": (1e-5, 20.0)}, "learning_rate = 20.0, which the recipe refuses: .*10"),
        ({"method.rank": [4, 0]}, "method.rank = 0, which the recipe refuses"),
        ({"method.ranks": [4]}, "'ranks'"),
        ({"method.kind": ["full", "lora"]}, r"method\.kind without .* as choices"),
        ({"slices.long": ["words > 3"]}, "slices cannot be searched"),
        ({"epochs.many": [3]}, "epochs has no kinds with settings"),
        ({"method": [{"kind": "full"}], "method.rank": [4]}, "both method and settings"),
        ({"seed": [0, 1]}, r"seed cannot be searched.*wb\.seeds"),
        ({"loss": ["dpo"]}, "not for text-classification"),
        ({"schedule": ["linear", "cosin"]}, "schedule = 'cosin', which the recipe refuses"),
        # each alone is allowed, together they are not
        ({"regularisation": ["none", "rdrop"], "adversarial": ["none", "fgm"]},
         "regularisation = 'rdrop', adversarial = 'fgm', which the recipe refuses"),
    ],
)  # fmt: skip
def test_what_contradicts_is_said_before_any_trial(space, says, tmp_path):
    with pytest.raises(RecipeError, match=says):
        wb.search(RECIPE, space, out=tmp_path / "search", progress=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"trials": 0}, "trials is 0. Give a whole number, at least 1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"sampler": "tpe2"}, "sampler is 'tpe2'. Did you mean 'tpe'"),
        ({"pruner": None}, "pruner is None"),
    ],
)
def test_settings_of_the_search_itself(given, says, tmp_path):
    with pytest.raises(RecipeError, match=says):
        wb.search(RECIPE, {"batch_size": [8]}, out=tmp_path / "search", progress=False, **given)
