"""Arithmetic of the benchmarks: medians with their spread, paired rounds, goals, the machine."""

from __future__ import annotations

import dataclasses
import math
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

AGAIN = "the same twice, as a ratio"  # what a ratio is when there is no difference


def summary(values: Sequence[float]) -> dict:
    """Median, lowest, highest and number of some measurements.

    >>> summary([3.0, 1.0, 2.0])
    {'median': 2.0, 'low': 1.0, 'high': 3.0, 'n': 3}
    """
    if not values:
        raise ValueError("There is nothing to summarise: no measurement was made.")
    return {
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values),
        "n": len(values),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest measurement that at least ``share`` of all do not exceed (nearest rank).

    No value between two measurements is made up: the 95th percentile of 20 is the 19th of them.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    if not values or not 0 < share <= 1:
        raise ValueError(f"A percentile needs values and a share in (0, 1]; share is {share!r}.")
    # 0.95 * 20 is a little above 19 in binary: rounding away the dust keeps it the 19th
    return sorted(values)[math.ceil(round(share * len(values), 9)) - 1]


def ratios(numerator: Sequence[float], denominator: Sequence[float]) -> dict:
    """Summary of the ratios of paired measurements, round by round.

    >>> ratios([2.0, 9.0], [1.0, 3.0])
    {'median': 2.5, 'low': 2.0, 'high': 3.0, 'n': 2}
    """
    return summary([a / b for a, b in zip(numerator, denominator, strict=True)])


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def paired(a: Callable[[], object], b: Callable[[], object], rounds: int) -> dict:
    """Time two ways of the same work in turn (:func:`turns`), after one call of each as warm-up.

    Returns
    -------
    dict
        ``a``, ``b`` (lists of seconds, one a round), ``warm_up`` (seconds of the two first calls).
    """
    times, warm_up = in_turn({"a": a, "b": b}, rounds)
    return {**times, "warm_up": list(warm_up.values())}


def in_turn(ways: dict[str, Callable[[], object]], rounds: int) -> tuple[dict, dict]:
    """Time several ways of the same work in turn, after one call of each as warm-up.

    Returns
    -------
    (times, warm_up)
        ``times[name]`` is a list of seconds, one a round; ``warm_up[name]`` those of its first
        call.
    """
    warm_up = {name: seconds(way) for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for order in turns(ways, rounds):
        for name in order:
            times[name].append(seconds(ways[name]))
    return times, warm_up


def turns(names: Iterable[str], rounds: int, seed: int = 0) -> list[list[str]]:
    """In each round all names, in an order of its own: what follows a heavy one is slower.

    >>> [sorted(order) for order in turns(["A", "B"], 2)]
    [['A', 'B'], ['A', 'B']]
    """
    draw, names = random.Random(seed), list(names)
    return [draw.sample(names, len(names)) for _ in range(rounds)]


@dataclasses.dataclass(frozen=True)
class Goal:
    """A measured value and the bound it is held to.

    ``at_most`` and ``at_least`` are inclusive; a value that is no number misses every goal.
    """

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the value keeps within its bounds."""
        low = self.at_least is None or self.value >= self.at_least
        high = self.at_most is None or self.value <= self.at_most
        return low and high and not math.isnan(self.value)

    def __str__(self) -> str:
        bounds = [f">= {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"<= {self.at_most:g}"] if self.at_most is not None else []
        verdict = "met" if self.met else "MISSED"
        return f"{self.name}: {self.value:.3g} (goal {' and '.join(bounds)}): {verdict}"


def machine() -> dict:
    """What the figures were measured on; no name of host or user."""
    import psutil
    import torch
    import transformers

    from workbench import device

    kind = device.device_name()
    return {
        "device": kind,
        "processor": _processor(),
        "accelerator": torch.cuda.get_device_name() if kind == "cuda" else None,
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "bf16": device.choose_precision("auto", kind) == "bf16",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def load() -> float:
    """Processes that wanted a core in the last minute: what else the machine was doing."""
    return round(os.getloadavg()[0], 2)


def rounded(value, digits: int = 4):
    """``value`` with each float in it rounded to ``digits`` significant digits, for the record."""
    if isinstance(value, dict):
        return {key: rounded(part, digits) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part, digits) for part in value]
    if isinstance(value, float) and math.isfinite(value) and value != 0:
        return round(value, digits - 1 - math.floor(math.log10(abs(value))))
    return value


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
