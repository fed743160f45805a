"""The set-up cell of every notebook, run as a hosted notebook service would run it."""

import importlib.metadata
import os
import re
import sys
import types

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests import notebooks
from tests.lessons import hosted as opened

CELLS = {
    path.name: next(c.source for c in nbformat.read(path, as_version=4).cells
                    if c.cell_type == "code" and "google.colab" in c.source)
    for path in notebooks.paths()
}  # fmt: skip
WHEEL = "finetune_workbench-0.1.0-py3-none-any.whl"
GONE = "uninstall -qqy finetune-workbench"


@pytest.fixture
def hosted(tmp_path, monkeypatch):
    """``run(source) -> what %pip was asked``, in an empty folder of the service's kind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr(sys, "displayhook", sys.displayhook)
    shell, asked = InteractiveShell(), []
    shell.register_magic_function(asked.append, magic_name="pip")

    def run(source):
        result = shell.run_cell(source, store_history=False)
        if result.error_in_exec:
            raise result.error_in_exec
        return asked

    yield run
    shell.history_manager.end_session()


def test_the_cells_differ_in_the_extra_alone():
    plain = {opened.EXTRA.sub("", source) for source in CELLS.values()}
    assert len(plain) == 1 and not re.search(r"pip install.*finetune-workbench", plain.pop())


@pytest.mark.parametrize("name", ["00-workbench.ipynb", "22-the-transformer.ipynb"])
def test_it_installs_the_wheel_that_lies_beside_it(name, hosted, tmp_path):
    with pytest.raises(FileNotFoundError, match="Upload the wheel"):
        hosted(CELLS[name])
    (tmp_path / WHEEL).touch()
    extra = "[teach]" if name.startswith("2") else ""
    assert hosted(CELLS[name]) == [GONE, f'install -q "{WHEEL}{extra}"']


@pytest.mark.parametrize("saved", [" (1)", "(2)", "-3", " - Copy", " 2"])
def test_the_newest_wheel_is_taken_under_the_name_that_pip_asks_for(saved, hosted, tmp_path):
    later = tmp_path / WHEEL.replace(".whl", f"{saved}.whl")  # as browsers save a second one
    later.write_text("later")
    for age, name in enumerate([WHEEL, WHEEL.replace("0.1.0", "0.9.0")], start=1):
        (tmp_path / name).write_text("earlier")
        then = later.stat().st_mtime - 60 * age
        os.utime(tmp_path / name, (then, then))
    assert hosted(CELLS["00-workbench.ipynb"]) == [GONE, f'install -q "{WHEEL}"']
    assert (tmp_path / WHEEL).read_text() == "later" and not later.exists()


def test_an_install_that_failed_ends_the_cell_in_a_sentence(hosted, tmp_path, monkeypatch):
    (tmp_path / WHEEL).touch()
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: [])
    for source in set(CELLS.values()):
        with pytest.raises(ImportError, match="^pip installed nothing: mend what it says above"):
            hosted(source)


def test_elsewhere_it_does_nothing(hosted, monkeypatch):
    monkeypatch.delitem(sys.modules, "google.colab")
    for source in set(CELLS.values()):
        assert hosted(source) == []


BOOKS = {path.name: nbformat.read(path, as_version=4) for path in notebooks.paths()}
OURS = "https://github.com/somebody/workbench"


@pytest.mark.parametrize("name", BOOKS)
def test_link_and_cell_are_those_of_the_project_s_metadata(name):
    assert opened.settled(BOOKS[name], name) == BOOKS[name]


@pytest.mark.parametrize("name", ["00-workbench.ipynb", "22-the-transformer.ipynb"])
def test_with_an_address_the_link_opens_this_notebook_and_the_cell_installs_from_there(
    name, hosted, tmp_path
):
    metadata = tmp_path / "pyproject.toml"
    metadata.write_text(f'[project]\nurls = {{Repository = "{OURS}.git/"}}\n')
    assert opened.address(metadata) == OURS
    there = opened.settled(BOOKS[name], name, OURS)
    assert (f"(https://colab.research.google.com/github/somebody/workbench/blob/main/notebooks/"
            f"{name})") in there.cells[0].source  # fmt: skip
    assert "Upload" not in there.cells[0].source and notebooks.complaints(there) == []
    assert opened.settled(there, name, "") == BOOKS[name]
    cell = next(c.source for c in there.cells if "google.colab" in c.source)
    extra = "[teach]" if name.startswith("2") else ""
    asked = hosted(cell)
    (tmp_path / WHEEL).touch()
    assert hosted(cell) == asked == [
        GONE, f'install -q "finetune-workbench{extra} @ git+{OURS}"',
        GONE, f'install -q "{WHEEL}{extra}"',
    ]  # fmt: skip


def test_colab_opens_repositories_of_github_alone():
    assert opened.link("a.ipynb", "https://gitlab.com/somebody/workbench") == opened.UPLOAD
    assert "git+https://gitlab.com/s/w" in opened.set_up("", "https://gitlab.com/s/w")
