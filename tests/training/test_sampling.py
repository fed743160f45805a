"""Sampling strategies and the focal loss: by hand, and as they reach the steps of a run."""

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.training import tiny
from workbench.data.examples import load_examples
from workbench.errors import RecipeError
from workbench.inspection import training_table
from workbench.tasks.text_classification.task import CrossEntropy, FocalLoss


def unequal():
    frame = tiny.frame(120)
    few = frame["label"] == "class-0"
    return frame[~few | (few.cumsum() <= 14)].reset_index(drop=True)


@pytest.fixture
def recipe(tiny_recipe):
    return tiny_recipe.replace(dataset=unequal(), test_size=0.2, validation_size=0.2,
                               max_train_examples=None)  # fmt: skip


def counts(frame):
    return frame["label"].value_counts().to_dict()


@pytest.mark.parametrize("sampling", ["oversample", "undersample"])
def test_each_class_has_as_many(recipe, sampling):
    plain = load_examples(recipe)
    found = load_examples(recipe.replace(sampling=sampling))
    before = counts(plain.splits["train"])
    assert before[0] < before[1] / 3
    wanted = max(before.values()) if sampling == "oversample" else min(before.values())
    assert counts(found.splits["train"]) == {0: wanted, 1: wanted}
    assert f"{wanted:,} training examples of each class" in found.notes[-1]
    for split in ("validation", "test"):
        pd.testing.assert_frame_equal(found.splits[split], plain.splits[split])
    times = found.splits["train"]["row"].value_counts()
    rows = plain.splits["train"].set_index("row")["label"]
    assert set(times.index) <= set(rows.index)
    if sampling == "oversample":
        assert set(times.index) == set(rows.index)
        small = times[rows[times.index] == 0]
        assert small.max() - small.min() <= 1  # each as often as the others, up to one
    else:
        assert times.max() == 1
    again = load_examples(recipe.replace(sampling=sampling))
    assert again.fingerprint == found.fingerprint != plain.fingerprint
    other = load_examples(recipe.replace(sampling=sampling, seed=1))
    assert other.fingerprint != found.fingerprint


def test_label_noise_sees_each_example_once(recipe):
    table = training_table(recipe.replace(sampling="oversample"))
    assert not table["row"].duplicated().any()


@pytest.mark.parametrize("speed", ["auto", "exact"])
def test_the_drawn_examples_are_those_of_the_steps(recipe, tmp_path, speed):
    here = recipe.replace(sampling="oversample", speed=speed, epochs=1, batch_size=8)
    run = wb.fine_tune(here, tmp_path / "run", progress=False)
    steps = run.history().query("kind == 'step'")
    train = load_examples(here).splits["train"]
    assert len(steps) == -(-len(train) // 8)
    words = train["text"].map(lambda text: len(text.split())) + 2  # a piece a word, two specials
    assert steps["tokens"].sum() == words.sum()


def test_focal_loss_by_hand():
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [-1.0, 1.0]], requires_grad=True)
    labels = torch.tensor([0, 0, 1])
    p = np.exp([2, 0, 1]) / (np.exp([2, 0, 1]) + np.exp([0, 1, -1]))
    plain = -((1 - p) ** 2) * np.log(p)
    loss = FocalLoss(None, 2.0)
    assert loss.total(logits, labels).item() == pytest.approx(plain.sum(), rel=1e-6)
    weighted = FocalLoss(np.array([3.0, 0.5]), 2.0)
    assert weighted.total(logits, labels).item() == pytest.approx(
        (plain * [3, 3, 0.5]).sum(), rel=1e-6
    )
    assert weighted.normaliser(labels).item() == 6.5
    none = FocalLoss(None, 0.0).total(logits, labels)
    assert none.item() == pytest.approx(CrossEntropy(None, 0.0).total(logits, labels).item())
    assert torch.autograd.gradcheck(
        lambda x: loss.total(x, labels).double(), logits.double().detach().requires_grad_(),
        eps=1e-3, atol=1e-3)  # fmt: skip


def test_a_sure_example_has_a_finite_gradient():
    logits = torch.tensor([[60.0, -60.0], [-60.0, 60.0]], requires_grad=True)
    loss = FocalLoss(None, 0.5).total(logits, torch.tensor([0, 0]))
    loss.backward()
    assert torch.isfinite(logits.grad).all() and loss.item() == pytest.approx(120, rel=1e-4)


@pytest.mark.parametrize("speed", ["auto", "exact"])
def test_the_focal_loss_reaches_the_steps(recipe, tmp_path, speed):
    model = tiny.save_model(tmp_path / "model", dropout=0.0)
    base = recipe.replace(model=str(model), speed=speed, max_steps=1, batch_size=16,
                          length_grouping=False)  # fmt: skip
    first = {}
    for gamma in (0.0, 2.0):
        run = wb.fine_tune(base.replace(focal_gamma=gamma), tmp_path / f"g{gamma}", progress=False)
        first[gamma] = run.history().query("kind == 'step'")["loss"].iloc[0]
    # an untrained model gives each of two classes about a half: (1 - 0.5) ** 2 of the loss
    assert first[2.0] / first[0.0] == pytest.approx(0.25, abs=0.03)


def test_what_does_not_go_together_is_refused(recipe, tmp_path):
    with pytest.raises(RecipeError, match="focal_gamma is 2 and label_smoothing 0.1"):
        recipe.replace(focal_gamma=2, label_smoothing=0.1)
    with pytest.raises(RecipeError, match="sampling is 'more'"):
        recipe.replace(sampling="more")
    from workbench import tasks

    for task in ("regression", "token-classification", "question-answering"):
        for change in ({"sampling": "oversample"}, {"focal_gamma": 1.0}):
            with pytest.raises(RecipeError, match=next(iter(change))):
                tasks.get(task).load_examples(recipe.replace(task=task, **change))
