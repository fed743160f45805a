r"""Layers whose weights are whole numbers of eight or four bits, in groups.

The weights of a row are cut into groups. In eight bits, a group has one scale, :math:`s = \max |w|
/ 127`, and a weight is :math:`w \approx s\,q`, :math:`-127 \le q \le 127`. In four bits it has a
least value :math:`m` beside its scale :math:`s`, and :math:`w \approx m + s\,q`,
:math:`0 \le q \le 15`; both are kept as 16-bit numbers, and a byte holds two weights. The sixteen
values reach from the smallest weight to the largest, with zero among them:

.. math:: s = (\max(w, 0) - \min(w, 0)) / 15, \quad m = -s\,\mathrm{round}(-\min(w, 0) / s)

Without it the many small weights beside a large one would all move to the same side, an error that
adds up over a layer's inputs.

A pass writes the weights out, uses them, and forgets them. Where the inputs are rounded too, each
token to :math:`x \approx a\,p` with :math:`a = \max |x| / 127` (dynamic), or all by one scale that
was found beforehand (static), the product is one of whole numbers, :math:`y = a s \sum p q + b`
(Jacob et al., 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from workbench import libraries

PRODUCTS = ("none", "dynamic", "static")  # how inputs are rounded


def coded(weight: torch.Tensor, bits: int, group: int) -> dict[str, torch.Tensor]:
    """A matrix as whole numbers.

    Parameters
    ----------
    weight : torch.Tensor of float, shape (rows, columns)
    bits : {8, 4}
    group : int
        Weights of a row that have one scale; 0 for the whole row. The last group of a row may be
        shorter.

    Returns
    -------
    dict of str to torch.Tensor
        ``codes``, int8 of shape (rows, columns), or of four bits uint8 of shape (rows, half of the
        columns, rounded up), the first of two weights in the low half of a byte; ``scales``, of
        shape (rows, groups), float32 of eight bits and float16 of four; of four bits ``least`` of
        the same shape.

    >>> found = coded(torch.tensor([[0.0, 1.0, 2.0, 3.0]]), 4, 0)
    >>> found["codes"].tolist(), round(float(found["scales"]), 3)
    ([[80, 250]], 0.2)
    """
    rows, columns = weight.shape
    parts = _groups(weight.detach().float(), group or columns)
    if bits == 8:
        scales = parts.abs().amax(-1) / 127
        codes = torch.round(parts / _some(scales)[..., None]).clamp(-127, 127).to(torch.int8)
        return {"codes": codes.flatten(1)[:, :columns].contiguous(), "scales": scales}
    low, high = parts.amin(-1).clamp(max=0), parts.amax(-1).clamp(min=0)
    scales = ((high - low) / 15).half()
    least = (-_some(scales.float()) * torch.round(-low / _some(scales.float()))).half()
    shares = (parts - least.float()[..., None]) / _some(scales.float())[..., None]
    codes = torch.round(shares).clamp(0, 15).to(torch.uint8).flatten(1)[:, :columns]
    if columns % 2:
        codes = nn.functional.pad(codes, (0, 1))
    packed = codes[:, ::2] | (codes[:, 1::2] << 4)
    return {"codes": packed.contiguous(), "scales": scales, "least": least}


def written_out(
    codes: torch.Tensor, scales: torch.Tensor, least: torch.Tensor | None, columns: int, group: int
) -> torch.Tensor:
    """The weights that codes stand for, float32 of shape (rows, columns)."""
    if least is not None:
        codes = torch.stack([codes & 15, codes >> 4], dim=-1).flatten(1)[:, :columns]
    parts = _groups(codes.float(), group or columns) * scales.float()[..., None]
    if least is not None:
        parts = parts + least.float()[..., None]
    return parts.flatten(1)[:, :columns]


def _groups(values: torch.Tensor, size: int) -> torch.Tensor:
    """(rows, columns) to (rows, groups, size); the last value of a row fills its last group up."""
    rows, columns = values.shape
    if short := -columns % size:
        values = torch.cat([values, values[:, -1:].expand(rows, short)], dim=1)
    return values.reshape(rows, -1, size)


def _some(scales: torch.Tensor) -> torch.Tensor:
    """Scales to divide by: of a group of zeros, or of one value, any will do."""
    return torch.where(scales == 0, torch.ones_like(scales), scales)


class _Rounded(nn.Module):
    """What rounded layers have in common."""

    bits: int
    group: int
    columns: int
    codes: torch.Tensor
    scales: torch.Tensor

    def _keep(self, weight: torch.Tensor | None, bits: int, group: int, tensors: Any) -> None:
        self.bits, self.group = bits, group
        found = coded(weight, bits, group) if weight is not None else tensors
        for name, value in found.items():
            self.register_buffer(name, value)

    def extra_repr(self) -> str:
        """Its shape and its bits."""
        return f"{self.codes.shape[0]}, {self.columns}, bits={self.bits}, group={self.group}"

    @property
    def weight(self) -> torch.Tensor:
        """The weights written out, float32: a new tensor each time."""
        least = getattr(self, "least", None)
        return written_out(self.codes, self.scales, least, self.columns, self.group)


class RoundedLinear(_Rounded, nn.Linear):
    """A linear layer of whole numbers.

    Parameters
    ----------
    plain : torch.nn.Linear or the library's transposed ``Conv1D``
        Its bias is used as it is.
    bits, group
        See :func:`coded`.
    inputs : str
        One of :data:`PRODUCTS`; but for ``none``, only rows of eight bits will do.
    tensors : dict of str to torch.Tensor, optional
        As :func:`coded` gave them, in place of the plain layer's weights.
    """

    def __init__(
        self, plain: Any, bits: int, group: int = 0, inputs: str = "none",
        tensors: dict[str, torch.Tensor] | None = None,
    ):  # fmt: skip
        nn.Module.__init__(self)
        self.transposed = not isinstance(plain, nn.Linear)
        upright = plain.weight.detach().T if self.transposed else plain.weight.detach()
        self.out_features, self.in_features = upright.shape
        self.columns, self.inputs, self.bias = self.in_features, inputs, plain.bias
        self._keep(None if tensors else upright, bits, group, tensors)
        if inputs == "static" and not hasattr(self, "input_scale"):
            self.register_buffer("input_scale", torch.zeros(()))
        self.train(plain.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """``input`` of shape (..., inputs) to (..., outputs)."""
        if self.inputs == "none" or not input.numel():
            weight = self.weight.to(input.dtype)
            return nn.functional.linear(input, weight, self._bias(input))
        flat = input.reshape(-1, self.in_features).float()
        if self.inputs == "static":
            scale = _some(self.input_scale)
        else:
            scale = _some(flat.abs().amax(1, keepdim=True) / 127)
        whole = torch.round(flat / scale).clamp_(-127, 127)
        if input.device.type == "cpu":
            found = torch._int_mm(whole.to(torch.int8), self.codes.T).float()
        else:  # sums below 2 ** 24 are exact in float32 too
            found = whole @ self.codes.float().T
        found = found.mul_(scale).mul_(self.scales[:, 0])
        if self.bias is not None:
            found = found + self.bias
        return found.to(input.dtype).view(*input.shape[:-1], self.out_features)

    def _bias(self, input: torch.Tensor) -> torch.Tensor | None:
        return None if self.bias is None else self.bias.to(input.dtype)

    def about(self) -> dict[str, Any]:
        """What a file has to say of it beside its tensors."""
        return {"kind": "linear", "bits": self.bits, "group": self.group, "inputs": self.inputs,
                "columns": self.columns, "transposed": self.transposed}  # fmt: skip


class RoundedEmbedding(_Rounded, nn.Embedding):
    """A table of vectors of whole numbers; only those that are asked for are written out.

    Parameters
    ----------
    plain : torch.nn.Embedding
    bits, group, tensors
        As of :class:`RoundedLinear`.
    """

    def __init__(
        self, plain: Any, bits: int, group: int = 0,
        tensors: dict[str, torch.Tensor] | None = None,
    ):  # fmt: skip
        nn.Module.__init__(self)
        self.num_embeddings, self.embedding_dim = plain.weight.shape
        self.columns, self.padding_idx = self.embedding_dim, plain.padding_idx
        self._keep(None if tensors else plain.weight, bits, group, tensors)
        self.train(plain.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Ids of any shape to vectors."""
        ids, least = input.reshape(-1), getattr(self, "least", None)
        found = written_out(
            self.codes[ids], self.scales[ids], None if least is None else least[ids],
            self.columns, self.group,
        )  # fmt: skip
        return found.view(*input.shape, self.embedding_dim)

    def about(self) -> dict[str, Any]:
        """See :meth:`RoundedLinear.about`."""
        return {"kind": "embedding", "bits": self.bits, "group": self.group,
                "columns": self.columns}  # fmt: skip


SMALL = (RoundedLinear, RoundedEmbedding)


def linear_kinds() -> tuple[type, ...]:
    """Classes of plain linear layers."""
    return (nn.Linear, libraries.transformers("pytorch_utils.Conv1D"))


def layers(model: nn.Module) -> Iterator[tuple[str, RoundedLinear | RoundedEmbedding]]:
    """The rounded layers of a model, by their names."""
    for name, part in model.named_modules():
        if isinstance(part, SMALL):
            yield name, part
