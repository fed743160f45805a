"""Commands to a running worker: numbered files that it acknowledges in ``state.json``.

A command is ``control/0003-pause.json`` holding ``{"command": "pause", "number": 3, "time": ...}``.
Whoever reaches the folder may write one: a kernel, a script, the browser. The worker takes the
numbers above the last that it acknowledged, in order, so a command left over from an earlier life
is never obeyed twice.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from ..atomic_files import read_json, write_json
from ..run_folder.files import read_fields

COMMANDS = ("pause", "resume", "stop")
_NAME = re.compile(r"^(\d{1,9})-(pause|resume|stop)\.json$")


def send(run_folder: Path, command: str, *, number: int | None = None) -> int:
    """Write a command; returns its number.

    Parameters
    ----------
    number : int, optional
        Of a command that another road may have written already: writing it twice is harmless.
    """
    if command not in COMMANDS:
        raise ValueError(f"Unknown command {command!r}; allowed: {', '.join(COMMANDS)}.")
    folder = Path(run_folder) / "control"
    folder.mkdir(exist_ok=True)
    if number is None:
        number = last_number(run_folder) + 1
    write_json(
        folder / f"{number:04d}-{command}.json",
        {"command": command, "number": number, "time": time.time()},
    )
    return number


def pending(run_folder: Path, acknowledged: int) -> list[dict]:
    """Commands with a number above ``acknowledged``, in order.

    The file name alone decides: it is complete the moment it exists, while a browser may still be
    writing the content.
    """
    found = [
        {"command": name, "number": number, "time": _sent_at(path)}
        for number, name, path in _list(run_folder)
        if number > acknowledged
    ]
    return sorted(found, key=lambda c: c["number"])


def last_number(run_folder: Path) -> int:
    """The highest number used so far, acknowledged ones included; 0 when there is none."""
    state, _ = read_fields(Path(run_folder), "state.json")
    used = [number for number, _, _ in _list(run_folder)]
    return max([*used, state.get("acknowledged") or 0])


def clear(run_folder: Path) -> None:
    """Remove all command files (their numbers stay used: they are in ``state.json``)."""
    for _, _, path in _list(run_folder):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _list(run_folder: Path) -> list[tuple[int, str, Path]]:
    """Number, command and path of each; a folder or a pipe with such a name is none."""
    folder = Path(run_folder) / "control"
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    matches = [(m, folder / m.string) for m in map(_NAME.match, names) if m]
    return [(int(m[1]), m[2], path) for m, path in matches if os.path.isfile(path)]


def _sent_at(path: Path) -> float | None:
    content = read_json(path)
    sent = content.get("time") if isinstance(content, dict) else None
    return sent if isinstance(sent, (int, float)) else None
