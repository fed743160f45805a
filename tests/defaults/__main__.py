"""``python -m tests.defaults [DATA ...]``: run what has not been run, then write the tables.

Each cell is a file below ``.defaults``; an interrupted command goes on where it was. What is done
is written into ``docs/measured/defaults.jsonl`` too, which is committed: a new machine knows it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from workbench.lab import QUIET

ROOT = Path(__file__).parents[2]
KEPT, PAGE = ROOT / ".defaults", ROOT / "docs" / "defaults.md"
RECORD = ROOT / "docs" / "measured" / "defaults.jsonl"


def main(argv: list[str] | None = None) -> int:
    """Run cells and write the page; 1 when one of them broke."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from . import cells, page
    from .data import DATA

    parser = argparse.ArgumentParser(prog="python -m tests.defaults", description=__doc__)
    names = [one.name for one in DATA]
    parser.add_argument("data", nargs="*", help=f"of {', '.join(names)}; all where left out")
    parser.add_argument("--sizes", type=int, nargs="*", help="only these numbers of examples")
    parser.add_argument("--seeds", type=int, nargs="*", help="only these seeds")
    parser.add_argument("--no-grid", action="store_true", help="only the defaults themselves")
    parser.add_argument("--minutes", type=float, help="begin no cell after so many")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of what has been run")
    parser.add_argument("--record", type=Path, default=RECORD, help="what is committed of it")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the table goes")
    parser.add_argument("--table", action="store_true", help="run nothing, write the table")
    asked = parser.parse_args(argv)
    if unknown := sorted(set(asked.data) - set(names)):
        parser.error(f"{unknown[0]!r} is no data set; there are: {', '.join(names)}")
    plan = [cell for cell in cells.plan() if not asked.data or cell.data in asked.data]
    plan = [cell for cell in plan if not asked.sizes or cell.size in asked.sizes]
    plan = [cell for cell in plan if asked.seeds is None or cell.seed in asked.seeds]
    plan = [cell for cell in plan if not asked.no_grid or cell.arm == cells.DEFAULT]
    record = cells.recorded(asked.record)
    found, broken, started = [], 0, time.monotonic()
    for number, cell in enumerate(plan, start=1):
        name = cells.key(cell)
        known = name in record or (asked.kept / f"{name}.json").exists()
        late = asked.minutes and time.monotonic() - started > 60 * asked.minutes
        if not known and (asked.table or late):
            continue
        try:
            one = cells.run(cell, asked.kept, asked.record)
            if name not in record:
                cells.write_down({name: one}, asked.record)
        except Exception as error:  # noqa: BLE001 - the others are run all the same
            broken += 1
            print(f"{number}/{len(plan)} {cells.key(cell)} broke: {error}", flush=True)
            continue
        found.append(one)
        if not known:
            base = page.baseline(one)
            beside = "" if base is None else f", baseline {base:.3f}"
            print(f"{number}/{len(plan)} {cell.data} {cell.size} seed {cell.seed} {cell.arm}: "
                  f"{one['metric']} {one['test']:.3f}{beside}, {one['seconds']:.0f} s",
                  flush=True)  # fmt: skip
    if found:
        page.write(found, asked.page)
    print(page.summary(found))
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
