"""Questions on texts whose answers stand in them: read, checked, split by article."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, nearest
from . import fixes
from .answers import answers_of, inside_word, located, placed
from .columns.known_columns import QUESTION_COLUMNS
from .examples import Examples, split_tables
from .fingerprint import fingerprint_of
from .reading import sources
from .settings import check_settings
from .unlabelled import labelled_splits

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ..recipe import Recipe

__all__ = [
    "answers_of", "inside_word", "load_questions", "located", "placed", "question_word", "roles_of",
]  # fmt: skip

ROLES = ("question", "context", "answers")
_OPTIONAL = ("answer_start", "id", "title")  # taken where the data has them
_ENOUGH = 3  # articles (or contexts) that a split needs one each of


def load_questions(recipe: Recipe) -> Examples:
    """Load, map, check and split the data of a question-answering recipe.

    The shapes of SQuAD 1.1 and 2.0 are read: a row a question, with ``answers`` (``text`` and
    ``answer_start``); also plain texts as answers, which are looked up in the context. A question
    without answer has none in its context (Rajpurkar et al., 2018). With ``split="stratified"``,
    the default, all questions of an article (``title``; of a context where there are no titles) go
    to one split.

    Returns
    -------
    Examples
        Splits with ``text`` (question), ``pair`` (context), ``answers`` (list of str; empty where
        there is no answer), ``starts`` (list of int: characters of the context), ``id`` (str),
        ``title`` (str, where there is one) and ``row``; ``label_names`` are start and end.

    Raises
    ------
    DataError
        A missing column, values of another kind, no question with an answer.
    RecipeError
        Settings that are for classes of whole texts.
    """
    check_settings(recipe)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    notes = [n.what for r in reports for n in r.notes if n.severity == "warning"]
    first = splits["train"] if "train" in splits else next(iter(splits.values()))
    splits, left = labelled_splits(splits, roles_of(recipe, first.column_names)["answers"])
    notes += [note.what for note in left]
    counts: Counter = Counter()
    tables = {name: _frame(name, split, recipe, counts) for name, split in splits.items()}
    tables = {name: frame for name, frame in tables.items() if len(frame)}
    if recipe.fixes:
        tables = {n: f.assign(label=f["answers"].map("; ".join)) for n, f in tables.items()}
        tables, said = fixes.apply(tables, recipe.fixes)
        tables = {n: frame.drop(columns="label") for n, frame in tables.items() if len(frame)}
        notes += said
    total = sum(len(frame) for frame in tables.values())
    if not total or not any(any(frame["answers"].map(len)) for frame in tables.values()):
        raise DataError(
            f"{recipe.dataset!r} has no question with an answer in its context.",
            "Give each question a context, and an answer that is written there word for word.",
        )
    notes += _said(counts)
    strata = {
        name: (frame["answers"].map(len) == 0).to_numpy().astype(np.int64)
        for name, frame in tables.items()
    }
    if recipe.split == "stratified":
        recipe, tables = _by_article(recipe, tables, notes)
    parts = split_tables(tables, strata, recipe, notes)
    names = ["start", "end"]
    balance = {name: _question_words(frame) for name, frame in parts.items()}
    return Examples(parts, names, notes, fingerprint_of(parts, names), balance)


def question_word(question: str) -> str:
    """What a question asks with, for counts: ``who``, ``when``, ``how many``, ...; else ``other``.

    Examples
    --------
    >>> question_word("In what year did it end?"), question_word("How many were there?")
    ('what', 'how many')
    >>> question_word("谁写了这本书？"), question_word("Name the river.")
    ('who', 'other')
    """
    words = "".join(c if c.isalnum() else " " for c in question.casefold()).split()
    for number, word in enumerate(words):
        if word == "how" and words[number + 1 : number + 2] in (["many"], ["much"]):
            return f"how {words[number + 1]}"
        if word in _WORDS:
            return _WORDS[word]
    for characters, word in _CHARACTERS.items():
        if characters in question:
            return word
    return "other"


_WORDS = {
    "what": "what", "whats": "what", "who": "who", "whom": "who", "whose": "who", "when": "when",
    "where": "where", "which": "which", "why": "why", "how": "how",
}  # fmt: skip
_CHARACTERS = {
    "多少": "how many", "几": "how many", "谁": "who", "何时": "when", "什么时候": "when",
    "哪里": "where", "哪儿": "where", "哪": "which", "为什么": "why", "为何": "why",
    "怎么": "how", "如何": "how", "什么": "what",
}  # fmt: skip


def roles_of(recipe: Recipe, names: list[str]) -> dict[str, str]:
    """Role -> column of the data, those that are optional only where they are there."""
    roles = {
        role: next((name for name in QUESTION_COLUMNS.get(role, (role,)) if name in names), role)
        for role in (*ROLES, *_OPTIONAL)
    }
    roles = {r: name for r, name in roles.items() if r in ROLES or name in names}
    return roles | {r: c for r, c in recipe.columns.items() if r in (*ROLES, *_OPTIONAL)}


def _frame(name: str, split: datasets.Dataset, recipe: Recipe, counts: Counter) -> pd.DataFrame:
    """``text``, ``pair``, ``answers``, ``starts``, ``id``, ``title``, ``row``, ``key``."""
    import pandas as pd

    roles = roles_of(recipe, split.column_names)
    if recipe.split_column is not None:
        roles["key"] = recipe.split_column
    for role, column in roles.items():
        if column not in split.column_names:
            setting = "split_column" if role == "key" else f"columns={{'{role}': 'your column'}}"
            raise DataError(
                f"The data has no column {column!r} for the {role}.",
                nearest(column, split.column_names) + f" Set it with {setting}.",
            )
    plain = split.select_columns(list(dict.fromkeys(roles.values()))).with_format(None)[:]
    given = {role: plain[column] for role, column in roles.items()}
    rows: dict[str, list] = {n: [] for n in ("text", "pair", "answers", "starts", "id", "row")}
    for row, (question, context, answers) in enumerate(
        zip(given["question"], given["context"], given["answers"], strict=True)
    ):
        place = f"Row {row} of {name!r}"
        if _blank(question) or _blank(context):
            counts["no question" if _blank(question) else "empty context"] += 1
            continue
        for role, value in (("question", question), ("context", context)):
            if not isinstance(value, str):
                raise DataError(
                    f"{place} has {value!r} as its {role}, which is no text.",
                    f"Map another column with columns={{'{role}': 'your column'}}.",
                )
        try:
            texts, starts = answers_of(answers, given.get("answer_start", {row: None})[row])
        except (ValueError, TypeError, AttributeError):
            raise DataError(
                f"{place} has {str(answers)[:60]!r} as its answers.",
                "Give a text, or {'text': [...], 'answer_start': [...]}; nothing where the context "
                "does not have the answer.",
            ) from None
        found = [located(context, *answer) for answer in zip(texts, starts, strict=True)]
        kept = [(text, start) for start, text, _ in found if start >= 0]
        counts.update(f"answer {done}" for _, _, done in found if done and kept)
        if texts and not kept:
            counts["left out"] += 1
            continue
        counts["several"] += len({text for text, _ in kept}) > 1
        counts["without"] += not kept
        counts["inside a word"] += bool(kept) and inside_word(context, kept[0][1])
        rows["text"].append(question)
        rows["pair"].append(context)
        rows["answers"].append([text for text, _ in kept])
        rows["starts"].append([start for _, start in kept])
        rows["id"].append(str(given["id"][row]) if "id" in given else str(row))
        rows["row"].append(row)
    frame = pd.DataFrame(rows)
    frame["row"] = frame["row"].astype("int64")
    if "title" in given:
        frame["title"] = [str(given["title"][row]) for row in rows["row"]]
    if "key" in given:
        frame["key"] = [given["key"][row] for row in rows["row"]]
    return frame


def _blank(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _said(counts: Counter) -> list[str]:
    """One sentence for each thing that was found, with its count."""
    sentences = {
        "no question": "{n:,} rows have no question and are left out.",
        "empty context": "{n:,} rows have an empty context and are left out.",
        "left out": "{n:,} questions have no answer that is in their context; they are left out.",
        "answer spelt": "{n:,} answers are spelt otherwise in their context (case, blanks, form of "
        "the signs); what stands there was taken.",
        "answer absent": "{n:,} answers are not in their context; they are left out.",
        "answer moved": "{n:,} answers are not where their start says; the nearest place where "
        "their text stands was taken.",
        "answer first": "{n:,} answers stand at several places of their context and say no start; "
        "the first was taken.",
        "inside a word": "{n:,} answers start inside a word; training marks the whole token.",
        "several": "{n:,} questions have several different answers: training takes the first, and "
        "each of them counts as right.",
        "without": "{n:,} questions have no answer in their context.",
    }
    return [text.format(n=counts[name]) for name, text in sentences.items() if counts[name]]


def _by_article(recipe: Recipe, tables: dict, notes: list[str]) -> tuple[Recipe, dict]:
    """The recipe and tables with the article as key of the split, where there are enough."""
    drawn = next((t for n, t in tables.items() if n == "train"), next(iter(tables.values())))
    if {"train", "validation", "test"} <= set(tables):
        return recipe, tables
    for role, said in (("title", "article"), ("pair", "context")):
        if role in drawn.columns and drawn[role].nunique() >= _ENOUGH:
            notes.append(f"All questions of one {said} are in one split.")
            tables = {name: frame.assign(key=frame[role]) if role in frame.columns
                      else frame.assign(key="") for name, frame in tables.items()}  # fmt: skip
            return recipe.replace(split="group", split_column=role), tables
    notes.append("There are too few contexts to keep their questions together in one split.")
    return recipe, tables


def _question_words(frame: pd.DataFrame) -> dict[str, int]:
    counts = Counter(question_word(question) for question in frame["text"])
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
