"""Rows of JSON that are lists: tables, texts with spans, words with tags; spaCy's training data."""

from __future__ import annotations

import json

import pytest

from tests.data.tags.tagged_files import sentences, wanted
from workbench.data.columns import mapping
from workbench.data.reading import sources
from workbench.errors import DataError

SENTENCES = sentences()
TEXTS = [text for text, *_ in SENTENCES]
LABELS = [("neg", "pos")[n % 2] for n in range(len(TEXTS))]
PAIRS = [list(pair) for pair in zip(TEXTS, LABELS, strict=True)]
SPANS = [[list(span[:3]) for span in spans] for *_, spans in SENTENCES]
CATS = [{"pos": float(label == "pos"), "neg": float(label == "neg")} for label in LABELS]


def opened(tmp_path, name, content, **reading):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    splits, reports = sources.opened(path, reading=reading)
    return splits, reports[0].notes


def lines(rows):
    return "\n".join(map(json.dumps, rows)) + "\n"


def both(rows):
    """The two ways of writing lists: a document, or a list a line."""
    return {"a.json": json.dumps(rows), "a.jsonl": lines(rows), "lines.json": lines(rows),
            "lines.txt": lines(rows), "commas.json": ",\n".join(map(json.dumps, rows))}  # fmt: skip


def task_of(splits):
    found = mapping.infer(splits)
    return found.task, found.columns


def biluo(tags):
    made = []
    for n, tag in enumerate(tags):
        last = n + 1 == len(tags) or not tags[n + 1].startswith("I-")
        letter = {"B": "U" if last else "B", "I": "L" if last else "I"}.get(tag[0], "")
        made.append(letter + tag[1:] if letter else tag)
    return made


TABLES = {
    "pairs": (PAIRS, {"text": "column_1", "label": "column_2"}),
    "label first": ([pair[::-1] for pair in PAIRS], {"text": "column_2", "label": "column_1"}),
    "names at the top": ([["text", "label"], *PAIRS], {"text": "text", "label": "label"}),
    "with an id": ([[n, *p] for n, p in enumerate(PAIRS)],
                   {"text": "column_2", "label": "column_3"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("file", both([[1]]))
def test_lists_of_values_are_rows_of_a_table(tmp_path, name, file):
    rows, columns = TABLES[name]
    splits, notes = opened(tmp_path, file, both(rows)[file])
    assert task_of(splits) == ("text-classification", columns)
    train = splits["train"]
    assert [list(pair) for pair in zip(train[columns["text"]], train[columns["label"]],
                                       strict=True)] == PAIRS  # fmt: skip
    assert any("rows" in note.what and "are lists" in note.what for note in notes)


def test_the_first_list_is_names_where_the_user_says_so(tmp_path):
    rows = [["alpha", "beta"], *PAIRS]
    splits, _ = opened(tmp_path, "a.jsonl", lines(rows), header=True)
    assert splits["train"].column_names == ["alpha", "beta"] and len(splits["train"]) == len(PAIRS)
    assert len(opened(tmp_path, "b.jsonl", lines(rows), header=False)[0]["train"]) == len(rows)


@pytest.mark.parametrize("header", [[], [["text", "topics"]]], ids=["no names", "names"])
def test_lists_of_labels(tmp_path, header):
    sets = [["tax", "war", "trade"][: n % 4] for n in range(len(TEXTS))]
    rows = [*header, *[[text, labels] for text, labels in zip(TEXTS, sets, strict=True)]]
    splits, _ = opened(tmp_path, "a.jsonl", lines(rows))
    task, columns = task_of(splits)
    assert task == "multi-label-classification" and splits["train"][columns["label"]] == sets


TAGGED = {
    "words and tags": [[words, tags] for _, words, tags, _ in SENTENCES],
    "tags and words": [[tags, words] for _, words, tags, _ in SENTENCES],
    "pairs": [[list(pair) for pair in zip(w, t, strict=True)] for _, w, t, _ in SENTENCES],
    "word, part of speech, tag": [[[x, "NN", y] for x, y in zip(w, t, strict=True)]
                                  for _, w, t, _ in SENTENCES],
    "objects": [[{"word": x, "pos": "NN", "tag": y} for x, y in zip(w, t, strict=True)]
                for _, w, t, _ in SENTENCES],
}  # fmt: skip


@pytest.mark.parametrize("name", TAGGED)
@pytest.mark.parametrize("file", ["a.json", "a.jsonl"])
def test_words_with_their_tags(tmp_path, name, file):
    splits, _ = opened(tmp_path, file, both(TAGGED[name])[file])
    assert task_of(splits)[0] == "token-classification"
    train = splits["train"]
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()


def test_rows_whose_words_are_objects(tmp_path):
    rows = [{"id": n, "tokens": [{"text": x, "lemma": x, "ner": y}
                                 for x, y in zip(w, t, strict=True)]}
            for n, (_, w, t, _) in enumerate(SENTENCES)]  # fmt: skip
    splits, notes = opened(tmp_path, "a.jsonl", lines([*rows, {"id": 99, "tokens": []}]))
    train = splits["train"]
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()
    assert [note.count for note in notes if note.severity == "warning"] == [1]


# --- spaCy ---------------------------------------------------------------------------------------

ENTITIES = {
    "entities": [[t, {"entities": spans}] for t, spans in zip(TEXTS, SPANS, strict=True)],
    "spans alone": [list(pair) for pair in zip(TEXTS, SPANS, strict=True)],
    "names at the top": [["text", "entities"],
                         *[list(pair) for pair in zip(TEXTS, SPANS, strict=True)]],
    "with ids of a knowledge base": [[t, {"entities": [[*s, "Q1"] for s in spans], "links": {}}]
                                     for t, spans in zip(TEXTS, SPANS, strict=True)],
}  # fmt: skip


@pytest.mark.parametrize("name", ENTITIES)
@pytest.mark.parametrize("file", both([[1]]))
def test_texts_with_spans_as_pairs(tmp_path, name, file):
    splits, _ = opened(tmp_path, file, both(ENTITIES[name])[file])
    train = splits["train"]
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()
    assert task_of(splits)[0] == "token-classification"


def test_pairs_under_a_key_and_as_splits(tmp_path):
    pairs = ENTITIES["entities"]
    splits, _ = opened(tmp_path, "a.json", {"TRAIN_DATA": pairs})
    assert len(splits["train"]) == 12
    splits, _ = opened(tmp_path, "b.json", {"TRAIN_DATA": pairs, "test": pairs[:3]})
    assert {name: len(split) for name, split in splits.items()} == {"train": 12, "test": 3}
    splits, _ = opened(tmp_path, "c.json", {"classes": ["PER"], "rows": pairs})
    assert splits["train"]["tags"][0] == SENTENCES[0][2]


def test_classes_of_pairs(tmp_path):
    rows = [[t, {"cats": cats}] for t, cats in zip(TEXTS, CATS, strict=True)]
    splits, notes = opened(tmp_path, "a.jsonl", lines(rows))
    assert splits["train"]["label"] == LABELS and notes[0].count == 12
    rows[0][1]["cats"] = {"pos": True, "neg": 0.5}
    rows[1][1]["cats"] = {"pos": 0.2, "neg": 0.1}
    rows[2][1] = {}
    splits, notes = opened(tmp_path, "b.jsonl", lines(rows))
    assert splits["train"]["label"][:4] == [["pos", "neg"], [], None, ["pos"]]
    assert notes[0].count == 11 and "1 have none" in notes[0].what


def test_spans_and_classes_are_both_kept_and_said(tmp_path):
    rows = [[t, {"entities": spans, "cats": cats}]
            for t, spans, cats in zip(TEXTS, SPANS, CATS, strict=True)]  # fmt: skip
    splits, notes = opened(tmp_path, "a.json", rows)
    train = splits["train"]
    assert train["label"] == LABELS and train["tags"][0] == SENTENCES[0][2]
    assert task_of(splits)[0] == "token-classification"
    assert any("cats as well as marked spans" in note.what for note in notes)


def test_other_annotations_of_a_text(tmp_path):
    rows = [[t, {"label": label}] for t, label in zip(TEXTS, LABELS, strict=True)]
    splits, _ = opened(tmp_path, "a.json", rows)
    assert splits["train"]["label"] == LABELS
    rows = [[" ".join(w), {"tags": ["NN"] * len(w)}] for _, w, *_ in SENTENCES]
    splits, _ = opened(tmp_path, "b.json", rows)
    assert splits["train"]["tokens"] == [w for _, w, *_ in SENTENCES]


def document(n, parts, **more):
    """A document of spaCy 2: a paragraph of these sentences (words, tags)."""
    made = [{"tokens": [{"id": k, "orth": w, "tag": "NN", "head": 0, "dep": "", "ner": t}
                        for k, (w, t) in enumerate(zip(words, biluo(tags), strict=True))],
             "brackets": []} for words, tags in parts]  # fmt: skip
    return {"id": n, "paragraphs": [{"sentences": made, **more}]}


def test_documents_of_spacy_2(tmp_path):
    documents = [document(n, [one]) for n, one in enumerate(wanted())]
    for name, content in {"a.json": documents, "a.jsonl": lines(documents)}.items():
        train = opened(tmp_path, name, content)[0]["train"]
        assert train["tokens"] == [words for words, _ in wanted()]
        assert train["tags"] == [biluo(tags) for _, tags in wanted()]
    raw = "  ".join(TEXTS[:3])
    one = document(0, wanted()[:3], raw=raw)
    train = opened(tmp_path, "one.json", one)[0]["train"]
    assert train["text"] == TEXTS[:3] and train["tags"][2] == biluo(wanted()[2][1])


def test_documents_of_spacy_2_whose_tags_or_classes_say_other_things(tmp_path):
    words = wanted()[0][0]
    unknown = document(0, [(words, ["-"] * len(words))])
    train, notes = opened(tmp_path, "pos.json", [unknown, unknown])[0]["train"], None
    assert train["tags"][0] == ["NN"] * len(words)
    train, notes = opened(tmp_path, "some.json", [unknown, document(1, wanted()[1:3])])
    assert train["train"]["tags"][0] == ["O"] * len(words)
    assert [n.count for n in notes if n.severity == "warning"] == [len(words)]
    classes = [
        document(n, [(w, ["O"] * len(w))], raw=TEXTS[n],
                 cats=[{"label": k, "value": v} for k, v in CATS[n].items()])
        for n, (w, _) in enumerate(wanted())
    ]  # fmt: skip
    train = opened(tmp_path, "classes.json", classes)[0]["train"]
    assert train.column_names == ["text", "label"]
    assert train["text"] == TEXTS and train["label"] == LABELS


# --- what is wrong is named ----------------------------------------------------------------------


def test_rows_that_do_not_fit_are_named(tmp_path):
    with pytest.raises(DataError, match="Row 3 .* 3 values where most have 2") as caught:
        opened(tmp_path, "a.jsonl", lines([*PAIRS[:3], ["a b", "pos", "neg"], *PAIRS[3:]]))
    assert "a list of their own" in caught.value.remedy
    with pytest.raises(DataError, match="line 13 is not JSON"):
        opened(tmp_path, "b.jsonl", lines(PAIRS) + '["cut", ')
    with pytest.raises(DataError, match="row 12 is an object .* the first one a list"):
        opened(tmp_path, "c.jsonl", lines([*PAIRS, {"text": "a"}]))
