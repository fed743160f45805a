"""Questions to a file of predictions against the same questions to pandas."""

import threading

import pytest

from tests.inspection.predicted import drawn
from workbench import inspection
from workbench.errors import DataError


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
