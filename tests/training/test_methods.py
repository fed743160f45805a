"""LoRA: what is saved, merged, loaded and resumed is what was trained."""

import hashlib
import json
import shutil

import numpy as np
import peft
import pytest
import torch
import transformers as hf

import workbench as wb
from tests.training import tiny
from tests.training.test_exact_resume import drive
from workbench.catalog.loading.safe_loading import load_model, load_tokenizer
from workbench.errors import ModelError, RecipeError, RunError
from workbench.training import checkpoints, methods
from workbench.training.speed.packed import packed_for

LORA = {"kind": "lora", "rank": 4, "alpha": 16, "dropout": 0.0, "targets": "auto"}
KINDS = ("bert", "roberta", "electra", "distilbert", "deberta-v2", "modernbert")


def adapted(folder, kind="bert", auto="AutoModelForSequenceClassification", **settings):
    """A tiny model under LoRA whose products are not zero any more, and its folder."""
    base = tiny.save_model(folder / "base", kind, dropout=0.0)
    new = []
    model = load_model(base, auto, new_head=True, spare=("pooler",), seed=3, new=new,
                       num_labels=2 if "Answering" in auto else 3)  # fmt: skip
    recipe = wb.Recipe(model=str(base), method={**LORA, **settings})
    method = methods.wrap(model, recipe, methods.Start(base, str(base), tuple(new), 5))
    torch.manual_seed(7)
    with torch.no_grad():
        for part in method.model.parameters():
            if part.requires_grad:
                part.add_(0.1 * torch.randn_like(part))
    return method, base


def inputs(n=3):
    torch.manual_seed(1)
    return {"input_ids": torch.randint(4, 30, (n, 9)), "attention_mask": torch.ones(n, 9).long()}


def logits(model):
    with torch.no_grad():
        return model.eval()(**inputs()).logits.numpy()


@pytest.mark.parametrize("kind", KINDS, ids=KINDS)
def test_adapter_merged_and_loaded_models_say_the_same(kind, tmp_path):
    method, base = adapted(tmp_path, kind)
    said = logits(method.model)
    assert not np.allclose(said, said[:1], atol=1e-3)  # texts differ, so that equal means something
    method.save(tmp_path / "adapter")
    plain = hf.AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
    read = peft.PeftModel.from_pretrained(plain, tmp_path / "adapter")
    np.testing.assert_allclose(logits(read), said, atol=1e-6)
    found = peft.AutoPeftModel.from_pretrained(tmp_path / "adapter", num_labels=3)
    np.testing.assert_allclose(logits(found), said, atol=1e-6)
    checkpoint = tmp_path / "step-00000001"
    method.save(checkpoint)
    method.model.config.save_pretrained(checkpoint)
    loaded = load_model(checkpoint, "AutoModelForSequenceClassification")
    np.testing.assert_allclose(logits(loaded), said, atol=1e-5)
    merged = method.merge()
    np.testing.assert_allclose(logits(merged), said, atol=1e-5)
    assert not any("lora" in name or "modules_to_save" in name for name in merged.state_dict())
    merged.save_pretrained(tmp_path / "whole")
    whole = hf.AutoModelForSequenceClassification.from_pretrained(tmp_path / "whole")
    np.testing.assert_allclose(logits(whole), said, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "auto"),
    [
        ("bert", "AutoModelForSequenceClassification"),
        ("roberta", "AutoModelForSequenceClassification"),
        ("distilbert", "AutoModelForSequenceClassification"),
        ("electra", "AutoModelForTokenClassification"),
        ("bert", "AutoModelForQuestionAnswering"),
    ],
    ids=["bert", "roberta", "distilbert", "electra-tags", "bert-answers"],
)
def test_padding_is_left_out_under_lora_with_the_librarys_numbers(kind, auto, tmp_path):
    method, _ = adapted(tmp_path, kind, auto)
    model = method.model.train()
    packed = packed_for(model)
    assert packed is not None
    given = inputs()["input_ids"]
    lengths = [9, 6, 2]
    mask = torch.tensor([[1] * n + [0] * (9 - n) for n in lengths])
    theirs = model(input_ids=given * mask, attention_mask=mask)
    rows = [row[:n] for row, n in zip(given, lengths, strict=True)]
    ours = packed.logits(torch.cat(rows), lengths)
    if "Answering" in auto:
        theirs = torch.stack([theirs.start_logits, theirs.end_logits], -1)[mask.bool()]
        ours = ours[mask.bool()]
    else:
        theirs = theirs.logits[mask.bool()] if "Token" in auto else theirs.logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    trained = [part for part in model.parameters() if part.requires_grad]
    slopes = [torch.autograd.grad(out.square().sum(), trained, allow_unused=True)
              for out in (ours, theirs)]  # fmt: skip
    for one, other in zip(*slopes, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)


def test_only_products_and_head_are_trained_and_that_is_counted(tmp_path):
    method, _ = adapted(tmp_path, targets=["query", "value"], rank=2)
    trained = {name for name, p in method.model.named_parameters() if p.requires_grad}
    assert all(".lora_" in name or name.startswith("classifier.") for name in trained)
    # by hand: two layers x two matrices x rank 2 x (32 in + 32 out), and a head of 32 x 3 + 3
    assert f"{2 * 2 * 2 * (32 + 32) + 32 * 3 + 3:,} of" in method.said
    assert "in 4 layers" in method.said


def test_what_is_new_beside_the_head_is_trained_and_saved(tmp_path):
    """A pooler that the folder lacks would otherwise be random, and another one when loaded."""
    base = tiny.save_model(tmp_path / "base")
    body = hf.AutoModel.from_pretrained(base, add_pooling_layer=False)
    body.save_pretrained(base)
    new = []
    model = load_model(base, "AutoModelForSequenceClassification", new_head=True, new=new,
                       spare=("pooler",), seed=3, num_labels=3)  # fmt: skip
    start = methods.Start(base, str(base), tuple(new), 5)
    method = methods.wrap(model, wb.Recipe(model=str(base), method=LORA), start)
    trained = method.wrapped.peft_config["default"].modules_to_save
    assert trained == ["bert.pooler.dense", "classifier"]
    said = logits(method.model)
    method.save(tmp_path / "step-00000001")
    method.model.config.save_pretrained(tmp_path / "step-00000001")
    loaded = load_model(tmp_path / "step-00000001", "AutoModelForSequenceClassification")
    np.testing.assert_allclose(logits(loaded), said, atol=1e-5)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (["qery"], "names 'qery'.*Did you mean 'query'"),
        (["query", "classifier"], "names 'classifier'"),
        (["word_embeddings"], "names 'word_embeddings'"),
        (["LayerNorm"], "names 'LayerNorm'"),
        (["uery"], "names 'uery'"),
    ],
    ids=["misspelt", "the-head", "an-embedding", "a-norm", "half-a-name"],
)
def test_layers_that_are_not_there_are_named(targets, said, tmp_path):
    with pytest.raises(RecipeError, match=said) as error:
        adapted(tmp_path, targets=targets)
    assert error.value.field == "method"


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("lroa", r"method.kind is 'lroa'. Did you mean 'lora'\?"),
        ({"kind": "__init__"}, "Allowed: 'full', 'lora'"),
        ({"kind": ["lora"]}, r"method.kind is \['lora'\]"),
        ({"rank": 8}, "has no kind"),
        ({}, "has no kind"),
        (None, "method is None"),
        (["lora"], "It takes a mapping"),
        ({"kind": "full", "rank": 8}, "It has no settings"),
        ({"kind": "lora", "rnk": 8}, "Did you mean 'rank'"),
        ({"kind": "lora", 1: 8}, "has no setting 1"),
        ({"kind": "lora", "rank": 0}, r"method.rank is 0. It must be at least 1"),
        ({"kind": "lora", "rank": 8.0}, "which is a number. It takes a whole number"),
        ({"kind": "lora", "rank": True}, "true or false"),
        ({"kind": "lora", "alpha": 0}, "above 0"),
        ({"kind": "lora", "alpha": float("nan")}, "method.alpha is nan"),
        ({"kind": "lora", "dropout": 1}, "at most 0.99"),
        ({"kind": "lora", "targets": "query"}, "method.targets is 'query'"),
        ({"kind": "lora", "targets": []}, r"method.targets is \[\]"),
        ({"kind": "lora", "targets": [3]}, r"method.targets is \[3\]"),
    ],
    ids=str,
)
def test_a_method_that_is_none_is_refused_in_a_sentence(method, said):
    with pytest.raises(RecipeError, match=said) as error:
        wb.Recipe(method=method)
    assert error.value.field == "method"


def test_a_recipe_says_all_of_its_method_and_nothing_of_the_usual_one():
    recipe = wb.Recipe(method={"kind": "lora", "rank": 4})
    assert recipe.method == LORA == wb.Recipe(method=recipe.method).method
    assert wb.Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert wb.Recipe(method="lora").method["rank"] == 8
    assert wb.Recipe(method="full") == wb.Recipe()
    assert "method" not in wb.Recipe().to_yaml() and "method" not in wb.Recipe().changed_fields()


# runs ---------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def run(tiny_recipe, tmp_path_factory):
    recipe = tiny_recipe.replace(method=LORA, learning_rate=0.02, epochs=4)
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("lora") / "run", progress=False)


def test_a_run_of_lora_learns_and_leaves_a_whole_model_and_an_adapter(run):
    assert run.metrics()["accuracy"] > 0.8
    assert "LoRA of rank 4" in run.speed()["chosen"] and "no padding" in run.speed()["chosen"]
    texts = ["good film", "awful book 3", "the story is so very fine"]
    asked = run.predict(texts)
    tokenizer = load_tokenizer(run.path / "model")
    given = tokenizer(texts, padding=True, return_tensors="pt")
    whole = hf.AutoModelForSequenceClassification.from_pretrained(run.path / "model").eval()
    plain = hf.AutoModelForSequenceClassification.from_pretrained(run.recipe.model, num_labels=2)
    read = peft.PeftModel.from_pretrained(plain, run.path / "adapter").eval()
    for model in (whole, read):
        with torch.no_grad():
            scores = model(**given).logits.softmax(-1)
        found = asked[["score_class-0", "score_class-1"]].to_numpy()
        np.testing.assert_allclose(scores.numpy(), found, atol=1e-5)
    before = hf.AutoModel.from_pretrained(run.recipe.model).state_dict()
    after = whole.bert.state_dict()
    still = "embeddings.word_embeddings.weight"
    assert torch.equal(before[still], after[still])  # what is not trained is as it was
    assert not torch.equal(*(w["encoder.layer.0.output.dense.weight"] for w in (before, after)))


def test_a_run_of_lora_is_reopened_and_looked_into(run):
    again = wb.open_run(run.path)
    assert again.damage() == [] and again.recipe.method == LORA
    assert again.predict(["good film"]).equals(run.predict(["good film"]))
    seen = wb.inspection.attention(again, "good film")
    np.testing.assert_allclose(np.asarray(seen.weights).sum(-1), 1, atol=1e-5)
    (answer,) = again.predict(["good film"])["prediction"]
    assert again.pipeline()("good film")[0]["label"] == answer


def test_checkpoints_of_lora_hold_the_adapter_alone(run):
    (kept,) = checkpoints.list_checkpoints(run.path)
    names = {path.name for path in kept.iterdir()}
    assert "model.safetensors" not in names and "adapter_model.safetensors" in names
    settings = json.loads((kept / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == run.recipe.model
    text = "the very good film"  # and what a run that trains is looked into with
    seen, finished = (wb.inspection.attention(folder, text) for folder in (kept, run))
    np.testing.assert_allclose(seen.weights, finished.weights, atol=1e-5)
    loaded = load_model(kept, "AutoModelForSequenceClassification")
    whole = load_model(run.path / "model", "AutoModelForSequenceClassification")
    np.testing.assert_allclose(logits(loaded), logits(whole), atol=1e-6)


def test_a_lost_adapter_or_model_comes_back_from_the_best_checkpoint(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    copy = wb.open_run(tmp_path / "run")
    was = {}
    for name in ("adapter/adapter_model.safetensors", "model/model.safetensors"):
        was[name] = hashlib.sha256((copy.path / name).read_bytes()).hexdigest()
        (copy.path / name).unlink()
    assert copy.lost_result()
    wb.fine_tune(copy.recipe, copy.path, progress=False)
    for name, digest in was.items():
        assert hashlib.sha256((copy.path / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("harm", ["changed", "gone", "cut", "nan", "kind", "shape", "no-base"])
def test_an_adapter_that_does_not_fit_its_model_is_refused(harm, run, tmp_path):
    from safetensors.torch import load_file, save_file

    (kept,) = checkpoints.list_checkpoints(run.path)
    folder = tmp_path / kept.name
    shutil.copytree(kept, folder)
    tensors, notes = folder / "adapter_model.safetensors", json.loads(
        (folder / "base.json").read_text())  # fmt: skip
    settings = json.loads((folder / "adapter_config.json").read_text())
    weights = load_file(tensors)
    first = sorted(weights)[0]
    if harm == "changed":
        other = shutil.copytree(run.recipe.model, tmp_path / "other")
        base = load_file(other / "model.safetensors")
        save_file({n: w + 1e-4 for n, w in base.items()}, other / "model.safetensors",
                  metadata={"format": "pt"})  # fmt: skip
        notes["folder"] = str(other)
    elif harm == "gone":
        notes["folder"] = str(tmp_path / "nowhere")
    elif harm == "no-base":
        notes = {}
    elif harm == "cut":
        tensors.write_bytes(tensors.read_bytes()[:-10])
    elif harm == "nan":
        save_file({**weights, first: weights[first] * float("nan")}, tensors)
    elif harm == "shape":
        save_file({**weights, first: weights[first][:2].contiguous()}, tensors)
    else:
        settings["peft_type"] = "IA3"
    (folder / "base.json").write_text(json.dumps(notes))
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    said = {"changed": "other weights", "gone": "not at", "cut": "is cut", "nan": "not finite",
            "kind": "of kind 'IA3'", "shape": "1 tensor differs",
            "no-base": "does not say which model"}[harm]  # fmt: skip
    with pytest.raises(ModelError, match=said):
        load_model(folder, "AutoModelForSequenceClassification")


def test_a_run_does_not_go_on_with_another_base(tiny_recipe, tmp_path):
    model = shutil.copytree(tiny_recipe.model, tmp_path / "model")
    recipe = tiny_recipe.replace(model=str(model), method=LORA)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    (run.path / "model" / "model.safetensors").unlink()
    tiny.save_model(model, dropout=0.1, positions=63)
    with pytest.raises((RunError, ModelError), match="other weights"):
        wb.fine_tune(recipe, run.path, progress=False)


def test_a_run_of_lora_killed_four_times_equals_one_that_was_not(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(
        batch_size=4, gradient_accumulation=2, method={**LORA, "dropout": 0.1}, best_metric="loss"
    )
    kills = ["step:2", "checkpoint:8", "step:14", "final-save:-1"]
    expected, found = drive(tmp_path, recipe, *kills)
    weights, steps, evals, predictions, best = found
    assert steps.equals(expected[1]) and evals.equals(expected[2])
    assert best == expected[4] and predictions.equals(expected[3])
    assert weights == expected[0]
    adapters = [(tmp_path / name / "adapter" / "adapter_model.safetensors").read_bytes()
                for name in ("whole", "killed")]  # fmt: skip
    assert adapters[0] == adapters[1]
