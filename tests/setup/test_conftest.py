"""What the tests rely on: none waits for ever."""

import os
import subprocess
import sys

from tests.conftest import ROOT


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
