"""Which column is what: guessed from names, types and content, each guess with its reason."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, nearest
from .known_columns import QUESTION_COLUMNS, TEXT_NAMES, label_columns

if TYPE_CHECKING:
    import datasets
    import pandas as pd

SAMPLE = 2000  # rows from which columns are judged
_LABEL = (
    "label labels class category sentiment intent target topic rating stars score emotion y "
    "标签 类别 情感 分类"
).split()
_PAIRS = (
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("question1", "question2"),
    ("text1", "text2"), ("text_a", "text_b"), ("sentence_a", "sentence_b"), ("query", "passage"),
    ("question", "sentence"), ("q1", "q2"),
)  # fmt: skip
_SEQUENCES = (
    ("source", "target"), ("src", "tgt"), ("document", "summary"), ("article", "highlights"),
    ("article", "summary"), ("dialogue", "summary"), ("text", "summary"), ("input", "output"),
    ("prompt", "completion"), ("instruction", "output"), ("instruction", "response"),
    ("question", "answer"),
)  # fmt: skip
_TAGS = "tags ner_tags pos_tags chunk_tags labels entities upos".split()

#: Roles of each kind of task, in reading order; the last of them is optional where it says so.
ROLES = {
    "text-classification": ("text", "pair", "label"),
    "multi-label-classification": ("text", "pair", "label"),
    "regression": ("text", "pair", "label"),
    "token-classification": ("tokens", "tags"),
    "question-answering": ("question", "context", "answers"),
    "text-to-text": ("source", "target"),
    "language-modelling": ("text",),
}


@dataclasses.dataclass(frozen=True)
class Column:
    """What the first rows of a column show.

    Parameters
    ----------
    kind : {'text', 'class', 'whole', 'fraction', 'boolean', 'date', 'texts', 'wholes', 'object',
        'other'}
        ``class`` is a text that repeats, ``texts`` and ``wholes`` are lists.
    filled, distinct : int
        Of the rows looked at, those with a value, and the different values.
    words : float
        Mean number of words (of characters over two, where words are not parted by spaces).
    """

    name: str
    kind: str
    rows: int
    filled: int
    distinct: int
    words: float
    class_names: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Mapping:
    """The kind of task, which column has which role, and why.

    Parameters
    ----------
    task : str
        One of :data:`ROLES`.
    columns : dict of str to str
        Role -> column.
    reasons : dict of str to str
        Role -> one sentence.
    choices : dict of str to list of str
        Role -> columns that could have it, the likeliest first, for a dropdown.
    samples : dict of str to list
        Column -> its first three values.
    """

    task: str
    columns: dict[str, str]
    reasons: dict[str, str]
    choices: dict[str, list[str]]
    samples: dict[str, list]

    def table(self) -> pd.DataFrame:
        """One row a role: ``role``, ``column``, ``reason``, ``sample_1`` to ``sample_3``."""
        import pandas as pd

        rows = []
        for role, column in self.columns.items():
            shown = [_short(value) for value in self.samples.get(column, [])][:3]
            shown += [""] * (3 - len(shown))
            rows.append([role, column, self.reasons[role], *shown])
        names = ["role", "column", "reason", "sample_1", "sample_2", "sample_3"]
        return pd.DataFrame(rows, columns=names)

    def recipe_columns(self) -> dict[str, str]:
        """What a recipe's ``columns`` has to hold: roles whose column has another name."""
        return {r: c for r, c in self.columns.items() if r != c or r == "pair"}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def profile(split: datasets.Dataset) -> dict[str, Column]:
    """What each column of a split holds, judged from rows spread over it."""
    names = split.column_names
    wanted = SAMPLE if len(names) <= 500 else 50
    rows = split.with_format(None)
    if len(split) > wanted:  # at random: a step of rows could keep time with the classes
        chosen = np.random.RandomState(0).permutation(len(split))[:wanted]
        rows = rows.select(np.sort(chosen))
    values = rows[:]
    features = split.features  # a copy each time it is asked for
    return {name: _profile(name, values[name], features[name]) for name in names}


def _profile(name: str, values: list, feature: Any) -> Column:
    names = tuple(getattr(feature, "names", None) or ())
    found = [v for v in values if v is not None and v == v]
    kinds = {type(v).__name__ for v in found}
    words = 0.0
    if names:
        kind = "class"
        distinct = len(names)
    elif kinds == {"str"}:
        filled = [v for v in found if v.strip()]
        distinct = len(set(filled))
        words = sum(max(len(v.split()), _wide(v) / 2) for v in filled) / max(len(filled), 1)
        repeats = distinct <= max(2, 0.5 * len(filled)) and distinct < len(filled)
        kind = "class" if repeats and words <= 4 else "text"
        if filled and all(_DATE.match(v) for v in filled[:50]):
            kind = "date"
    else:
        distinct = len({repr(v) for v in found})
        kind = _plain_kind(found, kinds)
    return Column(name, kind, len(values), len(found), distinct, words, names)


_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?\s*$")


def _wide(text: str) -> int:
    """Characters of scripts that put no spaces between words."""
    if text.isascii():
        return 0
    return sum(0x3040 <= ord(char) <= 0x9FFF or 0x0E00 <= ord(char) <= 0x0E7F for char in text)


def _plain_kind(found: list, kinds: set[str]) -> str:
    if kinds == {"bool"}:
        return "boolean"
    if kinds == {"int"}:
        return "whole"
    if kinds and kinds <= {"int", "float"}:
        return "whole" if all(float(v).is_integer() for v in found) else "fraction"
    if kinds == {"list"}:
        inner = {type(x).__name__ for v in found for x in v}
        return {("str",): "texts", ("int",): "wholes"}.get(tuple(inner), "other")
    if kinds == {"dict"}:
        return "object"
    if any(hasattr(v, "year") for v in found[:1]):
        return "date"
    return "other"


def infer(
    splits: datasets.DatasetDict, *, task: str | None = None, given: dict[str, str] | None = None
) -> Mapping:
    """Guess the task and the role of each column.

    Parameters
    ----------
    splits : datasets.DatasetDict
        The first split is looked at, ``train`` where there is one.
    task : str, optional
        One of :data:`ROLES`, when it is known.
    given : dict of role to column, optional
        What is settled already.

    Raises
    ------
    DataError
        If a column that was given is not there, or there is no column of text at all.
    """
    split = splits["train"] if "train" in splits else next(iter(splits.values()))
    columns = profile(split)
    given = dict(given or {})
    for role, name in given.items():
        if name not in columns and not label_columns(name, list(columns)):
            raise DataError(
                f"The data has no column {name!r} for the {role}.",
                nearest(name, columns) + f" Set it with columns={{'{role}': 'your column'}}.",
            )
    guess = _Guess(columns, given)
    found = guess.of(task) if task else guess.best()
    if found is None:
        shown = ", ".join(f"{c.name!r} ({c.kind})" for c in list(columns.values())[:6])
        if task in ROLES and "text" not in ROLES[task]:
            first = ROLES[task][0]
            raise DataError(
                f"No columns of the data fit {task}; it has {shown}.",
                f"It needs {', '.join(ROLES[task])}: name them with "
                f"columns={{'{first}': 'your column', ...}}, or choose another task.",
            )
        raise DataError(
            f"The data has no column of text; it has {shown}.",
            "Name the column with columns={'text': 'your column'}.",
        )
    head = split.with_format(None)[: min(3, len(split))] if len(columns) <= 500 else {}
    chosen_task, roles = found
    choices = {role: guess.choices(role) for role in ROLES[chosen_task]}
    return Mapping(
        chosen_task,
        {role: name for role, (name, _) in roles.items()},
        {role: reason for role, (_, reason) in roles.items()},
        choices,
        {name: head.get(name, []) for name, _ in roles.values()},
    )


Roles = dict[str, tuple[str, str]]


class _Guess:
    """Guesses over one set of columns."""

    def __init__(self, columns: dict[str, Column], given: dict[str, str]):
        self.columns, self.given = columns, given
        self.by_lower = {name.lower().strip(): name for name in columns}

    def named(self, *names: str) -> list[str]:
        return [self.by_lower[name] for name in names if name in self.by_lower]

    def kind(self, name: str) -> str:
        return self.columns[name].kind

    def best(self) -> tuple[str, Roles] | None:
        """The most particular task whose columns are there."""
        if self.given:
            for task in ("token-classification", "question-answering", "text-to-text"):
                if set(self.given) & set(ROLES[task]) - {"text"}:
                    return self.of(task)
            return self._labelled()
        for guess in (self._qa, self._tokens, self._labelled, self._sequences, self._plain):
            if (found := guess()) is not None:
                return found
        return None

    def of(self, task: str) -> tuple[str, Roles] | None:
        """The roles of a task that is settled; roles that nothing fits are left out."""
        if task not in ROLES:
            return self.best()
        if task == "question-answering":
            return self._qa() or self._forced(task)
        if task == "token-classification":
            return self._tokens() or self._forced(task)
        if task == "text-to-text":
            return self._sequences() or self._forced(task)
        if task == "language-modelling":
            return self._plain()
        found = self._labelled()
        if found is None:
            return self._forced(task)
        return task, found[1]

    def _forced(self, task: str) -> tuple[str, Roles] | None:
        roles: Roles = {r: (n, "It was given.") for r, n in self.given.items() if r in ROLES[task]}
        if task.endswith("classification") and task != "token-classification":
            if "text" not in roles and (text := self._text(set())) is not None:
                roles["text"] = text
        return (task, roles) if roles else None

    def _qa(self) -> tuple[str, Roles] | None:
        names = {role: self.given.get(role) for role in ROLES["question-answering"]}
        for role in names:
            names[role] = names[role] or next(iter(self.named(role)), None)
        if not names["answers"]:
            names["answers"] = next(iter(self.named(*QUESTION_COLUMNS["answers"])), None)
        if None in names.values():
            return None
        return "question-answering", {
            role: (name, self._because(role, f"Its name is {name!r}."))
            for role, name in names.items()
        }

    def _tokens(self) -> tuple[str, Roles] | None:
        lists = [n for n, c in self.columns.items() if c.kind == "texts"]
        tokens = self.given.get("tokens") or next(
            (n for n in self.named("tokens", "words") if n in lists), None
        )
        if tokens is None:
            return None
        others = [n for n, c in self.columns.items() if c.kind in ("texts", "wholes")]
        tags = self.given.get("tags") or next(
            (n for n in self.named(*_TAGS) if n in others and n != tokens), None
        )
        tags = tags or next((n for n in others if n != tokens), None)
        if tags is None:
            return None
        why = {
            "tokens": f"{tokens!r} holds lists of texts.",
            "tags": f"{tags!r} holds a list for each list of tokens.",
        }
        return "token-classification", {
            "tokens": (tokens, self._because("tokens", why["tokens"])),
            "tags": (tags, self._because("tags", why["tags"])),
        }

    def _sequences(self) -> tuple[str, Roles] | None:
        for source, target in _SEQUENCES:
            found = self.named(source), self.named(target)
            if all(found) and all(self.kind(f[0]) in ("text", "class") for f in found):
                return "text-to-text", {
                    "source": (found[0][0], f"Its name is {found[0][0]!r}."),
                    "target": (found[1][0], f"Its name is {found[1][0]!r}."),
                }
        return None

    def _plain(self) -> tuple[str, Roles] | None:
        text = self._text(set())
        return None if text is None else ("language-modelling", {"text": text})

    def _labelled(self) -> tuple[str, Roles] | None:
        label = self._label()
        if label is None:
            return None
        roles: Roles = {}
        pair = next(
            (
                (self.named(a)[0], self.named(b)[0])
                for a, b in _PAIRS
                if self.named(a) and self.named(b)
            ),
            None,
        )
        if pair and "text" not in self.given and "pair" not in self.given:
            if label[0] not in pair and all(self.kind(n) in ("text", "class") for n in pair):
                roles["text"] = (pair[0], f"{pair[0]!r} and {pair[1]!r} usually are a pair.")
                roles["pair"] = (pair[1], f"{pair[0]!r} and {pair[1]!r} usually are a pair.")
        if "text" not in roles:
            text = self._text({label[0], self.given.get("pair", "")})
            if text is None:
                return None
            roles["text"] = text
        if "pair" in self.given:
            roles["pair"] = (self.given["pair"], "It was given.")
        roles["label"] = label
        column = self.columns.get(label[0])
        task = "text-classification"
        if column is None:  # several, of one label each
            return "multi-label-classification", roles
        if column.kind in ("texts", "wholes"):
            task = "multi-label-classification"
        elif column.kind == "fraction":
            task = "regression"
        return task, roles

    def _text(self, taken: set[str]) -> tuple[str, str] | None:
        if "text" in self.given:
            return self.given["text"], "It was given."
        texts = [
            c for c in self.columns.values() if c.kind in ("text", "class") and c.name not in taken
        ]
        for name in self.named(*TEXT_NAMES):
            column = self.columns[name]
            if column in texts and column.words >= 1:
                return name, f"Its name is {name!r} and it holds texts."
        texts = [c for c in texts if c.kind == "text"] or texts
        if not texts:
            return None
        longest = max(texts, key=lambda c: c.words)
        return longest.name, f"Its texts are the longest ({longest.words:.0f} words on average)."

    def _label(self) -> tuple[str, str] | None:
        if "label" in self.given:
            return self.given["label"], "It was given."
        fit = [n for n, c in self.columns.items() if self._may_be_label(c)]
        for name in self.named(*_LABEL):
            column = self.columns[name]
            if name in fit or column.kind not in ("text", "object", "other"):
                return name, f"Its name is {name!r}; {self._values(column)}."
            if column.kind == "text" and column.words <= 4:
                return name, f"Its name is {name!r}; {self._values(column)}."
        if not fit:
            return None
        fewest = min(fit, key=lambda n: (self.columns[n].distinct, n))
        return (
            fewest,
            f"It has the fewest values that repeat; {self._values(self.columns[fewest])}.",
        )

    def _may_be_label(self, column: Column) -> bool:
        if column.kind in ("class", "boolean"):
            return bool(column.class_names) or 2 <= column.distinct
        if column.kind == "whole":
            return 2 <= column.distinct <= max(2, min(100, column.filled // 2))
        return False

    def _values(self, column: Column) -> str:
        if column.kind in ("texts", "wholes"):
            return "it holds lists"
        return f"{column.distinct:,} different values in {column.filled:,} rows"

    def _because(self, role: str, reason: str) -> str:
        return "It was given." if role in self.given else reason

    def choices(self, role: str) -> list[str]:
        """Columns that could have a role, those of a fitting kind first."""
        fitting = {
            "label": ("class", "boolean", "whole", "fraction", "texts", "wholes"),
            "tokens": ("texts",),
            "tags": ("texts", "wholes"),
            "answers": ("object", "text", "class"),
        }.get(role, ("text", "class"))
        return sorted(self.columns, key=lambda name: self.kind(name) not in fitting)
