"""What this machine computes with: device, threads, number format."""

from __future__ import annotations

import functools
import os
import platform
import time
from pathlib import Path

from .errors import RecipeError, shown


def device_name() -> str:
    """Type of the device that runs are placed on: ``cuda``, ``mps`` or ``cpu``.

    ``$WORKBENCH_DEVICE`` chooses one.
    """
    if chosen := os.environ.get("WORKBENCH_DEVICE"):
        return chosen
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_precision(wanted: str, device: str) -> str:
    """The number format of a run: ``fp32``, ``bf16`` or ``fp16``.

    Parameters
    ----------
    wanted : {'auto', 'fp32', 'bf16', 'fp16'}
    device : {'cpu', 'cuda', 'mps'}

    Raises
    ------
    RecipeError
        fp16 on a CPU, where it is about a hundred times slower than fp32.
    """
    if wanted == "fp16" and device == "cpu":
        raise RecipeError(
            "precision is 'fp16', which is about 100 times slower than fp32 on a CPU.",
            "Use 'auto', 'bf16' or 'fp32'.",
            field="precision",
        )
    if wanted != "auto":
        return wanted
    if device == "cuda":
        import torch

        return "bf16" if torch.cuda.get_device_capability() >= (8, 0) else "fp32"
    return cpu_precision() if device == "cpu" else "fp32"


def cpu_precision() -> str:
    """What ``auto`` means on a CPU: ``$WORKBENCH_CPU_PRECISION`` (``fp32`` or ``bf16``) when set,
    otherwise what a measurement says, which on a busy machine need not say the same twice.

    Raises
    ------
    RecipeError
        If the variable holds something else.
    """
    chosen = os.environ.get("WORKBENCH_CPU_PRECISION")
    if not chosen:
        return "bf16" if cpu_gains_from_bf16() else "fp32"
    if chosen not in ("fp32", "bf16"):
        raise RecipeError(
            f"The environment variable WORKBENCH_CPU_PRECISION is {shown(chosen)}; fp32 or bf16 "
            "can be meant.",
            "Set it to one of them, or remove it: then it is measured which one is faster.",
            field="precision",
        )
    return chosen


@functools.cache
def cpu_gains_from_bf16() -> bool:
    """Whether this CPU multiplies bf16 matrices clearly faster than fp32 ones.

    The processor's flags say whether it can (AVX512-BF16, AMX, Arm's BF16); whether it gains is
    measured, because some that can are slower with it.
    """
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    flags = set()
    for line in text.splitlines():
        if line.startswith(("flags", "Features")):
            flags = set(line.partition(":")[2].split())
            break
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"}) and bf16_speed_up() > 1.2


def bf16_speed_up(repeats: int = 7) -> float:
    """Seconds of an fp32 matrix product over those of the same one in bf16, best of ``repeats``.

    The size is that of a small encoder's feed-forward layer; takes some hundredths of a second.
    """
    import torch

    best = {}
    operands = {
        dtype: (torch.ones(512, 384, dtype=dtype), torch.ones(1536, 384, dtype=dtype))
        for dtype in (torch.float32, torch.bfloat16)
    }
    for _ in range(repeats):  # in turn, so that a busy moment meets both
        for dtype, (rows, weight) in operands.items():
            started = time.perf_counter()
            for _ in range(3):
                torch.nn.functional.linear(rows, weight)
            seconds = time.perf_counter() - started
            best[dtype] = min(best.get(dtype, seconds), seconds)
    return best[torch.float32] / best[torch.bfloat16]


def environment() -> dict:
    """What a run depended on beside its recipe, for ``environment.json``.

    Returns
    -------
    dict
        ``versions`` of the libraries, ``device``, ``device_name``, ``threads``, ``cpu_capability``,
        ``python``, ``platform``, ``kernel_flags``.
    """
    import accelerate
    import datasets
    import tokenizers
    import torch

    from . import __version__, libraries

    transformers = libraries.transformers()
    device = device_name()
    return {
        "versions": {
            "workbench": __version__,
            **{
                module.__name__: module.__version__
                for module in (torch, transformers, accelerate, datasets, tokenizers)
            },
        },
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": device,
        "device_name": torch.cuda.get_device_name() if device == "cuda" else platform.processor(),
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "kernel_flags": {
            name: os.environ.get(name)
            for name in ("ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA")
        },
    }


def apply_environment(recorded: dict, processes: int = 1) -> list[str]:
    """Take thread count of an earlier part of the run; say what else differs from then.

    Parameters
    ----------
    recorded : dict
        What :func:`environment` said, and ``processes``, how many trained together.
    processes : int
        How many do now.

    Returns
    -------
    list of str
        A sentence for each difference that can change the last digits of the result.
    """
    import torch

    now = environment()
    torch.set_num_threads(int(recorded.get("threads") or torch.get_num_threads()))
    notes = []
    for name in ("device", "cpu_capability", "kernel_flags"):
        if name in recorded and recorded[name] != now[name]:
            notes.append(f"{name} was {recorded[name]!r} and is {now[name]!r} now")
    before = recorded.get("processes", 1)
    if before != processes:
        notes.append(f"processes were {before} and are {processes} now")
    for name, version in recorded.get("versions", {}).items():
        if now["versions"].get(name) != version:
            notes.append(f"{name} was {version} and is {now['versions'].get(name)} now")
    return notes


def memory_mb(device: str) -> float:
    """Memory this process holds, in MB: of the GPU for CUDA, resident memory otherwise."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 1e6
    import psutil

    return psutil.Process().memory_info().rss / 1e6
