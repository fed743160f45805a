"""Uses everything that CONTRIBUTING.md adds to a copy of the package; what came of it, as JSON.

``python -m tests.newcomer FOLDER`` runs with that copy first on the path.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import torch

import workbench as wb
from tests.training import tiny
from workbench import catalog, cli, i18n
from workbench.catalog.samples import readers
from workbench.data import fixes
from workbench.errors import RecipeError
from workbench.recipe import LOSSES
from workbench.task_of_predictions import task_by_looks
from workbench.training import optimisation
from workbench.widgets.panels.form import RecipeForm
from workbench.widgets.views import make_view, title_of, views_of


def refusal(**fields) -> str:
    """What a recipe says of these fields; "" when it takes them."""
    try:
        wb.Recipe(**fields)
    except RecipeError as error:
        return str(error)
    return ""


def reviews() -> pd.DataFrame:
    frame = tiny.frame(60)
    return frame.assign(label=(frame["label"] == "class-0") * 4 + 1)


def trained(folder: Path) -> wb.Run:
    """Two steps of the new task, by the new loss and method, with the new setting."""
    recipe = wb.Recipe(
        task="star-rating", model=str(tiny.save_model(folder / "model")), dataset=reviews(),
        loss={"kind": "huber", "delta": 0.5}, method="norms", adam_epsilon=1e-6, max_steps=2,
        batch_size=8, max_length=32, learning_rate=0.01, precision="fp32",
    )  # fmt: skip
    assert wb.Recipe.from_yaml(recipe.to_yaml()) == recipe
    return wb.fine_tune(recipe, folder / "run", progress=False)


def moved(folder: Path) -> list[str]:
    """Names of the weights of the body that training changed."""
    from safetensors.torch import load_file

    before = load_file(folder / "model" / "model.safetensors")
    after = load_file(folder / "run" / "model" / "model.safetensors")
    after = {name.removeprefix("bert."): weight for name, weight in after.items()}
    return [n for n, w in before.items() if n in after and not torch.equal(w, after[n])]


def uses(folder: Path) -> dict:
    found: dict = {"home": str(Path(wb.__file__).parents[1])}
    run = trained(folder)
    form = {field["name"]: field for field in RecipeForm().fields}
    found["task"] = {
        "offered": "star-rating" in catalog.tasks(),
        "in the form": ["star-rating", "Star rating"] in form["task"]["choices"],
        "metrics": sorted(run.metrics("test")),
        "predictions": len(run.predictions("test")),
        "baselines": sorted(run.results()["baselines"]),
        "in the table of runs": "rounded" in wb.runs(folder).columns,
        "numbers are": task_by_looks({"prediction": "number", "label": "number"}),
    }
    data = folder / "sample"
    data.mkdir()
    (data / "reviews.csv").write_text("text,label\nGood.,5\n")
    found["sample"] = {
        "offered": "sample:star-reviews" in list(catalog.datasets(task="star-rating")["id"]),
        "read": readers.read("star-reviews", data),
    }
    found["field"] = {
        "form": [form["adam_epsilon"][name] for name in ("label", "hint")],
        "refused": refusal(adam_epsilon=0.0),
        "used": optimisation.arguments(run.recipe, "cpu")["adam_epsilon"],
        "kept": run.recipe.adam_epsilon,
    }
    texts = tiny.frame(40)
    texts.loc[[3, 8], "text"] = ["https://example.org/a", " http://example.org "]
    check = wb.check(texts)
    (finding,) = [one for one in check.found if one.fix_text == "drop_web_addresses"]
    fixed = check.fix("drop_web_addresses")
    found["fix"] = {
        "found": [finding.what, finding.count, list(finding.examples)],
        "again": [one.what for one in fixed.found if one.fix_text == "drop_web_addresses"],
        "said": fixes.apply({"train": texts}, fixed.recipe.fixes)[1],
    }
    view = make_view("extremes")
    view.load(SimpleNamespace(predictions=run.predictions("test")))
    other = SimpleNamespace(recipe=wb.Recipe())
    found["view"] = {
        "last": views_of(run)[-1], "of classes": "extremes" in views_of(other),
        "title": title_of("extremes"), "in order": view.rows[0][0] <= view.rows[1][0],
        "texts": view.strings["label"], "script": "createElement" in view._esm,
    }  # fmt: skip
    huber = LOSSES.module("huber").make(LOSSES.settings({"kind": "huber", "delta": 0.5}), None)
    labels = torch.tensor([0.25, 1.0])
    found["loss"] = {
        "by hand": float(huber.total(torch.tensor([[0.0], [3.0]]), labels)),
        "refused": refusal(loss="huber"),
        "form": [form["loss"]["choices"], form["loss.huber.delta"]["hint"]],
        "field": form["loss.huber.delta"]["label"],
        "said": run.status()["speed"],
    }
    found["method"] = {
        "moved": moved(folder), "said": run.status()["speed"], "form": form["method"]["choices"],
    }  # fmt: skip
    file = folder / "dialogues.jsonl"
    turns = [{"said": "Hello there", "intent": "greet"}, {"said": "Bye then", "intent": "leave"}]
    file.write_text("".join(json.dumps({"turns": turns}) + "\n" for _ in range(10)))
    read = wb.check(file)
    found["format"] = {
        "columns": read.mapping.columns, "rows": read.tables["files"]["rows"].tolist(),
        "said": [one.what for one in read.found if "dialogues" in one.what],
    }  # fmt: skip
    found["verb"] = cli.main(["where"])
    i18n.set_language("de")
    found["language"] = [i18n.languages(), i18n.t("controls.stop"), i18n.t("controls.pause")]
    return found


if __name__ == "__main__":
    found = uses(Path(sys.argv[1]))
    Path(sys.argv[1], "found.json").write_text(json.dumps(found))
