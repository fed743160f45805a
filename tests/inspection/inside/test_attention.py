"""Attention against the model's own numbers, on tiny random models and the sample encoder."""

import json
import os

import numpy as np
import pytest
import torch
import transformers as T
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from workbench.errors import DataError, ModelError, WorkbenchError
from workbench.inspection.inside import loaded_model as module
from workbench.inspection.inside.attention import Attention, attention

torch.set_num_threads(1)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "what", "is", "a", "fear", "of", "shadows", "?"]
SMALL = dict(hidden_size=16, num_attention_heads=4, num_hidden_layers=3, vocab_size=11)


def save(folder, model, *, byte_level=False):
    if byte_level:
        tok = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(
            pre_tokenizers.ByteLevel.alphabet()))}, []))
        tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        from tokenizers import decoders

        tok.decoder = decoders.ByteLevel()
        fast = T.PreTrainedTokenizerFast(tokenizer_object=tok)
    else:
        tok = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
        tok.pre_tokenizer = pre_tokenizers.Whitespace()
        tok.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
        )
        fast = T.PreTrainedTokenizerFast(
            tokenizer_object=tok, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
            sep_token="[SEP]",
        )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture
def bert(tmp_path):
    torch.manual_seed(0)
    config = T.BertConfig(**SMALL, intermediate_size=32, max_position_embeddings=64, num_labels=3,
                          id2label={0: "ABBR", 1: "DESC", 2: "ENTY"})
    return save(tmp_path / "bert", T.BertForSequenceClassification(config))


def test_weights_are_the_models_own(bert):
    seen = attention(bert, "what is a fear of shadows ?")
    assert seen.tokens == ["[CLS]", "what", "is", "a", "fear", "of", "shadows", "?", "[SEP]"]
    assert seen.weights.shape == (3, 4, 9, 9) and seen.weights.dtype == np.float32
    assert seen.special.tolist() == [True] + [False] * 7 + [True]
    assert (seen.n_layers, seen.n_heads, len(seen)) == (3, 4, 9)
    reference = T.AutoModelForSequenceClassification.from_pretrained(
        bert, attn_implementation="eager").eval()
    ids = torch.tensor([[2, 4, 5, 6, 7, 8, 9, 10, 3]])
    with torch.no_grad():
        out = reference(ids, output_attentions=True)
    expected = torch.stack(out.attentions)[:, 0].numpy()
    np.testing.assert_allclose(seen.weights, expected, atol=1e-6)
    np.testing.assert_allclose(list(seen.scores.values()), out.logits.softmax(-1)[0], atol=1e-6)
    assert seen.prediction == ["ABBR", "DESC", "ENTY"][int(out.logits.argmax())]


def test_eager_for_that_pass_only_and_same_logits(bert):
    loaded = module.load(bert)
    loaded.model.set_attn_implementation("sdpa")
    ids = torch.tensor([[2, 4, 5, 3]])
    with torch.no_grad():
        before = loaded.model(ids).logits
    seen = attention(bert, "what is")
    assert loaded.model.config._attn_implementation == "sdpa"
    with torch.no_grad():
        after = loaded.model(ids).logits
    assert torch.equal(before, after)
    np.testing.assert_allclose(before.softmax(-1)[0], list(seen.scores.values()), atol=1e-6)


def test_implementation_is_put_back_after_a_failure(bert, monkeypatch):
    loaded = module.load(bert)
    loaded.model.set_attn_implementation("sdpa")
    monkeypatch.setattr(type(loaded.model), "forward",
                        lambda *a, **k: (_ for _ in ()).throw(ValueError("broken")))
    with pytest.raises(ModelError, match="broken"):
        attention(bert, "what")
    assert loaded.model.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("kind", ["distilbert", "roberta", "gpt2", "llama"])
def test_other_families(tmp_path, kind):
    torch.manual_seed(1)
    if kind == "distilbert":
        config = T.DistilBertConfig(dim=16, n_heads=4, n_layers=3, hidden_dim=32, vocab_size=11,
                                    max_position_embeddings=64)
        folder = save(tmp_path / kind, T.DistilBertModel(config))
    elif kind == "roberta":
        config = T.RobertaConfig(**SMALL, intermediate_size=32, max_position_embeddings=12,
                                 pad_token_id=1)
        folder = save(tmp_path / kind, T.RobertaForSequenceClassification(config))
    elif kind == "gpt2":
        config = T.GPT2Config(n_embd=16, n_head=4, n_layer=3, vocab_size=256, n_positions=64)
        folder = save(tmp_path / kind, T.GPT2LMHeadModel(config), byte_level=True)
    else:
        config = T.LlamaConfig(**{**SMALL, "vocab_size": 256}, intermediate_size=32,
                               num_key_value_heads=2)
        folder = save(tmp_path / kind, T.LlamaForCausalLM(config), byte_level=True)
    seen = attention(folder, "a fear")
    assert seen.weights.shape[:2] == (3, 4)
    np.testing.assert_allclose(seen.weights.sum(-1), 1, atol=1e-5)
    if kind in ("gpt2", "llama"):
        assert seen.tokens == ["a", "\u0120", "f", "e", "a", "r"]  # the space alone keeps its mark
        assert np.triu(seen.weights[0, 0], 1).max() == 0  # nothing looks ahead
        assert seen.scores is None
    if kind == "roberta":
        attention(folder, " ".join(["fear"] * 8))  # 12 positions, two before the first token
        with pytest.raises(DataError, match="12 tokens long; this model reads at most 10"):
            attention(folder, " ".join(["fear"] * 10))


def test_pair(bert):
    seen = attention(bert, "what is", "a fear")
    assert seen.tokens == ["[CLS]", "what", "is", "[SEP]", "a", "fear", "[SEP]"]
    assert seen.segments == [None, 0, 0, None, 1, 1, None]


def test_uint8_is_within_its_stated_error(bert):
    seen = attention(bert, "what is a fear")
    for per_head in (False, True):
        codes, scale = seen.to_uint8(per_head=per_head)
        assert codes.dtype == np.uint8
        back = codes / 255 * scale[:, :, None, None]
        assert np.abs(back - seen.weights).max() <= scale.max() / 510 + 1e-6
    assert codes.max(axis=(2, 3)).min() == 255


def test_frame_is_sorted(bert):
    frame = attention(bert, "what is a").frame(1, 2, top=5)
    assert list(frame.columns) == ["query", "key", "query_token", "key_token", "weight"]
    assert len(frame) == 5 and frame.weight.is_monotonic_decreasing


def test_loaded_once_and_again_when_the_files_change(bert, monkeypatch):
    loads = []
    fresh = module._load_fresh
    monkeypatch.setattr(module, "_load_fresh", lambda f: loads.append(f) or fresh(f))
    attention(bert, "what")
    attention(bert, "is")
    assert len(loads) == 1
    os.utime(bert / "config.json", (1, 1))
    attention(bert, "what")
    assert len(loads) == 2


@pytest.mark.parametrize("text, words", [
    ("", "The text is empty"), ("  \n", "The text is empty"),
    (None, "must be a string, not NoneType"), (["a"], "must be a string, not list"),
    (" ".join(["fear"] * 600), "602 tokens long; this model reads at most 64"),
])
def test_bad_text_is_one_sentence(bert, text, words):
    with pytest.raises(DataError, match=words) as error:
        attention(bert, text)
    assert "\n" not in str(error.value) and error.value.remedy


def test_longer_than_asked_for(bert):
    with pytest.raises(DataError, match="5 tokens long; the attention view shows at most 4"):
        attention(bert, "what is a", max_tokens=4)


def test_model_without_attention(tmp_path):
    config = T.FNetConfig(hidden_size=16, num_hidden_layers=2, intermediate_size=32, vocab_size=11)
    folder = save(tmp_path / "fnet", T.FNetModel(config))
    with pytest.raises(ModelError, match="gives no attention weights"):
        attention(folder, "what is")


def test_damaged_weights(bert):
    from safetensors.torch import load_file, save_file

    path = bert / "model.safetensors"
    tensors = load_file(path)
    name = "bert.encoder.layer.0.attention.self.query.weight"
    for value, said in ((float("nan"), f"not finite, in {name}"), (3e38, "do not sum to one")):
        tensors[name] = torch.full_like(tensors[name], value)
        save_file(tensors, path, metadata={"format": "pt"})
        with pytest.raises(ModelError, match=said):
            attention(bert, "what is")


def test_not_a_model(tmp_path):
    with pytest.raises(ModelError, match="no config.json"):
        attention(tmp_path, "what")
    with pytest.raises(ModelError, match="cannot be asked of int"):
        attention(3, "what")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelError, match="has no model.safetensors"):
        attention(tmp_path, "what")


def test_run_like_source(bert, tmp_path):
    class Run:
        path, model_path = tmp_path / "run-7", bert

    assert attention(Run(), "what").source == "run-7"
    Run.model_path = None
    with pytest.raises(ModelError, match="run-7 has no saved model yet"):
        attention(Run(), "what")


def test_sample_encoder():
    from workbench.catalog import samples

    try:
        samples.fetch("minilm-l6")
    except WorkbenchError as error:
        if os.environ.get("WORKBENCH_CI") == "1":
            raise
        pytest.skip(str(error))
    seen = attention("sample:minilm-l6", "What is a fear of shadows ?")
    assert isinstance(seen, Attention)
    assert seen.weights.shape == (6, 12, 9, 9) and seen.scores is None
    assert seen.tokens[:3] == ["[CLS]", "what", "is"]
    with pytest.raises(DataError, match="602 tokens long"):
        attention("sample:minilm-l6", " ".join(["fear"] * 600))
