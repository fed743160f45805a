"""What the cells say together: where a default recipe lost, and how far it is from the grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .cells import DEFAULT, GRID_SIZE

BEGIN, END = "<!-- cells -->", "<!-- end of cells -->"


def gain(cell: dict[str, Any], other: float) -> float:
    """How much better a cell is than another value of its metric.

    In points (hundredths) for shares; in hundredths of a nat for a perplexity.
    """
    if "perplexity" in cell["metric"]:
        return float(100 * (np.log(other) - np.log(cell["test"])))
    scale = 1 if cell["metric"] in ("chrf", "bleu") else 100
    return float(scale * (cell["test"] - other) * (-1 if cell["lower"] else 1))


def baseline(cell: dict[str, Any]) -> float | None:
    """The best of the baselines, of which the untuned model is one where the task says so."""
    untuned = cell.get("untuned")
    values = [*cell["baselines"].values(), *([] if untuned is None else [untuned])]
    return None if not values else (min if cell["lower"] else max)(values)


def summary(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Share of cells from 500 examples on that reach their baseline; mean distance to the grid."""
    ours = [one for one in cells if one["arm"] == DEFAULT]
    large = [one for one in ours if one["size"] >= 500 and baseline(one) is not None]
    reached = [gain(one, baseline(one)) >= 0 for one in large]
    behind = {}
    for one in ours:
        points = [c for c in cells if c["arm"] != DEFAULT and c["data"] == one["data"]]
        if one["size"] == GRID_SIZE and one["seed"] == 0 and points:
            best = (min if one["lower"] else max)(c["test"] for c in points)
            behind[one["data"]] = -gain(one, best)
    return {
        "cells": len(cells), "with_baseline": len(large), "reached": sum(reached),
        "share": float(np.mean(reached)) if reached else None, "behind": behind,
        "behind_mean": float(np.mean(list(behind.values()))) if behind else None,
    }  # fmt: skip


def table(cells: Sequence[dict[str, Any]]) -> str:
    """Markdown: a row for each data set and size, with its seeds' mean and range."""
    lines = ["| data | metric | examples | default | best baseline | gain in points, by seed |"
             " best of the grid |", "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    ours = [one for one in cells if one["arm"] == DEFAULT]
    for data, size in dict.fromkeys((one["data"], one["size"]) for one in ours):
        rows = [one for one in ours if (one["data"], one["size"]) == (data, size)]
        rows.sort(key=lambda one: one["seed"])
        bases = [baseline(one) for one in rows]
        gains = " ".join("–" if base is None else f"{gain(one, base):+.1f}"
                         for one, base in zip(rows, bases, strict=True))  # fmt: skip
        known = [base for base in bases if base is not None]
        points = [one for one in cells if one["arm"] != DEFAULT and one["data"] == data]
        best = "" if size != GRID_SIZE or not points else max(
            points, key=lambda one: -one["test"] if one["lower"] else one["test"]
        )  # fmt: skip
        lines.append(
            f"| {data} | {rows[0]['metric']} | {size} | {np.mean([r['test'] for r in rows]):.3f} | "
            f"{f'{np.mean(known):.3f}' if known else '–'} | {gains} | "
            + (f"{best['test']:.3f} ({best['arm']})" if best else "") + " |"
        )  # fmt: skip
    return "\n".join(lines)


def write(cells: Sequence[dict[str, Any]], path: Path) -> None:
    """Put the table and its summary between the marks of a page."""
    found = summary(cells)
    said = [f"Cells: {found['cells']}."]
    if found["share"] is not None:
        said.append(f"From 500 examples on, {found['reached']} of {found['with_baseline']} reach "
                    f"their baseline ({found['share']:.0%}).")  # fmt: skip
    if found["behind_mean"] is not None:
        behind = found["behind_mean"]
        said.append(f"At {GRID_SIZE}, the best of the grid is {abs(behind):.1f} points "
                    f"{'ahead' if behind > 0 else 'behind'} on average over "
                    f"{len(found['behind'])} data sets.")  # fmt: skip
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = f"{before}{BEGIN}\n\n{' '.join(said)}\n\n{table(cells)}\n\n{END}{after}"
    path.write_text(text, "utf-8")
