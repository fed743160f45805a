"""Models judged from their configuration, without a weight."""

import json

import pytest

from workbench.catalog import judging

BERT = {"model_type": "bert", "architectures": ["BertModel"], "max_position_embeddings": 512}
TOKENIZER = {"pad_token": "[PAD]"}


def folder(tmp_path, config, settings=TOKENIZER, fast=True, **files):
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    if fast:
        (tmp_path / "tokenizer.json").write_text("{}")
    for name in files.get("others", ()):
        (tmp_path / name).write_text("")
    return tmp_path


def verdicts(path, task="text-classification", max_length=128):
    found = judging.judge(path, "acme", task=task, max_length=max_length)
    return {verdict.check: verdict.severity for verdict in found}


def test_a_model_without_fault(tmp_path):
    assert verdicts(folder(tmp_path, BERT)) == {}


@pytest.mark.parametrize(
    ("config", "task", "expected"),
    [
        ({"model_type": "vit"}, "text-classification", {"wrong task": "error"}),
        ({"model_type": "t5"}, "token-classification", {}),
        ({"model_type": "bert"}, "text-to-text", {"wrong task": "error"}),
        ({**BERT, "architectures": ["BertForQuestionAnswering"]}, "text-classification",
         {"other head": "info"}),
        ({**BERT, "architectures": ["BertForSequenceClassification"],
          "id2label": {"0": "a", "1": "b"}}, "text-classification", {"other head": "info"}),
        ({**BERT, "max_position_embeddings": 100}, "text-classification",
         {"positions too few": "error"}),
        ({"model_type": "roberta", "max_position_embeddings": 129}, "text-classification",
         {"positions too few": "error"}),
        ({"model_type": "roberta", "max_position_embeddings": 130}, "text-classification", {}),
    ],
)  # fmt: skip
def test_faults_of_a_configuration(tmp_path, config, task, expected):
    assert verdicts(folder(tmp_path, config), task) == expected


def test_faults_of_a_tokenizer(tmp_path):
    assert verdicts(folder(tmp_path, BERT, fast=False)) == {"no fast tokenizer": "error"}
    slow = folder(tmp_path, BERT, fast=False, others=["vocab.txt"])
    assert verdicts(slow) == {"no fast tokenizer": "warning"}
    with_end = folder(tmp_path, BERT, {"eos_token": "</s>"})
    assert verdicts(with_end) == {"no pad token": "info"}
    without = folder(tmp_path, BERT, {"unk_token": "?"})
    assert verdicts(without) == {"no pad token": "error"}
