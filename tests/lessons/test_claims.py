"""The table of claims: what passed, what failed, what was killed and is gone on with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests import notebooks
from tests.lessons import build, claims, hosted

v4 = nbformat.v4
KILLS = """import os, signal, pathlib
flag = pathlib.Path({flag!r})
if not flag.exists():
    flag.touch()
    os.kill(os.getppid(), signal.SIGKILL)
"""


def _write(path, *sources, **own):
    cells = [v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    notebook = v4.new_notebook(cells=cells, metadata={"workbench": own})
    nbformat.write(notebook, path)


def _make(folder: Path):
    command = [sys.executable, "-m", "tests.lessons.claims", "--folder", folder / "notebooks"]
    command += ["--kept", folder / "kept", "--page", folder / "lessons.md"]
    root = Path(claims.__file__).parent.parent.parent
    return subprocess.run(
        list(map(str, command)), cwd=root, env={**os.environ}, capture_output=True, text=True
    )


def test_claims_of_toys_are_told(tmp_path):
    (tmp_path / "notebooks").mkdir()
    toys = tmp_path / "notebooks"
    true = "# Claim: the seed is below three\n#   and a whole number | {seed:.2f} | {seed - 1} to 9"
    _write(toys / "01-a.ipynb", "seed = 7", f"{true}\nassert seed < 2", seeds=3)
    false = "# Claim: nothing is something | {kept}\nassert not kept"
    _write(toys / "02-b.ipynb", "kept = 3", false, "1 / 0", "# Claim: it goes on\nassert kept")
    _write(toys / "03-c.ipynb", KILLS.format(flag=str(tmp_path / "killed")), "x = 1")

    assert _make(tmp_path).returncode == -signal.SIGKILL  # in the middle of the third
    assert len(list((tmp_path / "kept").glob("*.json"))) == 4
    page = (tmp_path / "lessons.md").read_text()
    assert "| the seed is below three and a whole number | 0.00 · 1.00 · 2.00 " in page
    assert "| -1 to 9 · 0 to 9 · 1 to 9 |" in page and "| **no** (2 of 3)" in page
    assert "| nothing is something | 3 |  |" in page
    assert "| the cell `1 / 0` runs |  |  |" in page and "ZeroDivisionError" in page
    row = next(line for line in page.splitlines() if "it goes on" in line)
    assert row.endswith("| yes |")
    assert "[03](../notebooks/03-c.ipynb) | not run as it is now |" in page

    again = _make(tmp_path)
    assert again.returncode == 0 and again.stdout.count("was run before") == 4
    assert "every cell runs" in (tmp_path / "lessons.md").read_text()

    _write(toys / "02-b.ipynb", "kept = 0", false)
    changed = _make(tmp_path)
    assert changed.stdout.count("was run before") == 4
    page = (tmp_path / "lessons.md").read_text()
    assert "| nothing is something | 0 |  |" in page and "ZeroDivisionError" not in page


@pytest.mark.parametrize(
    ("figure", "own", "interval", "apart"),
    [
        ("0.40", "0.31", "0.10 to 0.50", False),
        ("0.60", "0.31", "0.10 to 0.50", True),
        ("-0.2 nats", "+0.31", "+0.10 to +0.50", True),
        ("0.60 against 0.2", "0.31 against 0.2", "0.10 to 0.50 bits", True),
        ("0.60 against 0.2", "0.15 against 0.2", "2.0 to 2.5", False),  # of another number
        ("", "0.31", "0.10 to 0.50", False),
        ("0.60", "0.31", "", False),
    ],
)
def test_a_stored_figure_lies_in_the_interval_of_a_run(figure, own, interval, apart):
    assert claims.outside(figure, {"figure": own, "interval": interval}) is apart


def test_a_stored_figure_outside_is_told(tmp_path):
    claim = "# Claim: five | {kept} | 4 to 6\nassert kept"
    _write(tmp_path / "01-a.ipynb", "kept = 5", claim)
    path, notebook = tmp_path / "01-a.ipynb", nbformat.read(tmp_path / "01-a.ipynb", as_version=4)
    new, _, claimed = build.built(notebook, tmp_path, None)
    assert new.metadata["workbench"]["figures"] == {"five": "5"}
    claims.keep({"seconds": 1, "claims": claimed}, claims.place(path, new, None, tmp_path))
    nbformat.write(new, path)
    assert claims.table([path], tmp_path).endswith("| 5 | 4 to 6 | 1 | yes |\n")
    new.metadata["workbench"]["figures"] = {"five": "9"}
    nbformat.write(new, path)
    assert "yes; 9 is stored, outside 1 of 1 intervals |" in claims.table([path], tmp_path)


def test_a_bar_of_a_template_ends_no_claim():
    source = "# Claim: a beats b | {max(a, b):.2f}\nassert a > b\n# Claim: plain"
    assert claims.claims(source) == [("a beats b", "{max(a, b):.2f}", ""), ("plain", "", "")]
    within = "with x:\n    # Claim: c\n    #   holds | {c}\n    assert c"
    assert claims.claims(within) == [("c holds", "{c}", "")]


def test_the_figures_of_every_claim_can_be_asked_for():
    for path in notebooks.paths():  # a template that is no Python stopped the whole command
        notebook = nbformat.read(path, as_version=4)
        claims.prepared(notebook, None)
        code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        assert sum(one.count("# Claim") for one in code) == sum(len(claims.claims(s)) for s in code)


def test_who_names_no_notebook_is_told_which_there_are(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lessons", "77"])
    assert claims.main() == 2
    assert "77; there are 00, 01" in capsys.readouterr().out


def test_a_result_holds_while_the_code_does():
    cells = [v4.new_markdown_cell("The loss is 0.31."), v4.new_code_cell("assert loss < 1")]
    before = claims.digest(v4.new_notebook(cells=cells))
    cells[0].source = "The loss is 0.29."  # a value that was filled in anew
    assert claims.digest(v4.new_notebook(cells=cells)) == before
    cells[1].source = "assert loss < 0.1"
    assert claims.digest(v4.new_notebook(cells=cells)) != before


def test_a_result_holds_however_its_code_is_cut_into_cells():
    whole = v4.new_code_cell("x = 1\n\nassert x")
    parts = [v4.new_code_cell("x = 1"), v4.new_markdown_cell("And:"), v4.new_code_cell("assert x")]
    before = claims.digest(v4.new_notebook(cells=[whole]))
    assert claims.digest(v4.new_notebook(cells=parts)) == before
    parts[2].source = "    assert x"  # indented it is another program
    assert claims.digest(v4.new_notebook(cells=parts)) != before


def test_the_cell_that_installs_elsewhere_is_no_part_of_a_result():
    cells = [v4.new_code_cell(hosted.set_up("", "")), v4.new_code_cell("assert loss < 1")]
    before = claims.digest(v4.new_notebook(cells=cells))
    cells[0].source = hosted.set_up("[teach]", "https://github.com/owner/name")
    assert claims.digest(v4.new_notebook(cells=cells)) == before


def test_a_notebook_that_was_built_need_not_be_run_again_for_its_claims(tmp_path):
    claim = "# Claim: five are kept | {kept} | {seed} to 9\nassert kept == 5 and seed == 0"
    _write(tmp_path / "01-a.ipynb", "seed = 7", "kept = 5", claim, seeds=3)
    notebook = nbformat.read(tmp_path / "01-a.ipynb", as_version=4)
    new, _, claimed = build.built(notebook, tmp_path, None)
    row = {"claim": "five are kept", "figure": "5", "interval": "0 to 9", "error": ""}
    assert claimed == [row | {"passed": True}]
    assert [cell.source for cell in new.cells] == [cell.source for cell in notebook.cells]
