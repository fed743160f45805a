"""The Check panel by its methods: what clicks call, what the page is told."""

import pandas as pd
import pytest

from tests.training.tiny import save_model
from workbench.data.doctor import Finding
from workbench.errors import WorkbenchError
from workbench.recipe import Recipe
from workbench.widgets.panels.check import CheckPanel

MESSY = """review;stars_label;id
"Great film, loved it";positive;1
"Great film, loved it";positive;2
Awful.;Negative ;3
;negative;4
Not bad at all;positive;5
Boring and far too long;negative;6
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "messy.csv"
    path.write_text(MESSY)
    return path


def test_what_was_detected_is_shown_with_reasons_and_samples(file, tmp_path):
    model = save_model(tmp_path / "model")
    panel = CheckPanel(Recipe(dataset=str(file), model=str(model)))
    check = panel.wait()
    assert panel.view.files == [["messy.csv", "csv", 6, 3, "utf-8", "semicolon", "yes"]]
    roles = {row[0]: row for row in panel.view.roles}
    assert roles["text"][2] == "review" and roles["label"][2] == "stars_label"
    assert roles["pair"][2] == "" and "id" in roles["pair"][3]
    assert "review" in roles["text"][4]
    assert roles["text"][5] == ["Great film, loved it", "Great film, loved it", "Awful."]
    assert [row[2] for row in panel.view.findings] == [f.what for f in check.found]
    assert "Not ready" in panel.view.verdict and "no text" in panel.problem
    titles = [title for title, _ in panel.view.figures]
    assert titles[0] == "Rows of each class" and len(titles) == 4
    assert sorted(panel.view.figures[0][1]) == [["negative", 3.0, "3"], ["positive", 3.0, "3"]]


WORDS = ["good", "bad", "fine", "dull"]


@pytest.mark.parametrize(
    ("rows", "task", "drawn", "figure"),
    [
        ({"label": [n % 2 for n in range(40)]}, "text-classification", "drawn class by class",
         "Rows of each class"),
        ({"label": [n / 7 for n in range(40)]}, "regression", "drawn over all sizes of the number",
         "Rows by their number"),
        ({"label": [[WORDS[n % 4], WORDS[n % 3]] for n in range(40)]}, "multi-label-classification",
         "drawn label by label", "Rows with each label"),
        ({"text": [WORDS] * 40, "label": [["O", "B-x", "O", "O"]] * 40}, "token-classification",
         "drawn tag by tag", None),
    ],
    ids=["classes", "numbers", "labels", "tags"],
)  # fmt: skip
def test_splits_and_bars_are_called_after_what_is_predicted(rows, task, drawn, figure):
    texts = [f"a {WORDS[n % 4]} film {n}" for n in range(40)]
    frame = pd.DataFrame({"text": texts} | rows)
    if task == "token-classification":
        frame.columns = ["tokens", "tags"]
    panel = CheckPanel(frame)
    assert panel.wait().mapping.task == task
    assert panel.view.split[1][0] == ["stratified", drawn]
    assert figure is None or panel.view.figures[0][0] == figure


def test_fixes_are_recorded_and_can_be_taken_back(file):
    told = []
    panel = CheckPanel(str(file), on_change=told.append)
    panel.wait()
    panel.view._message(None, {"do": "fix", "name": "drop_empty_texts"}, [])
    check = panel.wait()
    assert panel.recipe.fixes == panel.view.fixes == ["drop_empty_texts"]
    assert {"fixes": ["drop_empty_texts"]} in told
    assert not any(f.check == "empty text" for f in check.found)
    panel.fix_all()
    panel.wait()
    assert {"merge_labels", "drop_duplicates"} <= {*panel.recipe.fixes}
    panel.unfix("drop_empty_texts")
    assert any(f.check == "empty text" for f in panel.wait().found)


@pytest.mark.parametrize("split", ["stratified", "random"], ids=str)
def test_texts_are_drawn_by_no_class(split):
    pairs = pd.DataFrame({"source": [f"a {n} b" for n in range(40)],
                          "target": [f"a {n} c" for n in range(40)]})  # fmt: skip
    panel = CheckPanel(Recipe(task="text-to-text", dataset=pairs, split=split))
    assert panel.wait().mapping.task == "text-to-text"
    chosen, methods = panel.view.split[:2]
    assert chosen == split and dict(methods)[split] == "drawn at random"
    assert [said for _, said in methods] == [
        "drawn at random", "groups kept together", "the latest rows",
    ]  # fmt: skip


def test_columns_reading_and_splits_go_into_the_recipe(file):
    panel = CheckPanel(str(file))
    panel.wait()
    panel.view._message(None, {"do": "column", "role": "text", "column": "stars_label"}, [])
    panel.wait()
    assert panel.recipe.columns["text"] == "stars_label"
    panel.set_column("text", None)  # guessed again
    assert panel.wait().mapping.columns["text"] == "review"
    panel.view._message(None, {"do": "split", "split": "group", "column": "", "folds": ""}, [])
    assert panel.view.split[0] == "group" and panel.recipe.split == "stratified"
    panel.view._message(None, {"do": "split", "split": "group", "column": "id", "folds": "3"}, [])
    panel.wait()
    recipe = panel.recipe
    assert (recipe.split, recipe.split_column, recipe.folds, recipe.fold) == ("group", "id", 3, 1)
    panel.view._message(None, {"do": "reading", "name": "header", "value": "no"}, [])
    panel.wait()
    assert panel.recipe.reading == {"header": False} and panel.view.files[0][2] == 7
    panel.view._message(None, {"do": "reading", "name": "quotes", "value": "no"}, [])
    assert panel.recipe.reading == {"header": False, "quotes": False}
    panel.set_reading("quotes", None)
    panel.set_reading("header", None)
    panel.wait()
    assert panel.recipe.reading == {}


def test_a_file_comes_in_pieces(file, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    panel = CheckPanel()
    with pytest.raises(WorkbenchError, match="no data yet"):
        _ = panel.recipe
    content = file.read_bytes()
    send = panel.view._message
    send(None, {"do": "file", "name": "messy.csv", "size": len(content)}, [])
    assert panel.view.uploading == "messy.csv" and panel.view.received == 0
    send(None, {"do": "piece", "at": 0}, [memoryview(content[:50])])
    send(None, {"do": "piece", "at": 0}, [memoryview(content[:50])])  # sent twice
    assert panel.view.received == 50
    send(None, {"do": "piece", "at": 50}, [memoryview(content[50:])])
    assert panel.view.received == -1 and "is here" in panel.view.progress
    assert panel.wait().mapping.columns["text"] == "review"
    with open(panel.recipe.dataset, "rb") as kept:
        assert kept.read() == content


TURNED = "".join(f'{{"source": "a b {n % 5}", "target": "{n % 5} b a"}}\n' for n in range(40))
GRADES = "text,grade\n" + "".join(f"a film of {n},{n % 3}.5\n" for n in range(40))


@pytest.mark.parametrize(
    ("wanted", "file", "content", "found", "said"),
    [
        ("text-to-text", "turned.jsonl", TURNED, "text-to-text", ""),
        (None, "turned.jsonl", TURNED, "text-classification", ""),
        ("regression", "grades.csv", GRADES, "regression", ""),
        ("regression", "messy.csv", MESSY, "text-classification", "for Regression: read for Text"),
        ("token-classification", "grades.csv", GRADES, "regression", "It is not for Token cl"),
    ],
    ids=["kept against a guess", "guessed", "kept with it", "not for it", "columns are not there"],
)  # fmt: skip
def test_a_task_that_was_settled_stays_when_a_file_comes(wanted, file, content, found, said):
    panel = CheckPanel(pd.DataFrame({"text": ["a", "b"] * 20, "label": ["x", "y"] * 20}))
    panel.wait()
    if wanted:  # as Pick tells it
        panel.set_data(panel.recipe.replace(task=wanted, columns={}))
    send = panel.view._message
    send(None, {"do": "file", "name": file, "size": len(content)}, [])
    send(None, {"do": "piece", "at": 0}, [memoryview(content.encode())])
    assert panel.wait().mapping.task == panel.recipe.task == found
    assert panel.view.task[0] == (found if wanted == found else "guess")
    assert said in panel.view.progress and f"{file} is here." in panel.view.progress
    assert bool(said) == ("It is not" in panel.view.progress)


def test_what_cannot_be_taken_is_said_and_nothing_is_lost(file):
    panel = CheckPanel(str(file))
    panel.wait()
    before = panel.recipe
    assert not panel.upload("../evil.csv", b"a,b\n1,2\n")
    assert "no plain file name" in panel.notice.message and panel.recipe == before
    panel.view._message(None, {"do": "file", "name": "big.csv", "size": 2**40}, [])
    assert "too large" in panel.view.progress and panel.view.received == -1
    panel.view._message(None, {"do": "fix", "name": "nonsense"}, [])
    assert "No finding offers" in panel.notice.message
    panel.set_data(str(file) + ".gone")
    panel.wait()
    assert panel.check is None and panel.problem and "cannot be read" in panel.view.verdict


def test_an_upload_that_is_not_taken_is_not_said_to_be_here(file):
    panel = CheckPanel(str(file))
    panel.wait()
    files, send = panel.view.files, panel.view._message
    send(None, {"do": "file", "name": "virus.exe", "size": 3}, [])
    send(None, {"do": "piece", "at": 0}, [memoryview(b"abc")])
    assert "was not taken" in panel.view.progress and "of before" in panel.view.progress
    assert "cannot be read" in panel.notice.message and panel.view.files == files


def test_what_cannot_be_read_leaves_nothing_of_the_data_of_before(file, tmp_path):
    panel = CheckPanel(str(file))
    assert panel.wait() is not None and panel.view.roles and panel.view.files
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and nothing else")
    panel.set_data(str(damaged))
    panel.wait()
    assert panel.view.verdict == "damaged.parquet cannot be read." and panel.notice.message
    view = panel.view
    assert view.files == view.roles == view.split == view.findings == view.figures == []
    assert [field[0] for field in view.reading] == ["encoding", "delimiter", "header", "quotes"]
    panel.set_data("sample:nothing-of-that-name")
    panel.wait()
    assert panel.view.reading == []  # no file of the user's: nothing to be read otherwise
    panel.set_data(str(file))
    assert panel.wait() is not None and panel.view.roles and panel.view.files


def test_a_recipe_with_the_same_data_is_not_examined_again(file):
    panel = CheckPanel(str(file))
    first = panel.wait()
    panel.set_data(panel.recipe.replace(epochs=7))
    assert panel.wait() is first and panel.recipe.epochs == 7


def test_any_table_and_hostile_text(tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    frame = pd.DataFrame({"text": [evil, "b c"] * 8, evil: ["x", "y"] * 8})
    panel = CheckPanel(frame)
    panel.wait()
    assert panel.view.roles[2][2] == evil  # as text; the page makes text nodes only
    panel.view.show_finding(Finding("info", "x", evil, 1, (evil * 100,)))
    assert len(panel.view.findings[-1][4][0]) == 300


def test_the_app_carries_what_was_mended_into_the_run(file):
    from workbench.widgets.panels.app import CHECK, Workbench

    app = Workbench(Recipe(dataset=str(file)))
    app.header.tab = CHECK
    app.check.wait()
    app.check.fix_all()
    app.check.wait()
    assert app.recipe.fixes == app.check.recipe.fixes != []
    assert app.recipe.columns == {"text": "review", "label": "stars_label"}
    assert app.header.steps[CHECK][1].endswith("fixes")
    app.close()


def test_a_new_file_is_not_called_wrong_before_its_columns_are_known(tmp_path):
    from workbench.widgets.panels.app import CHECK, PICK, Workbench

    rows = "".join(f"film {n},good,{n}\nbook {n},bad,{n}\n" for n in range(20))
    first = tmp_path / "first.csv"
    first.write_text("text,label,nr\n" + rows)
    app = Workbench(Recipe(dataset=str(first)))
    app.header.tab = CHECK
    app.check.wait()
    app.pick.wait()
    said = []
    app.header.observe(lambda change: said.append(change["new"][PICK][1]), "steps")
    assert app.check.upload("other.csv", ("what was said,verdict,nr\n" + rows).encode())
    app.check.wait()
    look = app.pick.wait()
    assert look is not None and look.columns == ["what was said", "verdict", "nr"]
    assert app.pick.problem == "" and app.recipe.columns["text"] == "what was said"
    assert said and all(name.endswith("other.csv") for name in said), said
    app.close()


def test_what_was_found_already_is_shown_at_once(file):
    import workbench as wb

    check = wb.check(str(file))
    panel = CheckPanel(check)
    assert panel.check is check and panel.recipe == check.recipe
    assert [row[2] for row in panel.view.findings] == [f.what for f in check.found]
    panel.fix("drop_empty_texts")
    assert panel.wait().recipe.fixes == ["drop_empty_texts"]


def test_the_task_is_guessed_or_chosen(file):
    told = []
    panel = CheckPanel(str(file), on_change=told.append)
    panel.wait()
    assert panel.view.task[0] == "guess"
    assert panel.view.task[1][0] == ["guess", "as guessed: Text classification"]
    assert ["token-classification", "Token classification"] in panel.view.task[1]
    panel.view._message(None, {"do": "task", "task": "regression"}, [])
    assert panel.wait().mapping.task == panel.recipe.task == panel.view.task[0] == "regression"
    panel.set_task("guess")
    assert panel.wait().mapping.task == panel.recipe.task == "text-classification"


def test_a_folder_is_dropped_as_a_zip_file():
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(24):
            archive.writestr(f"r/{'good' if n % 2 else 'bad'}/{n}.txt", f"A text, number {n}")
    panel = CheckPanel()
    assert ".zip" in panel.view.kinds
    panel.upload("r.zip", packed.getvalue())
    check = panel.wait()
    assert check.ok and check.mapping.columns == {"text": "text", "label": "label"}
    assert panel.view.files[0][1:4] == ["folder of classes", 24, 3]


def test_folds_and_the_one_that_is_tested(file):
    panel = CheckPanel(str(file))
    panel.wait()
    send = panel.view._message
    send(None, {"do": "split", "split": "stratified", "column": "", "folds": "3", "fold": ""}, [])
    assert (panel.recipe.folds, panel.recipe.fold) == (3, 1)
    send(None, {"do": "split", "split": "stratified", "column": "", "folds": "3", "fold": "2"}, [])
    panel.wait()
    assert (panel.recipe.folds, panel.recipe.fold) == (3, 2) and panel.view.split[4:] == [3, 2]
    panel.set_split("stratified", folds=2, fold=3)
    assert panel.recipe.fold == 2
    panel.set_split("stratified")
    assert panel.recipe.folds is None and panel.recipe.fold is None
