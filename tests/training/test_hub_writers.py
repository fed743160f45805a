"""A T5 and a Marian of the hub through every step: check, train, stop, resume, predict, report."""

import json
import os
import subprocess
import sys

from tests.fakes.hub_server import FakeHub
from tests.training import toy_task, writers

PROGRAM = """
import json, sys
from pathlib import Path
import workbench as wb
from workbench.training import engine
from workbench.worker import control

real, folder = engine.Engine.training_step, Path(sys.argv[2])
answers = {}
for name, about in json.loads(sys.argv[1]).items():
    check = wb.check(wb.Recipe(task="text-to-text", **about))
    recipe = check.recipe
    out, sent = folder / name, []

    def stopped(self, *args, **kwargs):
        if self.state.global_step == 1 and not sent:
            sent.append(control.send(out, "stop"))
        return real(self, *args, **kwargs)

    engine.Engine.training_step = stopped
    states = [wb.fine_tune(recipe, out, progress=False).state]
    engine.Engine.training_step = real
    run = wb.fine_tune(recipe, out, progress=False)
    states.append(run.state)
    table = run.predictions()
    said = run.predict(table["text"].tolist()[:3])["prediction"].tolist()
    page = wb.report(run).save(folder / f"{name}-report")[0].read_text()
    answers[name] = dict(
        check=[check.ok, check.mapping.columns, check.recipe.model], states=states,
        steps=run.history().query("kind == 'step'")["step"].tolist(), said=said,
        table=table["prediction"].tolist()[:3], metrics=run.metrics(),
        baselines=sorted(run.results()["baselines"]), report=page,
        info=run.results().get("notes"), type=json.loads((out / "model" / "config.json")
                                                         .read_text())["model_type"],
    )
sys.stdout.write("ANSWER" + json.dumps(answers, default=str))
"""


def test_a_t5_and_a_marian_of_the_hub_go_through_every_step(tmp_path):
    hub, recipes = FakeHub(), {}
    table = toy_task.frame(40).rename(columns={"letters": "source", "numbers": "target"})
    hub.add("acme/spelling", {"train.csv": table.to_csv(index=False)}, kind="datasets")
    for kind in ("t5", "marian"):
        folder = writers.save(tmp_path / kind, kind, size=64)
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        hub.add(f"acme/tiny-{kind}", files)
        recipes[kind] = dict(
            model=f"hub:acme/tiny-{kind}", dataset="hub:acme/spelling", batch_size=8,
            max_length=16, max_steps=4, evaluate_every=2, checkpoint_every=1, precision="fp32",
            test_size=6, validation_size=6,
            generation={"kind": "beams", "num_beams": 2, "max_new_tokens": 4},
        )  # fmt: skip
    with hub.serve() as endpoint:
        environment = {
            **os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "0",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(recipes), str(tmp_path / "runs")],
            capture_output=True, text=True, env=environment, timeout=900,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout.partition("ANSWER")[2])
    for kind, found in answers.items():
        assert found["check"] == [
            True, {"source": "source", "target": "target"}, f"hub:acme/tiny-{kind}",
        ]  # fmt: skip
        assert found["states"] == ["stopped", "done"] and found["steps"] == [1, 2, 3, 4]
        assert found["said"] == found["table"]
        assert found["metrics"]["examples"] == 6 and 0 <= found["metrics"]["chrf"] <= 100
        assert {"copy", "nearest", "untuned"} <= set(found["baselines"])
        assert "chrF" in found["report"] and found["type"] == kind
