"""Symmetric cross-entropy is Wang et al.'s (2019), by hand, and reaches the step."""

import math

import pytest
import torch

import workbench as wb
from workbench.recipe import LOSSES, losses_for


def loss_of(alpha, beta):
    value = {"kind": "symmetric", "alpha": alpha, "beta": beta}
    return LOSSES.module("symmetric").make(LOSSES.settings(value), None)


def test_by_hand():
    logits = torch.tensor([[math.log(3), 0.0], [0.0, 0.0]], requires_grad=True)
    labels = torch.tensor([1, 0])
    loss = loss_of(2.0, 0.5)
    # p of the label: 1/4 and 1/2; A is -4
    by_hand = 2 * (math.log(4) + math.log(2)) + 0.5 * 4 * (3 / 4 + 1 / 2)
    total = loss.total(logits, labels)
    assert total.item() == pytest.approx(by_hand, rel=1e-6)
    assert loss.normaliser(labels) == 2
    (slope,) = torch.autograd.grad(total, logits)
    # of row 0: alpha (p - y) and beta * 4 * p_y * (p_k - y_k)
    first = 2 * 0.75 + 0.5 * 4 * 0.25 * 0.75
    assert slope[0].tolist() == pytest.approx([first, -first], rel=1e-5)


def test_the_reverse_half_is_the_sum_with_the_logarithm_of_0_at_minus_4():
    torch.manual_seed(0)
    logits, labels = torch.randn(5, 4), torch.tensor([0, 3, 1, 2, 2])
    logs = torch.full((5, 4), -4.0).scatter(1, labels[:, None], 0.0)
    by_sum = -(logits.softmax(-1) * logs).sum()
    assert loss_of(0, 1).total(logits, labels).item() == pytest.approx(by_sum.item(), rel=1e-6)
    cross = torch.nn.functional.cross_entropy(logits, labels, reduction="sum")
    assert loss_of(1, 0).total(logits, labels).item() == pytest.approx(cross.item(), rel=1e-6)


def test_words_without_a_tag_do_not_count():
    logits, labels = torch.zeros(2, 3, 2), torch.tensor([[0, -100, 1], [-100, 1, -100]])
    loss = loss_of(1.0, 1.0)
    assert loss.normaliser(labels) == 3
    assert loss.total(logits, labels).item() == pytest.approx(3 * (math.log(2) + 2))


def test_which_tasks_it_is_for_and_what_is_refused(tiny_recipe, tmp_path):
    assert losses_for("text-classification") == ["own", "distillation", "symmetric"]
    assert "symmetric" in losses_for("token-classification")
    assert "symmetric" not in losses_for("regression") + losses_for("multi-label-classification")
    with pytest.raises(wb.WorkbenchError, match="loss.alpha and loss.beta are both 0"):
        tiny_recipe.replace(loss={"kind": "symmetric", "alpha": 0, "beta": 0})
    with pytest.raises(wb.WorkbenchError, match="label_smoothing is set and the loss is"):
        tiny_recipe.replace(loss="symmetric", label_smoothing=0.1)
    run = wb.fine_tune(
        tiny_recipe.replace(loss="symmetric", max_steps=1), tmp_path / "run", progress=False
    )
    first = run.history().query("kind == 'step'")["loss"].iloc[0]
    assert 0.1 * 0.6 + 4 * 0.4 < first < 0.1 * 0.8 + 4 * 0.6, "p is about 1/2: 0.07 + 2"
    assert "cross-entropy both ways" in run.status()["speed"]
