"""Rows with targets: encoded, collated, and the loss of their tokens against the library's."""

import numpy as np
import pytest
import torch

from tests.training import writers
from workbench.tasks.shared.encoding import IGNORED, Encoded, Targets, encode_targets, encode_texts
from workbench.tasks.shared.target_collators import around_targets, writing_collator
from workbench.tasks.shared.token_loss import (
    TokenCrossEntropy,
    likeliest,
    likeliest_few,
    text_losses,
    token_log_probabilities,
)

SOURCES = ["a b c", "d", "e f g h i"]
TARGETS = ["3", "1 0 1 0 1 0 1", ""]  # one is longer than its source, one is empty
ENCODERS = [pytest.param(name, id=name) for name in ("t5", "bart", "m2m")]
DECODERS = [pytest.param(name, id=name) for name in ("gpt2", "llama")]


def encoded(tokenizer, max_length: int = 20) -> Encoded:
    found = encode_texts(tokenizer, SOURCES, max_length=max_length)
    found.targets, _ = encode_targets(tokenizer, TARGETS, max_length=max_length)
    return found


def word_ids(text: str) -> list[int]:
    return [writers.WORDS.index(word) for word in text.split()]


def test_targets_are_a_second_ragged_sequence():
    rows = encoded(writers.tokenizer())
    assert rows.targets.lengths.tolist() == [1, 7, 0]
    assert rows.lengths.tolist() == [4, 2, 6]
    assert rows.sizes.tolist() == [5, 9, 6]
    assert rows[1] == {"input_ids": [*word_ids("d"), 3], "targets": word_ids(TARGETS[1])}
    part = rows.part([2, 1])
    assert [part[0], part[1]] == [rows[2], rows[1]]
    assert part.targets.offsets.tolist() == [0, 0, 7]
    assert "targets" not in encode_texts(writers.tokenizer(), SOURCES, max_length=9)[0]


def test_targets_that_are_cut_are_counted():
    found, cut = encode_targets(writers.tokenizer(), ["a b c", "a b", "a b c d"], max_length=2)
    assert (found.lengths.tolist(), cut) == ([2, 2, 2], 2)
    none, cut = encode_targets(writers.tokenizer(), [], max_length=2)
    assert (len(none), cut) == (0, 0)


def test_kept_targets_are_those_that_were_made(monkeypatch):
    from workbench.tasks.shared import token_cache

    monkeypatch.setattr(token_cache, "WORTH", 2)
    tokenizer = writers.tokenizer()
    first, cut = encode_targets(tokenizer, TARGETS, max_length=5)
    again, still = encode_targets(tokenizer, TARGETS, max_length=5)
    assert again.ids.tolist() == first.ids.tolist() == word_ids("3 1 0 1 0 1")
    assert cut == still == 1
    inputs = encode_texts(tokenizer, TARGETS, max_length=5)  # the same texts as inputs
    assert inputs.lengths.tolist() == [2, 5, 1]


@pytest.mark.parametrize("kind", ENCODERS)
def test_an_encoder_decoders_batch_is_what_the_model_would_make_of_the_labels(kind):
    tokenizer, model = writers.tokenizer(), writers.model(kind)
    rows = encoded(tokenizer)
    batch = writing_collator(tokenizer, model)([rows[i] for i in range(3)])
    assert batch["input_ids"].shape == (3, 6)
    assert batch["labels"].tolist() == [
        [*word_ids("3"), 3, *[IGNORED] * 6],
        [*word_ids(TARGETS[1]), 3],
        [3, *[IGNORED] * 7],
    ]
    assert batch["_tokens"] == 12 + 11 and batch["_padded_tokens"] == 18 + 24
    inputs = {n: v for n, v in batch.items() if not n.startswith("_")}
    labels = inputs.pop("labels")
    with torch.no_grad():
        ours = model(**inputs).logits
        inputs.pop("decoder_input_ids")
        theirs = model(**inputs, labels=labels)
    assert torch.equal(ours, theirs.logits)
    loss = TokenCrossEntropy()
    mean = loss.total(ours, labels) / loss.normaliser(labels)
    assert mean.item() == pytest.approx(theirs.loss.item(), rel=1e-6)


@pytest.mark.parametrize("kind", DECODERS)
def test_a_decoder_learns_the_target_alone(kind):
    tokenizer, model = writers.tokenizer(ends=False), writers.model(kind)
    rows = encoded(tokenizer)
    batch = writing_collator(tokenizer, model)([rows[i] for i in range(3)])
    end = [IGNORED]
    assert batch["input_ids"][0].tolist() == [*word_ids("a b c 3"), 3, *[0] * 4]
    assert batch["attention_mask"].sum(1).tolist() == [5, 9, 6]
    assert batch["labels"].tolist() == [
        [*end * 2, *word_ids("3"), 3, *end * 5],
        [*word_ids(TARGETS[1]), 3, *end],
        [*end * 4, 3, *end * 4],
    ]
    labels = batch["labels"]
    usual = torch.full_like(labels, IGNORED)  # as the library takes them: where the token stands
    usual[:, 1:] = labels[:, :-1]
    with torch.no_grad():
        theirs = model(batch["input_ids"], attention_mask=batch["attention_mask"], labels=usual)
    loss = TokenCrossEntropy()
    mean = loss.total(theirs.logits, labels) / loss.normaliser(labels)
    assert mean.item() == pytest.approx(theirs.loss.item(), rel=1e-6)


def test_labels_of_tokens_are_moved_to_where_they_are_written():
    tokenizer = writers.tokenizer(ends=False)
    collate = writing_collator(tokenizer, writers.model("gpt2"))
    rows = [
        {"input_ids": [4, 5, 6], "token_labels": [IGNORED, 5, 6]},
        {"input_ids": [7], "token_labels": [IGNORED]},
    ]
    batch = collate(rows)
    assert batch["labels"].tolist() == [[5, 6, IGNORED], [IGNORED] * 3]
    bare = collate([{"input_ids": [4, 5]}, {"input_ids": []}])
    assert "labels" not in bare and bare["input_ids"].tolist() == [[4, 5], [2, 0]]


def test_special_tokens_around_a_target_are_the_tokenizers_own():
    from tokenizers import processors

    tokenizer = writers.tokenizer()
    assert around_targets(tokenizer) == ([], [3])
    assert around_targets(writers.tokenizer(ends=False)) == ([], [3])
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    assert around_targets(tokenizer) == ([2], [3])


def test_a_tokenizer_without_an_end_is_refused():
    from workbench.errors import ModelError

    tokenizer = writers.tokenizer(ends=False)
    tokenizer.eos_token = None
    with pytest.raises(ModelError, match="no end-of-text token"):
        around_targets(tokenizer)


@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
@pytest.mark.parametrize("piece", [7, 40, 10**6], ids=["a-token", "some", "whole"])
def test_loss_and_gradient_are_torchs_however_they_are_cut(piece, smoothing, monkeypatch):
    from workbench.tasks.shared import word_head

    monkeypatch.setattr(word_head, "PIECE", piece)
    torch.manual_seed(0)
    logits = torch.randn(3, 5, 7, dtype=torch.float32, requires_grad=True)
    labels = torch.randint(7, (3, 5))
    labels[0, 1:] = IGNORED
    labels[2] = IGNORED
    loss = TokenCrossEntropy(smoothing)
    (loss.total(logits, labels) / loss.normaliser(labels)).backward()
    ours, logits.grad = logits.grad, None
    theirs = torch.nn.functional.cross_entropy(
        logits.reshape(-1, 7), labels.reshape(-1), label_smoothing=smoothing
    )
    theirs.backward()
    total = loss.total(logits.detach(), labels) / loss.normaliser(labels)
    assert total.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert torch.allclose(ours, logits.grad, atol=1e-7)


def test_nothing_learnt_is_no_division_by_zero():
    labels = torch.full((2, 3), IGNORED)
    loss = TokenCrossEntropy()
    logits = torch.randn(2, 3, 5, requires_grad=True)
    (loss.total(logits, labels) / loss.normaliser(labels)).backward()
    assert logits.grad.abs().sum() == 0


def test_the_loss_asks_no_device_for_a_number():
    logits = torch.empty(2, 3, 5, device="meta", requires_grad=True)
    labels = torch.empty(2, 3, dtype=torch.long, device="meta")
    loss = TokenCrossEntropy(0.1)
    total = loss.total(logits, labels) / loss.normaliser(labels)
    total.backward()
    assert logits.grad.shape == (2, 3, 5)
    assert text_losses(logits, {"labels": labels}).shape == (2, 2)


def test_no_copy_of_the_logits_is_kept():
    """What a step holds beside the logits is their gradient: 1 time their size, in their format."""
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor
    ):
        logits = torch.randn(2, 3, 50, dtype=torch.bfloat16, requires_grad=True)
        TokenCrossEntropy().total(logits, torch.ones(2, 3, dtype=torch.long)).backward()
    assert [k.numel() for k in kept if k.numel() >= 300] == [300]  # their gradient
    assert logits.grad.dtype == torch.bfloat16


def test_reductions_by_hand():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]]]))
    batch = {"labels": torch.tensor([[0, 1]])}
    assert token_log_probabilities(logits, batch)[0].tolist() == pytest.approx(
        np.log([0.5, 0.2]).tolist()
    )
    assert text_losses(logits, batch)[0].tolist() == pytest.approx([-np.log(0.1), 2.0])
    assert likeliest(logits, batch).tolist() == [[0, 2]]
    few = likeliest_few(2)(logits + 3, batch)
    assert few.shape == (1, 2, 2, 2)
    assert few[0, 1, :, 1].tolist() == [2, 1]
    assert few[0, 1, :, 0].exp().tolist() == pytest.approx([0.7, 0.2])
    batch["labels"][0, 1] = IGNORED
    assert text_losses(logits, batch)[0].tolist() == pytest.approx([-np.log(0.5), 1.0])


def test_targets_know_their_number():
    targets = Targets(np.arange(3, dtype=np.int32), np.array([0, 1, 1, 3]))
    assert len(targets) == 3 and [targets[i] for i in range(3)] == [[0], [], [1, 2]]
