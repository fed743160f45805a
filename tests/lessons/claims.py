"""``make lessons``: the lessons at their own size, and what became of each claim, as a table.

A claim stands in the cell that asserts it, as a comment with a figure and an interval of the run::

    # Claim: fine-tuning beats counting words | {gain:.3f} | {low:.3f} to {high:.3f}
    assert low > 0

A cell that fails is a claim that failed; the rest of the notebook, and the other notebooks, go on.
Where chance matters the notebook's metadata says ``"seeds": 3``: it is run with its parameter
``seed`` at 0, 1 and 2. What has been run is kept by notebook, seed and a hash of its code, so that
an interrupted command goes on where it was; a notebook that was built whole need not be run again.
``ARGS="03 20"`` chooses by the beginning of the name.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat

from tests import notebooks

from . import hosted, probes, prose
from .running import execute

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / ".lessons"
TAG = "workbench-claim"  # of a cell that asks for the figures of one
CLAIM = re.compile(r"^ *# Claim: (.+)((?:\n *#   .+)*)$", re.M)
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
HEAD = """# What the lessons claim

Made by `make lessons`, which runs each notebook at its own size; where chance matters, with as many
seeds as the row has figures. A claim is a comment beside the assertion that holds it. Where an
interval is one of the figure, it holds the figure of the run whose outputs the notebook stores, or
the row says that it does not. Machine: {machine}.

| lesson | claim | figure | interval | seconds | passed |
| --- | --- | --- | --- | --- | --- |
"""


def claims(source: str) -> list[tuple[str, str, str]]:
    """The ``(sentence, figure, interval)`` of each claim in a cell; templates may be empty."""
    found = []
    for match in CLAIM.finditer(source):
        whole = match[1] + re.sub(r"\n *#   ", " ", match[2])
        parts = [part.strip() for part in re.split(r" \| ", whole)]
        found.append((*parts, "", "")[:3])
    return found


def _template(text: str) -> tuple[str, list[str]]:
    """Of ``{low:.2f} to {high:.2f}`` the Python that computes its values, and what is between."""
    parts = [prose.call(expression) for expression in re.findall(r"\{(.+?)\}", text)]
    words = re.split(r"\{.+?\}", text)
    return f"[{', '.join(parts)}]", words


def _filled(text: str, values: list[str]) -> str:
    _, words = _template(text)
    return "".join(w + v for w, v in zip(words, [*values, ""], strict=True))


def digest(notebook) -> str:
    """12 hex digits of what a run depends on: the code and the seeds.

    Neither the prose around it, nor how it is cut into cells, nor the cell that installs the
    project elsewhere.
    """
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    parts = "\n".join(source for source in code if not hosted.is_set_up(source))
    lines = [line.rstrip() for line in parts.splitlines() if line.strip()]
    text = json.dumps([lines, notebooks.settings(notebook).get("seeds", 1)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def prepared(notebook, seed: int | None):
    """A copy that sets the seed behind the parameters and asks for each claim's figures."""
    ready, cells = copy.deepcopy(notebook), []
    for cell in ready.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        if seed is not None and "parameters" in cell.metadata.get("tags", []):
            cells.append(probes.probe(f"seed = {seed}", TAG))
        for _, figure, interval in claims(cell.source):
            asked = f"[{_template(figure)[0]}, {_template(interval)[0]}]"
            cells.append(probes.probe(f'print(__import__("json").dumps({asked}))', TAG))
    ready.cells = cells
    return ready


def without(notebook):
    """Take out what :func:`prepared` put in, in place."""
    notebook.cells = [c for c in notebook.cells if TAG not in c.metadata.get("tags", [])]
    return notebook


def _error(cell) -> str:
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}".strip(": ").splitlines()[0][:160]
    return ""


def rows(ran, ended: str = "") -> list[dict]:
    """What became of each claim of a prepared notebook that ran, and each cell without one that
    failed; ``ended`` says why the run stopped where it did."""
    found, cells = [], iter(ran.cells)
    for cell in cells:
        if cell.cell_type != "code" or probes.is_probe(cell):
            continue
        error = _error(cell) or ("" if cell.execution_count else ended or "it was not reached")
        of_cell = claims(cell.source)
        for sentence, figure, interval in of_cell:
            said = probes.printed(next(cells))
            texts = [figure, interval]
            shown = [_filled(t, v) for t, v in zip(texts, said, strict=True)] if said else ["", ""]
            found.append({"claim": sentence, "figure": shown[0], "interval": shown[1]})
            found[-1] |= {"passed": not error, "error": error}
        if error and not of_cell and _error(cell):
            line = cell.source.strip().splitlines()[0][:60]
            found.append({"claim": f"the cell `{line}` runs", "figure": "", "interval": ""})
            found[-1] |= {"passed": False, "error": error}
    if ended:
        found.append({"claim": "it runs to its end", "figure": "", "interval": ""})
        found[-1] |= {"passed": False, "error": ended}
    return found


def measured(notebook, seed: int | None, folder: Path) -> dict:
    """Run a notebook; its seconds, its claims, and each cell that failed without one."""
    ready, start, ended = prepared(notebook, seed), time.perf_counter(), ""
    try:
        execute(ready, folder, go_on=True)
    except Exception as error:  # noqa: BLE001 - a kernel that died, a cell without end
        ended = f"{type(error).__name__}: {str(error).strip().splitlines()[-1][:160]}"
    seconds = time.perf_counter() - start
    return {"seconds": round(seconds, 1), "claims": rows(ready, ended)}


def seeds(notebook) -> list[int | None]:
    """The seeds that a notebook is run with; ``[None]`` where chance does not matter."""
    count = notebooks.settings(notebook).get("seeds", 1)
    return [None] if count == 1 else list(range(count))


def place(path: Path, notebook, seed: int | None, kept: Path) -> Path:
    """Where the result of a notebook and seed lies, once it has been run as it is now."""
    return kept / f"{path.stem}.{0 if seed is None else seed}.{digest(notebook)}.json"


def keep(result: dict, to: Path) -> None:
    """Write a result whole or not at all."""
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1), encoding="utf-8")
    part.replace(to)


def run(paths: Iterable[Path], kept: Path) -> None:
    """Run what has not been run, one notebook after the other; a result is written whole."""
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        for seed in seeds(notebook):
            to = place(path, notebook, seed, kept)
            if to.exists():
                print(f"{to.stem}: was run before", flush=True)
                continue
            with tempfile.TemporaryDirectory() as folder:
                result = measured(notebook, seed, Path(folder))
            keep(result, to)
            failed = sum(not row["passed"] for row in result["claims"])
            said = f"{len(result['claims'])} claims, {failed} failed"
            print(f"{to.stem}: {result['seconds']:.0f} s, {said}", flush=True)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def stored(rows: Iterable[dict]) -> dict[str, str]:
    """The figures, of claims with intervals, that a notebook keeps of the run that it stores."""
    return {row["claim"]: row["figure"] for row in rows if row["interval"]}


def outside(figure: str, row: dict) -> bool:
    """Whether a run's interval does not hold a stored figure.

    The first number of a figure is meant, and only where the run's own lies in its interval: other
    intervals are not of the figure.
    """
    own, kept = (re.search(_NUMBER, text) for text in (row["figure"], figure))
    ends = re.findall(_NUMBER, row["interval"])
    if own is None or kept is None or len(ends) != 2:
        return False
    low, high = map(float, ends)
    return low <= float(own[0]) <= high and not low <= float(kept[0]) <= high


def _rows(path: Path, notebook, kept: Path) -> Iterable[str]:
    name = f"[{path.stem[:2]}](../notebooks/{path.name})"
    places = [place(path, notebook, seed, kept) for seed in seeds(notebook)]
    results = [json.loads(p.read_text(encoding="utf-8")) for p in places if p.exists()]
    if not results:
        yield f"| {name} | not run as it is now | | | | |"
        return
    seconds = " · ".join(f"{result['seconds']:.0f}" for result in results)
    if len(results) < len(places):
        seconds += f" ({len(results)} of {len(places)} seeds)"
    together: dict[str, list[dict]] = {}
    for result in results:
        for row in result["claims"]:
            together.setdefault(row["claim"], []).append(row)
    if not together:
        yield f"| {name} | every cell runs; none is declared as a claim | | | {seconds} | yes |"
    for claim, rows in together.items():
        figure, interval = (" · ".join(r[k] for r in rows if r[k]) for k in ("figure", "interval"))
        right = sum(row["passed"] for row in rows)
        passed = "yes" if right == len(rows) else f"**no** ({right} of {len(rows)})"
        why = next((f": {row['error']}" for row in rows if row["error"]), "")
        shown = notebooks.settings(notebook).get("figures", {}).get(claim, "")
        apart = sum(outside(shown, row) for row in rows)
        if apart:
            why += f"; {shown} is stored, outside {apart} of {len(rows)} intervals"
        parts = (name, claim, figure, interval, seconds, passed + why)
        yield "| " + " | ".join(_cell(part) for part in parts) + " |"


def table(paths: Iterable[Path], kept: Path) -> str:
    """The page: a row a claim, those of notebooks that were changed since they ran said."""
    machine = f"{os.cpu_count()} hyperthreads, {platform.system()}, Python "
    machine += platform.python_version()
    read = [(path, nbformat.read(path, as_version=4)) for path in paths]
    rows = [row for path, notebook in read for row in _rows(path, notebook, kept)]
    return HEAD.format(machine=machine) + "\n".join(rows) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make lessons", description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of names, such as 03; all without")
    parser.add_argument("--folder", type=Path, default=notebooks.FOLDER)
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "lessons.md")
    asked = parser.parse_args()
    paths = notebooks.paths(asked.folder)
    chosen = [path for path in paths if path.name.startswith(tuple(asked.names) or "")]
    if not chosen:
        known = ", ".join(path.name[:2] for path in paths)
        print(f"No notebook begins with {' or '.join(asked.names)}; there are {known}.")
        return 2
    for path in chosen:  # the page tells what there is after each, also when this is interrupted
        run([path], asked.kept)
        asked.page.write_text(table(paths, asked.kept), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
