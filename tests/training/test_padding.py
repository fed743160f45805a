"""Padding never changes a number: either side, no padding at all, and literal padding tokens."""

import numpy as np
import pytest
import torch
import transformers as hf

from tests.catalog import families
from tests.training import tiny
from workbench.catalog.loading import safe_loading
from workbench.catalog.loading.padding import padding_side, settle_padding
from workbench.errors import ModelError, RecipeError, TrainingError
from workbench.tasks.shared.collators import Collator
from workbench.tasks.shared.encoding import Encoded
from workbench.training import preparing
from workbench.training.predicting.many_rows import predict_outputs
from workbench.training.speed.embedding_rows import EmbeddingRows
from workbench.training.speed.noise import dropout
from workbench.training.speed.packed import packed_for

HEADS = {"classes": "SequenceClassification", "tags": "TokenClassification",
         "answers": "QuestionAnswering"}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return safe_loading.load_tokenizer(tiny.save_model(tmp_path_factory.mktemp("padding") / "tiny"))


def model_of(kind, head, labels=3):
    config = families.config(kind)
    config.num_labels = 2 if head == "QuestionAnswering" else labels
    torch.manual_seed(0)
    return getattr(hf, f"AutoModelFor{head}").from_config(config).eval()


def rows(lengths, labels=None, per_token=False, first=4):
    rng = np.random.RandomState(0)
    ids = rng.randint(first, families.WORDS, sum(lengths)).astype(np.int32)
    ends = np.cumsum([0, *lengths]).astype(np.int64)
    return Encoded({"input_ids": ids}, ends, labels, per_token=per_token)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta-v2", "xlnet", "gpt2", "llama"])
def test_outputs_of_a_batch_are_those_of_each_row_alone(kind, head, tokenizer):
    model = model_of(kind, head)
    encoded = rows([9, 4, 6, 2], per_token=head != "SequenceClassification")
    alone = []
    for row in range(len(encoded)):
        ids = torch.tensor([encoded[row]["input_ids"]])
        with torch.no_grad():
            out = model(input_ids=ids, attention_mask=torch.ones_like(ids))
        logits = out.logits if "logits" in out else torch.stack(
            [out.start_logits, out.end_logits], -1
        )  # fmt: skip
        alone.append(logits.numpy().reshape(-1, model.config.num_labels))
    for side in ("left", "right"):  # as the tokenizer was saved
        tokenizer.padding_side = side
        settle_padding(tokenizer, model, "model x")
        got = predict_outputs(model, tokenizer, encoded)
        np.testing.assert_allclose(got, np.concatenate(alone), rtol=1e-4, atol=1e-5)


def test_only_a_head_that_reads_the_last_place_is_padded_in_front(tokenizer):
    assert padding_side(model_of("xlnet", "SequenceClassification")) == "left"
    for kind, head in (("xlnet", "TokenClassification"), ("gpt2", "SequenceClassification")):
        assert padding_side(model_of(kind, head)) == "right"


@pytest.mark.parametrize("side", ["left", "right"])
def test_labels_of_tokens_stand_where_their_tokens_do(tokenizer, side):
    encoded = rows([4, 2], labels=np.arange(6), per_token=True)
    encoded.token_labels = True
    tokenizer.padding_side = "left"
    batch = Collator(tokenizer, side)([encoded[0], encoded[1]])
    there = batch["attention_mask"].bool()
    assert batch["labels"][there].tolist() == list(range(6))
    assert batch["input_ids"][there].tolist() == encoded.arrays["input_ids"].tolist()
    assert set(batch["labels"][~there].tolist()) == {-100}
    assert there[1].tolist() == ([False] * 2 + [True] * 2)[:: 1 if side == "left" else -1]


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("padding", [1, 0, 5], ids=["usual", "first", "another"])
def test_positions_are_counted_as_the_library_counts_them(head, padding):
    """Rows as long as there are positions, and rows that hold the padding token itself."""
    config = families.config("roberta")
    config.pad_token_id, config.num_labels = padding, 2
    config.max_position_embeddings = 20 + padding + 1
    torch.manual_seed(0)
    model = getattr(hf, f"AutoModelFor{head}").from_config(config).eval()
    texts = [list(range(30, 50)), [30, padding, 31, padding, padding, 32], [padding], [33, 34]]
    ids = torch.tensor([one for text in texts for one in text])
    lengths = [len(text) for text in texts]
    packed = packed_for(model)

    def compare(used):
        with torch.no_grad():
            ours = packed.logits(used, lengths)
            for number, text in enumerate(texts):
                row = torch.tensor([text])
                out = model(input_ids=row, attention_mask=torch.ones_like(row))
                theirs = out.logits[0] if "logits" in out else torch.stack(
                    [out.start_logits[0], out.end_logits[0]], -1
                )  # fmt: skip
                if head == "TokenClassification":
                    mine = ours.split(lengths)[number]
                elif head == "QuestionAnswering":
                    mine = ours[number, : len(text)]
                else:
                    mine = ours[number]
                torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)

    compare(ids)
    held = EmbeddingRows(model, ids.numpy())  # only some rows of the table, under other numbers
    with torch.no_grad():
        small = packed.logits(held.lookup[ids], lengths)
    held.restore()
    with torch.no_grad():
        torch.testing.assert_close(small, packed.logits(ids, lengths))


def settled(tokenizer, kind="bert", **changes):
    model = model_of(kind, "SequenceClassification")
    for name, value in changes.items():
        setattr(model.config, name, value)
    settle_padding(tokenizer, model, "model x")
    return tokenizer.pad_token_id, model.config.pad_token_id


@pytest.fixture
def unpadded(tmp_path):
    folder = tiny.save_model(tmp_path)
    made = safe_loading.load_tokenizer(folder)
    made.pad_token = None
    return made


def test_a_tokenizer_without_padding_takes_the_models_own_or_the_end(unpadded):
    assert settled(unpadded, pad_token_id=7) == (7, 7)
    unpadded.pad_token, unpadded.eos_token = None, "[SEP]"
    assert settled(unpadded, "gpt2", pad_token_id=None) == (3, 3)
    unpadded.pad_token = None
    assert settled(unpadded, "gpt2", pad_token_id=-1) == (3, 3)
    unpadded.pad_token = unpadded.eos_token = None
    with pytest.raises(ModelError, match="no pad token and no end-of-text token"):
        settled(unpadded, "gpt2", pad_token_id=None)


def test_positions_counted_from_the_padding_keep_their_beginning(tokenizer):
    tokenizer.padding_side = "right"
    assert settled(tokenizer, "roberta") == (0, 1)  # the tokenizer's [PAD]; the model's 1 stays
    assert settled(tokenizer, "bert", pad_token_id=5) == (0, 0)
    with pytest.raises(ModelError, match="names no pad_token_id"):
        settled(tokenizer, "roberta", pad_token_id=None)


def test_a_pad_token_without_a_vector_is_refused(tokenizer):
    model = model_of("bert", "SequenceClassification")
    model.resize_token_embeddings(3)
    tokenizer.pad_token = "good"
    with pytest.raises(ModelError, match="'good' of the model x has the id 4"):
        settle_padding(tokenizer, model, "model x")
    tokenizer.pad_token = "[PAD]"


def test_devices_without_the_packed_attention_take_the_padded_path():
    model = model_of("bert", "SequenceClassification")
    assert packed_for(model) is not None
    for device in ("cuda", "mps", "xpu", "meta"):
        assert packed_for(model, device) is None
    assert packed_for(model, "cuda", begun=True) is not None  # a run that is taken to a GPU
    assert packed_for(model, "cpu", begun=False) is None  # and one that comes from there
    assert packed_for(model, "mps", begun=True) is None
    assert packed_for(model.to("meta")) is None
    torch.manual_seed(0)
    assert dropout(torch.ones(8, device="meta"), 0.5).device.type == "meta"


@pytest.mark.parametrize("name", preparing.RANKS)
def test_several_processes_are_refused(name, monkeypatch, tiny_recipe):
    monkeypatch.setenv(name, "2")
    with pytest.raises(TrainingError, match="one of 2 processes"):
        preparing.check_recipe(tiny_recipe)
    for alone in ("1", "", "many"):
        monkeypatch.setenv(name, alone)
        preparing.check_processes()


def test_a_text_longer_than_the_positions_is_refused_before_training(tiny_recipe):
    with pytest.raises(RecipeError, match="64 positions"):
        preparing.check_recipe(tiny_recipe.replace(max_length=65))
