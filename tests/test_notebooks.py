"""Every notebook: what it has to be, and that it runs, cell by cell, under nbval."""

import os
import re
import resource
import subprocess
import sys
import time

import nbformat
import pytest

from tests import notebooks

PATHS = notebooks.paths()
# jsonschema's rule for international addresses builds a grammar when it is imported, which takes
# seconds; no schema of a notebook asks for it, and jsonschema goes without where it is missing.
PYTEST = """import sys
sys.modules["rfc3987_syntax"] = None
import pytest
sys.exit(pytest.main(sys.argv[1:]))"""
SAMPLE = re.compile(r"""["']sample:([a-z0-9-]+)["']""")
NAMES = [str(path.relative_to(notebooks.FOLDER)) for path in PATHS]


def test_there_are_notebooks():
    assert PATHS, f"no notebook in {notebooks.FOLDER}"


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_is_as_a_notebook_should_be(path):
    assert notebooks.complaints(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_runs(path, tmp_path, record_property, require_sample):
    notebook = nbformat.read(path, as_version=4)
    for name in SAMPLE.findall("".join(cell.source for cell in notebook.cells)):
        require_sample(name)  # its download is not the notebook's time
    copy = tmp_path / path.name
    nbformat.write(notebooks.quick(notebook), copy)
    command = [sys.executable, "-c", PYTEST, "-c", os.devnull, "--rootdir", str(tmp_path)]
    command += ["-p", "nbval.plugin", "--nbval-lax", "--nbval-current-env"]
    command += ["--nbval-cell-timeout=900", "-x", "-q", "-p", "no:cacheprovider", str(copy)]
    ours = ("PYTEST_", "WORKBENCH_TEST_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env.pop("WORKBENCH_CPU_PRECISION", None)  # as its reader has it
    env["PYTHONPATH"] = str(notebooks.FOLDER.parent)  # what compares numbers lies in tests
    env["WORKBENCH_RUNS"] = str(tmp_path / "runs")
    env["WORKBENCH_LESSONS"] = str(tmp_path / "lessons")
    env["WORKBENCH_LESSON_PROOF"] = "1"  # each exercise tries answers that are right and wrong
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # seconds of imports for each notebook
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # another test may run beside it: what counts is the shorter of its own CPU time and the clock
    seconds = min(seconds, busy)
    reason = notebooks.settings(notebook).get("slow_reason", "")
    record_property("notebook", (str(path.relative_to(notebooks.FOLDER)), seconds, reason))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
