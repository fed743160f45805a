"""Linear layers whose weights are kept in four bits (NF4), by bitsandbytes.

The weights of a layer are cut into blocks of 64. Each is divided by its greatest size, and each
weight is the nearest of sixteen values that are dense where normal numbers are; the sizes are
themselves kept in eight bits (double quantisation): 4.13 bits a weight (QLoRA; Dettmers et al.,
2023). A pass writes a layer's weights out, uses them, and forgets them.

bitsandbytes is optional (extra ``quantised``), and imported late. It quantises and writes out;
what a layer computes is written here, since the package's own layer keeps the precision of its
first input, turns its bias into it for good, and is packed anew when it is first evaluated, on some
CPUs without a gradient from then on.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import nn

from workbench import libraries
from workbench.errors import ModelError
from workbench.i18n import t

PACKAGE = "bitsandbytes"
NF4 = "nf4"
BLOCK = 64  # weights that are divided by one number
_SIZES = 256  # of these numbers that are divided by one number in turn


def check(what: str, device: str | None = None) -> None:
    """Refuse to work without the package, or on a device that it does not know.

    Parameters
    ----------
    what : str
        Who needs it, as the beginning of a sentence.
    device : str, optional
        Type of the device that is to compute.

    Raises
    ------
    ModelError
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise ModelError(t("four_bits.missing", what=what), t("four_bits.missing_remedy"))
    if device is not None and device not in (known := _package().supported_torch_devices):
        raise ModelError(
            t("four_bits.device", what=what, device=device),
            t("four_bits.device_remedy", known=", ".join(sorted(known))),
        )


class FourBits(nn.Linear):
    """A linear layer whose frozen weights are kept in four bits.

    It computes what a plain layer with :attr:`weight` does, in whatever precision that would. One
    that is made on the meta device stands for its shape alone, and needs no package.

    Parameters
    ----------
    plain : torch.nn.Linear or the library's transposed ``Conv1D``
        For which :func:`fits` holds; its bias is used as it is.
    """

    def __init__(self, plain: Any):
        nn.Module.__init__(self)
        upright = _upright(plain)
        self.out_features, self.in_features = upright.shape
        self.transposed = not isinstance(plain, nn.Linear)
        self.bias = plain.bias
        self.shape_alone = upright.is_meta
        kept = _sizes_alone(self.count) if self.shape_alone else _quantised(upright)
        for name, value in kept.items():
            self.register_buffer(name, value)
        self.train(plain.training)

    @classmethod
    def of_kept(
        cls, shape: tuple[int, int], kept: dict[str, torch.Tensor], *, transposed: bool = False,
        bias: Any = None,
    ) -> FourBits:  # fmt: skip
        """A layer of (outputs, inputs) with the buffers that another one had."""
        layer = cls.__new__(cls)
        nn.Module.__init__(layer)
        layer.out_features, layer.in_features = shape
        layer.transposed, layer.bias, layer.shape_alone = transposed, bias, False
        for name, value in kept.items():
            layer.register_buffer(name, value)
        return layer.eval()

    @property
    def weight(self) -> torch.Tensor:
        """The weights written out, float32 of shape (outputs, inputs): a new tensor each time."""
        if self.shape_alone:
            return torch.empty(self.out_features, self.in_features, device=self.codes.device)
        functional = _package().functional
        inner = functional.QuantState(
            self.size_sizes, code=self.size_values, blocksize=_SIZES, dtype=torch.float32
        )
        state = functional.QuantState(
            self.sizes, shape=torch.Size((self.count // BLOCK, BLOCK)), code=self.values,
            blocksize=BLOCK, quant_type=NF4, dtype=torch.float32, offset=self.offset, state2=inner,
        )  # fmt: skip
        out = functional.dequantize_4bit(self.codes, state)
        return out.view(self.out_features, self.in_features)

    @property
    def count(self) -> int:
        """How many weights it stands for."""
        return self.out_features * self.in_features

    @property
    def size(self) -> int:
        """Bytes that they take."""
        return sum(one.numel() * one.element_size() for one in self.buffers())

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """``input`` of shape (..., inputs) to (..., outputs)."""
        kind, bias = input.device.type, self.bias
        if torch.is_autocast_enabled(kind):
            dtype = torch.get_autocast_dtype(kind)
            input, bias = input.to(dtype), None if bias is None else bias.to(dtype)
        return _Product.apply(input, bias, self)

    def plain(self) -> nn.Module:
        """A plain layer that computes the same, of the kind that this one was made of."""
        with torch.device("meta"):
            if self.transposed:
                made = libraries.transformers("pytorch_utils.Conv1D")(
                    self.out_features, self.in_features
                )
            else:
                made = nn.Linear(self.in_features, self.out_features, bias=False)
        made.weight = nn.Parameter(self.plain_weight(), requires_grad=False)
        made.bias = self.bias
        return made.train(self.training)

    def plain_weight(self) -> torch.Tensor:
        """:attr:`weight` as the layer had it that this one was made of."""
        return self.weight.T.contiguous() if self.transposed else self.weight


class _Product(torch.autograd.Function):
    """``x W^T + b``, for which W is written out forwards, and once more backwards."""

    @staticmethod
    def forward(context, x, bias, layer):
        context.layer = layer
        return nn.functional.linear(x, layer.weight.to(x.dtype), bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, gradient):
        of_bias = gradient.flatten(0, -2).sum(0) if context.needs_input_grad[1] else None
        of_x = None
        if context.needs_input_grad[0]:
            of_x = gradient @ context.layer.weight.to(gradient.dtype)
        return of_x, of_bias, None


def fits(plain: Any) -> bool:
    """Whether the weights of a linear layer are whole blocks."""
    return plain.weight.numel() % BLOCK == 0


def quantise(model: nn.Module, names: Collection[str]) -> float:
    """Keep the weights of linear layers in four bits, in place.

    Returns
    -------
    float
        How far the weights have moved: the length of all rounding errors as a share of the length
        of all weights (Frobenius norms).
    """
    moved = whole = 0.0
    for name in names:
        plain: Any = model.get_submodule(name)
        layer = FourBits(plain)
        if layer.shape_alone:
            model.set_submodule(name, layer)
            continue
        moved += float((layer.weight - _upright(plain)).double().square().sum())
        whole += float(plain.weight.detach().double().square().sum())
        model.set_submodule(name, layer)
    _own_memory(model)
    return (moved / whole) ** 0.5 if whole else 0.0


def restore(model: nn.Module) -> None:
    """Turn layers in four bits into plain ones that compute the same, in place."""
    for name, layer in list(layers(model)):
        model.set_submodule(name, layer.plain())


def round_like(model: nn.Module, names: Collection[str]) -> None:
    """Give plain layers the weights that they would have in four bits, in place."""
    for name in names:
        model.set_submodule(name, FourBits(model.get_submodule(name)).plain())


def layers(model: nn.Module) -> Iterator[tuple[str, FourBits]]:
    """The layers of a model that are in four bits, by their names."""
    for name, part in model.named_modules():
        if isinstance(part, FourBits):
            yield name, part


def _own_memory(model: nn.Module) -> None:
    """Take what is left out of the file that the library maps: one tensor of it keeps all of it."""
    for weight in model.parameters():
        if not weight.is_meta:
            weight.data = weight.data.clone()


def _quantised(upright: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a layer keeps in place of its weights."""
    # a row a block: rows of other widths are written out wrongly on CPUs with AVX-512 (0.50.2)
    codes, state = _package().functional.quantize_4bit(
        upright.reshape(-1, BLOCK), blocksize=BLOCK, quant_type=NF4, compress_statistics=True
    )
    return {"codes": codes, "values": state.code, "sizes": state.absmax, "offset": state.offset,
            "size_values": state.state2.code, "size_sizes": state.state2.absmax}  # fmt: skip


def _sizes_alone(count: int) -> dict[str, torch.Tensor]:
    """The same of so many weights, without numbers: 4 bits each, 8 a block, 32 for 256 blocks."""
    blocks = count // BLOCK
    with torch.device("meta"):
        return {
            "codes": torch.empty(count // 2, dtype=torch.uint8),
            "sizes": torch.empty(blocks, dtype=torch.uint8),
            "size_sizes": torch.empty(-(-blocks // _SIZES)),
        }


def _upright(plain: Any) -> torch.Tensor:
    """The weights of a layer, (outputs, inputs)."""
    weight = plain.weight.detach()
    return weight if isinstance(plain, nn.Linear) else weight.T


def _package() -> Any:
    import bitsandbytes

    return bitsandbytes
