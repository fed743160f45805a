"""Words are asked for where a label is: the library's numbers, in memory without a vocabulary."""

import weakref

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.training import writers
from workbench.tasks.shared import token_loss, word_head
from workbench.tasks.shared.encoding import IGNORED, Encoded
from workbench.tasks.shared.target_collators import writing_collator
from workbench.tasks.shared.word_head import WordHead
from workbench.training.predicting.many_rows import predict_outputs

SMALL = dict(
    vocab_size=90, hidden_size=32, intermediate_size=64, num_hidden_layers=1, pad_token_id=0,
    num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, head_dim=16,
)  # fmt: skip
BERT = {name: SMALL[name] for name in SMALL if name not in ("num_key_value_heads", "head_dim")}


def _of(kind: str, words: int = 90):
    """A model whose logits are made in a way of their own."""
    import transformers as hf

    torch.manual_seed(1)
    if kind in ("t5", "bart", "m2m", "marian", "gpt2", "llama", "qwen2"):
        model = writers.model(kind, words=words)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.normal_()
        return model
    if kind == "two-encoders":
        config = hf.BertConfig(**BERT)
        decoder = hf.BertConfig(**BERT, is_decoder=True, add_cross_attention=True)
        return hf.EncoderDecoderModel(
            encoder=hf.BertModel(config), decoder=hf.BertLMHeadModel(decoder)
        ).eval()
    config, auto = {
        "gemma2": (hf.Gemma2Config(**SMALL, final_logit_softcapping=0.05), "CausalLM"),
        "cohere": (hf.CohereConfig(**SMALL, logit_scale=0.3), "CausalLM"),
        "granite": (hf.GraniteConfig(**SMALL, logits_scaling=7.0), "CausalLM"),
        "bert": (hf.BertConfig(**BERT), "MaskedLM"),
        "distilbert": (hf.DistilBertConfig(vocab_size=90, dim=32, hidden_dim=64, n_layers=1,
                                           n_heads=2, max_position_embeddings=64), "MaskedLM"),
        "mobilebert": (hf.MobileBertConfig(**BERT, embedding_size=16, intra_bottleneck_size=16,
                                           num_feedforward_networks=1), "MaskedLM"),
    }[kind]  # fmt: skip
    return getattr(hf, f"AutoModelFor{auto}").from_config(config).eval()


def _batch(model, *, texts: int = 3, tokens: int = 11):
    torch.manual_seed(0)
    ids = torch.randint(4, 24, (texts, tokens))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    labels = torch.randint(4, 24, (texts, tokens))
    labels[0, :5] = labels[1, 4:] = IGNORED
    inputs = {"input_ids": ids, "attention_mask": mask}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = labels.roll(1, 1).clamp_min(0)
    return inputs, labels


KINDS = [
    "t5", "bart", "m2m", "marian", "two-encoders", "gpt2", "llama", "qwen2", "gemma2", "cohere",
    "granite", "bert", "distilbert", "mobilebert",
]  # fmt: skip


@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradient_are_those_of_the_models_own_logits(kind, smoothing, monkeypatch):
    monkeypatch.setattr(word_head, "PIECE", 5 * 90)
    model = _of(kind)
    inputs, labels = _batch(model)
    loss = token_loss.TokenCrossEntropy(smoothing)
    head = WordHead(model)
    ours = loss.total_of(head.words(inputs, labels)) / loss.normaliser(labels)
    assert head.apart is (kind != "mobilebert")  # two layers give its logits together
    said = head.said({})
    assert ("at once" in said and type(model).__name__ in said) is (kind == "mobilebert")
    ours.backward()
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    logits = model(**inputs).logits
    theirs = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), label_smoothing=smoothing
    )
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    grads = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    assert set(found) == set(grads) and len(found) > 5
    for name, grad in grads.items():
        assert torch.allclose(found[name], grad, atol=1e-6), name


@pytest.mark.parametrize("kind", ["t5", "bart", "gemma2", "bert"])
def test_what_is_asked_of_words_is_what_whole_logits_say(kind, monkeypatch):
    monkeypatch.setattr(word_head, "PIECE", 4 * 90)
    model = _of(kind)
    inputs, labels = _batch(model)
    batch = {"labels": labels}
    with torch.no_grad():
        words, logits = WordHead(model).words(inputs, labels), model(**inputs).logits
    logs = logits.log_softmax(-1).gather(-1, labels.clamp_min(0)[..., None])[..., 0]
    logs = logs.masked_fill(labels == IGNORED, 0)
    assert torch.allclose(token_loss.token_log_probabilities(words, batch), logs, atol=1e-5)
    assert torch.allclose(token_loss.text_losses(words, batch)[:, 0], -logs.sum(1), atol=1e-4)
    assert torch.equal(token_loss.likeliest(words, batch), logits.argmax(-1))
    few = token_loss.likeliest_few(3)(words, batch)
    assert torch.allclose(few[..., 0], logits.log_softmax(-1).topk(3)[0], atol=1e-5)


def test_a_batch_with_nothing_to_learn_has_no_loss_and_no_gradient():
    model = _of("gpt2")
    inputs, labels = _batch(model)
    labels = torch.full_like(labels, IGNORED)
    words = WordHead(model).words(inputs, labels)
    loss = token_loss.TokenCrossEntropy()
    total = loss.total_of(words)
    total.backward()
    assert total.item() == 0
    assert all(p.grad is None or p.grad.abs().sum() == 0 for p in model.parameters())
    assert token_loss.text_losses(words, {"labels": labels}).tolist() == [[0.0, 0.0]] * 3


def test_the_model_is_as_it_was_afterwards():
    model = _of("llama").train()
    inputs, labels = _batch(model)
    head = WordHead(model)
    head.words(inputs, labels)
    assert model.training and "forward" not in vars(model.lm_head)
    with pytest.raises(IndexError):
        head.words({**inputs, "input_ids": inputs["input_ids"] + 500}, labels)
    assert "forward" not in vars(model.lm_head)
    assert model(**inputs).logits.shape == (3, 11, 90)


def test_a_model_is_looked_at_once_for_each_layer_that_it_has(monkeypatch):
    looked, own = [], WordHead._is_apart
    monkeypatch.setattr(WordHead, "_is_apart", lambda self, batch: looked.append(self.layer)
                        or own(self, batch))  # fmt: skip
    model, other = _of("llama"), _of("mobilebert")
    inputs, labels = _batch(model)
    for _ in range(3):
        words = WordHead(model).words(inputs, labels)
    assert looked == [model.lm_head]
    assert torch.allclose(words.make(words.read), model(**inputs).logits.flatten(0, 1), atol=1e-5)
    first = model.lm_head
    model.lm_head = torch.nn.Linear(first.in_features, first.out_features)
    words = WordHead(model).words(inputs, labels)
    assert looked == [first, model.lm_head]
    assert torch.allclose(words.make(words.read), model(**inputs).logits.flatten(0, 1), atol=1e-5)
    WordHead(model, model.forward).words(inputs, labels)  # another way through it
    assert len(looked) == 3
    inputs, labels = _batch(other)
    assert not any(WordHead(other).said(inputs) == "" for _ in range(2))
    assert len(looked) == 5  # one that gives other logits is never taken for one that does not


@pytest.mark.parametrize("kind", ["t5", "gpt2", "mobilebert"])
def test_the_first_words_cost_no_other_places(kind):
    model = _of(kind)
    inputs, labels = _batch(model)
    asked = []
    with torch.no_grad():
        words, logits = WordHead(model).words(inputs, labels), model(**inputs).logits
    make, words.make = words.make, lambda read: asked.append(len(read)) or make(read)
    found = token_loss.first_word(words, {"labels": labels})
    assert torch.equal(found, logits[:, :1].argmax(-1))
    assert asked == [len(labels)]
    none = token_loss.first_word(torch.zeros(2, 0, 9), {"labels": labels[:2, :0]})
    assert none.shape == (2, 0)


class Held(TorchDispatchMode):
    """The most bytes of tensors that were alive at once, of those that were made in here."""

    def __init__(self):
        super().__init__()
        self.now = self.most = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for one in made if isinstance(made, tuple | list) else [made]:
            if isinstance(one, torch.Tensor):
                self._add(one.untyped_storage())
        return made

    def _add(self, storage):
        key, size = storage._cdata, storage.nbytes()
        if key in self.known:
            return
        self.known.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key, size):
        self.known.discard(key)
        self.now -= size


def _held_in_a_step(kind: str, words: int) -> int:
    model = _of(kind, words)
    inputs, labels = _batch(model, texts=8, tokens=60)
    head, loss = WordHead(model), token_loss.TokenCrossEntropy(0.1)
    with Held() as held:
        loss.total_of(head.words(inputs, labels)).backward()
    return held.most


def _held_in_an_evaluation(kind: str, words: int) -> int:
    model = _of(kind, words)
    rows = Encoded(
        {"input_ids": torch.arange(16 * 60, dtype=torch.int32).numpy() % 20 + 4},
        np.arange(0, 16 * 60 + 1, 60), np.full(16 * 60, 7), token_labels=True,
    )  # fmt: skip
    tokenizer = writers.tokenizer(ends=False)
    with Held() as held:
        found = predict_outputs(
            model, tokenizer, rows, collate=writing_collator(tokenizer, model),
            reduce=token_loss.text_losses,
        )  # fmt: skip
    assert found.shape == (16, 2) and (found[:, 1] == 59).all()
    return held.most


def test_what_is_held_is_counted():
    with Held() as held:
        a = torch.zeros(1000)  # 4,000 bytes
        b = a + 1
        del a
        c = b.view(10, 100)
        del b
        c.add_(1)
        d = torch.zeros(500)
    assert (held.most, held.now) == (8000, 6000)
    del c, d
    assert held.now == 0


def test_memory_of_a_step_does_not_grow_with_the_vocabulary(monkeypatch):
    monkeypatch.setattr(word_head, "PIECE", 2**20)  # 4 MB
    few, many = _held_in_a_step("gpt2", 1_000), _held_in_a_step("gpt2", 50_000)
    layer = 49_000 * 32 * 4  # bytes that the layer's weights have more
    assert many - few < 5 * layer + 6 * 2**22 < 60e6  # whole logits are 96 MB, and thrice that


def test_memory_of_an_evaluation_does_not_grow_with_the_vocabulary(monkeypatch):
    monkeypatch.setattr(word_head, "PIECE", 2**20)
    few, many = (_held_in_an_evaluation("gpt2", words) for words in (1_000, 50_000))
    assert many - few < 5 * 2**22  # whole logits are 192 MB
