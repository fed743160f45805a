"""Where a run is that a cluster has, in a few words."""

from __future__ import annotations

import datetime

from ..i18n import t


def queued(status: dict) -> str:
    """Its place in the cluster's queue, and the cluster's reason.

    >>> queued({"engine": "slurm", "phase": "waiting", "queue_position": 3, "reason": "Priority"})
    "in slurm's queue, 3 before it (Priority)"
    """
    place, reason = _place(status), status.get("reason")
    return f"{place} ({reason})" if reason else place


def _place(status: dict) -> str:
    engine, before = status["engine"], status.get("queue_position") or 0
    if status.get("phase") == "starting":
        return t("engine.begins", engine=engine)
    if status.get("phase") == "requeued":
        said = t("engine.requeued", engine=engine)
        return said if not before else t("engine.before", said=said, n=before)
    if before:
        return t("engine.queued_behind", engine=engine, n=before)
    return t("engine.queued", engine=engine)


def at_work(status: dict) -> str:
    """The node, and when its time is up, in the zone of this machine.

    >>> at_work({"node": "n1"})
    'on n1'
    """
    parts = [t("engine.at", node=status["node"])] if status.get("node") else []
    if status.get("ends_at"):
        ends = datetime.datetime.fromtimestamp(status["ends_at"])
        today = ends.date() == datetime.date.today()
        parts.append(t("engine.until", time=ends.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")))
    return ", ".join(parts)


def where(status: dict) -> str:
    """All of it for a table; "" of a run that no cluster has.

    >>> where({"engine": "slurm", "job": "12", "state": "done"})
    'slurm 12'
    """
    if not status.get("engine"):
        return ""
    parts = [f"{status['engine']} {status['job']}"]
    if status["state"] == "queued":
        parts.append(queued(status))
    elif status["state"] in ("running", "paused"):
        parts.append(at_work(status))
    return ", ".join(part for part in parts if part)
