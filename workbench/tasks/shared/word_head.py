"""The output layer of a model that gives words, asked for a few places of a batch at a time.

Its logits are as wide as the vocabulary: 2,000 tokens of 50,000 words are 400 MB, their softmax and
their gradient as much again. Here a model is run up to that layer, and the layer only where
somebody wants words, :data:`PIECE` numbers at once; so memory does not grow with the vocabulary,
beyond the weights of the layer themselves. Serves models that write and models that fill masks.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ...i18n import t
from ...memory import is_out_of_memory
from .encoding import IGNORED

PIECE = 2**22  # logits that are computed at once: 16 MB of float32, and as much for their slopes
FEW = 8  # tokens of a text by which it is looked whether a model's logits are those of its layer
#: The output layer of each model that was found to give its logits; keeps neither alive.
_LOOKED_AT: weakref.WeakKeyDictionary[Any, weakref.ref] = weakref.WeakKeyDictionary()
CLOSE = {torch.float32: 1e-4, torch.float64: 1e-6}  # of the largest logit; coarser formats: 2e-2


def places_of(labels: torch.Tensor) -> torch.Tensor:
    """Where labels are learnt: places of the flat batch, int64, shape (n_learnt,)."""
    return (labels.reshape(-1) != IGNORED).nonzero()[:, 0]


@dataclass
class Words:
    """Words at the places of a batch; logits are computed where they are asked for.

    Parameters
    ----------
    read : torch.Tensor, shape (batch * n_tokens, width)
        What the output layer reads; logits where ``make`` gives back what it gets.
    make : callable
        ``make(read) -> logits``, of shape (n, width) to (n, n_words).
    n_words : int
        How many words the model knows.
    shape : tuple of int
        ``batch`` and ``n_tokens``.
    labels : torch.Tensor of int64, shape (batch, n_tokens), optional
        :data:`~.encoding.IGNORED` where nothing is learnt.
    places : torch.Tensor of int64, shape (n_learnt,), optional
        See :func:`places_of`; without them they are looked for when they are needed.
    weights : tuple of torch.nn.Parameter
        What ``make`` computes with.
    """

    read: torch.Tensor
    make: Callable[[torch.Tensor], torch.Tensor]
    n_words: int
    shape: tuple[int, int]
    labels: torch.Tensor | None = None
    places: torch.Tensor | None = None
    weights: tuple[Any, ...] = ()

    @classmethod
    def given(cls, logits: torch.Tensor, labels: torch.Tensor | None = None) -> Words:
        """Of logits that are there, shape (batch, n_tokens, n_words)."""
        batch, n_tokens, n_words = logits.shape
        flat = logits.reshape(-1, n_words)
        return cls(flat, lambda read: read, n_words, (batch, n_tokens), labels)

    def learnt(self) -> torch.Tensor:
        """Places with a label, int64, shape (n_learnt,)."""
        if self.places is None:
            assert self.labels is not None
            self.places = places_of(self.labels)
        return self.places

    def each(self, of: Callable[..., torch.Tensor], *, everywhere: bool = False) -> torch.Tensor:
        """What ``of(logits, labels)`` gives for every place: shape (batch, n_tokens, ...).

        Parameters
        ----------
        of : callable
            Gets logits of a few places, shape (n, n_words), in float32, and their labels, shape
            (n,); gives a tensor of shape (n, ...).
        everywhere : bool
            At all places; else where labels are, with zeros at the others.
        """
        total = self.shape[0] * self.shape[1]
        if everywhere:
            places = torch.arange(total, device=self.read.device)
        else:
            places = self.learnt()
        flat = None if self.labels is None else self.labels.reshape(-1)
        found: torch.Tensor | None = None
        with torch.no_grad():
            for some in pieces(places, self.n_words):
                wanted = some.new_zeros(len(some)) if flat is None else flat[some]
                values = of(self.make(self.read[some]).float(), wanted)
                if found is None:
                    found = values.new_zeros((total, *values.shape[1:]))
                found[some] = values
        if found is None:  # no place at all
            found = of(self.read.new_zeros((1, self.n_words)).float(), places.new_zeros(1))
            found = found[:1].expand(total, *found.shape[1:]).mul(0)
        return found.reshape(*self.shape, *found.shape[1:])


def pieces(places: torch.Tensor, n_words: int) -> tuple[torch.Tensor, ...]:
    """A few of ``places`` at a time, so that their logits are :data:`PIECE` numbers at most."""
    return places.split(max(1, PIECE // n_words)) if len(places) else ()


class WordHead:
    """A model whose output layer is left out of its forward pass, and asked apart.

    What a model does to its logits behind the layer (a bias, a scale, a soft cap) is done here as
    well. Whether that is all it does is looked at once a model, with a few real tokens; one that
    gives other logits, or has no such layer, computes them whole as it always does: ``apart`` is
    False.

    Parameters
    ----------
    model : transformers.PreTrainedModel
    forward : callable, optional
        Its forward pass, where another than ``model`` itself is to be called.
    """

    def __init__(self, model: Any, forward: Callable[..., Any] | None = None):
        self.model, self.forward = model, forward or model
        self.layer: Any = getattr(model, "get_output_embeddings", lambda: None)()
        self.apart: bool | None = None if self.layer is not None else False

    def words(
        self,
        inputs: Mapping[str, Any],
        labels: torch.Tensor | None = None,
        places: torch.Tensor | None = None,
    ) -> Words:
        """Words of a padded batch.

        Parameters
        ----------
        inputs : mapping of str to tensor
            What the model reads.
        labels, places
            See :class:`Words`.
        """
        if not self._settled(inputs):
            found = Words.given(self.forward(**inputs).logits, labels)
            found.places = places
            return found
        read = self._read(inputs)
        weights = tuple(part for part in self.layer.parameters() if part.requires_grad)
        batch, n_tokens, width = read.shape
        return Words(
            read.reshape(-1, width), self._make, len(self.layer.weight), (batch, n_tokens), labels,
            places, weights,
        )  # fmt: skip

    def said(self, inputs: Mapping[str, Any]) -> str:
        """What is to be said of a model that computes its logits whole; "" of any other."""
        if self._settled(inputs):
            return ""
        return t("word_head.whole", model=type(self.model).__name__)

    def _read(self, inputs: Mapping[str, Any]) -> torch.Tensor:
        """What the output layer would read, shape (batch, n_tokens, width)."""
        with self._left_out() as caught:
            self.forward(**inputs)
        (read,) = caught
        return read

    @contextlib.contextmanager
    def _left_out(self) -> Iterator[list[torch.Tensor]]:
        caught: list[torch.Tensor] = []
        layer, own = self.layer, vars(self.layer).get("forward")
        n_words = len(layer.weight)

        def forward(read: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            caught.append(read)
            return read.new_zeros((1, 0, n_words))  # what follows computes nothing

        layer.forward = forward
        try:
            yield caught
        finally:
            if own is None:
                del layer.forward
            else:
                layer.forward = own

    def _make(self, read: torch.Tensor) -> torch.Tensor:
        logits = self.layer(read)
        bias = getattr(self.model, "final_logits_bias", None)
        if bias is not None:
            logits = logits + bias.reshape(-1).to(logits.device)
        config = self.model.config.get_text_config(decoder=True)
        scale, divisor = getattr(config, "logit_scale", None), getattr(config, "logits_scaling", 1)
        if isinstance(scale, int | float):
            logits = logits * scale
        if divisor and divisor != 1:
            logits = logits / divisor
        cap = getattr(config, "final_logit_softcapping", None)
        return logits if not cap else torch.tanh(logits / cap) * cap

    def _settled(self, inputs: Mapping[str, Any]) -> bool:
        """``apart``, looked at where nobody has for this model with this layer: a run asks for one
        head after the other."""
        if self.apart is None:
            own = self.forward is self.model
            known = _LOOKED_AT.get(self.model) if own else None
            same = known is not None and known() is self.layer
            self.apart = same or self._is_apart(inputs)
            if own and self.apart and not same:
                _LOOKED_AT[self.model] = weakref.ref(self.layer)
        return self.apart

    def _is_apart(self, inputs: Mapping[str, Any]) -> bool:
        """Whether the layer gives the model's own logits for a few tokens of this batch."""
        few = {
            name: value[:1, :FEW] if torch.is_tensor(value) and value.dim() > 1 else value
            for name, value in inputs.items()
        }
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                whole = self.forward(**few).logits
                read = self._read(few)
                alone = self._make(read)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            return False
        finally:
            self.model.train(training)
        if alone.shape != whole.shape:
            return False
        most = whole.float().abs().max().clamp_min(1e-6)
        close = CLOSE.get(alone.dtype, 2e-2)
        return bool((alone.float() - whole.float()).abs().max() <= close * most)
