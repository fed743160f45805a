"""Where a token stands: attention itself does not know the order."""

from __future__ import annotations

import torch
from torch import nn


def sinusoids(max_length: int, d_model: int) -> torch.Tensor:
    """PE(pos, 2i) = sin(pos / 10000^(2i/D)), PE(pos, 2i+1) = cos of the same (Vaswani et al. 2017).

    An odd width ends in a sine without its cosine.

    Returns
    -------
    torch.Tensor, shape (max_length, d_model)
    """
    position = torch.arange(max_length, dtype=torch.float32)[:, None]
    column = torch.arange(0, d_model, 2, dtype=torch.float32)
    angle = position / 10000 ** (column / d_model)  # (max_length, ceil(D / 2))
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :d_model]


def check_length(length: int, max_length: int) -> None:
    """Raise ValueError when there are more tokens than positions, or none."""
    if length < 1:
        raise ValueError("The text is empty: 0 tokens, at least 1 is needed.")
    if length > max_length:
        raise ValueError(
            f"The text has {length} tokens and the model {max_length} positions: shorten the text."
        )


class SinusoidalPositions(nn.Module):
    """Adds the fixed sine and cosine waves; ``start`` is the place of the first token."""

    def __init__(self, max_length: int, d_model: int):
        super().__init__()
        self.register_buffer("table", sinusoids(max_length, d_model), persistent=False)

    def forward(self, x, start: int = 0):
        check_length(start + x.size(1), len(self.table))
        return x + self.table[start : start + x.size(1)].to(x.dtype)


class LearnedPositions(nn.Embedding):
    """Adds one learned vector a position."""

    def forward(self, x, start: int = 0):
        check_length(start + x.size(1), self.num_embeddings)
        return x + self.weight[start : start + x.size(1)]


class Rotary(nn.Module):
    """Turns pairs of numbers by an angle that grows with the position (Su et al. 2021, RoFormer).

    After turning, the product of a query and a key depends on their distance alone. A pair is made
    of a number of the first half and its partner of the second, as in Llama.
    """

    def __init__(self, head_size: int, theta: float = 10000.0):
        super().__init__()
        if head_size % 2:
            raise ValueError(f"Rotary positions turn pairs: head_size={head_size} must be even.")
        speed = theta ** (-torch.arange(0, head_size, 2, dtype=torch.float32) / head_size)
        self.register_buffer("speed", speed, persistent=False)  # (d / 2,)

    def forward(self, x, positions):
        """``x`` (B, H, T, d) turned by ``positions`` (B, T)."""
        angle = positions[:, None, :, None].float() * self.speed  # (B, 1, T, d / 2)
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
