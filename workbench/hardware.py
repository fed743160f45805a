"""What a run is computed on: how many devices of this machine share it, and how."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import task_registry
from .errors import RecipeError, nearest, shown
from .i18n import t
from .settings import check_setting, setting

ALL = "all"
WAYS = ("ddp", "fsdp", "deepspeed")
PARTED = ("fsdp", "deepspeed")  # each device holds a part
CORES = "WORKBENCH_CORES"  # how many a job may use, where nobody keeps it to them
ON_CPU = "WORKBENCH_FSDP_ON_CPU"  # to try weights in parts without a GPU
#: What parts go with. Other kinds change on the way what is trained, move words, keep
#: averages, ask a second model within the step or compare all rows of a step.
_GO_WITH = {
    "method": ("full", "layerwise", "frozen", "head", "bitfit", "lora", "ia3"),
    "loss": ("own", "symmetric", "dpo"),
    "regularisation": ("none", "rdrop"),
    "adversarial": ("none",),
    "averaging": ("none",),
}
_GPUS = Path("/proc/driver/nvidia")  # says without torch whether there are any, and how many


@dataclass(frozen=True)
class Settings:
    """What ``hardware`` may say."""

    devices: int | str = setting(1, "devices, or 'all'", kinds=(int, str), low=1)
    """How many devices train together, or ``all``: of the machine, or of all nodes of a job
    together. On a CPU a device is a core that this process may use, and each of them gets a
    process."""

    parallel: str = setting("ddp", "way", kinds=(str,), choices=WAYS)
    """How they share the work. ``ddp``: each has the whole model and a part of each batch; the
    gradients are summed before the optimizer moves the weights. ``fsdp``: each keeps a part of the
    weights, gradients and moments, and gathers a layer for its pass: for models that do not fit.
    ``deepspeed``: each has the whole model, and a part of gradients and moments (ZeRO, stage 2)."""


USUAL = dataclasses.asdict(Settings())


@dataclass(frozen=True, kw_only=True)
class Computing:
    """Read by :mod:`workbench.worker.supervisor`."""

    hardware: dict = setting(USUAL, "devices and a way", kinds=(dict,))
    """How many devices share the training, and how: ``{"devices": 2}``, ``{"devices": "all",
    "parallel": "ddp"}``. ``batch_size`` stays that of the whole batch, which they divide."""

    def _check(self) -> None:
        """Refuse what is no number of devices and no way (RecipeError)."""
        for name in self.hardware:
            if name not in USUAL:
                raise RecipeError(
                    t("hardware.no_setting", name=shown(name)), nearest(str(name), USUAL),
                    field="hardware",
                )  # fmt: skip
        for spec in dataclasses.fields(Settings):
            value = self.hardware[spec.name]
            check_setting(spec, value, f"hardware.{spec.name}", field="hardware")
        devices = self.hardware["devices"]
        if isinstance(devices, str) and devices != ALL:
            raise RecipeError(
                t("hardware.no_count", value=shown(devices)), t("hardware.no_count_remedy"),
                field="hardware", setting="devices",
            )  # fmt: skip


def filled(given: Any) -> Any:
    """What a recipe holds that names only some of it; what is no mapping as it is."""
    return {**USUAL, **given} if isinstance(given, dict) else given


def device_hint() -> str:
    """The kind of device that runs are placed on, without importing torch."""
    if chosen := os.environ.get("WORKBENCH_DEVICE"):
        return chosen
    return "cuda" if (_GPUS / "version").exists() else "cpu"


def available(kind: str | None = None) -> int:
    """How many devices of a kind this process may use, at least 1.

    Of a CPU these are its cores as the system allots them (``taskset`` and containers count); of
    CUDA those of ``$CUDA_VISIBLE_DEVICES``, or all that the driver lists.
    """
    kind = device_hint() if kind is None else kind
    if kind == "cuda":
        named = os.environ.get("CUDA_VISIBLE_DEVICES")
        if named is not None:
            return max(1, len([one for one in named.split(",") if one.strip()]))
        try:
            return max(1, len(os.listdir(_GPUS / "gpus")))
        except OSError:
            return 1
    if kind != "cpu":
        return 1
    known = getattr(os, "sched_getaffinity", None)
    cores = len(known(0)) if known else os.cpu_count() or 1
    return min(cores, int(os.environ.get(CORES) or cores))


def processes(recipe: Any, kind: str | None = None, *, nodes: int = 1) -> int:
    """How many processes train a recipe here, one a device.

    Parameters
    ----------
    nodes : int
        That share it evenly, each with as many devices as this one.

    Raises
    ------
    RecipeError
        If there are fewer devices, or they cannot share the work in this way.
    """
    devices, there = recipe.hardware["devices"], available(kind)
    if nodes > 1:
        count = check_nodes(recipe, nodes, there)
    else:
        count = there if devices == ALL else devices
    if nodes == 1 and count > there:
        kind = device_hint() if kind is None else kind
        counted = t(f"hardware.counted.{kind if kind in ('cpu', 'cuda') else 'one_only'}")
        raise RecipeError(
            t("hardware.too_many", devices=devices, there=there, counted=counted),
            t("hardware.too_many_remedy", there=there), field="hardware", setting="devices",
        )  # fmt: skip
    if count > 1:
        _check_way(recipe, device_hint() if kind is None else kind)
    return count


def check_nodes(recipe: Any, nodes: int, each: int) -> int:
    """How many processes train a recipe on several nodes with so many devices each.

    Raises
    ------
    RecipeError
        If the recipe's devices do not divide over the nodes, or are more than these have.
    """
    devices = recipe.hardware["devices"]
    if devices == ALL:
        return nodes * each
    if devices % nodes or devices // nodes > each:
        raise RecipeError(
            t("hardware.nodes", devices=devices, nodes=nodes, each=each),
            t("hardware.nodes_remedy", fitting=nodes * min(each, max(1, devices // nodes))),
            field="hardware", setting="devices",
        )  # fmt: skip
    return devices


def _check_way(recipe: Any, kind: str) -> None:
    """Refuse ways that would be something else, that nobody has installed, or that lack a part."""
    way = recipe.hardware["parallel"]
    if way == "ddp":
        return
    said, about = _lacks(way, kind), {"way": way}
    for field, allowed in _GO_WITH.items():
        chosen = getattr(recipe, field)["kind"]
        if not said and chosen not in allowed:
            said = "parts_kind"
            about |= {"field": field, "value": chosen, "allowed": ", ".join(allowed)}
    if not said and recipe.method.get("base", "plain") != "plain":
        said = "parts_base"
    vectors = task_registry.spec(recipe.task).output == "vectors"
    if not said and vectors and recipe.matching["kind"] != "cross_encoder":
        said = "parts_rows"
    if said:
        raise RecipeError(
            t(f"hardware.{said}", **about), t("hardware.use_ddp"), field="hardware",
            setting="parallel",
        )  # fmt: skip


def _lacks(way: str, kind: str) -> str:
    """Name of the sentence that says what a way lacks here; "" where it can be gone."""
    if way == "deepspeed":
        return "" if find_spec("deepspeed") is not None else "deepspeed_missing"
    return "" if kind == "cuda" or os.environ.get(ON_CPU) else "fsdp_cpu"


def visible(rank: int) -> str:
    """What ``$CUDA_VISIBLE_DEVICES`` has to be for the process of a rank: its one device."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    every = [one.strip() for one in (named or "").split(",") if one.strip()]
    return every[rank] if rank < len(every) else str(rank)
