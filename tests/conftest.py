"""What tests may count on: one thread, the same random numbers, runs of their own, no hidden skip.

With ``WORKBENCH_CI=1`` a missing browser or sample is a failure; without it the test is skipped and
says why. Under pytest-xdist a test marked ``serial`` runs while no other test does, and so do those
of the browser: they come first, on one process, so that there is one browser.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

from workbench.lab import QUIET

# Before torch is imported anywhere, and handed on to workers and kernels.
ENVIRONMENT = {
    **QUIET,
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "WORKBENCH_DEVICE": "cpu",  # the same on each machine; a GPU is tried when it is named
    "WORKBENCH_CPU_PRECISION": "fp32",  # which one a busy moment finds faster is no test's matter
}
for _name, _value in ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells start what runs behind them
    signal.signal(signal.SIGINT, signal.default_int_handler)  # some tests interrupt themselves

# The first example of a test may import a library: time is no property of the code here. Examples
# are drawn by the test alone, so that the suite's outcome does not hang on when it is started;
# WORKBENCH_TEST_RANDOM=1 tries others.
hypothesis.settings.register_profile(
    "workbench", deadline=None, derandomize=os.environ.get("WORKBENCH_TEST_RANDOM") != "1"
)
hypothesis.settings.load_profile("workbench")

ROOT = Path(__file__).parent.parent
TURNS = "WORKBENCH_TEST_TURNS"  # a folder of all processes, made by the controlling one
TOGETHER = "together.json"  # in it: the names of the tests that one process has to run, in order
_LONG = ("training", "proof", "setup", "catalog", "nets", "execution")
LONG = tuple(f"tests/{room}/" for room in _LONG)
SHARED = 2  # the place from which others run beside a test: a page beside them lost a table once
LIMIT = float(os.environ.get("WORKBENCH_TEST_LIMIT", 1200))  # seconds a test may take
FETCHED = ("archives", "checked", "locks", "nets", "samples")  # of the cache, for all processes
# Seconds of a notebook and of all, on a slow core. What takes longer is said and fails nothing: the
# same notebook takes twice as long beside others.
NOTEBOOK_LIMIT, NOTEBOOK_BUDGET = 120, 15 * 60
CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def missing(what: str, remedy: str) -> None:
    """Skip the test, or fail it where everything has to be there (``WORKBENCH_CI=1``)."""
    reason = f"{what} {remedy}"
    if os.environ.get("WORKBENCH_CI") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _folders_of_the_session(tmp_path_factory):
    """Runs and cache are temporary, never the user's own; of the cache what is fetched is shared.

    So the tests of another process have a device of their own: trainings do not wait for theirs.
    """
    from workbench.paths import cache_dir

    cache = tmp_path_factory.mktemp("cache")
    for name in FETCHED:
        (cache_dir() / name).mkdir(parents=True, exist_ok=True)
        (cache / name).symlink_to((cache_dir() / name).absolute())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("WORKBENCH_CACHE", str(cache))
        patch.setenv("WORKBENCH_LESSONS", str(tmp_path_factory.mktemp("lessons")))
        patch.setenv("WORKBENCH_WARM", "0")  # no worker that imports torch beside every panel
        yield


@pytest.fixture
def runs_folder(tmp_path, monkeypatch):
    """An empty folder of runs for this test alone."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("WORKBENCH_RUNS", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _same_each_time():
    """One thread, which is part of a result, and random numbers that no test before has drawn."""
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.manual_seed(0)


@pytest.fixture(scope="session")
def require_sample():
    """``require_sample(name) -> Path``: the sample's folder, or the test does not run."""

    def require(name: str) -> Path:
        from workbench.catalog import samples
        from workbench.errors import DownloadError

        try:
            return samples.fetch(name)
        except DownloadError as error:
            missing(f"Sample {name!r} is not here ({error}).", "Run `make setup`.")

    return require


@pytest.fixture(scope="session")
def require_browser():
    """``require_browser() -> str``: path of a Chromium, or the test does not run."""

    def require() -> str:
        chosen = os.environ.get("WORKBENCH_CHROMIUM")
        for candidate in [chosen] if chosen else CHROMIUM:
            if found := shutil.which(candidate):
                return found
        missing("No Chromium was found.", "Install it, or name it in WORKBENCH_CHROMIUM.")

    return require


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the controlling process, or the only one
        os.environ[TURNS] = tempfile.mkdtemp(prefix="workbench-turns-")


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(TURNS, ""), ignore_errors=True)


def _place(item) -> int:
    """Where a test stands in the order of the processes: what is long does not come last.

    The process that has none of the first ones begins with short tests: when it is the quicker to
    begin, what is serial waits for the end of one of them.
    """
    if item.get_closest_marker("serial"):
        return 0
    if item.get_closest_marker("browser"):
        return 1
    if item.nodeid.startswith("tests/core/"):
        return 2
    if item.path.name == "test_notebooks.py":
        return 3
    return 4 if item.nodeid.startswith(LONG) else 5


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """After all others have chosen and ordered; the scheduler reads the file once all processes
    have collected, so that it is written before this one says that it has."""
    yield
    items.sort(key=_place)  # stable: within a place as they were collected
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        written = Path(os.environ[TURNS], worker)
        written.write_text(json.dumps([item.nodeid for item in items if _place(item) < SHARED]))
        written.replace(written.with_name(TOGETHER))  # all processes write the same


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """What was imported stays: no search for garbage, after each training one, goes through it."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(config, val, argname):
    """No test is named after bytes, which may hold the time at which they were made."""
    return argname if isinstance(val, (bytes, bytearray, memoryview)) else None


@contextlib.contextmanager
def _turn(alone: bool):
    """Share the machine with the other test processes, or have it alone.

    Everybody passes the door first; who wants to be alone holds it until the others have left, so
    that a stream of short tests cannot keep it waiting. The locks die with their process.
    """
    import fcntl

    folder = Path(os.environ[TURNS])
    with open(folder / "door", "w") as door, open(folder / "room", "w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


_alone: list[contextlib.ExitStack] = []  # the machine, kept from one serial test to the next


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    if _place(item) >= SHARED:
        with _turn(alone=False):
            return (yield)
    if not _alone:
        _alone.append(contextlib.ExitStack())
        _alone[0].enter_context(_turn(alone=True))
    try:
        return (yield)
    finally:
        if nextitem is None or _place(nextitem) >= SHARED:
            _alone.pop().close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """No test waits for ever: with the traces of where it waited it fails."""

    def give_up(_signal, _frame):
        faulthandler.dump_traceback(all_threads=True)
        pytest.fail(f"It took longer than {LIMIT:g} s.")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """``--dist loadfile``, in the order of ``_place``: each notebook as a file of its own, and as
    one file, the first, all tests that are alone or have a browser."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        together: frozenset[str] = frozenset()

        def schedule(self):
            with contextlib.suppress(FileNotFoundError):  # nothing could be collected
                self.together = frozenset(json.loads(Path(os.environ[TURNS], TOGETHER).read_text()))
            super().schedule()

        def _split_scope(self, nodeid):
            if nodeid in self.together:
                return "together"
            if "test_notebooks.py::test_runs" in nodeid:
                return nodeid
            return super()._split_scope(nodeid)

    config.option.loadscopereorder = False  # by their place, not by how many tests they have
    return ByFile(config, log)


def _notebook_seconds(terminal) -> dict[str, tuple[float, str]]:
    """Of each notebook its seconds, and why they are many."""
    reports = [r for kind in ("passed", "failed") for r in terminal.stats.get(kind, [])]
    properties = [p for r in reports if r.when == "call" for p in r.user_properties]
    return {value[0]: tuple(value[1:]) for name, value in properties if name == "notebook"}


def end_trainings(folder: Path) -> int:
    """Kill the workers and trainers of runs below a folder; how many there were.

    A test that failed leaves its run at work, and a run outlives whoever started it.
    """
    import psutil

    ended = 0
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        ours = {"workbench.worker", "workbench.training.job"} & set(words)
        if ours and any(word.startswith(f"{folder}{os.sep}") for word in words):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                ended += 1
    return ended


@pytest.hookimpl(tryfirst=True)  # before pytest drops the folders
def pytest_sessionfinish(session):
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and factory._basetemp is not None:
        end_trainings(factory.getbasetemp())


def pytest_terminal_summary(terminalreporter):
    if seconds := _notebook_seconds(terminalreporter):
        terminalreporter.section("seconds a notebook")
        for name, value in sorted(seconds.items()):
            value, reason = value
            slow = f": {reason or 'without a workbench.slow_reason'}"
            said = slow if value > NOTEBOOK_LIMIT else ""
            terminalreporter.write_line(f"{value:7.1f}  {name}{said}")
        total = sum(value for value, _ in seconds.values())
        verdict = "" if total <= NOTEBOOK_BUDGET else ": too much"
        terminalreporter.write_line(f"{total:7.1f}  all, of {NOTEBOOK_BUDGET} meant{verdict}")
