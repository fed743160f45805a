"""Asking the engine of a run how its job is, seldom and never for long."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

from ..atomic_files import write_json
from ..errors import WorkbenchError
from ..run_folder.engine_files import WORD, read_record, read_word
from . import registry
from .base import Word

OFTEN, SELDOM = 2.0, 15.0  # seconds between two questions: of a job's first minutes, and later
YOUNG = 120.0
PATIENCE = 1.0  # seconds that a reader waits for an answer; the next look has it
_under_way: dict[Path, threading.Thread] = {}
_turn = threading.Lock()


def ask(folder: Path, record: dict) -> Word:
    """What the engine says now of the record's job; kept in the run's folder for other readers.

    An engine that cannot be asked gives a word of state "unknown" with its sentence.
    """
    try:
        word = registry.find(record["engine"]).status(record.get("job"), folder)
    except WorkbenchError as error:
        word = Word("unknown", str(error))
    except Exception as error:  # of somebody else's engine
        word = Word("unknown", f"{type(error).__name__}: {error}")
    with contextlib.suppress(OSError):  # a folder that may only be read
        write_json(
            Path(folder) / WORD, {**word.as_dict(), "job": record.get("job"), "asked": time.time()}
        )
    return word


def refresh(folder: Path) -> None:
    """Ask the engine of a run, where it has one and was not asked lately.

    Waits for the answer for :data:`PATIENCE` seconds; it comes later where the cluster is slow.
    """
    folder = Path(folder)
    record = read_record(folder)
    if record is None or record.get("job") is None:
        return
    now, word = time.time(), read_word(folder, record)
    every = OFTEN if now - float(record.get("sent") or 0) < YOUNG else SELDOM
    if word["state"] == "over" or abs(now - float(word.get("asked") or 0)) < every:
        return
    with _turn:
        asking = _under_way.get(folder)
        if asking is None or not asking.is_alive():
            asking = threading.Thread(target=ask, args=(folder, record), daemon=True)
            _under_way[folder] = asking
            asking.start()
        else:
            return  # somebody else waits for it
    asking.join(PATIENCE)
