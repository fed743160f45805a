"""Exports of annotation tools beyond spans: choices, taxonomies, decisions, names alone."""

from __future__ import annotations

import json

import pytest

from tests.data.tags.tagged_files import sentences, wanted
from workbench.data.columns import mapping
from workbench.data.reading import sources
from workbench.errors import DataError

SENTENCES = sentences()
TEXTS = [text for text, *_ in SENTENCES]
LABELS = [("neg", "pos")[n % 2] for n in range(12)]
SETS = [["art", "law", "war"][: n % 4] for n in range(12)]


def opened(tmp_path, name, content, **reading):
    path = tmp_path / name
    if name.endswith("jsonl"):
        content = "\n".join(map(json.dumps, content))
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    splits, reports = sources.opened(path, reading=reading)
    found = mapping.infer(splits)
    return splits["train"], (found.task, found.columns), reports[0].notes


def counts(notes, check):
    return [note.count for note in notes if note.check == check]


# --- Label Studio --------------------------------------------------------------------------------


def task(n, *results, data=None, **more):
    return {"id": n, "data": data or {"text": TEXTS[n]}, "predictions": [],
            "annotations": [{"result": list(results), "was_cancelled": False, **more}]}  # fmt: skip


def result(kind, value, name="answer"):
    return {"type": kind, "from_name": name, "to_name": "text", "value": {kind: value}}


def spans(n):
    return [{"type": "labels", "id": f"r{a}", "from_name": "label",
             "value": {"start": a, "end": b, "labels": [kind], "text": said}}
            for a, b, kind, said in SENTENCES[n][3]]  # fmt: skip


def test_choices_and_taxonomies_are_classes(tmp_path):
    made = [task(n, result("choices", [LABELS[n]])) for n in range(12)]
    train, found, _ = opened(tmp_path, "a.json", made)
    assert train["label"] == LABELS and found[0] == "text-classification"
    made = [task(n, result("choices", SETS[n] or ["art"])) for n in range(12)]
    train, found, _ = opened(tmp_path, "b.json", made)
    assert train["label"] == [one or ["art"] for one in SETS]
    assert found[0] == "multi-label-classification"
    made = [task(n, result("taxonomy", [["Beast", LABELS[n]]])) for n in range(12)]
    train, found, _ = opened(tmp_path, "c.json", made)
    assert train["label"] == [f"Beast/{label}" for label in LABELS]
    made[3] = task(3, result("taxonomy", [["Beast", "pos"], ["Place"]]))
    train, found, _ = opened(tmp_path, "d.json", made)
    assert train["label"][2:4] == [["Beast/neg"], ["Beast/pos", "Place"]]


@pytest.mark.parametrize("kind", ["rating", "number"])
def test_ratings_and_numbers(tmp_path, kind):
    made = [task(n, result(kind, n / 4)) for n in range(12)]
    train, found, _ = opened(tmp_path, "a.json", made)
    assert train["label"] == [n / 4 for n in range(12)] and found[0] == "regression"


def test_several_questions_are_several_columns(tmp_path):
    made = [
        task(n, result("choices", [LABELS[n]], "mood"), result("choices", SETS[n] or ["x"], "text"))
        for n in range(12)
    ]
    train, _, notes = opened(tmp_path, "a.json", made)
    assert train["mood"] == LABELS and train["text"] == TEXTS
    assert train["text_answer"] == [one or ["x"] for one in SETS]
    assert counts(notes, "choices") == [2]


def test_what_is_not_read_and_who_disagrees_is_counted(tmp_path):
    made = [task(n, result("choices", [LABELS[n]]), {"type": "relation", "from_id": "a"})
            for n in range(9)]  # fmt: skip
    made.append(task(9, result("choices", ["pos"]), was_cancelled=True))
    made.append({**task(10), "annotations": []})
    made[0]["annotations"] *= 2
    made[1]["annotations"] += task(1, result("choices", ["neg"]), ground_truth=True)["annotations"]
    train, _, notes = opened(tmp_path, "a.json", made)
    assert train["label"] == ["neg", "neg", *LABELS[2:9]]
    assert counts(notes, "no annotation") == [2] and counts(notes, "several annotations") == [2]
    assert any("1 of them different" in note.what for note in notes)
    assert counts(notes, "not read") == [8]  # the ground truth has no relation
    with pytest.raises(DataError, match="None of the 2 tasks"):
        opened(tmp_path, "b.json", made[-2:])


def test_spans_with_relations_and_with_choices(tmp_path):
    made = [task(n, *spans(n), result("choices", SETS[n] or ["x"]), {"type": "relation"})
            for n in range(12)]  # fmt: skip
    train, found, notes = opened(tmp_path, "a.json", made)
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()
    assert train["label"] == [one or ["x"] for one in SETS] and found[0] == "token-classification"
    assert counts(notes, "choices") == [12] and counts(notes, "not read") == [12]


def test_the_short_forms(tmp_path):
    rows = [{"id": n, "text": TEXTS[n], "annotator": 1,
             "topics": {"choices": SETS[n]} if len(SETS[n]) > 1 else "art"}
            for n in range(12)]  # fmt: skip
    right = [one if len(one) > 1 else ["art"] for one in SETS]
    train, found, _ = opened(tmp_path, "a.json", rows)
    assert train["topics"] == right and found[1]["label"] == "topics"
    quoted = [json.dumps(row["topics"]).replace('"', '""') if isinstance(row["topics"], dict)
              else row["topics"] for row in rows]  # fmt: skip
    lines = [f'{n},"{TEXTS[n]}","{quoted[n]}"' for n in range(12)]
    train, found, notes = opened(tmp_path, "a.csv", "id,text,topics\n" + "\n".join(lines))
    assert train["topics"] == right and counts(notes, "choices") == [6]
    assert found == ("multi-label-classification", {"text": "text", "label": "topics"})
    rows = [{"text": TEXTS[n], "kind": [{"taxonomy": [["A", LABELS[n]]]}]} for n in range(12)]
    train, found, _ = opened(tmp_path, "b.json", rows)
    assert train["kind"] == [f"A/{label}" for label in LABELS]


# --- Prodigy -------------------------------------------------------------------------------------


def choice(n, accept, answer="accept", **more):
    options = [{"id": one, "text": one.upper()} for one in ("art", "law", "war", "neg", "pos")]
    return {"text": TEXTS[n], "options": options, "accept": accept, "answer": answer,
            "_session_id": f"s{n % 3}", **more}  # fmt: skip


def test_options_that_were_accepted(tmp_path):
    train, found, _ = opened(tmp_path, "a.jsonl", [choice(n, [LABELS[n]]) for n in range(12)])
    assert train["label"] == LABELS and found[0] == "text-classification"
    assert "_session_id" not in train.column_names
    train, found, notes = opened(tmp_path, "b.jsonl", [choice(n, SETS[n]) for n in range(12)])
    assert train["label"] == SETS and found[0] == "multi-label-classification"
    assert any("3 have none" in note.what for note in notes)
    more = {"config": {"choice_style": "multiple"}}
    train, _, _ = opened(tmp_path, "c.jsonl", [choice(n, [LABELS[n]], **more) for n in range(12)])
    assert train["label"] == [[label] for label in LABELS]


def test_options_by_number_and_answers_that_were_no(tmp_path):
    answers = ("accept", "reject", "ignore", "accept")
    rows = [{**choice(n, [n % 2], answers[n % 4]),
             "options": [{"id": 0, "text": "Low"}, {"id": 1, "text": "High"}]}
            for n in range(12)]  # fmt: skip
    train, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert train["label"] == ["Low", "High"] * 3 and train["text"][1] == TEXTS[3]
    assert counts(notes, "answers") == [6]


def test_texts_that_several_people_decided_on(tmp_path):
    rows = [choice(n // 2, ["pos"]) for n in range(8)] + [choice(0, ["neg"])]
    train, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert len(train) == 9 and counts(notes, "several annotations") == [4]
    assert any("1 of them in different ways" in note.what for note in notes)


def test_a_label_that_was_accepted_or_rejected(tmp_path):
    answers = ["accept", "reject", "ignore"] * 4
    rows = [{"text": TEXTS[n], "label": "SPAM", "answer": answers[n]} for n in range(12)]
    train, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert train["label"] == ["SPAM", "not SPAM"] * 4 and counts(notes, "answers") == [4]
    rows = [{**row, "label": LABELS[n]} for n, row in enumerate(rows)]
    train, _, notes = opened(tmp_path, "b.jsonl", rows)
    assert train["label"] == [LABELS[n] for n in range(0, 12, 3)]
    assert counts(notes, "answers") == [8]
    assert len(opened(tmp_path, "c.jsonl", rows, shape="plain")[0]) == 12


# --- others --------------------------------------------------------------------------------------


def test_classes_of_older_doccano(tmp_path):
    rows = [{"id": n, "text": TEXTS[n], "annotations": [{"label": 1 + n % 2, "user": 1}]}
            for n in range(12)]  # fmt: skip
    train, found, _ = opened(tmp_path, "a.jsonl", rows)
    assert train["label"] == ["1", "2"] * 6 and found[1]["label"] == "label"
    rows[0]["annotations"].append({"label": 7, "user": 2})
    train, _, notes = opened(tmp_path, "b.jsonl", rows)
    assert train["label"][:2] == [["1", "7"], ["2"]] and counts(notes, "several annotations") == [1]


NAMED = {
    "by type": lambda s: {"entities": {"PER": [s[0][3]], "LOC": [s[1][3]], "ORG": []}},
    "with types": lambda s: {"entities": [{"entity": x[3], "types": [x[2]]} for x in s]},
    "with type": lambda s: {"ner": [{"text": x[3], "label": x[2]} for x in s]},
    "under output": lambda s: {"output": {"entities": {"PER": [s[0][3]], "LOC": [s[1][3]]}}},
}


@pytest.mark.parametrize("name", NAMED)
def test_entities_without_offsets_are_looked_for(tmp_path, name):
    key = "input" if name == "under output" else "text"
    rows = [{key: text, **NAMED[name](marked)} for text, _, _, marked in SENTENCES]
    train, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()
    assert "have no offsets" in next(note.what for note in notes if note.check == "names")


def test_entities_that_are_missing_or_come_twice_are_said(tmp_path):
    rows = [{"text": "Ann met Ann in Annam", "entities": {"PER": ["Ann", "Bob"]}}] * 3
    train, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert train["tags"][0] == ["B-PER", "O", "B-PER", "O", "O"]
    said = [(note.severity, note.count) for note in notes if note.check == "names"]
    assert said == [("info", 3), ("warning", 3)]


CLASSES = ("art", "law", "war")
WRITTEN_SETS = {
    "arrays of PostgreSQL": lambda one: "{" + ",".join(one) + "}",
    "numbers for each class": lambda one: str({k: int(k in one) for k in CLASSES}),
    "JSON with true and false": lambda one: json.dumps({k: k in one for k in CLASSES}),
}


@pytest.mark.parametrize("name", WRITTEN_SETS)
@pytest.mark.parametrize("column", ["labels", "tags"])
def test_sets_of_labels_that_a_table_holds_as_text(tmp_path, name, column):
    cells = [WRITTEN_SETS[name](one).replace('"', '""') for one in SETS]
    lines = [f'"{text}","{cell}"' for text, cell in zip(TEXTS, cells, strict=True)]
    train, found, notes = opened(tmp_path, "a.csv", f"text,{column}\n" + "\n".join(lines))
    assert train[column] == SETS and counts(notes, "lists") == [12]
    assert found == ("multi-label-classification", {"text": "text", "label": column})


def test_objects_that_are_no_classes_stay_as_they_are(tmp_path):
    lines = [f"\"{TEXTS[n]}\",\"{{'a': {n}, 'b': 1}}\",{LABELS[n]}" for n in range(12)]
    train, found, _ = opened(tmp_path, "a.csv", "text,meta,label\n" + "\n".join(lines))
    assert train["meta"][3] == "{'a': 3, 'b': 1}" and found[1]["label"] == "label"


@pytest.mark.parametrize("key", ["cats", "labels"])
def test_classes_with_numbers_in_json(tmp_path, key):
    rows = [{"text": TEXTS[n], key: {"pos": float(n % 2), "neg": 1.0 - n % 2}} for n in range(12)]
    train, found, notes = opened(tmp_path, "a.jsonl", rows)
    assert train["label"] == LABELS and found[0] == "text-classification"
    rows[0][key] = {"pos": 0.7, "neg": 0.5}
    assert opened(tmp_path, "b.jsonl", rows)[0]["label"][:2] == [["pos", "neg"], ["pos"]]


def test_lists_called_tags_are_labels_unless_they_tag_the_words(tmp_path):
    rows = [{"id": n, "body": TEXTS[n], "tags": SETS[n]} for n in range(12)]
    _, found, _ = opened(tmp_path, "a.jsonl", rows)
    assert found == ("multi-label-classification", {"text": "body", "label": "tags"})
    rows = [{"text": " ".join(words), "tags": tags} for _, words, tags, _ in SENTENCES]
    train, found, notes = opened(tmp_path, "b.jsonl", rows)
    assert list(zip(train["tokens"], train["tags"], strict=True)) == wanted()
    assert found[0] == "token-classification" and counts(notes, "words") == [12]
    rows = [{"text": text, "tokens": words} for text, words, *_ in SENTENCES]
    _, found, _ = opened(tmp_path, "c.jsonl", rows)
    assert found == ("language-modelling", {"text": "text"})


def test_names_with_their_places_as_cluener_has_them(tmp_path):
    rows = [
        {
            "text": f"安娜{n}住在罗马",
            "label": {"name": {"安娜": [[0, 1]]}, "address": {"罗马": [[5, 6]]}},
        }
        for n in range(4)
    ] + [{"text": "没有人", "label": {}}]
    path = tmp_path / "a.json"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    splits, reports = sources.opened(path)
    found = splits["train"].to_list()
    assert found[0]["tokens"] == list("安娜0住在罗马")
    tags = ["B-name", "I-name", "O", "O", "O", "B-address", "I-address"]
    assert found[0]["tags"] == tags and found[4]["tags"] == ["O", "O", "O"]
    assert any("ends are counted in" in note.what for note in reports[0].notes)


@pytest.mark.parametrize(
    ("answer", "task"),
    [
        (lambda n: f"Ada {n}", "question-answering"),
        (lambda n: ["Ada", "she"][n % 2 :], "question-answering"),
        (lambda n: n % 2 == 0, "text-classification"),
        (lambda n: ["yes", "no"][n % 2], "text-classification"),
    ],
    ids=["texts", "lists", "booleans", "yes-no"],
)
def test_a_passage_is_the_context_of_answers_in_words(tmp_path, answer, task):
    rows = [
        {
            "question": f"who wrote it {n}",
            "passage": f"It was Ada {n} and she wrote it.",
            "answer": answer(n),
        }
        for n in range(24)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = mapping.infer(sources.load(path))
    assert found.task == task
    if task == "question-answering":
        assert found.columns["context"] == "passage"


def test_spans_beside_accepted_options_are_said(tmp_path):
    rows = [
        {
            "text": f"Ada {n} came to Rome",
            "options": [{"id": "A", "text": "A"}, {"id": "B", "text": "B"}],
            "accept": ["AB"[n % 2]],
            "spans": [{"start": 0, "end": 3, "label": "PER"}],
            "answer": "accept",
        }
        for n in range(12)
    ]
    found, _, notes = opened(tmp_path, "a.jsonl", rows)
    assert found["label"][:2] == ["A", "B"] and counts(notes, "spans") == [12]
    bare = [{k: v for k, v in row.items() if k not in ("options", "accept")} for row in rows]
    found, _, _ = opened(tmp_path, "b.jsonl", bare)
    assert found["tags"][0][0] == "B-PER"


@pytest.mark.parametrize(
    "link", ["https://example.org/{n}", "index.html", "mailto:a@example.org", "/about", "#top"],
    ids=["address", "page", "letter", "place", "heading"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.txt", "a.csv"])
def test_links_of_markdown_mark_no_entities(tmp_path, name, link):
    lines = [f"See [chapter {n}]({link.format(n=n)}) of it" for n in range(12)]
    train, _, _ = opened(tmp_path, name, "text\n" * (name == "a.csv") + "\n".join(lines))
    assert train.to_list() == [{"text": line} for line in lines]
