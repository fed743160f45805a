"""Questions to a file of predictions against the same questions to pandas."""

import threading
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from tests.inspection.predictions.predicted import drawn
from workbench import inspection
from workbench.errors import DataError, WorkbenchError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    frame = drawn(3000)
    frame["text"] = [f"{'Warm' if i % 3 else 'cold'} film number {i}" for i in range(3000)]
    path = tmp_path_factory.mktemp("q") / "test.parquet"
    frame.to_parquet(path, index=False)
    return frame, path


def test_confusion_and_cells(made):
    frame, path = made
    queries = inspection.PredictionQueries(path)
    cells = queries.confusion().set_index(["label", "prediction"])["examples"]
    wanted = inspection.confusion(frame)
    assert all(cells[label, other] == wanted.loc[label, other] for label, other in cells.index)
    assert cells.sum() == 3000
    page = queries.page(label="a", prediction="b", limit=7, start=2)
    rows = inspection.top_losses(frame, n=None, label="a", prediction="b").iloc[2:9]
    assert page["position"].tolist() == rows.index.tolist()
    assert page["loss"].tolist() == rows["loss"].tolist()


def test_search(made):
    frame, path = made
    queries = inspection.PredictionQueries(path)
    assert len(queries.page(text="WARM", limit=5000)) == frame["text"].str.contains("Warm").sum()
    found = queries.page(text=r"^cold.*\b(12|15)$", regex=True)
    assert sorted(found["text"]) == ["cold film number 12", "cold film number 15"]
    assert len(queries.page(text="100%_'; DROP", limit=5)) == 0


def test_invalid_and_catastrophic_patterns(made, tmp_path):
    queries = inspection.PredictionQueries(made[1])
    with pytest.raises(DataError, match=r"'\(open' cannot be searched for"):
        queries.page(text="(open", regex=True)
    frame = drawn(20).assign(text="a" * 5000 + "!")
    frame.to_parquet(tmp_path / "a.parquet")
    # a backtracking matcher would never come back from this one
    assert len(inspection.PredictionQueries(tmp_path / "a.parquet").page(
        text="^(a+)+$", regex=True)) == 0


def test_only_the_newest_question_is_answered(made):
    queries, answers = inspection.PredictionQueries(made[1]), []
    with queries._asking:  # an earlier question is still being answered
        threads = [threading.Thread(target=lambda n=n: answers.append(
            queries.page(text=f"number {n}", limit=3))) for n in range(4)]
        for thread in threads:
            thread.start()
            while queries._newest < len([t for t in threads if t.ident]):
                pass
    for thread in threads:
        thread.join()
    assert sum(answer is not None for answer in answers) == 1


def test_a_run_without_predictions(tmp_path):
    with pytest.raises(DataError, match="no predictions at"):
        inspection.PredictionQueries(tmp_path / "none.parquet")
    drawn(5).drop(columns="loss").to_parquet(tmp_path / "half.parquet")
    with pytest.raises(DataError, match="no column 'loss'"):
        inspection.PredictionQueries(tmp_path / "half.parquet")


def test_count_and_page_in_one_reading(made, tmp_path):
    frame = made[0].assign(loss=made[0]["loss"].round(1), pair="the other text")  # many ties
    frame.to_parquet(tmp_path / "ties.parquet", index=False)
    queries = inspection.PredictionQueries(tmp_path / "ties.parquet")
    wanted = frame.sort_values("loss", ascending=False, kind="stable")
    for asked, rows in (
        ({}, wanted),
        ({"label": "a"}, wanted[wanted["label"] == "a"]),
        ({"text": "warm"}, wanted[wanted["text"].str.contains("Warm")]),
        ({"text": "OTHER text"}, wanted),
        ({"text": "nowhere"}, wanted.head(0)),
    ):
        for start in (0, 20, 2990):
            total, page = queries.find(start=start, limit=10, **asked)
            assert total == len(rows)
            assert page["position"].tolist() == rows.index[start : start + 10].tolist()
            assert page["text"].tolist() == rows["text"].iloc[start : start + 10].tolist()
    assert queries.row(17)["text"] == frame["text"][17] and "score_a" in queries.row(17)
    with pytest.raises(IndexError, match="no example 3000"):
        queries.row(3000)


def test_metrics_of_a_file_are_those_of_the_table(made):
    frame, path = made
    queries = inspection.PredictionQueries(path)
    for measure in (inspection.confusion, inspection.per_class_errors, inspection.metric_intervals):
        pd.testing.assert_frame_equal(measure(queries), measure(frame))
    assert len(queries) == 3000 and queries.names == ["a", "b", "c"]


def test_large_tables_alone_are_asked(made, tmp_path, monkeypatch):
    class Run:
        path = tmp_path

    assert inspection.queries_of_large(Run()) is None
    (tmp_path / "predictions").mkdir()
    made[0].to_parquet(tmp_path / "predictions" / "test.parquet", index=False)
    assert inspection.queries_of_large(Run()) is None
    monkeypatch.setattr("workbench.inspection.predictions.queries.LARGE", 3000)
    assert len(inspection.queries_of_large(Run())) == 3000


@pytest.mark.parametrize(
    "damage", [b"", b"PAR1", bytes(500), b"PAR1" + bytes(range(200)) + b"PAR1", None],
    ids=["empty", "mark", "zeros", "marked", "cut"],
)  # fmt: skip
def test_a_damaged_file_is_said_before_it_is_asked_whether_it_is_large(made, tmp_path, damage):
    from workbench.inspection.comparing.comparable import tested_on

    path = tmp_path / "predictions" / "test.parquet"
    path.parent.mkdir()
    path.write_bytes(made[1].read_bytes()[:-5] if damage is None else damage)
    (tmp_path / "recipe.yaml").write_text(wb.Recipe().to_yaml())
    for ask in (inspection.queries_of_large, tested_on, inspection.comparable_runs):
        with pytest.raises(WorkbenchError, match="test.parquet") as said:
            ask(wb.Run(tmp_path))
        assert "\n" not in said.value.message


NAMES = {
    "brackets": "g[ab]", "not-a": "g[!a]", "open": "g[", "star": "g*", "stars": "**",
    "question": "g?", "braces": "g{a,b}", "tilde": "~", "percent": "g%41", "quote": "g'a",
    "quotes": 'g"a', "variable": "$HOME", "blank": "g a", "newline": "g\na", "emoji": "g\U0001f600",
    "dash": "-g", "storage": "s3:", "web": "http:", "file": "file:", "own-column": "label=ga",
    "new-column": "lr=0.1", "backslash": "g\\a", "backslash-star": "g\\*", "hash": "g#a",
    "semicolon": "g;a", "dots": "g..a", "long": "g" * 250, "accent": "ge\u0301",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_never_a_pattern(tmp_path, monkeypatch, name):
    """Beside a folder of that name lie those that it would fit as a pattern."""
    monkeypatch.chdir(tmp_path)
    for folder in ("ga", "gb", "g", "gA", "gé"):
        (tmp_path / folder).mkdir()
        drawn(7).assign(text="another run").to_parquet(tmp_path / folder / "test.parquet")
    (tmp_path / name).mkdir(exist_ok=True)
    frame = drawn(5).assign(text=[f"mine {n}" for n in range(5)])
    frame.to_parquet(tmp_path / name / "test.parquet", index=False)
    for path in (tmp_path / name / "test.parquet", Path(name) / "test.parquet"):
        queries = inspection.PredictionQueries(path)
        assert queries.columns == list(frame.columns) and len(queries) == 5
        assert sorted(queries.page()["text"]) == list(frame["text"])
        assert queries.row(3)["text"] == "mine 3"
        total, page = queries.find(label=frame["label"][0], limit=9)
        assert total == (frame["label"] == frame["label"][0]).sum() == len(page)
        queries.close()


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1" * 50, None], ids=["empty", "head", "heads", "cut"]
)
def test_a_file_that_is_damaged_is_said_to_be(made, tmp_path, content):
    path = tmp_path / "test.parquet"
    path.write_bytes(made[1].read_bytes()[:-50] if content is None else content)
    with pytest.raises(DataError, match="predict again"):
        inspection.PredictionQueries(path)


def test_a_file_that_goes_is_said_to_be_gone(made, tmp_path):
    path = tmp_path / "test.parquet"
    path.write_bytes(made[1].read_bytes())
    queries = inspection.PredictionQueries(path)
    path.unlink()
    asked = (len, lambda q: q.page(text="x"), lambda q: q.row(0), lambda q: q.find(text="\ud800"))
    for ask in asked:
        with pytest.raises(DataError, match="predict again"):
            ask(queries)
