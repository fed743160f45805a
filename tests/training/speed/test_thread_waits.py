"""Whether the threads of a trainer stay awake is decided by what the machine is doing."""

import subprocess
import sys

import pytest

from workbench.training.speed.thread_waits import ASLEEP, VARIABLE, settle


@pytest.fixture
def machine(monkeypatch):
    """Four cores, of which others use so many in each look."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)

    def use(*cores):
        looks = iter(cores)
        monkeypatch.setattr("psutil.cpu_count", lambda: 4)
        monkeypatch.setattr("psutil.cpu_percent", lambda interval: next(looks) / 4 * 100)

    return use


def test_an_idle_machine_keeps_them_awake_even_in_a_notebook(machine):
    machine(0.1)
    environment = {**ASLEEP, "PATH": "/bin"}
    assert settle(environment) == "awake"
    assert environment == {"PATH": "/bin", VARIABLE: "awake"}


def test_a_busy_one_has_them_sleep(machine):
    machine(1.0, 0.9, 1.2, 0.5)
    environment = {}
    assert settle(environment) == "asleep"
    assert environment == {**ASLEEP, VARIABLE: "asleep"}


def test_a_burst_is_not_busy(machine):
    machine(3.0, 2.0, 0.2)
    assert settle({}) == "awake"


def test_what_the_user_says_counts(machine):
    machine()  # nobody looks
    environment = {**ASLEEP, VARIABLE: "awake"}
    assert settle(environment) == "awake"
    assert not set(ASLEEP) & set(environment)
    environment = {VARIABLE: "asleep", "GOMP_SPINCOUNT": "1000"}
    assert settle(environment) == "asleep"
    assert environment["GOMP_SPINCOUNT"] == "1000"
    machine(0.0)
    assert settle(environment := {"OMP_WAIT_POLICY": "ACTIVE"}) == "awake"
    assert environment["OMP_WAIT_POLICY"] == "ACTIVE"
    assert settle({"OMP_NUM_THREADS": "1"}) == "asleep"


def test_the_trainer_decides_before_torch_is_there():
    code = "import sys, workbench.training.job; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
