"""Our own nets as models: named, made, judged and looked into like any other."""

import json

import numpy as np
import pytest
import torch

import workbench as wb
from tests.training import tiny
from workbench.catalog.loading import safe_loading
from workbench.catalog.loading.judging import judge
from workbench.catalog.own_nets import net_folders
from workbench.errors import ModelError, UnknownName


@pytest.fixture
def net(tmp_path, monkeypatch):
    """A folder of our net with the weights of a tiny BERT of the library, and that BERT's."""
    source = tiny.save_model(tmp_path / "source", dropout=0.0)
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    return net_folders.folder(f"net:bert@{source}", source), source


def test_references():
    net_folders.check("net:bert-tiny")
    wb.catalog.check("net:bert@sample:minilm-l6", "model")
    for wrong in ("net:bret-tiny", "net:bert", "net:bert@", "net:bert@sample:nothing", "net:"):
        with pytest.raises(UnknownName):
            wb.catalog.check(wrong, "model")
    with pytest.raises(UnknownName, match="bert-tiny"):
        net_folders.check("net:bret-tiny")
    table = wb.catalog.models(task="text-classification").set_index("id")
    assert table.loc["net:bert-tiny", "parameters"] == net_folders.SIZES["bert-tiny"][3]


def test_sizes_are_what_the_table_says(require_sample):
    from transformers import AutoModel

    source = require_sample("minilm-l6")
    for name, (*_, parameters) in net_folders.SIZES.items():
        folder = net_folders.folder(f"net:{name}", source)
        safe_loading.know(folder)
        assert sum(p.numel() for p in AutoModel.from_pretrained(folder).parameters()) == parameters
    for name, (*_, parameters) in net_folders.WRITERS.items():
        model = safe_loading.load_model(
            net_folders.folder(f"net:{name}", source), "AutoModelForSeq2SeqLM"
        )
        assert sum(p.numel() for p in model.parameters()) == parameters


def test_a_folder_is_made_once_with_the_weights_and_without_a_head(net):
    from safetensors.torch import load_file

    folder, source = net
    assert net_folders.folder(f"net:bert@{source}", source) == folder
    assert not list(folder.parent.glob(".making-*"))
    config = json.loads((folder / "config.json").read_text())
    assert config["model_type"] == "workbench-bert"
    weights = load_file(folder / "model.safetensors")
    assert not any("classifier" in name for name in weights)
    theirs = load_file(source / "model.safetensors")
    word = theirs["embeddings.word_embeddings.weight"]
    assert torch.equal(weights["net.bert.embeddings.word.weight"], word)
    assert judge(folder, "net", task="text-classification", max_length=32) == []


def test_what_is_no_bert_is_refused(tmp_path, monkeypatch):
    import transformers as hf

    source = tiny.save_model(tmp_path / "source")
    hf.GPT2Config(n_embd=8, n_layer=1, n_head=1).save_pretrained(source)
    monkeypatch.setattr(net_folders, "cache_dir", lambda: tmp_path / "cache")
    with pytest.raises(ModelError, match="model_type='gpt2'"):
        net_folders.folder("net:bert@x", source)
    assert not list((tmp_path / "cache" / "nets").iterdir())


def test_attention_of_a_net(net):
    from transformers import AutoModel

    folder, source = net
    ours = wb.inspection.attention(folder, "a fine day")
    theirs = wb.inspection.attention(source, "a fine day")
    assert ours.tokens == theirs.tokens
    np.testing.assert_allclose(ours.weights, theirs.weights, atol=1e-5)
    assert AutoModel.from_pretrained(source).config.model_type == "bert"
