"""Tables in the forms in which tools and people write them: JSON, labelled lines, first lines."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.reading.corpus import workbook
from workbench.data.reading import sources, user_files
from workbench.errors import DataError

WORDS = "river stone garden letter window bread castle violin".split()
ROWS = [
    {
        "text": f"{WORDS[n % 8]} {WORDS[(n * 3 + 1) % 8]} by night {n}",
        "label": ("neg", "pos")[n % 2],
    }
    for n in range(20)
]
FRAME = pd.DataFrame(ROWS)
TEXTS = [row["text"] for row in ROWS]


def opened(tmp_path, name, content, **reading):
    path = tmp_path / name
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    splits, reports = sources.opened(path, reading=reading)
    return {name: split.to_list() for name, split in splits.items()}, reports[0].notes


# --- JSON ----------------------------------------------------------------------------------------

LINES = "\n".join(json.dumps(row) for row in ROWS)
NAMED_A = {
    "lines under another name": LINES,
    "one after the other": "\n".join(json.dumps(row, indent=1) for row in ROWS),
    "with commas between": ",\n".join(json.dumps(row) for row in ROWS),
    "records": ROWS,
    "columns of pandas": json.loads(FRAME.to_json(orient="columns")),
    "index of pandas": json.loads(FRAME.to_json(orient="index")),
    "split of pandas": json.loads(FRAME.to_json(orient="split")),
    "list of columns": FRAME.to_dict("list"),
    "under one key": {"data": ROWS},
    "under keys": {"version": 1, "payload": {"items": ROWS, "count": 20}},
    "lists with names": [["text", "label"], *[list(row.values()) for row in ROWS]],
    "viewer": {"features": [{"name": "text"}], "rows": [
        {"row_idx": n, "row": row, "truncated_cells": []} for n, row in enumerate(ROWS)]},
    "viewer with names": {
        "features": [{"name": "label", "type": {"names": ["neg", "pos"], "_type": "ClassLabel"}}],
        "rows": [{"row": {**row, "label": n % 2}} for n, row in enumerate(ROWS)]},
    "index by name": {f"doc-{n}": row for n, row in enumerate(ROWS)},
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED_A)
def test_a_table_in_json(tmp_path, name):
    assert opened(tmp_path, "a.json", NAMED_A[name])[0] == {"train": ROWS}


def test_the_schema_of_pandas_keeps_its_index(tmp_path):
    found, _ = opened(tmp_path, "a.json", FRAME.to_json(orient="table"))
    assert found["train"] == [{"index": n, **row} for n, row in enumerate(ROWS)]


@pytest.mark.parametrize("content", [json.dumps(ROWS), json.dumps(ROWS, indent=1)],
                         ids=["one line", "several lines"])  # fmt: skip
def test_a_document_that_is_called_jsonl(tmp_path, content):
    found, notes = opened(tmp_path, "a.jsonl", content)
    assert found == {"train": ROWS} and "one JSON document" in notes[0].what


@pytest.mark.parametrize(
    "content",
    [{"train": ROWS, "test": ROWS[:5]}, {"train": FRAME.to_dict("list"), "Test": ROWS[:5]},
     {"train": json.loads(FRAME.to_json(orient="index")), "test": ROWS[:5], "version": 3}],
    ids=["objects", "columns", "index"],
)  # fmt: skip
def test_splits_in_one_document(tmp_path, content):
    assert opened(tmp_path, "a.json", content)[0] == {"train": ROWS, "test": ROWS[:5]}


def test_lists_of_no_split_are_said(tmp_path):
    pairs = [list(row.values()) for row in ROWS]
    found, notes = opened(
        tmp_path, "a.json", {"train": pairs, "val": pairs[:3], "oos_train": pairs[:7]}
    )
    assert list(found) == ["train", "validation"] and len(found["train"]) == 20
    left = next(note for note in notes if note.severity == "warning")
    assert left.count == 7 and "'oos_train'" in left.what and "'rows': 'oos_train'" in left.remedy
    found, _ = opened(
        tmp_path, "b.json", {"train": pairs, "oos_train": pairs[:7]}, rows="oos_train"
    )
    assert len(found["train"]) == 7


def test_rasa_and_intents(tmp_path):
    examples = [{"text": r["text"], "intent": r["label"], "entities": []} for r in ROWS]
    rasa = {"rasa_nlu_data": {"common_examples": examples, "lookup_tables": [1, 2]}}
    found, notes = opened(tmp_path, "rasa.json", rasa)
    assert found["train"] == [{"text": r["text"], "intent": r["label"]} for r in ROWS]
    assert notes[1].count == 2 and "'lookup_tables'" in notes[1].what
    intents = {"intents": [
        {"tag": label, "patterns": [r["text"] for r in ROWS if r["label"] == label],
         "responses": ["yes", "no"]} for label in ("neg", "pos")
    ]}  # fmt: skip
    found, notes = opened(tmp_path, "intents.json", intents)
    assert sorted(r["text"] for r in found["train"]) == sorted(TEXTS)
    assert all(row in ROWS for row in found["train"])
    assert notes[1].count == 4 and "'responses'" in notes[1].what


def test_texts_under_their_labels(tmp_path):
    found, notes = opened(tmp_path, "a.json", {"good": TEXTS[:12], "bad": TEXTS[12:]})
    assert found["train"][0] == {"text": TEXTS[0], "label": "good"} and len(found["train"]) == 20
    assert "'good' 12, 'bad' 8" in notes[0].what and notes[0].severity == "warning"
    found, _ = opened(tmp_path, "b.json", {row["text"]: row["label"] for row in ROWS})
    assert found["train"] == ROWS


def test_two_lists_of_objects_are_asked_about(tmp_path):
    content = {"posts": ROWS, "comments": ROWS[:9]}
    with pytest.raises(DataError, match=r"'posts' \(20\), 'comments' \(9\)") as caught:
        opened(tmp_path, "a.json", content)
    assert "{'rows': 'posts'}" in caught.value.remedy
    assert opened(tmp_path, "b.json", content, rows="comments")[0]["train"] == ROWS[:9]
    with pytest.raises(DataError, match="no key 'commentz'"):
        opened(tmp_path, "c.json", content, rows="commentz")
    found, notes = opened(tmp_path, "d.json", {"posts": ROWS, "errors": [{"code": 1}]})
    assert found["train"] == ROWS and notes[0].count == 1 and "'errors'" in notes[0].what


VALUES = st.text("ab \"'\\,\n\r\t\u2028é文😀", max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from(["K", "L"])), min_size=2, max_size=5),
       st.sampled_from(["records", "columns", "index", "split", "lines", "lists", "parquet",
                        "arrow", "xlsx"]))  # fmt: skip
def test_what_is_written_is_read_back(tmp_path_factory, rows, how):
    frame = pd.DataFrame(rows, columns=["text", "label"])
    folder = tmp_path_factory.mktemp("shapes")
    path = folder / f"a.{how if how in ('parquet', 'arrow', 'xlsx') else 'json'}"
    if how == "parquet":
        frame.to_parquet(path)
    elif how == "arrow":
        frame.to_feather(path)
    elif how == "xlsx":  # a workbook keeps no empty cells apart
        frame["text"] = "w" + frame["text"].str.replace("\r", "") + "w"
        path.write_bytes(workbook([["text", "label"], *frame.to_numpy().tolist()]))
    elif how == "lines":
        frame.to_json(path, orient="records", lines=True)
    elif how == "lists":
        path.write_text(json.dumps(frame.to_dict("list")))
    else:
        frame.to_json(path, orient=how)
    found = sources.load(path)["train"].to_list()
    assert found == frame.to_dict("records")


# --- lines with labels ---------------------------------------------------------------------------

LABELLED = {
    "fastText": [f"__label__{r['label']} {r['text']}" for r in ROWS],
    "fastText behind": [f"{r['text']} __label__{r['label']}" for r in ROWS],
    "tab behind": [f"{r['text']}\t{r['label']}" for r in ROWS],
    "tab before": [f"{r['label']}\t{r['text']}" for r in ROWS],
    "semicolon": [f"{r['text']};{r['label']}" for r in ROWS],
    "semicolon under a header": ["text;label", *[f"{r['text']};{r['label']}" for r in ROWS]],
    "bar before": [f"{r['label']}|{r['text']}" for r in ROWS],
    "comma": [f"{r['text']},{r['label']}" for r in ROWS],
    "table of tabs": ["text\tlabel", *[f"{r['text']}\t{r['label']}" for r in ROWS]],
    "table of commas": ["text,label", *[f'"{r["text"]}",{r["label"]}' for r in ROWS]],
}


@pytest.mark.parametrize("name", LABELLED)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_labelled_lines(tmp_path, name, end):
    found, _ = opened(tmp_path, "a.txt", end.join(LABELLED[name]))
    assert found["train"] == ROWS


def test_other_labelled_lines(tmp_path):
    trec = [f"{('HUM:ind', 'NUM:date')[n % 2]} Who {row['text']} ?" for n, row in enumerate(ROWS)]
    found, _ = opened(tmp_path, "train_5500.label", "\n".join(trec))
    assert found["train"][1] == {"text": f"Who {TEXTS[1]} ?", "label": "NUM:date"}
    digits = [f"{n % 2} {row['text']}" for n, row in enumerate(ROWS)]
    found, _ = opened(tmp_path, "a.txt", "\n".join(digits))
    assert found["train"][3] == {"text": TEXTS[3], "label": "1"}
    several = [f"__label__{r['label']} __label__{n % 3} {r['text']}" for n, r in enumerate(ROWS)]
    found, notes = opened(tmp_path, "b.txt", "\n".join([*several, "no label here"]))
    assert found["train"][4] == {"text": TEXTS[4], "labels": ["neg", "1"]}
    assert notes[1].count == 1 and "no __label__" in notes[1].what


PLAIN = {
    "prose": [f"It rained, {text}; then {text}." for text in TEXTS],
    "numbered": [f"{n % 9 + 1} {text}" for n, text in enumerate(TEXTS)],
    "commas": [f"{text}, and no" for text in TEXTS],
    "words": WORDS,
    "times": [f"1{n % 10}:30 {text}" for n, text in enumerate(TEXTS)],
}


@pytest.mark.parametrize("name", PLAIN)
def test_lines_without_labels_stay_texts(tmp_path, name):
    found, notes = opened(tmp_path, "a.txt", "\n".join(PLAIN[name]))
    assert [row["text"] for row in found["train"]] == PLAIN[name] and notes == []


def test_a_text_file_obeys_what_it_is_told(tmp_path):
    lines = "\n".join(f"{r['text']} # {r['label']}" for r in ROWS)
    found, _ = opened(tmp_path, "a.txt", lines, delimiter="#", header=False)
    assert list(found["train"][0].values()) == [f"{TEXTS[0]} ", " neg"]
    tabs = "\n".join(LABELLED["tab behind"])
    found, _ = opened(tmp_path, "b.txt", tabs, shape="plain")
    assert found["train"][0] == {"text": f"{TEXTS[0]}\tneg"}
    with pytest.raises(DataError, match="no shape 'plane'"):
        opened(tmp_path, "c.txt", tabs, shape="plane")


# --- first lines ---------------------------------------------------------------------------------

TABLE = "".join(f"{row['text']},{row['label']}\n" for row in ROWS)
ABOVE = {
    "sep": "sep=,\n",
    "sep in quotes": '"sep=,"\r\n',
    "title": "Export of reviews 2024\n",
    "title with commas": "Export of reviews 2024,\n",
    "title and a blank line": "Reviews\n\n",
    "several": "Reviews\nfrom,\n2024-01-01\n\n",
    "comments": "# made by a tool, v1.2\n# and more\n",
    "marks": "\ufeff\ufeff",
}


@pytest.mark.parametrize("name", ABOVE)
@pytest.mark.parametrize("names", ["text,label", "Satz,Klasse", "\u200btext,label\u200b"],
                         ids=["usual", "unusual", "invisible"])  # fmt: skip
def test_what_stands_above_a_table(tmp_path, name, names):
    found, notes = opened(tmp_path, "a.csv", f"{ABOVE[name]}{names}\n{TABLE}")
    assert list(found["train"][0]) == names.replace("\u200b", "").split(",")
    assert [tuple(row.values()) for row in found["train"]] == [tuple(r.values()) for r in ROWS]
    if name not in ("sep", "sep in quotes", "marks"):
        note = next(note for note in notes if note.check == "lines above")
        assert note.count == len(ABOVE[name].split()) or "left out" in note.what
        assert "{'skip': 0}" in note.remedy


def test_a_header_that_comes_again_is_no_row(tmp_path):
    found, notes = opened(tmp_path, "a.csv", f"text,label\n{TABLE}text,label\n{TABLE}")
    assert found["train"] == ROWS * 2
    assert notes[0].count == 1 and "comes again in 1 row" in notes[0].what
    numbers = "text,score\na b c,1\nd e f,2\ntext,score\ng h i,3\n"
    assert [row["score"] for row in opened(tmp_path, "b.csv", numbers)[0]["train"]] == [1, 2, 3]


WITHOUT = {
    "numbers": ("4,it was a fine long day\n5,and another one of them\n", 2),
    "a single row": ('4,"it was a fine, long day"\n', 1),
    "short texts": ("good\nbad\nfine\n", 3),
    "labels that repeat": ("it was good,pos\nit was bad,neg\nfine,pos\n", 3),
    "a label that is a usual name": ("question,who was it\nquestion,where was it\nanswer,him\n", 3),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_the_first_row_stays_an_example(tmp_path, name):
    content, count = WITHOUT[name]
    found, notes = opened(tmp_path, "a.csv", content)
    assert len(found["train"]) == count
    assert "{'header': True}" in next(n for n in notes if n.check == "header").remedy


WITH = ["text\nfine\nbad\n", "my_words\nfine\nbad\n", "Kommentar;Note\ngut;5\nnaja;1\n",
        "v1,v2\nham,see you at the usual place\nspam,win a prize in no time\n"]  # fmt: skip


@pytest.mark.parametrize("content", WITH, ids=["usual", "underscore", "numbers below", "texts"])
def test_a_header_stays_a_header(tmp_path, content):
    assert len(opened(tmp_path, "a.csv", content)[0]["train"]) == 2


def test_a_column_of_texts_with_commas(tmp_path):
    lines = [f"{text}, and {text}" for text in TEXTS]
    found, notes = opened(tmp_path, "a.csv", "text\n" + "\n".join(lines))
    assert [row["text"] for row in found["train"]] == lines and notes[0].count == 20
    with pytest.raises(DataError, match="has one name, 'text', and the others have 2 fields"):
        opened(tmp_path, "b.csv", f"text\n{TABLE}")
    page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>a, b</body></html>"
    with pytest.raises(DataError, match="page of HTML called 'Sign in'"):
        opened(tmp_path, "c.csv", page)


@pytest.mark.parametrize("mark", ["~", "^", "$", "::", "|||", "\x01"])
def test_rarer_separators(tmp_path, mark):
    content = f"text{mark}label\n" + "".join(f"{r['text']}{mark}{r['label']}\n" for r in ROWS)
    assert opened(tmp_path, "a.csv", content)[0]["train"] == ROWS
    assert opened(tmp_path, "b.csv", content, delimiter=mark)[0]["train"] == ROWS


@pytest.mark.parametrize("before", ["", "it cost "], ids=["prices", "texts"])
def test_dollars_in_front_of_sums_separate_nothing(tmp_path, before):
    lines = [f"{before}${n}.50" for n in range(12)]
    assert opened(tmp_path, "a.csv", "\n".join(lines))[0]["train"] == [
        {"text": line} for line in lines
    ]


def test_several_labels_on_the_lines_of_a_cell(tmp_path):
    labels = ["war", "tax\ntrade", "tax", "war\n trade\n"] * 5
    cells = [["text", "label"], *[[t, x] for t, x in zip(TEXTS, labels, strict=True)]]
    found, notes = opened(tmp_path, "a.xlsx", workbook(cells))
    wanted = [["war"], ["tax", "trade"], ["tax"], ["war", "trade"]]
    assert [row["label"] for row in found["train"]] == wanted * 5
    assert notes[-1].count == 10 and "several lines" in notes[-1].what
    prose = [["text", "note"], *[[t, f"{t}\nand so on {t}"] for t in TEXTS]]
    found, _ = opened(tmp_path, "b.xlsx", workbook(prose))
    assert found["train"][0]["note"] == f"{TEXTS[0]}\nand so on {TEXTS[0]}"


MORE_ABOVE = {
    "a line with as many commas": "Sales report\nprinted 2024-01-02, page 1\n\n",
    "blank lines": "\n\n",
    "empty cells": ",\nExport,\n,\n",
}


@pytest.mark.parametrize("name", MORE_ABOVE)
def test_more_that_stands_above_a_table(tmp_path, name):
    found, notes = opened(tmp_path, "a.csv", f"{MORE_ABOVE[name]}text,label\n{TABLE}")
    assert found["train"] == ROWS
    assert ("lines above" in [note.check for note in notes]) == (name != "blank lines")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gb18030", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    rows = [(f"{row['text']} 今天很好", row["label"]) for row in ROWS]
    rows[3], rows[9] = ('"opens', "neg"), ('"opens too', "pos")
    lines = ["text\tlabel", *["\t".join(row) for row in rows]]
    found, notes = opened(tmp_path, "a.tsv", end.join(lines).encode(encoding))
    assert [tuple(row.values()) for row in found["train"]] == rows
    assert "line 5" in next(note.what for note in notes if note.check == "quotes")


def test_a_few_foreign_letters_in_latin_words_are_western(tmp_path):
    rows = [(f"{row['text']} café", row["label"]) for row in ROWS]
    content = "text,label\n" + "".join(f"{t},{x}\n" for t, x in rows)
    found, _ = opened(tmp_path, "a.csv", content.encode("cp1252"))
    assert found["train"][0]["text"].endswith("café")


def test_json_lines_are_known_whatever_the_file_is_called(tmp_path):
    for name in ("a.txt", "a.data", "a"):
        assert opened(tmp_path, name, LINES)[0]["train"] == ROWS


LARGE = {
    "splits.json": json.dumps({"train": ROWS, "test": ROWS[:3]}),
    "records.json": json.dumps(ROWS),
    "lines.json": LINES,
    "labelled.txt": "\n".join(f"__label__{row['label']} {row['text']}" for row in ROWS),
    "parted.txt": "\n".join(f"{row['text']};{row['label']}" for row in ROWS),
    "sep.csv": f"sep=,\ntext,label\n{TABLE}",
    "rare.csv": f"text::label\n{TABLE.replace(',', '::')}",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_read_as_a_small_one(tmp_path, monkeypatch, name):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(user_files, "BIG", 100)
    found, notes = opened(tmp_path, name, LARGE[name])
    assert found["train"] == ROWS
    again, same = opened(tmp_path, name, LARGE[name])
    assert again == found and same == notes
