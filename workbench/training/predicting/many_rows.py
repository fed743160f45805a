"""Model outputs for many rows: sorted by length, batched, in the order that was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...catalog.loading.padding import padding_side, word_vectors
from ...catalog.loading.token_fit import check_ids
from ..parallel import ALONE, Alone

if TYPE_CHECKING:
    import torch

    from ...tasks.base import Task

TOKENS = 16_384  # of a forward pass, padding included: bounds its memory however long texts are
LOGITS = 2**27  # numbers of a forward pass whose logits are all kept: 512 MB


def predict_outputs(
    model: torch.nn.Module,
    tokenizer,
    encoded,
    *,
    batch_size: int = 64,
    precision: str = "fp32",
    tick: Callable[[], object] = lambda: None,
    share: float = 1.0,
    collate: Callable[[list[dict]], dict] | None = None,
    reduce: Callable[[torch.Tensor, dict], torch.Tensor] | None = None,
    forward: Callable | None = None,
    ranks: Alone = ALONE,
) -> np.ndarray:
    """Logits of each row, or of each token where ``encoded.per_token``; or what is made of them.

    Parameters
    ----------
    model : torch.nn.Module
        In any mode; it is left in the mode it had.
    encoded : Encoded
    batch_size : int
        Rows a forward pass at most; fewer where they are long (:data:`TOKENS`).
    precision : {'fp32', 'bf16', 'fp16'}
        Of the matrix products.
    tick : callable
        Called after each batch, to look for commands.
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    collate : callable, optional
        The task's, where its rows are not padded as usual.
    reduce : callable, optional
        ``reduce(logits, batch)``, on the device: what is wanted of the logits of a batch, shape
        (batch, ...), or (batch, n_tokens, ...) where ``encoded.per_token``. The logits themselves
        then never leave the device. ``batch`` has the ``labels`` of ``collate``. One that is marked
        ``by_place`` gets :class:`~workbench.tasks.shared.word_head.Words` instead, whose logits are
        computed a few at a time. See :mod:`workbench.tasks.shared.token_loss`.
    forward : callable, optional
        The task's own (:class:`workbench.tasks.base.Task`); ``reduce`` is given what it gives.
    ranks : Alone
        Who computes a part of the batches; all are given the whole.

    Returns
    -------
    ndarray of float32, shape (n_rows or n_tokens, n_outputs), in the order of ``encoded``
        With ``reduce`` of its shape and kind of number.
    """
    import torch

    from ...tasks.shared.collators import Collator, PackedCollator
    from ...tasks.shared.word_head import WordHead, places_of
    from ..batching import by_token_budget
    from ..speed.packed import packed_for
    from .outputs import autocast, head_logits, in_one_sentence, rows_of

    check_ids(encoded.arrays["input_ids"], word_vectors(model), tokenizer, "model")
    if encoded.targets is not None:
        check_ids(encoded.targets.ids, word_vectors(model), tokenizer, "model")
    size = int(encoded.offsets[-1]) if encoded.per_token else len(encoded)
    result = None if reduce else np.zeros((size, model.config.num_labels), np.float32)
    where = next(model.parameters()).device
    rows_at_once = max(1, int(batch_size * share))
    head = WordHead(model) if getattr(reduce, "by_place", False) else None
    narrow = head is not None and head.layer is not None
    tokens = max(1, int((TOKENS if narrow else min(TOKENS, LOGITS // _width(model))) * share))
    packed = packed_for(model, where.type) if collate is None and reduce is None else None
    if collate is None:
        collate = PackedCollator() if packed else Collator(tokenizer, padding_side(model))
    sizes = encoded.sizes
    order = np.argsort(-sizes, kind="stable")
    parts = list(by_token_budget(sizes[order], rows_at_once, tokens))

    def compute() -> tuple[np.ndarray, np.ndarray] | None:
        """This process's batches; for others, if there are any, where they stand and what they are.
        """
        nonlocal result
        done: list[np.ndarray] = []
        for part in ranks.share(parts):
            rows = order[part]
            batch = collate([encoded[int(row)] for row in rows])
            inputs = {
                name: value.to(where)
                for name, value in batch.items()
                if name != "labels" and not name.startswith("_")
            }
            with in_one_sentence():
                labels = batch.get("labels")
                known = {} if labels is None else {"labels": labels.to(where)}
                if packed is not None:
                    logits = packed.logits(lengths=batch["_lengths"], **inputs)
                elif head is not None:
                    places = None if labels is None else places_of(labels).to(where)
                    logits = head.words(inputs, known.get("labels"), places)
                elif forward is not None:
                    logits, _ = forward(model, inputs, known.get("labels"))
                else:
                    logits = head_logits(model(**inputs))
                if reduce is not None:
                    logits = reduce(logits, {**inputs, **known})
                if encoded.per_token:
                    logits = rows_of(logits, [int(encoded.lengths[row]) for row in rows])
                    places = [np.arange(*encoded.offsets[r : r + 2]) for r in rows]
                    rows = np.concatenate(places)
                if reduce is None:
                    result[rows] = logits.float().cpu().numpy()
                else:
                    found = logits.cpu().numpy()
                    if result is None:
                        result = np.zeros((size, *found.shape[1:]), found.dtype)
                    result[rows] = found
            done.append(rows)
            tick()
        if not done or ranks.size == 1:
            return None
        computed = np.concatenate(done)
        return computed, result[computed]

    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), autocast(where.type, precision):
            every = ranks.exchange(compute)
    finally:
        model.train(was_training)
    for found, values in filter(None, every):
        if result is None:
            result = np.zeros((size, *values.shape[1:]), values.dtype)
        result[found] = values
    return np.zeros((0, 0), np.float32) if result is None else result


def _width(model: torch.nn.Module) -> int:
    """Numbers that the model gives for a token."""
    head = getattr(model, "get_output_embeddings", lambda: None)()
    weight = getattr(head, "weight", None)
    return 1 if weight is None else len(weight)  # a task's own head is narrow


def try_two_rows(model: torch.nn.Module, tokenizer, encoded, task: Task | None = None) -> None:
    """A forward pass of the longest row and the shortest one, before anything is trained.

    Of a ``task`` that writes, rows are collated with their targets, and words asked for at the
    first place of each.

    Raises
    ------
    ModelError
        If the model cannot compute them: too few positions, another number of outputs, ...
    """
    from ...tasks.shared.token_loss import first_word

    order = np.argsort(encoded.sizes, kind="stable")
    if len(order):
        how: dict = {}
        if task is not None and not task.spec.names_outputs:
            first = first_word
            if task.forward is not None:
                how["forward"], first = task.forward, lambda found, _: found.flatten(1)[:, :1]
            how |= dict(collate=task.collator(tokenizer, model), reduce=first)
        predict_outputs(model, tokenizer, encoded.part([order[-1], order[0]]), **how)
