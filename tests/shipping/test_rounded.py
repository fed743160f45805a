"""Layers of whole numbers: by hand, and against the plain layers that they stand for."""

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from workbench.catalog.model_folders.rounded import (
    RoundedEmbedding,
    RoundedLinear,
    coded,
    written_out,
)


def test_a_matrix_by_hand():
    matrix = torch.tensor([[0.0, 1.0, 2.0, 3.0], [-4.0, -2.0, 0.0, 3.5]])
    four = coded(matrix, 4, 0)
    # row 1: scale 3 / 15 = 0.2, codes 0 5 10 15; row 2: least -4, scale 0.5, codes 0 4 8 15
    assert four["codes"].tolist() == [[0 + 16 * 5, 10 + 16 * 15], [0 + 16 * 4, 8 + 16 * 15]]
    assert four["least"].flatten().tolist() == [0.0, -4.0]
    assert four["scales"].flatten().tolist() == pytest.approx([0.2, 0.5], rel=1e-3)
    out = written_out(four["codes"], four["scales"], four["least"], 4, 0)
    assert torch.allclose(out, matrix, atol=2e-3)  # a scale is kept as a 16-bit number
    eight = coded(matrix, 8, 2)
    # groups of two: largest sizes 1, 3 and 4, 3.5, each of which is 127
    scales = [1 / 127, 3 / 127, 4 / 127, 3.5 / 127]
    assert eight["scales"].flatten().tolist() == pytest.approx(scales)
    assert eight["codes"].tolist() == [[0, 127, 85, 127], [-127, -64, 0, 127]]  # 84.67, -63.5


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("group", [0, 4, 5, 32])
def test_each_weight_is_off_by_half_a_step_at_most(bits, group):
    torch.manual_seed(1)
    matrix = torch.randn(6, 13)  # odd: a last half byte and a short last group
    found = coded(matrix, bits, group)
    least = found.get("least")
    out = written_out(found["codes"], found["scales"], least, 13, group)
    step = found["scales"].float().repeat_interleave(group or 13, dim=1)[:, :13]
    assert out.shape == matrix.shape
    assert bool(((out - matrix).abs() <= step * 0.5 + 4e-3).all())
    flat = torch.full((2, 5), 0.25)
    same = coded(flat, bits, group)
    out = written_out(same["codes"], same["scales"], same.get("least"), 5, group)
    near = 1e-6 if bits == 8 else 2e-4  # a scale of four bits is a 16-bit number
    assert torch.allclose(out, flat, atol=near)


def test_beside_a_large_weight_the_small_ones_do_not_move_together():
    """From -1.03 to 0.97 sixteen numbers without zero would leave -0.1 or 0.03 for all of them."""
    torch.manual_seed(0)
    matrix = 0.01 * torch.randn(1, 384)
    matrix[0, 0], matrix[0, 1], matrix[0, 2] = -1.03, 0.97, 0.0
    found = coded(matrix, 4, 0)
    out = written_out(found["codes"], found["scales"], found["least"], 384, 0)
    assert float((out - matrix)[0, 2:].mean().abs()) < 2e-3
    assert float(out[0, 2].abs()) < 1e-3


def test_whole_products_are_those_of_rounded_inputs_and_weights():
    torch.manual_seed(0)
    plain = nn.Linear(16, 24)
    layer = RoundedLinear(plain, 8, 0, "dynamic")
    x = torch.randn(3, 5, 16)
    a = x.abs().amax(-1, keepdim=True) / 127
    wanted = (torch.round(x / a) * a) @ layer.weight.T + plain.bias
    assert torch.allclose(layer(x), wanted, atol=1e-5)
    assert (layer(x) - plain(x)).abs().max() < 0.05
    still = RoundedLinear(plain, 8, 0, "static")
    still.input_scale = torch.tensor(1.0 / 127)  # what is beyond 1 is cut
    cut = torch.round(x.clamp(-1, 1) * 127) / 127 @ layer.weight.T + plain.bias
    assert torch.allclose(still(x), cut, atol=1e-5)
    assert torch.equal(layer(x[:, :0]), plain(x[:, :0]))


def test_transposed_layers_and_tables_are_rounded_too():
    torch.manual_seed(0)
    turned = Conv1D(6, 4)  # 4 inputs, 6 outputs
    layer = RoundedLinear(turned, 8)
    x = torch.randn(2, 4)
    assert layer.weight.shape == (6, 4)
    assert torch.allclose(layer(x), turned(x), atol=1e-3)
    table = nn.Embedding(10, 6)
    rounded = RoundedEmbedding(table, 4, 3)
    ids = torch.tensor([[1, 9], [0, 1]])
    assert torch.equal(rounded(ids), rounded.weight[ids])
    assert rounded.num_embeddings == 10 and (rounded(ids) - table(ids)).abs().max() < 0.2
    plain = sum(part.numel() * 4 for part in table.parameters())
    assert sum(one.numel() * one.element_size() for one in rounded.buffers()) < plain
