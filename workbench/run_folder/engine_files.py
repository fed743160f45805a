"""Which engine has a run, and what it last said: ``engine.json`` and ``engine_word.json``.

A run that is worked on by this machine has neither. ``engine.json`` is written before a run is
sent: the engine, the job, a ticket that the worker must bring, the clock and the code of whoever
sent it. ``engine_word.json`` is written by whoever asked the engine last, so that several views of
a run do not ask more often than one.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from ..atomic_files import read_json, write_json
from ..durations import duration
from ..errors import RunError
from ..i18n import t
from ..worker.processes import boot_id, is_locked

RECORD, WORD = "engine.json", "engine_word.json"
TICKET = "WORKBENCH_ENGINE_TICKET"
PLACE = "engine"  # the folder of what an engine writes for itself
SEEN = "seen"  # in it: written by the job before anything else
UNSEEN = "unseen"  # in it: names of nodes that do not see the run's folder
SILENT_AFTER = 20.0  # seconds without a heartbeat, over a shared disk that shows files late
SHARED_WITHIN = 10.0  # seconds of a job in which its first file has to be seen
GIVEN_UP = 300.0  # seconds of silence after which a job that its engine takes for alive is dead
CLOCK_TOLERATED = 2.0  # seconds that two clocks may lie apart; what is beyond it is said
NOT_SHARED = 77  # exit status of a job that does not find the run's folder on its node


def read_record(folder: Path) -> dict | None:
    """``engine.json``; None of a run that no other engine has."""
    record = read_json(Path(folder) / RECORD)
    known = isinstance(record, dict) and all(
        isinstance(record.get(name), str) for name in ("engine", "ticket")
    )
    return record if known else None


def write_record(folder: Path, record: dict) -> None:
    """Write ``engine.json`` and forget the word of an earlier job."""
    with contextlib.suppress(OSError):
        (Path(folder) / WORD).unlink(missing_ok=True)
    write_json(Path(folder) / RECORD, record)


def remove_record(folder: Path) -> None:
    """No other engine has the run any more."""
    for name in (WORD, RECORD):
        (Path(folder) / name).unlink(missing_ok=True)


def read_word(folder: Path, record: dict) -> dict:
    """What the engine last said of the record's job; ``state`` "unknown" before it was asked."""
    word = read_json(Path(folder) / WORD)
    if isinstance(word, dict) and word.get("job") == record.get("job"):
        return word
    return {"state": "unknown", "why": ""}


def check_ticket(folder: Path) -> None:
    """Refuse to work on a run that was sent to an engine, by anybody but the job of that engine.

    Raises
    ------
    RunError
    """
    record = read_record(folder)
    if record is not None and os.environ.get(TICKET) != record["ticket"]:
        raise RunError(
            t("engine.has_it", run=Path(folder).name, engine=record["engine"],
              job=record.get("job") or "?"),
            t("engine.has_it_back"),
        )  # fmt: skip


def is_alive(folder: Path, values: dict, record: dict) -> bool:
    """Whether a worker gives signs of life: by its lock on this machine, else by its heartbeat.

    The heartbeat is of the node's clock, which may be ahead of that of whoever sent the run.
    """
    if values.get("pid") is None:
        return False
    if values.get("boot_id") == boot_id():
        return is_locked(Path(folder) / "lock")
    return silence(values) <= SILENT_AFTER


def silence(values: dict) -> float:
    """Seconds since the last heartbeat."""
    ahead = float(values.get("clock_ahead") or 0)
    return time.time() - (float(values.get("heartbeat") or 0) - ahead)


def with_engine(folder: Path, values: dict, record: dict) -> dict:
    """What ``state.json`` says of an active run, corrected by what the run's engine says.

    Returns
    -------
    dict
        ``values`` with ``engine``, ``job``, ``node``, ``ends_at`` and, where the run is not worked
        on, the state that follows: ``queued`` while its job waits, ``died`` when that is over.
    """
    word = read_word(folder, record)
    job, engine = record.get("job") or "?", record["engine"]
    node = word.get("node") or ""
    found = {**values, "engine": engine, "job": job, "node": node, "ends_at": word.get("ends_at")}
    if is_alive(folder, values, record):
        clocks = _clocks(values) or {values.get("host") or "?": values.get("clock_ahead")}
        off = {one: float(ahead or 0) for one, ahead in clocks.items()}
        said = [t("engine.clock", node=one, n=f"{ahead:+.1f}")
                for one, ahead in off.items() if abs(ahead) > CLOCK_TOLERATED]  # fmt: skip
        found["warning"] = " ".join(filter(None, [values.get("warning"), *said])) or None
        return found
    found |= {"pid": None}
    lost = values.get("pid") is not None  # nobody was left to say that the work ended
    if word["state"] == "waiting":
        again = lost or values.get("phase") == "requeued" or word.get("restarts")
        phase = "requeued" if again else "waiting"
        found |= {"state": "queued", "phase": phase, "queue_position": word.get("position"),
                  "reason": word.get("why") or ""}
        said = [values.get("warning") if again else None, word.get("said")]
        found["warning"] = " ".join(filter(None, said)) or None
        if lost:
            step, host, others = values.get("step") or 0, values.get("host") or "?", _clocks(values)
            key, node = ("lost_one", ", ".join(others)) if others else ("lost", host)
            found["warning"] = t(f"engine.{key}", engine=engine, node=node, step=step)
    elif word["state"] == "running":
        found |= _silent(folder, values, word, record, lost)
    elif word["state"] == "over":
        found |= _over(folder, word, record)
    elif word.get("why"):
        found["warning"] = word["why"]
    return found


def _clocks(values: dict) -> dict[str, float]:
    """Seconds by which the clocks of a run's nodes are ahead, where it has several."""
    clocks = values.get("clocks")
    return clocks if isinstance(clocks, dict) else {}


def _silent(folder: Path, values: dict, word: dict, record: dict, lost: bool) -> dict:
    """Of a run whose job is at work, as its engine says, and whose worker is not heard."""
    about = {"engine": record["engine"], "node": word.get("node") or "?"}
    if lost:
        for_long = max(0.0, silence(values))
        said = t("engine.silent", **about, time=duration(for_long))
        if for_long < GIVEN_UP:
            return {"phase": "silent", "warning": said}
        return {"state": "died", "error": said, "remedy": t("engine.silent_back")}
    since = time.time() - float(word.get("since") or time.time())
    if since > SHARED_WITHIN and not (Path(folder) / PLACE / SEEN).exists():
        return {"state": "queued", "phase": "starting",
                "warning": t("engine.not_seen", **about, folder=folder)}  # fmt: skip
    again = values.get("phase") == "requeued"  # and the engine has not been asked since
    return {"state": "queued", "phase": "requeued" if again else "starting"}


def _over(folder: Path, word: dict, record: dict) -> dict:
    """Of a run that nobody works on, and whose job is over."""
    if record.get("cancelled"):
        return {"state": "stopped", "phase": "stopped"}
    about = {"engine": record["engine"], "job": record.get("job") or "?"}
    if word.get("exit") == NOT_SHARED or (
        word.get("failed") and not (Path(folder) / PLACE / SEEN).exists()
    ):
        return {"state": "died", "error": t("engine.not_shared", **about, folder=folder,
                                            node=_blind(folder) or word.get("node") or "?"),
                "remedy": t("engine.not_shared_back")}  # fmt: skip
    said = t("engine.over", **about, why=word.get("why") or "?")
    if last := word.get("last_line"):
        said += " " + t("engine.over_said", line=last)
    return {"state": "died", "error": said, "remedy": t("engine.over_back")}


def _blind(folder: Path) -> str:
    """Which of several nodes did not find the run's folder, as the first one was told."""
    try:
        return ", ".join((Path(folder) / PLACE / UNSEEN).read_text("utf-8").split())
    except (OSError, UnicodeDecodeError):
        return ""
