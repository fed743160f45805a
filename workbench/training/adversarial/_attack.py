"""What a model's word embedding gives, watched and moved; the steps of an attack."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from workbench.errors import TrainingError
from workbench.i18n import t

from ..step_loss import ADDED


def tables(model: nn.Module) -> list[nn.Module]:
    """The modules that look words up: the word embedding, and others with its very weights."""
    try:
        table: Any = model.get_input_embeddings()  # type: ignore[operator]
    except (AttributeError, NotImplementedError):
        return []
    weight = getattr(table, "weight", None)
    others = [one for one in model.modules() if isinstance(one, nn.Embedding)
              and one is not table and one.weight is weight]  # fmt: skip
    return [table, *others] if table is not None else []


@torch.no_grad()
def mean_length(model: nn.Module) -> float:
    """Mean L2 norm of what the word embedding gives for each of its tokens.

    It is looked up, not read of the weights: a table may be quantised, wrapped by an adapter or
    multiplied with a number, as Gemma's is. The sum is exact, so that threads change no digit.
    """
    table: Any = tables(model)[0]
    n_tokens = getattr(table, "num_embeddings", None) or len(table.weight)
    ids = torch.arange(n_tokens, device=table.weight.device)
    norms = [table(some[None]).float().norm(dim=-1)[0].tolist() for some in ids.split(ROWS)]
    return math.fsum(one for some in norms for one in some) / n_tokens


@dataclass
class Seen:
    """Word vectors of a pass, in the order in which the model looked them up, and, where they were
    not moved, the loss's slopes at them once it went backward. Each of shape (batch, n_tokens,
    width)."""

    vectors: list[torch.Tensor] = field(default_factory=list)
    slopes: dict[int, torch.Tensor] = field(default_factory=dict)


@contextlib.contextmanager
def watched(model: nn.Module, moves: list[torch.Tensor] | None = None) -> Iterator[Seen]:
    """See the word vectors of a forward pass, moved by ``moves`` where they are given."""
    seen = Seen()

    def hook(module: Any, given: Any, output: torch.Tensor) -> torch.Tensor | None:
        if not torch.is_grad_enabled():
            return None  # a look that nothing is learnt of
        place = len(seen.vectors)
        if moves is not None:
            output = output + moves[place].to(output.dtype)
        if not output.requires_grad:  # weights that are held still
            output = output.detach().requires_grad_()
        if moves is None:
            output.register_hook(lambda slope: seen.slopes.__setitem__(place, slope))
        seen.vectors.append(output)
        return output

    handles = [table.register_forward_hook(hook) for table in tables(model)]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@dataclass
class Attack:
    """Steps uphill of the loss, as far as ``size`` each, and no further than ``radius`` in all.

    Both are L2 norms of all moves of a text together, in the units of the vectors themselves.
    """

    steps: int
    size: float
    radius: float | None = None

    def around(self, engine: Any, plain: Callable) -> Callable:
        """The library's ``training_step`` with :meth:`step` around it.

        It gives the loss of the texts as they are; the moved ones' is left in the engine's figures.
        """

        def train(model: nn.Module, inputs: dict, count: Any) -> torch.Tensor:
            def again() -> torch.Tensor:
                with engine.compute_loss_context_manager():
                    return engine.compute_loss(model, engine._prepare_inputs(inputs), False, count)

            scaler = engine.accelerator.scaler
            loss, moved = self.step(
                model, lambda: plain(model, dict(inputs), count), again,
                engine.accelerator.backward,
                (lambda one: one) if scaler is None else scaler.scale, inputs.get("_lengths"),
            )  # fmt: skip
            engine.step_loss.figures = {ADDED: moved}
            return loss

        return train

    def step(
        self,
        model: nn.Module,
        clean: Callable[[], torch.Tensor],
        again: Callable[[], torch.Tensor],
        backward: Callable[[torch.Tensor], Any],
        scaled: Callable[[torch.Tensor], torch.Tensor],
        lengths: list[int] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The gradient of a micro-batch and that of it when its words are moved, both added up.

        Parameters
        ----------
        model : torch.nn.Module
        clean : callable
            Passes forward and backward, and gives the loss.
        again : callable
            Passes forward once more, and gives the loss.
        backward : callable
            Passes backward of a loss.
        scaled : callable
            A loss as slopes are computed of, so that none becomes 0 in half precision.
        lengths : list of int, optional
            Tokens of each text, where texts lie end to end in one row.

        Returns
        -------
        loss, moved_loss : torch.Tensor
        """
        with watched(model) as seen:
            loss = clean()
        slopes = [seen.slopes.get(n) for n in range(len(seen.vectors))]
        moves = None
        for number in range(self.steps):
            moves = self.moved(moves, slopes, lengths)
            with watched(model, moves) as seen:
                moved = again()
                if number < self.steps - 1:
                    slopes = list(torch.autograd.grad(scaled(moved), seen.vectors))
                else:
                    backward(moved)
        return loss, moved.detach()

    def moved(
        self, moves: list[torch.Tensor] | None, slopes: list[Any], lengths: list[int] | None
    ) -> list[torch.Tensor]:
        """Moves after one more step, a tensor for each that was looked up."""
        if not slopes or any(one is None for one in slopes):
            raise TrainingError(t("adversarial.no_slope"), t("adversarial.leave_away"))
        steps = [self.size * one for one in unit([s.detach().float() for s in slopes], lengths)]
        moves = steps if moves is None else [a + b for a, b in zip(moves, steps, strict=True)]
        if self.radius is None:
            return moves
        norms = norms_of(moves, lengths)
        return [one * (self.radius / norm).clamp(max=1)
                for one, norm in zip(moves, norms, strict=True)]  # fmt: skip


def unit(parts: list[torch.Tensor], lengths: list[int] | None) -> list[torch.Tensor]:
    """Each text's part of length 1; 0 where it is 0."""
    norms = norms_of(parts, lengths)
    return [one / norm for one, norm in zip(parts, norms, strict=True)]


def norms_of(parts: list[torch.Tensor], lengths: list[int] | None) -> list[torch.Tensor]:
    """L2 norm of each text over all that was looked up for it, above 0, to be divided by.

    Parameters
    ----------
    parts : list of torch.Tensor of float32, shape (batch, n_tokens, width)
        What was looked up one after the other, as an encoder's and a decoder's words: a text has a
        row in each.
    lengths : list of int, optional
        Of the texts that lie end to end in the one row of a single part.

    Returns
    -------
    list of torch.Tensor
        Of shape (batch, 1, 1), or (1, n_tokens, 1) where texts lie end to end.
    """
    squares = [one.square().sum(-1) for one in parts]
    if lengths is not None:
        sizes = torch.tensor(lengths, device=parts[0].device)
        each = [torch.stack([text.sum() for text in one[0].split(lengths)]) for one in squares]
        spread = [one.repeat_interleave(sizes, output_size=sum(lengths)) for one in each]
        return [one.sqrt().clamp_min(TINY)[None, :, None] for one in spread]
    sums = [one.sum(1) for one in squares]
    if len({len(one) for one in sums}) == 1:
        sums = [torch.stack(sums).sum(0)] * len(sums)
    return [one.sqrt().clamp_min(TINY)[:, None, None] for one in sums]


ROWS = 8192  # word vectors that are measured at a time
TINY = 1e-30  # a text without a slope is not moved
