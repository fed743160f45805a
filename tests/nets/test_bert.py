"""BERT and its heads give the library's outputs, and each reads what the other wrote."""

import json

import pytest
import torch

from workbench.nets import bert_heads
from workbench.nets.bert import Bert, BertConfig

SIZES = {
    "vocab_size": 50,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 16,
    "num_labels": 3,
}
IDS = torch.tensor([[2, 7, 8, 9, 3, 0, 0], [2, 5, 6, 3, 11, 12, 3]])
MASK = torch.tensor([[1, 1, 1, 1, 1, 0, 0], [1] * 7])
SEGMENTS = torch.tensor([[0] * 7, [0, 0, 0, 0, 1, 1, 1]])
BATCH = {"input_ids": IDS, "attention_mask": MASK, "token_type_ids": SEGMENTS}
WORDS = torch.where(MASK == 1, IDS, -100)
TAGS = torch.tensor([[-100, 0, 1, 2, -100, -100, -100], [-100, 2, 2, -100, 0, 0, -100]])
HEADS = {
    "BertForMaskedLM": {"labels": WORDS},
    "BertForNextSentencePrediction": {"labels": torch.tensor([0, 1])},
    "BertForPreTraining": {"labels": WORDS, "next_sentence_label": torch.tensor([0, 1])},
    "BertForSequenceClassification": {"labels": torch.tensor([0, 2])},
    "BertForTokenClassification": {"labels": TAGS},
    "BertForQuestionAnswering": {
        "start_positions": torch.tensor([1, 2]),
        "end_positions": torch.tensor([3, 2]),
    },
}


def library(name, folder=None, **changes):
    """The library's model of that name with random weights, saved in ``folder``."""
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(**{**SIZES, **changes}, initializer_range=0.3)
    model = getattr(transformers, name)(config).eval()
    if folder is not None:
        model.save_pretrained(folder)
    return model


def same(ours, theirs, names):
    for name in names:
        torch.testing.assert_close(ours[name], getattr(theirs, name), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_the_body_equals_the_library(tmp_path, activation):
    theirs = library("BertModel", tmp_path, hidden_act=activation)
    ours = Bert.from_pretrained(tmp_path)
    assert ours.fresh == [] and not ours.training
    for batch in (BATCH, {"input_ids": IDS}, {"input_ids": IDS[:, :1]}):
        same(ours(**batch), theirs(**batch), ["last_hidden_state", "pooler_output"])


def test_attentions_equal_the_library(tmp_path):
    theirs = library("BertModel", tmp_path)
    theirs.set_attn_implementation("eager")
    expected = theirs(**BATCH, output_attentions=True).attentions
    found = Bert.from_pretrained(tmp_path)(**BATCH, output_attentions=True).attentions
    assert len(found) == 2 and found[0].shape == (2, 3, 7, 7)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_heads_equal_the_library_both_ways(tmp_path, name):
    sizes = {"num_labels": 2} if name == "BertForQuestionAnswering" else {}
    theirs = library(name, tmp_path / "theirs", **sizes)
    ours = getattr(bert_heads, name).from_pretrained(tmp_path / "theirs")
    assert ours.fresh == []
    outputs, expected = ours(**BATCH, **HEADS[name]), theirs(**BATCH, **HEADS[name])
    same(outputs, expected, expected.keys())
    assert outputs.keys() == expected.keys()
    assert ours(**BATCH).loss is None and "loss" not in ours(**BATCH)

    ours.save_pretrained(tmp_path / "ours")
    again, info = type(theirs).from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    assert type(again.config) is type(theirs.config)
    assert again.config.id2label == theirs.config.id2label
    same(outputs, again.eval()(**BATCH, **HEADS[name]), expected.keys())


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"num_labels": 1}, torch.tensor([0.5, -2.0])),
        ({"problem_type": "multi_label_classification"}, torch.tensor([[1.0, 0, 1], [0, 0, 1]])),
    ],
)
def test_regression_and_several_labels_equal_the_library(tmp_path, changes, labels):
    theirs = library("BertForSequenceClassification", tmp_path, **changes)
    ours = bert_heads.BertForSequenceClassification.from_pretrained(tmp_path)
    same(ours(**BATCH, labels=labels), theirs(**BATCH, labels=labels), ["loss", "logits"])


def test_a_new_head_is_named_and_the_body_is_kept(tmp_path):
    theirs = library("BertModel", tmp_path)
    ours = bert_heads.BertForSequenceClassification.from_pretrained(tmp_path, num_labels=5)
    assert ours.fresh == ["classifier.bias", "classifier.weight"]
    assert ours(**BATCH).logits.shape == (2, 5)
    assert ours.config.id2label[4] == "LABEL_4" and ours.config.label2id["LABEL_4"] == 4
    same(ours.bert(**BATCH), theirs(**BATCH), ["last_hidden_state"])


def test_gradients_equal_the_library(tmp_path):
    theirs = library("BertForSequenceClassification", tmp_path)
    ours = bert_heads.BertForSequenceClassification.from_pretrained(tmp_path)
    labels = torch.tensor([0, 2])
    ours(**BATCH, labels=labels).loss.backward()
    theirs(**BATCH, labels=labels).loss.backward()
    left = ours.bert.encoder.layers[0].attention.q.weight.grad
    right = theirs.bert.encoder.layer[0].attention.self.query.weight.grad
    torch.testing.assert_close(left, right, atol=1e-6, rtol=1e-4)
    words = ours.get_input_embeddings().weight.grad
    assert torch.equal(words[0], torch.zeros(24)), "padding learns nothing"


def test_the_librarys_trainer_takes_it(tmp_path):
    """Training, evaluation, prediction and loading again, as any model of the library."""
    import datasets
    import transformers

    library("BertModel", tmp_path / "body")
    rows = [{"input_ids": [2, 5 + i % 2, 9, 3], "labels": i % 2} for i in range(32)]
    data = datasets.Dataset.from_list(
        [{**row, "attention_mask": [1] * 4, "token_type_ids": [0] * 4} for row in rows]
    )
    model = bert_heads.BertForSequenceClassification.from_pretrained(
        tmp_path / "body", num_labels=2
    )
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"),
        max_steps=30,
        learning_rate=5e-3,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = transformers.Trainer(model, arguments, train_dataset=data, eval_dataset=data)
    before = trainer.evaluate()["eval_loss"]
    trainer.train()
    assert trainer.evaluate()["eval_loss"] < before / 5
    predictions = trainer.predict(data)
    assert predictions.predictions.shape == (32, 2)
    assert (predictions.predictions.argmax(-1) == predictions.label_ids).all()
    model.save_pretrained(tmp_path / "saved")
    auto = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "saved")
    logits = auto.eval()(torch.tensor([[2, 5, 9, 3]])).logits
    torch.testing.assert_close(
        logits, model.eval()(torch.tensor([[2, 5, 9, 3]])).logits, atol=1e-5, rtol=1e-5
    )


def test_the_real_weights(require_sample):
    """MiniLM, fp32: 1e-5 from the library, with the real tokenizer, padded and alone."""
    from transformers import AutoModel, AutoTokenizer

    folder = require_sample("minilm-l6")
    theirs = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    ours, tokenizer = Bert.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert sum(p.numel() for p in ours.parameters()) == 22_713_216
    texts = [
        "The bank of the river was steep.",
        "",
        "Attention lets every word look at every other word, and the answers are averaged. " * 8,
        "中文 and 🤖 too",
    ]
    for some in (texts, texts[:1], [(texts[0], texts[2]), (texts[3], texts[0])]):
        batch = tokenizer(some, padding=True, truncation=True, return_tensors="pt")
        real = batch["attention_mask"].bool()
        with torch.no_grad():
            found, expected = ours(**batch), theirs(**batch)
            apart = (found.last_hidden_state - expected.last_hidden_state).abs()
            assert apart[real].max() < 1e-5
            assert (found.pooler_output - expected.pooler_output).abs().max() < 1e-5
            # at padding, which nobody reads, the library's own kernels are 3e-5 apart; in float64
            # rounding is out of the way there too
            found, expected = ours.double()(**batch), theirs.double()(**batch)
            apart = (found.last_hidden_state - expected.last_hidden_state).abs()
            assert apart.max() < 1e-10
        ours.float(), theirs.float()


def saved(folder, **changes):
    library("BertModel", folder)
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, **changes}))
    return folder


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: Bert.from_pretrained(f / "none"), ["no model folder"]),
        (lambda f: Bert.from_pretrained(saved(f, model_type="gpt2")), ["'gpt2'"]),
        (lambda f: Bert.from_pretrained(saved(f, vocab_size=60)), ["(50, 24)", "(60, 24)"]),
        (lambda f: Bert.from_pretrained(saved(f, num_hidden_layers=3)), ["lacks 16 of 55"]),
        (lambda f: Bert(BertConfig(hidden_size=10, num_attention_heads=3)), ["d_model=10"]),
        (lambda f: Bert(BertConfig(**SIZES))(torch.ones(1, 17).long()), ["17 tokens", "16"]),
        (lambda f: Bert(BertConfig(**SIZES))(torch.tensor([[50]])), ["token 50", "has 50"]),
        (lambda f: Bert(BertConfig(**SIZES))(IDS, MASK[:, :3]), ["(2, 7)", "(2, 3)"]),
    ],
)
def test_bad_input_names_the_sizes(tmp_path, call, words):
    with pytest.raises(ValueError) as error:
        call(tmp_path)
    assert all(word in str(error.value) for word in words), str(error.value)
