"""Model outputs for many rows: sorted by length, batched, in the order that was asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import tasks
from ..catalog.loading import load_model, load_tokenizer
from ..catalog.padding import padding_side, settle_padding, word_vectors
from ..catalog.token_fit import check_ids
from ..device import choose_precision, device_name
from ..errors import ModelError, UnknownName
from ..recipe import PRECISIONS
from ..tasks import decisions

if TYPE_CHECKING:
    import pandas as pd
    import torch


TOKENS = 16_384  # of a forward pass, padding included: bounds its memory however long texts are


def predict_outputs(
    model: torch.nn.Module,
    tokenizer,
    encoded,
    *,
    batch_size: int = 64,
    precision: str = "fp32",
    tick: Callable[[], object] = lambda: None,
    share: float = 1.0,
) -> np.ndarray:
    """Logits of each row, or of each token where ``encoded.per_token``.

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

    Returns
    -------
    ndarray of float32, shape (n_rows or n_tokens, n_outputs), in the order of ``encoded``
    """
    import torch

    from ..tasks.encoding import Collator, PackedCollator
    from .batching import by_token_budget
    from .outputs import head_logits, in_one_sentence, rows_of
    from .packed import packed_for

    check_ids(encoded.arrays["input_ids"], word_vectors(model), tokenizer, "model")
    size = int(encoded.offsets[-1]) if encoded.per_token else len(encoded)
    result = np.zeros((size, model.config.num_labels), np.float32)
    where = next(model.parameters()).device
    rows_at_once, tokens = max(1, int(batch_size * share)), max(1, int(TOKENS * share))
    packed = packed_for(model, where.type)
    collate = PackedCollator() if packed else Collator(tokenizer, padding_side(model))
    order = np.argsort(-encoded.lengths, kind="stable")
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), autocast(where.type, precision):
            for part in by_token_budget(encoded.lengths[order], rows_at_once, tokens):
                rows = order[part]
                batch = collate([encoded[int(row)] for row in rows])
                inputs = {
                    name: value.to(where)
                    for name, value in batch.items()
                    if name != "labels" and not name.startswith("_")
                }
                with in_one_sentence():
                    if packed is not None:
                        logits = packed.logits(lengths=batch["_lengths"], **inputs)
                    else:
                        logits = head_logits(model(**inputs))
                    if encoded.per_token:
                        logits = rows_of(logits, [int(encoded.lengths[row]) for row in rows])
                        places = [np.arange(*encoded.offsets[r : r + 2]) for r in rows]
                        rows = np.concatenate(places)
                    result[rows] = logits.float().cpu().numpy()
                tick()
    finally:
        model.train(was_training)
    return result


def try_two_rows(model: torch.nn.Module, tokenizer, encoded) -> None:
    """A forward pass of the longest row and the shortest one, before anything is trained.

    Raises
    ------
    ModelError
        If the model cannot compute them: too few positions, another number of outputs, ...
    """
    order = np.argsort(encoded.lengths, kind="stable")
    if len(order):
        predict_outputs(model, tokenizer, encoded.part([order[-1], order[0]]))


def autocast(device: str, precision: str):
    """The context in which matrix products are computed in ``precision``."""
    import torch

    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16 if precision == "bf16" else torch.float16)


class Predictor:
    """A saved model, loaded once, that predicts texts.

    Parameters
    ----------
    folder : Path
        Holds config, safetensors weights and tokenizer.
    task : str
    max_length : int
        Tokens; longer texts are cut, as in training.
    """

    def __init__(self, folder: Path, task: str, max_length: int):
        if not (Path(folder) / "model.safetensors").is_file():
            raise ModelError(
                f"The folder {folder} holds no model.safetensors.", "Train a run to its end first."
            )
        self.task, self.max_length = tasks.get(task), max_length
        self.tokenizer = load_tokenizer(folder)
        model = load_model(folder, self.task.auto_class)
        settle_padding(self.tokenizer, model, f"model in {Path(folder).name}")
        self.model = model.to(device_name())
        self.settled = decisions.kept(folder)
        self.label_names = [
            self.model.config.id2label[i] for i in range(self.model.config.num_labels)
        ]

    def predict(
        self, frame: pd.DataFrame, *, batch_size: int = 64, precision: str = "fp32"
    ) -> pd.DataFrame:
        """``text``, ``prediction`` and ``score_<class>`` of each row of ``frame``.

        ``precision`` is one of :data:`workbench.recipe.PRECISIONS`.
        """
        if precision not in PRECISIONS:
            raise UnknownName(
                f"There is no precision {precision!r}.", f"Take one of {', '.join(PRECISIONS)}."
            )
        precision = choose_precision(precision, self.model.device.type)
        encoded = self.task.encode(self.tokenizer, frame, self.max_length)
        outputs = predict_outputs(
            self.model, self.tokenizer, encoded, batch_size=batch_size, precision=precision
        )
        table = self.task.predictions(frame, encoded, outputs, self.label_names)
        return decisions.decide(self.task, table, self.settled)
