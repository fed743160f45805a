"""Parts of a model left out: what is left says what it would with zeros there, and is smaller."""

import pytest
import torch
from safetensors.torch import load_file

import workbench as wb
from tests.training import tiny, writers
from workbench import shipping
from workbench.catalog.loading.safe_loading import load_model
from workbench.catalog.model_folders import cut_heads
from workbench.errors import ModelError
from workbench.shipping.compressing import feed_forwards, recovering
from workbench.shipping.compressing.importance import importances
from workbench.shipping.compressing.work import Work

QUICK = {"examples": None, "timed": 2, "rounds": 1, "seconds": 0.1}


@pytest.mark.parametrize("kind", ["bert", "roberta", "electra", "distilbert"])
def test_a_layer_without_a_head_says_what_it_does_when_the_head_says_nothing(kind, tmp_path):
    model = load_model(tiny.save_model(tmp_path / kind, kind), "AutoModel")
    layers = list(cut_heads.attentions(model))
    assert len(layers) == 2 and {(one.heads, one.size) for one in layers} == {(2, 16)}
    ids = torch.tensor([[2, 5, 9, 14, 3]])
    one = layers[1]

    def zeroed(_, inputs):  # what the second head says, before the heads are joined
        found = inputs[0].clone()
        found[..., 16:] = 0
        return (found,)

    out = model.get_submodule(one.out)
    hook = out.register_forward_pre_hook(zeroed)
    with torch.no_grad():
        wanted = model(ids).last_hidden_state
        hook.remove()
        plain = model(ids).last_hidden_state
        cut_heads.silence(model, one, [1])
        assert cut_heads.silent(model, one) == [1] and cut_heads.silent(model, layers[0]) == []
        assert torch.allclose(model(ids).last_hidden_state, wanted, atol=1e-6)
        weights = dict(model.state_dict())
        cut_heads.cut(model, one, [0])
        assert torch.allclose(model(ids).last_hidden_state, wanted, atol=1e-6)
    assert not torch.allclose(plain, wanted, atol=1e-3)
    assert model.get_submodule(one.inner[0]).weight.shape == (16, 32)
    whole = cut_heads.whole_weights(dict(model.state_dict()), one, [0])
    for name in (f"{one.inner[2]}.weight", f"{one.out}.weight"):
        assert torch.equal(whole[name], weights[name])


def test_importance_is_the_change_of_the_loss_to_first_order(run):
    """Of a head: the derivative by a factor on what it says, by a small difference."""
    work = Work(run)
    one = next(cut_heads.attentions(work.model))
    frame = work.examples.splits["train"].iloc[:1].reset_index(drop=True)
    found = importances(work, {one.out: one.size}, 1)[one.out]

    def loss(factor: float, head: int) -> float:
        def scaled(_, inputs):
            said = inputs[0].clone()
            said[..., one.places([head])] *= factor
            return (said,)

        hook = work.model.get_submodule(one.out).register_forward_pre_hook(scaled)
        predictor = work.predictor()
        batch = predictor.tokenizer(frame["text"].tolist(), return_tensors="pt")
        label = torch.tensor(frame["label"].tolist())
        with torch.no_grad():
            logits = work.model(**batch).logits.double()
        hook.remove()
        return float(torch.nn.functional.cross_entropy(logits, label))

    for head in range(2):
        slope = (loss(1.01, head) - loss(0.99, head)) / 0.02
        assert float(found[head]) == pytest.approx(abs(slope), rel=0.05, abs=1e-6)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "t5", "bart"])
def test_neurons_that_are_left_out_say_what_zeros_would(kind, tmp_path):
    auto = "AutoModelForCausalLM" if kind in ("gpt2", "llama") else "AutoModelForSeq2SeqLM"
    folder = writers.save(tmp_path / kind, kind, size=64)
    model = load_model(folder, auto)
    parts = list(feed_forwards.feed_forwards(model))
    assert parts
    ids = {"input_ids": torch.tensor([[4, 5, 6]])}
    if model.config.is_encoder_decoder:
        ids["decoder_input_ids"] = ids["input_ids"]
    half = parts[0].neurons // 2
    hooks = []
    for one in parts:

        def zeroed(_, inputs):
            found = inputs[0].clone()
            found[..., half:] = 0
            return (found,)

        hooks.append(model.get_submodule(one.out).register_forward_pre_hook(zeroed))
    with torch.no_grad():
        wanted = model(**ids).logits
        for hook in hooks:
            hook.remove()
        for one in parts:
            feed_forwards.cut(model, one, range(half))
            feed_forwards.note(model.config, one.settings, half)
        assert torch.allclose(model(**ids).logits, wanted, atol=1e-5)
    model.save_pretrained(tmp_path / "narrow")
    again = load_model(tmp_path / "narrow", auto)
    with torch.no_grad():
        assert torch.allclose(again(**ids).logits, wanted, atol=1e-5)


@pytest.fixture
def helps(monkeypatch):
    """``helps(low)``: what a training afterwards is said to gain, whatever it does."""
    return lambda low: monkeypatch.setattr(recovering, "gain", lambda *_: (0.1, low, 0.2))


def test_half_of_the_neurons_go_and_a_plain_model_is_left(run, helps):
    helps(0.05)
    found = shipping.compress(run, {"kind": "feed_forward", "recover": {"epochs": 1}}, **QUICK)
    assert (found.folder / "model.safetensors").is_file() and "trained again" in found.said[0]
    config = load_model(found.folder, "AutoModel").config
    assert config.intermediate_size == 32
    assert found.table["size_share"][1] < 0.9 and found.table["value"][1] > 0.5


def test_a_training_is_kept_only_where_the_validation_rows_show_that_it_helps(run, helps):
    how = {"kind": "feed_forward", "recover": {"epochs": 1}}
    plain = shipping.compress(run, "feed_forward", **QUICK)
    weights = load_file(plain.folder / "model.safetensors")
    for low, kept in ((0.01, True), (0.0, False)):
        helps(low)
        found = shipping.compress(run, how, **QUICK)
        again = load_file(found.folder / "model.safetensors")
        assert all(torch.equal(weights[name], again[name]) for name in weights) is not kept
        said = "Then it was trained again" if kept else "do not show that it helps"
        assert said in found.said[0] and f"+0.100 ({low:+.3f} to +0.200)" in found.said[0]


def test_the_gain_is_paired_and_of_all_validation_rows(run):
    bench = shipping.Bench(run, None, split="validation")
    other = bench.before.copy()
    right = other["prediction"] == other["label"]
    other.loc[right, "prediction"] = other.loc[right, "label"].map(
        lambda label: "class-0" if label != "class-0" else "class-1"
    )
    difference, low, high = recovering.gain(bench, bench.before, other)
    assert len(bench) == 20 and low <= difference <= high < 0
    assert recovering.gain(bench, bench.before, bench.before) == (0, 0, 0)


def test_heads_stay_out_through_a_training_and_the_folder_is_smaller(run, tmp_path, helps):
    helps(0.05)
    how = {"kind": "heads", "share": 0.5, "recover": {"max_steps": 4}}
    found = shipping.compress(run, how, **QUICK)
    assert "2 of 4 heads" in found.said[0] and found.table["size_share"][1] < 0.97
    own = found.candidate.predictor.model
    shapes = [part.weight.shape for name, part in own.named_modules() if name.endswith("query")]
    assert shapes == [(16, 32), (16, 32)]  # a layer keeps one at least
    kept = found.save(tmp_path / "kept", anyway=True)
    plain = kept.pipeline().model  # with zeros where the heads were
    ids = torch.tensor([[2, 5, 9, 14, 3]])
    with torch.no_grad():
        assert torch.allclose(plain(ids).logits, own(ids).logits, atol=1e-6)
    both = shipping.compress(run, [{"kind": "heads", "share": 0.5}, "int8"], **QUICK)
    assert both.table["megabytes"][1] < found.table["megabytes"][1]
    assert both.predict(both.bench.frame) is not None


def test_zeros_are_not_kept(run):
    found = shipping.compress(run, {"kind": "magnitude", "share": 0.5, "layers": "all"}, **QUICK)
    assert found.table["size_share"][1] < 0.8
    model = found.candidate.predictor.model
    for name in ("bert.encoder.layer.0.output.dense", "bert.embeddings.word_embeddings"):
        weight, own = model.get_submodule(name).weight, Work(run).model.get_submodule(name).weight
        assert int((weight == 0).sum()) == weight.numel() // 2
        assert torch.equal(weight[weight != 0], own[weight != 0])
        assert weight[weight != 0].abs().min() >= own[weight == 0].abs().max()


def test_layers_go_first_and_the_order_is_kept(run):
    found = shipping.compress(run, [{"kind": "layers", "layers": 1}, "int8"], **QUICK)
    assert found.candidate.predictor.model.config.num_hidden_layers == 1
    for how, said in (
        (["int8", {"kind": "layers", "layers": 1}], "begins with the run's own model"),
        (["int8", "heads"], "needs weights as they were learnt"),
        ([{"kind": "heads", "recover": {"method": "lora"}}], "recover names a method"),
    ):
        with pytest.raises(ModelError, match=said):
            shipping.compress(run, how, **QUICK)


def test_a_family_without_such_parts_is_named(recipe, tmp_path):
    one = recipe.replace(model=str(tiny.save_model(tmp_path / "m", "modernbert")), max_steps=1)
    run = wb.fine_tune(one, tmp_path / "run", progress=False)
    for kind in ("heads", "feed_forward"):
        with pytest.raises(ModelError, match="'modernbert'"):
            shipping.compress(run, kind, **QUICK)
