"""A tiny model and tiny data for tests of the training machinery."""

import os
from pathlib import Path

import pytest

import workbench as wb
from tests.training import tiny, toy_package

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    return tiny.save_model(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.fixture(scope="session")
def tiny_recipe(tiny_model):
    """72 training examples, 18 steps in two epochs, no gain from a real model needed."""
    return wb.Recipe(
        model=str(tiny_model),
        dataset=tiny.frame(),
        test_size=12,
        validation_size=12,
        batch_size=8,
        epochs=2,
        max_length=32,
        learning_rate=3e-3,
        checkpoint_every=4,
        precision="fp32",
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The toy task that writes as an installed package, in this process and in workers."""
    folder = toy_package.write(tmp_path_factory.mktemp("site"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
        toy_package.forget()
        yield folder
    toy_package.forget()
