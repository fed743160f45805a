"""Models judged for a task before a weight is read, by the code that training loads them with."""

import json

import pytest

from tests.training import tiny
from workbench.catalog import judging


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny.save_model(tmp_path_factory.mktemp("judged") / "tiny")


@pytest.fixture
def folder(made, tmp_path):
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def changed(path, name, **entries):
    settings = json.loads((path / name).read_text())
    settings.update(entries)
    (path / name).write_text(json.dumps({k: v for k, v in settings.items() if v is not None}))
    return path


def verdicts(path, task="text-classification", max_length=64):
    found = judging.judge(path, "acme", task=task, max_length=max_length)
    return {verdict.check: verdict.severity for verdict in found}


def test_a_model_without_fault(folder):
    assert verdicts(folder) == {}
    assert verdicts(folder, "token-classification") == {}
    (folder / "model.safetensors").unlink()  # a hub model of which only the small files are here
    assert verdicts(folder) == {}


TYPES = {
    "pictures": ("vit", "text-classification", {"wrong task": "error"}),
    "tags-of-t5": ("t5", "token-classification", {}),
    "tags-of-bart": ("bart", "token-classification", {"wrong task": "error"}),
    "text-of-bert": ("bert", "text-to-text", {"wrong task": "error"}),
    "text-of-bart": ("bart", "text-to-text", {}),
}


@pytest.mark.parametrize(("kind", "task", "expected"), TYPES.values(), ids=TYPES)
def test_families_and_their_heads(folder, kind, task, expected):
    (folder / "model.safetensors").unlink()
    changed(folder, "config.json", model_type=kind, architectures=[])
    assert verdicts(folder, task) == expected


def test_a_model_with_another_head_is_said(folder):
    (folder / "model.safetensors").unlink()
    changed(folder, "config.json", architectures=["BertForQuestionAnswering"])
    assert verdicts(folder) == {"other head": "info"}
    changed(folder, "config.json", architectures=["BertForSequenceClassification"],
            id2label={"0": "a", "1": "b"})  # fmt: skip
    assert verdicts(folder) == {"other head": "info"}


POSITIONS = {
    "as-many": ({"model_type": "bert", "max_position_embeddings": 128}, 128),
    "from-the-padding-on": ({"model_type": "roberta", "max_position_embeddings": 130}, 128),
    "from-another-padding-on": (
        {"model_type": "roberta", "max_position_embeddings": 130, "pad_token_id": 0}, 129,
    ),
    "old-name": ({"model_type": "gpt2", "n_positions": 1024}, 1024),
    "distances": ({"model_type": "t5", "n_positions": 512}, None),
    "none": ({"model_type": "bert"}, None),
    "nonsense": ({"model_type": "bert", "max_position_embeddings": True}, None),
}  # fmt: skip


@pytest.mark.parametrize(("config", "expected"), POSITIONS.values(), ids=POSITIONS)
def test_positions_of_a_configuration(config, expected):
    assert judging.positions(config) == expected


def test_a_text_longer_than_the_positions(folder):
    assert verdicts(folder, max_length=65) == {"positions too few": "error"}


def test_faults_of_a_tokenizer(folder):
    changed(folder, "tokenizer_config.json", pad_token=None)
    changed(folder, "config.json", pad_token_id=None)
    assert verdicts(folder) == {"no pad token": "error"}
    changed(folder, "tokenizer_config.json", eos_token="[SEP]")
    assert verdicts(folder) == {"no pad token": "info"}
    (folder / "tokenizer.json").write_text("{}")
    assert verdicts(folder) == {"no tokenizer": "error"}
    (folder / "tokenizer.json").unlink()
    assert verdicts(folder) == {"no tokenizer": "error"}
    (folder / "tokenizer_config.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good"]))
    assert verdicts(folder) == {"no fast tokenizer": "warning"}


def test_weights_that_do_not_belong_to_the_configuration(folder):
    changed(folder, "config.json", intermediate_size=48)
    assert verdicts(folder) == {"weights": "error"}
    changed(folder, "config.json", intermediate_size=64, num_hidden_layers=1)
    assert verdicts(folder) == {"layers left out": "warning"}
    changed(folder, "config.json", num_hidden_layers=3)
    assert verdicts(folder) == {"weights": "error"}
