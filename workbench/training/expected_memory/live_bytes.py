"""Bytes that tensors hold at once while something is computed, without computing it."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter


class LiveBytes(TorchDispatchMode):
    """Counts what is made within it, until nobody holds it any more.

    Parameters
    ----------
    there : iterable of torch.Tensor
        What was there before: views of it are nothing new.

    Attributes
    ----------
    now, peak : int
        Bytes that are held, and the most that were.
    """

    def __init__(self, there: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known = {one.untyped_storage()._cdata for one in there}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for one in tree_iter(made):
            if isinstance(one, torch.Tensor):
                self._hold(one.untyped_storage())
        return made

    def _hold(self, storage: Any) -> None:
        place, size = storage._cdata, storage.nbytes()
        if place in self._known:  # a view, or the same in place
            return
        self._known.add(place)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._let_go, place, size)

    def _let_go(self, place: int, size: int) -> None:
        self._known.discard(place)
        self.now -= size


@contextlib.contextmanager
def shapes_alone() -> Iterator[None]:
    """Within, tensors have shapes and kinds of numbers, and no numbers: they take no memory."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def without_numbers(model: torch.nn.Module) -> None:
    """Give a model on the meta device weights as within :func:`shapes_alone`, in place.

    Weights that are shared stay shared.
    """
    made: dict[int, Any] = {}

    def of(value: torch.Tensor) -> Any:
        if id(value) not in made:
            new = torch.empty(value.shape, dtype=value.dtype)
            if isinstance(value, torch.nn.Parameter):
                new = torch.nn.Parameter(new, requires_grad=value.requires_grad)
            made[id(value)] = new
        return made[id(value)]

    for module in model.modules():
        for held in (module._parameters, module._buffers):
            held.update({name: of(one) for name, one in held.items() if one is not None})
