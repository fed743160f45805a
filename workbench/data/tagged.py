"""Sentences of words with a tag each: read, checked, brought to one scheme, split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, RecipeError, nearest
from . import fixes, sources
from .examples import Examples, fingerprint_of, split_tables

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ..recipe import Recipe

_FIRST, _LAST = set("BSU"), set("ESLU")  # prefixes of a word that begins, that ends an entity
_PREFIXES = {"B": "B", "I": "I", "E": "I", "L": "I", "S": "B", "U": "B"}  # of BIO, BIOES, BILOU
# ideographs, kana, their punctuation, full-width forms
UNSPACED = r"\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_BLANKS = re.compile(rf"(?<=[{UNSPACED}]) | (?=[{UNSPACED}])")
_FEW = 10  # sentences: rarer types share a stratum
_TAGS = ("tags", "ner_tags")  # usual names of the column


def load_tagged(recipe: Recipe) -> Examples:
    """Load, map, check, repair and split the data of a token-classification recipe.

    Tags of the schemes BIO, BIOES and BILOU, and plain tags without a prefix, become BIO (Ramshaw
    and Marcus, 1995). What had to be repaired is counted in the notes.

    Returns
    -------
    Examples
        Splits with ``text`` (the words joined), ``tokens`` and ``tags`` (lists of str of the
        same length), ``ids`` (places of the tags in ``label_names``) and ``row``;
        ``label_names`` are O, then B- and I- of each type.

    Raises
    ------
    DataError
        A missing column, another number of tags than of tokens, tags without names or of an
        unknown scheme; it names the row.
    RecipeError
        Settings that are for classes of whole texts.
    """
    _check_settings(recipe)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    tables = {name: _frame(name, split, recipe, notes) for name, split in splits.items()}
    tables = _mended(tables, recipe, notes)
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if not tables:
        raise DataError(f"No split of {recipe.dataset!r} has tagged words.", "Choose other data.")
    plain = _is_plain(tables)
    if plain:
        notes.append("The tags have no B- and I-: neighbours with one tag are one entity.")
    repaired = 0
    for name, frame in tables.items():
        found = [to_bio(tags, plain=plain) for tags in frame["tags"]]
        repaired += sum(count for _, count in found)
        tables[name] = frame.assign(tags=[tags for tags, _ in found])
    if repaired:
        notes.append(f"{repaired:,} entities began with I-; their first tag is read as B-.")
    types = sorted({tag[2:] for f in tables.values() for tags in f["tags"] for tag in tags} - {""})
    if not types:
        raise DataError("All tags are O.", "Training needs at least one entity.")
    strata = {name: _strata(frame["tags"], types) for name, frame in tables.items()}
    parts = split_tables(tables, strata, recipe, notes)
    names = ["O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI")]
    ids = {tag: number for number, tag in enumerate(names)}
    for name, frame in parts.items():
        parts[name] = frame.assign(ids=[[ids[tag] for tag in tags] for tags in frame["tags"]])
    counts = {name: _entities(frame["tags"], types) for name, frame in parts.items()}
    for kind in types:
        if not counts["train"][kind]:
            notes.append(f"The training split has no entity of the type {kind!r}.")
    return Examples(parts, names, notes, fingerprint_of(parts, names), counts)


def to_bio(tags: list[str], *, plain: bool = False) -> tuple[list[str], int]:
    """Tags of BIO, BIOES or BILOU, or plain ones, as BIO.

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
    found: list[str] = []
    repaired, before = 0, ""
    for tag in tags:
        if tag == "O":
            found.append("O")
            before = ""
            continue
        if plain:
            prefix, kind = ("I" if tag == before else "B"), tag
        else:
            prefix, kind = _PREFIXES[tag[0]], tag[2:]
            if prefix == "I" and kind != before:
                prefix, repaired = "B", repaired + 1
        found.append(f"{prefix}-{kind}")
        before = kind if plain or tag[0] not in _LAST else ""
    return found, repaired


def entity_spans(tags: list[str]) -> list[tuple[str, int, int]]:
    """Type, first word and the word after the last of each entity; an I- of its own begins one.

    Tags of BIO, IOB1, IOE, BIOES or BILOU.

    Examples
    --------
    >>> entity_spans(["B-per", "I-per", "O", "I-loc", "B-loc"])
    [('per', 0, 2), ('loc', 3, 4), ('loc', 4, 5)]
    """
    spans: list[tuple[str, int, int]] = []
    for number, tag in enumerate(tags):
        if tag == "O":
            continue
        kind = tag[2:]
        open_still = number and tags[number - 1][0] not in _LAST and tag[0] not in _FIRST
        if open_still and spans and spans[-1][0] == kind and spans[-1][2] == number:
            spans[-1] = (kind, spans[-1][1], number + 1)
        else:
            spans.append((kind, number, number + 1))
    return spans


def joined(tokens: Sequence[str]) -> str:
    """Words as a text: blanks between them, but none beside a Chinese or Japanese character.

    Examples
    --------
    >>> joined(["Ada", "Lovelace"]), joined(["江", "泽", "民", "。"])
    ('Ada Lovelace', '江泽民。')
    """
    return _BLANKS.sub("", " ".join(tokens))


def entities_text(tokens: list[str], tags: list[str]) -> str:
    """The entities of a sentence for people to read: ``Ada Lovelace (per); London (loc)``."""
    spans = entity_spans(list(tags))
    return "; ".join(f"{joined(tokens[start:end])} ({kind})" for kind, start, end in spans)


def _check_settings(recipe: Recipe) -> None:
    wrong = {
        "class_weights": "Weights are for classes of whole texts",
        "focal_gamma": "The focal loss is for classes of whole texts",
        "sampling": "Sampling goes by the class of a whole text",
        "corrections": "Corrections are for classes of whole texts",
    }
    for name, why in wrong.items():
        value = getattr(recipe, name)
        if value and value != "all":
            raise RecipeError(
                f"{name} is {value!r} for token-classification.", f"{why}; leave it out.",
                field=name,
            )  # fmt: skip
    fixes.check_allowed(recipe, ("drop_unaligned", *fixes.REPEATS))


def _frame(name: str, split: datasets.Dataset, recipe: Recipe, notes: list[str]) -> pd.DataFrame:
    """``text``, ``tokens``, ``tags`` (names), ``row`` and the split column of one split."""
    import pandas as pd

    usual = next((column for column in _TAGS if column in split.column_names), "tags")
    roles = {"tokens": "tokens", "tags": usual} | {
        role: column for role, column in recipe.columns.items() if role in ("tokens", "tags")
    }
    if recipe.split_column is not None:
        roles["key"] = recipe.split_column
    for role, column in roles.items():
        if column not in split.column_names:
            setting = "split_column" if role == "key" else f"columns={{'{role}': 'your column'}}"
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, split.column_names) + f" Set it with {setting}.",
            )
    names = _tag_names(split.features[roles["tags"]])
    plain = split.with_format(None)
    rows: dict[str, list] = {role: [] for role in ("text", "tokens", "tags", "row")}
    empty = 0
    for row, (tokens, tags) in enumerate(
        zip(plain[roles["tokens"]], plain[roles["tags"]], strict=True)
    ):
        if not tokens:
            empty += 1
            continue
        tags = _checked(name, row, tokens, tags, names, equal="drop_unaligned" not in recipe.fixes)
        rows["tokens"].append(list(tokens))
        rows["tags"].append(tags)
        rows["text"].append(joined(tokens))
        rows["row"].append(row)
    if empty:
        notes.append(f"{empty:,} rows of {name!r} have no words and are left out.")
    frame = pd.DataFrame(rows)
    if "key" in roles:
        frame["key"] = split.select(rows["row"]).to_pandas()[roles["key"]].to_numpy()
    return frame


def _tag_names(feature) -> list[str] | None:
    """Names of the tags, where the data holds their numbers."""
    inner = getattr(feature, "feature", feature)
    return getattr(inner, "names", None)


def _mended(tables: dict, recipe: Recipe, notes: list[str]) -> dict:
    """The tables after the recipe's fixes, which go by words and tags."""
    if not recipe.fixes:
        return tables
    tables = {n: f.assign(label=[" ".join(tags) for tags in f["tags"]]) for n, f in tables.items()}
    tables, said = fixes.apply(tables, recipe.fixes)
    notes += said
    return {name: frame.drop(columns="label") for name, frame in tables.items()}


def _checked(
    split: str, row: int, tokens, tags, names: list[str] | None, *, equal: bool = True
) -> list[str]:
    """The tags of a row under their names."""
    place = f"Row {row} of {split!r}"
    if not isinstance(tokens, (list, tuple)) or not isinstance(tags, (list, tuple)):
        raise DataError(
            f"{place} has no lists of words and tags.",
            "Give each row a list of words and a list of tags, or read a CoNLL file.",
        )
    if equal and len(tokens) != len(tags):
        raise DataError(
            f"{place} has {len(tokens)} words and {len(tags)} tags.",
            "Give each word one tag, or leave such rows out with fixes=['drop_unaligned'].",
        )
    odd = [token for token in tokens if not isinstance(token, str)]
    if odd:
        raise DataError(f"{place} has {odd[0]!r} among its words, which is no text.", "Correct it.")
    if names is not None:
        tags = [names[tag] if tag is not None and 0 <= tag < len(names) else tag for tag in tags]
    odd = [tag for tag in tags if not isinstance(tag, str) or not tag.strip()]
    if odd:
        raise DataError(
            f"{place} has the tag {odd[0]!r}, which has no name.",
            "Write tags as O, B-person, I-person, or give the column names for its numbers.",
        )
    return list(tags)


def _is_plain(tables: dict[str, pd.DataFrame]) -> bool:
    """Whether tags have no prefix at all; a mixture is refused."""
    with_prefix, without = None, None
    for name, frame in tables.items():
        for row, tags in zip(frame["row"], frame["tags"], strict=True):
            for tag in tags:
                if tag == "O":
                    continue
                if len(tag) > 2 and tag[1] == "-" and tag[0] in _PREFIXES:
                    with_prefix = tag
                else:
                    without = (tag, row, name)
                if with_prefix and without:
                    raise DataError(
                        f"Row {without[1]} of {without[2]!r} has the tag {without[0]!r}, "
                        f"and others are like {with_prefix!r}.",
                        "Known are O and B-, I-, E-, S- (or L-, U-) before the type, "
                        "or types alone.",
                    )
    return with_prefix is None


def _strata(column: pd.Series, types: list[str]) -> np.ndarray:
    """The rarest type of each sentence, 0 where there is none or it is very rare."""
    kinds = [{tag[2:] for tag in tags if tag != "O"} for tags in column]
    counts = Counter(kind for found in kinds for kind in found)
    number = {kind: i + 1 for i, kind in enumerate(types) if counts[kind] >= _FEW}
    rare = [min(found, key=lambda k: (counts[k], k), default=None) for found in kinds]
    return np.asarray([number.get(kind, 0) for kind in rare], dtype=np.int64)


def _entities(column: pd.Series, types: list[str]) -> dict[str, int]:
    counts = Counter(kind for tags in column for kind, _, _ in entity_spans(tags))
    return {kind: counts[kind] for kind in types}
