"""Few examples get passes enough; what somebody set stays as it is."""

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from tests.training.tiny import save_model
from workbench import tasks
from workbench.data.doctor.steps import check_steps


@pytest.mark.parametrize(
    ("examples", "settings", "offered"),
    [
        (450, {"epochs": 3}, True), (450, {"epochs": 11}, False), (450, {"max_steps": 20}, None),
        (450, {"batch_size": 4, "epochs": 3}, False),
        (450, {"batch_size": 4, "gradient_accumulation": 4, "epochs": 2}, True),
        (2400, {"epochs": 2}, True), (9000, {"epochs": 3}, False),
    ],
    ids=["few", "as-follows", "steps", "small-batches", "accumulated", "few-of-many", "enough"],
)  # fmt: skip
def test_passes_that_somebody_named_are_only_asked_about(examples, settings, offered):
    found = check_steps(wb.Recipe(**settings), examples)
    assert (found.fix if found else None) == ({"epochs": None} if offered else None)


@pytest.mark.parametrize(
    ("labels", "classes", "passes"),
    [("ab", 2, 3), ("abc", 3, 5), ([0.5, 1.5], None, 5)], ids=["two", "three", "numbers"],
)  # fmt: skip
def test_two_classes_need_no_more_steps_for_more_rows(tmp_path, labels, classes, passes):
    """A check, a form and a run count the same classes: of numbers and of sets there are none."""
    many = [f"text number {n}" for n in range(2900)]
    data = pd.DataFrame({"text": many, "label": [labels[n % len(labels)] for n in range(2900)]})
    task = "regression" if classes is None else "text-classification"
    recipe = wb.Recipe(dataset=data, task=task, max_train_examples=2000)
    check = wb.check(recipe.replace(model="none"))
    (few,) = [f for f in check.found if f.check == "few steps"]
    assert few.what.startswith(f"{passes} passes")
    assert tasks.get(task).load_examples(recipe).classes == classes


def test_data_gets_its_passes_and_a_recipe_is_only_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    model = str(save_model(tmp_path / "bert", positions=128))
    data = pd.DataFrame(rows(100), columns=["text", "label"])
    check = wb.check(data, model=model)
    (few,) = [f for f in check.found if f.check == "few steps"]
    assert check.recipe.epochs is None and "for 70 training rows" in few.what and not few.fix
    assert wb.Recipe.from_yaml(check.recipe.to_yaml()) == check.recipe
    asked = wb.check(wb.Recipe(dataset=data, model=model, epochs=2))
    (few,) = [f for f in asked.found if f.check == "few steps"]
    assert "70 training rows make 10 steps in 2 passes" in few.what
    assert asked.recipe.epochs == 2 and asked.fix_all().recipe.epochs == 2
    assert asked.fix("epochs=None").recipe.epochs is None


@pytest.mark.parametrize(
    ("texts", "few"),
    [(["To be, or not to be. " * 9000] * 4, None), (["To be, or not. " * 60] * 6, 8)],
    ids=["books", "pages"],
)
def test_of_texts_that_are_laid_into_rows_the_rows_count(texts, few):
    """A few books are many steps, whatever their number. Four pages of 225 tokens are 8 rows."""
    data = pd.DataFrame({"text": [f"{n} {text}" for n, text in enumerate(texts)]})
    check = wb.check(data, task="language-modelling", model="none")
    found = [f.what for f in check.found if f.check == "few steps"]
    assert [f"for {few} training rows" in said for said in found] == [True] * (few is not None)
