"""Sentences of words with a tag each: read, checked, brought to one scheme, split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError
from .. import fixes
from ..examples import Examples, split_tables
from ..fingerprint import fingerprint_of
from ..reading import sources
from ..settings import check_settings
from ..unlabelled import labelled_splits
from . import tagged_rows, word_cutting, word_learning
from .tag_schemes import MixedTags, Scheme, as_bio, find_scheme
from .tag_spans import entities_text, entity_spans, tag_spans
from .words_in_text import UNSPACED, joined

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ...recipe import Recipe

__all__ = [
    "UNSPACED", "cutting_of", "entities_text", "entity_spans", "examples_of", "joined",
    "load_tagged", "scheme_of", "tag_spans", "to_bio",
]  # fmt: skip
_FEW = 10  # sentences: rarer types share a stratum
_TRIED = 2000  # sentences that the rules of cutting are tried on


def load_tagged(recipe: Recipe) -> Examples:
    """Load, map, check, repair and split the data of a token-classification recipe.

    Tags of entities become BIO (Ramshaw and Marcus, 1995) whatever scheme they are written in; tags
    of words, such as parts of speech, stay as they are (:mod:`.tag_schemes`). What had to be
    repaired is counted in the notes.

    Returns
    -------
    Examples
        Splits with ``text``, ``tokens`` and ``tags`` (lists of str of the same length), ``ids``
        (places of the tags in ``label_names``) and ``row``; ``label_names`` are O, then B- and I-
        of each type, or the tags of words in alphabetical order. ``learnt["words"]`` says how
        texts are cut into words (:class:`.word_cutting.Cutting`).

    Raises
    ------
    DataError
        A missing column, another number of tags than of tokens, tags without names or of an
        unknown scheme; it names the row.
    RecipeError
        Settings that are for classes of whole texts.
    """
    check_settings(recipe)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    first = splits["train"] if "train" in splits else next(iter(splits.values()))
    splits, left = labelled_splits(splits, tagged_rows.tags_column(first, recipe))
    notes += [note.what for note in left]
    return examples_of(splits, recipe, notes)


def examples_of(
    splits: dict[str, datasets.Dataset], recipe: Recipe, notes: list[str] | None = None
) -> Examples:
    """As :func:`load_tagged`, of splits that are opened already."""
    notes = [] if notes is None else notes
    check_settings(recipe)
    tables, problems = tagged_rows.tables_of(splits, recipe)
    for problem in problems:
        if problem.severity == "error":
            raise problem.error()
        notes.append(problem.said)
    tables = _mended(tables, recipe, notes)
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if not tables:
        raise DataError(f"No split of {recipe.dataset!r} has tagged words.", "Choose other data.")
    scheme = scheme_of(tables, recipe)
    notes += scheme.notes
    repaired = 0
    for name, frame in tables.items():
        found = [scheme.read(tags) for tags in frame["tags"]]
        repaired += sum(count for _, count in found)
        tables[name] = frame.assign(tags=[tags for tags, _ in found])
    if repaired:
        notes.append(f"{repaired:,} entities began with I-; their first tag is read as B-.")
    kinds = _kinds(tables.values(), scheme.plain)
    strata = {name: _strata(frame["tags"], kinds, scheme.plain) for name, frame in tables.items()}
    parts = split_tables(tables, strata, recipe, notes)
    names = kinds if scheme.plain else ["O", *(f"{p}-{kind}" for kind in kinds for p in "BI")]
    ids = {tag: number for number, tag in enumerate(names)}
    for name, frame in parts.items():
        parts[name] = frame.assign(ids=[[ids[tag] for tag in tags] for tags in frame["tags"]])
    counts = {name: _counted(frame["tags"], kinds, scheme.plain) for name, frame in parts.items()}
    what = "word with the tag" if scheme.plain else "entity of the type"
    for kind in kinds:
        if not counts["train"][kind]:
            notes.append(f"The training split has no {what} {kind!r}.")
    cutting, said = cutting_of(parts["train"])
    notes += said
    learnt = {"words": cutting.to_dict()}
    return Examples(parts, names, notes, fingerprint_of(parts, names), counts, learnt)


def scheme_of(tables: dict[str, pd.DataFrame], recipe: Recipe) -> Scheme:
    """The scheme of the tags of all splits together.

    Raises
    ------
    DataError
        If they are of none, numbers without names, or all of them say that there is no entity.
    """
    counts = Counter(tag for frame in tables.values() for tags in frame["tags"] for tag in tags)
    try:
        scheme = find_scheme(counts, recipe.reading.get("tags"))
    except MixedTags as error:
        place = next(
            f"Row {row} of {name!r}"
            for name, frame in tables.items()
            for row, tags in zip(frame["row"], frame["tags"], strict=True)
            if error.tag in tags
        )
        raise DataError(f"{place} {error.what}.", error.remedy) from error
    if not scheme.plain and not any(letter for letter, _ in scheme.parts.values()):
        raise DataError("All tags are O.", "Training needs at least one entity.")
    if scheme.plain and len(counts) < 2:
        raise DataError(
            f"All words have the tag {next(iter(counts))!r}.",
            "Training needs two tags at least; another column may hold the tags that are meant.",
        )
    return scheme


def cutting_of(train: pd.DataFrame) -> tuple[word_cutting.Cutting, list[str]]:
    """How the training sentences were cut into words, and what is to be said of it."""
    cutting = word_learning.learn(train["tokens"].tolist())
    tried = train.head(_TRIED)
    other = sum(
        cutting.cut(text) != [token for token in tokens if token.strip()]
        for text, tokens in zip(tried["text"], tried["tokens"], strict=True)
    )
    if not other:
        return cutting, []
    return cutting, [
        f"{other:,} of {len(tried):,} training sentences would be cut into other words if they "
        "were given as plain texts; predict lists of words where that matters."
    ]


def to_bio(tags: Sequence[str], *, plain: bool = False) -> tuple[list[str], int]:
    """Tags of BIO, BIOES or BILOU, or plain types of entities, as BIO.

    Returns
    -------
    list of str
        B- for the first word of each entity, I- for the others, O outside.
    int
        Entities that began with I- (or E-) and were repaired.

    Examples
    --------
    >>> to_bio(["S-per", "O", "B-loc", "E-loc", "I-org"])
    (['B-per', 'O', 'B-loc', 'I-loc', 'B-org'], 1)
    >>> to_bio(["loc", "loc", "O"], plain=True)
    (['B-loc', 'I-loc', 'O'], 0)
    """
    parts = [("", "") if t == "O" else ("=", t) if plain else (t[0], t[2:]) for t in tags]
    return as_bio(parts)


def _mended(tables: dict, recipe: Recipe, notes: list[str]) -> dict:
    """The tables after the recipe's fixes, which go by words and tags."""
    if not recipe.fixes:
        return tables
    tables = {n: f.assign(label=[" ".join(map(str, tags)) for tags in f["tags"]])
              for n, f in tables.items()}  # fmt: skip
    tables, said = fixes.apply(tables, recipe.fixes)
    notes += said
    return {name: frame.drop(columns="label") for name, frame in tables.items()}


def _kinds(tables: Iterable[pd.DataFrame], plain: bool) -> list[str]:
    """Types of entities, or tags of words, in alphabetical order."""
    tags = {tag for frame in tables for row in frame["tags"] for tag in row}
    return sorted(tags if plain else {tag[2:] for tag in tags} - {""})


def _strata(column: pd.Series, kinds: list[str], plain: bool) -> np.ndarray:
    """The rarest type of each sentence, 0 where there is none or it is very rare."""
    rows = [set(tags) if plain else {tag[2:] for tag in tags if tag != "O"} for tags in column]
    counts = Counter(kind for found in rows for kind in found)
    number = {kind: i + 1 for i, kind in enumerate(kinds) if counts[kind] >= _FEW}
    rare = [min(found, key=lambda k: (counts[k], k), default=None) for found in rows]
    return np.asarray([number.get(kind, 0) for kind in rare], dtype=np.int64)


def _counted(column: pd.Series, kinds: list[str], plain: bool) -> dict[str, int]:
    counts = Counter(kind for tags in column for kind, _, _ in tag_spans(tags, plain=plain))
    return {kind: counts[kind] for kind in kinds}
