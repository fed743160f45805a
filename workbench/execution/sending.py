"""Giving a run to an engine, and taking it back."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from ..errors import RunError
from ..i18n import t
from ..run_folder import engine_files
from ..run_folder.files import read_fields
from . import registry
from .asking import ask
from .clocks import disk_ahead
from .fingerprint import fingerprint
from .settings_file import read_settings

_ENDING = 30.0  # seconds that a job may take to be over when its work is


def engine_of(folder: Path) -> str:
    """Name of the engine that the run was last given to."""
    record = engine_files.read_record(folder)
    return record["engine"] if record else registry.HOME


def check_free(folder: Path) -> None:
    """Refuse where a job of another engine has the run.

    Raises
    ------
    RunError
    """
    record = engine_files.read_record(folder)
    if record is None or record.get("cancelled"):
        return
    word, end = ask(folder, record), time.monotonic() + _ENDING
    while word.state == "running" and _is_left(folder) and time.monotonic() < end:
        time.sleep(0.2)  # its worker has ended, and the cluster cleans up after the job
        word = ask(folder, record)
    if word.state == "over":
        return
    job, engine, run = record.get("job") or "?", record["engine"], Path(folder).name
    if word.state == "unknown":
        raise RunError(t("engine.not_told", run=run, engine=engine, job=job, why=word.why),
                       t("engine.not_told_back"))  # fmt: skip
    raise RunError(t("engine.has_it", run=run, engine=engine, job=job), t("engine.has_it_back"))


def _is_left(folder: Path) -> bool:
    """Whether the last worker said that it ends, and how."""
    values, _ = read_fields(folder, "state.json")
    return values.get("state") not in ("queued", "running") and values.get("pid") is None


def give(folder: Path, name: str, settings: Mapping | str | os.PathLike | None = None) -> None:
    """Have an engine work on a run.

    Parameters
    ----------
    folder : Path
        Of the run, which nobody works on.
    name : str
        Of the engine.
    settings : mapping or path of a YAML file, optional
        Of the engine; without any those that the run was given with before, or the usual ones.

    Raises
    ------
    WorkbenchError
        If the engine cannot take it; the run is then as it was.
    """
    engine = registry.find(name)
    check_free(folder)
    before = engine_files.read_record(folder)
    if settings is None and before and before["engine"] == name:
        settings = before.get("settings") or {}
    chosen = read_settings(name, settings)
    if name == registry.HOME:
        take_home(folder)
        engine.submit(folder, chosen)
        return
    record = {
        "engine": name, "ticket": secrets.token_hex(8), "job": None, "sent": time.time(),
        "settings": chosen, "disk_ahead": disk_ahead(folder), "fingerprint": fingerprint(),
    }  # fmt: skip
    engine_files.write_record(folder, record)
    (folder / engine_files.PLACE).mkdir(exist_ok=True)
    for name in (engine_files.SEEN, engine_files.UNSEEN):
        (folder / engine_files.PLACE / name).unlink(missing_ok=True)
    try:
        record["job"] = engine.submit(folder, chosen)
    except BaseException:
        engine_files.remove_record(folder)
        if before:
            engine_files.write_record(folder, before)
        raise
    engine_files.write_record(folder, record)


def take_home(folder: Path) -> None:
    """Let this machine go on with a run whose job of another engine is over.

    Raises
    ------
    RunError
        If it is not.
    """
    check_free(folder)
    engine_files.remove_record(folder)


def take_back(folder: Path) -> None:
    """End the job or the worker of a run, whatever it does just now.

    Raises
    ------
    EngineError
        If it cannot be ended.
    """
    record = engine_files.read_record(folder)
    if record is None:
        registry.find(registry.HOME).cancel(str(folder))
        return
    if record.get("job"):
        # said first: the worker that is ended then knows that it does not go on
        engine_files.write_record(folder, {**record, "cancelled": time.time()})
        registry.find(record["engine"]).cancel(record["job"])
