"""The loss of an optimizer step, micro-batch by micro-batch, by whichever pass the model takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from ..tasks.shared.word_head import WordHead, Words
from .parallel import ALONE, Alone
from .predicting.outputs import autocast, head_logits, in_one_sentence
from .whole_step import WholeStep

ADDED = "added_loss"  # the figure of what is minimised beside the loss


def plainly(compute: Callable[[], Any]) -> Any:
    """What ``compute()`` gives."""
    return compute()


class StepLoss:
    """Each micro-batch's share of the loss of its optimizer step.

    Parameters
    ----------
    loss : object with ``total`` and ``normaliser``
        See :meth:`workbench.tasks.base.Task.prepare_loss`.
    added : Regulariser, optional
        What is added to it; see :mod:`workbench.training.regularisation`.
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
    ranks : Alone
        Who computes the other rows of the step; see :mod:`workbench.training.parallel`.
    """

    def __init__(
        self,
        loss: Any,
        *,
        added: Any = None,
        packed: Any = None,
        forward: Callable | None = None,
        writes: bool = False,
        generates: bool = False,
        kind: str = "cpu",
        precision: str = "fp32",
        ranks: Alone = ALONE,
    ):
        self.ranks = ranks
        self.loss, self.added, self.packed, self.forward = loss, added, packed, forward
        self.writes, self.generates = writes, generates
        self.kind, self.precision = kind, precision
        self.figures: dict[str, torch.Tensor] = {}  # this micro-batch's share of the step's
        self._words: WordHead | None = None
        self._whole: WholeStep | None = None  # of a loss that needs all rows of a step at once
        #: What a micro-batch's pass is computed by; see :mod:`workbench.training.parallel.sharded`.
        self.around: Callable[[Callable], Any] = plainly

    def begin(self, batches: list[dict], seed: int = 0) -> Any:
        """Take the micro-batches of a step; the sum of the loss normalisers of all its rows.

        ``seed`` is of what is drawn for the step as a whole. Micro-batches may be empty.
        """
        self._whole = None
        there = [batch for batch in batches if batch]
        if self.added is not None:
            self.added.begin(there, seed, self.ranks)
        of_all = self.loss if self.added is None else self.added
        if getattr(of_all, "whole_step", False) and len(batches) * self.ranks.size > 1:
            self._whole = WholeStep(of_all, batches, self.ranks)
        count = self.ranks.sum(sum(self.loss.normaliser(batch["labels"]) for batch in there))
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
        return self.around(lambda: self._of(model, inputs, normaliser, number, prepare, seed))

    def _of(
        self, model: Any, inputs: dict, normaliser: Any, number: int, prepare: Any, seed: Any
    ) -> tuple[torch.Tensor, dict]:
        labels, self.figures = inputs.pop("labels"), {}
        if getattr(self.loss, "disable_dropout", False):
            model.eval()  # whatever draws something, also what reads its share from the config
        if hasattr(self.loss, "look"):
            self.loss.look(inputs, labels)
        compute = self._pass_of(model)
        if self._whole is not None:
            loss = self._whole.share(number, compute, inputs, labels, prepare, seed)
            if self.added is not None:
                self.figures = {ADDED: self.added.added * self._whole.part(number)}
            return loss, {}
        passes = 1 if self.added is None else self.added.passes
        given = labels
        results = []
        for _ in range(passes):  # each with noise of its own
            found, labels = compute(dict(inputs), given)
            results.append(found)
        whole = self.loss.normaliser(labels) if normaliser is None else normaliser
        if self.added is not None:
            with self._computing():
                loss, added = self.added.share(results, labels, self._total, whole)
            self.figures = {ADDED: added}
            return loss, {}
        if hasattr(self.loss, "figures"):
            self.figures = {n: one / whole for n, one in self.loss.figures(found).items()}
        logits = {"logits": found} if torch.is_tensor(found) else {}
        return self._total(found, labels) / whole, logits

    def of_nothing(self, model: Any, *, prepare: Callable, seed: Callable) -> None:
        """A micro-batch without rows: what all processes do for a step is done all the same."""
        self.figures = {}
        if self._whole is not None:
            self._whole.look(self._pass_of(model), prepare, seed)

    def clean(self, loss: torch.Tensor) -> torch.Tensor:
        """What of a micro-batch's share is logged: without what is added, so that runs compare."""
        return loss if self.added is None else loss - self.figures[ADDED]

    def _total(self, found: Any, labels: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of what a pass gave."""
        if not self.writes or self.forward is not None:
            return self.loss.total(found, labels)
        with self._computing():  # the output layer may be asked in there
            if isinstance(found, Words):
                return self.loss.total_of(found)
            return self.loss.total(found, labels)

    def _pass_of(self, model: Any) -> Callable:
        """``compute(inputs, labels) -> (outputs, labels)``, by the pass that the model takes."""
        if self.packed is not None:
            return self._packed
        if self.forward is not None:
            return self._of_task(model)
        if self.writes:
            return lambda inputs, labels: (self._of_words(model, inputs, labels), labels)

        def compute(inputs, labels):
            with in_one_sentence():
                return head_logits(model(**inputs), inputs.get("attention_mask")), labels

        return compute

    def _packed(self, inputs: dict, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Without padding."""
        with self._computing():
            return self.packed.logits(lengths=inputs.pop("_lengths"), **inputs), labels

    @contextlib.contextmanager
    def _computing(self) -> Iterator[None]:
        """In the run's precision; what the device says of its memory is one sentence."""
        with in_one_sentence(), autocast(self.kind, self.precision):
            yield

    def _of_words(self, model: Any, inputs: dict, labels: torch.Tensor) -> Any:
        """Of a model that gives words, without the logits of what is not learnt."""
        places = inputs.pop("_places", None)
        if self.generates:
            inputs = {**inputs, "use_cache": False}
        if self._words is None:
            # past the wrapper that would copy all logits to fp32
            self._words = WordHead(model, getattr(model, "_original_forward", None))
        with self._computing():
            if hasattr(self.loss, "total_of"):
                return self._words.words(inputs, labels, places)
            return self._words.forward(**inputs).logits

    def _of_task(self, model: Any) -> Callable:
        """The task's own forward pass."""
        forward, original = self.forward, getattr(model, "_original_forward", model)

        def compute(inputs, labels):
            with self._computing():
                return forward(model, inputs, labels, original)

        return compute
