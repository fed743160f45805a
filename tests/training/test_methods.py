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
from tests.training import tiny, writers
from tests.training.test_exact_resume import drive
from workbench.catalog.loading.safe_loading import load_model, load_tokenizer
from workbench.catalog.model_folders import adapters
from workbench.errors import ModelError, RecipeError, RunError
from workbench.training import checkpoints, methods
from workbench.training.preparing import prepare
from workbench.training.speed.packed import packed_for

LORA = {"kind": "lora", "rank": 4, "alpha": 16, "dropout": 0.0, "targets": "auto",
        "variant": "lora", "plus": 1, "base": "plain"}
IA3 = {"kind": "ia3", "targets": "auto"}
DORA, RSLORA = ({**LORA, "variant": variant} for variant in ("dora", "rslora"))
KINDS = ("bert", "roberta", "electra", "distilbert", "deberta-v2", "modernbert")


def adapted(folder, kind="bert", auto="AutoModelForSequenceClassification", *, method=LORA,
            moved=True, **settings):  # fmt: skip
    """A tiny model whose adapter has learnt something, and its folder."""
    base = tiny.save_model(folder / "base", kind, dropout=0.0)
    new = []
    model = load_model(base, auto, new_head=True, spare=("pooler",), seed=3, new=new,
                       num_labels=2 if "Answering" in auto else 3)  # fmt: skip
    recipe = wb.Recipe(model=str(base), method={**method, **settings})
    method = methods.wrap(model, recipe, methods.Start(base, str(base), tuple(new), 5))
    if moved:
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


@pytest.mark.parametrize(
    ("kind", "settings"),
    [*((kind, LORA) for kind in KINDS), ("bert", DORA), ("distilbert", RSLORA),
     ("distilbert", IA3), ("modernbert", IA3)],
    ids=[*KINDS, "dora", "rslora", "ia3", "ia3-fused"],
)  # fmt: skip
def test_adapter_merged_and_loaded_models_say_the_same(kind, settings, tmp_path):
    method, base = adapted(tmp_path, kind, method=settings)
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
    added = ("lora", "ia3", "modules_to_save")
    assert not any(one in name for one in added for name in merged.state_dict())
    merged.save_pretrained(tmp_path / "whole")
    whole = hf.AutoModelForSequenceClassification.from_pretrained(tmp_path / "whole")
    np.testing.assert_allclose(logits(whole), said, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "auto", "settings"),
    [
        ("bert", "AutoModelForSequenceClassification", LORA),
        ("roberta", "AutoModelForSequenceClassification", LORA),
        ("distilbert", "AutoModelForSequenceClassification", LORA),
        ("electra", "AutoModelForTokenClassification", LORA),
        ("bert", "AutoModelForQuestionAnswering", LORA),
        ("bert", "AutoModelForSequenceClassification", DORA),
        ("electra", "AutoModelForTokenClassification", DORA),
        ("roberta", "AutoModelForSequenceClassification", RSLORA),
        ("bert", "AutoModelForSequenceClassification", IA3),
        ("electra", "AutoModelForTokenClassification", IA3),
    ],
    ids=["bert", "roberta", "distilbert", "electra-tags", "bert-answers", "dora", "dora-tags",
         "rslora", "ia3", "ia3-tags"],
)  # fmt: skip
def test_padding_is_left_out_under_an_adapter_with_the_librarys_numbers(
    kind, auto, settings, tmp_path
):
    method, _ = adapted(tmp_path, kind, auto, method=settings)
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


@pytest.mark.parametrize("method", [LORA, RSLORA, DORA, IA3], ids=["lora", "rslora", "dora", "ia3"])
def test_an_adapter_that_has_learnt_nothing_changes_nothing(method, tmp_path):
    method, base = adapted(tmp_path, method=method, moved=False)
    plain = load_model(base, "AutoModelForSequenceClassification", new_head=True,
                       spare=("pooler",), seed=3, num_labels=3)  # fmt: skip
    np.testing.assert_array_equal(logits(method.model), logits(plain))


@pytest.mark.parametrize("variant", ["lora", "rslora", "dora"])
def test_a_layer_computes_the_formula_of_its_paper(variant, tmp_path):
    method, _ = adapted(tmp_path, variant=variant, rank=4, alpha=16)
    layer = method.model.bert.encoder.layer[0].attention.self.query
    matrix, bias = (part.detach().numpy() for part in layer.base_layer.parameters())
    thin, tall = (part["default"].weight.detach().numpy() for part in (layer.lora_A, layer.lora_B))
    given = np.random.RandomState(0).randn(5, 32).astype("float32")
    changed = matrix + {"lora": 16 / 4, "rslora": 16 / 2, "dora": 16 / 4}[variant] * tall @ thin
    if variant == "dora":
        lengths = layer.lora_magnitude_vector["default"].weight.detach().numpy()
        assert np.abs(lengths - np.sqrt((matrix**2).sum(1))).max() > 0.01  # they have moved
        changed *= (lengths / np.sqrt((changed**2).sum(1)))[:, None]
    with torch.no_grad():
        found = layer(torch.from_numpy(given)).numpy()
    np.testing.assert_allclose(found, given @ changed.T + bias, atol=1e-5)


def test_the_length_of_a_direction_gets_no_gradient_under_dora(tmp_path):
    """The norm is a constant of the step, as section 4.3 of the paper has it."""
    method, _ = adapted(tmp_path, variant="dora")
    layer = method.model.bert.encoder.layer[0].attention.self.query
    tall, length = layer.lora_B["default"].weight, layer.lora_magnitude_vector["default"].weight
    given = torch.randn(5, 32)
    slopes = torch.autograd.grad(layer(given).sum(), (tall, length))
    with torch.no_grad():
        product = layer.lora_A["default"].weight
        whole = layer.base_layer.weight + 4 * tall @ product
        share = length / whole.norm(dim=1)
        summed = given.sum(0)  # of y = share * (W + 4 B A) x, with share held still
        by_hand = 4 * share[:, None] * (product @ summed)[None], whole @ summed / whole.norm(dim=1)
    for one, other in zip(slopes, by_hand, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("plus", [1, 16])
def test_b_learns_faster_than_a_under_lora_plus(plus, tiny_recipe, tmp_path):
    """A step of AdamW is by its sign: the rate itself, times the gradient over its own size."""
    recipe = tiny_recipe.replace(
        method={**LORA, "plus": plus}, learning_rate=1e-3, max_steps=1, weight_decay=0, warmup=0
    )
    prepared = prepare(recipe)
    names = {name: one.detach().clone() for name, one in prepared.model.named_parameters()
             if one.requires_grad}  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    (kept,) = checkpoints.list_checkpoints(run.path)
    moved = adapters.read_tensors(kept)
    groups = {f"lora_{one}": [moved[f"base_model.model.{name.replace('.default', '')}"] - was
                              for name, was in names.items() if f"lora_{one}" in name]
              for one in "AB"}  # fmt: skip
    steps = {name: max(float(part.abs().max()) for part in parts) for name, parts in groups.items()}
    assert steps["lora_B"] == pytest.approx(plus * 1e-3, rel=1e-3)
    assert ("B 16 times as fast as A" in run.speed()["chosen"]) == (plus == 16)
    assert steps["lora_A"] == 0  # B is still zero: A has no gradient at the first step


def test_scales_of_ia3_are_behind_keys_and_values_and_in_front_of_the_last_layer(tmp_path):
    method, _ = adapted(tmp_path, method=IA3)
    block = method.model.bert.encoder.layer[0]
    value, last = block.attention.self.value, block.output.dense
    scales = [part.ia3_l["default"].detach().numpy().ravel() for part in (value, last)]
    assert [len(one) for one in scales] == [32, 64]
    given = np.random.RandomState(0).randn(5, 64).astype("float32")
    for part, scale, inputs_of in ((value, scales[0], given[:, :32]), (last, scales[1], given)):
        matrix, bias = (one.detach().numpy() for one in part.base_layer.parameters())
        with torch.no_grad():
            found = part(torch.from_numpy(inputs_of)).numpy()
        behind = (inputs_of @ matrix.T + bias) * scale if part is value else None
        front = (inputs_of * scale) @ matrix.T + bias if part is last else None
        np.testing.assert_allclose(found, behind if front is None else front, atol=1e-5)
    # by hand: two blocks of 32 + 32 + 64 numbers, and a head of 32 x 3 + 3
    assert f"{2 * 128 + 99:,} of" in method.said and "IA3 in 6 layers" in method.said


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("distilbert", ["k_lin", "lin2", "v_lin"]),
        ("deberta-v2", ["dense", "key_proj", "value_proj"]),
        ("modernbert", ["Wo", "Wqkv"]),
    ],
)
def test_ia3_finds_keys_values_and_last_layers(kind, names, tmp_path):
    method, _ = adapted(tmp_path, kind, method=IA3)
    layers = {n.partition(".ia3_l")[0] for n in method.model.state_dict() if ".ia3_l" in n}
    assert sorted({name.rpartition(".")[2] for name in layers}) == names
    assert len(layers) == 2 * len(names)  # two blocks: no output of attention among them


@pytest.mark.parametrize(
    ("kind", "targets", "names"),
    [
        ("bert", "attention", ["dense", "key", "query", "value"]),
        ("bert", "feed-forward", ["dense"]),
        ("distilbert", "attention", ["k_lin", "out_lin", "q_lin", "v_lin"]),
        ("distilbert", "feed-forward", ["lin1", "lin2"]),
        ("deberta-v2", "attention", ["dense", "key_proj", "pos_key_proj",
                                      "pos_query_proj", "query_proj", "value_proj"]),
        ("modernbert", "attention", ["Wo", "Wqkv"]),
        ("modernbert", "feed-forward", ["Wi", "Wo"]),
    ],
)  # fmt: skip
def test_layers_are_named_by_their_kind(kind, targets, names, tmp_path):
    method, _ = adapted(tmp_path, kind, targets=targets)
    layers = {n.partition(".lora_A")[0] for n in method.model.state_dict() if ".lora_A" in n}
    assert sorted({name.rpartition(".")[2] for name in layers}) == names
    assert all(("att" in name) == (targets == "attention") for name in layers)


def test_all_that_is_linear_is_what_is_usual(tmp_path):
    both = [adapted(tmp_path / one, targets=one)[0].said for one in ("auto", "all-linear")]
    assert both[0] == both[1] and "in 13 layers" in both[0]


@pytest.mark.parametrize("harm", ["wide", "zeros"])
def test_a_rank_or_a_row_that_nothing_can_be_learnt_with_is_refused(harm, tmp_path):
    base = tiny.save_model(tmp_path)
    model = hf.AutoModelForSequenceClassification.from_pretrained(base)
    start = methods.Start(base, str(base), ("classifier.weight", "classifier.bias"), 5)
    method = {**DORA, "rank": 33 if harm == "wide" else 4}
    with torch.no_grad():
        model.bert.encoder.layer[1].output.dense.weight[3] = 0
    said = {"wide": "rank is 33, and the widest .* has 32", "zeros": "1 row of the layer .*zeros"}
    with pytest.raises(RecipeError, match=said[harm]) as error:
        methods.wrap(model, wb.Recipe(model=str(base), method=method), start)
    assert error.value.field == "method"
    assert error.value.setting == {"wide": "rank", "zeros": "variant"}[harm]


@pytest.mark.parametrize("kind", ["gpt2", "llama", "t5", "marian"])
@pytest.mark.parametrize("method", [DORA, IA3], ids=["dora", "ia3"])
def test_models_that_write_are_adapted_and_merged(kind, method, tmp_path):
    base = writers.save(tmp_path, kind)
    model = writers.model(kind)
    given = {"input_ids": torch.randint(4, 20, (2, 7), generator=torch.manual_seed(1))}
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = given["input_ids"][:, :4]
    made = methods.wrap(model, wb.Recipe(method=method), methods.Start(base, str(base), (), 5))
    with torch.no_grad():
        before, fresh = writers.model(kind)(**given).logits, made.model(**given).logits
        assert torch.equal(before, fresh)
        for part in made.model.parameters():
            if part.requires_grad:
                part.add_(0.5 * torch.randn_like(part))
        moved = made.model(**given).logits
        assert (moved - before).abs().max() > 1e-3
        torch.testing.assert_close(made.merge()(**given).logits, moved, atol=1e-5, rtol=1e-4)


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
        ({"kind": "__init__"}, "Allowed: 'full'.*'lora'"),
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
        ({"kind": "lora", "targets": "atention"}, "one of 'auto', 'all-linear', 'attention'"),
        ({"kind": "lora", "plus": 0.5}, "method.plus is 0.5. It must be at least 1"),
        ({"kind": "lora", "variant": "dorra"}, "Did you mean 'dora'"),
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


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({**LORA, "rank": 33}, "rank is 33, and the widest"),
        ({**IA3, "targets": ["qery"]}, "names 'qery'"),
        ("prefix", "does not look at keys and values"),
        ({"kind": "frozen", "layers": 3}, "layers is 3, and .* has 2"),
    ],
    ids=["rank", "layers", "kind-of-model", "depth"],
)
def test_what_the_model_does_not_allow_is_said_before_data_is_tokenised(
    method, said, tiny_recipe, monkeypatch
):
    monkeypatch.setattr("workbench.training.preparing.load_tokenizer", None)
    with pytest.raises(RecipeError, match=said) as error:
        prepare(tiny_recipe.replace(method=method))
    assert error.value.field == "method"


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
        settings["peft_type"] = "LOHA"
    (folder / "base.json").write_text(json.dumps(notes))
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    said = {"changed": "other weights", "gone": "not at", "cut": "is cut", "nan": "not finite",
            "kind": "of kind 'LOHA'.*'LORA' or 'IA3'", "shape": "1 tensor differs",
            "no-base": "does not say of which one"}[harm]  # fmt: skip
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


@pytest.mark.parametrize(
    ("method", "kills"),
    [
        ({**LORA, "dropout": 0.1}, ["step:2", "checkpoint:8", "step:14", "final-save:-1"]),
        ({**DORA, "dropout": 0.1, "plus": 4}, ["checkpoint:8"]),
        (IA3, ["step:14"]),
    ],
    ids=["lora", "dora", "ia3"],
)
def test_a_run_killed_again_and_again_equals_one_that_was_not(
    method, kills, tiny_recipe, tmp_path
):
    recipe = tiny_recipe.replace(
        batch_size=4, gradient_accumulation=2, method=method, best_metric="loss"
    )
    expected, found = drive(tmp_path, recipe, *kills)
    weights, steps, evals, predictions, best = found
    assert steps.equals(expected[1]) and evals.equals(expected[2])
    assert best == expected[4] and predictions.equals(expected[3])
    assert weights == expected[0]
    adapters = [(tmp_path / name / "adapter" / "adapter_model.safetensors").read_bytes()
                for name in ("whole", "killed")]  # fmt: skip
    assert adapters[0] == adapters[1]
