r"""Layers of a student are to hold what layers of its teacher hold.

Layer :math:`i` of the student's :math:`m` learns from layer :math:`i \cdot n / m`, rounded, of the
teacher's :math:`n` (Jiao et al., 2020, TinyBERT), by the angle between the vectors of each token
(Sanh et al., 2019, DistilBERT):

.. math:: 1 - \cos(W_i h^{student}_i, h^{teacher}_{g(i)})

:math:`W_i` is learnt beside the student where its vectors have another width, and left out where
they have the same. It is thrown away when training is over.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...errors import ModelError, RecipeError
from ...i18n import t
from ..depths import layer_stacks
from .teachers import refused

PROJECTIONS = "distillation_projections"  # of the student's model, while it is trained


def taught_by(student: int, teacher: int) -> list[int]:
    """The teacher's layer for each of the student's, from below; both counted from 0.

    Examples
    --------
    >>> taught_by(3, 6), taught_by(2, 12), taught_by(4, 6)
    ([1, 3, 5], [5, 11], [1, 2, 4, 5])
    """
    return [max(1, int(layer * teacher / student + 0.5)) - 1 for layer in range(1, student + 1)]


class HiddenStates:
    """What layers of both models gave at their last pass, and how far they are apart.

    Of an encoder-decoder the decoder's layers are compared.

    Parameters
    ----------
    student, teacher : torch.nn.Module
    method : Method
        How the student's weights are changed: one that keeps whole models keeps projections too.
    seed : int
        Of the projections.
    name : str
        Of the teacher.

    Raises
    ------
    RecipeError
        If the layers of either cannot be told apart, or projections could not be kept.
    """

    def __init__(self, student: nn.Module, teacher: nn.Module, method: Any, seed: int, name: str):
        self.student = student
        ours, theirs = (_layers(model) for model in (student, teacher))
        if len(ours) > len(theirs):
            raise refused("layers", teacher=name, n=len(theirs), wanted=len(ours))
        pairs = [(one, theirs[at]) for one, at in zip(ours, taught_by(len(ours), len(theirs)),
                                                      strict=True)]  # fmt: skip
        self._ours: list[Any] = [None] * len(pairs)
        self._theirs: list[Any] = [None] * len(pairs)
        self._hooks = [
            layer.register_forward_hook(_catch(into, number))
            for number, pair in enumerate(pairs)
            for layer, into in zip(pair, (self._ours, self._theirs), strict=True)
        ]
        self._project(_width(student), _width(teacher), method, seed, name)

    def _project(self, ours: int, theirs: int, method: Any, seed: int, name: str) -> None:
        self.projections: nn.ModuleList | None = None
        if ours == theirs:
            return
        if not method.whole:
            raise refused("width", teacher=name, n=theirs, wanted=ours)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made = [nn.Linear(ours, theirs, bias=False) for _ in self._ours]
        self.projections = nn.ModuleList(made).to(next(self.student.parameters()).device)
        self.student.add_module(PROJECTIONS, self.projections)

    def apart(self) -> torch.Tensor:
        """1 - cosine of each token's vectors, mean over layers, float32, (batch, n_tokens).

        Raises
        ------
        ModelError
            If the layers do not give a vector for each token.
        """
        total: Any = 0
        for number, (ours, theirs) in enumerate(zip(self._ours, self._theirs, strict=True)):
            if ours is None or theirs is None or ours.shape[:2] != theirs.shape[:2]:
                raise ModelError(t("distillation.no_states"), t("distillation.no_states_remedy"))
            if self.projections is not None:
                ours = self.projections[number](ours.float())
            total = total + 1 - nn.functional.cosine_similarity(ours.float(), theirs, dim=-1)
        return total / len(self._ours)

    def leave(self) -> None:
        """Look no longer, and take the projections out of the student."""
        for hook in self._hooks:
            hook.remove()
        if self.projections is not None:
            del self.student._modules[PROJECTIONS]
            self.projections = None


def _catch(into: list[Any], number: int) -> Any:
    def hook(layer: nn.Module, inputs: Any, output: Any) -> None:
        into[number] = output[0] if isinstance(output, tuple) else output

    return hook


def _layers(model: nn.Module) -> nn.ModuleList:
    try:
        return layer_stacks(model)[-1][1]
    except RecipeError as error:
        raise RecipeError(
            error.message, t("distillation.no_layers_remedy"), field="loss", setting="hidden"
        ) from error


def _width(model: nn.Module) -> int:
    config: Any = model.config
    return int(config.get_text_config(decoder=True).hidden_size)
