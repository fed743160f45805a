"""Runs that go on although no panel shows them: offered to whoever opens the app again."""

from __future__ import annotations

import logging
from pathlib import Path

from workbench.i18n import t
from workbench.run_folder.folders import list_run_folders
from workbench.run_folder.state import ACTIVE, read_state

log = logging.getLogger("workbench")

MOST = 3  # of the newest


def going_on(shown: Path | None = None) -> list[list[str]]:
    """The newest runs that are queued, running or paused.

    Parameters
    ----------
    shown : Path, optional
        A run that needs no offer, since it is on the page already.

    Returns
    -------
    list of [str, str]
        Its folder and a sentence, newest first; a folder that cannot be read is passed over.
    """
    found: list[list[str]] = []
    for folder in list_run_folders():
        if len(found) == MOST:
            break
        if shown is not None and folder.absolute() == Path(shown).absolute():
            continue
        try:
            status = read_state(folder)
        except Exception:  # a damaged folder offers nothing; the list of runs says what it has
            log.debug("The state of %s cannot be read", folder, exc_info=True)
            continue
        if status.get("state") in ACTIVE:
            found.append([str(folder), _sentence(folder.name, status)])
    return found


def _sentence(name: str, status: dict) -> str:
    state = status["state"]
    if state == "queued":
        return t("app.queued", name=name)
    where = ""
    if status.get("total_steps"):
        where = t("train.step", step=status.get("step") or 0, total=status["total_steps"])
    key = "app.waits" if state == "paused" else "app.goes_on"
    return t(key, name=name, where=where or status.get("phase") or t(f"state.{state}"))
