"""``make notebooks``: run notebooks at their own size, fill their prose, store their figures.

A notebook is written only when all its cells ran: its values are those of one run. ``ARGS="21 05"``
chooses by the beginning of the name, ``--values`` leaves stored outputs as they are. Each value
that changed is printed. What became of the claims is kept as ``make lessons`` keeps it.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nbformat

from tests import notebooks

from . import claims, hosted, outputs, probes, prose
from .draw import drawing
from .running import execute


def built(
    notebook, folder: Path, draw: Callable[[dict], str] | None
) -> tuple[object, list[str], list[dict]]:
    """The notebook with values and outputs of a run, what changed, one line each, and its claims.

    Without ``draw`` the outputs are those of before. A notebook that ``make lessons`` runs with
    several seeds is built with the first.
    """
    seed = claims.seeds(notebook)[0]
    ran = claims.prepared(probes.with_probes(copy.deepcopy(notebook), equal=False), seed)
    execute(ran, folder)
    claimed = claims.rows(ran)
    claims.without(ran)
    before = {cell.id: cell for cell in copy.deepcopy(notebook.cells)}
    new, said, left = [], [], Counter()
    exercises = False
    for cell in ran.cells:
        if probes.is_probe(cell):
            text = new[-1]
            values = probes.printed(cell)
            for (old, expression), value in zip(prose.values(text.source), values, strict=True):
                if old != value:
                    said.append(f"{old} -> {value}  ({expression})")
            text.source = prose.filled(text.source, values)
            continue
        if cell.cell_type == "markdown":
            exercises = exercises or cell.source.startswith("## Exercises")
        elif draw is None:
            cell = before[cell.id]
        else:
            cell.metadata.pop("execution", None)
            of_cell = [] if exercises else cell.outputs
            cell.outputs = [o for o in (outputs.kept(o, draw, left) for o in of_cell) if o]
            if not cell.outputs:
                cell.execution_count = None
        new.append(cell)
    ran.cells = new
    ran.metadata = notebook.metadata
    if claims.stored(claimed):
        ran.metadata.setdefault("workbench", {})["figures"] = claims.stored(claimed)
    said += [f"left out: {n} outputs, {why}" for why, n in sorted(left.items())]
    return ran, said, claimed


def write(notebook, path: Path) -> None:
    """Write whole or not at all, each line of a text on a line of the file."""
    part = path.with_suffix(".part")
    part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    part.replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of names, such as 21; all without")
    parser.add_argument("--values", action="store_true", help="fill the prose, store no outputs")
    parser.add_argument("--kept", type=Path, default=claims.KEPT, help="where claims are kept")
    asked = parser.parse_args()
    names = tuple(asked.names)
    chosen = [path for path in notebooks.paths() if path.name.startswith(names or "")]
    if not chosen:
        known = ", ".join(path.name[:2] for path in notebooks.paths())
        print(f"No notebook begins with {' or '.join(names)}; there are {known}.")
        return 2
    failed = 0
    with contextlib.nullcontext() if asked.values else drawing() as draw:
        for path in chosen:
            start = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                notebook = nbformat.read(path, as_version=4)
                try:
                    new, said, claimed = built(notebook, Path(folder), draw)
                except Exception as error:  # noqa: BLE001 - the next notebook is built all the same
                    failed += 1
                    print(f"{path.name}: not written. {str(error)[-1500:]}", flush=True)
                    continue
            took = time.perf_counter() - start
            write(hosted.settled(new, path.name), path)
            seed = claims.seeds(notebook)[0]
            result = {"seconds": round(took, 1), "claims": claimed}
            claims.keep(result, claims.place(path, notebook, seed, asked.kept))
            size = path.stat().st_size
            print(f"{path.name}: {took:.0f} s, {size:,} bytes", *said, sep="\n    ", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
