"""Reports: self-contained, escaped, with the numbers of the views; every kind of task."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.inspection.predictions.predicted import drawn
from workbench import inspection
from workbench.errors import RunError
from workbench.inspection.reporting import drawings
from workbench.inspection.reporting.report_pages import said, to_markdown
from workbench.run_folder.folders import create_run_folder
from workbench.training.run import Run

HOSTILE = "<script>alert(1)</script> a | b `c` *d* https://example.org/x.png"


def made(folder, table, task="text-classification", **results) -> Run:
    path = create_run_folder(wb.Recipe(task=task, dataset="no/such.csv"), folder / "run")
    (path / "predictions").mkdir()
    table.to_parquet(path / "predictions" / "test.parquet")
    (path / "metrics.json").write_text(json.dumps(results))
    (path / "metrics.jsonl").write_text(
        "".join(
            json.dumps({"kind": kind, "step": step, "loss": 1 / step}) + "\n"
            for step in range(1, 9)
            for kind in (("step", "eval") if step % 4 == 0 else ("step",))
        )
    )
    (path / "data").mkdir()
    (path / "data" / "info.json").write_text(
        json.dumps({"fingerprint": "sha256-abc", "examples": {"train": 10, "test": len(table)}})
    )
    return Run(path)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset", "data")]


def of(report, title):
    return next(s.table for s in report.sections if s.title == title)


def test_a_classification(tmp_path):
    table = drawn(200)
    table.loc[3, ["text", "loss"]] = [HOSTILE, 99.0]
    measured = {"accuracy": 0.7, "macro_f1": 0.69}
    run = made(
        tmp_path,
        table,
        metrics={"test": measured},
        baselines={"majority": {"accuracy": 0.3, "macro_f1": 0.2}},
    )
    inspection.save_slice(run, "short", "words <= 2")
    report = wb.report(run)
    accuracy = (table["label"] == table["prediction"]).mean()
    assert of(report, "Metrics")["value"].iloc[0] == pytest.approx(accuracy)
    assert of(report, "Beside baselines")["accuracy"].tolist() == [0.7, 0.3]
    cells = of(report, "Confusion: labels by row, predictions by column")
    assert cells[["a", "b", "c"]].to_numpy().sum() == 200
    assert of(report, "Highest losses")["text"].iloc[0] == HOSTILE
    assert of(report, "Slices made by hand, kept with the run")["name"].tolist() == ["short"]
    page, card = report.save(tmp_path / "out")
    html, text = page.read_text(), card.read_text()
    found = Page(html)
    assert "script" not in found.tags and not found.addresses and "url(" not in html
    assert "&lt;script&gt;" in html and found.tags.count("svg") >= 3 and len(html) < 200_000
    assert "default-src 'none'" in html and "sha256-abc" in html
    assert (
        r"\<script\>" in text and r"a \| b \`c\` \*d\*" in text and "dataset: no/such.csv" in text
    )
    widths = {
        len(re.findall(r"(?<!\\)\|", line))
        for line in text.splitlines()
        if line.startswith("| ") and "alert" in line
    }
    assert widths == {5}


def test_a_regression_and_tags(tmp_path):
    rng = np.random.default_rng(0)
    label = rng.random(60)
    residual = rng.normal(0, 0.2, 60)
    table = pd.DataFrame(
        {
            "text": [f"text {i}" for i in range(60)],
            "label": label,
            "prediction": label + residual,
            "loss": residual**2,
            "residual": residual,
        }
    )
    (tmp_path / "r").mkdir()
    report = inspection.report(made(tmp_path / "r", table, "regression"))
    assert of(report, "Metrics")["metric"].tolist() == [
        "Pearson's r", "Spearman's rho", "mean absolute error", "root mean squared error"]
    assert of(report, "Residuals by label")["examples"].sum() == 60
    assert of(report, "Largest residuals")["residual"].abs().iloc[0] == np.abs(residual).max()
    tags = pd.DataFrame(
        {
            "text": ["Ann sees Rome"] * 12,
            "tokens": [["Ann", "sees", "Rome"]] * 12,
            "label": [["B-per", "O", "B-loc"]] * 12,
            "prediction": [["B-per", "O", "O"]] * 4 + [["B-per", "O", "B-loc"]] * 8,
            "loss": np.linspace(1, 0, 12),
            "score": np.linspace(0.4, 0.9, 12),
        }
    )
    (tmp_path / "t").mkdir()
    report = inspection.report(made(tmp_path / "t", tags, "token-classification"))
    entities = of(report, "Classes, the lowest F1 first").set_index("class")
    assert entities.loc["loc", "recall"] == pytest.approx(8 / 12)
    assert of(report, "Highest losses")["text"].iloc[0] == "Ann sees Rome"
    assert "Page" and not Page(report.html).addresses


def test_hard_cases(tmp_path):
    many = drawn(400, k=60)  # too many classes for a matrix that can be read
    (tmp_path / "m").mkdir()
    report = inspection.report(made(tmp_path / "m", many), slices=False)
    assert "Confusion" not in " ".join(s.title for s in report.sections)
    assert len(of(report, "Classes, the lowest F1 first")) == 30
    odd = drawn(40)
    odd["score_a"] += 0.5  # no probabilities: said in place of the calibration
    (tmp_path / "o").mkdir()
    report = inspection.report(made(tmp_path / "o", odd), slices=False)
    assert any("no probabilities" in s.note for s in report.sections)
    one = drawn(40).assign(prediction="a")
    (tmp_path / "c").mkdir()
    assert "Metrics" in wb.report(made(tmp_path / "c", one)).markdown
    empty = Run(create_run_folder(wb.Recipe(), tmp_path / "empty"))
    with pytest.raises(RunError, match="no predictions for 'test'"):
        wb.report(empty)
    with pytest.raises(RunError, match="cannot be written"):
        report.save("/proc/nothing")


def test_drawings_and_cells():
    picture = drawings.lines(
        [{"name": "a<b", "x": [0, 1, 2], "y": [0, np.nan, 4]}],
        x_title="x",
        y_title="y",
        limits=(0, 2, 0, 4),
    )
    points = re.search(r'points="([^"]+)"', picture)[1].split()
    assert points == ["48.0,222.0", "468.0,10.0"] and "a&lt;b" in picture
    assert drawings.lines([{"name": "n", "x": [], "y": []}], x_title="", y_title="") == ""
    assert said(True) == "True" and said(None) == "–" and said("x" * 999).endswith("…")
    assert to_markdown("a\n# b", "", []).startswith(r"# a \# b")
