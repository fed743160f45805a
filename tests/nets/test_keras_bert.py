"""The Keras block gives what the torch block gives, with its weights, MiniLM's too."""

import importlib
import os

import pytest
import torch

from tests.conftest import missing
from workbench.nets.attention import padding_mask
from workbench.nets.bert import Bert
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


def test_equals_minilm(keras_bert, require_sample):
    bert = Bert.from_pretrained(require_sample("minilm-l6"))
    ids = torch.tensor([[101, 7592, 2088, 102, 0], [101, 2023, 2003, 1037, 102]])
    real = (ids != 0).long()
    with torch.no_grad():
        expected = bert(ids, real).last_hidden_state[real.bool()]
        x = bert.embeddings(ids).numpy()
    for layer in bert.encoder.layers:
        x = keras_bert.BertBlock(384, 12, 1536).copy_from(layer)(x, real.numpy())
    assert (numbers(x)[real.bool()] - expected).abs().max() < 1e-5


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
