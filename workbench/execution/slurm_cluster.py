"""What Slurm's own commands say: partitions, a job, its place in the queue."""

from __future__ import annotations

import dataclasses
import datetime
import re
import shutil
import subprocess
import time
from pathlib import Path

from ..errors import EngineError
from ..i18n import t
from ..run_folder import engine_files
from .base import Word

PATIENCE = 10.0  # seconds for a command of Slurm
_ENDS_WITHIN = 60.0  # seconds until a cancelled job is gone: Slurm's own patience is 30
_WAITING = {"PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"}
_RUNNING = {"RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "SIGNALING", "STAGE_OUT",
            "STOPPED", "RESIZING"}  # fmt: skip
_ITS_TURN = {"", "None", "Priority", "Resources", "BeginTime", "Cleaning"}
# Reasons of a waiting job that time alone does not end.
NEVER = {
    "PartitionTimeLimit", "PartitionNodeLimit", "PartitionDown", "PartitionInactive",
    "JobHeldUser", "JobHeldAdmin", "InvalidAccount", "InvalidQOS", "DependencyNeverSatisfied",
    "BadConstraints", "JobLaunchFailure", "ReqNodeNotAvail", "AccountNotAllowed", "QOSNotAllowed",
    "launch failed requeued held",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Partition:
    """A partition: its time limit in minutes (None: none), its nodes, and what they have."""

    name: str
    up: bool
    minutes: int | None
    gpus: bool
    default: bool
    nodes: int = 0


def run(*command: str) -> str:
    """What a command of Slurm prints.

    Raises
    ------
    EngineError
        If there is no such command, it gives no answer in time, or refuses.
    """
    if shutil.which(command[0]) is None:
        raise EngineError(t("engine.slurm_none"), t("engine.slurm_none_back"))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise EngineError(t("engine.slurm_silent", command=command[0], n=int(PATIENCE)),
                          t("engine.slurm_silent_back")) from None  # fmt: skip
    if done.returncode:
        raise EngineError(t("engine.slurm_says", command=command[0], why=reason(done.stderr)),
                          t("engine.slurm_silent_back"))  # fmt: skip
    return done.stdout


def reason(printed: str) -> str:
    """The last line of what Slurm complained, without its own name before it.

    >>> reason("sbatch: error: invalid partition specified: x\\nsbatch: error: Batch job failed")
    'Batch job failed'
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"^\w+: (error|fatal): ", line)] or lines or ["?"]
    return re.sub(r"^\w+: (?:(?:error|fatal): )?", "", told[-1])


def partitions() -> dict[str, Partition]:
    """The cluster's partitions by their names."""
    found: dict[str, Partition] = {}
    for line in run("sinfo", "--noheader", "--format=%P|%a|%l|%G|%D").splitlines():
        name, up, limit, gres, count = (part.strip() for part in line.split("|"))
        plain = name.rstrip("*")
        before = found.get(plain)
        found[plain] = Partition(
            plain, up == "up", minutes_of(limit),
            "gpu" in gres or bool(before and before.gpus), name.endswith("*"),
            int(count) + (before.nodes if before else 0),
        )  # fmt: skip
    return found


def about() -> tuple[str, str]:
    """Name and version of the cluster."""
    values = dict(re.findall(r"^(ClusterName|SLURM_VERSION)\s*=\s*(\S+)",
                             run("scontrol", "show", "config"), re.M))  # fmt: skip
    return values.get("ClusterName", "?"), values.get("SLURM_VERSION", "?")


def minutes_of(limit: str) -> int | None:
    """Minutes of a time limit as Slurm writes it; None for no limit.

    >>> minutes_of("1-02:03:30"), minutes_of("1:00:00"), minutes_of("90:00"), minutes_of("infinite")
    (1563, 60, 90, None)
    """
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit)
    if match is None:
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups()[:3])
    return (days * 24 + hours) * 60 + minutes


def word_of(job: str, folder: Path | None) -> Word:
    """What Slurm says of a job; one that it has forgotten is over."""
    fields = _fields(job)
    if fields is None:
        return _forgotten(job)
    state, why = fields.get("JobState", "?"), fields.get("Reason", "None")
    why = "" if why == "None" else why.replace("_", " ")
    node = fields.get("NodeList", "")
    node = "" if node in ("(null)", "None") else node
    restarts = int(fields.get("Restarts") or 0)
    if state in _WAITING:
        position = _position(job, fields.get("Partition", ""))
        return Word("waiting", why, position, restarts=restarts, said=_hindrance(why, folder))
    if state in _RUNNING:
        return Word("running", state, None, node, _moment(fields.get("StartTime")),
                    _moment(fields.get("EndTime")), restarts)  # fmt: skip
    status = int((fields.get("ExitCode") or "0:0").partition(":")[0])
    failed = state != "COMPLETED"
    return Word(
        "over", state if not status else f"{state}, exit status {status}", None, node,
        restarts=restarts, failed=failed, exit=status,
        last_line=_last_line(folder, job) if failed else "",
    )  # fmt: skip


def _hindrance(why: str, folder: Path | None) -> str:
    """A sentence where a job waits for something else than its turn."""
    if why in _ITS_TURN or folder is None:
        return ""
    never = why in NEVER or why.startswith(("Assoc", "QOSMax"))
    return t("engine.slurm_never" if never else "engine.slurm_hindered", why=why, run=folder.name)


def cancel(job: str) -> None:
    """End a job and wait until Slurm has cleaned up after it."""
    if _fields(job) is None:
        return
    run("scancel", job)
    end = time.monotonic() + _ENDS_WITHIN
    while (fields := _fields(job)) is not None:
        if fields.get("JobState") not in _WAITING | _RUNNING:
            return
        if time.monotonic() > end:
            raise EngineError(t("engine.slurm_stays", job=job, state=fields.get("JobState", "?")),
                              t("engine.slurm_stays_back", job=job))  # fmt: skip
        time.sleep(0.2)


def _fields(job: str) -> dict[str, str] | None:
    """What ``scontrol`` shows of a job; None of one that it does not know (any more)."""
    try:
        shown = run("scontrol", "--oneliner", "show", "job", job)
    except EngineError as error:
        if "Invalid job id" in error.message:
            return None
        raise
    return dict(re.findall(r"(\w+)=(\S*)", shown))


def _forgotten(job: str) -> Word:
    """Of a job that the controller has forgotten: what the accounting knows, where there is one."""
    try:
        shown = run("sacct", "-X", "-n", "-P", "-j", job, "-o", "State,ExitCode,NodeList")
        state, status, node = shown.splitlines()[-1].split("|")
    except (EngineError, IndexError, ValueError):
        return Word("over", t("engine.slurm_forgotten"))
    return Word("over", state, None, node, failed=state != "COMPLETED",
                exit=int(status.partition(":")[0] or 0))  # fmt: skip


def _position(job: str, partition: str) -> int | None:
    """How many waiting jobs of the partition are before it."""
    listed = run("squeue", "--noheader", "--states=PENDING", "--partition", partition,
                 "--sort=-p,i", "--format=%A").split()  # fmt: skip
    return listed.index(job) if job in listed else None


def _moment(written: str | None) -> float | None:
    """Unix seconds of a time as Slurm writes it, in the zone of this machine."""
    try:
        return datetime.datetime.fromisoformat(written or "").timestamp()
    except ValueError:  # Unknown, N/A
        return None


def _last_line(folder: Path | None, job: str) -> str:
    """The last line of what the job printed as an error."""
    if folder is None:
        return ""
    try:
        name = f"{job}_0_log.err"
        printed = (folder / engine_files.PLACE / job / name).read_text("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    own = [line for line in lines if not line.startswith(("submitit ", "srun:", "slurmstepd:"))]
    return (own or lines or [""])[-1][:300]
