"""What a table of predictions holds: declared by a task, and checked so that no view stumbles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from .errors import SpecError, shown
from .score_columns import score_columns, scored_names

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

#: What a column of predictions holds, and how that is said; "whole" numbers are numbers as well.
KINDS = {"text": "texts", "texts": "lists of texts", "number": "numbers", "list": "lists",
         "whole": "whole numbers"}  # fmt: skip


#: Columns that predictions may have beside those that are declared.
OPTIONAL = ("text", "pair", "label", "row", "id", "entities")


@dataclass(frozen=True, kw_only=True, eq=False)
class PredictionTable:
    """The columns of a task's predictions and what they mean.

    Parameters
    ----------
    columns : mapping of str to str
        Column to kind, one of :data:`KINDS`: what a table has whose right answers are known. It may
        have more (``pair``, ``row``).
    scores : bool
        Whether each class has a column of scores (:mod:`workbench.score_columns`), and label and
        prediction are among these classes.
    truth : str
        The column with what is right.
    same_by : tuple of str
        Columns that make an example of two runs the same one.
    as_many : tuple of str
        Columns whose lists are of one length in each row.
    hidden : tuple of str
        Columns that are not for people: left out of previews.
    whole : bool
        Whether a prediction is of a whole text, and not of its words or of a place in it.
    told_by : tuple of mapping of str to str
        Each one set of columns and kinds by which a table that does not say its task is known.
    """

    columns: Mapping[str, str] = dataclasses.field(
        default_factory=lambda: {"text": "text", "label": "text", "prediction": "text"}
    )
    scores: bool = False
    truth: str = "label"
    same_by: tuple[str, ...] = ("text", "pair", "label")
    as_many: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    whole: bool = True
    told_by: tuple[Mapping[str, str], ...] = ()

    def __post_init__(self):
        for field, kind, said in (
            ("columns", Mapping, "a mapping of columns to kinds"), ("truth", str, "a column"),
            ("scores", bool, "True or False"), ("whole", bool, "True or False"),
            ("same_by", tuple, "a tuple of columns"), ("as_many", tuple, "a tuple of columns"),
            ("hidden", tuple, "a tuple of columns"), ("told_by", tuple, "a tuple of mappings"),
        ):  # fmt: skip
            if not isinstance(value := getattr(self, field), kind) or field == "told_by" and any(
                not isinstance(one, Mapping) for one in value
            ):
                raise SpecError(
                    f"Predictions are declared with {shown(value)} for {field}.", f"Write {said}."
                )
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        for name, kind in [pair for one in (self.columns, *self.told_by) for pair in one.items()]:
            if not isinstance(kind, str) or kind not in KINDS:
                raise SpecError(
                    f"The column {shown(name)} of predictions is of the kind {shown(kind)}.",
                    f"A kind is one of {', '.join(map(repr, KINDS))}.",
                )
        for name in (self.truth, "prediction"):
            if name not in self.columns:
                raise SpecError(
                    f"Predictions are declared without their column {name!r}.",
                    "List it in columns, with what it holds.",
                )
        for field in ("same_by", "hidden"):
            for name in getattr(self, field):
                if name not in {*self.columns, *OPTIONAL}:
                    raise SpecError(
                        f"Predictions are declared with {shown(name)} in {field}, which is none of "
                        "their columns.",
                        f"List it in columns with what it holds, or leave it out of {field}.",
                    )
        for name in self.as_many:
            if self.columns.get(name) not in ("texts", "list"):
                raise SpecError(
                    f"Predictions are declared with {shown(name)} in as_many, which is no column "
                    "of lists.",
                    "List it in columns as 'texts' or 'list', or leave it out of as_many.",
                )


def columns_problem(schema: pyarrow.Schema, declared: PredictionTable | None) -> str:
    """What a predictions file lacks or has of another kind, half a sentence; "" when it is whole.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of a file that a run wrote: right answers are known.
    declared : PredictionTable or None
        Of its task; None where that is not known here, and only names are looked at.
    """
    names = schema.names
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        return f"it has two columns {twice[0]!r}"
    if declared is None:
        return "" if "prediction" in names else "it has no column 'prediction'"
    kinds = {name: arrow_kind(schema.field(name).type) for name in names}
    for name, kind in declared.columns.items():
        if name not in kinds:
            return f"it has no column {name!r}"
        if not holds(kind, kinds[name]):
            return f"its column {name!r} does not hold {KINDS[kind]}"
    scores = score_columns(names)
    if declared.scores and not scores:
        return "it has no scores"
    wrong = [name for name in scores if not holds("number", kinds[name])]
    if wrong:
        return f"its column {wrong[0]!r} does not hold numbers"
    if "pair" in kinds and kinds["pair"] != "text":
        return "its column 'pair' does not hold texts"
    return ""


def cells_problem(table: pd.DataFrame, declared: PredictionTable | None) -> str:
    """What cells of a table with the right columns cannot be; "" when all can."""
    import numpy as np

    if declared is None:
        return ""
    for name, kind in declared.columns.items():
        if kind in ("text", "texts") or name in (declared.truth, "prediction"):
            if table[name].isna().any():
                return f"its column {name!r} has empty cells"
    lengths = [table[name].map(len) for name in declared.as_many]
    if any(not one.equals(lengths[0]) for one in lengths[1:]):
        return "a sentence has not as many tags as words"
    scores = score_columns(table.columns)
    if scores and not np.isfinite(table[scores].to_numpy(float)).all():
        return "scores are no numbers"
    names = set(scored_names(scores))
    for name in (declared.truth, "prediction") if declared.scores else ():
        values = table[name]
        if declared.columns[name] == "texts":
            values = values.explode().dropna()
        if odd := set(values.unique()) - names:
            return f"its {name} {sorted(map(str, odd))[0]!r} has no scores"
    return ""


def holds(wanted: str, kind: str) -> bool:
    """Whether a column of this kind is of the kind that is wanted.

    >>> holds("number", "whole"), holds("whole", "number"), holds("list", "texts")
    (True, False, True)
    """
    return kind == wanted or (wanted, kind) in (("list", "texts"), ("number", "whole"))


def arrow_kind(kind: pyarrow.DataType) -> str:
    """Which of :data:`KINDS` a column of a file is; "other" for anything else."""
    import pyarrow.types as of

    if of.is_dictionary(kind):
        kind = kind.value_type
    if of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind):
        return "text"
    if of.is_integer(kind):
        return "whole"
    if of.is_floating(kind):
        return "number"
    if of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind):
        inside = kind.value_type
        return "texts" if of.is_null(inside) or arrow_kind(inside) == "text" else "list"
    return "other"
