"""The data sets that default recipes are measured on: drawn small, with a large test split.

Somebody with 100 examples has few to choose a checkpoint by: validation has a seventh of what
training has, as the default splits give it. The test is large all the same, so that its noise does
not decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import datasets

SIZES = (100, 500, 2000)  # training examples
TESTED = 800  # test examples at most
_PLAYS_HELD_OUT = 7
_TEXTS = ("text", "prompt", "completion", "source", "target")


@dataclass(frozen=True)
class Data:
    """A data set, and what a recipe says to use it at all; everything else is left to defaults.

    ``tested`` bounds the test of what takes long to judge, ``cost`` orders the cells: cheap first,
    and ``longest`` is how many characters its texts have: passages are cut, one about its answer;
    rows with a longer text are left out.
    """

    name: str
    task: str
    sample: str
    model: str = "sample:minilm-l6"
    about: dict[str, Any] = field(default_factory=dict)
    tested: int = TESTED
    cost: int = 1
    classes: int | None = None  # where a rule asks for them
    longest: int | None = None


DATA = (
    Data("reviews", "text-classification", "movie-sentiment", classes=2),
    Data("questions", "text-classification", "question-types"),
    Data("strength", "regression", "movie-strength"),
    Data("types", "multi-label-classification", "tweets-entity-types"),
    Data("names", "token-classification", "tweets-ner"),
    Data("replies", "sentence-similarity", "chitchat-replies", cost=2,
         about={"columns": {"anchor": "prompt", "positive": "completion"}}),
    Data("plays-masked", "masked-language-modelling", "shakespeare", tested=300,
         cost=4, longest=100),
    Data("answers", "question-answering", "squad-dev", tested=400, cost=2,
         longest=300),
    Data("shop", "text-classification", "chinese-sentiment", "sample:multilingual-e5", cost=2,
         classes=2, longest=60),
    Data("plays", "language-modelling", "shakespeare", "sample:smollm2-135m", tested=100, cost=8,
         longest=100),
    Data("chat", "chat", "chitchat-replies", "sample:smollm2-135m", tested=100, cost=8, longest=60),
    Data("strings", "text-to-text", "ui-strings-de", "sample:smollm2-135m", tested=100, cost=8,
         longest=60,
         about={"columns": {"source": "source", "target": "target"}, "writes": "translation"}),
)  # fmt: skip


def named(name: str) -> Data:
    """The data set of that name (KeyError)."""
    return {one.name: one for one in DATA}[name]


def prepare(data: Data, size: int, seed: int, folder: Path) -> Path:
    """Write ``size`` training rows, a seventh as many for validation, and the test, drawn by seed.

    Splits that the sample has are kept apart; a split that it lacks is cut off what is left. The
    test is the same for all sizes of a seed.

    Returns
    -------
    Path
        A folder that :func:`workbench.data.reading.sources.load` reads.
    """
    import datasets

    from workbench.data.reading import sources
    from workbench.data.reading.hub_data import quiet

    splits = sources.load(f"sample:{data.sample}")
    if "train" not in splits:
        (only,) = splits.values()
        splits = datasets.DatasetDict(train=only)
    if data.sample == "shakespeare":
        splits = _scenes(splits, seed, data.longest or 200)
    elif data.longest is not None:
        splits = _short(splits, data.longest)
    draws = np.random.default_rng(seed)
    held: dict[str, Any] = {}
    train = splits["train"].select(draws.permutation(len(splits["train"])))
    held_out = {"test": data.tested, "validation": max(2, round(size / 7))}
    for split, count in held_out.items():
        if split in splits:
            rows = draws.permutation(len(splits[split]))[:count]
            held[split] = splits[split].select(sorted(rows))
        else:
            count = min(count, len(train) // 4)
            held[split] = train.select(range(count))
            train = train.select(range(count, len(train)))
            if "context" in train.column_names:  # several questions are asked about one
                known = set(held[split]["context"])
                train = train.select([number for number, context in enumerate(train["context"])
                                      if context not in known])  # fmt: skip
    held["train"] = train.select(range(min(size, len(train))))
    place = folder / f"{data.name}-{size}-{seed}"
    kept = datasets.DatasetDict({name: held[name] for name in ("train", "validation", "test")})
    with quiet():
        if data.longest is not None and "context" in train.column_names:
            kept = kept.map(cut_passage, fn_kwargs={"longest": data.longest})
        kept.save_to_disk(place)
    return place


def _short(splits: Any, longest: int) -> Any:
    """Rows whose texts have so many characters at most; of passages, whose answers fit into it."""
    from workbench.data.reading.hub_data import quiet

    def fits(row: dict[str, Any]) -> bool:
        if "context" not in row:
            return all(len(row[name]) <= longest for name in _TEXTS if name in row)
        return all(len(one) <= longest for one in row["answers"]["text"][:1])

    with quiet():
        return splits.filter(fits)


def cut_passage(row: dict[str, Any], longest: int) -> dict[str, Any]:
    """A passage of ``longest`` characters at most with its first answer, cut between words.

    The answer lies where it lay, as a share of the passage: the place alone says nothing more than
    it did. Answers that the cut would lose are left out.

    Examples
    --------
    >>> row = {"context": "one two three four", "answers": {"text": ["three"], "answer_start": [8]}}
    >>> cut_passage(row, 12)
    {'context': 'two three', 'answers': {'text': ['three'], 'answer_start': [4]}}
    """
    text, answers = row["context"], row["answers"]
    if len(text) <= longest or not answers["text"]:
        return row
    first, length = answers["answer_start"][0], len(answers["text"][0])
    start = round(first * (longest - length) / max(1, len(text) - length))
    begin = max(0, first - start)
    end = min(len(text), begin + longest)
    while begin > 0 and begin < first and not text[begin - 1].isspace():
        begin += 1
    while end < len(text) and end > first + length and not text[end].isspace():
        end -= 1
    kept = [(one, place - begin) for one, place in zip(answers["text"], answers["answer_start"],
                                                      strict=True)
            if place >= begin and place + len(one) <= end]  # fmt: skip
    return {**row, "context": text[begin:end],
            "answers": {"text": [one for one, _ in kept],
                        "answer_start": [place for _, place in kept]}}  # fmt: skip


def _scenes(splits: Any, seed: int, longest: int) -> datasets.DatasetDict:
    """Passages of so many characters at most, a row each; whole plays are held out for the test."""
    import datasets

    plays = splits["train"]["text"]
    order = np.random.default_rng(seed).permutation(len(plays))
    found: dict[str, list[str]] = {"train": [], "test": []}
    for place, number in enumerate(order):
        text = ""
        for speech in re.split(r"\n\s*\n", plays[int(number)]):
            text = f"{text}\n{speech}".strip()
            if 2 * len(text) > longest:
                found["test" if place < _PLAYS_HELD_OUT else "train"].append(text[:longest])
                text = ""
    return datasets.DatasetDict(
        {name: datasets.Dataset.from_dict({"text": texts}) for name, texts in found.items()}
    )
