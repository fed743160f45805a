"""What `make lint` checks of types: strictly where it is said, everywhere what is plainly wrong."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CONFIG = ROOT / "pyrefly.toml"
LENIENT = "workbench/data/lenient.py"


def check(folder: Path, files: dict[str, str]) -> str:
    """What the checker says of a project of these files under our settings."""
    (folder / "pyrefly.toml").write_bytes(CONFIG.read_bytes())
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    command = [Path(sys.executable).with_name("pyrefly"), "check", "--output-format", "min-text",
               "--python-interpreter-path", sys.executable]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr


def test_each_strict_part_is_there():
    parts = [part["matches"] for part in tomllib.loads(CONFIG.read_text("utf-8"))["sub-config"]]
    strict = {"workbench/recipe*.py", "workbench/run_folder/f*.py", "workbench/tasks/**"}
    assert strict <= set(parts)
    assert [part for part in parts if not any(ROOT.glob(part))] == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("workbench/recipe_text.py", id="recipe"),
        pytest.param("workbench/run_folder/folder.py", id="run-folder"),
        pytest.param("workbench/tasks/regression/task.py", id="task"),
    ],
)
def test_what_is_wrong_is_found(tmp_path, name):
    wrong = "def told(x: int | None) -> str:\n    return x.name\n"
    said = check(tmp_path, {name: wrong, LENIENT: wrong})
    assert "[missing-attribute]" in said and LENIENT not in said
    assert "0 errors" in check(tmp_path, {name: "def told(x: int) -> str:\n    return str(x)\n"})


def test_a_name_that_is_not_there_is_found_everywhere(tmp_path):
    said = check(tmp_path, {LENIENT: "from .nowhere import x\n\n\ndef f():\n    return y\n"})
    assert "[unknown-name]" in said and "[missing-import]" in said


def test_lint_runs_it():
    lint = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    assert "pyrefly check" in lint and "ruff check" in lint
    assert (ROOT / "workbench" / "py.typed").is_file()
