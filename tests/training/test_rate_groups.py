"""Rates by name reach the update, decay and schedule of each weight; none change nothing."""

import pytest
import torch
from transformers import Trainer, get_linear_schedule_with_warmup

import workbench as wb
from workbench.training import checkpoints
from workbench.training.methods.full import Full
from workbench.training.rate_groups import divide


def two_layers():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 2))


def adamw(model):
    """As the library lays it: matrices with decay, biases without."""
    decayed = [weight for name, weight in model.named_parameters() if "bias" not in name]
    biases = [weight for name, weight in model.named_parameters() if "bias" in name]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.01, fused=True)


@pytest.mark.parametrize("factors", [
    {"0.weight": 0.5, "0.bias": 0.5, "1.bias": 16.0},
    {"0.weight": 1.0, "1.weight": 0.25},
    {"0.weight": 3.0, "0.bias": 3.0, "1.weight": 3.0, "1.bias": 3.0},  # none at the usual rate
], ids=["some", "one", "all"])  # fmt: skip
def test_an_update_of_adamw_is_proportional_to_the_rate(factors):
    model = two_layers()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    optimizer = adamw(model)
    divide(optimizer, model, factors)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, 4)
    model(torch.randn(5, 3)).square().sum().backward()
    slopes = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    optimizer.step()
    schedule.step()
    for name, weight in model.named_parameters():
        rate, decay = 0.01 * factors.get(name, 1.0), 0.0 if "bias" in name else 0.1
        # by hand: at its first step AdamW moves by the rate, against the sign of the gradient
        moved = before[name] * (1 - rate * decay) - rate * slopes[name].sign()
        torch.testing.assert_close(weight.detach(), moved, atol=1e-5, rtol=1e-5)
    assert schedule.get_last_lr()[0] == 0.01 * 3 / 4  # what is said of a step: the recipe's rate
    rates = {id(w): group["lr"] for group in optimizer.param_groups for w in group["params"]}
    for name, weight in model.named_parameters():
        assert rates[id(weight)] == pytest.approx(0.0075 * factors.get(name, 1.0))


@pytest.mark.parametrize("factors", [{"2.weight": 2.0}, {"0.weight": 0}, {"0.bias": float("inf")}])
def test_a_rate_that_reaches_no_weight_is_an_error(factors):
    model = two_layers()
    with pytest.raises(ValueError, match="no parameter, or no factor"):
        divide(adamw(model), model, factors)


def test_rates_and_steps_of_a_method_reach_a_run_and_none_leave_it_as_it_was(
    tiny_recipe, tmp_path, monkeypatch
):
    recipe = tiny_recipe.replace(
        max_steps=3, batch_size=4, gradient_accumulation=2, warmup=0, checkpoint_every=1,
        speed="exact",
    )  # fmt: skip
    said, steps, made = {}, [], []

    def kept(run):
        folder = checkpoints.list_checkpoints(run.path)[-1]
        return torch.load(folder / "optimizer.pt", weights_only=True)["param_groups"]

    plain = wb.fine_tune(recipe, tmp_path / "plain", progress=False)
    original = Trainer.create_optimizer

    def library(self, *args):
        made.append([len(group["params"]) for group in original(self, *args).param_groups])
        return self.optimizer

    monkeypatch.setattr(Trainer, "create_optimizer", library)
    monkeypatch.setattr(Full, "rates", lambda self: said)
    monkeypatch.setattr(Full, "at_step", lambda self, step, of: steps.append((step, of)))
    same = wb.fine_tune(recipe, tmp_path / "same", progress=False)
    assert [len(group["params"]) for group in kept(same)] == made[0] and len(made[0]) == 2
    assert kept(same) == kept(plain)
    assert steps == [(0, 3), (1, 3), (2, 3)]  # once a step, however many micro-batches it has
    said = {"classifier.weight": 0.5}
    halved = wb.fine_tune(recipe, tmp_path / "halved", progress=False)
    rates = [(len(group["params"]), group["lr"]) for group in kept(halved)]
    usual = kept(plain)[0]["lr"]
    assert rates == [(made[0][0] - 1, usual), (made[0][1], usual), (1, usual / 2)]
    column = [run.history().query("kind == 'step'")["learning_rate"].tolist()
              for run in (plain, halved)]  # fmt: skip
    assert column[0] == column[1]
