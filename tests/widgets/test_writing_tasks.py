"""Two runs of each task that writes, fills gaps or finds: all views, the report, side by side."""

import pandas as pd
import pytest

import workbench as wb
from tests.training import fillers, pairs, tiny, toy_task, writers
from tests.training.test_chat import talks
from tests.training.test_language_modelling import frame as passages
from tests.waiting import until
from workbench import inspection
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.panels.summary import static_summary

WRITES = {"kind": "greedy", "max_new_tokens": 6}
TASKS = {
    "text-to-text": lambda: toy_task.frame(40).rename(
        columns={"letters": "source", "numbers": "target"}),
    "chat": lambda: talks(40),
    "language-modelling": lambda: passages(40),
    "masked-language-modelling": lambda: tiny.frame(40)[["text"]],
    "sentence-similarity": lambda: pairs.frame(40),
}  # fmt: skip


def model_of(task: str, folder) -> str:
    if task == "masked-language-modelling":
        return str(fillers.save(folder / "gaps"))
    if task == "sentence-similarity":
        return str(tiny.save_model(folder / "bert"))
    return str(writers.save(folder / task, "t5" if task == "text-to-text" else "llama"))


@pytest.fixture(scope="module", params=TASKS)
def runs(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("writing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        task = request.param
        about = {} if task in ("masked-language-modelling", "sentence-similarity") else {
            "generation": WRITES}  # fmt: skip
        recipe = wb.Recipe(
            task=task, model=model_of(task, folder), dataset=TASKS[task](), test_size=8,
            validation_size=8, batch_size=8, max_length=40, learning_rate=3e-3, max_steps=2,
            precision="fp32", **about,
        )  # fmt: skip
        yield [wb.fine_tune(recipe.replace(max_steps=n), folder / "runs" / name, progress=False)
               for n, name in ((2, "first"), (4, "second"))]  # fmt: skip


def test_every_view_loads_and_the_report_leaves_nothing_out(runs):
    panel = InspectPanel(wb.open_run(runs[1].path))
    assert panel.notice.message == "" and panel.metrics.figures
    for name, _ in panel.tabs.names:
        view = panel.choose_view(name)
        notices = [panel.notice, getattr(view, "notice", None)]
        assert [one.message for one in notices if one is not None and one.message] == [], name
    found = panel.views["report"].write()
    assert not [part.title for part in found.sections if part.title == "Left out"]
    html = static_summary(runs[1])
    assert "Traceback" not in html and inspection.outcome(runs[1]).sentence in html.replace(
        "&#x27;", "'")  # fmt: skip


def test_what_is_asked_is_answered_and_a_file_is_shown_in_words(runs, tmp_path):
    panel = InspectPanel(wb.open_run(runs[1].path))
    text, pair = ("a b", None) if panel.run.recipe.task != "sentence-similarity" else ("film 3",
                                                                                      "3 bad")
    panel.inspect(text, pair)
    assert panel.refusal.message == "" and panel.query.text == text
    if pair:
        (found,) = panel.said.children
        score = panel.run.predict(pd.DataFrame({"anchor": [text], "positive": [pair]}))
        assert found.note == f"The second text is as near as {score['other_score'][0]:.3f}."
        view = panel.choose_view("map")
        assert view.line.fields[1]["choices"][0][0] == "error"
        until(lambda: len(view.map.legend) == 2)  # what is chosen there is what is drawn
    file = tmp_path / "new.csv"
    first = next(iter(TASKS[panel.run.recipe.task]()))
    first = "prompt" if first == "messages" else first
    file.write_text(f"{first}\na b\nc d\n")
    panel.file.predict(file)
    assert panel.file.notice.message == "" and len(panel.file.sheet.rows) == 2
    cells = [str(cell) for row in panel.file.sheet.rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("['", "[[", "[0", "[-"))]


def test_two_runs_stand_side_by_side(runs):
    first, second = (wb.open_run(run.path) for run in runs)
    view = InspectPanel(second).choose_view("compare")
    found = view.choose(first)
    assert view.notice.message == "" and found is view.comparison
    table = found.metrics.set_index("metric")
    for name in {*table.index} & {*second.metrics()}:
        assert table.loc[name, "first"] == pytest.approx(first.metrics()[name])
        assert table.loc[name, "second"] == pytest.approx(second.metrics()[name])
    assert inspection.decisive_metric(second) in table.index
    assert bool(view.flips.rows) == bool(view.flips.columns)
    learnt = second.recipe.task == "language-modelling"
    assert ("Both say the same" in view.metrics.note) == (not learnt)
    if learnt:  # what each text costs stands where others have what was said of it
        costs = [run.predictions().set_index("text")["loss"] for run in (first, second)]
        assert view.flips.heading == "Texts whose loss changed most"
        for row in found.flips.itertuples():
            assert row.first == pytest.approx(costs[0][[row.text]].iloc[0])
            assert row.second == pytest.approx(costs[1][[row.text]].iloc[0])
            assert (row.change == "better") == (row.second < row.first)
    assert isinstance(found.flips, pd.DataFrame) and found.examples == 8
