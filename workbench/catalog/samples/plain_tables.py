"""Samples whose files are tables already: what needs no reader of its own."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any


def read(folder: Path) -> dict[str, dict[str, list[Any]]]:
    """Columns of .csv, .tsv and .jsonl files: what needs no function of its own.

    Files are UTF-8 with the names of the columns in the first line, or an object a line with the
    same keys. One file is ``train``; several are splits by their names.

    Raises
    ------
    ValueError, IndexError, csv.Error
        If a file has no rows, or rows with different columns.
    """
    paths, found = files(folder), {}
    for path in paths:
        if path.suffix == ".jsonl":
            lines = path.read_text("utf-8").split("\n")
            rows = [json.loads(line) for line in lines if line.strip()]
        else:
            with path.open(encoding="utf-8-sig", newline="") as text:
                delimiter = "\t" if path.suffix == ".tsv" else ","
                names, *cells = csv.reader(text, delimiter=delimiter, strict=True)
                rows = [dict(zip(names, row, strict=True)) for row in cells if row]
        if any(not isinstance(row, dict) or row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"the rows of {path.name} have different columns")
        split = "train" if len(paths) == 1 else path.stem
        found[split] = {column: [row[column] for row in rows] for column in rows[0]}
    return found


def files(folder: Path) -> list[Path]:
    """What :func:`read` reads of a folder, by name."""
    return sorted(p for p in folder.glob("*") if p.suffix in (".csv", ".tsv", ".jsonl"))
