"""The buttons by their public methods."""

import json

import pytest

from workbench.widgets.elements import controls as module
from workbench.widgets.elements.controls import Controls, path_from_server
from workbench.worker.control import pending


def test_a_command_from_two_roads_is_one_command(tmp_path):
    controls = Controls(tmp_path)
    controls.press("pause", 3)
    controls._message(None, {"press": "pause", "number": 3}, [])
    assert [(c["command"], c["number"]) for c in pending(tmp_path, 0)] == [("pause", 3)]
    controls.press("stop")
    assert [c["number"] for c in pending(tmp_path, 3)] == [4]


def test_messages_that_are_no_command_do_nothing(tmp_path):
    controls = Controls(tmp_path)
    for content in ({}, {"press": "rm -rf"}, {"press": "stop", "number": "../../x"}, {"press": 1}):
        controls._message(None, content, [])
    assert not (tmp_path / "control").exists()
    with pytest.raises(ValueError, match="no button 'fly'; there are: train, pause"):
        controls.press("fly")


def test_train_only_when_it_may():
    pressed = []
    controls = Controls(on_train=lambda: pressed.append(1), can_train=False)
    controls.press("train")
    assert not pressed
    controls.can_train = True
    controls.press("train")
    assert pressed == [1]


def test_own_handler_takes_the_command(tmp_path):
    seen = []
    Controls(tmp_path, on_command=lambda *a: seen.append(a)).press("resume", 7)
    assert seen == [("resume", 7)] and not (tmp_path / "control").exists()


def test_follow_starts_from_nothing(tmp_path):
    controls = Controls(tmp_path / "a b", state="running", acknowledged=4)
    assert controls.quoted == f"'{tmp_path}/a b'" and controls.state == ""
    controls.follow(None)
    assert controls.folder == "" and controls.run_path == ""


def test_path_seen_from_the_server(tmp_path, monkeypatch):
    runtime, root = tmp_path / "runtime", tmp_path / "root"
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    assert path_from_server(root / "runs/a") == ""
    (runtime / "jpserver-1.json").write_text(json.dumps({"pid": 1, "root_dir": str(tmp_path)}))
    assert path_from_server(root / "runs/a") == "root/runs/a"
    monkeypatch.setattr(module.os, "getppid", lambda: 2)
    (runtime / "jpserver-2.json").write_text(json.dumps({"pid": 2, "root_dir": str(root)}))
    assert path_from_server(root / "runs/a") == "runs/a"
    assert path_from_server("/elsewhere/a") == ""
