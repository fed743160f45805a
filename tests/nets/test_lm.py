"""Neural language models: none sees the future, each learns, and scores are those of the whole."""

import math

import pytest
import torch

from workbench.nets.lm import (
    GRULanguageModel,
    LSTMLanguageModel,
    NeuralNgram,
    TransformerLM,
    token_log_probs,
    train_language_model,
)
from workbench.nets.ngram import perplexity

MODELS = {
    "ngram": lambda: NeuralNgram(9, order=4, width=16, hidden=32),
    "lstm": lambda: LSTMLanguageModel(9, width=32),
    "gru": lambda: GRULanguageModel(9, width=32),
    "transformer": lambda: TransformerLM(9, d_model=32, n_heads=4, n_layers=2, max_length=16),
}


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]().eval()


def test_nobody_sees_the_future(model):
    ids = torch.randint(9, (2, 10), generator=torch.Generator().manual_seed(0))
    logits = model(ids)
    assert logits.shape == (2, 10, 9)
    changed = ids.clone()
    changed[:, 6] = (changed[:, 6] + 1) % 9
    again = model(changed)
    torch.testing.assert_close(again[:, :6], logits[:, :6])
    assert not torch.allclose(again[:, 6], logits[:, 6])
    torch.testing.assert_close(model(ids[:, :1]), logits[:, :1])


def test_the_neural_ngram_sees_its_history_and_no_more():
    torch.manual_seed(0)
    model = MODELS["ngram"]()
    ids = torch.tensor([[1, 2, 3, 4, 5, 6]])
    early, late = ids.clone(), ids.clone()
    early[0, 2], late[0, 3] = 8, 8
    assert torch.equal(model(early)[0, 5], model(ids)[0, 5])  # sees 3, 4 and 5, guesses 6
    assert not torch.allclose(model(late)[0, 5], model(ids)[0, 5])


def test_learns_a_text_that_needs_a_history(model):
    """0 is followed by 1 or 2 in turn: only who sees further than one token can know."""
    ids = torch.tensor([0, 1, 0, 2] * 200)
    before = perplexity(token_log_probs(model, ids, length=16))
    assert before == pytest.approx(9, rel=0.5), "an untrained net knows nothing"
    losses = train_language_model(model, ids, steps=150, batch_size=16, length=16)
    assert len(losses) == 150 and losses[-1] < losses[0] / 5
    assert perplexity(token_log_probs(model, ids, length=16)) < 1.1


def test_training_repeats_itself():
    def run():
        torch.manual_seed(0)
        ids = torch.tensor([0, 1, 0, 2] * 20)
        return train_language_model(MODELS["lstm"](), ids, steps=5, length=8, seed=3)

    assert run() == run()


@pytest.mark.parametrize("n", [2, 3, 15, 16, 17, 24, 25, 40, 41])
def test_scores_of_windows(n):
    """Each token once; a model with a short history scores them as over the whole text."""
    torch.manual_seed(0)
    model = NeuralNgram(9, order=4).eval()
    ids = torch.randint(9, (n,))
    scores = token_log_probs(model, ids, length=16, batch_size=2)
    whole = model(ids[None, :-1]).log_softmax(-1)[0]
    expected = whole.gather(-1, ids[1:, None])[:, 0].detach()
    assert scores.shape == (n - 1,)
    torch.testing.assert_close(torch.tensor(scores).float(), expected)


def test_scores_with_at_least_half_a_window_before():
    torch.manual_seed(0)
    model = TransformerLM(9, d_model=32, max_length=8).eval()
    ids = torch.randint(9, (21,))
    scores = token_log_probs(model, ids, length=8)
    for t in (1, 5, 8, 9, 12, 13, 20):  # guessed token; its window starts at a multiple of 4
        start = 0 if t <= 8 else (t - 5) // 4 * 4
        logits = model(ids[None, start:t])[0, -1]
        assert scores[t - 1] == pytest.approx(logits.log_softmax(-1)[ids[t]].item(), abs=1e-4)


def test_the_transformer_equals_gpt2():
    """Its weights are GPT-2's under other names (there matrices are kept transposed)."""
    import transformers

    torch.manual_seed(0)
    sizes = {"n_embd": 24, "n_head": 3, "n_layer": 2, "n_positions": 16, "vocab_size": 9}
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(**sizes, initializer_range=0.3)
    ).eval()
    ours = TransformerLM(9, d_model=24, n_heads=3, n_layers=2, max_length=16).eval()
    body = theirs.transformer
    with torch.no_grad():
        ours.embedding.weight.copy_(body.wte.weight)
        ours.positions.weight.copy_(body.wpe.weight)
        ours.layers.norm.load_state_dict(body.ln_f.state_dict())
        for a, b in zip(ours.layers.layers, body.h, strict=True):
            a.around_attention.norm.load_state_dict(b.ln_1.state_dict())
            a.around_feed_forward.norm.load_state_dict(b.ln_2.state_dict())
            qkv = b.attn.c_attn.weight.T.chunk(3), b.attn.c_attn.bias.chunk(3)
            pairs = [(getattr(a.attention, n), w, v) for n, w, v in zip("qkv", *qkv, strict=True)]
            pairs += [(a.attention.out, b.attn.c_proj.weight.T, b.attn.c_proj.bias)]
            pairs += [(a.feed_forward.inner, b.mlp.c_fc.weight.T, b.mlp.c_fc.bias)]
            pairs += [(a.feed_forward.outer, b.mlp.c_proj.weight.T, b.mlp.c_proj.bias)]
            for linear, weight, bias in pairs:
                linear.weight.copy_(weight)
                linear.bias.copy_(bias)
    ids = torch.randint(9, (2, 11))
    torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-5, rtol=1e-5)


def test_the_cache_gives_what_the_whole_gives():
    model, ids = MODELS["transformer"]().eval(), torch.randint(9, (2, 8))
    cache = model.new_cache()
    pieces = [model(ids[:, :3], cache), model(ids[:, 3:4], cache), model(ids[:, 4:], cache)]
    torch.testing.assert_close(torch.cat(pieces, 1), model(ids), atol=1e-5, rtol=1e-5)


def test_features_of_a_padded_text():
    model, ids = MODELS["transformer"]().eval(), torch.randint(9, (1, 4))
    alone, _ = model.features(ids)
    padded = torch.cat([ids, ids.new_zeros(1, 3)], 1)
    features, _ = model.features(padded, torch.tensor([[1, 1, 1, 1, 0, 0, 0]]))
    torch.testing.assert_close(features[:, :4], alone)


def test_weights_start_as_gpt2s():
    model = TransformerLM(500, d_model=64, n_layers=8)
    deep = model.layers.layers[0].feed_forward.outer.weight.std().item()
    assert model.embedding.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert deep == pytest.approx(0.02 / math.sqrt(16), rel=0.05)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: NeuralNgram(9, order=1), ["order=1"]),
        (lambda: MODELS["transformer"]()(torch.ones(1, 17).long()), ["17 tokens", "16"]),
        (lambda: MODELS["lstm"]()(torch.tensor([[9]])), ["token 9", "has 9"]),
        (lambda: MODELS["ngram"]()(torch.tensor([[-2]])), ["token -2", "has 9"]),
        (lambda: token_log_probs(MODELS["lstm"](), torch.tensor([1])), ["1 tokens"]),
        (
            lambda: train_language_model(MODELS["lstm"](), torch.ones(5).long(), steps=1, length=8),
            ["5 tokens", "windows of 8"],
        ),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
