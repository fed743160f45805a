"""A tiny classifier that was trained, and what answers in its place."""

import pytest

import workbench as wb
from tests.training import tiny


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """120 rows of which 40 are tested on; learnt well, but not without errors."""
    return wb.Recipe(
        model=str(tiny.save_model(tmp_path_factory.mktemp("models") / "tiny-bert")),
        dataset=tiny.frame(120, 3), test_size=40, validation_size=20, batch_size=8, max_length=32,
        learning_rate=4e-3, precision="fp32", epochs=4, split_seed=0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("runs") / "tiny", progress=False)
