"""What the tests rely on: none waits for ever, no training outlives them."""

import os
import subprocess
import sys

from tests.conftest import ROOT, end_trainings
from tests.waiting import PATIENCE


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
