"""What the tests rely on: none waits for ever, no training outlives them, some are alone."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT, end_trainings
from tests.waiting import PATIENCE, best


def test_a_test_that_hangs_fails_and_the_next_runs(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import threading\n\n\ndef test_hangs():\n    threading.Event().wait()\n\n\n"
        "def test_goes_on():\n    pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-q", "-p", "no:xdist"]
    command += ["-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    env = {**os.environ, "WORKBENCH_TEST_LIMIT": "0.5"}
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, env=env, capture_output=True,
                          text=True)  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "longer than 0.5 s" in done.stdout


def test_trainings_below_a_folder_are_ended_and_no_others(tmp_path):
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", "workbench.training.job"]
    inside = subprocess.Popen([*sleep, str(tmp_path / "runs" / "a")])
    beside = subprocess.Popen([*sleep, f"{tmp_path}-other/runs/a"])
    try:
        assert end_trainings(tmp_path) == 1
        assert inside.wait(PATIENCE) == -9 and beside.poll() is None
        assert end_trainings(tmp_path) == 0
    finally:
        beside.kill()
        beside.wait()


NOTING = """
import os, sys, time
import pytest

@pytest.fixture(autouse=True)
def noted(request):
    begun = time.monotonic()
    time.sleep(0.05)
    yield
    line = f"{request.node.name} {begun} {time.monotonic()} {os.getpid()}\\n"
    with open(os.path.join(os.path.dirname(__file__), "noted"), "a") as file:
        file.write(line)

"""


def test_serial_tests_and_those_of_the_browser_are_alone_on_one_process(tmp_path):
    serial, browser = "@pytest.mark.serial\n", "@pytest.mark.browser\n"
    for letter in "abcd":
        marks = {"first": "", "alone": serial, "seen": browser, "last": ""}
        tests = [f"{mark}def test_{name}_{letter}(): pass\n" for name, mark in marks.items()]
        (tmp_path / f"test_{letter}.py").write_text(NOTING + "\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-q", "-n", "2"]
    command += ["--dist", "loadfile", "-p", "no:cacheprovider", "-c", os.devnull]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run([*command, "--rootdir", str(tmp_path), str(tmp_path)], cwd=ROOT, env=env,
                          capture_output=True, text=True)  # fmt: skip
    assert "16 passed" in done.stdout, done.stdout + done.stderr
    rows = [line.split() for line in (tmp_path / "noted").read_text().splitlines()]
    times = {name: (float(begun), float(ended)) for name, begun, ended, _ in rows}
    alone = [times.pop(name) for name in list(times) if "alone" in name or "seen" in name]
    assert len(alone) == 8 and len(times) == 8
    first, last = min(begun for begun, _ in alone), max(ended for _, ended in alone)
    # the other process may have begun before: then they waited for the end of what it was at
    assert [name for name, (begun, ended) in times.items() if begun < last and ended > first] == []
    assert len({process for name, *_, process in rows if "alone" in name or "seen" in name}) == 1


@pytest.mark.parametrize(
    ("found", "enough", "measured", "smallest"),
    [([3, 1, 2], 1, 2, 1), ([3, 2, 4], 1, 3, 2), ([1], 1, 1, 1), ([5, 4, 0], 4, 2, 4)],
    ids=["the-second", "none", "the-first", "just-enough"],
)
def test_the_best_of_several_measurements(found, enough, measured, smallest):
    left = list(found)
    assert best(lambda: left.pop(0), enough, len(found)) == smallest
    assert len(found) - len(left) == measured
