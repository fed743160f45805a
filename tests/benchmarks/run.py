"""Measure speed and quality: ``python -m tests.benchmarks.run [PART ...] [--small | --full]``.

Each part prints its figures with their spread and says which goals are met. Results of the normal
and the full size go to ``results/<device>.json`` beside this file; run them on an idle machine.
A part takes at most 8 minutes at its normal size, all of them at most 40. The exit status is 1 when
a part broke; a missed goal is said and recorded, but breaks nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from workbench.lab import QUIET
from workbench.training.speed.thread_waits import ASLEEP, settle

for _name, _value in {**QUIET, "HF_HUB_OFFLINE": "1"}.items():
    if _name not in ASLEEP:
        os.environ.setdefault(_name, _value)
WAITS = settle()  # the same for all that is compared, before torch is imported

from tests.benchmarks import measure, parts  # noqa: E402

PARTS = parts.PARTS
RESULTS = Path(__file__).parent / "results"
LIMIT = {"small": 480, "normal": 480, "full": None}  # seconds a part may take


def main(argv: list[str] | None = None) -> int:
    """Run the parts; 1 when one of them broke."""
    arguments = _arguments(argv)
    if arguments.list:
        for name, part in PARTS.items():
            print(f"{name:16s} {(part.__doc__ or '').strip().splitlines()[0]}")
        return 0
    scale = "small" if arguments.small else "full" if arguments.full else "normal"
    machine = measure.machine()
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads, "
          f"{WAITS} while they wait, device {machine['device']}, "
          f"load {measure.load()}", flush=True)  # fmt: skip
    if ahead := _runs_ahead(machine["device"]):
        print(f"{ahead} runs hold or want the device: what is measured below waits for them.")
    done, broken = {}, []
    for name in arguments.parts or PARTS:
        print(f"\n== {name} ({scale})", flush=True)
        try:
            done[name] = _measure(name, scale)
        except Exception as error:
            broken.append(name)
            traceback.print_exc()
            print(f"{name} broke: {error}", flush=True)
            continue
        _show(done[name], judged=scale != "small")
        out = arguments.out or (RESULTS / f"{machine['device']}.json" if scale != "small" else None)
        if out:
            record(out, machine, {name: done[name]})
    missed = [f"{name}: {goal}" for name, part in done.items()
              for goal, verdict in part["goals"].items() if not verdict["met"]]  # fmt: skip
    judged = "goals are not judged" if scale == "small" else f"{len(missed)} goals missed"
    print(f"\n{len(done)} parts measured, {len(broken)} broken, {judged}")
    for line in missed if scale != "small" else []:
        print(f"  missed: {line}")
    return 1 if broken else 0


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="see that it works; records nothing")
    size.add_argument("--full", action="store_true", help="more seeds and rounds, no time limit")
    parser.add_argument("--out", type=Path, help="record the results in this file instead")
    parser.add_argument("--list", action="store_true", help="list the parts")
    arguments = parser.parse_args(argv)
    for name in arguments.parts:
        if name not in PARTS:
            parser.error(f"there is no part {name!r}; parts: {', '.join(PARTS)}")
    return arguments


def _runs_ahead(device: str) -> int:
    from workbench.worker.device_queue import Ticket

    ticket = Ticket(device)
    try:
        return ticket.position()
    finally:
        ticket.release()


def _measure(name: str, scale: str) -> dict:
    """One part in a folder of runs of its own, within its time."""
    before, started = measure.load(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder, _runs_in(folder):
        with _limit(LIMIT[scale]):
            figures, goals = PARTS[name](scale)
    return measure.rounded({
        "size": scale,
        "date": time.strftime("%Y-%m-%d"),
        "minutes": (time.monotonic() - started) / 60,
        "load": [before, measure.load()],
        "threads wait": WAITS,
        "figures": figures,
        "goals": {
            goal.name: {"value": goal.value, "at_most": goal.at_most, "at_least": goal.at_least,
                        "met": goal.met}
            for goal in goals
        },
    })  # fmt: skip


@contextlib.contextmanager
def _runs_in(folder: str):
    before = os.environ.get("WORKBENCH_RUNS")
    os.environ["WORKBENCH_RUNS"] = folder
    try:
        yield
    finally:
        del os.environ["WORKBENCH_RUNS"]
        if before is not None:
            os.environ["WORKBENCH_RUNS"] = before


@contextlib.contextmanager
def _limit(most: float | None):
    """Break off what takes longer than ``most`` seconds, so that it cleans up after itself."""

    def end(number, frame):
        raise TimeoutError(f"it took longer than {most:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, most or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _show(part: dict, *, judged: bool) -> None:
    for name, value in part["figures"].items():
        if isinstance(value, dict) and set(value) == {"median", "low", "high", "n"}:
            value = (f"median {value['median']:g} ({value['low']:g} to {value['high']:g}, "
                     f"n = {value['n']})")  # fmt: skip
        print(f"  {name}: {value}")
    for name, goal in part["goals"].items() if judged else []:
        print(f"  {measure.Goal(name, goal['value'], goal['at_most'], goal['at_least'])}")
    print(f"  took {part['minutes']:.1f} min, load {part['load'][0]} to {part['load'][1]}",
          flush=True)  # fmt: skip


def read(path: Path) -> dict:
    """Recorded results; empty when there are none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record(path: Path, machine: dict, measured: dict) -> None:
    """Add parts to the results of the same machine; those of another one are replaced."""
    old = read(path)
    kept = old.get("parts", {}) if old.get("machine") == machine else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "parts": {**kept, **measured}}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
