"""What a model says of the next token, read for the widgets that show it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from workbench.errors import DataError, shown
from workbench.i18n import t


def logits_row(logits: Any) -> Any:
    """One row of logits as a float64 tensor on the CPU, shape (V,); DataError if it is none."""
    import torch

    try:
        row = torch.as_tensor(logits, dtype=torch.float64).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        raise DataError(t("toy_sampler.no_numbers", value=shown(logits))) from None
    if row.dim() != 1 or not len(row):
        raise DataError(t("toy_sampler.no_row", shape=tuple(row.shape)))
    bad = int((row.isnan() | (row == math.inf)).sum())
    if bad or not row.isfinite().any():
        raise DataError(t("toy_sampler.not_finite", bad=bad, n=len(row)))
    return row


def token_names(tokens: Any, size: int) -> Callable[[int], str]:
    """What ids are called: one name each of a list, what a function says, or the ids."""
    if tokens is None:
        return str
    if callable(tokens):
        return tokens
    if len(tokens) != size:
        raise DataError(t("toy_sampler.names", tokens=len(tokens), n=size))
    return lambda i: str(tokens[i])
