"""The tests have the same names whenever, wherever and by whomever they are collected."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# What differs from the process that collected this very test: two days and a bit later.
LATER = "import time\nago = time.time\ntime.time = lambda: ago() + 200_000.5\n"


def by_file(names):
    """The names of each file, in their order."""
    found = {}
    for name in names:
        found.setdefault(name.partition("::")[0], []).append(name)
    return found


def test_two_collections_have_the_same_names(request, tmp_path):
    """pytest-xdist runs nothing at all when two workers collect different names."""
    names = [item.nodeid for item in request.session.items]
    (tmp_path / "later.py").write_text(LATER)
    ours = ("PYTEST_", "WORKBENCH_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "4242", "TMPDIR": str(tmp_path),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-p", "later", "--collect-only", "-q"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", *by_file(names)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    again, chosen = [line for line in done.stdout.splitlines() if "::" in line], set(names)
    assert by_file(name for name in again if name in chosen) == by_file(names)


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x05\x06"])
def test_no_name_is_made_of_bytes(request, content):
    assert request.node.name in (f"{request.node.originalname}[content{n}]" for n in (0, 1))
