"""What the files of a run folder must hold, and reading them with doubt.

A folder is copied, cut short, edited and filled by other versions. What is wrong with a file is a
sentence here, and never an error of the library that met it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..atomic_files import RowReader, open_plain
from ..errors import RunError, kind_of, shown

BIG = 2**53  # whole numbers beyond it are no counts of anything here
STATES = ("queued", "running", "paused", "stopped", "failed", "died", "done")
FILES = (
    "run.json", "recipe.yaml", "state.json", "metrics.jsonl", "samples.jsonl", "lock", "log.txt",
)  # fmt: skip
FOLDERS = ("control", "adapter", "checkpoints", "data", "engine", "model", "predictions",
           "snapshots")  # fmt: skip
_MISSING = "it is missing"


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and -BIG < value < BIG)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < BIG


def _positive(value: Any) -> bool:
    return _count(value) and value > 0


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(v is None or _number(v) for v in value.values())


def _tables(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_numbers, value.values()))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


WARNED = "warned"  # the event of a sentence that views of a run show


def _state(value: Any) -> bool:
    return value in STATES if isinstance(value, str) else False


def _optional(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or kind(value)


def _profiled(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and _text(row.get("operation"))
        and all(_number(row.get(name)) for name in ("calls", "milliseconds", "share"))
        for row in value
    )


def _followed(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and row.get("field") in ("epochs", "learning_rate", "evaluate_every")
        and _number(row.get("value"))
        and _text(row.get("why"))
        for row in value
    )


# file -> field -> what its value must be
_TIMES = dict.fromkeys(("heartbeat", "pid_start", "seconds_left", "epoch", "epochs",
                        "acknowledged_at", "clock_ahead"), _optional(_number))  # fmt: skip
_WORDS = dict.fromkeys(("phase", "error", "remedy", "details", "warning", "speed", "outcome",
                        "boot_id", "host", "texts", "followed"), _optional(_text))  # fmt: skip
_COUNTS = dict.fromkeys(("step", "total_steps", "acknowledged", "queue_position",
                         "lost_at"),
                        _optional(_count))  # fmt: skip
_POSITIVE = dict.fromkeys(("pid", "trainer_pid", "micro_batch"), _optional(_positive))
SHAPES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "run.json": {"format": _count, "created": _number, "part_of": _text},
    "state.json": {"state": _state, "validation": _optional(_numbers), **_TIMES, **_WORDS,
                   **_COUNTS, **_POSITIVE},
    "metrics.json": {"metrics": _tables, "baselines": _tables, "best_step": _optional(_count),
                     "best_metric": _optional(_text), "training_seconds": _optional(_number),
                     "finishing_seconds": _optional(_number),
                     "notes": _texts},
    "environment.json": {"device": _text, "precision": _text, "threads": _optional(_positive),
                         "versions": _mapping},
    "data/info.json": {"fingerprint": _text, "label_names": _texts, "counts": _tables,
                       "examples": _numbers, "notes": _texts, "rows": _optional(_text),
                       "followed": _followed,
                       "augmentation": _optional(_numbers),
                       "control_tokens": lambda value: isinstance(value, bool),
                       "control_tokens_in_conversations": lambda value: isinstance(value, bool)},
    "profile/table.json": {"rows": _profiled},
    "slices.json": {},
}  # fmt: skip
# fields without which a file says nothing
NEEDED = {
    "run.json": ("format",),
    "state.json": ("state",),
    "metrics.json": ("metrics",),
    "environment.json": ("device", "precision"),
    "data/info.json": ("fingerprint",),
    "profile/table.json": ("rows",),
}


def read_fields(folder: Path, name: str) -> tuple[dict, str]:
    """The fields of a JSON file of a run folder, and what is wrong with it.

    Parameters
    ----------
    folder : Path
        Of the run.
    name : str
        One of :data:`SHAPES`.

    Returns
    -------
    fields : dict
        Those that are as they must be; unknown ones are left as they are.
    problem : str
        Half a sentence, such as "it is cut short or no JSON"; "" when nothing is wrong.
    """
    values, problem = _read(Path(folder) / name)
    if problem:
        return {}, problem
    if not isinstance(values, dict):
        return {}, f"it holds {kind_of(values)} where fields belong"
    shape = SHAPES[name]
    good = {key: value for key, value in values.items() if key not in shape or shape[key](value)}
    wrong = [key for key in values if key not in good]
    absent = [key for key in NEEDED.get(name, ()) if key not in good]
    if wrong:
        problem = f"its field {wrong[0]!r} is {shown(values[wrong[0]])}"
    elif absent:
        problem = f"it has no field {absent[0]!r}"
    return good, problem


def is_missing(problem: str) -> bool:
    """Whether a file is not there at all, which is no damage in a run that is not so far."""
    return problem == _MISSING


def _read(path: Path) -> tuple[Any, str]:
    try:
        with open_plain(path) as handle:
            content = handle.read()
    except (FileNotFoundError, NotADirectoryError):
        return None, _MISSING
    except OSError as error:
        return None, f"it cannot be read ({error.strerror or error})"
    if not content.strip(b"\0 \r\n\t"):
        return None, "it is empty"
    try:
        return json.loads(content.decode("utf-8")), ""
    except (ValueError, RecursionError):
        return None, "it is cut short or no JSON"


def read_text(path: Path) -> str:
    """The text of a file that must be an ordinary one in UTF-8.

    Raises
    ------
    OSError
        With the reason in words.
    """
    with open_plain(path) as handle:
        content = handle.read()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OSError(0, "it is no UTF-8 text", str(path)) from error


def metric_rows(folder: Path) -> RowReader:
    """A reader of ``metrics.jsonl`` that takes only rows which every view can show."""
    return RowReader(Path(folder) / "metrics.jsonl", is_metric_row)


def is_metric_row(row: dict) -> bool:
    """Whether a row says what it is: steps and evaluations are numbers, events have a name."""
    kind = row.get("kind")
    if kind == "event":
        return _text(row.get("event")) and (row.get("step") is None or _count(row["step"]))
    if kind not in ("step", "eval") or not _count(row.get("step")):
        return False
    needed = row.get("loss") is None or _number(row["loss"])
    return needed and all(
        value is None or isinstance(value, bool) or _number(value)
        for name, value in row.items()
        if name != "kind"
    )


def places_problem(folder: Path) -> str:
    """What stands where a run writes and is not what it writes to; "" when nothing does."""
    for name in FILES:
        path = os.path.join(folder, name)
        if os.path.lexists(path) and not os.path.isfile(path):
            return f"{name} is {_thing(path)} where a file belongs"
    for name in FOLDERS:
        path = os.path.join(folder, name)
        if os.path.lexists(path) and not os.path.isdir(path):
            return f"{name} is {_thing(path)} where a folder belongs"
    return ""


def check_places(folder: Path) -> None:
    """Refuse a run folder in which a worker could not write.

    Raises
    ------
    RunError
    """
    if problem := places_problem(folder):
        raise RunError(
            f"The run {Path(folder).name} cannot be worked on: {problem}.",
            "Move it away and try again.",
        )


def _thing(path: str) -> str:
    if os.path.isdir(path):
        return "a folder"
    if os.path.isfile(path):
        return "a file"
    return "a link to nothing" if os.path.islink(path) else "a pipe or a device"


def looks_like_run(folder: str | os.PathLike) -> bool:
    """Whether a folder is a run, or what is left of one."""
    there = [os.path.lexists(os.path.join(folder, name))
             for name in ("run.json", "recipe.yaml", "state.json")]  # fmt: skip
    return there[0] or (there[1] and there[2])


def tidy(text: str) -> str:
    """A message of a library on one line, without what a terminal would obey."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()[:300]
