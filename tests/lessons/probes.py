"""Cells that ask the kernel, at their place in the run, what a text and a stored output say."""

from __future__ import annotations

import json
from typing import Any

import nbformat

from . import outputs, prose

TAG = "workbench-probe"
LAST = "get_ipython().displayhook._"  # `_` itself stays as it is once a lesson has assigned it


def probe(source: str, *tags: str):
    """A code cell that is no part of the lesson, with more tags of its own."""
    return nbformat.v4.new_code_cell(source, metadata={"tags": [TAG, *tags]})


def is_probe(cell) -> bool:
    """Whether the cell was put in by one of the functions here."""
    return TAG in cell.metadata.get("tags", [])


def with_probes(notebook, *, equal: bool):
    """Put behind each Markdown cell with placeholders one that computes them, in place.

    With ``equal`` the cell fails where the text says something else; without, it prints the values.
    """
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        said = prose.values(cell.source) if cell.cell_type == "markdown" else []
        if said:
            computed = "[" + ", ".join(prose.call(expression) for _, expression in said) + "]"
            asked = f'print(__import__("json").dumps({computed}))'
            if equal:
                shown = [value for value, _ in said]
                asked = f"_computed = {computed}\nassert _computed == {shown!r}, _computed"
            cells.append(probe(asked))
    notebook.cells = cells
    return notebook


def with_comparisons(notebook):
    """Put behind each cell with a stored value one that compares its numbers with it, in place."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        results = [o for o in cell.get("outputs", []) if o.output_type == "execute_result"]
        for stored in map(outputs.numbers, (o.data for o in results)):
            if stored:
                there = '__import__("tests.lessons.outputs").lessons.outputs'
                asked = f"_apart = {there}.differences({stored}, {LAST})"
                cells.append(probe(f"nan = float('nan')\n{asked}\nassert not _apart, _apart"))
    notebook.cells = cells
    return notebook


def printed(cell) -> Any:
    """What a probe printed, a JSON document; None where the cell failed."""
    text = "".join(o.text for o in cell.outputs if o.get("name") == "stdout")
    return json.loads(text) if text.strip() else None
