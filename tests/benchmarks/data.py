"""What is measured of reading and examining data."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import Goal, ratios, summary, turns

WORDS = (
    "the film story was is a of and with scene actor plot music never always quite rather long "
    "short good bad fine dull bright dark warm cold slow quick first last great poor house river"
).split()

_OPEN = """
import resource, sys, time
from pathlib import Path
path, how = sys.argv[1:]
if how == "pandas":
    import pandas
    started = time.perf_counter()
    rows = len(pandas.read_csv(path))
else:
    from workbench.data.reading import sources
    import datasets
    started = time.perf_counter()
    rows = len(sources.load(path)["train"])
seconds, status = time.perf_counter() - started, Path("/proc/self/status")
if status.is_file():  # what getrusage says there holds the parent's peak too
    kilobytes = next(l.split()[1] for l in status.read_text().splitlines() if "VmHWM" in l)
    peak = int(kilobytes) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
print(seconds, peak, rows)
"""


def many_rows(scale: str):
    """Open a CSV file of 5 million rows: seconds and peak memory, against pandas."""
    rows = {"small": 50_000, "normal": 5_000_000, "full": 5_000_000}[scale]
    rounds = {"small": 1, "normal": 3, "full": 5}[scale]
    times: dict[str, list] = {"workbench": [], "pandas": [], "again": []}
    peaks: dict[str, list] = {"workbench": [], "pandas": [], "again": []}
    with tempfile.TemporaryDirectory(prefix="workbench-rows-") as folder:
        path = Path(folder) / "many.csv"
        write_rows(path, rows)
        for number, order in enumerate(turns(("first", "pandas"), rounds)):
            fresh = {**os.environ, "WORKBENCH_CACHE": str(Path(folder) / f"cache-{number}")}
            ways = {"first": ("workbench", "again"), "pandas": ("pandas",)}
            for how in (one for part in order for one in ways[part]):
                seconds, peak, found = _opened(path, how, fresh)
                if found != rows:
                    raise ValueError(f"{how} found {found} rows of {rows}.")
                times[how].append(seconds)
                peaks[how].append(peak)
        size = path.stat().st_size / 1e6
    share = ratios(peaks["workbench"], peaks["pandas"])
    figures = {
        "rows": rows,
        "megabytes of the file": size,
        "seconds, first time": summary(times["workbench"]),
        "seconds, from then on": summary(times["again"]),
        "seconds, pandas": summary(times["pandas"]),
        "peak megabytes, first time": summary(peaks["workbench"]),
        "peak megabytes, from then on": summary(peaks["again"]),
        "peak megabytes, pandas": summary(peaks["pandas"]),
        "peak memory against pandas": share,
    }
    return figures, [Goal("peak memory against pandas", share["median"], at_most=1.0)]


def doctor(scale: str):
    """The doctor on 100,000 rows: seconds until the first findings and until all of them."""
    import pandas as pd

    import workbench as wb

    rows = {"small": 2000, "normal": 100_000, "full": 100_000}[scale]
    rounds = {"small": 1, "normal": 3, "full": 5}[scale]
    with tempfile.TemporaryDirectory(prefix="workbench-doctor-") as folder:
        path = Path(folder) / "texts.csv"
        write_rows(path, rows)
        wb.check(pd.DataFrame({"text": ["warm", "up"] * 8, "label": ["a", "b"] * 8}))
        first, whole = [], []
        for _ in range(rounds):
            started, told = time.perf_counter(), []
            check = wb.check(str(path), on_finding=lambda f, told=told: told.append(_now()))
            whole.append(time.perf_counter() - started)
            first.append(told[0] - started)
    figures = {
        "rows": rows,
        "findings": len(check.found),
        "seconds until the first finding": summary(first),
        "seconds until all of them": summary(whole),
    }
    return figures, [
        Goal("slowest first finding, seconds", max(first), at_most=3),
        Goal("slowest whole check, seconds", max(whole), at_most=15),
    ]


_now = time.perf_counter


def write_rows(path: Path, rows: int) -> None:
    """A CSV of texts of 3 to 20 words with a label; a tenth of them several times as long."""
    rng = random.Random(0)
    texts = []
    for number in range(5000):
        longer = 4 if number % 10 == 0 else 1
        texts.append(" ".join(rng.choices(WORDS, k=rng.randint(3, 20) * longer)))
    with path.open("w", encoding="utf-8") as file:
        file.write("number,text,label\n")
        for start in range(0, rows, 5000):
            end = min(start + 5000, rows)
            file.writelines(
                f"{n},{texts[n % 5000]} {n},{'yes' if n % 3 else 'no'}\n" for n in range(start, end)
            )


def _opened(path: Path, how: str, environment: dict) -> tuple[float, float, int]:
    """Seconds, peak megabytes and rows of a process that opens the file."""
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, str(path), how], env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    seconds, peak, rows = done.stdout.split()[-3:]
    return float(seconds), float(peak) / 1e6, int(rows)
