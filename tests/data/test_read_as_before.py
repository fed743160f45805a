"""A file to be predicted is read by what the run's own data settled, and loses no row."""

import json
import zipfile

import pytest

import workbench as wb
from tests.data.reading import corpus
from tests.warned import warned
from workbench import tasks
from workbench.data.asked import asked_for
from workbench.data.reading.expected import Expected, settled
from workbench.data.reading.reports import FileReport
from workbench.data.reading.sources import opened
from workbench.data.tags.word_cutting import Cutting
from workbench.errors import DataError

pytestmark = pytest.mark.usefixtures("own_cache")
ROWS = corpus.rows(24)
GERMAN = {"text": "Kommentar", "label": "Klasse"}


def written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def predicted(tmp_path, train, asked, *, name="new.csv", recipe=None, before="old.csv"):
    """What a model trained on one file would see of another one."""
    data = written(tmp_path / before, train) if train is not None else tmp_path / before
    recipe = (recipe or wb.Recipe(columns=GERMAN)).replace(dataset=str(data))
    task = tasks.get(recipe.task)
    examples = task.load_examples(recipe)
    learnt = {"learnt": examples.learnt} if examples.learnt else {}
    path = written(tmp_path / name, asked) if asked is not None else tmp_path / name
    return task.asked(asked_for(path, recipe, examples.read), recipe, **learnt)


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ("Kommentar\nguter film\nschlecht\n", ["guter film", "schlecht"]),
        ("Kommentar\nguter film\n", ["guter film"]),
        ("Kommentar\n12\n007\n", ["12", "007"]),
        ("Kommentar\nNA\ntrue\n2020-01-02\n", ["NA", "true", "2020-01-02"]),
        ("Auszug\n\nKommentar\ngut\n", ["gut"]),
        ("Auszug vom Mai;\nNr;Kommentar\n1;gut\n2;nicht gut\n", ["gut", "nicht gut"]),
        ("sep=;\nNr;Kommentar\n1;gut\n", ["gut"]),
        ('Kommentar\ngut\n""\nKommentar\n', ["gut", "", "Kommentar"]),
    ],
    ids=["one", "row", "numbers", "types", "title", "titled-table", "sep", "again"],
)
@pytest.mark.filterwarnings("ignore:1 line above")
def test_the_row_of_names_is_known(tmp_path, asked, texts):
    train = corpus.csv(ROWS, "Kommentar,Klasse", ";")
    assert predicted(tmp_path, train, asked)["text"].tolist() == texts


@pytest.mark.parametrize("cells", [[["gut"], ["so so"]], [["12"], [7]]], ids=["texts", "numbers"])
def test_the_row_of_names_of_a_sheet_is_known(tmp_path, cells):
    train = corpus.csv(ROWS, "Kommentar,Klasse", ";")
    book = corpus.workbook([["Kommentar"], *cells])
    found = predicted(tmp_path, train, book, name="new.xlsx")["text"].tolist()
    assert found == [str(cell) for [cell] in cells]
    titled = corpus.workbook([["Auszug", ""], ["Nr", "Kommentar"], *([1, *row] for row in cells)])
    with warned("Auszug"):
        found = predicted(tmp_path, train, titled, name="titled.xlsx")["text"].tolist()
    assert found == [str(cell) for [cell] in cells]


def test_skipped_lines_that_are_not_there(tmp_path):
    train = "# export\n# by me\n" + corpus.csv(ROWS, "Kommentar,Klasse")
    recipe = wb.Recipe(columns=GERMAN, reading={"skip": 2})
    for above in ("# export\n# by me\n", ""):
        asked = above + "Kommentar\nguter film\nschlecht\nso so\n"
        found = predicted(tmp_path, train, asked, recipe=recipe)["text"].tolist()
        assert found == ["guter film", "schlecht", "so so"]


@pytest.mark.filterwarnings("ignore:new.csv seems to have no header")
@pytest.mark.parametrize(
    ("asked", "texts"),
    [("good film\nbad story\nso so\n", ["good film", "bad story", "so so"]),
     ("a film\n", ["a film"]), ("good film;\nbad;\n", ["good film", "bad"]),
     ("text\ngood film\n", ["good film"])],
    ids=["lines", "one-line", "same-shape", "with-a-header"],
)  # fmt: skip
def test_a_table_without_a_header_is_followed_by_others(tmp_path, asked, texts):
    columns = {"text": "column_1", "label": "column_2"}
    train = corpus.csv(ROWS, "", ";")
    recipe = wb.Recipe(columns=columns)
    assert predicted(tmp_path, train, asked, recipe=recipe)["text"].tolist() == texts


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp1250", "żółw źle jaźń gęś łąka bardzo dobry film się nie podoba że był świetny"),
     ("gb18030", "这部电影 非常好看 剧情很无聊 演员不错 太差了 浪费时间 值得一看")],
    ids=["cp1250", "gb18030"],
)  # fmt: skip
def test_an_encoding_is_that_of_the_runs_data(tmp_path, encoding, words):
    few = words.split()
    train = corpus.csv([(f"{words} {n}", "ab"[n % 2]) for n in range(24)], "Kommentar,Klasse")
    asked = f"Kommentar\n{few[0]}\n{few[1]} {few[2]}\n"
    with warned(f"read as {encoding}, as the run's data were"):
        found = predicted(tmp_path, train.encode(encoding), asked.encode(encoding))
    assert found["text"].tolist() == [few[0], f"{few[1]} {few[2]}"]
    unicode = predicted(tmp_path, train.encode(encoding), asked, name="utf-8.csv")
    assert unicode["text"].tolist() == found["text"].tolist()


def test_files_that_were_texts_each(tmp_path):
    for number, (text, label) in enumerate(ROWS):
        written(tmp_path / "old" / label / f"{number}.txt", f"{text}\nand more")
    recipe = wb.Recipe()
    with warned("one text, as those of the run's data"):
        one = predicted(tmp_path, None, "good film\nof two lines\n", name="n.txt", recipe=recipe,
                        before="old")  # fmt: skip
    assert one["text"].tolist() == ["good film\nof two lines"]
    for number, name in enumerate(("ann.txt", "bob.txt", "77")):
        written(tmp_path / "new" / name, f"film {number}\nand more")
    written(tmp_path / "new" / "empty.txt", "\n")
    with warned("one text"):
        folder = predicted(tmp_path, None, None, name="new", recipe=recipe, before="old")
    assert sorted(folder["text"]) == ["", *(f"film {number}\nand more" for number in range(3))]
    with warned("one text"):
        alone = predicted(tmp_path, None, None, name="new/77", recipe=recipe, before="old")
    assert alone["text"].tolist() == ["film 2\nand more"]


# --- words ---------------------------------------------------------------------------------------

WORDS = [[name, "saw", place, str(n), "."] for n, (name, place) in enumerate(
    [("Ada", "Rome"), ("Bob", "Oslo"), ("Eve", "Kiel")] * 6)]  # fmt: skip
TAGS = ["B-PER", "O", "B-LOC", "O", "O"]


def lines(make, sep="\t", head=""):
    blocks = ("\n".join(sep.join(make(w, t)) for w, t in zip(s, TAGS, strict=True)) for s in WORDS)
    return head + "\n\n".join(blocks) + "\n"


def table(make, head):
    rows = [[f"S{n}" if not i else "", word, *make(TAGS[i])]
            for n, words in enumerate(WORDS) for i, word in enumerate(words)]  # fmt: skip
    return "\n".join([head, *(",".join(row) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    ("name", "train", "asked"),
    [
        ("a.conll", lines(lambda w, t: (w, t)), lines(lambda w, t: (w,))),
        ("a.conll", lines(lambda w, t: (w, t)), lines(lambda w, t: (w, "_"))),
        ("a.conll", lines(lambda w, t: (t, w)), lines(lambda w, t: (w,))),
        ("a.conll", lines(lambda w, t: (t, w)), lines(lambda w, t: ("-", w))),
        ("a.conll", lines(lambda w, t: ("7", t, w, "x")), lines(lambda w, t: ("7", w, "x"))),
        ("a.tsv", lines(lambda w, t: (w, "NN" if t == "O" else "NNP")), lines(lambda w, t: (w,))),
        ("a.txt", lines(lambda w, t: (w, t), " "), lines(lambda w, t: (w,))),
        ("a.conll", lines(lambda w, t: (w, t), head="word\ttag\n"),
         lines(lambda w, t: (w,), head="word\n")),
        ("a.csv", table(lambda t: (t,), "Sentence #,Word,Tag"),
         table(lambda t: (), "Sentence #,Word")),
        ("a.csv", table(lambda t: (t,), "Sentence #,Word,Tag"),
         "Word\n" + "\n".join(word for words in WORDS for word in words)),
        ("a.csv", table(lambda t: (t,), "Sentence #,Word,Tag"),
         table(lambda t: ("",), "Sentence #,Word,Tag")),
    ],
    ids=["words", "blank-tags", "tag-first", "blank-tag-first", "between", "tsv", "txt", "header",
         "table", "table-of-words", "table-empty-tags"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Each row is a word")
def test_words_without_tags_are_words_all_the_same(tmp_path, name, train, asked):
    recipe = wb.Recipe(task="token-classification")
    found = predicted(tmp_path, train, asked, name=f"new{name[1:]}", recipe=recipe, before=name)
    assert found["tokens"].tolist() == WORDS


@pytest.mark.filterwarnings("ignore:Each row is a word")
@pytest.mark.parametrize(
    ("name", "train", "asked"),
    [
        ("a.txt", lines(lambda w, t: (w, t), " "), ["Barack Obama", "", "Angela Merkel"]),
        ("a.txt", lines(lambda w, t: ("7", t, w), " "), ["good morning", "", "so long"]),
        ("a.txt", lines(lambda w, t: (w, t)), ["小明住在北京。", "", "再见。"]),
        ("a.csv", table(lambda t: (t,), "Sentence,text,tag"), ["text", "Ada saw it", "Bob sat"]),
    ],
    ids=["names", "greetings", "chinese", "table"],
)  # fmt: skip
def test_texts_are_texts_where_the_runs_data_were_words(tmp_path, name, train, asked):
    recipe = wb.Recipe(task="token-classification")
    recipe = recipe.replace(dataset=str(written(tmp_path / name, train)))
    read = tasks.get(recipe.task).load_examples(recipe).read
    assert read["words"]
    path = written(tmp_path / f"new{name[1:]}", "\n".join(asked))
    found = asked_for(path, recipe, read)
    assert found["text"].tolist() == [line for line in asked if line not in ("", "text")]


# --- rows that nobody annotated -------------------------------------------------------------------

TEXTS = [" ".join(words) for words in WORDS]
SPAN = {"start": 0, "end": 3, "label": "PER"}


def studio(number, text, known):
    span = {**SPAN, "text": text[:3], "labels": ["PER"]}
    result = [{"from_name": "l", "to_name": "text", "type": "labels", "value": span}]
    return {"id": number, "data": {"text": text}, "annotations": [{"result": result}] * known}


def argilla(number, text, known):
    responses = {"spans": [{"value": [SPAN], "status": "submitted"}]} if known else {}
    return {"id": str(number), "fields": {"text": text}, "responses": responses}


def prodigy(number, text, known):
    answer = "accept" if known else "ignore"
    return {"text": text, "spans": [SPAN] if known else None, "answer": answer}


def doccano(number, text, known):
    return {"id": number, "text": text, "label": [[0, 3, "PER"]] if known else None}


@pytest.mark.parametrize("make", [studio, argilla, prodigy, doccano])
@pytest.mark.parametrize("known", [lambda n: n % 3 != 1, lambda n: False], ids=["some", "none"])
def test_rows_that_nobody_annotated_are_predicted(tmp_path, make, known):
    def document(known):
        rows = [make(n, text, known(n)) for n, text in enumerate(TEXTS)]
        return json.dumps(rows) if make in (studio, argilla) else "\n".join(map(json.dumps, rows))

    name = "a.json" if make in (studio, argilla) else "a.jsonl"
    recipe = wb.Recipe(task="token-classification")
    found = predicted(tmp_path, document(lambda n: True), document(known), name=f"new{name[1:]}",
                      recipe=recipe, before=name)  # fmt: skip
    assert found["tokens"].tolist() == WORDS
    splits, _ = opened(tmp_path / f"new{name[1:]}") if known(0) else ({"train": []}, None)
    assert len(splits["train"]) == sum(known(n) for n in range(len(TEXTS)))  # of data: left out


def test_texts_of_brat_without_annotations(tmp_path):
    for number, text in enumerate(TEXTS):
        written(tmp_path / "old" / f"{number:02}.txt", text)
        written(tmp_path / "old" / f"{number:02}.ann", f"T1\tPER 0 3\t{text[:3]}\n")
        written(tmp_path / "new" / f"{number:02}.txt", text)
    written(tmp_path / "new" / "03.ann", f"T1\tPER 0 3\t{TEXTS[3][:3]}\n")
    recipe = wb.Recipe(task="token-classification")
    found = predicted(tmp_path, None, None, name="new", recipe=recipe, before="old")
    assert found["tokens"].tolist() == WORDS


# --- prompts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [{}, {"output": None}, {"output": ""}], ids=["no", "null", "''"])
def test_a_prompt_without_a_reply_keeps_what_stands_beside_it(reply):
    recipe = wb.Recipe(task="chat", columns={"prompt": "instruction", "reply": "output"})
    row = {"instruction": "Sum it up.", "input": "A long text.", "system": "Be kind.", **reply}
    asked = asked_for([row, {**row, "input": ""}], recipe)
    frame = tasks.get("chat").asked(asked, recipe)
    said = [json.loads(line)["messages"] for line in frame["conversation"]]
    assert [[turn["content"] for turn in turns] for turns in said] == [
        ["Be kind.", "Sum it up.\n\nA long text."], ["Be kind.", "Sum it up."]
    ]  # fmt: skip
    assert [json.loads(line)["ask"] for line in frame["conversation"]] == [2, 2]


TALK = "User: Is it far?\nAgent: Two miles.\n\nUser: So far?\nAgent: By boat.\n"


def test_lines_are_put_together_where_those_of_the_run_were(tmp_path):
    """Four texts to be classified were two, and nobody was told."""
    train = corpus.csv(ROWS, "Kommentar,Klasse", ";")
    found = predicted(tmp_path, train, TALK, name="new.txt")
    assert len(found) == 4
    for task in ("language-modelling", "chat"):
        recipe = wb.Recipe(task=task, max_eval_examples=None)
        found = predicted(tmp_path, TALK * 9, TALK, name="new.txt", recipe=recipe, before="a.txt")
        assert len(found) == 2


def test_the_place_of_what_is_to_be_written_may_be_empty(tmp_path):
    recipe = wb.Recipe(task="text-to-text", columns={"source": "ask", "target": "say"})
    train = "ask,say\n" + "\n".join(f"is it {n},it is {n}" for n in range(20))
    for asked in ("say,ask\n,is it\n,so\n", "say,ask\nyes,is it\n,so\n"):
        assert predicted(tmp_path, train, asked, recipe=recipe)["text"].tolist() == ["is it", "so"]


def test_what_most_files_settled():
    encodings = ("cp1250", "utf-8", "utf-8")
    reports = [FileReport("a", "csv", encoding=one, header=True, columns=2) for one in encodings]
    found = settled([*reports, FileReport("b", "folder", whole=True)])
    assert found == {"encoding": "utf-8", "header": True, "columns": 2, "whole": True}
    assert Expected.of(("text",), {**found, "later": 1}) == Expected(
        ("text",), "utf-8", True, 2, True
    )
    assert settled([FileReport("d", "parquet")]) == {}


def test_a_table_of_another_width_is_judged_by_itself(tmp_path):
    train = corpus.csv(ROWS, "", ";")
    recipe = wb.Recipe(columns={"text": "column_1", "label": "column_2"})
    asked = "Nr;Kommentar;Datum\n1;a film that is fine;3\n2;a film that is dull and long;4\n"
    with pytest.raises(DataError, match="There is no column 'column_1'.*Nr, Kommentar, Datum"):
        predicted(tmp_path, train, asked, recipe=recipe)


@pytest.mark.parametrize(
    "read",
    [None, [1], {"encoding": 5, "header": "x", "whole": 1, "words": [1]}, {"encoding": "nosuch"},
     {"encoding": "hex"}, {"words": {}}, {"words": {"word": 1, "tag": None}},
     {"words": {"word": "a", "tag": 1, "width": 3}},
     {"words": {"word": True, "tag": 1, "width": 2}}],
    ids=range(9),
)  # fmt: skip
def test_what_is_damaged_of_before_is_not_expected(read):
    assert Expected.of(("text",), read) == Expected(("text",))


@pytest.mark.parametrize(
    "facts", [5, [1], {"kind": 3}, {"kept": "a"}, {"initials": 1}, {"inner": None}], ids=range(6)
)
def test_damaged_rules_of_words_are_refused(facts):
    with pytest.raises(DataError, match="How words are cut"):
        Cutting.from_dict(facts)
    assert Cutting.from_dict({"kind": "blanks", "later": 1}) == Cutting(kind="blanks")


def test_a_folder_of_classes_says_how_its_kind_of_file_is_read(tmp_path):
    for number in range(8):
        for name in ("good", "bad"):
            written(tmp_path / "old" / name / f"{number}.txt", f"{name} film {number}\nof two")
    lines = "a fine film\nso bad\n\nwarm\n"
    whole = predicted(tmp_path, None, lines, name="new.txt", before="old", recipe=wb.Recipe())
    assert whole["text"].tolist() == ["a fine film\nso bad\n\nwarm"]
    plain = wb.Recipe(reading={"shape": "plain"})
    found = predicted(tmp_path, None, lines, name="new.txt", before="old", recipe=plain)
    assert found["text"].tolist() == ["a fine film", "so bad", "warm"]
    path, recipe = tmp_path / "new.txt", wb.Recipe(dataset=str(tmp_path / "old"))
    asked = asked_for(path, recipe, {"whole": True}, reading={"shape": "plain"})
    assert asked["text"].tolist() == ["a fine film", "so bad", "warm"]


def test_what_is_predicted_may_be_read_otherwise_than_the_recipes(tmp_path):
    sheets = {name: [["text", "nr"], [f"{name} film", 1], [f"{name} book", 2]]
              for name in ("old", "new")}  # fmt: skip
    written(tmp_path / "both.xlsx", corpus.workbook(sheets))
    recipe = wb.Recipe(dataset="old.csv", reading={"delimiter": ";"})
    found = asked_for(tmp_path / "both.xlsx", recipe, reading={"sheet": "new"})
    assert found["text"].tolist() == ["new film", "new book"]
    document = {"old": [{"text": "a"}] * 3, "data": {"items": [{"text": "b"}, {"text": "c"}]}}
    path = written(tmp_path / "new.json", json.dumps(document))
    found = asked_for(path, recipe, reading={"rows": "data.items"})
    assert found["text"].tolist() == ["b", "c"]
    other = written(tmp_path / "new.csv", "text|nr\na;b|1\n")
    assert asked_for(other, recipe, reading={"delimiter": "|"})["text"].tolist() == ["a;b"]
    with pytest.raises(DataError, match="no setting 'sheat'"):
        asked_for(other, recipe, reading={"sheat": "new"})
    with pytest.raises(DataError, match=r"reading \(sheet\) says how a file is read"):
        asked_for(["a text"], recipe, reading={"sheet": "new"})


@pytest.mark.parametrize("reading", ["sheet=May", ["a"], 5, {"sheet"}, ""], ids=repr)
@pytest.mark.parametrize("data", ["a text", "there.csv"])
def test_how_a_file_is_read_is_a_mapping(tmp_path, monkeypatch, reading, data):
    written(tmp_path / "there.csv", "text\na\n")
    monkeypatch.chdir(tmp_path)
    for read in (lambda: asked_for(data, wb.Recipe(), reading=reading),
                 lambda: opened(tmp_path / "there.csv", reading=reading)):  # fmt: skip
        with pytest.raises(DataError) as caught:
            read()
        assert caught.value.message.startswith(f"reading is {reading!r}, which is no mapping")
        assert "reading={'sheet': 'May'}" in caught.value.remedy


@pytest.mark.parametrize(
    ("reading", "said"),
    [({"splits": {"train": "a"}}, "new.csv has no split 'a'"),
     ({"config": "a"}, "new.csv has no configurations, and reading names 'a'"),
     ({5: 1}, "no setting 5"), ({"roles": {"Ann": ["user"]}}, "The roles of reading"),
     ({"encoding": "utf\0"}, "no encoding")],
    ids=["splits", "config", "number", "roles", "encoding"],
)  # fmt: skip
def test_settings_that_a_file_cannot_have_are_named(tmp_path, reading, said):
    path = written(tmp_path / "new.csv", "text\na\n")
    with pytest.raises(DataError, match=said):
        asked_for(path, wb.Recipe(), reading=reading)


NUMBERED = {"text": "column_1", "label": "column_2"}


@pytest.mark.filterwarnings("ignore:.*seems to have no header")
@pytest.mark.parametrize(
    ("beside", "known"),
    [("LICENSE.txt", True), ("docs/notes.txt", True), ("README.txt", False), (".notes.txt", False)],
    ids=["licence", "docs", "readme-run-of-before", "hidden-run-of-before"],
)
def test_settings_of_a_folder_hold_for_what_was_read_in_it(tmp_path, beside, known):
    written(tmp_path / "old" / "a.csv", corpus.csv(ROWS, "", ","))
    written(tmp_path / "old" / beside, "Take it, all of it.\nGive it.\n")
    recipe = wb.Recipe(columns=NUMBERED, dataset=str(tmp_path / "old"),
                       reading={"header": False, "delimiter": ","})  # fmt: skip
    read = tasks.get(recipe.task).load_examples(recipe).read
    assert read["endings"] == [".csv"]
    if not known:
        del read["endings"]
    lines = written(tmp_path / "lines" / "q.txt", "good film, so to say\nbad\n")
    for asked in (lines, lines.parent):
        assert asked_for(asked, recipe, read)["text"].tolist() == ["good film, so to say", "bad"]
    table = written(tmp_path / "new" / "q.csv", "good film,a\nbad,b\n")
    for asked in (table, table.parent):
        assert asked_for(asked, recipe, read)["column_1"].tolist() == ["good film", "bad"]


@pytest.mark.filterwarnings("ignore:.*seems to have no header")
def test_settings_of_an_archive_hold_for_what_was_read_in_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as packed:
        packed.writestr("a.csv", corpus.csv(ROWS, "", "|"))
    recipe = wb.Recipe(columns=NUMBERED, dataset=str(tmp_path / "old.zip"),
                       reading={"header": False, "delimiter": "|"})  # fmt: skip
    read = tasks.get(recipe.task).load_examples(recipe).read
    (tmp_path / "old.zip").rename(tmp_path / "moved.zip")  # what was read is known all the same
    table = written(tmp_path / "q.csv", "good; film|a\nbad|b\n")
    assert asked_for(table, recipe, read)["column_1"].tolist() == ["good; film", "bad"]


@pytest.mark.parametrize(
    ("task", "shape", "train", "asked"),
    [("chat", "one conversation", TALK * 9, "Is it far?\nSo far?\n"),
     ("text-classification", "fasttext",
      "".join(f"__label__{label} {text}\n" for text, label in ROWS), "Is it far?\nSo far?\n")],
    ids=["talk", "labels"],
)  # fmt: skip
def test_a_file_need_not_have_the_shape_that_is_set_for_the_runs_data(
    tmp_path, task, shape, train, asked
):
    recipe = wb.Recipe(task=task, reading={"shape": shape}, max_eval_examples=None,
                       dataset=str(written(tmp_path / "a.txt", train)))  # fmt: skip
    read = {"encoding": "utf-8", "endings": [".txt"]}
    path = written(tmp_path / "new.txt", asked)
    with warned(f"new.txt is not of the shape '{shape}' that is set for"):
        found = asked_for(path, recipe, read)
    assert found["text"].tolist() == ["Is it far?", "So far?"]
    with pytest.raises(DataError, match="Leave shape out of reading"):
        asked_for(path, recipe, read, reading={"shape": shape})  # who says it is told
    assert len(asked_for(path, recipe, read, reading={"shape": "plain"})) == 2


def test_settings_that_were_taken_over_can_be_left_out(tmp_path):
    path = written(tmp_path / "new.json", json.dumps([{"text": "a"}, {"text": "b"}]))
    reading = {"rows": "data.items", "encoding": "utf-8"}
    recipe = wb.Recipe(dataset="old.json", reading=reading)
    with pytest.raises(DataError) as caught:
        asked_for(path, recipe)
    assert caught.value.remedy.endswith(
        "Settings of the run's data were taken over ('rows': 'data.items', 'encoding': 'utf-8'): "
        "reading={'rows': None, 'encoding': None} leaves them out."
    )
    for back in ({"rows": None}, {"rows": None, "encoding": None}):
        assert asked_for(path, recipe, reading=back)["text"].tolist() == ["a", "b"]
    with pytest.raises(DataError) as caught:  # what somebody says is not taken over
        asked_for(path, recipe, reading={"rows": "items", "encoding": None})
    assert "taken over" not in caught.value.remedy
    with pytest.raises(DataError, match="no setting 'row'"):
        asked_for(path, recipe, reading={"row": None})
    with pytest.raises(DataError, match="The rows of reading is None"):
        opened(path, reading={"rows": None})
    words = written(tmp_path / "new.conll", "Ada\nsaw\n\nBob\n")
    recipe = wb.Recipe(task="token-classification", dataset="old.conll",
                       reading={"word_column": 2, "tag_column": 1})  # fmt: skip
    read = {"words": {"word": 1, "tag": 0, "width": 2}}
    found = asked_for(words, recipe, read, reading={"word_column": None, "tag_column": None})
    assert [list(one) for one in found["tokens"]] == [["Ada", "saw"], ["Bob"]]
