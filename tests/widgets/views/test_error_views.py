"""The round confusion, thresholds, calibration, labels, corrected recipe, comparison, headless."""


import numpy as np
import pytest

import workbench as wb
from tests.training import tiny
from tests.waiting import PATIENCE, until
from workbench import inspection
from workbench.errors import DataError
from workbench.widgets.panels.inspect import InspectPanel


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("errors")
    model = tiny.save_model(folder / "model")
    frame = tiny.frame(150)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        wrong = [3, 20, 44, 71, 90, 103]
        frame.loc[wrong, "label"] = [
            "class-1" if v == "class-0" else "class-0" for v in frame["label"][wrong]]
        recipe = wb.Recipe(model=str(model), dataset=frame, test_size=30, validation_size=20,
                           batch_size=16, max_length=32, learning_rate=3e-3, epochs=2,
                           precision="fp32")
        yield wb.fine_tune(recipe, progress=False)


def test_the_views_in_turn(run):
    panel = InspectPanel(run)
    assert [name for name, _ in panel.tabs.names][:5] == [
        "confusion", "curves", "calibration", "slices", "whatif"]
    curves = panel.choose_view("curves")
    assert panel.place.children == (curves,)
    assert len(curves.classes.rows) == 2 and curves.notice.message == ""
    curve = inspection.threshold_curve(run.predictions(), positive="class-0")
    assert np.allclose(curves.curves.series[1]["y"], curve["recall"])
    if curves.confusions.rows:
        curves.confusions.selected = 0
        assert panel.tabs.selected == "confusion"
        assert list(panel.grid.chosen) == curves.confusions.rows[0][:2]
    view = panel.choose_view("calibration")
    found = inspection.reliability(run)
    assert [row[2] for row in view.table.rows] == found.table["examples"].tolist()
    assert [row[0] for row in view.measures.rows] == ["as they are", "calibrated"]
    with pytest.raises(ValueError, match="no tab 'nothing'"):
        panel.choose_view("nothing")


def test_calibrated_predictions(run):
    texts = ["a good film", "a bad book", "warm and dull"]
    plain = run.predict(texts)
    temperature = run.calibrate()
    cooler = run.predict(texts, calibrated=True)
    logits = np.log(plain[["score_class-0", "score_class-1"]].to_numpy()) / temperature
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(cooler[["score_class-0", "score_class-1"]], wanted)
    assert cooler["prediction"].tolist() == plain["prediction"].tolist()
    assert (run.model_path / "calibration.json").is_file()


def test_slices_found_and_made(run):
    view = InspectPanel(run).choose_view("slices")
    found = view.find()
    assert len(view.found_sheet.rows) == len(found) and "slices tried" in view.search.status
    assert {"pieces", "near_training", "words"} <= set(view.columns.names)
    own = view.add("long ones", "words >= 8 and label = class-0")
    assert own["examples"].tolist() == [len(view.list_examples("words >= 8 and label = class-0"))]
    assert inspection.slices_recipe(run).slices == {"long ones": "words >= 8 and label = class-0"}
    assert wb.Recipe.from_yaml(inspection.slices_recipe(run).to_yaml()).slices == own.set_index(
        "slice")["query"].to_dict()
    view.own_sheet.selected = 0
    assert view.examples.total == own["examples"][0]
    view.adding.work(lambda: view.add("odd", 'text ~ "("'), view.notice).join(PATIENCE)
    assert "cannot be searched for" in view.notice.message and not view.adding.busy
    assert len(view.remove("long ones")) == 0 and view.own_sheet.rows == []


def test_doubtful_labels_to_a_better_recipe_to_a_comparison(run, monkeypatch):
    panel = InspectPanel(run)
    view = panel.choose_view("labels")
    assert view.card.total == -1
    queue = view.find()
    assert view.card.total == len(queue) > 0 and view.card.current["text"]
    with pytest.raises(DataError, match="Nothing was decided"):
        view.make_recipe()
    view.decide("accept")
    assert (view.card.decided, view.card.corrected) == (1, 0)
    view.decide("undo")
    view._act("relabel", "class-7")
    assert "no class 'class-7'" in view.notice.message and queue.decided == 0
    view.decide("relabel")
    view.decide("undo")
    pressed = {"action": "drop", "decided": 0}  # twice, before the kernel answers
    view.card._message(None, pressed, [])
    view.card._message(None, pressed, [])
    assert queue.decided == 1  # nothing about an example that nobody saw
    view.card._message(None, {"action": "undo", "decided": 1}, [])
    while queue.current is not None:
        view.decide("relabel")
    told = []
    panel.on_run = told.append
    monkeypatch.setattr("workbench.training.api.start",
                        lambda recipe: wb.fine_tune(recipe, progress=False))
    recipe = view.make_recipe()
    assert recipe.replace(corrections=None) == run.recipe
    assert recipe.corrections in view.card.saved
    assert f"wb.start(wb.open_run({str(run.path)!r}).recipe.replace(corr" in view.card.saved
    finish = {"action": "train", "decided": queue.decided}
    view.card.training = True
    view.card._message(None, finish, [])
    assert view.trained is None  # one is on
    view.card.training = False
    view.card._message(None, finish, [])
    until(lambda: told and getattr(panel.views.get("compare"), "comparison", None))
    better, compare = panel.run, panel.views["compare"]
    assert told == [better] and better.recipe == recipe and panel.tabs.selected == "compare"
    assert panel.place.children == (compare,) and compare.choice.value == str(run.path)
    found = compare.comparison
    assert compare.notice.message == "" and [r[0] for r in compare.recipe.rows] == ["corrections"]
    assert len(compare.flips.rows) == len(found.flips)
    together = inspection.ensemble([run, better])
    right = (together["label"] == together["prediction"]).mean()
    assert compare.metrics.rows[0][6] == pytest.approx(right)
    assert compare.curves.layout.display is None
    assert [line["name"] for line in compare.quality.series] == ["first", "second"]
    evals = better.history().query("kind == 'eval'")
    assert compare.quality.series[1]["y"] == pytest.approx(evals["macro_f1"].tolist())
    assert compare.loss.limits[1] == evals["epoch"].max() and len(compare.loss.series) == 4
    compare.choice.value = ""  # no run is named: none of its figures is left
    assert compare.comparison is None and compare.curves.layout.display == "none"
    assert [s.rows for s in (compare.metrics, compare.recipe, compare.flips)] == [[], [], []]
    other = wb.fine_tune(run.recipe.replace(seed=5), progress=False)
    compare = InspectPanel(other).choose_view("compare")
    assert len(compare.choice.options) == 1 and "2 runs of this task were" in compare.note.value
    with pytest.raises(DataError, match="different examples"):
        compare.compare(run)


def test_costs(run):
    panel = InspectPanel(run)
    view = panel.choose_view("costs")
    errors = (run.predictions()["label"] != run.predictions()["prediction"]).sum()
    assert view.table.rows[0][1] == errors
    view.set("class-0", "class-1", 10.0)
    wanted = inspection.expected_cost(run, costs={("class-0", "class-1"): 10.0})
    assert [row[1] for row in view.table.rows] == pytest.approx(wanted["total"].tolist())
    assert view.matrix.rows == [["class-0", "class-1", 10.0]]
    view.line.act("set", label="class-0", prediction="class-1", cost="much")
    until(lambda: "'much', which is no number" in view.notice.message)
    until(lambda: not view.line.busy)
    view.line.act("reset")
    until(lambda: view.costs == {} and not view.line.busy)
    assert view.table.rows[0][1] == errors and view.matrix.rows == []


def test_map(run):
    panel = InspectPanel(run)
    view = panel.choose_view("map")
    until(lambda: not view.line.busy and len(view.map.points) > 0)
    table = view.table
    assert len(view.map.points) == 8 * len(table)
    kinds = np.frombuffer(view.map.kinds, np.uint8)
    assert [view.map.legend[kind] for kind in kinds] == table["label"].tolist()
    view.draw("pca", "error")
    wrong = np.frombuffer(view.map.kinds, np.uint8) == view.map.legend.index("wrong")
    assert wrong.sum() == (table["label"] != table["prediction"]).sum()
    view.draw("t-sne", "loss")
    shades = np.frombuffer(view.map.shades, "<f4")
    assert shades.argmin() == table["loss"].to_numpy().argmin() and 0 <= shades.min()
    listed = view.choose([3, 1, 2])
    assert sorted(row[1] for row in view.examples.rows) == sorted(listed["text"])
    losses = [row[-1] for row in view.examples.rows]
    assert losses == sorted(losses, reverse=True)
    view.choose([])
    assert view.examples.layout.display == "none"
    view.line.act("change", method="umap")
    until(lambda: "method is 'umap'" in view.notice.message)
