"""What an addition costs: the recipes of CONTRIBUTING.md, done to a copy of the package."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contributing import PAGE_TEXT, block, install

ROOT = Path(__file__).parent.parent
#: Files that each addition may touch; a task is its folder, whatever lies in it.
MOST = {"task": None, "sample": 1, "field": 2, "fix": 2, "view": 3, "loss": 2, "method": 2,
        "format": 2, "verb": 1, "language": 1}  # fmt: skip
#: Tests of whatever is declared: fields, kinds, words, tasks, fixes, samples.
DECLARED = (
    "core/test_settings.py", "data/test_fixes.py::test_every_fix_says_what_it_did",
    "core/test_task_registry.py::"
    "test_a_recipe_that_names_neither_model_nor_data_has_those_of_its_task",
    "core/test_task_of_predictions.py",
    "catalog/samples/test_samples.py::test_every_declared_sample_is_complete",
    "widgets/test_texts.py::test_placeholders_are_the_same_in_every_language",
    "widgets/panels/test_form.py::test_every_field_is_in_the_form",
    "widgets/panels/test_form.py::test_a_unit_is_one_short_word_and_the_rest_is_said_elsewhere",
)  # fmt: skip
STEP = re.compile(
    r"^`(?P<path>workbench/[^`]+)`(?:, (?P<where>behind|in front of) `(?P<line>[^`]+)`)?:\n\n"
    r"```\w+\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Step:
    """A block of the page: a new file, or lines ``where`` the one that begins with ``line`` is."""

    path: str
    where: str | None
    line: str | None
    block: str

    def do(self, folder: Path) -> None:
        file = folder / self.path
        if self.where is None:
            assert not file.exists(), f"{self.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.block, encoding="utf-8")
            return
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        places = [n for n, line in enumerate(lines) if line.startswith(self.line)]
        assert len(places) == 1, f"{self.path} has {len(places)} lines that begin {self.line!r}"
        lines.insert(places[0] + (self.where == "behind"), self.block)
        file.write_text("".join(lines), encoding="utf-8")


def recipes(page: str) -> dict[str, tuple[str, list[Step]]]:
    """The heading's words and the steps of each recipe, by what it adds."""
    found = {}
    page = page.partition("## Recipes")[2].partition("\n## ")[0]
    for part in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        steps = [Step(**step.groupdict()) for step in STEP.finditer(text)]
        assert len(steps) == len(re.findall(r"^```\w", text, re.MULTILINE)), heading
        name = re.match(r"An? (\w+): ", heading)
        found[name[1]] = heading.partition(": ")[2], steps
    return found


RECIPES = recipes(PAGE_TEXT)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package with all recipes done, and the files that each of them touched."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workbench", folder / "workbench", ignore=ignore)
    touched, before = {}, files(folder)
    for name, (_, steps) in RECIPES.items():
        for step in steps:
            step.do(folder)
        after = files(folder)
        touched[name] = sorted(path for path in after if after[path] != before.get(path))
        before = after
    return folder, touched


@pytest.fixture(scope="module")
def found(copy, tmp_path_factory):
    """What a process with the copy on its path made of all additions, and what it printed."""
    folder, work = copy[0], tmp_path_factory.mktemp("newcomer")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-m", "tests.newcomer", str(work)]
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads((work / "found.json").read_text())
    assert found["home"] == str(folder)
    return found | {"printed": done.stdout}


def test_there_is_a_recipe_for_each_kind_of_addition():
    assert RECIPES.keys() == MOST.keys()


@pytest.mark.parametrize("name", MOST, ids=list(MOST))
def test_an_addition_touches_as_many_files_as_it_may(copy, name):
    touched, (heading, _) = copy[1][name], RECIPES[name]
    if name == "task":
        folder = touched[0].rpartition("/")[0]
        assert re.fullmatch(r"workbench/tasks/\w+", folder) and heading == "its folder"
        assert all(path.startswith(f"{folder}/") for path in touched)
        return
    assert len(touched) == MOST[name], touched
    assert int(heading.split()[0]) == MOST[name]


def test_a_task_is_offered_trained_and_listed(found):
    assert found["task"] == {
        "offered": True, "in the form": True, "predictions": 12, "in the table of runs": True,
        "metrics": ["examples", "loss", "mae", "pearson", "rounded", "spearman"],
        "baselines": ["mean", "tfidf_ridge"], "numbers are": "regression",
    }  # fmt: skip


def test_a_sample_is_offered_for_its_tasks_and_read(found):
    assert found["sample"] == {
        "offered": True, "read": {"train": {"text": ["Good."], "label": ["5"]}},
    }  # fmt: skip


def test_a_field_is_checked_shown_kept_and_used(found):
    said = found["field"].pop("refused")
    assert "adam_epsilon is 0.0" in said and "above 0" in said
    assert found["field"] == {
        "form": ["Epsilon of AdamW", "a small number above 0"], "used": 1e-6, "kept": 1e-6,
    }  # fmt: skip


def test_a_fix_is_offered_and_mends(found):
    what, count, examples = found["fix"]["found"]
    assert (what, count) == ("2 texts are nothing but a web address.", 2)
    assert len(examples) == 2 and "https://example.org/a" in examples[0]
    (said,) = found["fix"]["said"]
    assert said == "drop_web_addresses: 2 rows that are a web address were left out."
    assert found["fix"]["again"] == []


def test_a_view_is_shown_behind_those_of_its_tasks(found):
    assert found["view"] == {
        "last": "extremes", "of classes": False, "title": "Extremes", "in order": True,
        "texts": "Lowest and highest prediction", "script": True,
    }  # fmt: skip


def test_a_loss_is_trained_by_and_refused_where_it_does_not_belong(found):
    # an error of 0.25 counts 0.25**2 / 2, one of 2 counts 0.5 * (2 - 0.25)
    assert found["loss"]["by hand"] == pytest.approx(0.03125 + 0.875)
    assert "loss.kind is 'huber', which is not for text-classification" in found["loss"]["refused"]
    assert "trained by Huber's loss" in found["loss"]["said"]
    choices, hint = found["loss"]["form"]
    assert choices[0] == ["own", "the task's own"] and ["huber", "Huber's loss"] in choices
    assert hint == "The error from which on the loss is a straight line"
    assert found["loss"]["field"] == "Straight from"


def test_a_method_changes_what_it_says(found):
    assert found["method"]["moved"]
    assert all("LayerNorm" in name for name in found["method"]["moved"])
    assert "norms alone" in found["method"]["said"]
    assert ["norms", "norms alone"] in found["method"]["form"]


def test_a_format_is_recognised_and_said(found):
    assert found["format"]["columns"] == {"text": "text", "label": "label"}
    assert found["format"]["rows"] == [20]
    assert found["format"]["said"] == ["10 dialogues were read, a row a turn."]


def test_a_verb_runs(found):
    assert found["verb"] == 0
    assert os.environ["WORKBENCH_CACHE"] in found["printed"].splitlines()


def test_a_language_is_taken_and_english_where_it_has_nothing(found):
    names, stop, pause = found["language"]
    assert "de" in names and (stop, pause) == ("Anhalten", "Pause")


@pytest.fixture
def package(tmp_path):
    """The package of the page as pip installs it: its files, its entry points."""
    made = {"__init__.py": "", "data.py": block("`star_rating/data.py`")}
    for name in ("spec", "task"):  # with the workbench written out in front
        text = block(f"`workbench/tasks/star_rating/{name}.py`")
        for inside, outside in (("from ...", "from workbench."),
                                ("from ..regression", "from workbench.tasks.regression"),
                                ("workbench.tasks.star_rating.", "star_rating.")):  # fmt: skip
            text = text.replace(inside, outside)
        made[f"{name}.py"] = text
    files = {f"star_rating/{name}": text for name, text in made.items()}
    return install(tmp_path, "`pyproject.toml` of the package", files)


def test_a_package_of_ones_own_brings_the_same_task_and_data(package, tmp_path):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)])}
    asked = (
        "import json\n"
        "from workbench import catalog, task_registry, tasks\n"
        "spec = task_registry.spec('star-rating')\n"
        "print(json.dumps([spec.package, spec.metric_names[0], 'star-rating' in catalog.tasks(),\n"
        "    type(tasks.get('star-rating')).__module__, task_registry.problems(),\n"
        "    list(catalog.datasets(task='star-rating')['id'])]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", asked],
        cwd=tmp_path, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "star-rating", "rounded", True, "star_rating.task", [],
        ["sample:movie-strength", "hub:org/reviews"],
    ]  # fmt: skip


def test_what_is_said_of_every_declaration_holds_for_the_additions(copy):
    """A newcomer's additions pass the tests that were there, and need no change of any."""
    home = copy[0]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), str(ROOT)])}
    asked = "import sys, pytest, workbench; print(workbench.__file__); sys.exit(pytest.main())"
    options = ["-q", "-o", "pythonpath=", "-p", "no:cacheprovider", "-o", "addopts="]
    done = subprocess.run(
        [sys.executable, "-P", "-c", asked, *options, "--import-mode=importlib", *DECLARED],
        cwd=ROOT / "tests", env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert str(home) in done.stdout.splitlines()[0]


def test_a_step_that_the_code_has_outgrown_is_said(tmp_path):
    (tmp_path / "workbench").mkdir()
    (tmp_path / "workbench" / "a.py").write_text("one\ntwo\ntwo\n")
    Step("workbench/a.py", "behind", "one", "more\n").do(tmp_path)
    assert (tmp_path / "workbench" / "a.py").read_text() == "one\nmore\ntwo\ntwo\n"
    for line in ("two", "three"):
        with pytest.raises(AssertionError, match="lines that begin"):
            Step("workbench/a.py", "in front of", line, "more\n").do(tmp_path)
    with pytest.raises(AssertionError, match="is there already"):
        Step("workbench/a.py", None, None, "more\n").do(tmp_path)
