"""The panel that ships a run, by its methods and by what its buttons send."""

import json
import urllib.request

import pytest

from tests.waiting import until
from workbench.errors import DataError, ModelError
from workbench.run_folder.folders import create_run_folder
from workbench.training.run import open_run
from workbench.widgets.panels.ship.panel import ShipPanel


@pytest.fixture
def panel(run_of):
    panel = ShipPanel(run_of("class"))
    yield panel
    panel.close()


def test_a_way_is_tried_by_its_button_and_kept(panel, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path))
    smaller = panel.smaller
    with pytest.raises(DataError, match="Nothing was made smaller"):
        smaller.keep()
    assert smaller.table.layout.display == "none"
    smaller.line._message(None, {"action": "try", "values": {"how": "int8"}}, [])
    until(lambda: not smaller.line.busy)
    assert smaller.notice.message == "" and len(smaller.tried) == 1
    smaller.attempt({"kind": "int4", "group": 32})
    names = [row[0] for row in smaller.table.rows]
    assert names == [panel.run.name, *(one.candidate.name for one in smaller.tried)]
    assert "{'kind': 'int4'" in smaller.code.value
    left, right, bottom, top = smaller.picture.limits
    for line in smaller.picture.series:
        assert left < line["x"][0] < right
        assert bottom < line["low"][0] <= line["y"][0] <= line["high"][0] < top
    smaller.table.selected = 1
    assert "'int8'" in smaller.code.value
    assert len(smaller.flips.rows) == len(smaller.tried[0].flipped())
    kept = smaller.keep()
    assert str(kept.path) in smaller.said.value and open_run(kept.path).state == "done"
    texts = panel.run.predictions()["text"].tolist()[:5]
    assert kept.predict(texts)["prediction"].tolist() == (
        smaller.tried[0].predict(panel.run.reader()(texts))["prediction"].tolist()
    )


def test_what_breaks_quality_is_kept_only_by_the_other_button(panel, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_RUNS", str(tmp_path))
    found = panel.smaller.attempt("int8")
    found.broken = "The quality is broken."
    panel.smaller.line._message(None, {"action": "keep", "values": {}}, [])
    until(lambda: not panel.smaller.line.busy)
    assert panel.smaller.notice.message == "The quality is broken."
    assert "Keep it anyway" in panel.smaller.notice.remedy and not [*tmp_path.iterdir()]
    with pytest.raises(ModelError):
        panel.smaller.keep()
    panel.smaller.line._message(None, {"action": "anyway", "values": {}}, [])
    until(lambda: not panel.smaller.line.busy)
    assert panel.smaller.notice.message == "" and len([*tmp_path.iterdir()]) == 1


def test_a_folder_is_made_and_a_second_one_refused(panel, tmp_path):
    part, place = panel.handing_over, tmp_path / "mine"
    values = {"format": "safetensors", "folder": str(place)}
    part.line._message(None, {"action": "export", "values": values}, [])
    until(lambda: not part.line.busy)
    assert part.notice.message == "" and (place / "predict.py").exists()
    assert str(place) in part.said.value and "wb.shipping.export(" in part.code.value
    part.line._message(None, {"action": "export", "values": values}, [])
    until(lambda: not part.line.busy)
    assert str(place) in part.notice.message and part.notice.details == ""


def test_it_serves_until_it_is_ended(panel):
    part = panel.serving
    part.line._message(None, {"action": "start", "values": {}}, [])
    until(lambda: not part.line.busy)
    assert part.notice.message == "" and part.server.url in part.said.value
    body = json.dumps({"input": "a good film"}).encode()
    asked = urllib.request.Request(f"{part.server.url}/predict", body,
                                   {"Content-Type": "application/json"})  # fmt: skip
    with urllib.request.urlopen(asked) as answer:
        said = json.load(answer)
    assert said["prediction"] == panel.run.predict(["a good film"])["prediction"][0]
    server = part.server
    part.line._message(None, {"action": "stop", "values": {}}, [])
    until(lambda: not part.line.busy)
    assert part.server is None and part.said.value == "" and not server.alive


def test_a_run_that_is_not_done_is_said(panel, tmp_path):
    run = open_run(create_run_folder(panel.run.recipe, tmp_path / "new"))
    other = ShipPanel(run)
    assert "no finished model" in other.notice.message and other.run is None
    assert all(part.layout.display == "none" for part in other.parts)
    for call in (lambda: other.smaller.attempt("int8"), lambda: other.handing_over.make("export"),
                 other.serving.start):  # fmt: skip
        with pytest.raises(DataError, match="no finished run"):
            call()
    assert "no finished run" in ShipPanel().notice.message
    other.load(panel.run)
    assert other.notice.message == "" and other.smaller.layout.display is None
