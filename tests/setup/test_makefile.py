"""The Makefile says what it does, and says clearly why when it cannot."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from workbench.lab import QUIET

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "Makefile").read_text("utf-8")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments, cwd=ROOT, **env):
    command = ["make", "--no-print-directory", *arguments]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    return subprocess.run(command, cwd=cwd, env={**clean, **env}, capture_output=True, text=True)


def test_help_is_the_default_and_names_every_target():
    shown = make()
    assert shown.returncode == 0, shown.stderr
    targets = set(re.search(r"^\.PHONY: (.*)$", TEXT, re.M).group(1).split())
    assert set(re.findall(r"^make (\S+) +\S", shown.stdout, re.M)) == targets


def test_it_exports_what_the_lab_sets():
    exported = dict(re.findall(r"^export (\w+) \?= (.*)$", TEXT, re.M))
    assert {name: exported.get(name) for name in QUIET} == QUIET


def test_no_python_that_is_new_enough_is_one_sentence(tmp_path):
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    failed = make("setup", f"PYTHON={old}", f"VENV={tmp_path / 'env'}")
    assert failed.returncode != 0
    first = failed.stderr.splitlines()[0]
    assert first.startswith("Python 3.11.2 or newer is needed") and str(old) in first
    assert not (tmp_path / "env").exists()


def test_python_without_venv_is_one_sentence(tmp_path):
    bare = tmp_path / "python3.11"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    bare.chmod(0o755)
    failed = make("setup", f"PYTHON={bare}", f"VENV={tmp_path / 'env'}")
    assert failed.returncode != 0
    assert "apt install python3-venv" in failed.stderr.splitlines()[0]


def test_nothing_is_built_from_a_source_archive(tmp_path):
    """An unmaintained package of which only sources exist would break the first command."""
    planned = make("-n", "setup", f"VENV={tmp_path / 'env'}", "TORCH_INDEX=https://index.example/cpu")
    installs = re.findall(r"pip install .*", planned.stdout)
    assert len(installs) == 3
    assert [line for line in installs if "--only-binary :all:" not in line] == []


def test_choosing_another_torch_reinstalls_it_once(tmp_path):
    """The address of an index is the user's; here only its last part matters."""
    folder = tmp_path / "env"
    folder.mkdir()
    for stamp in ("venv", "packages"):
        (folder / f".stamp-{stamp}").touch()
    variables = (f"VENV={folder}", "TORCH_INDEX=https://index.example/whl/cu128/")
    planned = make("-n", "setup", *variables).stdout
    assert "--force-reinstall --index-url https://index.example/whl/cu128/ torch" in planned
    (folder / ".stamp-packages-cu128").touch()
    assert "pip install" not in make("-n", "setup", *variables).stdout
    assert "pip install" not in make("-n", "setup", f"VENV={folder}").stdout
    assert "pip install" in make("-n", "-W", "constraints.txt", "setup", f"VENV={folder}").stdout
