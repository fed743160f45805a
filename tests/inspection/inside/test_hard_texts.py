"""Texts and models that break viewers: each is shown as it is, or refused in one sentence."""

import base64
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import transformers as hf

from tests.inspection.inside.test_attention import SMALL, save
from tests.training.tiny import save_model
from workbench.errors import DataError, ModelError, RunError
from workbench.inspection import LongText, attention, attribute, layer_attention, merge_words
from workbench.inspection.inside import loaded_model
from workbench.training import checkpoints
from workbench.training.run import Run
from workbench.widgets.attention.attention_picture import static_html
from workbench.widgets.attention.attention_view import AttentionView

torch.set_num_threads(1)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = {
    "one token": ("good", ["good"]),
    "right to left": ("\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd abc",
                      ["\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "abc"]),
    "Chinese": ("\u4f60\u597d \u4e16\u754c", ["\u4f60\u597d", "\u4e16\u754c"]),
    "a family": (f"we {FAMILY} here", ["we", FAMILY, "here"]),
    "a flag and skin": ("\U0001f44d\U0001f3fd ok", ["\U0001f44d\U0001f3fd", "ok"]),
    "combining marks": ("Z\u0351\u036b\u0343 cafe\u0301", ["Z\u0351\u036b\u0343", "cafe\u0301"]),
    "HTML": ("<b>a</b> <script>x</script>", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def bytes_model(tmp_path_factory):
    config = hf.GPT2Config(n_embd=16, n_head=4, n_layer=2, vocab_size=256, n_positions=600)
    return save(tmp_path_factory.mktemp("gpt2"), hf.GPT2LMHeadModel(config), byte_level=True)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("bert"))


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_shown_in_its_order(bytes_model, name):
    text, words = TEXTS[name]
    seen = attention(bytes_model, text)
    np.testing.assert_allclose(seen.weights.sum(-1), 1, atol=1e-5)
    assert all("\ufffd" not in token for token in seen.tokens)  # no half of a letter
    merged = merge_words(seen)
    parts = [word for word in merged.tokens if word.strip("\u0120")]
    assert "".join(parts).replace("\u0120", "") == "".join(text.split())
    if words:
        assert parts == words
    view = AttentionView(seen)
    assert view.tokens == seen.tokens
    view.words = True
    assert view.tokens == merged.tokens and len(view.special) == len(merged)
    picture = static_html(merged, [(0, 0)])
    svg = base64.b64decode(picture.split("base64,")[1].split('"')[0])
    drawn = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(svg).iter()}
    assert drawn <= {"svg", "text", "image", "rect", "path", "g"}


def test_special_tokens_alone(bert):
    seen = attention(bert, "[CLS] [SEP]")
    assert seen.tokens == ["[CLS]", "[CLS]", "[SEP]", "[SEP]"]
    view = AttentionView(seen)
    view.hide_special = True
    assert len(view.tokens) == 4
    assert merge_words(seen).weights.shape[-1] == len(merge_words(seen).tokens)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_empty(bert, text):
    for ask in (attention, attribute, LongText):
        with pytest.raises(DataError, match="The text is empty"):
            ask(bert, text)
    with pytest.raises(DataError, match="The text is empty"):
        layer_attention(bert, text, [0])


def test_ten_thousand_tokens(bert, bytes_model):
    text = "good " * 10_000
    with pytest.raises(DataError, match="10002 tokens long; this model reads at most 64"):
        attention(bert, text)
    for source in (bert, bytes_model):
        with pytest.raises(DataError, match="0000 tokens long; windows go up to 4096"):
            LongText(source, text)


def test_4096_tokens_by_windows(bytes_model):
    text = "shadows " * 512
    long = LongText(bytes_model, text)
    assert long.n_tokens == 4096 and not long.whole
    last = long.part(len(long.parts) - 1)
    assert len(last) <= 512 and last.tokens[-8:-1] == list("shadows")
    view = AttentionView(long)
    assert len(view.parts) == len(long.parts) and view.parts[-1].endswith("4096")


@pytest.mark.parametrize("kind", ["fnet", "rwkv"])
def test_models_without_attention(tmp_path, kind):
    if kind == "fnet":
        config = hf.FNetConfig(hidden_size=16, num_hidden_layers=2, intermediate_size=32,
                               vocab_size=11)  # fmt: skip
        model = hf.FNetModel(config)
    else:
        model = hf.RwkvModel(hf.RwkvConfig(hidden_size=16, num_hidden_layers=2, vocab_size=11))
    folder = save(tmp_path, model)
    for ask in (attention, lambda *a: layer_attention(*a, [0])):
        with pytest.raises(ModelError, match="gives no attention weights") as error:
            ask(folder, "what is")
        assert "\n" not in str(error.value)


def test_fused_kernels_that_cannot_be_opened(tmp_path, monkeypatch):
    config = hf.BertConfig(**SMALL, intermediate_size=32)
    folder = save(tmp_path, hf.BertModel(config))

    def fused(self, name):
        if name == "eager":
            raise ValueError("BertModel has fused kernels only.")

    monkeypatch.setattr(hf.PreTrainedModel, "set_attn_implementation", fused)
    with pytest.raises(ModelError, match="no attention weights .*fused kernels only"):
        attention(folder, "what is")


def checkpoint(run, step):
    """A checkpoint as a training run leaves it, with weights of its own; its folder."""
    target = run / "checkpoints" / checkpoints.folder_name(step)

    def fill(folder):
        config = hf.AutoConfig.from_pretrained(save_model(folder))
        torch.manual_seed(step)
        hf.AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
        for name in (*checkpoints.NEEDED, checkpoints.PROGRESS):
            if not (folder / name).exists():
                (folder / name).write_text("{}")

    checkpoints.write_whole(target, fill)
    return target


def test_a_model_that_is_being_trained_is_read_at_its_last_checkpoint(tmp_path, monkeypatch):
    run = Run(tmp_path / "run-1")
    run.path.mkdir()
    monkeypatch.setattr(Run, "state", property(lambda self: "running"))
    with pytest.raises(RunError, match="is running and has no model yet"):
        attention(run, "good film")
    weights = []
    for step in (1, 2):
        folder = checkpoint(run.path, step)
        seen = attention(run, "good film")
        np.testing.assert_array_equal(seen.weights, attention(folder, "good film").weights)
        assert seen.source == "run-1"
        weights.append(seen.weights)
    assert np.abs(weights[0] - weights[1]).max() > 1e-4

    fresh = loaded_model._load_fresh

    def pruned(folder):  # the trainer writes the next one, and removes this one, meanwhile
        if folder.name.endswith("3"):
            checkpoint(run.path, 4)
            shutil.rmtree(folder)
        return fresh(folder)

    checkpoint(run.path, 3)
    monkeypatch.setattr(loaded_model, "_load_fresh", pruned)
    seen = attention(run, "good film")
    newest = run.path / "checkpoints" / checkpoints.folder_name(4)
    np.testing.assert_array_equal(seen.weights, attention(newest, "good film").weights)
