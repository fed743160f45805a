"""A Slurm cluster: runs sent by ``submitit``, over a disk that all nodes share."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import EngineError, RecipeError, nearest
from ..hardware import CORES, check_nodes
from ..i18n import t
from ..recipe import Recipe
from ..run_folder import engine_files
from ..run_folder.folder import RunFolder
from ..settings import setting
from ..worker.node_link import Place
from . import slurm_cluster
from .base import Word
from .node import NodeJob
from .rendezvous import rendezvous
from .settings_file import checked

_REQUEUES = 1000  # of one run for its time limit, before submitit gives up
_GONE = 60.0  # seconds in which a job that is put back into the queue is ended
_NONE = type(None)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run asks of the cluster: ``slurm.yaml`` where the run is started, or a mapping."""

    partition: str | None = setting(None, "name", kinds=(str, _NONE))
    """Partition; the cluster's own default without one."""

    minutes: int = setting(60, "minutes", kinds=(int,), low=2, high=60 * 24 * 365)
    """Time limit of one stay. What takes longer is saved before it and goes on in another one."""

    leave_seconds: int = setting(90, "seconds", kinds=(int,), low=10, high=3600)
    """How long before the limit the run is saved and given back to the queue."""

    nodes: int = setting(1, "nodes", kinds=(int,), low=1, high=1024)
    """Nodes that train the run together, each with its share of the recipe's devices."""

    gpus: int = setting(0, "GPUs a node", kinds=(int,), low=0, high=64)
    """GPUs of each node."""

    cpus: int = setting(1, "cores", kinds=(int,), low=1, high=4096)
    """Cores of each node."""

    memory_gb: float | None = setting(None, "GB", kinds=(int, float, _NONE), low=0, open_low=True)
    """Memory of each node; the cluster's own default without."""

    account: str | None = setting(None, "name", kinds=(str, _NONE))
    """Account that is charged."""

    qos: str | None = setting(None, "name", kinds=(str, _NONE))
    """Quality of service."""

    constraint: str | None = setting(None, "features of nodes", kinds=(str, _NONE))
    """Features that the node must have, as ``sbatch --constraint`` takes them."""

    exclude: str | None = setting(None, "names of nodes", kinds=(str, _NONE))
    """Nodes that are not taken."""

    modules: list = setting([], "names", kinds=(list,))
    """Environment modules that are loaded first."""

    before: list = setting([], "shell commands", kinds=(list,))
    """Commands that are run in the job's shell before Python."""

    python: str | None = setting(None, "shell command", kinds=(str, _NONE))
    """What runs Python on the node; the interpreter of whoever starts the run without it."""

    container: str | None = setting(None, "image", kinds=(str, _NONE))
    """Apptainer image in which Python runs: ``apptainer exec`` stands before it."""

    def __post_init__(self):
        for name in ("modules", "before"):
            if wrong := [one for one in getattr(self, name) if not isinstance(one, str)]:
                raise EngineError(t("engine.slurm_texts", name=name, value=repr(wrong[0])))
        if self.leave_seconds >= self.minutes * 60 - 30:
            raise EngineError(
                t("engine.slurm_leave", leave=self.leave_seconds, minutes=self.minutes),
                t("engine.slurm_leave_back"),
            )

    def command(self) -> str | None:
        """What runs Python; None for the interpreter of this process."""
        if self.container is None:
            return self.python
        nvidia = "--nv " if self.gpus else ""
        image = shlex.quote(self.container)
        return f"apptainer exec {nvidia}{image} {self.python or 'python3'}"


class SlurmJob(NodeJob):
    """The work on a run by a job of Slurm, which submitit calls and asks for a checkpoint."""

    def __init__(self, folder: str, ticket: str, leave_seconds: int = 90):
        super().__init__(folder, ticket)
        self.leave_seconds = leave_seconds

    def __getstate__(self) -> dict:
        return {**super().__getstate__(), "leave_seconds": self.leave_seconds}

    def __call__(self) -> str:
        """See :meth:`.NodeJob.__call__`: the cores are those that were asked for."""
        os.environ[CORES] = os.environ.get("SLURM_CPUS_PER_TASK", "")
        return super().__call__()

    def place(self) -> Place | None:
        """See :meth:`.NodeJob.place`."""
        return rendezvous() if int(os.environ.get("SLURM_JOB_NUM_NODES", 1)) > 1 else None

    def again(self) -> None:
        """See :meth:`.NodeJob.again`: Slurm waits until it knows what became of the node."""
        slurm_cluster.run("scontrol", "requeue", os.environ["SLURM_JOB_ID"])
        time.sleep(_GONE)

    def checkpoint(self):
        """Before the time is up, or for somebody with more priority: what goes on later.

        None where the run does not go on by itself: it is done, failed, paused or stopped.
        """
        import submitit

        state = self.leave(max(5.0, self.leave_seconds - 5.0))
        if state in ("paused", "stopped", "failed", "done"):
            return None
        return submitit.helpers.DelayedSubmission(SlurmJob(**self.__getstate__()))


def submit(folder: Path, settings: Mapping) -> str:
    """Check the settings against the cluster and send the run; the number of the job.

    Raises
    ------
    EngineError
        If a setting is wrong, Slurm or ``submitit`` is not here, or Slurm refuses the job.
    """
    chosen = checked(Settings, settings, "slurm")
    if shutil.which("sbatch") is None:
        raise EngineError(t("engine.slurm_none"), t("engine.slurm_none_back"))
    try:
        import submitit
    except ImportError:
        raise EngineError(t("engine.no_submitit"), t("engine.no_submitit_back")) from None
    _check_cluster(chosen)
    _check_devices(RunFolder(folder).recipe, chosen)
    record = engine_files.read_record(folder) or {}
    place = folder / engine_files.PLACE
    executor = submitit.AutoExecutor(
        folder=place / "%j", cluster="slurm", slurm_max_num_timeout=_REQUEUES,
        slurm_python=chosen.command(),
    )  # fmt: skip
    executor.update_parameters(
        name=folder.name, timeout_min=chosen.minutes, nodes=chosen.nodes, tasks_per_node=1,
        cpus_per_task=chosen.cpus, slurm_signal_delay_s=chosen.leave_seconds,
        slurm_setup=_before(folder, record.get("ticket", ""), chosen),
        slurm_teardown=_after(folder, chosen), slurm_additional_parameters={"requeue": True},
        **_given(
            gpus_per_node=chosen.gpus or None, mem_gb=chosen.memory_gb,
            slurm_partition=chosen.partition, slurm_account=chosen.account, slurm_qos=chosen.qos,
            slurm_constraint=chosen.constraint, slurm_exclude=chosen.exclude,
        ),
    )  # fmt: skip
    job = SlurmJob(str(folder), record.get("ticket", ""), chosen.leave_seconds)
    try:
        return str(executor.submit(job).job_id)
    except submitit.core.utils.FailedJobError as error:
        raise EngineError(t("engine.slurm_refused", why=slurm_cluster.reason(str(error))),
                          t("engine.slurm_refused_back")) from None  # fmt: skip


def status(job: str | None = None, folder: Path | None = None) -> Word:
    """What Slurm says of a job, or which cluster this is."""
    if job is None:
        partitions = slurm_cluster.partitions()
        name, version = slurm_cluster.about()
        if not _has_submitit():
            raise EngineError(t("engine.no_submitit"), t("engine.no_submitit_back"))
        listed = ", ".join(partitions)
        return Word("running", t("engine.slurm", name=name, version=version, partitions=listed))
    return slurm_cluster.word_of(job, folder)


def cancel(job: str) -> None:
    """Have Slurm end the job, and wait until none of its processes is left.

    Raises
    ------
    EngineError
        If Slurm cannot be reached, or the job does not end.
    """
    slurm_cluster.cancel(job)


def _has_submitit() -> bool:
    from importlib.util import find_spec

    return find_spec("submitit") is not None


def _given(**values) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def _before(folder: Path, ticket: str, chosen: Settings) -> list[str]:
    """Lines of the job's shell before Python: whether the run is seen here, then what was asked.

    The record is looked for by its ticket: the node may have another folder of that name.
    """
    record = shlex.quote(str(folder / engine_files.RECORD))
    seen = shlex.quote(str(folder / engine_files.PLACE / engine_files.SEEN))
    looked = f"grep -qs {shlex.quote(ticket)} {record} || exit {engine_files.NOT_SHARED}"
    loads = [f"module load {shlex.quote(name)} || exit 1" for name in chosen.modules]
    if chosen.nodes > 1:
        missed = shlex.quote(str(folder / engine_files.PLACE / engine_files.UNSEEN))
        each = f"grep -qs {shlex.quote(ticket)} {record} || echo $SLURMD_NODENAME"
        looked += (
            f"\nrm -f {missed}; blind=$(srun --ntasks-per-node=1 sh -c {shlex.quote(each)})"
            f'\n[ -z "$blind" ] || {{ echo $blind > {missed}; exit {engine_files.NOT_SHARED}; }}'
        )
    return [looked, f"echo $SLURM_JOB_ID > {seen}", *loads, *chosen.before]


def _after(folder: Path, chosen: Settings) -> list[str]:
    """Lines of the job's shell after Python: of several nodes, whether one was lost.

    srun then kills what is left on the others at once, so that nobody but this shell can put the
    job back: where the worker was left to say so, or a node does not answer. It does so only while
    Slurm takes the job for running: not when it was cancelled.
    """
    if chosen.nodes == 1:
        return []
    state = shlex.quote(str(folder / "state.json"))
    return [
        "status=$?",
        f"""said() {{ grep -qs "\\"$1\\": \\"$2\\"" {state}; }}""",
        "if [ $status != 0 ] && ! said state died"
        ' && [ "$(squeue --noheader --jobs $SLURM_JOB_ID --format=%T)" = RUNNING ]'
        " && { said phase requeued || ! timeout 60 srun --ntasks-per-node=1 true; }",
        "then scontrol requeue $SLURM_JOB_ID",
        "fi",
        "exit $status",
    ]


def _check_devices(recipe: Recipe, chosen: Settings) -> None:
    """Refuse devices of a recipe that the nodes are not asked for, or that do not divide."""
    try:
        check_nodes(recipe, chosen.nodes, chosen.gpus or chosen.cpus)
    except RecipeError as error:
        raise EngineError(error.message, error.remedy) from None


def _check_cluster(chosen: Settings) -> None:
    """Refuse what the cluster has not: the partition, the time, the GPUs."""
    partitions = slurm_cluster.partitions()
    if chosen.partition is None:
        usual = [one for one in partitions.values() if one.default]
        if not usual:
            listed = ", ".join(partitions)
            raise EngineError(
                t("engine.slurm_no_default"), t("engine.slurm_partitions", names=listed)
            )
        partition = usual[0]
    elif chosen.partition not in partitions:
        raise EngineError(t("engine.slurm_no_partition", name=repr(chosen.partition)),
                          nearest(chosen.partition, partitions))  # fmt: skip
    else:
        partition = partitions[chosen.partition]
    if not partition.up:
        raise EngineError(t("engine.slurm_down", name=partition.name))
    if partition.minutes is not None and chosen.minutes > partition.minutes:
        raise EngineError(
            t("engine.slurm_long", name=partition.name, n=chosen.minutes, most=partition.minutes),
            t("engine.slurm_long_back", most=partition.minutes),
        )
    if chosen.nodes > partition.nodes:
        raise EngineError(t("engine.slurm_few_nodes", name=partition.name, n=chosen.nodes,
                            there=partition.nodes))  # fmt: skip
    if chosen.gpus and not partition.gpus:
        raise EngineError(t("engine.slurm_no_gpus", name=partition.name))
