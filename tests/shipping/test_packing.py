"""A packed folder works without the workbench, says what it is, and notices when it is another."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version

import pytest
import yaml

from workbench.cli import main
from workbench.errors import DataError
from workbench.shipping import pack
from workbench.shipping.exporting import exporting
from workbench.shipping.exporting.standalone import predict
from workbench.shipping.packing import files, licences
from workbench.shipping.packing.model_card import _markdown
from workbench.shipping.packing.standalone import app, check


@pytest.fixture
def here(monkeypatch):
    """The program of the folder in this process: another one takes seconds to begin."""
    monkeypatch.setattr(
        exporting, "answers_of_another_process",
        lambda folder, rows: predict.Model(folder).predict(rows, greedy=True),
    )  # fmt: skip


@pytest.fixture(scope="module")
def packed(run_of, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packed")
    return pack(run_of("class"), folder / "out", examples=6, model_licence="Apache-2.0",
                data_licence="CC-BY-SA-4.0")  # fmt: skip


def test_the_folder_works_where_there_is_no_workbench(packed, tmp_path):
    """An environment of its own that sees the installed packages, and no editable install."""
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))
    (site / "installed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python = str(tmp_path / "env" / "bin" / "python")
    away = shutil.copytree(packed.path, tmp_path / "away")

    def run(*command):
        return subprocess.run([python, *command], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"},
                              capture_output=True, text=True)  # fmt: skip

    assert "No module named 'workbench'" in run("-c", "import workbench").stderr
    done = run(str(away / "check.py"))
    assert (done.returncode, done.stdout) == (0, "6 of 6 answers are as expected.\n"), done.stderr


def test_another_model_is_noticed(packed, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "predict", predict)
    away = shutil.copytree(packed.path, tmp_path / "away")
    lines = [json.loads(line) for line in (away / "examples.jsonl").read_text().splitlines()]
    lines[0]["answer"]["scores"]["class-0"] += 0.001
    (away / "examples.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    assert check.main(away) == 1
    assert "5 of 6 answers are as expected." in capsys.readouterr().out
    assert not check.differs({"a": [1.0, "b"]}, {"a": [1.00009, "b"]}, check.EXACT)
    assert check.differs({"a": [1.0, "b"]}, {"a": [1.0, "c"]}, check.EXACT)
    assert check.differs({"a": [1.0]}, {"a": [1.0, 2.0]}, check.ROUGH)


def test_what_is_to_be_installed_is_what_is_installed(packed):
    lines = (packed.path / "requirements.txt").read_text().splitlines()
    assert f"transformers=={version('transformers')}" in lines
    assert f"torch=={version('torch').partition('+')[0]}" in lines
    assert not [line for line in lines if "+" in line or line.startswith("finetune")]
    of_graphs = files.requirements({"kept": "onnx"})
    assert "torch" not in of_graphs and f"onnxruntime=={version('onnxruntime')}" in of_graphs
    assert "jinja2==" in files.requirements({"kept": "onnx", "conversation": True})
    assert "RUN python check.py" in (packed.path / "Dockerfile").read_text()
    assert "*.safetensors filter=lfs" in (packed.path / ".gitattributes").read_text()


def test_the_card_says_figures_limits_licences_and_how_to_repeat(packed, run_of):
    run = run_of("class")
    _, head, text = (packed.path / "README.md").read_text("utf-8").split("---\n", 2)
    head = yaml.safe_load(head)
    assert head["license"] == "cc-by-sa-4.0" and head["library_name"] == "transformers"
    assert head["pipeline_tag"] == "text-classification"
    results = head["model-index"][0]["results"][0]["metrics"]
    accuracy = next(one for one in results if one["type"] == "accuracy")
    assert accuracy["value"] == pytest.approx(run.metrics()["accuracy"], abs=1e-6)
    for part in ("### By class", "| class-0 |", "### By slice", "## Limits", "It learnt from ",
                 "CC-BY-SA-4.0".lower(), "```yaml\n", "This is no legal advice."):  # fmt: skip
        assert part in text, part
    recipe = text.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(recipe)["learning_rate"] == run.recipe.learning_rate
    data = (packed.path / "DATA_CARD.md").read_text("utf-8")
    assert "What the check finds" in data and "**" in data and "Licence: cc-by-sa-4.0" in data


def test_cells_keep_to_their_table():
    import pandas as pd

    table = pd.DataFrame({"a|b": ["x | y\n| z", 0.123456], "c": [1, 2]})
    assert _markdown(table).splitlines() == [
        "| a\\|b | c |", "| --- | --- |", "| x \\| y \\| z | 1 |", "| 0.1235 | 2 |"
    ]  # fmt: skip


def test_the_page_answers(packed):
    class Part:
        def __init__(self, **about):
            self.about = about

    class Gradio:
        Label = Textbox = Part

        class Interface:
            def __init__(self, answer, asked, shown, title):
                self.answer, self.asked, self.title = answer, asked, title

    model = predict.Model(packed.path)
    page = app.page(Gradio, model)
    assert [one.about["label"] for one in page.asked] == ["text"]
    assert page.answer("good film") == model.predict(["good film"])[0]["scores"]
    assert page.answer(" ") == {}
    assert page.title == "run-class"


@pytest.mark.parametrize(
    ("model", "data", "fits", "licence"),
    [
        ("apache-2.0", "mit", True, "apache-2.0"),
        ("apache-2.0", "gpl-3.0", True, "gpl-3.0"),
        ("apache-2.0", "gpl-2.0", False, "other"),
        ("gpl-2.0", "apache-2.0", False, "other"),
        ("gpl-3.0", "cc-by-sa-4.0", True, "gpl-3.0"),
        ("cc-by-sa-4.0", "gpl-2.0", False, "other"),
        ("mit", "cc-by-nc-4.0", False, "other"),
        ("cc-by-nc-4.0", "cc-by-nc-4.0", True, "cc-by-nc-4.0"),
        ("mit", "cc-by-nd-4.0", False, "other"),
        ("mit", "Reuters-21578 terms: research use", False, "other"),
        ("unknown", "mit", None, "other"),
        ("mit", "own terms", None, "other"),
    ],
)
def test_licences_that_do_not_go_together_are_said(model, data, fits, licence):
    found = licences.together(model, data)
    assert (found.fits, found.licence) == (fits, licence)
    assert model in found.said and data in found.said


def test_the_command_says_what_is_not_known(run_of, tmp_path, here, capsys):
    run = str(run_of("class").path)
    assert main(["pack", run, "--out", str(tmp_path / "a")]) == 0
    said = capsys.readouterr().out
    assert "another process gives 16 of 16 answers alike" in said
    assert "note: The licences of model and data are not known here (unknown; unknown)" in said
    assert "note: examples.jsonl holds 16 rows of the test set" in said
    with pytest.raises(DataError, match="is there already"):
        pack(run, tmp_path / "a")
