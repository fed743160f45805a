"""An exported model, asked by another process, against what the run answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelError
from workbench.i18n import t

ALLOWED = 1e-5  # difference of scores in fp32, relative where numbers are above 1
PROGRAM = "predict.py"


def answers_of_another_process(
    folder: Path, rows: Sequence[dict[str, Any]], *, python: str = sys.executable
) -> list[dict[str, Any]]:
    """What ``predict.py`` of an exported folder answers, in a process that knows no workbench.

    Raises
    ------
    ModelError
        If it cannot open the model, with its own last line.
    """
    with tempfile.TemporaryDirectory() as place:
        asked, said = Path(place, "rows.jsonl"), Path(place, "answers.jsonl")
        lines = (json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
        asked.write_text("".join(lines), "utf-8")
        known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [python, "-I", str(folder / PROGRAM), "--greedy", "--rows", str(asked),
                   "--out", str(said)]  # fmt: skip
        done = subprocess.run(command, env=known, cwd=place, capture_output=True, text=True)
        if done.returncode or not said.is_file():
            words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            why = words[-1][:300] if words else f"exit status {done.returncode}"
            raise ModelError(t("export.not_opened", why=why), t("export.not_opened_remedy"))
        return [json.loads(line) for line in said.read_text("utf-8").splitlines()]


def compared(
    wanted: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """How far two lists of answers agree.

    Returns
    -------
    dict
        ``examples``; ``same``, answers that are the same but for numbers; ``largest_difference``
        of numbers, over the size of those above 1 (None where answers have none).

    Examples
    --------
    >>> compared([{"prediction": "a", "score": 0.5}], [{"prediction": "b", "score": 0.25}])
    {'examples': 1, 'same': 0, 'largest_difference': 0.25}
    """
    same, far = 0, []
    for one, other in zip(wanted, found, strict=True):
        words, numbers = _parted(one)
        others, theirs = _parted(other)
        same += words == others
        if numbers.shape == theirs.shape:
            if len(numbers):
                far.append(np.max(np.abs(numbers - theirs) / np.maximum(1.0, np.abs(numbers))))
        else:
            far.append(np.inf)
    largest = float(max(far)) if far else None
    return {"examples": len(wanted), "same": same, "largest_difference": largest}


def _parted(value: Any) -> tuple[Any, np.ndarray]:
    """What of an answer is no float, and its floats."""
    numbers: list[float] = []

    def words(one: Any) -> Any:
        if isinstance(one, dict):
            return {name: words(part) for name, part in sorted(one.items())}
        if isinstance(one, list | tuple):
            return [words(part) for part in one]
        if isinstance(one, float):
            numbers.append(one)
            return None
        return one

    return words(value), np.array(numbers)


def agrees(outcome: dict[str, Any]) -> bool:
    """Whether nothing differs beyond rounding."""
    far = outcome["largest_difference"]
    return outcome["same"] == outcome["examples"] and (far is None or far <= ALLOWED)
