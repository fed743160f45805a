"""The step: its loss and gradient are those of the whole batch, and class weights reach them."""

import numpy as np
import pytest
import torch

import workbench as wb
from tests.training import tiny
from workbench.training.batching import EpochSampler, mix
from workbench.training.objectives.class_weights import class_weights
from workbench.training.objectives.cross_entropy import CrossEntropy
from workbench.training.preparing import prepare


def one_step(recipe, folder):
    run = wb.fine_tune(recipe.replace(max_steps=1), folder, progress=False)
    row = run.history().query("kind == 'step'").iloc[0]
    return row["loss"], row["grad_norm"]


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "electra", "modernbert"])
@pytest.mark.parametrize("weights", [None, {"class-0": 4.0}])
def test_accumulation_gives_loss_and_gradient_of_the_whole_batch(
    kind, weights, tiny_recipe, tmp_path
):

    model = tiny.save_model(tmp_path / kind, kind, dropout=0.0)
    recipe = tiny_recipe.replace(model=str(model), class_weights=weights, length_grouping=False)
    whole = one_step(recipe.replace(batch_size=16), tmp_path / "16x1")
    for size, steps in ((8, 2), (4, 4)):
        cut = one_step(
            recipe.replace(batch_size=size, gradient_accumulation=steps),
            tmp_path / f"{size}x{steps}",
        )
        assert cut == pytest.approx(whole, rel=2e-5)
    assert 0.4 < whole[0] < 1.3  # near log 2: not scaled by the number of micro-batches


def test_a_short_last_batch_counts_each_example_once(tiny_recipe, tmp_path):
    # 72 examples in batches of 40 and 32: the mean of two means would weigh the 32 too much
    model = tiny.save_model(tmp_path / "model", dropout=0.0)
    recipe = tiny_recipe.replace(model=str(model), length_grouping=False)
    whole = one_step(recipe.replace(batch_size=72), tmp_path / "whole")
    cut = one_step(recipe.replace(batch_size=40, gradient_accumulation=2), tmp_path / "cut")
    assert cut == pytest.approx(whole, rel=2e-5)


def test_class_weights_reach_the_loss(tiny_recipe, tmp_path):
    model = tiny.save_model(tmp_path / "model", dropout=0.0)
    weights = {"class-0": 3.0, "class-1": 0.5}
    recipe = tiny_recipe.replace(model=str(model), class_weights=weights, batch_size=72)
    prepared = prepare(recipe)
    train = prepared.encoded["train"]
    batch = prepared.tokenizer.pad(
        [{"input_ids": train[i]["input_ids"]} for i in range(len(train))], return_tensors="pt"
    )
    labels = torch.tensor(train.labels)
    with torch.no_grad():
        logits = prepared.model.eval()(**batch).logits
    w = torch.tensor([3.0, 0.5])[labels]
    by_hand = (w * -torch.log_softmax(logits, -1)[torch.arange(72), labels]).sum() / w.sum()
    plain = -torch.log_softmax(logits, -1)[torch.arange(72), labels].mean()
    loss, _ = one_step(recipe, tmp_path / "run")
    assert loss == pytest.approx(float(by_hand), rel=1e-5)
    assert abs(loss - float(plain)) > 1e-4


def test_balanced_weights_by_hand():
    labels = np.array([0, 0, 0, 1])
    assert class_weights("balanced", labels, ["a", "b"]).tolist() == [4 / 6, 4 / 2]
    assert class_weights({"b": 5}, labels, ["a", "b"]).tolist() == [1, 5]
    assert class_weights(None, labels, ["a", "b"]) is None


@pytest.mark.parametrize(
    ("weights", "words"), [([1.0], "1 weights for 2"), ({"c": 1.0}, "names the class 'c'")]
)
def test_class_weights_that_do_not_fit_are_refused_before_training(
    weights, words, tiny_recipe, tmp_path
):
    with pytest.raises(wb.WorkbenchError, match=words):
        wb.fine_tune(tiny_recipe.replace(class_weights=weights), tmp_path / "run", progress=False)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, np.array([0.2, 1.0, 3.0])])
def test_cross_entropy_is_torchs(weights, smoothing):
    torch.manual_seed(0)
    logits, labels = torch.randn(50, 3), torch.randint(3, (50,))
    loss = CrossEntropy(weights, smoothing)
    ours = loss.total(logits, labels) / loss.normaliser(labels)
    theirs = torch.nn.functional.cross_entropy(
        logits,
        labels,
        weight=None if weights is None else torch.tensor(weights, dtype=torch.float32),
        label_smoothing=smoothing,
    )
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)


def test_the_order_of_an_epoch_is_a_function_of_seed_and_epoch():
    lengths = np.arange(100) % 17 + 3
    sampler = EpochSampler(100, seed=5, lengths=lengths, group=8)
    orders = []
    for epoch in (0, 1, 0):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[1]) == list(range(100))
    in_order = np.diff(lengths[orders[0]])
    assert (in_order <= 0).mean() > 0.9  # grouped by length
    assert list(EpochSampler(100, seed=6, lengths=lengths, group=8)) != orders[0]
    assert mix(1, "order", 0) == mix(1, "order", 0) < 2**63


def test_a_run_of_before_keeps_its_order():
    lengths = np.random.default_rng(1).integers(3, 200, 900)
    now, before = (
        list(EpochSampler(900, seed=2, lengths=lengths, group=16, mixed=mixed))
        for mixed in (True, False)
    )
    in_steps = [{tuple(order[at : at + 16]) for at in range(0, 900, 16)} for order in (now, before)]
    assert in_steps[0] == in_steps[1] and now != before
    longest_of_fifty_steps = lengths[before[16 : 50 * 16]]
    assert (np.diff(longest_of_fifty_steps) <= 0).mean() > 0.95, "from long to short"


@pytest.mark.parametrize(
    ("n", "group"), [(900, 16), (901, 16), (7, 16), (16, 16), (17, 16), (1, 4), (64, 1)],
    ids=["even", "rest", "one_part", "one_step", "two_steps", "one_row", "rows_alone"],
)
def test_steps_of_like_lengths_come_in_any_order(n, group):
    lengths = np.random.default_rng(n).integers(3, 200, n)
    order = list(EpochSampler(n, seed=2, lengths=lengths, group=group))
    assert sorted(order) == list(range(n)) and lengths[order[0]] == lengths.max()
    if n < 900:
        return
    steps = [lengths[order[at : at + group]] for at in range(0, n - n % group, group)]
    means = np.array([one.mean() for one in steps[1:]])
    assert np.mean([np.ptp(one) for one in steps]) < np.ptp(lengths) / 4  # alike within a step
    falls = np.diff(means) < 0
    assert 0.25 < falls.mean() < 0.75, "neither from long to short nor the other way"


def test_every_step_has_a_row_and_the_schedule_is_as_asked(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(warmup=4, schedule="linear")
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    steps = run.history().query("kind == 'step'")
    assert steps["step"].tolist() == list(range(1, 19))
    expected = [3e-3 * (n / 4 if n < 4 else (18 - n) / 14) for n in range(18)]
    assert steps["learning_rate"].tolist() == pytest.approx(expected, abs=1e-12)
    assert (steps["tokens"] <= steps["padded_tokens"]).all()
    assert steps["tokens"].sum() == 2 * sum(len(text.split()) + 2 for text in _train_texts(recipe))
    evals = run.history().query("kind == 'eval'")
    assert evals["step"].tolist() == [9, 18]


def _train_texts(recipe):
    from workbench.data.examples import load_examples

    return load_examples(recipe).splits["train"]["text"]


def test_a_diverging_loss_stops_with_the_step_and_keeps_the_last_good_checkpoint(
    tiny_recipe, tmp_path, monkeypatch
):
    from workbench.training.engine import Engine

    real = Engine.compute_loss

    def poisoned(self, *args, **kwargs):
        loss = real(self, *args, **kwargs)
        return loss * float("nan") if self.state.global_step == 6 else loss

    monkeypatch.setattr(Engine, "compute_loss", poisoned)
    with pytest.raises(
        wb.WorkbenchError, match="diverged: the loss at step 7.*lower learning_rate"
    ):
        wb.fine_tune(tiny_recipe, tmp_path / "run", progress=False)
    run = wb.open_run(tmp_path / "run")
    assert run.state == "failed"
    assert "step 7" in run.status()["error"]
    names = sorted(p.name for p in (run.path / "checkpoints").iterdir())
    assert names == ["step-00000004"]
    monkeypatch.undo()
    assert wb.fine_tune(tiny_recipe, run.path, progress=False).state == "done"


def test_early_stopping_keeps_the_best_and_survives_a_resume(tiny_recipe, tmp_path, monkeypatch):
    from workbench.training.checkpoints import FRESH

    scores = iter([0.5, 0.9, 0.8, 0.7, 0.6, 0.95])
    from workbench.tasks.text_classification.task import TextClassification

    real = TextClassification.metrics

    def scripted(self, table, names):
        return {**real(self, table, names), "macro_f1": next(scores, 0.1)}

    monkeypatch.setattr(TextClassification, "metrics", scripted)
    monkeypatch.setattr("workbench.training.choosing.error_of", lambda *about: 0.05)
    recipe = tiny_recipe.replace(evaluate_every=2, early_stopping=2, checkpoint_every=100)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    evals = run.history().query("kind == 'eval'")
    assert evals["step"].tolist() == [2, 4, 6, 8]
    assert run.results()["best_step"] == 4
    assert [e["step"] for e in run.events() if e["event"] == "early_stopping"] == [8]
    assert FRESH["ended"] is False


@pytest.mark.parametrize(
    ("left_out", "stops"), [("macro_f1", True), ("accuracy", False)], ids=["deciding", "another"]
)
def test_a_declared_metric_that_is_never_given_is_said(
    tiny_recipe, tmp_path, monkeypatch, left_out, stops
):
    from workbench.tasks.text_classification.task import TextClassification

    real = TextClassification.metrics

    def fewer(self, table, names):
        found = real(self, table, names)
        return {name: value for name, value in found.items() if name != left_out}

    monkeypatch.setattr(TextClassification, "metrics", fewer)
    said = f"'text-classification' is to be judged by {left_out}, and its metrics"
    if stops:
        with pytest.raises(wb.WorkbenchError, match=said):
            wb.fine_tune(tiny_recipe.replace(max_steps=2), tmp_path / "run", progress=False)
        return
    run = wb.fine_tune(tiny_recipe.replace(max_steps=2), tmp_path / "run", progress=False)
    warning = run.status()["warning"]
    assert run.state == "done" and said in warning and "macro_f1" in warning
    assert "\n" not in warning


def test_steps_that_are_looked_at_rarely_give_the_same_rows(tiny_recipe, tmp_path, monkeypatch):
    from workbench.training import engine

    often = wb.fine_tune(tiny_recipe, tmp_path / "often", progress=False)
    monkeypatch.setattr(engine, "LOOK_EVERY", {"cpu": 5})
    rarely = wb.fine_tune(tiny_recipe, tmp_path / "rarely", progress=False)
    ours, theirs = (run.history().query("kind == 'step'") for run in (rarely, often))
    for name in ("step", "epoch", "loss", "learning_rate", "grad_norm", "tokens"):
        assert ours[name].tolist() == theirs[name].tolist()
    assert (ours["seconds"] > 0).all()


def test_a_diverged_step_is_named_however_rarely_it_is_looked(tiny_recipe, tmp_path, monkeypatch):
    from workbench.tasks.text_classification import task as text_classification
    from workbench.training import engine

    class Breaks(text_classification.CrossEntropy):
        batches = 0

        def total(self, logits, labels):
            Breaks.batches += 1
            return super().total(logits, labels) * (torch.nan if Breaks.batches == 3 else 1)

    monkeypatch.setattr(text_classification, "CrossEntropy", Breaks)
    monkeypatch.setattr(engine, "LOOK_EVERY", {"cpu": 5})
    recipe = tiny_recipe.replace(checkpoint_every=100)
    with pytest.raises(wb.WorkbenchError, match="the loss at step 3 is not a finite number"):
        wb.fine_tune(recipe, tmp_path / "run", progress=False)


def test_the_checkpoint_interval_counts_from_the_last_one(tiny_recipe, tmp_path):
    # the first evaluation, at step 3, is the best so far and writes one: the next is due at 3 + 4
    recipe = tiny_recipe.replace(checkpoint_every=4, evaluate_every=3, max_steps=13)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    steps = [0] + [event["step"] for event in run.events() if event["event"] == "checkpoint"]
    assert steps[1] == 3 and 4 not in steps and steps[-1] == 13
    assert max(np.diff(steps)) <= 4
