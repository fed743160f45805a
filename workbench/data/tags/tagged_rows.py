"""Rows of words and tags out of a data set's columns, and what is wrong with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...errors import DataError, nearest
from .words_in_text import joined, placed

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ...recipe import Recipe

_TAGS = ("tags", "ner_tags")  # usual names of the column


@dataclasses.dataclass
class Problem:
    """Rows that have one thing wrong.

    Parameters
    ----------
    kind : str
        Short name, that of the finding.
    what : str
        With the number of rows before it, a sentence without its full stop.
    places : list of str
        Where, and what stands there.
    severity : {'error', 'info'}
        Training refuses; or leaves these rows out.
    fix : str
        Of :data:`..fixes.FIXES`, that leaves these rows out.
    """

    kind: str
    what: str
    remedy: str
    severity: str = "error"
    fix: str = ""
    places: list[str] = dataclasses.field(default_factory=list)

    @property
    def said(self) -> str:
        """The sentence with the number of rows."""
        if len(self.places) == 1:
            what = self.what.replace("have ", "has ", 1).replace(" and are left", " and is left")
            return f"1 row {what}."
        return f"{len(self.places):,} rows {self.what}."

    def error(self) -> DataError:
        """What training says."""
        more = f" ({len(self.places):,} rows)" if len(self.places) > 1 else ""
        return DataError(f"{self.places[0]}{more}.", self.remedy)


def tables_of(
    splits: dict[str, datasets.Dataset], recipe: Recipe
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """``text``, ``tokens``, ``tags`` (names, or ``""`` where there is none), ``row`` of each split.

    Returns
    -------
    (dict of str to pandas.DataFrame, list of Problem)
        Rows without words, or that are no lists, are not in the tables.

    Raises
    ------
    DataError
        If a column is not there.
    """
    problems = {
        "lists": Problem(
            "empty tokens", "have no lists of words and tags",
            "Give each row a list of words and a list of tags, or read a CoNLL file."),
        "unaligned": Problem(
            "tags not aligned", "have another number of tags than of tokens",
            "Give each token one tag, or leave these rows out with fixes=['drop_unaligned'].",
            fix="drop_unaligned"),
        "untagged": Problem(
            "words without a tag", "have words without a tag",
            "Write O where there is no entity, or leave these rows out with "
            "fixes=['drop_unaligned'].", fix="drop_unaligned"),
        "unnamed": Problem(
            "tags without a name", "have numbers of tags that have no name",
            "Name all of them in their order with reading={'tag_names': ['O', ...]}."),
        "odd": Problem("words that are no texts", "have words that are no texts", "Correct them."),
        "empty": Problem("empty tokens", "have no words and are left out", "", severity="info"),
    }  # fmt: skip
    tables = {
        name: _frame(name, split, recipe, problems) for name, split in splits.items() if len(split)
    }
    return tables, [problem for problem in problems.values() if problem.places]


def _frame(
    name: str, split: datasets.Dataset, recipe: Recipe, problems: dict[str, Problem]
) -> pd.DataFrame:
    import pandas as pd

    roles = _roles(split, recipe)
    names = recipe.reading.get("tag_names") or _tag_names(split.features[roles["tags"]])
    lenient = "drop_unaligned" in recipe.fixes
    rows: dict[str, list] = {role: [] for role in ("text", "tokens", "tags", "row")}
    for row, (tokens, tags, text) in enumerate(_values(split, roles)):
        place = f"Row {row} of {name!r}"
        if not isinstance(tokens, (list, tuple)) or not isinstance(tags, (list, tuple)):
            if tokens is None or (isinstance(tokens, (list, tuple)) and not tokens):
                problems["empty"].places.append(place)
            else:
                problems["lists"].places.append(f"{place} has no lists of words and tags")
            continue
        if not tokens:
            problems["empty"].places.append(place)
            continue
        odd = [token for token in tokens if not isinstance(token, str)]
        if odd:
            said = f"{place} has {odd[0]!r} among its words, which is no text"
            problems["odd"].places.append(said)
            continue
        found = [_named(tag, names) for tag in tags]
        if not lenient:
            _judge(place, tokens, tags, found, problems)
        rows["tokens"].append(list(tokens))
        rows["tags"].append(["" if tag is None else tag for tag in found])
        rows["text"].append(_text_of(text, tokens))
        rows["row"].append(row)
    frame = pd.DataFrame(rows)
    if "key" in roles:
        frame["key"] = split.select(rows["row"]).to_pandas()[roles["key"]].to_numpy()
    return frame


def _judge(place: str, tokens, tags, found: list, problems: dict[str, Problem]) -> None:
    if len(tokens) != len(tags):
        problems["unaligned"].places.append(
            f"{place} has {len(tokens)} words and {len(tags)} tags"
        )
        return
    for token, tag, name in zip(tokens, tags, found, strict=True):
        if name is None:
            if _gone(tag):
                problems["untagged"].places.append(f"{place} has no tag for {token!r}")
            else:
                said = f"{place} has the tag {tag!r} for {token!r}, which has no name"
                problems["unnamed"].places.append(said)
            return


def _gone(tag: Any) -> bool:
    return tag is None or tag != tag or (isinstance(tag, str) and not tag.strip())


def _named(tag: Any, names: list[str] | None) -> str | None:
    """The name of a tag, None where it has none; numbers without names as they are written."""
    if _gone(tag):
        return None
    if isinstance(tag, float) and tag.is_integer():
        tag = int(tag)
    if names is not None and isinstance(tag, str) and tag.isdecimal():
        tag = int(tag)
    if names is not None and isinstance(tag, int):
        return names[tag] if 0 <= tag < len(names) else None
    return str(tag)


def tags_column(split: datasets.Dataset, recipe: Recipe) -> str:
    """The column of tags: what the recipe says, or the usual name that is there."""
    usual = next((column for column in _TAGS if column in split.column_names), "tags")
    return recipe.columns.get("tags", usual)


def _roles(split: datasets.Dataset, recipe: Recipe) -> dict[str, str]:
    tokens = recipe.columns.get("tokens", "tokens")
    roles = {"tokens": tokens, "tags": tags_column(split, recipe)}
    if recipe.split_column is not None:
        roles["key"] = recipe.split_column
    for role, column in roles.items():
        if column not in split.column_names:
            setting = "split_column" if role == "key" else f"columns={{'{role}': 'your column'}}"
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, split.column_names) + f" Set it with {setting}.",
            )
    return roles


def _values(split: datasets.Dataset, roles: dict[str, str]) -> Iterator[tuple]:
    plain = split.with_format(None)
    text = "text" if "text" in split.column_names and "text" not in roles.values() else None
    columns = [roles["tokens"], roles["tags"], *([text] if text else [])]
    for batch in plain.select_columns(list(dict.fromkeys(columns))).iter(batch_size=1000):
        texts = batch[text] if text else [None] * len(batch[roles["tokens"]])
        yield from zip(batch[roles["tokens"]], batch[roles["tags"]], texts, strict=True)


def _text_of(text: Any, tokens: list[str]) -> str:
    """The text that the words were cut from, where the data has it and they stand in it."""
    if isinstance(text, str) and placed(text, tokens) is not None:
        return text
    return joined(tokens)


def _tag_names(feature) -> list[str] | None:
    """Names of the tags, where the data holds their numbers."""
    inner = getattr(feature, "feature", feature)
    return getattr(inner, "names", None)
