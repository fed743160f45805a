"""The loss of an optimizer step, micro-batch by micro-batch, by whichever pass the model takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from ..tasks.shared.word_head import WordHead
from .predicting.outputs import autocast, head_logits, in_one_sentence
from .whole_step import WholeStep


class StepLoss:
    """Each micro-batch's share of the loss of its optimizer step.

    Parameters
    ----------
    loss : object with ``total`` and ``normaliser``
        See :meth:`workbench.tasks.base.Task.prepare_loss`.
    packed : PackedClassifier, optional
        Computes the logits of padding-free batches; without it the model computes padded ones.
    forward : callable, optional
        The task's own; see :class:`workbench.tasks.base.Task`.
    writes : bool
        Whether the logits are as wide as a vocabulary.
    generates : bool
        Whether the model could remember what it reads, which training does not need.
    kind : str
        Type of the device that computes.
    precision : {'fp32', 'bf16', 'fp16'}
    """

    def __init__(
        self,
        loss: Any,
        *,
        packed: Any = None,
        forward: Callable | None = None,
        writes: bool = False,
        generates: bool = False,
        kind: str = "cpu",
        precision: str = "fp32",
    ):
        self.loss, self.packed, self.forward = loss, packed, forward
        self.writes, self.generates = writes, generates
        self.kind, self.precision = kind, precision
        self.figures: dict[str, torch.Tensor] = {}  # this micro-batch's share of the step's
        self._words: WordHead | None = None
        self._whole: WholeStep | None = None  # of a loss that needs all rows of a step at once

    def begin(self, batches: list[dict]) -> Any:
        """Take the micro-batches of a step; the sum of their loss normalisers."""
        self._whole = None
        if getattr(self.loss, "whole_step", False) and len(batches) > 1:
            self._whole = WholeStep(self.loss, batches)
        count = sum(self.loss.normaliser(batch["labels"]) for batch in batches)
        if torch.is_tensor(count) and not count.is_floating_point():
            count = count.clamp_min(1)  # tokens: a step whose texts have nothing to learn is none
        return count

    def of(
        self,
        model: Any,
        inputs: dict,
        normaliser: Any,
        *,
        number: int,
        prepare: Callable[[dict], dict],
        seed: Callable[[int], None],
    ) -> tuple[torch.Tensor, dict]:
        """The loss of a micro-batch, and what the model gave.

        Parameters
        ----------
        model : torch.nn.Module
        inputs : dict
            With ``labels``, on the device of the model.
        normaliser : float or torch.Tensor, optional
            That of the whole step; without it that of this micro-batch.
        number : int
            Which micro-batch of its step, from 0.
        prepare, seed : callable
            See :meth:`workbench.training.whole_step.WholeStep.share`.
        """
        labels, outputs = inputs.pop("labels"), {}
        if getattr(self.loss, "disable_dropout", False):
            model.eval()  # whatever draws something, also what reads its share from the config
        if self.packed is not None:
            with self._computing():
                outputs = {"logits": self.packed.logits(lengths=inputs.pop("_lengths"), **inputs)}
            total = self.loss.total(outputs["logits"], labels)
        elif self.forward is not None:
            compute = self._of_task(model)
            if self._whole is not None:
                return self._whole.share(number, compute, inputs, labels, prepare, seed), {}
            found, labels = compute(inputs, labels)
            total = self.loss.total(found, labels)
            if hasattr(self.loss, "figures"):
                whole = self.loss.normaliser(labels) if normaliser is None else normaliser
                self.figures = {n: one / whole for n, one in self.loss.figures(found).items()}
        elif self.writes:
            total = self._of_words(model, inputs, labels)
        else:
            with in_one_sentence():
                outputs = {"logits": head_logits(model(**inputs), inputs.get("attention_mask"))}
            total = self.loss.total(outputs["logits"], labels)
        return total / (self.loss.normaliser(labels) if normaliser is None else normaliser), outputs

    @contextlib.contextmanager
    def _computing(self) -> Iterator[None]:
        """In the run's precision; what the device says of its memory is one sentence."""
        with in_one_sentence(), autocast(self.kind, self.precision):
            yield

    def _of_words(self, model: Any, inputs: dict, labels: torch.Tensor) -> torch.Tensor:
        """Of a model that gives words, without the logits of what is not learnt."""
        places = inputs.pop("_places", None)
        if self.generates:
            inputs = {**inputs, "use_cache": False}
        if self._words is None:
            # past the wrapper that would copy all logits to fp32
            self._words = WordHead(model, getattr(model, "_original_forward", None))
        with self._computing():
            if hasattr(self.loss, "total_of"):
                return self.loss.total_of(self._words.words(inputs, labels, places))
            return self.loss.total(self._words.forward(**inputs).logits, labels)

    def _of_task(self, model: Any) -> Callable:
        """The task's own forward pass."""
        forward, original = self.forward, getattr(model, "_original_forward", model)

        def compute(inputs, labels):
            with self._computing():
                return forward(model, inputs, labels, original)

        return compute
