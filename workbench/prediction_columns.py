"""What a table of predictions must have, so that no view of it stumbles over another file's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .score_columns import score_columns, scored_names

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

_CLASSES = {"text": "text", "label": "text", "prediction": "text", "loss": "number"}
_SETS = {"text": "text", "label": "texts", "prediction": "texts", "loss": "number"}
_NUMBERS = {"text": "text", "label": "number", "prediction": "number", "residual": "number",
            "loss": "number"}  # fmt: skip
_TAGS = {"text": "text", "tokens": "texts", "label": "texts", "prediction": "texts",
         "loss": "number", "score": "number"}  # fmt: skip
_ANSWERS = {"question": "text", "context": "text", "answers": "texts", "prediction": "text",
            "exact_match": "number", "f1": "number", "loss": "number", "score": "number",
            "start": "number", "end": "number", "n_best": "list"}  # fmt: skip


def columns_problem(schema: pyarrow.Schema) -> str:
    """What a predictions file lacks or has of another kind, half a sentence; "" when it is whole.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of a file that a run wrote: labels are known.
    """
    names = schema.names
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        return f"it has two columns {twice[0]!r}"
    kinds = {name: _kind(schema.field(name).type) for name in names}
    if {"question", "n_best", "exact_match"} & set(names):
        wanted = _ANSWERS
    elif "tokens" in names:
        wanted = _TAGS
    elif "residual" in names:
        wanted = _NUMBERS
    else:
        wanted = _SETS if kinds.get("prediction") == "texts" else _CLASSES
    for name, kind in wanted.items():
        if name not in kinds:
            return f"it has no column {name!r}"
        if kinds[name] != kind and (kind, kinds[name]) != ("list", "texts"):
            return f"its column {name!r} does not hold {_WORDS[kind]}"
    scores = score_columns(names)
    if wanted in (_CLASSES, _SETS) and not scores:
        return "it has no scores"
    wrong = [name for name in scores if kinds[name] != "number"]
    if wrong:
        return f"its column {wrong[0]!r} does not hold numbers"
    if "pair" in kinds and kinds["pair"] != "text":
        return "its column 'pair' does not hold texts"
    return ""


_WORDS = {"text": "texts", "texts": "lists of texts", "number": "numbers", "list": "lists"}


def _kind(kind: pyarrow.DataType) -> str:
    import pyarrow.types as of

    if of.is_dictionary(kind):
        kind = kind.value_type
    if of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind):
        return "text"
    if of.is_integer(kind) or of.is_floating(kind):
        return "number"
    if of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind):
        inside = kind.value_type
        return "texts" if of.is_null(inside) or _kind(inside) == "text" else "list"
    return "other"


def cells_problem(table: pd.DataFrame) -> str:
    """What cells of a table with the right columns cannot be; "" when all can."""
    import numpy as np

    for name in ("text", "question", "context", "label", "prediction"):
        if name in table and table[name].isna().any():
            return f"its column {name!r} has empty cells"
    if "tokens" in table:
        lengths = [table[name].map(len) for name in ("tokens", "label", "prediction")]
        if not (lengths[0].equals(lengths[1]) and lengths[0].equals(lengths[2])):
            return "a sentence has not as many tags as words"
    scores = score_columns(table.columns)
    if scores and not np.isfinite(table[scores].to_numpy(float)).all():
        return "scores are no numbers"
    names = set(scored_names(scores))
    for name in ("label", "prediction") if scores else ():
        values = table[name]
        if len(values) and not isinstance(values.iloc[0], str):
            values = values.explode().dropna()
        if odd := set(values.unique()) - names:
            return f"its {name} {sorted(map(str, odd))[0]!r} has no scores"
    return ""
