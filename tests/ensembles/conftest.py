"""Three tiny classifiers that were trained on the same rows from other seeds."""

import pytest

import workbench as wb
from tests.training import tiny


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    return tiny.save_model(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def recipe(tiny_model):
    """80 training examples, five passes of ten steps; a snapshot a pass."""
    return wb.Recipe(
        model=str(tiny_model), dataset=tiny.frame(160, 3), test_size=50, validation_size=30,
        batch_size=8, max_length=32, learning_rate=4e-3, precision="fp32", epochs=5, split_seed=0,
        snapshots=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def runs(recipe, tmp_path_factory):
    """Of three seeds; what they say of their rows differs."""
    folder = tmp_path_factory.mktemp("runs")
    return [
        wb.fine_tune(recipe.replace(seed=seed), folder / f"seed-{seed}", progress=False)
        for seed in range(3)
    ]
