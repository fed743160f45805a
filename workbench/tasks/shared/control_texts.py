"""Texts that spell out control tokens, such as ``</s>``: they stay text.

A tokenizer would end a text there, or begin another one, wherever somebody wrote such a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...data.rendering.control import Tokens, key_of, pattern_of, said

READ = "control_tokens"  # a recipe's ``reading`` says with it that they are control tokens


def as_texts(
    tokenizer: Any, texts: Sequence[str], *, before: int = 0, after: int = 0, bare: bool = False,
    most: int | None = None, tokens: Tokens | None = None,
) -> dict[int, list[int]]:  # fmt: skip
    """Token ids of the texts that spell out control tokens, by their number.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    texts : sequence of str
    before, after : int
        Characters at both ends that the recipe wrote: control tokens in them are such.
    bare : bool
        Whether no special tokens stand around them.
    most : int, optional
        Tokens of each at most; the end is cut within the special ones.
    tokens : Tokens, optional
        Of the tokenizer, where it is asked often.
    """
    pattern = pattern_of(tokenizer)
    held = [] if pattern is None else [
        (row, [m.start() + 1 for m in pattern.finditer(text, before, len(text) - after)])
        for row, text in enumerate(texts)
    ]  # fmt: skip
    held = [(row, breaks) for row, breaks in held if breaks]
    if not held:
        return {}
    tokens = tokens or Tokens(tokenizer)
    around = [] if bare else list(tokenizer("", verbose=False)["input_ids"])
    first = _beginning(tokenizer, around)
    found = {}
    for row, breaks in held:
        ids = tokens.encode(texts[row], breaks)[0]
        if most is not None:
            ids = ids[: max(0, most - len(around))]
        found[row] = [*around[:first], *ids, *around[first:]]
    return found


def _beginning(tokenizer: Any, around: list[int]) -> int:
    """How many of the special tokens around a text stand in front of it."""
    if not around:
        return 0
    whole = list(tokenizer("a", verbose=False)["input_ids"])
    bare = list(tokenizer("a", add_special_tokens=False, verbose=False)["input_ids"])
    places = [n for n in range(len(around) + 1) if [*around[:n], *bare, *around[n:]] == whole]
    if bare and places:
        return places[0]
    ends = {tokenizer.sep_token_id, tokenizer.eos_token_id}
    return next((n for n, token in enumerate(around) if token in ends), len(around))


def told(encoded: Any, tokenizer: Any, *columns: Iterable[str], kept: bool) -> Any:
    """:class:`.encoding.Encoded` rows that say in how many of them texts spell out control tokens,
    and which, the most frequent first; ``kept``: whether they are such."""
    pattern = pattern_of(tokenizer)
    return told_of(encoded, (
        {one for text in texts for one in pattern.findall(text)} if pattern else set()
        for texts in zip(*columns, strict=True)
    ), kept=kept)  # fmt: skip


def told_of(encoded: Any, found: Iterable[set[str]], *, kept: bool) -> Any:
    """The same, where it is known which control tokens each row of the data spells out."""
    sentence, rows = said(found, key_of(kept=kept))
    if rows:
        encoded.spelt, encoded.spelt_rows = sentence, rows
        encoded.notes.append(sentence)
    return encoded
