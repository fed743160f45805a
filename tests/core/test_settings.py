"""Settings are declared where they are read: unit, bounds, docstring, and what they decide."""

import dataclasses
import inspect
import pydoc

import pytest

import workbench as wb
from workbench.recipe import METHODS, Recipe, field_names
from workbench.settings import check_share, docs, setting
from workbench.training import optimisation

FIELDS = dataclasses.fields(Recipe)


def test_every_setting_of_a_recipe_says_what_it_is():
    said = docs(Recipe)
    for spec in FIELDS:
        assert spec.metadata["unit"], spec.name
        assert said[spec.name].endswith("."), spec.name
        assert spec.metadata["scope"] in ("examples", "training", "looking"), spec.name


@pytest.mark.parametrize("kind", METHODS.names())
def test_every_setting_of_a_method_says_what_it_is(kind):
    declared = METHODS.module(kind).Settings
    assert declared.__doc__ and METHODS.module(kind).__doc__
    for spec in dataclasses.fields(declared):
        assert spec.metadata["unit"] and docs(declared)[spec.name].endswith(".")


def test_the_docstring_of_a_recipe_is_made_of_those_under_its_fields():
    text = inspect.getdoc(wb.Recipe)
    for name in field_names():
        assert f"\n{name} : " in text, name
    assert text.index("\ntask : ") < text.index("\nepochs : ") < text.index("\nslices : ")
    assert "Passes over the training examples." in text and "RecipeError" in text
    assert "split : {'stratified', 'random', 'group', 'time'}" in text
    assert "Longest input in tokens" in pydoc.render_doc(wb.Recipe)


def test_the_order_of_fields_is_that_of_reading():
    """As runs wrote them before: a recipe that is written again stays line for line."""
    known = [
        "task", "model", "dataset", "columns", "label_separator", "reading", "fixes", "corrections",
        "split", "split_column", "folds", "fold", "test_size", "validation_size",
        "max_train_examples", "max_eval_examples", "sampling", "method", "matching", "masking",
        "rows", "prompt",
        "generation", "epochs", "max_steps",
        "batch_size", "gradient_accumulation", "learning_rate", "weight_decay", "max_grad_norm",
        "warmup", "schedule", "max_length", "length_grouping", "class_weights", "focal_gamma",
        "label_smoothing", "loss", "speed", "precision", "evaluate_every", "early_stopping",
        "best_metric", "writes", "checkpoint_every", "seed", "report_to", "slices",
    ]  # fmt: skip
    assert [name for name in field_names() if name in known] == known


def test_what_decides_which_examples_there_are():
    deciding = {spec.name for spec in FIELDS if spec.metadata["scope"] == "examples"}
    assert deciding == {
        "task", "dataset", "columns", "loss", "label_separator", "reading", "fixes", "corrections",
        "split", "split_column", "folds", "fold", "test_size", "validation_size",
        "max_train_examples", "max_eval_examples", "sampling", "max_length", "seed",
        "split_seed",
    }  # fmt: skip


def test_at_most_eight_settings_are_in_sight():
    places = sorted(s.metadata["front"] for s in FIELDS if s.metadata["front"] is not None)
    assert places == list(range(1, len(places) + 1)) and len(places) <= 8


def test_the_trainer_gets_what_the_recipe_says():
    recipe = wb.Recipe(epochs=3, learning_rate=2e-4, warmup=7, schedule="constant", max_steps=9)
    found = optimisation.arguments(recipe, "cpu")
    assert found.items() >= {
        "learning_rate": 2e-4, "weight_decay": 0.01, "max_grad_norm": 1.0,
        "optim": "adamw_torch_fused", "num_train_epochs": 3, "max_steps": 9, "warmup_steps": 7,
        "lr_scheduler_type": "constant_with_warmup",
    }.items()  # fmt: skip
    assert optimisation.arguments(wb.Recipe(), "mps")["optim"] == "adamw_torch"
    assert optimisation.arguments(wb.Recipe(), "cuda")["max_steps"] == -1


def test_docstrings_under_fields_are_found_through_bases_and_gaps():
    @dataclasses.dataclass(frozen=True)
    class Low:
        first: int = setting(1, "steps", kinds=(int,))
        """The first."""

        bare: int = setting(2, "steps", kinds=(int,))

    @dataclasses.dataclass(frozen=True)
    class High(Low):
        last: int = setting(3, "steps", kinds=(int,))
        """The last, in
        two lines."""

    assert docs(High) == {"first": "The first.", "bare": "", "last": "The last, in\ntwo lines."}


@pytest.mark.parametrize("value", [0.5, 1, 1.0, 200, 3.0], ids=str)
def test_shares_and_counts(value):
    check_share("test_size", value)


def test_parts_of_examples_are_refused():
    with pytest.raises(wb.WorkbenchError, match="test_size is 1.5. Give a share between 0 and 1"):
        wb.Recipe(test_size=1.5)


def test_a_method_of_ones_own_is_a_module(tmp_path, monkeypatch):
    """One file: it is offered, checked and filled in; nothing else is told of it."""
    from workbench import settings
    from workbench.training import methods

    (tmp_path / "bias_only.py").write_text(
        "from dataclasses import dataclass\n"
        "from workbench.settings import setting\n"
        "KEEPS = ''\n\n"
        "@dataclass(frozen=True)\n"
        "class Settings:\n"
        "    share: float = setting(0.5, 'share', kinds=(float,), low=0, high=1)\n"
        "    '''Of the biases.'''\n"
    )
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])
    settings._names.cache_clear()
    try:
        assert METHODS.names()[0] == "full" and {"bias_only", "lora"} < {*METHODS.names()}
        recipe = wb.Recipe(method="bias_only")
        assert recipe.method == {"kind": "bias_only", "share": 0.5}
        with pytest.raises(wb.WorkbenchError, match="method.share is 2.0. It must be at least 0"):
            recipe.replace(method={"kind": "bias_only", "share": 2.0})
    finally:
        monkeypatch.undo()
        settings._names.cache_clear()


if dataclasses:

    @dataclasses.dataclass
    class Conditional:
        first: int = 1
        """Under a condition."""


def test_the_docstrings_of_a_declaration_under_a_condition_are_found():
    assert docs(Conditional) == {"first": "Under a condition."}
