"""Averaged weights: by hand, by torch, of a run; what is trained is never touched by them."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import workbench as wb
from tests.training import tiny
from workbench.training import averaging
from workbench.training.steering import RunCallback

EMA, SWA = {"kind": "ema", "decay": 0.8}, {"kind": "swa", "start": 3}


def averages(value, values, steps=None):
    """The average after each step of one weight that takes these values."""
    model = torch.nn.Linear(1, 1, bias=False)
    recipe = wb.Recipe(averaging=value)
    average, found = averaging.Average(recipe, model), []
    average.begin(steps or len(values), model.parameters())
    for step, number in enumerate(values, 1):
        model.weight.data.fill_(number)
        average.update(step)
        with average.applied():
            found.append(model.weight.item())
        assert model.weight.item() == number
    return found


def test_ema_by_hand():
    # decays: none at the first step, 3 / 12, 4 / 13, then min(0.3, 5 / 14)
    second = 0.25 * 1 + 0.75 * 5
    third = 4 / 13 * second + 9 / 13 * 2
    third_capped = 0.3 * second + 0.7 * 2
    assert averages({"kind": "ema", "decay": 0.3}, [1, 5, 2]) == pytest.approx(
        [1, second, third_capped]
    )
    assert averages({"kind": "ema", "decay": 0.999}, [1, 5, 2]) == pytest.approx([1, second, third])


def test_swa_by_hand_and_by_torch():
    values = [7.0, 1.0, 3.0, 8.0]
    assert averages({"kind": "swa", "start": 2}, values) == pytest.approx([7, 1, 2, 4])
    assert averages({"kind": "swa", "start": 0.75}, values) == pytest.approx([7, 1, 3, 5.5])
    assert averages({"kind": "swa", "start": 0}, values)[-1] == pytest.approx(4.75)
    model = torch.nn.Linear(1, 1, bias=False)
    swa = torch.optim.swa_utils.AveragedModel(model)
    for number in values[1:]:
        model.weight.data.fill_(number)
        swa.update_parameters(model)
    assert averages({"kind": "swa", "start": 2}, values)[-1] == pytest.approx(
        swa.module.weight.item()
    )


def test_shared_weights_are_averaged_once_and_frozen_ones_not():
    model = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.Linear(2, 2)})
    model["b"].weight = model["a"].weight
    model["a"].bias.requires_grad = False
    average = averaging.Average(wb.Recipe(averaging="ema"), model)
    optimizer = torch.optim.SGD([w for w in model.parameters() if w.requires_grad])
    average.begin(9, optimizer.param_groups[0]["params"])
    average.update(1)
    assert sorted(average.means) == ["a.weight", "b.bias"]
    model["a"].weight.data += 1
    with average.applied():
        assert model["b"].weight is model["a"].weight


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"kind": "ema", "decay": 1.0}, "averaging.decay is 1.0. It must be above 0 and at most"),
        ({"kind": "ema", "decay": 0}, "averaging.decay is 0. It must be above 0"),
        ({"kind": "swa", "start": 21}, "averaging.start is 21, and the run has 20 optimizer steps"),
        ({"kind": "swa", "start": 2.5}, "averaging.start is 2.5. Give a share"),
        ({"kind": "swa", "decay": 0.9}, "decay is a setting of averaging of kind 'ema'"),
        ("emma", "averaging.kind is 'emma'. Did you mean 'ema'"),
    ],
    ids=["one", "zero", "late", "part", "other", "name"],
)
def test_what_does_not_fit_is_said(value, said):
    with pytest.raises(wb.WorkbenchError) as caught:
        wb.Recipe(averaging=value, max_steps=20)
    assert said in str(caught.value) and caught.value.field == "averaging"


def test_a_start_that_only_the_data_shows_to_be_late_fails_the_run(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(averaging={"kind": "swa", "start": 500}, epochs=1)
    with pytest.raises(wb.WorkbenchError, match="has 9 optimizer steps"):
        wb.fine_tune(recipe, tmp_path / "run", progress=False)


def test_a_recipe_that_has_none_is_as_before():
    assert "averaging" not in wb.Recipe().to_yaml()
    recipe = wb.Recipe(averaging=EMA)
    assert wb.Recipe.from_yaml(recipe.to_yaml()) == recipe


def raw_weights(patch):
    """A list that gets the trained weights of each step of the runs that follow."""
    steps, on_step_end = [], RunCallback.on_step_end

    def seen(self, args, state, control, **rest):
        named = self.engine.model.named_parameters()
        steps.append({n: w.detach().double().numpy().copy() for n, w in named if w.requires_grad})
        return on_step_end(self, args, state, control, **rest)

    patch.setattr(RunCallback, "on_step_end", seen)
    return steps


@pytest.mark.parametrize(
    ("method", "value"), [("full", EMA), ("full", SWA), ("lora", SWA)],
    ids=["full-ema", "full-swa", "lora-swa"],
)  # fmt: skip
def test_a_run_keeps_the_averages_trains_as_without_and_goes_on_exactly(
    value, method, tiny_recipe, tmp_path, monkeypatch
):
    recipe = tiny_recipe.replace(
        max_steps=8, method=method, averaging=value, checkpoint_every=3, evaluate_every=4,
        best_metric="loss",
    )  # fmt: skip
    plain = wb.fine_tune(recipe.replace(averaging="none"), tmp_path / "plain", progress=False)
    with monkeypatch.context() as patch:
        steps = raw_weights(patch)
        whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    exact = ["step", "loss", "learning_rate", "grad_norm"]
    rows = [one.history().query("kind == 'step'")[exact] for one in (plain, whole)]
    assert rows[0].reset_index(drop=True).equals(rows[1].reset_index(drop=True))
    # what is evaluated is the average, and what is kept that of the best evaluation
    best = whole.results()["best_step"]
    share = averaging.shares(recipe, 8)
    mean = steps[best - 1]
    for number in range(1, best + 1):
        part, now = share(number), steps[number - 1]
        if part:
            mean = {n: now[n] if part == 1 else m + part * (now[n] - m) for n, m in mean.items()}
    if method == "full":
        saved = load_file(whole.path / "model" / "model.safetensors")
        table = "bert.embeddings.word_embeddings.weight"
        same = {n: saved[n].numpy() for n in mean if n != table}
        assert all(np.allclose(one, mean[n], atol=1e-6) for n, one in same.items())
        # of word vectors the rows that texts use; the others are the pretrained ones
        used = len(mean[table])
        rows = saved[table].double().numpy()
        near = [np.abs(rows - one).max(1).min() for one in mean[table]]
        assert used < len(rows) and max(near) < 1e-6
    stopped = tiny.interrupted(recipe, tmp_path / "stopped", at=5)
    names = ["model/model.safetensors"]
    names += ["adapter/adapter_model.safetensors"] if method == "lora" else []
    for name in names:
        assert (whole.path / name).read_bytes() == (stopped.path / name).read_bytes()
        assert (whole.path / name).read_bytes() != (plain.path / name).read_bytes()
    told = [one.history().query("kind == 'eval'")[["step", "loss"]] for one in (whole, stopped)]
    assert told[0].reset_index(drop=True).equals(told[1].reset_index(drop=True))
    assert "averages of the weights" in whole.status()["speed"]


def test_evaluations_are_of_the_averages(tiny_recipe, tmp_path):
    """The last evaluation's loss is that of the model that is kept where it is the best."""
    recipe = tiny_recipe.replace(max_steps=6, averaging={"kind": "swa", "start": 1},
                                 evaluate_every=100, precision="fp32")  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    evaluated = run.history().query("kind == 'eval'")["loss"].iloc[-1]
    assert evaluated == pytest.approx(run.metrics("validation")["loss"], rel=1e-5)
