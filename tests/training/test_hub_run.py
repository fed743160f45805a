"""A whole run on a model and a dataset of the hub: in the worker, through the real clients."""

import json
import os
import subprocess
import sys

from tests.fakes.hub_server import FakeHub
from tests.training import tiny

PROGRAM = """
import json, os, sys
import workbench as wb
recipe = wb.Recipe(**json.loads(sys.argv[1]))
run = wb.start(recipe, sys.argv[2]).wait(timeout=600)
first = [run.state, run.metrics(), run.data_info(), run.results()["notes"]]
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"  # for the worker: nobody answers there
run = wb.start(recipe, sys.argv[2] + "-again").wait(timeout=600)
second = [run.state, run.metrics(), run.data_info(), run.results()["notes"]]
sys.stdout.write("ANSWER" + json.dumps([first, second]))
"""


def test_a_run_on_hub_model_and_hub_data(tiny_model, tmp_path):
    hub = FakeHub()
    files = {path.name: path.read_bytes() for path in tiny_model.iterdir()}
    hub.add("acme/tiny-bert", files)
    train, test = tiny.frame(60), tiny.frame(20, seed=1)
    hub.add(
        "acme/reviews",
        {"train.csv": train.to_csv(index=False), "test.csv": test.to_csv(index=False)},
        kind="datasets",
    )
    recipe = {
        "model": "hub:acme/tiny-bert",
        "dataset": "hub:acme/reviews",
        "validation_size": 10,
        "batch_size": 10,
        "max_length": 32,
    }
    with hub.serve() as endpoint:
        environment = {
            **os.environ,
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "0",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(recipe), str(tmp_path / "run")],
            capture_output=True, text=True, env=environment, timeout=900,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = json.loads(done.stdout.partition("ANSWER")[2])
    state, metrics, info, notes = first
    assert state == "done"
    assert info["examples"] == {"train": 50, "validation": 10, "test": 20}
    assert metrics["examples"] == 20
    assert not [note for note in notes if "copy" in note]

    assert second[:2] == [state, metrics], "the copies in the cache give the same run"
    said = [note for note in second[3] if "the copy of" in note and "cannot be reached" in note]
    assert ["the dataset hub:acme/reviews" in s for s in said] == [True, False]
    assert "the copy of model hub:acme/tiny-bert" in said[1]
