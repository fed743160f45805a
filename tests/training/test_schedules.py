"""The learning rate of each step: by hand, by the library, as it was used, as it is drawn."""

import math

import pytest
import torch
import transformers as hf

import workbench as wb
from tests.training import tiny
from workbench.training.optimisation import schedule

LIBRARY = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


def rates(steps, **fields):
    factor = schedule.factor_of(wb.Recipe(max_steps=steps, **fields), steps)
    return [factor(step) for step in range(steps)]


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("linear", {2: 1, 4: 0.8, 7: 0.5, 11: 0.1}),
        ("cosine", {2: 1, 7: 0.5, 11: (1 + math.cos(0.9 * math.pi)) / 2}),
        ("constant", {2: 1, 7: 1, 11: 1}),
        # three cycles over 10 steps: step 7 is the middle of the second
        ("cosine_with_restarts", {2: 1, 7: 0.5, 5: (1 + math.cos(0.9 * math.pi)) / 2,
                                  6: (1 + math.cos(0.2 * math.pi)) / 2}),
        ("inverse_sqrt", {2: 1, 8: 0.5, 11: math.sqrt(2 / 11)}),
        # a fifth of 12 steps is 3: steps 9, 10, 11
        ("warmup_stable_decay", {2: 1, 8: 1, 9: 1, 10: 1 - math.sqrt(1 / 3),
                                 11: 1 - math.sqrt(2 / 3)}),
    ],
)  # fmt: skip
def test_rates_by_hand_after_a_warm_up_of_two_steps(name, by_hand):
    found = rates(12, schedule=name, warmup=2)
    assert found[:2] == [0, 0.5]
    assert {step: found[step] for step in by_hand} == pytest.approx(by_hand)


def test_one_cycle_by_hand():
    found = rates(21, schedule="one_cycle", warmup=11)
    assert (found[0], found[5], found[10]) == pytest.approx((0.04, 0.52, 1))
    assert (found[15], found[20]) == pytest.approx(((1 + 4e-6) / 2, 4e-6))
    assert found[:11] == sorted(found[:11]) and found[10:] == sorted(found[10:], reverse=True)
    assert rates(10, schedule="one_cycle")[2] == 1, "three of ten steps, where nothing is said"


@pytest.mark.parametrize("name", schedule.SCHEDULES)
@pytest.mark.parametrize(("steps", "warmup"), [(40, 7), (40, 1), (13, 0.3), (1, 0.06)])
def test_rates_are_the_librarys(name, steps, warmup):
    recipe = wb.Recipe(max_steps=steps, warmup=warmup, schedule=name)
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rise = schedule.warmup_steps(recipe, steps)
    if name == "one_cycle":
        if rise == 1:  # torch's divides by zero
            assert rates(steps, schedule=name, warmup=warmup)[0] == 1
            return
        made = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, 1.0, total_steps=steps, pct_start=rise / steps, cycle_momentum=False
        )
    else:
        made = hf.get_scheduler(
            LIBRARY.get(name, name), optimizer, rise, steps,
            schedule.library_settings(recipe, steps),
        )  # fmt: skip
    used = []
    for _ in range(steps):
        used.append(made.get_last_lr()[0])
        optimizer.step()
        made.step()
    assert rates(steps, schedule=name, warmup=warmup) == pytest.approx(used, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["one_cycle", "cosine_with_restarts", "inverse_sqrt", "warmup_stable_decay"]
)
def test_a_run_has_these_rates_and_goes_on_exactly(name, tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(max_steps=12, schedule=name, warmup=3, checkpoint_every=5)
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    stopped = tiny.interrupted(recipe, tmp_path / "stopped", at=7)
    used = whole.history().query("kind == 'step'")
    by_hand = [recipe.learning_rate * one for one in rates(12, schedule=name, warmup=3)]
    assert used["learning_rate"].tolist() == pytest.approx(by_hand, rel=1e-6)
    exact = ["step", "loss", "learning_rate", "grad_norm"]
    again = stopped.history().query("kind == 'step'")
    assert again[exact].reset_index(drop=True).equals(used[exact].reset_index(drop=True))
    file = "model/model.safetensors"
    assert (whole.path / file).read_bytes() == (stopped.path / file).read_bytes()


def test_cycles_are_passes():
    assert schedule._cycles(wb.Recipe(epochs=4)) == 4
    assert schedule._cycles(wb.Recipe(epochs=1)) == 2
    assert schedule._cycles(wb.Recipe(epochs=4, max_steps=9)) == 3


def test_the_warm_up_follows_the_schedule_until_somebody_sets_it():
    plain = wb.Recipe()
    assert plain.warmup == 0.06 and plain.replace(schedule="one_cycle").warmup == 0.3
    assert plain.replace(warmup=0.06).replace(schedule="one_cycle").warmup == 0.06
    one = wb.Recipe(schedule="one_cycle")
    assert one.replace(schedule="linear").warmup == 0.06
    again = wb.Recipe.from_yaml(one.to_yaml())
    assert again == one and again.replace(schedule="linear").warmup == 0.06
    assert "warmup" not in one.changed_fields() and eval(repr(one), {"Recipe": wb.Recipe}) == one
    assert wb.Recipe(schedule="one_cycle", warmup=0.1).changed_fields()["warmup"] == 0.1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (dict(schedule="onecycle"), "schedule is 'onecycle'. Did you mean 'one_cycle'"),
        (dict(schedule="one_cycle", warmup=20, max_steps=20), "nothing of a run of 20 optimizer"),
        (dict(schedule="warmup_stable_decay", warmup=30, max_steps=20), "warmup is 30, which"),
        (dict(schedule="inverse_sqrt", warmup=0), "warmup is 0, and the schedule inverse_sqrt"),
    ],
    ids=["name", "no fall", "longer", "no scale"],
)  # fmt: skip
def test_what_does_not_fit_is_said(fields, said):
    with pytest.raises(wb.WorkbenchError) as caught:
        wb.Recipe(**fields)
    assert said in str(caught.value)


def test_a_warm_up_that_only_the_data_shows_to_be_too_long_fails_the_run(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(schedule="one_cycle", warmup=1000, epochs=1)
    with pytest.raises(wb.WorkbenchError, match="warmup is 1000, which leaves nothing of a run of"):
        wb.fine_tune(recipe, tmp_path / "run", progress=False)


def test_the_picture_has_the_rate_of_each_step():
    recipe = wb.Recipe(max_steps=6, warmup=2, learning_rate=1e-3)
    line = wb.plots.schedule(recipe).data[0]
    assert list(line.x) == [1, 2, 3, 4, 5, 6]
    assert list(line.y) == pytest.approx([0, 5e-4, 1e-3, 7.5e-4, 5e-4, 2.5e-4])
    assert len(wb.plots.schedule(recipe, steps=10**6).data[0].x) == 2000
    over_passes = wb.plots.schedule(wb.Recipe(epochs=3))
    assert over_passes.data[0].x[-1] == 3 and "pass" in over_passes.layout.xaxis.title.text
    with pytest.raises(wb.WorkbenchError, match="known with its data alone"):
        wb.plots.schedule(wb.Recipe(warmup=50))
    with pytest.raises(wb.WorkbenchError, match="steps is 0. It is a whole number"):
        wb.plots.schedule(recipe, steps=0)
