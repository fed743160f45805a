"""Texts that a model wrote, row by row: how good each is, what differs, what was invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError
from ...i18n import t
from ...intervals import mcnemar
from ...measures.alignment import align
from ...measures.invented import compare_facts
from ...measures.tables import measure_table, row_table
from ...measures.writing_systems import main_language
from ...task_words import called
from .kinds import task_for

if TYPE_CHECKING:
    import pandas as pd

    from ...measures.measure import Measure

#: Measures of which less is better; of the length ratio neither more nor less is.
LESS_IS_BETTER = (
    "character_error_rate", "phoneme_error_rate", "loss", "repetition_4", "wrong_language",
)  # fmt: skip
_FACTS = ("invented", "lost", "unsure")


def is_written(source: Any) -> bool:
    """Whether a run, a recipe or a table of predictions is of texts written for texts."""
    task = task_for(source)
    return bool(getattr(task, "text_metrics", ()))


def written_measures_of(run: Any, split: str = "test") -> dict[str, Measure]:
    """Every measure of the texts that a run wrote, by name; those that choose come first.

    Raises
    ------
    DataError
        If the task writes no texts, or nothing says what was to be written.
    """
    table = _table(run, split)
    return task_for(table).measures(table, all_of_them=True)


def written_report(run: Any, split: str = "test", *, resamples: int = 1000) -> pd.DataFrame:
    """All measures of written texts with 95 % intervals and how they were measured.

    Parameters
    ----------
    run : Run, or pandas.DataFrame with ``text``, ``label``, ``prediction``

    Returns
    -------
    pandas.DataFrame, a row a measure
        ``metric``, ``value``, ``low``, ``high``, ``method``, ``rows``, ``signature``.
    """
    return measure_table(written_measures_of(run, split), resamples=resamples)


def written_rows(run: Any, split: str = "test", *, all_of_them: bool = True) -> pd.DataFrame:
    """The predictions with a column for each measure of each row; NaN where it is not defined.

    ``all_of_them=False`` leaves out what takes long: what is invented, lost and copied.
    """
    table = _table(run, split)
    measured = row_table(task_for(table).measures(table, all_of_them=all_of_them))
    measured = measured.set_index(table.index)
    return table.join(measured[[name for name in measured if name not in table.columns]])


def worst_first(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows in the order of a measure, the worst first; those without a value at the end.

    Of the length ratio the worst is furthest from 1, of what is copied the most.
    """
    values = rows[metric].astype(float)
    if metric == "length_ratio":
        values = -np.abs(np.log(values.clip(lower=1e-6)))
    elif metric in LESS_IS_BETTER or metric.startswith((*_FACTS, "copied")):
        values = -values
    return rows.loc[values.sort_values(kind="stable", na_position="last").index]


def marked_texts(
    source: str, reference: str | None, output: str, *, source_language: str = "",
    output_language: str = "",
) -> dict[str, list[tuple[str, str]]]:  # fmt: skip
    """Source, reference and output in parts that say what became of them.

    Parameters
    ----------
    reference : str or None
        None where nobody knows it.
    source_language, output_language : str
        ISO 639-1 codes, by which names and negations are found; "" leaves both out.

    Returns
    -------
    dict of str to list of (str, str)
        Under ``source``, ``reference``, ``output`` the text in parts. The second of each is "" or,
        of reference and output, ``similar``, ``replaced``, ``missing`` or ``added``; of the source
        ``lost``; of the output ``invented`` or ``unsure`` before all of those.

    >>> marked_texts("", "a big cat", "a cat")["reference"]
    [('a ', ''), ('big', 'missing'), (' cat', '')]
    """
    facts = compare_facts(
        source, output, source_language=source_language, output_language=output_language
    )
    marks: dict[str, dict[int, str]] = {"source": {}, "reference": {}, "output": {}}
    for step in align(reference, output) if reference is not None else ():
        if step.op != "equal":
            for side, span in (("reference", step.first), ("output", step.second)):
                if span is not None:
                    marks[side] |= dict.fromkeys(range(*span), step.op)
    for kind, side, found in (
        ("unsure", "output", facts.unsure), ("invented", "output", facts.invented),
        ("lost", "source", facts.lost),
    ):  # fmt: skip
        for fact in found:
            marks[side] |= dict.fromkeys(range(fact.start, fact.end), kind)
    texts = {"source": source, "reference": reference or "", "output": output}
    return {side: _parts(text, marks[side]) for side, text in texts.items()}


def languages_of(table: pd.DataFrame) -> tuple[str, str]:
    """ISO 639-1 codes of what is read and of what is to be written; "" where it cannot be told."""
    return tuple(
        main_language(table[name].astype(str).tolist()) or "" if name in table else ""
        for name in ("text", "label")
    )  # type: ignore[return-value]


def row_measure(metric: str) -> str:
    """By what single texts are ordered where a metric decides of all: of a perplexity the loss."""
    return "loss" if metric == "perplexity" else metric


def written_changes(first: Any, second: Any, metric: str, split: str = "test") -> pd.DataFrame:
    """Two runs text by text: which wrote the better one.

    Parameters
    ----------
    first, second : Run or pandas.DataFrame
        Tested on the same examples.
    metric : str
        One of :func:`written_rows`, or ``perplexity``, which is looked at as the loss.

    Returns
    -------
    pandas.DataFrame, the rows that differ, the largest change first
        ``text``, ``label``, ``first``, ``second`` (the texts), ``before``, ``after`` (the values),
        ``change`` ("better" or "worse"). ``attrs`` has ``better``, ``worse``, ``equal`` and ``p``
        of the sign test: how often chance alone splits them so.

    Raises
    ------
    DataError
        If they were tested on different examples, or the measure is not there.
    """
    from ..comparing.same_examples import aligned_tables

    metric = row_measure(metric)
    both = aligned_tables([first, second], split)
    quick = metric in ("loss", *task_for(both[0]).text_metrics)
    tables = [written_rows(table, all_of_them=not quick) for table in both]
    if metric not in tables[0] or metric not in tables[1]:
        raise DataError(t("written.no_measure", metric=repr(metric)), t("written.measures"))
    before, after = (table[metric].to_numpy(float) for table in tables)
    gained = after - before
    if metric == "length_ratio":
        gained = np.abs(np.log(np.maximum(before, 1e-6))) - np.abs(np.log(np.maximum(after, 1e-6)))
    elif metric in LESS_IS_BETTER or metric.startswith((*_FACTS, "copied")):
        gained = -gained
    gained = np.where(np.abs(gained) <= 1e-12, 0.0, np.nan_to_num(gained))
    order = np.argsort(-np.abs(gained), kind="stable")
    order = order[gained[order] != 0]
    found = tables[0].iloc[order][["text", "label"]].assign(
        first=tables[0]["prediction"].to_numpy()[order],
        second=tables[1]["prediction"].to_numpy()[order],
        before=before[order], after=after[order],
        change=np.where(gained[order] > 0, "better", "worse"),
    )  # fmt: skip
    better, worse = int((gained > 0).sum()), int((gained < 0).sum())
    found.attrs.update(better=better, worse=worse, equal=len(gained) - better - worse,
                       p=mcnemar(better, worse))  # fmt: skip
    return found


def _table(run: Any, split: str) -> pd.DataFrame:
    table = run.predictions(split) if hasattr(run, "predictions") else run
    task = task_for(table)
    if not is_written(table) or not task.labelled(table):
        raise DataError(t("written.no_texts", task=called(task.name)), t("predictions.of_its_task"))
    return table


def _parts(text: str, marks: dict[int, str]) -> list[tuple[str, str]]:
    """A text in runs of characters with one mark; blanks between words of one mark join them."""
    kinds = [marks.get(place, "") for place in range(len(text))]
    for place in range(1, len(text) - 1):
        if text[place].isspace() and kinds[place - 1] == kinds[place + 1]:
            kinds[place] = kinds[place - 1]
    found: list[tuple[str, str]] = []
    for char, kind in zip(text, kinds, strict=True):
        if found and found[-1][1] == kind:
            found[-1] = (found[-1][0] + char, kind)
        else:
            found.append((char, kind))
    return found
