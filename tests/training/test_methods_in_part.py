"""Methods that train a part of the weights, or each depth at its own rate, by hand and in runs."""

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file
from torch.utils.flop_counter import FlopCounterMode

import workbench as wb
from tests.training import (
    pairs,
    test_language_modelling,
    test_masked_language_modelling,
    test_nets_as_models,
    test_sentence_similarity,
    test_text_to_text,
    tiny,
    writers,
)
from tests.training.test_exact_resume import drive, facts
from workbench.catalog.loading.safe_loading import load_model
from workbench.catalog.model_folders import trained_weights
from workbench.errors import ModelError, RecipeError, RunError
from workbench.training import checkpoints, methods
from workbench.training.engine import Engine
from workbench.training.speed.embedding_rows import EmbeddingRows
from workbench.training.speed.packed import packed_for
from workbench.worker import control

net = test_nets_as_models.net  # the folder of a net of ours, as its own tests have it
LAYER = "bert.encoder.layer."


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny.save_model(tmp_path_factory.mktemp("models") / "bert", dropout=0.0)


def laid(base, method, auto="AutoModelForSequenceClassification"):
    """A method on a tiny BERT of two layers with three classes."""
    new = []
    about = {} if "Model" == auto[-5:] else {"num_labels": 3}
    model = load_model(base, auto, new_head=True, spare=("pooler",), seed=3, new=new, **about)
    recipe = wb.Recipe(model=str(base), method=method)
    return methods.wrap(model, recipe, methods.Start(base, str(base), tuple(new), 5))


def trained(method):
    return {name for name, weight in method.model.named_parameters() if weight.requires_grad}


def every(method):
    return {name for name, _ in method.model.named_parameters()}


# which weights ------------------------------------------------------------------------------------
def test_what_each_method_trains_is_counted(base):
    head = laid(base, "head")
    assert trained(head) == {"classifier.weight", "classifier.bias"}
    # by hand: 32 x 3 + 3 weights; a share that is small is no 0%
    count = sum(weight.numel() for weight in head.model.parameters())
    assert head.said == f"head alone: 99 of {count:,} parameters ({9900 / count:.3g}%) are trained"
    bitfit = laid(base, "bitfit")
    names = {name for name in every(bitfit) if name.endswith(".bias")}
    assert trained(bitfit) == names | {"classifier.weight"}
    # by hand, a layer: query, key, value, output, its norm 5 x 32, inner 64, outer and norm 2 x 32;
    # the norm of the embeddings and the pooler 2 x 32; the head 99
    count = 2 * (5 * 32 + 64 + 2 * 32) + 2 * 32 + 99
    assert f"BitFit, biases and head: {count:,} of" in bitfit.said


@pytest.mark.parametrize(("settings", "frozen", "said"), [
    ({}, ["bert.embeddings.", f"{LAYER}0."], "embeddings and the lowest 1 of 2 layers frozen"),
    ({"layers": 2}, ["bert.embeddings.", LAYER], "lowest 2 of 2"),
    ({"layers": 0.4}, ["bert.embeddings."], "lowest 0 of 2"),  # rounded down
    ({"layers": 1, "embeddings": False}, [f"{LAYER}0."], "^the lowest 1 of 2 layers frozen"),
])  # fmt: skip
def test_the_lowest_layers_are_frozen(base, settings, frozen, said):
    import re

    method = laid(base, {"kind": "frozen", **settings})
    still = {name for name in every(method) if name.startswith(tuple(frozen))}
    assert trained(method) == every(method) - still and re.search(said, method.said)


def test_a_layers_rate_is_a_share_of_that_of_the_layer_above(base):
    method = laid(base, {"kind": "layerwise", "decay": 0.5})
    rates = method.rates()
    assert trained(method) == every(method) == set(rates)
    assert rates["classifier.weight"] == rates["bert.pooler.dense.bias"] == 1
    assert rates[f"{LAYER}1.output.dense.weight"] == 0.5
    assert rates[f"{LAYER}0.attention.self.query.bias"] == 0.25
    assert rates["bert.embeddings.word_embeddings.weight"] == 0.125
    assert "the deepest at 0.125 of the learning rate" in method.said
    headless = laid(base, {"kind": "layerwise", "decay": 0.5}, "AutoModel").rates()
    assert headless["encoder.layer.1.output.dense.weight"] == 1  # the top has the recipe's rate
    assert headless["embeddings.LayerNorm.bias"] == 0.25


def test_more_is_trained_from_stage_to_stage(base):
    method = laid(base, {"kind": "gradual", "share": 0.6})
    assert trained(method) == every(method)  # when the optimizer is made
    # head, two layers, embeddings: all after 6 of 10 steps, so that a stage is 2 steps
    stages = [
        {name for name in every(method) if name.startswith(("classifier", "bert.pooler"))},
        {name for name in every(method) if name.startswith(f"{LAYER}1.")},
        {name for name in every(method) if name.startswith(f"{LAYER}0.")},
        {name for name in every(method) if name.startswith("bert.embeddings.")},
    ]
    for step, count in enumerate([1, 1, 2, 2, 3, 3, 4, 4, 4, 4]):
        method.at_step(step, 10)
        assert trained(method) == set().union(*stages[:count]), step
    method.at_step(3, 10)  # a run that goes on from here
    assert trained(method) == stages[0] | stages[1]
    method.at_step(0, 1)
    assert trained(method) == stages[0]
    assert "in 4 stages, over 60% of the steps" in method.said


# what is computed ---------------------------------------------------------------------------------
def backwards(method, unpadded):
    """Products of the backward pass over two texts, and which layers' outputs have gradients."""
    model = method.model.train()
    ids = torch.randint(4, 30, (9,), generator=torch.Generator().manual_seed(1))
    reach = []
    for layer in model.bert.encoder.layer:
        layer.register_forward_hook(lambda _, __, out: reach.append(
            (out[0] if isinstance(out, tuple) else out).requires_grad))  # fmt: skip
    if unpadded:
        logits = packed_for(model, "cpu").logits(ids, [5, 4])
    else:
        logits = model(input_ids=ids[:8].reshape(2, 4)).logits
    with FlopCounterMode(display=False) as counted:
        logits.logsumexp(-1).sum().backward()
    return counted.get_total_flops(), reach


@pytest.mark.parametrize("unpadded", [True, False], ids=["unpadded", "padded"])
def test_no_step_goes_back_through_what_is_frozen(base, unpadded):
    full, reach = backwards(laid(base, "full"), unpadded)
    assert reach == [True, True]
    head, reach = backwards(laid(base, "head"), unpadded)
    # one product: slopes (3, 2 texts) times what the head read (2, 32), two operations each
    assert head == 2 * 3 * 2 * 32 and reach == [False, False]
    half, reach = backwards(laid(base, {"kind": "frozen", "layers": 1}), unpadded)
    assert reach == [False, True] and half < 0.6 * full
    through, reach = backwards(laid(base, {"kind": "frozen", "layers": 1, "embeddings": False}),
                               unpadded)  # fmt: skip
    assert reach == [True, True] and half < through < full
    first = laid(base, "gradual")
    first.at_step(0, 10)
    assert backwards(first, unpadded)[1] == [False, False]


def test_word_vectors_that_are_frozen_are_no_table_of_used_rows(base):
    assert EmbeddingRows.supports(laid(base, {"kind": "frozen", "embeddings": False}).model)
    for method in ("head", "bitfit", "frozen"):
        assert not EmbeddingRows.supports(laid(base, method).model)
        assert packed_for(laid(base, method).model, "cpu") is not None


# runs ---------------------------------------------------------------------------------------------
def moved(run):
    """Names of the weights of a finished model that are others than in the folder it began with."""
    before, after = (load_file(f"{folder}/model.safetensors")
                     for folder in (run.recipe.model, run.path / "model"))  # fmt: skip
    body = hf.AutoConfig.from_pretrained(run.path / "model")
    prefix = "bert." if body.model_type == "bert" else ""
    return {name for name in after
            if (one := before.get(name, before.get(name.removeprefix(prefix)))) is None
            or not torch.equal(one, after[name])}  # fmt: skip


@pytest.mark.parametrize(("method", "frozen"), [
    ("head", ["bert."]),
    ({"kind": "frozen", "layers": 1}, ["bert.embeddings.", f"{LAYER}0."]),
    ({"kind": "gradual", "share": 0.9}, ["bert.embeddings."]), ("layerwise", []),
], ids=["head", "frozen", "gradual", "layerwise"])  # fmt: skip
def test_what_is_frozen_is_the_same_bit_for_bit_after_a_run(method, frozen, tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(method=method, max_steps=3, warmup=0)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    names = set(load_file(run.path / "model" / "model.safetensors"))
    still = {name for name in names if name.startswith(tuple(frozen))} if frozen else set()
    # keys' biases have no slope, nor have positions that no text is as long as: they may stay
    assert not moved(run) & still
    assert {n for n in names - still if ".key.bias" not in n} <= moved(run)
    (kept,) = checkpoints.list_checkpoints(run.path)
    state = torch.load(kept / "optimizer.pt", weights_only=True)
    assert len(state["state"]) == len(names - still)  # nothing is kept of what is frozen
    assert "trained" in run.speed()["chosen"].partition(";")[0]


def test_a_disk_is_asked_for_what_is_trained_and_its_moments(
    tiny_recipe, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr(checkpoints, "room_for", lambda _, n_bytes: asked.append(n_bytes) or True)
    recipe = tiny_recipe.replace(method="head", max_steps=1)
    wb.fine_tune(recipe, tmp_path / "run", progress=False)
    # by hand: of four bytes each, a head of 32 x 2 + 2, and two moments of it
    assert set(asked) == {4 * 3 * 66 + 10_000_000}


@pytest.mark.parametrize(("method", "auto"), [
    ("head", "AutoModelForSequenceClassification"),
    ("bitfit", "AutoModelForTokenClassification"),
    ("bitfit", "AutoModelForMaskedLM"),
    ({"kind": "frozen", "layers": 1}, "AutoModelForSequenceClassification"),
    ({"kind": "gradual"}, "AutoModelForSequenceClassification"),
], ids=["head", "bitfit-tags", "bitfit-words", "frozen", "gradual"])  # fmt: skip
def test_a_checkpoint_of_what_is_trained_gives_the_whole_model(base, method, auto, tmp_path):
    method = laid(base, method, auto)
    with torch.no_grad():
        for weight in method.model.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight))
    method.save(tmp_path / "step-00000001")
    method.model.config.save_pretrained(tmp_path / "step-00000001")
    found = {path.name for path in (tmp_path / "step-00000001").glob("*.safetensors")}
    whole = type(method).__name__ == "Gradual"
    assert found == {"model.safetensors" if whole else "trained.safetensors"}
    read = load_model(tmp_path / "step-00000001", auto).state_dict()
    expected = method.model.state_dict()
    assert read.keys() == expected.keys()
    assert all(torch.equal(read[name], expected[name]) for name in read)
    kept, before = method.weights(), {n: w.clone() for n, w in expected.items()}
    with torch.no_grad():
        for weight in method.model.parameters():
            if weight.requires_grad:
                weight.zero_()
    for put in (lambda: method.put(kept), lambda: method.load(tmp_path / "step-00000001")):
        put()
        assert all(torch.equal(w, before[n]) for n, w in method.model.state_dict().items())


def test_what_was_trained_of_another_model_is_refused(base, tmp_path):
    method = laid(base, "head")
    method.save(tmp_path / "step-00000001")
    method.model.config.save_pretrained(tmp_path / "step-00000001")
    other = tiny.save_model(tmp_path / "other", dropout=0.0, positions=63)
    with pytest.raises(RunError, match="was trained on other weights"):
        laid(other, "head").load(tmp_path / "step-00000001")
    wider = laid(base, "bitfit")  # two layers of 8 biases, norm, pooler, and a head of two
    wider.save(tmp_path / "step-00000001")
    with pytest.raises(ModelError, match="20 have another name or shape"):
        trained_weights.laid_on(torch.nn.Linear(2, 2), tmp_path / "step-00000001", "checkpoint")


def test_a_run_of_what_is_trained_that_was_killed_equals_one_that_was_not(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(
        batch_size=4, gradient_accumulation=2, max_steps=9, best_metric="loss",
        method={"kind": "frozen", "layers": 1}, averaging={"kind": "ema", "decay": 0.9},
    )  # fmt: skip
    whole, killed = drive(tmp_path, recipe, "step:6")
    assert killed[0] == whole[0]
    assert killed[1].equals(whole[1]) and killed[2].equals(whole[2])
    assert killed[3].equals(whole[3])
    for path in checkpoints.list_checkpoints(tmp_path / "killed"):
        assert not (path / "model.safetensors").exists()


@pytest.mark.parametrize(("made", "method", "frozen"), [
    (lambda folder, **about: test_text_to_text.recipe_for(folder, "t5", **about),
     {"kind": "frozen", "layers": 1}, ["shared.", "encoder.block.0.", "decoder.block.0."]),
    (lambda folder, **about: test_text_to_text.recipe_for(folder, "marian", **about), "bitfit",
     [".weight"]),
    (lambda folder, **about: test_language_modelling.recipe_for(folder, "gpt2", **about),
     {"kind": "gradual", "share": 0.95}, ["transformer.w"]),
    (lambda folder, **about: test_language_modelling.recipe_for(folder, "llama", **about), "head",
     ["model."]),
    (lambda folder, **about: test_masked_language_modelling.recipe_for(folder, **about), "head",
     ["bert."]),
    (lambda folder, **about: test_sentence_similarity.recipe_for(
        folder, dataset=pairs.frame(60), gradient_accumulation=2, **about),
     {"kind": "frozen", "layers": 1}, ["embeddings.", "encoder.layer.0."]),
], ids=["t5", "marian", "gpt2", "llama", "masked", "similarity"])  # fmt: skip
def test_each_family_keeps_what_is_frozen(made, method, frozen, tmp_path):
    recipe = made(tmp_path, method=method, max_steps=2, batch_size=4, max_train_examples=16,
                  evaluate_every=2)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    ends = tuple(frozen)
    changed = moved(run)
    assert changed and not [n for n in changed if n.startswith(ends) or n.endswith(ends)]


def test_a_net_of_ours_keeps_what_is_frozen(net, tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(model=str(net[0]), method={"kind": "frozen", "layers": 1},
                                 max_steps=2)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    changed = moved(run)
    ends = ("net.bert.embeddings.", "net.bert.encoder.layers.0.")
    assert changed and not [name for name in changed if name.startswith(ends)]


def test_a_run_that_is_unfrozen_gradually_goes_on_within_its_stages(
    tiny_recipe, tmp_path, monkeypatch
):
    """It is stopped while the upper layer is trained, and while the lower one is."""
    recipe = tiny_recipe.replace(
        batch_size=4, gradient_accumulation=2, max_steps=10, checkpoint_every=3,
        method={"kind": "gradual", "share": 0.8}, best_metric="loss",
    )  # fmt: skip
    wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    real, stops = Engine.training_step, [3, 7]

    def commanded(self, *args, **kwargs):
        if self.state.global_step in stops:
            stops.remove(self.state.global_step)
            control.send(tmp_path / "parts", "stop")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Engine, "training_step", commanded)
    states = [wb.fine_tune(recipe, tmp_path / "parts", progress=False).state for _ in range(3)]
    assert states == ["stopped", "stopped", "done"]
    expected, found = facts(tmp_path / "whole"), facts(tmp_path / "parts")
    assert found[1].equals(expected[1]) and found[2].equals(expected[2])
    assert found[3].equals(expected[3]) and found[0] == expected[0]


# refusals -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "said", "setting"), [
    ({"kind": "frozen", "layers": -1}, "method.layers is -1. It must be at least 0", "layers"),
    ({"kind": "frozen", "layers": 1.5}, "is 1.5. Give a share between 0 and 1, or a", "layers"),
    ({"kind": "frozen", "layers": True}, "which is true or false", "layers"),
    ({"kind": "frozen", "layers": 0, "embeddings": False}, "freezes neither", None),
    ({"kind": "frozen", "embeddings": 1}, "It takes true or false", "embeddings"),
    ({"kind": "layerwise", "decay": 0}, "method.decay is 0. It must be above 0", "decay"),
    ({"kind": "layerwise", "decay": 1.01}, "at most 1", "decay"),
    ({"kind": "gradual", "share": 1}, "method.share is 1. It must be .* at most 0.95", "share"),
    ({"kind": "head", "layers": 1}, "'frozen' has it|frozen", None),
], ids=str)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_the_recipe(method, said, setting):
    with pytest.raises(RecipeError, match=said) as error:
        wb.Recipe(method=method)
    assert error.value.field == "method" and getattr(error.value, "setting", None) == setting


@pytest.mark.parametrize(("model", "method", "said"), [
    ("t5", {"kind": "frozen", "layers": 3}, "layers is 3, and T5F.* has 2 [+] 2: .*at most 2"),
    ("gpt2", {"kind": "frozen", "layers": 3}, "is 3, and GPT2LMHeadModel has 2. .*at most 2"),
    ("gpt2", {"kind": "frozen", "layers": 2}, "leaves nothing of this model to be trained"),
    ("gpt2", "head", "writes words with the matrix that it reads them with.*'frozen'"),
    ("t5", "head", "writes words with the matrix"),
    ("vectors", "head", "BertModel has no head of its own"),
    ("t5", "bitfit", "has no biases in its body.*'lora'"),
    ("llama", "bitfit", "LlamaForCausalLM has no biases"),
], ids=str)  # fmt: skip
def test_what_a_model_does_not_allow_is_refused_in_a_sentence(model, method, said, tmp_path):
    if model == "vectors":
        made = hf.BertModel(hf.BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1,
                                          num_attention_heads=1, intermediate_size=8))  # fmt: skip
    else:
        made = writers.model(model)
    start = methods.Start(tmp_path, "sample:none", (), 5)
    with pytest.raises(RecipeError, match=f"(?s){said}") as error:
        methods.wrap(made, wb.Recipe(method=method), start)
    assert error.value.field == "method"
