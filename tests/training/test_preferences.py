"""Of two replies the chosen one is learnt: DPO as TRL computes it, resumed exactly."""

import importlib.util
import math

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.conftest import missing
from tests.training import test_chat, writers
from tests.training.test_exact_resume import drive
from workbench.data.rendering.named import NAMED
from workbench.errors import DataError, RecipeError
from workbench.tasks.shared.encoding import IGNORED
from workbench.training.losses import prepare as prepare_loss
from workbench.training.predicting.passes import Passes
from workbench.training.preparing import prepare
from workbench.training.step_loss import StepLoss

DPO = {"kind": "dpo", "beta": 0.3}


def pairs(n: int = 48, seed: int = 0) -> pd.DataFrame:
    """Letters are asked; the numbers of their places are better than any others."""
    rng = np.random.RandomState(seed)
    rows = []
    for _ in range(n):
        start = int(rng.randint(7))
        wrong = rng.randint(10, size=rng.randint(1, 5))
        rows.append({
            "prompt": [{"role": "user", "content": " ".join(writers.LETTERS[start : start + 2])}],
            "chosen": [{"role": "assistant", "content": f"{start} {start + 1} {start + 2}"}],
            "rejected": [{"role": "assistant", "content": " ".join(map(str, wrong))}],
        })  # fmt: skip
    return pd.DataFrame(rows)


def recipe_for(folder, kind: str = "llama", **about) -> wb.Recipe:
    usual = dict(dataset=pairs(), test_size=8, validation_size=8, split="random", loss=DPO,
                 method={"kind": "lora", "rank": 4})  # fmt: skip
    return test_chat.recipe_for(folder, kind, **{**usual, **about})


def step_of(prepared, recipe, numbers):
    """Loss of rows as one step, cut into micro-batches of ``numbers``, with its gradient."""
    loss = StepLoss(prepare_loss(recipe, prepared.task, prepared.examples),
                    forward=prepared.task.forward, writes=True, generates=True)  # fmt: skip
    collate = prepared.task.collator(prepared.tokenizer, prepared.model)
    batches = [collate([prepared.encoded["train"][i] for i in part]) for part in numbers]
    for batch in batches:
        del batch["_tokens"], batch["_padded_tokens"]
    normaliser, total, figures = loss.begin(batches), 0.0, {}
    for number, batch in enumerate(batches):
        one, _ = loss.of(prepared.model, batch, normaliser, number=number, prepare=dict,
                         seed=lambda _: None)  # fmt: skip
        one.backward()
        total += one.item()
        figures = {name: figures.get(name, 0) + float(v) for name, v in loss.figures.items()}
    return total, figures


def referred(prepared):
    rows = prepared.encoded["train"]
    passes = Passes(prepared.task, prepared.model, prepared.tokenizer, rows)
    rows.reference = passes.scores(lambda found, _: found)


def shaken(model):
    """Adapters that are no longer the nothing that they begin as."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if "lora_" in name:
                weight.copy_(0.2 * torch.randn(weight.shape, generator=generator))


def test_tokens_loss_and_gradient_are_those_of_trl(tmp_path):
    if importlib.util.find_spec("trl") is None:
        missing("TRL is not installed.", "Install the extra `preferences`.")
    import datasets
    import transformers
    from peft import LoraConfig, get_peft_model
    from trl import DPOConfig, DPOTrainer

    template = next(name for name, one in NAMED.items() if not one.markers)
    recipe = recipe_for(tmp_path, prompt={"kind": "conversation", "template": template})
    prepared = prepare(recipe)
    referred(prepared)
    prepared.task.prepare_writer(prepared.tokenizer, prepared.model)  # has the template
    numbers = list(range(8))
    frame = prepared.examples.splits["train"].iloc[numbers]
    theirs = datasets.Dataset.from_pandas(pairs().iloc[frame["row"].tolist()],
                                          preserve_index=False)  # fmt: skip
    plain = transformers.AutoModelForCausalLM.from_pretrained(recipe.model)
    config = prepared.method.wrapped.peft_config["default"]
    theirs_config = LoraConfig(r=config.r, lora_alpha=config.lora_alpha,
                               target_modules=config.target_modules)  # fmt: skip
    wrapped = get_peft_model(plain, theirs_config)
    trainer = DPOTrainer(
        wrapped, args=DPOConfig(
            str(tmp_path / "trl"), beta=DPO["beta"], report_to="none", use_cpu=True, bf16=False,
            per_device_train_batch_size=8, max_length=40, gradient_checkpointing=False,
        ), train_dataset=theirs, processing_class=prepared.tokenizer,
    )  # fmt: skip
    for one, own in zip(trainer.train_dataset, prepared.encoded["train"].sides[:8], strict=True):
        for (ids, labels), name in zip(own, ("chosen_ids", "rejected_ids"), strict=True):
            assert ids == one["prompt_ids"] + one[name]
            assert [x for x in labels if x != IGNORED] == one[name]
    shaken(prepared.method.wrapped)
    trained = {n: w for n, w in trainer.model.named_parameters() if w.requires_grad}
    own = {n: w for n, w in prepared.method.wrapped.named_parameters() if w.requires_grad}
    assert set(trained) == set(own)
    with torch.no_grad():
        for name, weight in trained.items():
            weight.copy_(own[name])
    batch = trainer.data_collator([trainer.train_dataset[n] for n in numbers])
    wanted = trainer.compute_loss(trainer.model, batch)
    wanted.backward()
    found, figures = step_of(prepared, recipe, [numbers])
    assert found == pytest.approx(wanted.item(), abs=1e-5)
    assert abs(found - math.log(2)) > 0.01
    said = {name: values[0] for name, values in trainer._metrics["train"].items()}
    assert figures["reward_margin"] == pytest.approx(said["rewards/margins"], abs=1e-5)
    assert figures["reward_accuracy"] == pytest.approx(said["rewards/accuracies"])
    for name, weight in own.items():
        torch.testing.assert_close(weight.grad, trained[name].grad, rtol=1e-4, atol=1e-5)
    assert sum(weight.grad.abs().max() > 1e-3 for weight in own.values()) > 10
    # however the step is cut
    whole = {name: weight.grad.clone() for name, weight in own.items()}
    prepared.model.zero_grad()
    assert step_of(prepared, recipe, [[0, 1, 2], [3], [4, 5, 6, 7]])[0] == pytest.approx(found)
    for name, weight in own.items():
        torch.testing.assert_close(weight.grad, whole[name], rtol=1e-4, atol=1e-6)


def test_nothing_is_dropped_unless_it_is_asked_for(tmp_path):
    method = {"kind": "lora", "rank": 4, "dropout": 0.5}
    recipe = recipe_for(tmp_path, "gpt2", method=method)
    writers.save(tmp_path / "dropping", "gpt2", dropout=0.5)
    recipe = recipe.replace(model=str(tmp_path / "dropping"))
    assert recipe.loss["disable_dropout"] is True
    prepared = prepare(recipe)
    referred(prepared)
    shaken(prepared.method.wrapped)

    def loss(recipe):
        prepared.model.train()  # as the trainer does before each micro-batch
        torch.manual_seed(0)
        return step_of(prepared, recipe, [list(range(8))])[0]

    found = loss(recipe)
    assert loss(recipe) == found
    dropped = recipe.replace(loss={**DPO, "disable_dropout": False})
    assert abs(loss(dropped) - found) > 1e-3
    shares = {id(one): one for one in prepared.model.modules() if hasattr(one, "p")}
    kept = [one.p for one in shares.values()]
    assert set(kept) == {0.5}  # as saved
    if importlib.util.find_spec("trl") is None:
        missing("TRL is not installed.", "Install the extra `preferences`.")
    from trl.trainer.utils import disable_dropout_in_model

    disable_dropout_in_model(prepared.model)  # what TRL does to its model
    assert loss(dropped) == pytest.approx(found, abs=1e-6)


def test_a_run_learns_what_is_preferred_and_says_so(tmp_path):
    recipe = recipe_for(tmp_path, max_steps=12, evaluate_every=6)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    history = run.history()
    steps = history[history["kind"] == "step"]
    first = steps.iloc[0]  # the model is the one that it is compared with
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert first["reward_margin"] == pytest.approx(0, abs=1e-5)
    assert steps.iloc[-1]["reward_margin"] > 0.1
    evals = history[history["kind"] == "eval"]
    assert evals["reward_accuracy"].iloc[-1] > 0.7 and evals["reward_margin"].iloc[-1] > 0.1
    assert run.results()["best_metric"] == "reward_accuracy"
    test = run.metrics()
    baselines = run.results()["baselines"]
    assert baselines["untuned"]["reward_accuracy"] == 0.5
    assert baselines["untuned"]["loss"] == pytest.approx(math.log(2))
    table = run.predictions()
    longer = [(len(a) > len(b)) + 0.5 * (len(a) == len(b))
              for a, b in zip(table["label"], table["rejected"], strict=True)]  # fmt: skip
    assert baselines["longer"] == {"reward_accuracy": pytest.approx(np.mean(longer))}
    margin = table["chosen_reward"] - table["rejected_reward"]
    assert table["reward_margin"].to_numpy() == pytest.approx(margin.to_numpy())
    assert table["loss"].to_numpy() == pytest.approx(np.log1p(np.exp(-margin.to_numpy())), rel=1e-4)
    assert test["reward_accuracy"] == pytest.approx((margin > 0).mean())
    rows = wb.inspection.metric_intervals(run).set_index("metric")
    assert rows.loc["reward_accuracy", "value"] == pytest.approx(test["reward_accuracy"])
    assert rows.loc["reward_accuracy", "low"] <= test["reward_accuracy"]
    # talking and predicting are as ever
    assert isinstance(run.predict(["a b"])["prediction"].iloc[0], str)
    drawn = [one.name for one in wb.plots.learning_curves(run).data]
    for name in ("loss", "reward margin", "pairs whose chosen reply"):
        assert any(name in one and "training" in one for one in drawn)
        assert any(name in one and "validation" in one for one in drawn)


def test_a_model_that_was_not_changed_prefers_nothing(tmp_path):
    """What is judged after training is compared with what was measured in the same precision."""
    recipe = recipe_for(tmp_path, max_steps=1, learning_rate=1e-12, precision="bf16")
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    of_steps = run.history().query("kind == 'eval'")["reward_margin"]
    for margin in (*of_steps, run.metrics("test")["reward_margin"], run.metrics()["reward_margin"]):
        assert abs(margin) < 1e-6
    assert abs(run.predictions("test")["chosen_reward"]).max() < 1e-6
    assert run.results()["baselines"]["untuned"]["loss"] == pytest.approx(math.log(2), abs=1e-6)


def test_stopped_and_killed_it_ends_the_same(tmp_path):
    recipe = recipe_for(tmp_path, checkpoint_every=2, evaluate_every=2, batch_size=4,
                        gradient_accumulation=2)  # fmt: skip
    expected, found = drive(tmp_path, recipe, "stop:2", "pause:3+evaluation:6")
    assert found[1].equals(expected[1]) and len(found[1]) == 6
    assert found[2].equals(expected[2]) and len(found[2]) == 3
    assert found[3].equals(expected[3]) and found[0] == expected[0]
    kept = tmp_path / "killed" / "reference.npz"
    with np.load(kept) as one, np.load(tmp_path / "whole" / "reference.npz") as other:
        splits = {"train", "validation", "test"}
        assert set(one) == {"of", *splits, "validation_judged", "test_judged"}
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_what_cannot_be_compared_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(RecipeError, match="share a row"):
        prepare(recipe_for(tmp_path, rows="packed"))
    with pytest.raises(RecipeError, match="dpo.*not for regression"):
        wb.Recipe(task="regression", loss="dpo")
    with pytest.raises(RecipeError, match="perplexity"):
        prepare(recipe_for(tmp_path, best_metric="perplexity"))
    with pytest.raises(RecipeError, match="label_smoothing"):
        recipe_for(tmp_path, label_smoothing=0.1)
    alone = pairs()[["prompt", "chosen"]]
    with pytest.raises(DataError, match="chosen and a rejected"):
        prepare(recipe_for(tmp_path, dataset=alone))
    assert wb.Recipe(task="chat", loss="dpo").loss == {
        "kind": "dpo", "beta": 0.1, "disable_dropout": True,
    }  # fmt: skip
