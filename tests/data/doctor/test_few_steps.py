"""Few examples get passes enough; what somebody set stays as it is."""

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from tests.training.tiny import save_model
from workbench.data.doctor.steps import passes_for


@pytest.mark.parametrize(
    ("examples", "settings", "passes"),
    [
        (450, {}, 6), (100, {}, 10), (20, {}, 10), (1270, {}, None), (1264, {}, 3),
        (2000, {}, None),
        (450, {"epochs": 3}, None), (450, {"max_steps": 20}, None), (450, {"batch_size": 4}, None),
        (450, {"batch_size": 4, "gradient_accumulation": 4}, 6),
        (450, {"task": "token-classification"}, 6),
    ],
    ids=["450", "100", "20", "just", "nearly", "enough", "own", "steps", "small-batches",
         "accumulated", "tags"],
)  # fmt: skip
def test_passes_follow_the_number_of_examples(examples, settings, passes):
    assert passes_for(wb.Recipe(**settings), examples) == passes


def test_data_gets_its_passes_and_a_recipe_is_only_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    model = str(save_model(tmp_path / "bert", positions=128))
    data = pd.DataFrame(rows(100), columns=["text", "label"])
    check = wb.check(data, model=model)
    (few,) = [f for f in check.found if f.check == "few steps"]
    assert check.recipe.epochs == 10
    assert "70 training examples make 10 steps in 2 passes" in few.what
    assert wb.Recipe.from_yaml(check.recipe.to_yaml()) == check.recipe
    asked = wb.check(wb.Recipe(dataset=data, model=model))
    assert asked.recipe.epochs == 2 and asked.fix_all().recipe.epochs == 2
    assert asked.fix("epochs=10").recipe.epochs == 10


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
    if few is None:
        assert not found and check.recipe.epochs == wb.Recipe(task="language-modelling").epochs
    else:
        assert found[0].startswith(f"{few} rows of texts, or about so many,")
