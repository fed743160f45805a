"""The decoder gives the library's logits and writes the library's text."""

import pytest
import torch

from workbench.nets.decoding import beam_search
from workbench.nets.llama import Llama, LlamaConfig

SIZES = {
    "vocab_size": 40,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
}
IDS = torch.tensor([[5, 6, 7, 8, 9], [11, 12, 13, 14, 15]])
LEFT = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])


def library(folder, **changes):
    import transformers

    torch.manual_seed(0)
    options = {"initializer_range": 0.3, "eos_token_id": 3, "pad_token_id": 0, "bos_token_id": 1}
    config = transformers.LlamaConfig(**{**SIZES, **options, **changes})
    model = transformers.LlamaForCausalLM(config).eval()
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_key_value_heads": 6, "attention_bias": True},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 123.0}},
    ],
)
def test_logits_and_loss_equal_the_library(tmp_path, tied, changes):
    theirs = library(tmp_path, tie_word_embeddings=tied, **changes)
    with torch.no_grad():
        for p in theirs.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    theirs.save_pretrained(tmp_path)
    ours = Llama.from_pretrained(tmp_path)
    assert ours.fresh == []
    found, expected = ours(IDS, labels=IDS), theirs(IDS, labels=IDS)
    torch.testing.assert_close(found.logits, expected.logits, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.loss, expected.loss)
    found, expected = ours(IDS, LEFT), theirs(IDS, attention_mask=LEFT)
    real = LEFT.bool()
    torch.testing.assert_close(found.logits[real], expected.logits[real], atol=1e-5, rtol=1e-5)


def test_the_library_reads_what_we_write(tmp_path):
    theirs = library(tmp_path / "theirs", tie_word_embeddings=True)
    Llama.from_pretrained(tmp_path / "theirs").save_pretrained(tmp_path / "ours")
    again, info = type(theirs).from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    torch.testing.assert_close(again.eval()(IDS).logits, theirs(IDS).logits)


def generated(theirs, **options):
    options = {"attention_mask": LEFT, "do_sample": False, "max_new_tokens": 12, **options}
    return theirs.generate(IDS, **options)


@pytest.mark.parametrize("use_cache", [True, False])
def test_greedy_text_equals_the_library(tmp_path, use_cache):
    theirs = library(tmp_path)
    ours = Llama.from_pretrained(tmp_path)
    found = ours.generate(IDS, LEFT, use_cache=use_cache, max_new_tokens=12, end_id=3, pad_id=0)
    assert found.tolist() == generated(theirs).tolist()


@pytest.mark.parametrize("length_penalty", [0.5, 1.0])
@pytest.mark.parametrize("end_id", [3, 20])
def test_beam_search_equals_the_library(tmp_path, length_penalty, end_id):
    theirs = library(tmp_path, eos_token_id=end_id, initializer_range=0.15)
    ours = Llama.from_pretrained(tmp_path)
    expected = theirs.generate(
        IDS[1:],
        num_beams=4,
        num_return_sequences=4,
        do_sample=False,
        max_new_tokens=10,
        length_penalty=length_penalty,
        eos_token_id=end_id,
        pad_token_id=0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    found = beam_search(
        ours.step(),
        IDS[1:],
        beams=4,
        max_new_tokens=10,
        end_id=end_id,
        length_penalty=length_penalty,
        cache=ours.new_cache(),
    )
    theirs_texts = [
        [t for t in row if t != 0] for row in expected.sequences[:, IDS.size(1) :].tolist()
    ]
    assert [text for _, text in found] == theirs_texts
    assert [s for s, _ in found] == pytest.approx(expected.sequences_scores.tolist(), abs=1e-4)


def test_the_cache_gives_what_the_whole_gives(tmp_path):
    library(tmp_path)
    model = Llama.from_pretrained(tmp_path)
    cache, step = model.new_cache(), model.step(LEFT[:, :2])
    pieces = [step(IDS[:, :2], cache), step(IDS[:, 2:3], cache), step(IDS[:, 3:], cache)]
    whole = model(IDS, LEFT[:, :2].new_tensor([[0, 0, 1, 1, 1], [1] * 5])).logits
    torch.testing.assert_close(torch.cat(pieces, 1)[:, 2:], whole[:, 2:], atol=1e-5, rtol=1e-5)


def test_the_real_weights(require_sample):
    """SmolLM2-135M, fp32: logits equal, and the greedy text token by token."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = require_sample("smollm2-135m")
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    ours = Llama.from_pretrained(folder)
    assert sum(p.numel() for p in ours.parameters()) == 134_515_008
    batch = tokenizer(["The capital of France is", "Once"], padding=True, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    real = mask.bool()
    with torch.no_grad():
        found, expected = ours(ids, mask).logits, theirs(ids, attention_mask=mask).logits
    scale = expected[real].abs().max()
    assert (found[real] - expected[real]).abs().max() < 1e-5 * scale
    written = theirs.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=12, repetition_penalty=1.0
    )
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    found = ours.generate(ids, mask, max_new_tokens=12, end_id=end, pad_id=pad)
    assert found.tolist() == written.tolist()
    assert "Paris" in tokenizer.decode(found[0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LlamaConfig(model_type="gpt2"), ["'gpt2'"]),
        (lambda: LlamaConfig(rope_parameters={"rope_type": "yarn"}), ["'yarn'"]),
        (lambda: LlamaConfig(head_dim=64), ["heads of 128", "head_dim=64"]),
        (lambda: Llama(LlamaConfig(**SIZES))(torch.ones(1, 33).long()), ["33 tokens", "32"]),
        (lambda: Llama(LlamaConfig(**SIZES))(torch.tensor([[40]])), ["token 40", "has 40"]),
        (lambda: Llama(LlamaConfig(**SIZES))(IDS, LEFT[:, :4]), ["(2, 4)", "(2, 5)"]),
        (lambda: Llama(LlamaConfig(**{**SIZES, "num_attention_heads": 8})), ["head_size=3"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
