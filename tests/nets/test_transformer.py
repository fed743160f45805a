"""The layers equal torch's with copied weights; the whole learns, and its cache changes nothing."""

import pytest
import torch
from torch import nn

from workbench.nets.attention import causal_mask, padding_mask
from workbench.nets.decoding import generate
from workbench.nets.transformer import FeedForward, Layer, Stack, Transformer


def copy_attention(ours, theirs):
    for name, weight, bias in zip(
        "qkv", theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3), strict=True
    ):
        getattr(ours, name).weight.copy_(weight)
        getattr(ours, name).bias.copy_(bias)
    ours.out.load_state_dict(theirs.out_proj.state_dict())


@torch.no_grad()
def copy_layer(ours, theirs, cross):
    for p in theirs.parameters():
        p.add_(torch.randn_like(p) * 0.1)  # so that norms and biases count
    copy_attention(ours.attention, theirs.self_attn)
    ours.feed_forward.inner.load_state_dict(theirs.linear1.state_dict())
    ours.feed_forward.outer.load_state_dict(theirs.linear2.state_dict())
    norms = [ours.around_attention, ours.around_feed_forward]
    if cross:
        copy_attention(ours.cross, theirs.multihead_attn)
        norms.insert(1, ours.around_cross)
    for i, around in enumerate(norms, start=1):
        around.norm.load_state_dict(getattr(theirs, f"norm{i}").state_dict())


@pytest.mark.parametrize("pre_norm", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_encoder_layer_equals_torch(pre_norm, activation):
    torch.manual_seed(0)
    options = {"batch_first": True, "norm_first": pre_norm, "activation": activation}
    theirs = nn.TransformerEncoderLayer(12, 3, 20, 0.1, **options).eval()
    ours = Layer(12, 3, 20, pre_norm=pre_norm, activation=activation).eval()
    copy_layer(ours, theirs, cross=False)
    x, real = torch.randn(2, 5, 12), torch.tensor([[1, 1, 1, 0, 0], [1] * 5])
    expected = theirs(x, src_key_padding_mask=real == 0)
    torch.testing.assert_close(ours(x, padding_mask(real))[0], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pre_norm", [True, False])
def test_decoder_layer_equals_torch(pre_norm):
    torch.manual_seed(0)
    options = {"batch_first": True, "norm_first": pre_norm}
    theirs = nn.TransformerDecoderLayer(12, 3, 20, 0.1, **options).eval()
    ours = Layer(12, 3, 20, cross=True, pre_norm=pre_norm).eval()
    copy_layer(ours, theirs, cross=True)
    x, memory = torch.randn(2, 5, 12), torch.randn(2, 7, 12)
    real = torch.tensor([[1] * 7, [1, 1, 0, 0, 0, 0, 0]])
    expected = theirs(x, memory, tgt_mask=~causal_mask(5), memory_key_padding_mask=real == 0)
    output, weights = ours(x, causal_mask(5), memory, padding_mask(real))
    torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-5)
    assert [tuple(w.shape) for w in weights] == [(2, 3, 5, 5), (2, 3, 5, 7)]


def test_dropout_rates_are_where_torch_has_them():
    """A layer drops at as many places as torch's, at the same rates."""
    options = {"batch_first": True, "norm_first": True}
    theirs = nn.TransformerEncoderLayer(12, 3, 20, 0.3, **options)
    ours = Layer(12, 3, 20, pre_norm=True, dropout=0.3)
    rates = [m.p for m in ours.modules() if isinstance(m, nn.Dropout)] + [ours.attention.dropout]
    expected = [m.p for m in theirs.modules() if isinstance(m, nn.Dropout)]
    assert sorted(rates) == sorted([*expected, theirs.self_attn.dropout])


def test_pre_norm_ends_in_a_norm():
    x = torch.randn(2, 3, 8) * 10
    out, weights = Stack(2, 8, 2, 16, pre_norm=True).eval()(x)
    torch.testing.assert_close(out.mean(-1), torch.zeros(2, 3), atol=1e-5, rtol=0)
    assert len(weights) == 2
    assert isinstance(Stack(2, 8, 2, 16).norm, nn.Identity)


def tiny(**options):
    torch.manual_seed(0)
    sizes = {"d_model": 32, "n_heads": 4, "n_layers": 2, "d_ff": 64, "max_length": 12}
    return Transformer(11, 13, **{**sizes, **options})


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
@pytest.mark.parametrize("pre_norm", [True, False])
def test_padding_and_future_do_not_matter(positions, pre_norm):
    model = tiny(positions=positions, pre_norm=pre_norm).eval()
    source = torch.tensor([[3, 4, 5], [6, 7, 0]])
    target = torch.tensor([[1, 5, 6, 7], [1, 2, 3, 4]])
    logits = model(source, target)
    assert logits.shape == (2, 4, 13)
    padded = torch.cat([source, torch.zeros(2, 3, dtype=torch.long)], 1)
    torch.testing.assert_close(model(padded, target), logits, atol=1e-5, rtol=1e-5)
    later = target.clone()
    later[:, 3] = 9
    torch.testing.assert_close(model(source, later)[:, :3], logits[:, :3])
    assert not torch.allclose(model(source, later)[:, 3], logits[:, 3])
    alone = model(source[1:, :2], target[1:])
    torch.testing.assert_close(alone, logits[1:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pre_norm", [True, False])
def test_the_cache_gives_what_the_whole_gives(pre_norm):
    model = tiny(pre_norm=pre_norm).eval()
    source = torch.tensor([[3, 4, 5, 6], [6, 7, 0, 0]])
    target = torch.randint(1, 13, (2, 8))
    whole = model(source, target)
    step, cache = model.step(source), model.decoder.new_cache()
    pieces = [step(target[:, a:b], cache) for a, b in ((0, 3), (3, 4), (4, 8))]
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-5, rtol=1e-5)


def test_learns_to_reverse():
    """A fresh random sequence is reversed without a mistake: training, decoding, the cross view."""
    model = tiny(dropout=0.0)
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    begin = torch.full((64, 1), 12)

    def batch():
        source = torch.randint(1, 11, (64, 5), generator=generator)
        return source, source.flip(1)

    for _ in range(250):
        source, target = batch()
        logits = model(source, torch.cat([begin, target[:, :-1]], 1))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    source, target = batch()
    cache = model.decoder.new_cache()
    written = generate(model.step(source), begin, max_new_tokens=5, cache=cache)
    assert (written[:, 1:] == target).float().mean() > 0.99


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tiny(d_model=30), ["d_model=30", "n_heads=4"]),
        (lambda: tiny(positions="rotary"), ["'rotary'", "sinusoidal"]),
        (lambda: FeedForward(4, 8, activation="tanh"), ["'tanh'", "gelu"]),
        (lambda: tiny()(torch.ones(1, 13).long(), torch.ones(1, 2).long()), ["13 tokens", "12"]),
        (lambda: tiny()(torch.tensor([[11]]), torch.tensor([[1]])), ["token 11", "has 11"]),
        (lambda: tiny()(torch.tensor([[1]]), torch.tensor([[-1]])), ["token -1", "has 13"]),
        (lambda: tiny()(torch.ones(1, 0).long(), torch.tensor([[1]])), ["(1, 0)"]),
        (lambda: tiny()(torch.ones(3).long(), torch.tensor([[1]])), ["(3,)"]),
    ],
)
def test_bad_input_names_the_sizes(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
