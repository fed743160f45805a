"""A step of training by shapes alone: which tensors its passes hold at once.

The model is the library's with the method in it, and takes the pass that training takes (padded,
without padding, with the output layer asked apart); nothing is computed.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from ... import device
from ...recipe_kinds import ADVERSARIAL
from ...tasks.shared.token_loss import TokenCrossEntropy
from ...tasks.shared.word_head import WordHead
from .. import losses
from ..adversarial._attack import watched
from ..predicting.many_rows import TOKENS
from ..predicting.outputs import autocast, head_logits
from ..speed import short_rows
from ..speed.embedding_rows import EmbeddingRows
from ..speed.packed import packed_for
from .live_bytes import LiveBytes, without_numbers

if TYPE_CHECKING:
    from ...recipe import Recipe
    from ...tasks.base import Task
    from .texts import Texts

ROWS = 64  # of an evaluation's pass
MASKED = 0.15  # of the tokens of a model that fills gaps


@dataclass(frozen=True)
class Traced:
    """Bytes of a step; each beside the weights, and what the optimizer holds.

    Attributes
    ----------
    step : int
        The most that gradients and what the passes keep take at once.
    evaluation : int
        What a pass of an evaluation takes.
    beside : int
        Word vectors that texts use, which are trained in a table of their own.
    trained : int
        Those that the optimizer moves.
    """

    step: int
    evaluation: int
    beside: int
    trained: int


def trace(model: Any, recipe: Recipe, task: Task, texts: Texts, precision: str) -> Traced:
    """Go through a step and a pass of an evaluation, within :func:`.live_bytes.shapes_alone`.

    Parameters
    ----------
    model : torch.nn.Module
        On the meta device, with the method in it; of no use afterwards.
    """
    without_numbers(model)
    kind = device.device_name()
    own = task.forward is not None or losses.pads(recipe)
    packed = None if recipe.speed == "exact" or own else packed_for(model, kind)
    beside = 0
    if packed is not None and EmbeddingRows.supports(model) and texts.words:
        beside = _hold_words(model, texts.words)
    trained = sum(_bytes(one) for one in model.parameters() if one.requires_grad)
    made = _Passes(model, recipe, task, packed, precision)
    model.train()
    step = made.most(made.train, texts.batch(recipe, padded=packed is None))
    model.eval()
    rows = max(1, min(ROWS, TOKENS // texts.long))
    with torch.no_grad():
        evaluation = made.most(made.forward, [texts.long] * rows)
    return Traced(step, evaluation, beside, trained)


class _Passes:
    def __init__(self, model: Any, recipe: Recipe, task: Task, packed: Any, precision: str):
        self.model, self.recipe, self.task, self.packed = model, recipe, task, packed
        self.precision = precision
        self.writes = task.spec.output in ("text", "words") and task.forward is None
        self.two_way = getattr(model.config, "is_encoder_decoder", False)
        self.passes = 2 if recipe.regularisation["kind"] == "rdrop" else 1

    def most(self, work: Any, *given: Any) -> int:
        """The most that the work holds at once, in bytes."""
        with LiveBytes([*self.model.parameters(), *self.model.buffers()]) as live:
            work(*given)
        return live.peak

    def train(self, lengths: list[int]) -> None:
        """Forwards and backwards, as often as the recipe's attack says."""
        kind = self.recipe.adversarial["kind"]
        steps = 0
        if kind != ADVERSARIAL.default:
            settings = ADVERSARIAL.settings(self.recipe.adversarial)
            steps = getattr(settings, "steps", 1)
        for _ in range(1 + steps):
            with watched(self.model) if steps else contextlib.nullcontext():
                losses_of = [self.forward(lengths) for _ in range(self.passes)]
                torch.stack(losses_of).sum().backward()
        for one in self.model.parameters():
            one.grad = None

    def forward(self, lengths: list[int]) -> torch.Tensor:
        """A number that hangs on all that texts of these lengths give."""
        short = self.precision == "bf16" and self.recipe.speed == "auto"
        with short_rows.products() if short else contextlib.nullcontext():
            with autocast("cpu", self.precision):
                return self._outputs(lengths).float().sum()

    def _outputs(self, lengths: list[int]) -> torch.Tensor:
        if self.packed is not None:
            ids = torch.zeros(sum(lengths), dtype=torch.int64)
            return self.packed.logits(input_ids=ids, lengths=lengths)
        ids = torch.zeros(len(lengths), max(lengths), dtype=torch.int64)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if self.two_way:
            inputs["decoder_input_ids"] = ids
        if not self.writes:
            return _numbers(self.model(**inputs))
        if self.model.can_generate():
            inputs["use_cache"] = False
        head = WordHead(self.model)
        if head.layer is None:
            return self.model(**inputs).logits
        head.apart = True
        learnt = ids.numel() if self.task.spec.output == "text" else int(MASKED * ids.numel())
        words = head.words(inputs, ids, torch.arange(max(1, learnt)))
        return TokenCrossEntropy().total_of(words)


def _numbers(found: Any) -> torch.Tensor:
    """What a model without words gives."""
    if "logits" in found or "start_logits" in found:
        return head_logits(found)
    return found[0]


def _hold_words(model: Any, words: int) -> int:
    """Let the model hold so many word vectors, as training does; their bytes."""
    table = model.get_input_embeddings()
    whole = table.weight
    words = min(words, len(whole))
    table.weight = torch.nn.Parameter(torch.empty(words, whole.shape[1], dtype=whole.dtype))
    table.num_embeddings, table.padding_idx = words, None
    return _bytes(table.weight)


def _bytes(value: torch.Tensor) -> int:
    return value.numel() * value.element_size()
