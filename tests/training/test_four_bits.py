"""LoRA over weights in four bits: what they stand for, gradients, merging, resuming, refusals."""

import importlib.util

import numpy as np
import peft
import pytest
import torch
import transformers as hf

import workbench as wb
from tests.conftest import missing
from tests.training import writers
from tests.training.test_exact_resume import drive
from tests.training.test_methods import DORA, LORA, adapted, inputs, logits
from workbench.atomic_files import read_json
from workbench.catalog.loading.safe_loading import load_model
from workbench.errors import RecipeError
from workbench.training import checkpoints, methods
from workbench.training.methods import _quantised
from workbench.training.speed.packed import packed_for

QLORA, QDORA = {**LORA, "base": "nf4"}, {**DORA, "base": "nf4"}
SORTS = "AutoModelForSequenceClassification"
# of appendix E of the paper
NF4 = [
    -1, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0,
    0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1,
]  # fmt: skip


@pytest.fixture(autouse=True)
def four_bits():
    if importlib.util.find_spec("bitsandbytes") is None:
        missing("bitsandbytes is not installed.", "Run `make setup`.")
    from workbench.catalog.model_folders import four_bits

    return four_bits


# rows of 48 and 96 are those that the package writes out wrongly on some CPUs
@pytest.mark.parametrize("shape", [(8, 64), (4, 48), (32, 32), (16, 96)], ids=str)
def test_a_weight_is_the_nearest_of_sixteen_values_times_the_greatest_of_its_block(
    shape, four_bits
):
    plain = torch.nn.Linear(shape[1], shape[0])
    weight = plain.weight.detach().numpy().reshape(-1, 64)
    found = four_bits.FourBits(plain).weight.numpy().reshape(-1, 64)
    greatest = np.abs(weight).max(1, keepdims=True)
    codes = np.abs(weight[..., None] / greatest[..., None] - np.array(NF4)).argmin(-1)
    # the greatest ones are kept in eight bits: to a hundredth of the widest of them
    np.testing.assert_allclose(found, np.array(NF4)[codes] * greatest, atol=0.01 * greatest.max())


def test_four_bits_a_weight_and_an_eighth_of_one_more(four_bits):
    layer = four_bits.FourBits(torch.nn.Linear(512, 512))
    # by hand: half a byte a weight, a byte a block of 64, four bytes 256 blocks, and two tables
    assert layer.size == 512 * 512 // 2 + 512 * 512 // 64 + 4 * 16 + 4 * (16 + 256 + 1)
    assert layer.count == 512 * 512


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_layer_computes_what_a_plain_one_of_its_weights_does(dtype, four_bits):
    layer = four_bits.FourBits(torch.nn.Linear(96, 32))
    plain = layer.plain()
    given = torch.randn(5, 7, 96)
    found = []
    for one in (layer, plain):
        x = given.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            out = one(x)
        assert out.dtype == dtype and one.bias.dtype == torch.float32
        out.float().square().sum().backward()
        found.append((out, x.grad))
    torch.testing.assert_close(found[0], found[1], atol=0, rtol=0)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "t5", "bart"])
@pytest.mark.parametrize("method", [QLORA, QDORA], ids=["lora", "dora"])
def test_writers_learn_what_they_would_over_the_weights_written_out(
    kind, method, tmp_path, four_bits
):
    base = writers.save(tmp_path, kind)
    given = {"input_ids": torch.randint(4, 20, (2, 7), generator=torch.manual_seed(1))}
    start = methods.Start(base, str(base), (), 5)
    made = methods.wrap(writers.model(kind), wb.Recipe(method=method), start)
    rounded, before = writers.model(kind), writers.model(kind).state_dict()
    four_bits.round_like(rounded, made.quantised)
    rounded_ones = {f"{name}.weight" for name in made.quantised}
    for name, part in rounded.state_dict().items():  # heads, norms and embeddings are as they were
        assert torch.equal(part, before[name]) == (name not in rounded_ones)
    plain = methods.wrap(rounded, wb.Recipe(method={**method, "base": "plain"}), start)
    for one in (made, plain):
        torch.manual_seed(7)
        for part in one.model.parameters():
            if part.requires_grad:
                part.data += 0.1 * torch.randn_like(part)
        one.model.eval()(**given, labels=given["input_ids"]).loss.backward()
    slopes = [{n: p.grad for n, p in one.model.named_parameters() if p.requires_grad}
              for one in (made, plain)]  # fmt: skip
    assert slopes[0].keys() == slopes[1].keys() and slopes[0]
    for name, slope in slopes[0].items():
        torch.testing.assert_close(slope, slopes[1][name], atol=1e-5, rtol=1e-5)
    if made.model.config.is_encoder_decoder:
        given["decoder_input_ids"] = given["input_ids"][:, :4]
    said = made.model(**given).logits
    merged = made.merge()
    assert type(merged) is type(writers.model(kind)) and not list(four_bits.layers(merged))
    assert merged.state_dict().keys() == before.keys()
    torch.testing.assert_close(merged(**given).logits, said, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", ["bert", "deberta-v2", "modernbert"])
def test_saved_merged_and_loaded_models_say_the_same(kind, tmp_path, four_bits):
    method, base = adapted(tmp_path, kind, method=QLORA)
    said = logits(method.model)
    checkpoint = tmp_path / "step-00000001"
    method.save(checkpoint)
    method.model.config.save_pretrained(checkpoint)
    np.testing.assert_allclose(logits(load_model(checkpoint, SORTS)), said, atol=1e-5)
    plain = hf.AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
    four_bits.round_like(plain, method.quantised)
    read = peft.PeftModel.from_pretrained(plain, checkpoint)
    np.testing.assert_allclose(logits(read), said, atol=1e-6)
    np.testing.assert_allclose(logits(method.merge()), said, atol=1e-5)


def test_a_fresh_one_says_what_its_rounded_base_says(tmp_path, four_bits):
    method, base = adapted(tmp_path, method=QLORA, moved=False)
    plain = load_model(base, SORTS, new_head=True, spare=("pooler",), seed=3, num_labels=3)
    assert np.abs(logits(method.model) - logits(plain)).max() > 1e-4
    four_bits.round_like(plain, method.quantised)
    np.testing.assert_allclose(logits(method.model), logits(plain), atol=1e-6)
    still = {n for n, p in method.model.named_parameters() if not p.requires_grad}
    assert not any(n.removesuffix(".base_layer.weight") in method.quantised for n in still)


def test_padding_is_left_out_over_four_bits_too(tmp_path):
    method, _ = adapted(tmp_path, method=QLORA)
    given = inputs()["input_ids"]
    packed = packed_for(method.model.eval())
    assert packed is not None
    np.testing.assert_allclose(
        packed.logits(given.flatten(), [9, 9, 9]).detach(), logits(method.model), atol=1e-5
    )


def test_a_run_over_four_bits_that_was_killed_equals_one_that_was_not(tiny_recipe, tmp_path):
    recipe = tiny_recipe.replace(
        batch_size=4, gradient_accumulation=2, method=QLORA, learning_rate=0.02, precision="bf16"
    )
    whole, killed = drive(tmp_path, recipe, "step:6", "final-save:-1")
    assert killed[0] == whole[0]
    assert killed[1].equals(whole[1]) and killed[2].equals(whole[2])
    assert killed[3].equals(whole[3])
    run = wb.open_run(tmp_path / "killed")
    said = run.speed()["chosen"]
    assert "13 linear layers in four bits" in said and "no padding" in said
    assert read_json(run.path / "adapter" / "base.json")["quantised"]["kind"] == "nf4"
    kept = checkpoints.list_checkpoints(run.path)[-1]
    assert (kept / "adapter_model.safetensors").stat().st_size < 40_000


def test_what_lacks_for_four_bits_is_said_before_anything_is_read(tiny_recipe, monkeypatch):
    from workbench.training.preparing import prepare

    monkeypatch.setattr("workbench.device.device_name", lambda: "tpu")
    with pytest.raises(RecipeError, match="this one is tpu") as error:
        _quantised.check()
    assert error.value.setting == "base" and "cpu, cuda" in error.value.remedy
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match="needs the package bitsandbytes") as error:
        prepare(tiny_recipe.replace(method=QLORA))
    assert "finetune-workbench[quantised]" in error.value.remedy


def test_a_body_without_whole_blocks_is_refused():
    model = torch.nn.Module()
    model.get_output_embeddings = lambda: None
    model.small = torch.nn.Linear(5, 5)
    with pytest.raises(RecipeError, match="whole blocks of 64"):
        _quantised.quantise(model, [])
