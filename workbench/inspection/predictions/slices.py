"""Slices: groups of examples by what they are like, and where the model errs most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, RunError, WorkbenchError
from ...intervals import mean_interval, wilson_interval
from .slice_columns import FEATURES, OF_RUN, SliceColumns
from .slice_query import parse, quoted, select

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe

LEAST = 10  # examples of a slice that is looked at automatically
VALUES = 50  # of a column with names: the most frequent
WORDS = 300  # that are tried: the most frequent
COLUMNS = [
    "slice", "query", "examples", "errors", "error_rate", "low", "high", "elsewhere", "p",
    "p_corrected",
]  # fmt: skip


@dataclass(frozen=True)
class Slice:
    """A name and a query (see :mod:`workbench.inspection.predictions.slice_query`)."""

    name: str
    query: str

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise DataError(f"The slice's name is {self.name!r}.", "Give it a few words.")
        parse(self.query)


def slice_errors(
    run: Any, slices: list[Slice] | dict[str, str], split: str = "test", *, tests: int | None = None
) -> pd.DataFrame:
    """How often the model errs on slices, beside all other examples.

    Parameters
    ----------
    run : Run, pandas.DataFrame or SliceColumns
    slices : list of Slice, or dict of name to query
    tests : int, optional
        How many tests the correction counts; as many as there are slices when not given.

    Returns
    -------
    pandas.DataFrame, a row a slice, in their order
        ``slice``, ``query``, ``examples``, ``errors``, ``error_rate`` with its 95 % Wilson interval
        ``low``, ``high``, ``elsewhere`` (the error rate of all other examples), ``p`` (one-sided:
        such a rate or a higher one by chance; Fisher's exact test) and ``p_corrected`` (Holm, 1979:
        valid however the slices overlap). Of numbers ``error_rate`` and ``elsewhere`` are mean
        absolute errors, of what else is only near mean distances; ``errors`` is then NaN, the
        interval a normal one and the test Mann-Whitney's. NaN where a slice is empty or holds
        everything.
    """
    import pandas as pd

    columns = run if isinstance(run, SliceColumns) else SliceColumns(run, split)
    if isinstance(slices, dict):
        slices = [Slice(name, query) for name, query in slices.items()]
    wrong, kind = columns.errors()
    rows = []
    for one in slices:
        mask = select(one.query, columns.__getitem__)
        rows.append((one.name, one.query, *_measured(wrong, mask, kind)))
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    return table.assign(p_corrected=holm(table["p"].to_numpy(float), tests))


def find_slices(
    run: Any, split: str = "test", *, least: int = LEAST, level: float = 0.05
) -> pd.DataFrame:
    """Slices on which the model errs significantly more often than elsewhere.

    Tried are: the shortest and longest fifths, languages, texts in many pieces a word,
    near-duplicates of training texts, negation, capitals, emoji, values and fifths of the source's
    columns, and frequent words.

    Parameters
    ----------
    run : Run, pandas.DataFrame or SliceColumns
    least : int
        Examples that a slice must have, and leave outside.
    level : float
        Largest corrected p-value; 1 returns all that were tried.

    Returns
    -------
    pandas.DataFrame
        As :func:`slice_errors`, the smallest p first. ``attrs["tests"]`` says how many were tried.
        Of slices with the very same examples one is kept.
    """
    columns = run if isinstance(run, SliceColumns) else SliceColumns(run, split)
    tried, seen = [], set()
    for query in _candidates(columns, least):
        mask = select(query, columns.__getitem__)
        key = np.packbits(mask).tobytes()
        if least <= mask.sum() <= len(mask) - least and key not in seen:
            seen.add(key)
            tried.append(Slice(query, query))
    words, counts = _frequent_words(columns.texts, least)
    wrong, kind = columns.errors()
    rows = slice_errors(columns, tried)
    if len(words):
        import pandas as pd

        more = []
        for word, mask in zip(words, counts, strict=True):
            key = np.packbits(mask).tobytes()
            if key not in seen:
                seen.add(key)
                query = f"text has {quoted(word)}"
                more.append((query, query, *_measured(wrong, mask, kind)))
        parts = [part for part in (rows, pd.DataFrame(more, columns=COLUMNS[:-1])) if len(part)]
        rows = pd.concat(parts, ignore_index=True) if parts else rows  # an empty one has no types
    rows["p_corrected"] = holm(rows["p"].to_numpy(float))
    found = rows[rows["p_corrected"] <= level].sort_values("p", kind="stable", ignore_index=True)
    found.attrs["tests"] = len(rows)
    return found


def slice_examples(run: Any, query: str, split: str = "test") -> pd.DataFrame:
    """The predictions of a slice, the worst first; the index is the position there."""
    columns = run if isinstance(run, SliceColumns) else SliceColumns(run, split)
    mask = select(query, columns.__getitem__)
    wrong, _ = columns.errors()
    table = columns.table.reset_index(drop=True)
    worst = table["loss"].to_numpy() if "loss" in table.columns else wrong
    rows = np.flatnonzero(mask)
    return table.iloc[rows[np.argsort(-worst[rows], kind="stable")]]


def holm(p: np.ndarray, tests: int | None = None) -> np.ndarray:
    """p-values corrected for many tests (S. Holm, 1979); NaN stays NaN and is not counted.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    corrected = np.full(len(p), np.nan)
    usable = np.flatnonzero(~np.isnan(p))
    order = usable[np.argsort(p[usable], kind="stable")]
    m = len(order) if tests is None else max(tests, len(order))
    steps = p[order] * (m - np.arange(len(order)))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def saved_slices(run: Any) -> dict[str, str]:
    """Slices made by hand: those of the run's recipe, then those saved in its folder."""
    return {**run.recipe.slices, **_kept(run)}


def save_slice(run: Any, name: str, query: str | None) -> dict[str, str]:
    """Keep a slice in the run's folder (``slices.json``); a query of None takes it away.

    Returns
    -------
    dict of str to str
        What :func:`saved_slices` gives now.
    """
    from ...atomic_files import write_json

    known = _kept(run)
    if query is None:
        known.pop(name, None)
    else:
        kept = Slice(name.strip(), query.strip())
        known[kept.name] = kept.query
    try:
        write_json(run.path / "slices.json", known)
    except OSError as error:
        raise RunError(
            f"The slice cannot be kept in {run.path} ({error.strerror or error}).",
            "Copy the run to a place that you may write.",
        ) from error
    return saved_slices(run)


def _kept(run: Any) -> dict[str, str]:
    """Slices in the run's folder; a damaged file is said, so that saving does not replace it."""
    from ...run_folder.files import is_missing, read_fields

    found, problem = read_fields(run.path, "slices.json")
    odd = [name for name, query in found.items() if not isinstance(query, str)]
    if odd:
        problem = f"its slice {odd[0]!r} is no text"
    if problem and not is_missing(problem):
        raise RunError(
            f"slices.json of the run {run.path.name} is damaged: {problem}.",
            "Remove the file; the slices of the recipe are still there.",
        )
    return found


def slices_recipe(run: Any) -> Recipe:
    """The run's recipe with its slices, so that the next run has them too."""
    return run.recipe.replace(slices=saved_slices(run))


def _measured(wrong: np.ndarray, mask: np.ndarray, kind: str) -> tuple:
    """examples, errors, rate, low, high, elsewhere, p of one slice."""
    from scipy.stats import hypergeom, mannwhitneyu

    n, total = int(mask.sum()), len(mask)
    nan = float("nan")
    rate = float(wrong[mask].mean()) if n else nan
    rest = float(wrong[~mask].mean()) if n < total else nan
    partial = 0 < n < total
    if kind != "error":
        low, high = mean_interval(wrong[mask])
        p = (
            mannwhitneyu(wrong[mask], wrong[~mask], alternative="greater").pvalue
            if partial
            else nan
        )
        return n, nan, rate, max(0.0, low), high, rest, float(p)
    errors = int(wrong[mask].sum())
    low, high = wilson_interval(errors, n)
    p = hypergeom.sf(errors - 1, total, int(wrong.sum()), n) if partial else nan
    return n, errors, rate, low, high, rest, float(p)


def _candidates(columns: SliceColumns, least: int) -> Iterator[str]:
    names = [n for n in (*FEATURES, *OF_RUN) if n in FEATURES or columns.run is not None]
    for name in [*names, *columns.source_names]:
        try:
            values = columns[name]
        except WorkbenchError:
            if name in OF_RUN:  # the run's model or data is gone: nothing to go by
                continue
            raise
        if values.dtype.kind == "b":
            yield quoted(name)
            yield f"not {quoted(name)}"
        elif values.dtype.kind in "iuf":
            yield from _fifths(name, values)
        else:
            shown, counts = np.unique(values.astype(str), return_counts=True)
            order = np.argsort(-counts, kind="stable")[:VALUES]
            yield from (f"{quoted(name)} = {quoted(shown[i])}" for i in order
                        if counts[i] >= least and shown[i])  # fmt: skip


def _fifths(name: str, values: np.ndarray) -> Iterator[str]:
    finite = values[np.isfinite(values.astype(float))]
    if not len(finite) or finite.min() == finite.max():
        return
    if finite.min() == 0 and np.mean(finite == 0) > 0.5:  # such as emoji: few have any
        yield f"{quoted(name)} > 0"
        return
    low, high = np.quantile(finite, [0.2, 0.8])
    yield f"{quoted(name)} <= {low:.4g}"
    yield f"{quoted(name)} >= {high:.4g}"


def _frequent_words(texts: list[str], least: int) -> tuple[list[str], list[np.ndarray]]:
    """Words that neither too few nor too many texts have, and which texts have them."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(
        binary=True, token_pattern=r"(?u)\b[^\W\d_]{2,}\b", min_df=min(least, len(texts)),
        max_features=WORDS,
    )  # fmt: skip
    try:
        found = counter.fit_transform(texts).tocsc()
    except ValueError:  # no word is so frequent
        return [], []
    words = counter.get_feature_names_out()
    masks = [np.zeros(len(texts), bool) for _ in words]
    for number, mask in enumerate(masks):
        mask[found.indices[found.indptr[number] : found.indptr[number + 1]]] = True
    kept = [i for i, m in enumerate(masks) if least <= m.sum() <= len(texts) - least]
    return [str(words[i]) for i in kept], [masks[i] for i in kept]
