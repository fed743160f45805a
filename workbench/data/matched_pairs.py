"""Pairs of texts that belong together: from pairs, triplets, lists, scores and conversations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, nearest
from ..i18n import t
from .columns.known_columns import label_columns
from .columns.mapping import to_be_named
from .columns.truth import truth_of
from .examples import Examples, split_tables
from .fingerprint import fingerprint_of
from .reading import sources
from .settings import check_settings

if TYPE_CHECKING:
    import datasets

    from ..recipe import Recipe

ROLES = ("anchor", "positive", "negative", "score")
_SAID = ("text", "contents", "content", "passage", "body")  # what a passage is under
BELONGS, APART = 0.75, 0.5  # shares of the range of scores: from here on together, below here apart


@dataclasses.dataclass
class Match:
    """A text, one that belongs to it, and texts that do not."""

    row: int
    anchor: str
    positive: str
    negatives: list[str]
    key: Any = None


def plain(text: str) -> str:
    """What makes two texts the same one: capitals and blanks do not count."""
    return " ".join(text.lower().split())


def load_pairs(recipe: Recipe) -> Examples:
    """Load, check and split pairs that belong together.

    Unless the recipe says how to split, rows with the same text stay in one split: else its answer
    could be learnt by heart.

    Returns
    -------
    Examples
        Splits with ``text``, ``positive`` (str), ``negatives`` (list of str), ``row``.

    Raises
    ------
    DataError
        A missing column, a cell that holds no text, or no pair at all; it names the row.
    RecipeError
        Settings and fixes that do not apply to the task.
    """
    import pandas as pd

    check_settings(recipe)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    tables = {}
    for name, split in splits.items():
        matches, said = matches_of(name, split, recipe)
        notes += said
        rows = [dataclasses.astuple(match) for match in matches]
        frame = pd.DataFrame(rows, columns=["row", "text", "positive", "negatives", "key"])
        if len(frame):
            tables[name] = frame.astype({"row": "int64"})
    if not tables:
        raise DataError(t("pairs.none", dataset=repr(recipe.dataset)), t("pairs.none_remedy"))
    about = recipe
    if recipe.split == "stratified" and not recipe.folds:
        about = recipe.replace(split="group", split_column="text")
    strata = {name: np.zeros(len(frame), np.int64) for name, frame in tables.items()}
    parts = split_tables(tables, strata, about, notes)
    if len(parts["train"]) < 2:
        raise DataError(t("pairs.one"), t("pairs.one_remedy"))
    counts = {name: {"examples": len(frame)} for name, frame in parts.items()}
    return Examples(parts, [], notes, fingerprint_of(parts, []), counts)


def matches_of(
    name: str, split: datasets.Dataset, recipe: Recipe
) -> tuple[list[Match], list[str]]:
    """The pairs of one split, and what was left out or read otherwise, a sentence each."""
    columns = {role: recipe.columns.get(role, role) for role in ROLES}
    several = label_columns(columns["negative"], split.column_names)  # "negative_1, negative_2"
    for role, column in columns.items():
        there = column in split.column_names or (role == "negative" and bool(several))
        if not there and (role == "anchor" or role in recipe.columns):
            raise DataError(
                t("pairs.no_column", column=repr(column), role=role),
                nearest(column, split.column_names)
                + " " + to_be_named(role, split, recipe),
            )  # fmt: skip
    there = {role: column for role, column in columns.items() if column in split.column_names}
    if several:
        there |= {f"negative {n}": column for n, column in enumerate(several)}
    key = recipe.split_column
    if key is not None and key not in split.column_names:
        raise DataError(t("pairs.no_key", split=repr(name), column=repr(key)),
                        nearest(key, split.column_names))  # fmt: skip
    wanted = list(dict.fromkeys([*there.values(), *([key] if key else [])]))
    plain_rows = split.select_columns(wanted).with_format(None)
    if "positive" not in there:
        return _of_conversations(name, plain_rows, there["anchor"], key)
    values = plain_rows[:]
    keys = values[key] if key else [None] * len(split)
    cells = {role: values[column] for role, column in there.items()}
    wrong = [cells[role] for role in cells if role.startswith("negative")]
    scores = _scores(name, cells["score"]) if "score" in cells else None
    found, notes = [], []
    for row in range(len(split)):
        anchor = _text(name, row, "anchor", cells["anchor"][row])
        positives = _texts(name, row, "positive", cells["positive"][row])
        negatives = [
            text for cell in wrong for text in _texts(name, row, "negative", cell[row], any_=True)
        ]
        group = anchor if keys[row] is None else keys[row]
        found += [Match(row, anchor, one, negatives, group) for one in positives]
    if scores is not None:
        found, said = _by_score(found, scores)
        notes += [f"{name}: {one}" for one in said]
    return found, notes


def _text(split: str, row: int, role: str, value: Any) -> str:
    if isinstance(value, dict):  # a passage with its title
        parts = [value.get("title"), next((value[k] for k in _SAID if value.get(k)), None)]
        value = " ".join(p for p in parts if isinstance(p, str) and p.strip()) or None
    if isinstance(value, str) and value.strip():
        return value
    gone = value is None or value != value or value == []
    kind = "missing" if gone else "empty" if isinstance(value, str) else "other"
    raise DataError(
        t(f"pairs.{kind}", row=row, split=repr(split), role=role, value=repr(value)[:60]),
        t("pairs.cell_remedy"),
    )


def _texts(split: str, row: int, role: str, value: Any, *, any_: bool = False) -> list[str]:
    """A cell that holds one text, or a list of them."""
    if any_ and (value is None or value == "" or (isinstance(value, float) and value != value)):
        return []
    if isinstance(value, dict) and value and all(isinstance(v, list) for v in value.values()):
        if len(set(map(len, value.values()))) > 1:
            raise DataError(
                t("pairs.uneven", row=row, split=repr(split), role=role), t("pairs.cell_remedy")
            )
        value = [dict(zip(value, one, strict=True)) for one in zip(*value.values(), strict=True)]
    if isinstance(value, (list, tuple, np.ndarray)):
        texts = [_text(split, row, role, one) for one in value]
        return texts if texts or any_ else [_text(split, row, role, None)]
    return [_text(split, row, role, value)]


def _scores(split: str, values: list) -> np.ndarray:
    found = np.empty(len(values))
    for row, value in enumerate(values):
        truth = truth_of(value)
        try:
            found[row] = float(value if truth is None else truth)
        except (TypeError, ValueError):
            found[row] = np.nan
        if not np.isfinite(found[row]):
            raise DataError(
                t("pairs.score", row=row, split=repr(split), value=repr(value)[:60]),
                t("pairs.score_remedy"),
            )
    return found


def _by_score(matches: list[Match], scores: np.ndarray) -> tuple[list[Match], list[str]]:
    """Pairs with a high score belong together; of those with a low one the second is wrong."""
    low, high = (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 0.0)
    if low == high:
        return matches, [t("pairs.one_score", value=low)] if low != 1 else []
    share = (scores - low) / (high - low)
    wrong: dict[str, list[str]] = {}
    for match in matches:
        if share[match.row] < APART:
            wrong.setdefault(plain(match.anchor), []).append(match.positive)
    kept = [match for match in matches if share[match.row] >= BELONGS]
    used: set[str] = set()
    for match in kept:
        used.add(plain(match.anchor))
        match.negatives = [*match.negatives, *wrong.get(plain(match.anchor), [])]
    said = [t("pairs.scores", n=len(kept), least=low + BELONGS * (high - low))]
    between = int(((share >= APART) & (share < BELONGS)).sum())
    lost = sum(len(texts) for anchor, texts in wrong.items() if anchor not in used)
    said += [t("pairs.between", n=between)] if between else []
    said += [t("pairs.lost", n=lost)] if lost else []
    return kept, said


def _of_conversations(
    split: str, rows: datasets.Dataset, column: str, key: str | None
) -> tuple[list[Match], list[str]]:
    """Each reply of a conversation belongs to what was said before it."""
    from .conversations.reading import read

    first = next((cell for cell in rows[column][:50] if cell), None)
    if isinstance(first, str) and not first.lstrip().startswith(("[", "{")):
        raise DataError(
            t("pairs.no_column", column="'positive'", role="positive"),
            t("pairs.no_column_remedy", role="positive"),
        )
    told = read(({column: cell} for cell in rows[column]), split=split)
    found = list(_replies(told.conversations))
    said = [t("pairs.conversations", n=len(told.conversations), pairs=len(found))]
    if told.left:
        said.append(t("pairs.conversations_left", n=len(told.left)))
    if key is not None:
        keys = rows[key]
        for match in found:
            match.key = keys[match.row]
    return found, [f"{split}: {one}" for one in said]


def _replies(conversations: list) -> Iterator[Match]:
    for conversation in conversations:
        before = None
        for message in conversation.messages:
            text = message.content if isinstance(message.content, str) else ""
            if message.role == "assistant" and before and text.strip():
                yield Match(
                    conversation.row, before.strip(), text.strip(), [], f"#{conversation.row}"
                )
            before = text if message.role == "user" and text.strip() else None
