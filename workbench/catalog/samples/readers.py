"""Turn the files of a sample into columns: one function a dataset, all with one shape.

Every reader takes the sample's folder and returns ``{split: {column: list}}``. Sets without an
own test split have one split, ``train``; who trains cuts it. Texts keep their own spelling; what
is dropped or repaired is said in the function and in the sample's caveat.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from workbench.errors import DataError

from . import plain_tables, writing_readers

Splits = dict[str, dict[str, list[Any]]]

#: Scores up to this far from zero count as neutral (Hutto and Gilbert, ICWSM 2014).
NEUTRAL = 0.05


def read(name: str, folder: Path) -> Splits:
    """Columns of the sample ``name`` from its folder.

    Raises
    ------
    DataError
        If the sample is no dataset, or a file in the folder is not as expected.
    """
    reader = READERS.get(name, plain_tables.read)
    if reader is plain_tables.read and not plain_tables.files(folder):
        raise DataError(
            f"The sample {name!r} is not a dataset.", f"Datasets are: {', '.join(READERS)}."
        )
    try:
        return reader(folder)
    except (OSError, ValueError, KeyError, IndexError, csv.Error) as error:
        raise DataError(
            f"The files of sample {name!r} in {folder} are not as expected: {error}.",
            f"Remove that folder and fetch it again: workbench samples fetch {name}",
        ) from error


def movie_sentiment(folder: Path) -> Splits:
    """``text``, ``label`` (negative, positive): 10,555 snippets, the 50 neutral ones left out."""
    texts, labels = [], []
    for _, score, text in _rows(folder / "movieReviewSnippets_GroundTruth.txt", skip=1):
        value = float(score)
        if abs(value) > NEUTRAL:
            texts.append(text.strip())
            labels.append("positive" if value > 0 else "negative")
    return {"train": {"text": texts, "label": labels}}


def movie_strength(folder: Path) -> Splits:
    """``text``, ``label`` (float from -3.9 to 3.9, mean of the raters): all 10,605 snippets."""
    rows = list(_rows(folder / "movieReviewSnippets_GroundTruth.txt", skip=1))
    texts, labels = [text.strip() for *_, text in rows], [float(score) for _, score, _ in rows]
    return {"train": {"text": texts, "label": labels}}


def question_types(folder: Path) -> Splits:
    """``text``, ``label`` (ABBR, DESC, ENTY, HUM, LOC, NUM): 5,381 different questions."""
    return _questions(folder, coarse=True)


def question_types_fine(folder: Path) -> Splits:
    """``text``, ``label`` (50 classes such as ``ENTY:animal``): 5,381 different questions."""
    return _questions(folder, coarse=False)


def _questions(folder: Path, *, coarse: bool) -> Splits:
    """The file has 15,452 lines, of which 5,382 differ; one question has two fine types: its
    first is kept, so that no question can fall into two splits."""
    found: dict[str, str] = {}
    for line in (folder / "question_labels.txt").read_text("utf-8").splitlines():
        if line.strip():
            label, text = line.split(" ", 1)
            found.setdefault(text.strip(), label.split(":")[0] if coarse else label)
    return {"train": {"text": list(found), "label": list(found.values())}}


def reuters_r8(folder: Path) -> Splits:
    """``text``, ``label`` (8 topics): 5,485 articles in train and 2,189 in test, as published."""
    splits: Splits = {}
    for split in ("train", "test"):
        # three header rows: names, types, roles
        rows = list(_rows(folder / f"reuters-r8-{split}.tab", skip=3))
        splits[split] = {
            "text": [text.strip() for _, text in rows],
            "label": [label for label, _ in rows],
        }
    return splits


def spam(folder: Path) -> Splits:
    """``text``, ``label`` (ham, spam): 5,160 different messages.

    Eight rows of the file have swallowed their neighbours, label and tab included; they are cut
    apart again, which gives the 5,574 messages of the original collection, then repeats go.
    """
    found: dict[str, str] = {}
    with open(folder / "sms-spam.csv", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            first, *rest = re.split(r"\n(ham|spam)\t", row["text"])
            labels = ["spam" if row["spam"] == "1" else "ham", *rest[0::2]]
            for text, label in zip([first, *rest[1::2]], labels, strict=True):
                if text.strip():
                    found.setdefault(text.strip(), label)
    return {"train": {"text": list(found), "label": list(found.values())}}


def chinese_sentiment(folder: Path) -> Splits:
    """``text``, ``label`` (negative, positive): repeats and texts with both labels are dropped."""
    sides = {
        label: dict.fromkeys(_lines(folder / f"{stem}.txt"))
        for label, stem in (("negative", "neg"), ("positive", "pos"))
    }
    both = sides["negative"].keys() & sides["positive"].keys()
    kept = [(text, label) for label, side in sides.items() for text in side if text not in both]
    return {"train": {"text": [text for text, _ in kept], "label": [label for _, label in kept]}}


def tweets_ner(folder: Path) -> Splits:
    """``tokens`` (list of str), ``tags`` (list of str, BIO): 2,394 sentences, 46,469 tokens."""
    tokens, tags = [], []
    sentence: list[list[str]] = []
    for line in [*(folder / "ner.txt").read_text("utf-8").split("\n"), ""]:
        if line.strip():
            sentence.append(line.split("\t"))
        elif sentence:
            tokens.append([token for token, _ in sentence])
            tags.append([tag for _, tag in sentence])
            sentence = []
    return {"train": {"tokens": tokens, "tags": tags}}


def people_daily_ner(folder: Path) -> Splits:
    """``tokens`` (characters), ``tags`` (BIO of LOC, ORG, PER): sentences in the paper's order.

    Family and given name are two words of the source and one person here. Repeated sentences are
    dropped; the last tenth of the month is the test split, the tenth before it the validation.
    """
    seen: dict[str, list[str]] = {}
    for line in _lines(folder / "199801.txt"):
        for sentence in _sentences([word.rsplit("/", 1) for word in line.split()]):
            tokens, tags = _characters(sentence)
            seen.setdefault(tokens, tags)
    kept = list(seen.items())
    ends = [0, len(kept) * 8 // 10, len(kept) * 9 // 10, len(kept)]
    return {
        name: {
            "tokens": [list(tokens) for tokens, _ in kept[start:end]],
            "tags": [tags for _, tags in kept[start:end]],
        }
        for name, start, end in zip(("train", "validation", "test"), ends, ends[1:], strict=False)
    }


def _sentences(words: list[list[str]]) -> Iterable[list[list[str]]]:
    """Words up to a full stop, with the quotation marks and brackets that close after it."""
    start = 0
    for end in range(1, len(words) + 1):
        stops = words[end - 1][0] in "。！？" or words[end - 1][0] in "”’》）"
        ended = any(word in "。！？" for word, _ in words[start:end])
        goes_on = end < len(words) and words[end][0] in "”’》）。！？"
        if end == len(words) or (stops and ended and not goes_on):
            yield words[start:end]
            start = end


def _characters(words: list[list[str]]) -> tuple[str, list[str]]:
    """The characters of tagged words, and a BIO tag for each."""
    kinds = {"nr": "PER", "ns": "LOC", "nt": "ORG"}
    text, tags, family = "", [], False
    for word, tag in words:
        kind = kinds.get(tag)
        given = kind == "PER" and family
        text += word
        if kind is None:
            tags += ["O"] * len(word)
        else:
            tags += [f"{'I' if given else 'B'}-{kind}"] + [f"I-{kind}"] * (len(word) - 1)
        # a family name has one or two characters; a whole foreign name stands in one longer word
        family = kind == "PER" and not given and len(word) <= 2
    return text, tags


def tweets_entity_types(folder: Path) -> Splits:
    """``text`` (words joined by blanks), ``label`` (list of the entity types that occur in it)."""
    columns = tweets_ner(folder)["train"]
    types = [sorted({tag[2:] for tag in tags if tag != "O"}) for tags in columns["tags"]]
    return {"train": {"text": [" ".join(words) for words in columns["tokens"]], "label": types}}


def shakespeare(folder: Path) -> Splits:
    """``title``, ``text``: the 35 plays, whole."""
    plays = {path.stem: path.read_text("utf-8").strip() for path in sorted(folder.glob("*.txt"))}
    titles = [stem.removesuffix("_gut_f").replace("_", " ") for stem in plays]
    return {"train": {"title": titles, "text": list(plays.values())}}


def cmudict(folder: Path) -> Splits:
    """``word``, ``phonemes`` (separated by blanks): 135,166 pronunciations, remarks cut off."""
    words, phonemes = [], []
    for line in _lines(folder / "cmudict.dict"):
        word, sounds = line.split("#")[0].split(" ", 1)
        words.append(re.sub(r"\(\d+\)$", "", word))
        phonemes.append(sounds.strip())
    return {"train": {"word": words, "phonemes": phonemes}}


def squad_dev(folder: Path) -> Splits:
    """``id``, ``title``, ``context``, ``question``, ``answers`` (text and answer_start lists)."""
    articles = json.loads((folder / "squaddev_v1.1.json").read_text("utf-8"))["data"]
    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "title", "context", "question", "answers")
    }
    for article in articles:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                columns["id"].append(asked["id"])
                columns["title"].append(article["title"])
                columns["context"].append(paragraph["context"])
                columns["question"].append(asked["question"])
                columns["answers"].append(
                    {
                        "text": [answer["text"] for answer in asked["answers"]],
                        "answer_start": [answer["answer_start"] for answer in asked["answers"]],
                    }
                )
    return {"validation": columns}


def xsum(folder: Path) -> Splits:
    """``document``, ``summary``: 1,001 pairs."""
    examples = json.loads((folder / "task.json").read_text("utf-8"))["examples"]
    targets = [e["target"] for e in examples]
    return {
        "train": {
            "document": [e["input"] for e in examples],
            "summary": [t[0] if isinstance(t, list) else t for t in targets],
        }
    }


READERS: dict[str, Callable[[Path], Splits]] = {
    "movie-sentiment": movie_sentiment,
    "movie-strength": movie_strength,
    "question-types": question_types,
    "question-types-fine": question_types_fine,
    "reuters-r8": reuters_r8,
    "spam": spam,
    "chinese-sentiment": chinese_sentiment,
    "tweets-ner": tweets_ner,
    "people-daily-ner": people_daily_ner,
    "tweets-entity-types": tweets_entity_types,
    "shakespeare": shakespeare,
    "cmudict": cmudict,
    "squad-dev": squad_dev,
    "xsum": xsum,
    **writing_readers.READERS,
}


def _lines(path: Path) -> Iterable[str]:
    """Lines without the blanks around them; empty ones left out."""
    return (line.strip() for line in path.read_text("utf-8").split("\n") if line.strip())


def _rows(path: Path, *, skip: int) -> Iterable[list[str]]:
    """Tab-separated fields, unquoted, after ``skip`` header lines."""
    lines = path.read_text("utf-8").split("\n")[skip:]
    return (line.rstrip("\r").split("\t") for line in lines if line.strip())
