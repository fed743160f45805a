"""What of a tokenizer's outputs a model takes: some read a BERT's words and know no segments."""

from __future__ import annotations

import inspect
from typing import Any


def settle_inputs(tokenizer: Any, model: Any) -> list[str]:
    """Let the tokenizer give no more than the model takes; it is changed in place.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    model : torch.nn.Module
        One whose forward pass names no ``input_ids`` passes on what it is given, and takes all.

    Returns
    -------
    list of str
        What is given no longer, such as ``token_type_ids``.
    """
    takes = inspect.signature(model.forward).parameters
    if "input_ids" not in takes:
        return []
    names = list(tokenizer.model_input_names)
    if left := [name for name in names if name not in takes]:
        tokenizer.model_input_names = [name for name in names if name in takes]
        tokenizer.init_kwargs["model_input_names"] = tokenizer.model_input_names  # is saved so
    return left
