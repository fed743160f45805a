"""More files that people have: numbers, sheets, columns, folders, intents, and what is refused."""

from __future__ import annotations

import datetime
import decimal
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.data.reading.corpus import workbook
from tests.training.tiny import save_model
from workbench import tasks
from workbench.data.columns import mapping
from workbench.data.columns.written_numbers import way_of
from workbench.data.reading import sources
from workbench.errors import DataError

pytestmark = pytest.mark.usefixtures("own_cache")

WORDS = "river stone garden letter window bread castle violin".split()
TEXTS = [f"{WORDS[n % 8]} {WORDS[(n * 3 + 1) % 8]} by night {n}" for n in range(24)]
LABELS = [("neg", "pos")[n % 2] for n in range(24)]
PAIRS = [list(pair) for pair in zip(TEXTS, LABELS, strict=True)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_model(tmp_path_factory.mktemp("model") / "bert", positions=256))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def opened(path, **reading):
    splits, reports = sources.opened(path, reading=reading)
    return splits, [note for report in reports for note in report.notes]


def pairs(splits):
    found = mapping.infer(splits)
    columns = {"text": "text", "label": "label", **found.columns}
    return [[r[columns["text"]], r[columns["label"]]] for r in splits["train"].to_list()]


def said(notes, check):
    return [(note.severity, note.count) for note in notes if note.check == check]


# --- numbers -------------------------------------------------------------------------------------

NUMBERS = {
    "decimal commas": ([f"{n},{n % 9 + 1}" for n in range(24)],
                       [n + (n % 9 + 1) / 10 for n in range(24)]),
    "grouped by points": ([f"{n + 1}.250,5" for n in range(24)],
                          [(n + 1) * 1000 + 250.5 for n in range(24)]),
    "dollars": ([f"${n + 1},{n + 100}" for n in range(24)],
                [(n + 1) * 1000 + n + 100 for n in range(24)]),
    "signs behind": ([f"{n + 1}.50 USD" for n in range(24)], [n + 1.5 for n in range(24)]),
    "percent": ([f"{n}.5 %" for n in range(24)], [n + 0.5 for n in range(24)]),
    "grouped by blanks": ([f"{n + 1} 0{n + 10}.5" for n in range(24)],
                          [(n + 1) * 1000 + n + 10.5 for n in range(24)]),
    "below zero": ([f"-€{n},5" for n in range(24)], [-n - 0.5 for n in range(24)]),
    "plain": ([f"{n}.5" for n in range(24)], [n + 0.5 for n in range(24)]),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_a_column_of_numbers_beside_texts_is_learnt_as_numbers(tmp_path, model, name):
    written, numbers = NUMBERS[name]
    rows = "".join(f"{t};{w}\n" for t, w in zip(TEXTS, written, strict=True))
    check = wb.check(write(tmp_path / "a.csv", "text;wert\n" + rows), model=model).fix_all()
    assert check.ok and check.recipe.task == "regression"
    examples = tasks.get("regression").load_examples(check.recipe)
    frame = pd.concat(examples.splits.values()).sort_values("row")
    assert frame["label"].tolist() == numbers


def test_a_comma_that_may_group_or_part_is_asked_about(tmp_path, model):
    rows = "".join(f"{t};{n + 1},250\n" for n, t in enumerate(TEXTS))
    check = wb.check(write(tmp_path / "a.csv", "text;wert\n" + rows), model=model)
    assert not check.fix_all().ok
    for fix, first in (("decimal_commas", 1.25), ("number_signs", 1250.0)):
        mended = check.fix(fix)
        examples = tasks.get("regression").load_examples(mended.recipe)
        frame = pd.concat(examples.splits.values()).sort_values("row")
        assert mended.ok and frame["label"].iloc[0] == first


@pytest.mark.parametrize(
    "texts",
    [["192.168.100.200", "10.0.0.1"], ["1", "2.5"], ["0176 123 4567 89", "1"], ["3.10.2", "1.2"],
     ["12 May", "3"], ["", "1"], []],
    ids=["addresses", "plain", "telephone", "versions", "dates", "empty", "none"],
)  # fmt: skip
def test_what_only_looks_like_a_written_number(texts):
    assert way_of(texts) is None


def test_versions_are_no_numbers(tmp_path):
    rows = "".join(f"{t},{['1.10', '1.2', '2.0'][n % 3]}\n" for n, t in enumerate(TEXTS))
    splits, _ = opened(write(tmp_path / "a.csv", "text,version\n" + rows))
    assert sorted(set(splits["train"]["version"])) == ["1.10", "1.2", "2.0"]


@pytest.mark.parametrize("mark", ["|", ";", "\t"])
def test_a_header_of_usual_names_is_no_title_above_the_table_of_another_separator(tmp_path, mark):
    labels = [f"x{mark}y", "z"]
    rows = "".join(f'{t},"{labels[n % 2]}"\n' for n, t in enumerate(TEXTS))
    splits, notes = opened(write(tmp_path / "a.csv", "text,label\n" + rows))
    assert splits["train"]["label"] == [labels[n % 2] for n in range(len(TEXTS))]
    assert splits["train"]["text"] == TEXTS and not said(notes, "lines above")


# --- workbooks -----------------------------------------------------------------------------------

SHEETS = {
    "title": [["Survey of the spring", ""], ["text", "label"], *PAIRS],
    "title and note": [["Survey", ""], ["made on Monday", ""], ["text", "label"], *PAIRS],
    "groups": [["Review", ""], ["text", "label"], *PAIRS],
    "plain": [["text", "label"], *PAIRS],
}


@pytest.mark.parametrize("name", SHEETS)
def test_what_stands_above_a_sheets_table_is_left_out(tmp_path, name):
    path = write(tmp_path / "a.xlsx", workbook(SHEETS[name]))
    splits, notes = opened(path)
    assert splits["train"].to_list() == [dict(zip(("text", "label"), p, strict=True))
                                         for p in PAIRS]  # fmt: skip
    above = len(SHEETS[name]) - len(PAIRS) - 1
    assert said(notes, "lines above") == ([("warning", above)] if above else [])
    if above:
        plain, _ = opened(path, skip=0)
        assert len(plain["train"]) == len(PAIRS) + above


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xls", "text\tlabel\r\n" + "".join(f"{t}\t{x}\r\n" for t, x in PAIRS)),
     ("a.xls", ("text\tlabel\n" + "".join(f"{t}\t{x}\n" for t, x in PAIRS)).encode("utf-16")),
     ("a.xlsx", "text,label\n" + "".join(f"{t},{x}\n" for t, x in PAIRS))],
    ids=["tabs", "utf-16", "commas"],
)  # fmt: skip
def test_text_that_is_called_a_workbook(tmp_path, name, content):
    splits, notes = opened(write(tmp_path / name, content))
    assert pairs(splits) == PAIRS and said(notes, "workbook") == [("info", 1)]


def test_a_page_that_is_called_a_workbook(tmp_path):
    path = write(tmp_path / "a.xls", "<html><table><tr><td>text</td></tr></table></html>")
    with pytest.raises(DataError, match="page of HTML"):
        opened(path)


# --- columns -------------------------------------------------------------------------------------


def test_types_of_databases(tmp_path):
    at = datetime.datetime(2024, 1, 1)
    table = pa.table({
        "text": pa.array([text.encode() for text in TEXTS], pa.binary()),
        "score": pa.array([decimal.Decimal(n) / 4 for n in range(24)], pa.decimal128(9, 2)),
        "stars": pa.array([decimal.Decimal(n % 5) for n in range(24)], pa.decimal128(38, 0)),
        "kind": pa.array(LABELS).dictionary_encode(),
        "raw": pa.array([b"\xff\xfe"] * 24, pa.binary()),
        "at": [at] * 24,
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    splits, notes = opened(tmp_path / "a.parquet")
    rows = splits["train"].to_list()
    assert [row["text"] for row in rows] == TEXTS
    assert [row["score"] for row in rows] == [n / 4 for n in range(24)]
    assert [row["stars"] for row in rows] == [n % 5 for n in range(24)]
    assert rows[0]["raw"] == b"\xff\xfe" and said(notes, "types") == [("info", 2), ("info", 1)]


def test_objects_become_columns_of_their_parts(tmp_path):
    rows = [{"doc": {"text": t, "meta": {"lang": "en"}}, "label": {"id": n % 2, "name": x}}
            for n, (t, x) in enumerate(PAIRS)]  # fmt: skip
    splits, notes = opened(write(tmp_path / "a.json", json.dumps(rows)))
    names = splits["train"].column_names  # within an object older Arrows sort them
    assert sorted(names) == ["doc.meta.lang", "doc.text", "label.id", "label.name"]
    assert pairs(splits) == PAIRS and said(notes, "objects") == [("info", 2)]


def test_lists_of_one_label_are_classes_when_they_are_meant(tmp_path, model):
    rows = "\n".join(json.dumps({"text": t, "label": [x]}) for t, x in PAIRS)
    check = wb.check(write(tmp_path / "a.jsonl", rows), model=model)
    assert check.recipe.task == "multi-label-classification"
    mended = check.fix("one label a row")
    examples = tasks.get(mended.recipe.task).load_examples(mended.recipe)
    assert mended.ok and examples.label_names == ["neg", "pos"]
    assert mended.tables["classes"]["label"].tolist() == ["neg", "pos"]


@pytest.mark.parametrize("sign", [" | ", ", ", " ; "], ids=["pipes", "commas", "semicolons"])
def test_blanks_around_separators_are_no_part_of_the_fields(tmp_path, sign):
    lines = "\n".join(sign.join(row) for row in [["text", "label"], *PAIRS])
    splits, notes = opened(write(tmp_path / "a.csv", lines))
    assert pairs(splits) == PAIRS and said(notes, "blanks") == [("info", 1)]


def test_blanks_in_some_fields_stay(tmp_path):
    lines = "\n".join(",".join(row) for row in [["text", "label"], *PAIRS, ["a", " odd"]])
    splits, _ = opened(write(tmp_path / "a.csv", lines))
    assert splits["train"]["label"][-1] == " odd"


# --- lines ---------------------------------------------------------------------------------------


def test_separators_of_several_signs(tmp_path):
    rows = [f"{n}_!_{100 + n % 2}_!_news_{LABELS[n]}_!_{TEXTS[n]}_!_" for n in range(24)]
    splits, notes = opened(write(tmp_path / "cat_data.txt", "\n".join(rows)))
    assert [[t, x.removeprefix("news_")] for t, x in pairs(splits)] == PAIRS
    assert any("'_!_'" in note.what for note in notes)


def test_a_table_of_tabs_is_no_label_and_text(tmp_path):
    rows = ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"]
    rows += [f"{n % 2}\t{n}\t{n + 9}\t{TEXTS[n]}\t{TEXTS[23 - n]}" for n in range(24)]
    splits, _ = opened(write(tmp_path / "pairs_train.txt", "\ufeff" + "\n".join(rows)))
    assert splits["train"].column_names[0] == "Quality" and len(splits["train"]) == 24
    assert set(mapping.infer(splits).columns) == {"text", "pair", "label"}


def test_few_kana_are_japanese(tmp_path):
    rows = "text,label\n" + "".join(
        f"これは{('悪', '良')[n % 2]}い映画でした{n},{x}\n" for n, x in enumerate(LABELS)
    )
    for encoding in ("shift_jis", "euc_jp"):
        splits, notes = opened(write(tmp_path / f"{encoding}.csv", rows.encode(encoding)))
        assert splits["train"]["text"][0] == "これは悪い映画でした0"
        assert said(notes, "encoding") == [("warning", 1)]


def test_dates_of_networks_are_no_texts(tmp_path):
    rows = "".join(f'"{4 * (n % 2)}","Mon Apr {n + 1:02d} 22:19:45 PDT 2009","@you {t}"\n'
                   for n, t in enumerate(TEXTS))  # fmt: skip
    splits, _ = opened(write(tmp_path / "a.csv", rows))
    found = mapping.infer(splits).columns
    assert (found["text"], found["label"]) == ("column_3", "column_1") and "pair" not in found


TREES = {
    "a line each": "".join(f"(S (NP (NNP Ada)) (VP (VBD saw) (NP (NN {w}))) (. .))\n"
                           for w in WORDS),
    "over lines": "".join(f"( (S\n  (NP (NNP Ada) )\n  (VP (VBD saw)\n  (NP (NN {w}) )))) \n"
                          for w in WORDS),
    "with classes": "".join(f"({n % 5} (2 The) ({n % 4} (2 {w}) (2 .)))\n"
                            for n, w in enumerate(WORDS)),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_trees_are_said_not_to_be_read(tmp_path, name):
    path = write(tmp_path / "a.txt", TREES[name])
    with pytest.raises(DataError, match="trees in brackets") as caught:
        opened(path)
    assert "'plain'" in caught.value.remedy
    assert len(opened(path, shape="plain")[0]["train"]) >= len(WORDS)


def test_lines_in_brackets_are_no_trees(tmp_path):
    lines = "\n".join(f"(see {t})" for t in TEXTS)
    assert opened(write(tmp_path / "a.txt", lines))[0]["train"]["text"][0] == f"(see {TEXTS[0]})"


@pytest.mark.parametrize(
    "line",
    ["The <e1>{0}</e1> of the <e2>{1}</e2>", "a <b>{0}</b> and <i>{1}</i>", "{{{{name}}}} saw {0}",
     "a < {0} > b", "if <{0}> then"],
    ids=["relations", "html", "placeholders", "signs", "alone"],
)  # fmt: skip
def test_marks_that_are_no_entities_stay(tmp_path, line):
    lines = [line.format(WORDS[n % 8], WORDS[(n + 1) % 8]) + f" {n}" for n in range(24)]
    splits, _ = opened(write(tmp_path / "a.txt", "\n".join(lines)))
    assert splits["train"]["text"] == lines


def test_a_mark_without_end_is_counted(tmp_path):
    lines = [f"<PER>{w} {n}</PER> slept &amp; left" for n, w in enumerate(WORDS)]
    lines[2] = "<PER>Ada slept"
    splits, notes = opened(write(tmp_path / "a.txt", "\n".join(lines)))
    assert said(notes, "marked texts") == [("info", 8), ("warning", 1)]
    assert splits["train"]["text"][:3] == ["river 0 slept & left", "stone 1 slept & left", lines[2]]


# --- intents -------------------------------------------------------------------------------------

TOWNS = ["Graz", "Oslo", "Lima", "Bern"]
SAYINGS = [("greet", f"hello {w}") for w in WORDS] + [
    ("book", f"a table in [{TOWNS[n % 4]}](city) for {n}") for n in range(8)
]


def _markdown():
    lines = []
    for intent in ("greet", "book"):
        lines += [f"## intent:{intent}", *(f"- {x}" for i, x in SAYINGS if i == intent), ""]
    return "\n".join([*lines, "## synonym:a", "- b"])


def _yaml():
    lines = ['version: "3.1"', "nlu:"]
    for intent in ("greet", "book"):
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {x}" for i, x in SAYINGS if i == intent]
    return "\n".join([*lines, "- synonym: a", "  examples: |", "    - b"])


@pytest.mark.parametrize(("name", "make"), [("nlu.md", _markdown), ("nlu.yml", _yaml)],
                         ids=["markdown", "yaml"])  # fmt: skip
def test_intents_of_rasa(tmp_path, name, make):
    path = write(tmp_path / name, make())
    splits, notes = opened(path)
    plain = [(i, x.replace("[", "").replace("](city)", "")) for i, x in SAYINGS]
    rows = splits["train"].to_list()
    assert [(r["intent"], r["text"]) for r in rows] == plain
    assert mapping.infer(splits).columns["label"] == "intent"
    assert said(notes, "rasa") == [("info", 16), ("info", 8), ("warning", 1)]
    splits, _ = opened(path, shape="rasa entities")
    rows = splits["train"].to_list()
    assert [r["tags"].count("B-city") for r in rows] == [0] * 8 + [1] * 8


def test_yaml_that_is_damaged_or_runs_code_is_refused(tmp_path):
    for content in (_yaml() + "\n  - [", _yaml() + "\n- !!python/object/apply:os.getcwd []"):
        with pytest.raises(DataError, match="cannot be read as YAML"):
            opened(write(tmp_path / "nlu.yml", content))


def test_queries_in_pieces(tmp_path):
    content = {"language": "en", "intents": {
        intent: {"utterances": [{"data": [{"text": "in "}, {"text": town, "entity": "city"}]}
                                for town in TOWNS]} for intent in ("Book", "Go")}}  # fmt: skip
    path = write(tmp_path / "a.json", json.dumps(content))
    splits, notes = opened(path)
    assert [(r["text"], r["intent"]) for r in splits["train"].to_list()] == [
        (f"in {town}", intent) for intent in ("Book", "Go") for town in TOWNS
    ]
    assert said(notes, "json") == [("info", 8), ("warning", 8)]
    splits, _ = opened(path, shape="snips entities")
    assert splits["train"]["tags"] == [["O", "B-city"]] * 8


def test_records_of_argilla(tmp_path):
    def record(n, *responses):
        return {"id": n, "fields": {"text": TEXTS[n]}, "metadata": {}, "suggestions": {},
                "responses": {"label": [{"value": v, "user_id": "u", "status": status}
                                        for v, status in responses]}}  # fmt: skip

    rows = [record(n, (LABELS[n], "submitted")) for n in range(20)]
    rows += [record(20, ("neg", "discarded")), record(21),
             record(22, ("neg", "submitted"), ("pos", "submitted"))]  # fmt: skip
    splits, notes = opened(write(tmp_path / "a.json", json.dumps(rows)))
    assert pairs(splits) == [*PAIRS[:20], [TEXTS[22], "neg"]]
    assert said(notes, "no annotation") == [("warning", 2)]
    assert said(notes, "several annotations") == [("warning", 1)]


# --- questions -----------------------------------------------------------------------------------


def _asked(context, question, answers):
    return {"context_text": context, "qas": [{"query_id": "1", "query_text": question,
                                              "answers": answers}]}  # fmt: skip


QUESTIONS = {
    "cmrc": [_asked(f"Ada lives in {t}.", "Where?", [t]) for t in TOWNS],
    "mrqa": [{"header": {"dataset": "X"}}, *(
        {"context": f"Ada lives in {t}.", "qas": [{"qid": "1", "question": "Where?", "answers": [t],
         "detected_answers": [{"text": t, "char_spans": [[13, 16]]}]}]} for t in TOWNS)],
}  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_under_other_names(tmp_path, name):
    lines = "\n".join(json.dumps(row) for row in QUESTIONS[name])
    splits, _ = opened(write(tmp_path / "a.jsonl", lines))
    rows = splits["train"].to_list()
    assert mapping.infer(splits).task == "question-answering"
    assert [r["answers"]["text"] for r in rows] == [[t] for t in TOWNS]
    assert [r["question"] for r in rows] == ["Where?"] * 4
    assert rows[0]["answers"]["answer_start"] == ([13] if name == "mrqa" else [None])


# --- files line by line --------------------------------------------------------------------------


def test_texts_and_labels_in_files_beside_each_other(tmp_path):
    for split, part in (("train", PAIRS[:16]), ("val", PAIRS[16:20]), ("test", PAIRS[20:])):
        write(tmp_path / f"{split}_text.txt", "".join(f"{t}\n" for t, _ in part))
        write(tmp_path / f"{split}_labels.txt", "".join(f"{int(x == 'pos')}\n" for _, x in part))
    write(tmp_path / "mapping.txt", "0\tneg\n1\tpos\n")
    splits, notes = opened(tmp_path)
    assert [[r["text"], r["label"]] for s in splits.values() for r in s.to_list()] == PAIRS
    assert said(notes, "parallel files") == [("info", 4), ("info", 16), ("info", 4), ("info", 2)]
    write(tmp_path / "val_labels.txt", "0\n")
    with pytest.raises(DataError, match=r"4 lines and .*val_labels.txt has 1"):
        opened(tmp_path)


def test_slots_and_intents_in_folders(tmp_path):
    for split in ("train", "test"):
        write(tmp_path / split / "seq.in", "fly to Graz\nfly to Oslo\n")
        write(tmp_path / split / "seq.out", "O O B-city\nO O B-city\n")
        write(tmp_path / split / "label", "flight\ntown\n")
    splits, notes = opened(tmp_path)
    assert splits["test"]["label"] == ["flight", "town"] and len(splits) == 2
    assert said(notes, "left out") == [("warning", 1)] * 2
    for split in ("train", "test"):
        (tmp_path / split / "label").unlink()
    splits, _ = opened(tmp_path)
    assert splits["train"]["tags"] == [["O", "O", "B-city"]] * 2


# --- written and read ----------------------------------------------------------------------------

PLAIN = st.text("abc é文😀.,'", min_size=1, max_size=8).map(lambda s: f"w{s}w".replace("  ", " "))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PLAIN, PLAIN, st.sampled_from(["K", "L"])), min_size=6, max_size=9),
       st.sampled_from(["marks", "braces", "rasa", "yaml", "argilla", "snips",
                        "lines"]))  # fmt: skip
def test_what_is_written_is_read_back(tmp_path_factory, rows, how):
    folder = tmp_path_factory.mktemp("shapes")
    rows = [(f"x{n} {text}", f"y{n}{word}", kind) for n, (text, word, kind) in enumerate(rows)]
    texts = [f"{text} {word}" for text, word, _ in rows]
    kinds = [kind for _, _, kind in rows]
    shape = {}
    if how in ("marks", "braces"):
        mark = "<{0}>{1}</{0}>" if how == "marks" else "{{{{{0}:{1}}}}}"
        path = write(folder / "a.txt", "\n".join(
            f"{text} {mark.format(kind, word)}" for text, word, kind in rows))  # fmt: skip
    elif how in ("rasa", "yaml"):
        shape = {"shape": "rasa entities"}
        lines = [f"- {text} [{word}]({kind})" for text, word, kind in rows]
        if how == "rasa":
            path = write(folder / "a.md", "\n".join(["## intent:go", *lines]))
        else:
            block = "".join(f"    {line}\n" for line in lines)
            path = write(folder / "a.yml", f"nlu:\n- intent: go\n  examples: |\n{block}")
    elif how == "argilla":
        path = write(folder / "a.json", json.dumps([
            {"fields": {"text": text}, "responses": {"marks": [{"value": [
                {"start": len(text) - len(word), "end": len(text), "label": kind}]}]}}
            for text, (_, word, kind) in zip(texts, rows, strict=True)]))  # fmt: skip
    elif how == "snips":
        path = write(folder / "a.json", json.dumps({"go": [
            {"data": [{"text": f"{text} "}, {"text": word, "entity": kind}]}
            for text, word, kind in rows]}))  # fmt: skip
    else:
        write(folder / "train_text.txt", "\n".join(texts))
        write(folder / "train_labels.txt", "\n".join(kinds))
        found = sources.load(folder)["train"].to_list()
        assert [(r["text"], r["label"]) for r in found] == list(zip(texts, kinds, strict=True))
        return
    found = sources.opened(path, reading=shape)[0]["train"].to_list()
    assert [row["text"] for row in found] == texts
    for row, (_, word, kind) in zip(found, rows, strict=True):
        tagged = [w for w, tag in zip(row["tokens"], row["tags"], strict=True) if tag != "O"]
        assert "".join(tagged) == word.replace(" ", "")
        assert {tag[2:] for tag in row["tags"] if tag != "O"} == {kind}


def test_a_link_to_itself_is_said(tmp_path):
    write(tmp_path / "here" / "train.csv", "text,label\n" + "".join(f"{t},{x}\n" for t, x in PAIRS))
    (tmp_path / "here" / "test.csv").symlink_to(tmp_path / "here" / "test.csv")
    with pytest.raises(DataError, match=r"test\.csv cannot be read as csv: .*symbolic links"):
        opened(tmp_path / "here")
