"""Whether texts, a tokenizer and a model's word vectors fit together."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.errors import ModelError

MOST_UNKNOWN = 0.5  # share of the words from which on it is said


def unknown_share(ids: np.ndarray, tokenizer: Any) -> float:
    """Share of the tokens that the tokenizer has no word for, special ones left aside.

    Parameters
    ----------
    ids : ndarray of int, any shape
        Token ids of texts.
    tokenizer : transformers.PreTrainedTokenizerBase

    Returns
    -------
    float
        In 0 .. 1; 0 where the tokenizer can spell every word, or there is no token.
    """
    unknown = tokenizer.unk_token_id
    if unknown is None:
        return 0.0
    special = [one for one in tokenizer.all_special_ids if one != unknown]
    words = ids[~np.isin(ids, special)]
    return float((words == unknown).mean()) if len(words) else 0.0


def unknown_words(share: float, what: str) -> str:
    """A sentence for a share that is too high, "" for another.

    Raises
    ------
    ModelError
        If no word at all is known: every text looks the same to the model.
    """
    if share >= 1.0:
        raise ModelError(
            f"The tokenizer of the {what} knows none of the words of these texts: "
            "to the model they would all be the same.",
            "Choose a model for their language and script, or bring back the tokenizer's files "
            "that belong to the model.",
        )
    if share <= MOST_UNKNOWN:
        return ""
    return (
        f"The tokenizer of the {what} does not know {share:.0%} of the words of these texts: "
        "the model sees one and the same sign for all of them."
    )


def check_ids(ids: np.ndarray, rows: int | None, tokenizer: Any, what: str) -> None:
    """Refuse token ids that the model has no word vector for.

    Parameters
    ----------
    ids : ndarray of int, any shape
    rows : int or None
        Word vectors of the model; None where it has no table of them.
    tokenizer : transformers.PreTrainedTokenizerBase

    Raises
    ------
    ModelError
    """
    if rows is None or not ids.size or int(ids.max()) < rows:
        return
    beyond = np.unique(ids[ids >= rows])
    words = ", ".join(repr(tokenizer.convert_ids_to_tokens(int(one))) for one in beyond[:3])
    raise ModelError(
        f"The tokenizer of the {what} has {len(beyond):,} words in these texts that the model has "
        f"no vector for ({words}{', …' if len(beyond) > 3 else ''}): it has {rows:,}.",
        "Bring back the tokenizer's files that belong to these weights.",
    )


def no_room(tokenizer: Any, max_length: int) -> tuple[str, str] | None:
    """Sentence and remedy where ``max_length`` has no room for a question and its context."""
    least = 2 * tokenizer.num_special_tokens_to_add(pair=True) + 8
    if max_length >= least:
        return None
    return (
        f"max_length is {max_length}, which has no room for a question and its context.",
        f"Set it to at least {least}; 192 to 384 are usual.",
    )
