"""The Keras BERT gives what the torch one gives, block by block and whole, MiniLM's too."""

import importlib
import os

import pytest
import torch

from tests.conftest import missing
from workbench.nets.attention import padding_mask
from workbench.nets.bert import Bert, BertConfig
from workbench.nets.transformer import Layer


@pytest.fixture(scope="module")
def keras_bert():
    if importlib.util.find_spec("keras") is None:
        missing("Keras is not installed.", "Install the extra `teach`.")
    return importlib.import_module("workbench.nets.keras_bert")


def numbers(tensor):
    """A numpy array of whatever the backend in use returns."""
    import keras

    return torch.tensor(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("masked", [True, False])
def test_equals_the_torch_block(keras_bert, masked):
    torch.manual_seed(0)
    layer = Layer(12, 3, 20, activation="gelu", eps=1e-12).eval()
    with torch.no_grad():
        for p in layer.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    x = torch.randn(3, 5, 12)
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]]) if masked else None
    block = keras_bert.BertBlock(12, 3, 20).copy_from(layer)
    found = numbers(block(x.numpy(), None if real is None else real.numpy()))
    expected = layer(x, None if real is None else padding_mask(real))[0].detach()
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_the_whole_model_equals_minilm(keras_bert, require_sample):
    bert = Bert.from_pretrained(require_sample("minilm-l6"))
    ids = torch.tensor([[101, 7592, 2088, 102, 0], [101, 2023, 102, 1037, 102]])
    real, segments = (ids != 0).long(), torch.tensor([[0] * 5, [0, 0, 0, 1, 1]])
    with torch.no_grad():
        expected = bert(ids, real, segments)
        plain = bert(ids).last_hidden_state
    model = keras_bert.BertModel.from_torch(bert)
    states, pooled = model(ids.numpy(), real.numpy(), segments.numpy())
    there = real.bool()
    assert (numbers(states)[there] - expected.last_hidden_state[there]).abs().max() < 1e-5
    assert (numbers(pooled) - expected.pooler_output).abs().max() < 1e-5
    assert (numbers(model(ids.numpy())[0]) - plain).abs().max() < 1e-5  # no mask, one segment
    assert sum(w.numpy().size for w in model.weights) == sum(p.numel() for p in bert.parameters())


def tiny(**changes):
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 16, "max_position_embeddings": 6}
    return BertConfig(9, **{**sizes, **changes})


def test_what_the_whole_model_cannot_be_is_said(keras_bert):
    with pytest.raises(ValueError, match="hidden_act='relu'"):
        keras_bert.BertModel(tiny(hidden_act="relu"))
    with pytest.raises(ValueError, match="attention_probs_dropout_prob=0.3"):
        keras_bert.BertModel(tiny(attention_probs_dropout_prob=0.3))
    with pytest.raises(ValueError, match="pooler=False"):
        keras_bert.BertModel.from_torch(Bert(tiny(), pooler=False))
    with pytest.raises(ValueError, match="7 tokens.*6 positions"):
        keras_bert.BertModel(tiny())(torch.ones(1, 7, dtype=torch.long).numpy())


def test_it_learns_and_drops_only_in_training(keras_bert):
    import keras

    keras.utils.set_random_seed(0)
    block = keras_bert.BertBlock(8, 2, 16, dropout=0.5)
    x = torch.randn(4, 3, 8).numpy()
    assert torch.equal(numbers(block(x)), numbers(block(x)))
    assert not torch.equal(numbers(block(x, training=True)), numbers(block(x, training=True)))
    model = keras.Sequential([keras.Input((3, 8)), block, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(x, x[..., :1], epochs=30, verbose=0).history["loss"]
    assert len(block.trainable_weights) == 16
    assert history[-1] < history[0]


def test_bad_heads_are_named(keras_bert):
    with pytest.raises(ValueError, match="d_model=10.*n_heads=3"):
        keras_bert.BertBlock(10, 3, 8)


def test_the_backend_is_torch_unless_told(keras_bert):
    import keras

    assert keras.backend.backend() == os.environ["KERAS_BACKEND"]
