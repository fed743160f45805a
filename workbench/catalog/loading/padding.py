"""Which token fills a batch up, and on which side."""

from __future__ import annotations

from typing import Any

from workbench.catalog.model_folders.judging_folders import SHIFTED
from workbench.errors import ModelError


def settle_padding(tokenizer: Any, model: Any, what: str) -> None:
    """Make tokenizer and model agree on padding; both are changed in place.

    A tokenizer without a pad token gets the model's own, otherwise the end of a text. Padding comes
    behind a text, whatever the tokenizer was saved with: labels and outputs of tokens then stand
    where the tokens do. Only a head that reads the last place of a row has it in front.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    model : transformers.PreTrainedModel
    what : str
        Named in the message.

    Raises
    ------
    ModelError
        If there is no token that can fill a row, or the model has no word vector for it.
    """
    config = model.config
    if tokenizer.pad_token is None:
        own = getattr(config, "pad_token_id", None)
        token = None
        if isinstance(own, int) and 0 <= own < len(tokenizer):
            token = tokenizer.convert_ids_to_tokens(own)
        tokenizer.pad_token = token or tokenizer.eos_token
    if tokenizer.pad_token is None:
        raise ModelError(
            f"The tokenizer of the {what} has no pad token and no end-of-text token.",
            "Set pad_token in its tokenizer_config.json to one of its words, such as [PAD].",
        )
    if config.model_type in SHIFTED and getattr(config, "pad_token_id", None) is None:
        raise ModelError(
            f"The {what} counts positions from the padding token on, and its config.json names "
            "no pad_token_id.",
            "Write the pad_token_id it was trained with there; it is 1 for most of its family.",
        )
    rows = word_vectors(model)
    if rows is not None and not 0 <= tokenizer.pad_token_id < rows:
        raise ModelError(
            f"The pad token {tokenizer.pad_token!r} of the {what} has the id "
            f"{tokenizer.pad_token_id}, and the model has {rows:,} word vectors.",
            "Set pad_token in its tokenizer_config.json to a word that the model knows.",
        )
    tokenizer.padding_side = padding_side(model)
    # where positions are counted from the padding id, another id would move all of them
    if config.model_type not in SHIFTED:
        config.pad_token_id = tokenizer.pad_token_id


def word_vectors(model: Any) -> int | None:
    """How many word vectors the model has; None where it has no table of them."""
    try:
        table = model.get_input_embeddings()
    except NotImplementedError:
        return None
    return getattr(table, "num_embeddings", None)


def padding_side(model: Any) -> str:
    """``"right"``, or ``"left"`` for a model whose head reads the last place of a row."""
    last = hasattr(model, "sequence_summary") and model.config.summary_type == "last"
    return "left" if last else "right"
