"""What a model's head says, in one form whatever the head and the way it was computed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from ...errors import ModelError, WorkbenchError
from ...memory import is_out_of_memory
from ..parallel.connection import is_broken


def head_logits(outputs: Any, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
    """The logits of a padded batch.

    Parameters
    ----------
    outputs : transformers.utils.ModelOutput
        With ``logits``, or ``start_logits`` and ``end_logits``.
    attention_mask : torch.Tensor of int64, shape (batch, n_tokens), optional

    Returns
    -------
    torch.Tensor
        As the model gives them; of a span finder shape (batch, n_tokens, 2), start and end, with
        -inf at padding, so that the softmax over a text is not of its neighbours' lengths.
    """
    if "start_logits" not in outputs:
        return outputs["logits"]
    logits = torch.stack([outputs["start_logits"], outputs["end_logits"]], dim=-1)
    if attention_mask is None:
        return logits
    return logits.masked_fill(attention_mask[..., None] == 0, -torch.inf)


def rows_of(logits: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    """Logits of the tokens of all texts end to end, without padding.

    Parameters
    ----------
    logits : torch.Tensor, shape (n_tokens, n_labels) or (n_texts, longest, n_labels)
    lengths : list of int
        Tokens of each text.
    """
    if logits.dim() == 2:
        return logits
    return torch.cat([row[:length] for row, length in zip(logits, lengths, strict=True)])


@contextlib.contextmanager
def in_one_sentence() -> Iterator[None]:
    """What a model's forward pass raises as a ModelError; too little memory stays what it is, and
    so does the end of another process that shares its weights."""
    try:
        yield
    except WorkbenchError:
        raise
    except Exception as error:
        if is_out_of_memory(error) or is_broken(error):
            raise
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        reason = f"{type(error).__name__}: {said[:200]}".rstrip(".: ")
        raise ModelError(
            f"The model cannot compute these texts ({reason}).",
            "Its config.json or tokenizer may not belong to its weights; a model of another family "
            "may do.",
        ) from error


def autocast(device: str, precision: str):
    """The context in which matrix products are computed in ``precision``."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16 if precision == "bf16" else torch.float16)
