"""A file for each story: what a person might bring, small enough to be learnt in seconds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.training import pairs, tiny, toy_task
from tests.training.test_chat import talks
from tests.training.test_language_modelling import frame as passages
from tests.widgets.every_task import frame

WRONG = (3, 20, 44, 71, 90, 103)  # rows whose label is the other one


def write(story: str, folder: Path) -> Path:
    """Write the file of a story; its path."""
    ending, rows = WRITTEN[story]
    file = folder / f"{story}.{ending}"
    if ending == "csv":
        with open(file, "w", newline="", encoding="utf-8") as out:
            csv.writer(out, delimiter=";").writerows(rows())
    else:
        file.write_text(rows(), encoding="utf-8")
    return file


def _reviews() -> list[list]:
    """Odd column names, labels in two spellings, copies and wrong labels."""
    table = tiny.frame(150)
    table["label"] = table["label"].map({"class-0": "good", "class-1": "bad"})
    table.loc[list(WRONG), "label"] = [
        "bad" if table["label"][row] == "good" else "good" for row in WRONG
    ]
    rows = table[["text", "label"]].to_numpy().tolist()
    rows[7][1] = f" {rows[7][1].capitalize()}"
    return [["was gesagt wurde", "Urteil"], *rows, *rows[:4]]


def _pairs() -> list[list]:
    """Two texts a row, beside a number that is neither; some verdicts are wrong."""
    rows = [["nr", "first text", "second text", "verdict"]]
    for n, (text, label) in enumerate(tiny.frame(120)[["text", "label"]].to_numpy().tolist()):
        same = (label == "class-0") != (n in WRONG)
        rows.append([n, f"the {tiny.WORDS[11 + n % 9]} {n}", text, "same" if same else "other"])
    return rows


def _numbers() -> list[list]:
    table = frame("regression")
    return [["text", "strength"], *([t, f"{v:.2f}"] for t, v in table.itertuples(index=False))]


def _labels() -> str:
    rows = frame("multi-label-classification").to_dict("records")
    return "".join(json.dumps({"text": r["text"], "labels": r["label"]}) + "\n" for r in rows)


def _words() -> str:
    return "\n".join(
        "".join(f"{word} {tag}\n" for word, tag in zip(row.tokens, row.tags, strict=True))
        for row in frame("token-classification").itertuples()
    )


def _questions() -> str:
    articles: dict[str, list] = {}
    for row in frame("question-answering").itertuples():
        found = zip(row.answers["text"], row.answers["answer_start"], strict=True)
        answers = [{"text": text, "answer_start": start} for text, start in found]
        question = row.question if row.Index % 3 else "who said it"
        asked = {"id": row.id, "question": question, "answers": answers}
        articles.setdefault(row.title, []).append({"context": row.context, "qas": [asked]})
    data = [{"title": title, "paragraphs": parts} for title, parts in articles.items()]
    return json.dumps({"data": data})


def _sequences() -> list[list]:
    return [["source", "target"], *toy_task.frame(84)[["letters", "numbers"]].to_numpy().tolist()]


def _titles() -> list[list]:
    return [["body", "headline"], *_sequences()[1:]]


def _talks() -> str:
    return "".join(json.dumps(row) + "\n" for row in talks(84).to_dict("records"))


def _lines() -> str:
    return "".join(f"{text}\n" for text in passages(84)["text"])


def _sentences() -> str:
    return "".join(f"{text}\n" for text in tiny.frame(84)["text"])


def _matches() -> list[list]:
    return [["asked", "found"], *pairs.frame(84).to_numpy().tolist()]


WRITTEN = {
    "reviews": ("csv", _reviews),
    "pairs": ("csv", _pairs),
    "several-labels": ("jsonl", _labels),
    "numbers": ("csv", _numbers),
    "words": ("conll", _words),
    "questions": ("json", _questions),
    "sequences": ("csv", _sequences),
    "titles": ("csv", _titles),
    "talks": ("jsonl", _talks),
    "lines": ("txt", _lines),
    "sentences": ("txt", _sentences),
    "matches": ("csv", _matches),
}
