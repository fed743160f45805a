"""The model of each task asked about one text and about a file, as the mouse does it."""

import csv
import io
import threading
from types import SimpleNamespace

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import workbook
from tests.waiting import PATIENCE, until
from tests.widgets.every_task import TASKS, frame, train
from workbench import inspection
from workbench.data.reading.reports import FileReport
from workbench.errors import DataError
from workbench.training.predicting import prediction_files
from workbench.widgets.panels import file_transfer
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.reading_fields import offered


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        for task in TASKS:
            train(task, folder, epochs=6 if task == "token-classification" else 2)
        yield folder


@pytest.fixture
def panel(request, folder):
    return InspectPanel(wb.open_run(folder / "runs" / request.param))


def of(*tasks):
    return pytest.mark.parametrize("panel", tasks, indirect=True, ids=tasks)


@of("question-answering")
def test_a_question_is_answered_in_its_context(panel):
    context = "a film and a great story"
    panel.query._message(None, {"ask": "what was it", "pair": context}, [])
    until(lambda: not panel.query.busy and panel.query.prediction)
    row = inspection.asked_row(panel.run, "what was it", context)
    assert panel.query.prediction == (row["prediction"] or "no answer")
    assert panel.query.scores == [["score of the answer", pytest.approx(row["score"])]]
    answer = panel.said.answer
    assert panel.said.children == (answer,) and not answer.known
    assert "".join(part for part, *_ in answer.parts) == context
    marked = "".join(part for part, _, found in answer.parts if found)
    assert marked == row["prediction"] and answer.no_answer == row["no_answer_score"]
    assert [text for text, _ in answer.best] == [one["text"] for one in row["n_best"]]
    panel.inspect("what was it", " ")
    assert panel.refusal.message == "The question has no context." and panel.said.children == ()


@of("token-classification")
def test_entities_of_a_sentence_stand_in_colour_and_in_a_table(panel):
    text = "the  film was great, so bad and 42"
    panel.inspect(text)
    row = inspection.asked_row(panel.run, text)
    sentence, table = panel.said.children
    assert sentence.words == list(row["tokens"]) and not sentence.labelled
    assert [kind for kind, *_ in sentence.predictions] == [r[1] for r in table.rows]
    for said, _, start, end in table.rows:
        assert text[int(start) : int(end)] == said
    assert panel.query.prediction and panel.query.kind == "tags"
    assert panel.query.prediction == wb.data.tags.tagged.entities_text(
        list(row["tokens"]), list(row["prediction"])) or table.rows == []


@pytest.mark.parametrize(("text", "words", "tags", "found"), [
    ("Ann saw Ann", ["Ann", "saw", "Ann"], ["O", "O", "B-per"], [("Ann", "per", 8, 11)]),
    ("a  b", ["a", "b"], ["B-x", "I-x"], [("a  b", "x", 0, 4)]),
    ("江泽民。", ["江", "泽", "民", "。"], ["B-p", "I-p", "I-p", "O"], [("江泽民", "p", 0, 3)]),
    ("e\u0301a", ["e\u0301a"], ["B-x"], [("e\u0301a", "x", 0, 3)]),
    ("changed", ["other"], ["B-x"], [("other", "x", -1, -1)]),
    ("none", ["none"], ["O"], []),
], ids=["second of two", "two blanks", "no blanks", "combining mark", "not found", "nothing"])
def test_offsets_are_those_of_the_text_as_written(text, words, tags, found):
    rows = inspection.entities_in(text, words, tags).itertuples(index=False, name=None)
    assert list(rows) == found


@of("multi-label-classification")
def test_each_label_stands_beside_its_threshold(panel):
    panel.inspect("a great film")
    row = inspection.asked_row(panel.run, "a great film")
    limits = inspection.label_limits(panel.run)
    assert set(limits) == {"praise", "blame", "long"}
    for name, score, limit, mark in panel.said.marks.rows:
        assert score == row[f"score_{name}"] and limit == limits[name]
        assert mark == ("given" if score >= limit else "left")
    assert panel.query.prediction == inspection.labels_text(row["prediction"])


@of("regression", "text-classification")
def test_a_class_or_a_number_says_all(panel):
    panel.inspect("a great film")
    row = inspection.asked_row(panel.run, "a great film")
    assert panel.said.children == ()
    if panel.query.kind == "number":
        assert float(panel.query.prediction) == pytest.approx(row["prediction"], abs=0.01)
        assert panel.query.scores == []
    else:
        assert panel.query.prediction == row["prediction"]


def rows_of(task, n=7):
    """Columns to be predicted, as files hold them."""
    table = frame(task, 24).head(n)
    if task == "question-answering":
        return table[["question", "context"]]
    if task == "token-classification":
        return pd.DataFrame({"text": [" ".join(words) for words in table["tokens"]]})
    return table[["text"]]


def download(files, sent):
    """What a page that asks for the download is sent, piece by piece."""
    sent.clear()
    files._message(None, {"do": "download"}, [])
    until(lambda: sent)
    ((told, _),) = sent
    assert told["file"] == f"new rows-predictions.{files.desk.format}" and told["size"] > 0
    got = b""
    while len(got) < told["size"]:
        files._message(None, {"do": "more", "at": len(got)}, [])
        message, (piece,) = sent.pop()
        assert message == {"at": len(got)} and piece
        got += piece
    assert len(got) == told["size"]
    return got


@pytest.mark.parametrize("panel", TASKS, indirect=True, ids=TASKS)
def test_a_file_goes_in_and_its_predictions_come_back(panel, tmp_path, monkeypatch):
    monkeypatch.setattr(file_transfer, "PIECE", 300)  # several of each file
    given = rows_of(panel.run.recipe.task)
    file = tmp_path / "new rows.csv"
    given.to_csv(file, index=False)
    content, sent = file.read_bytes(), []
    desk = panel.file.desk
    desk.send = lambda message, buffers=(): sent.append((message, buffers))
    panel.file._message(None, {"do": "file", "name": file.name, "size": len(content)}, [])
    assert desk.state == "coming" and desk.received == 0
    for at in (0, 0, 20):  # the second piece was sent twice
        piece = content[at : 20 if at == 0 else None]
        panel.file._message(None, {"do": "piece", "at": at}, [piece])
    until(lambda: desk.state in ("done", ""))
    assert panel.file.notice.message == "" and "7 rows predicted" in desk.status
    got = download(panel.file, sent)
    back = pd.read_csv(io.BytesIO(got))
    wanted = panel.run.predict(file)
    assert len(back) == 7 and not {"n_best"} & set(back)
    texts = "question" if "question" in back else "text"
    assert back[texts].tolist() == wanted[texts].tolist()
    if panel.query.kind == "number":
        assert back["prediction"].tolist() == pytest.approx(wanted["prediction"].tolist())
    elif panel.query.kind == "class":
        assert back["prediction"].tolist() == wanted["prediction"].tolist()
    assert len(panel.file.sheet.rows) == 5 and panel.file.sheet.heading == "The first 5 rows"
    out = panel.run.predict_file(file, tmp_path / "out.csv")
    assert out.read_bytes() == got and "predict_file('new rows.csv'" in desk.code
    with open(out, encoding="utf-8", newline="") as lines:
        assert len(list(csv.reader(lines))) == 8
    desk.format = "xlsx"  # chosen on the page
    assert desk.code.endswith("'new rows-predictions.xlsx')")
    sheet = pd.read_excel(io.BytesIO(download(panel.file, sent)), engine="calamine")
    pd.testing.assert_frame_equal(sheet, back, check_dtype=False)
    desk.format = "parquet"
    kept = pd.read_parquet(io.BytesIO(download(panel.file, sent)))
    pd.testing.assert_frame_equal(kept, panel.file.table)
    assert kept.columns.tolist() == back.columns.tolist() and len(kept) == 7


@of("text-classification")
def test_a_file_is_read_otherwise_below_its_button(panel, tmp_path):
    book = tmp_path / "two.xlsx"
    sheets = {"April": [["text"], ["a great film"]], "May": [["text"], ["a bad film"], ["so bad"]]}
    book.write_bytes(workbook(sheets))
    panel.file.predict(book)
    desk = panel.file.desk
    assert desk.status.endswith("two.xlsx has 2 sheets; 'April' was read, not 'May'. "
                                "Choose another one with reading={'sheet': ...}.")  # fmt: skip
    (field,) = desk.reading  # a workbook has neither an encoding nor a separator
    assert field == ["sheet", "sheet", "", [["", "as detected"], ["April", "April"],
                                            ["May", "May"]]]  # fmt: skip
    panel.file._message(None, {"do": "reading", "name": "sheet", "value": "May"}, [])
    until(lambda: "2 rows predicted" in desk.status)
    assert "sheets" not in desk.status  # it was said which
    assert panel.file.table["text"].tolist() == ["a bad film", "so bad"]
    assert "reading={'sheet': 'May'})" in desk.code and desk.reading[0][2] == "May"
    panel.file.set_reading("sheet", "March")  # it cannot be read, and there is a way back
    assert "March" in panel.file.notice.message and desk.reading[0][3][2] == ["May", "May"]
    assert len(panel.file.set_reading("sheet", None)) == 1 and "2 sheets" in desk.status
    told = tmp_path / "told.csv"
    told.write_bytes("text\nein gro\xdfer Film\n".encode("cp1252"))
    assert panel.file.predict(told)["text"].tolist() == ["ein großer Film"]
    assert [one[0] for one in desk.reading] == ["encoding", "delimiter", "header", "quotes"]
    panel.file.load(panel.run)
    assert desk.reading == [] and panel.file.reading == {}
    with pytest.raises(DataError, match="no file that could be read otherwise"):
        panel.file.set_reading("sheet", "May")


@of("text-classification")
def test_what_would_be_taken_over_from_the_run_can_be_left_out(panel, tmp_path):
    run, file = panel.run, tmp_path / "new.csv"
    recipe = run.recipe.replace(dataset="old.csv", reading={"delimiter": ";"})
    told = SimpleNamespace(recipe=recipe, data_info=dict)
    report = FileReport(str(file), "csv", encoding="utf-8", delimiter=";", header=True)
    for given, now in (({}, ""), ({"delimiter": None}, "null"), ({"delimiter": "|"}, "|")):
        field = offered(told, file, given, [report], [])[1]
        assert field[2] == now and field[3][:2] == [
            ["", "as the run's data (;)"], ["null", "as detected"]]  # fmt: skip
    other = offered(told, tmp_path / "new.tsv", {}, [report], [])[1]  # it ends otherwise
    assert other[3][0] == ["", "as detected"] and ["null", "as detected"] not in other[3]
    (rows,) = offered(told, tmp_path / "a.json", {}, [FileReport("a.json", "json")], [])
    assert rows[:1] + rows[3:] == ["rows", []]  # to be typed


@pytest.mark.parametrize("name, reading", [
    ("new.xlsx", {"sheet": "April"}), ("new.json", {"rows": "data.rows"}), ("new.csv", {"skip": 2}),
])  # fmt: skip
@pytest.mark.parametrize("given, now", [({}, ""), (None, "null"), ("May", "May")])
def test_the_way_out_is_there_before_a_file_could_be_read(tmp_path, name, reading, given, now):
    ((setting, value),) = reading.items()
    file = tmp_path / name
    recipe = wb.Recipe(dataset=f"old{file.suffix}", reading=reading)
    told = SimpleNamespace(recipe=recipe, data_info=dict)
    given = given if given == {} else {setting: given}
    field = next(one for one in offered(told, file, given, [], []) if one[0] == setting)
    assert field[2] == now and field[3][:2] == [
        ["", f"as the run's data ({value})"], ["null", "as detected"]]  # fmt: skip
    assert ([now, now] in field[3]) == (now == "May")


@of("text-classification")
def test_a_run_that_comes_meanwhile_has_no_fields_of_the_file_before(panel, tmp_path, monkeypatch):
    file = tmp_path / "many.csv"
    rows_of("text-classification", 4).to_csv(file, index=False)
    tell = panel.file._tell

    def told(number, done, total):
        panel.file.load(None)
        tell(number, done, total)

    monkeypatch.setattr(panel.file, "_tell", told)
    assert panel.file.predict(file) is None
    assert panel.file.desk.reading == [] and panel.file.notice.message == ""


@of("text-classification")
def test_a_file_that_cannot_be_predicted_is_refused_in_one_sentence(panel, tmp_path):
    odd = tmp_path / "odd.csv"
    odd.write_text("one,two\n1,2\n3,4\n")
    assert panel.file.predict(odd) is None
    assert "no column 'text'" in panel.file.notice.message and panel.file.notice.details == ""
    assert panel.file.desk.state == "" and panel.file.table is None
    panel.file._message(None, {"do": "file", "name": "a.csv", "size": 2**40}, [])
    assert "too large" in panel.file.notice.message and panel.file.desk.received == -1
    panel.file._message(None, {"do": "file", "name": "../a.csv", "size": 3}, [])
    panel.file._message(None, {"do": "piece", "at": 0}, [b"abc"])
    until(lambda: panel.file.desk.state == "")
    assert "no plain file name" in panel.file.notice.message
    with pytest.raises(DataError, match="no predictions yet"):
        panel.file.saved()


@of("text-classification")
def test_a_prediction_is_stopped_and_another_one_follows(panel, tmp_path, monkeypatch):
    monkeypatch.setattr(prediction_files, "PART", 2)
    file = tmp_path / "many.csv"
    rows_of("text-classification", 24).to_csv(file, index=False)
    reached, go_on = threading.Event(), threading.Event()
    tell = panel.file._tell

    def told(number, done, total):
        if done == 4:
            reached.set()
            go_on.wait(PATIENCE)
        tell(number, done, total)

    monkeypatch.setattr(panel.file, "_tell", told)
    worker = threading.Thread(target=panel.file.predict, args=[file])
    worker.start()
    assert reached.wait(PATIENCE)
    panel.file._message(None, {"do": "stop"}, [])
    go_on.set()
    worker.join(PATIENCE)
    assert panel.file.table is None and "was stopped" in panel.file.desk.status
    seen = []
    whole = panel.run.predict(file, progress=lambda *at: seen.append(at))
    assert seen == [(n, 24) for n in range(0, 25, 2)]
    assert whole["prediction"].tolist() == panel.run.predict(file)["prediction"].tolist()
    assert len(panel.file.predict(file)) == 24


@of("text-classification")
def test_predictions_are_never_written_over_what_is_read(panel, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("text\na great film\na bad film\n")
    with pytest.raises(DataError, match="written over"):
        panel.run.predict_file(file, file)
    assert file.read_text() == "text\na great film\na bad film\n"
    with pytest.raises(DataError, match="cannot be written"):
        panel.run.predict_file(file, tmp_path / "nowhere" / "out.csv")
    assert list(tmp_path.iterdir()) == [file]
