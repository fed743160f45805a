"""Recognising that memory ran out, on whatever device and whoever says so."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import re
import sys
from pathlib import Path

_SAID = re.compile(
    r"out of memory|can(?:'|no)t allocate memory|cannot allocate memory|not enough memory"
    r"|std::bad_alloc|unable to allocate|failed to allocate|alloc_failed|memoryallocation",
    re.I,
)
_KINDS = ("OutOfMemoryError", "MemoryError", "ArrowMemoryError")
_MMAP_THRESHOLD = -3  # of mallopt
_EVENTS = "memory.events", "memory.oom_control"

# phases of a run in which smaller forward passes need less memory
SHRINKABLE = ("training", "evaluating", "saving", "pausing", "stopping", "paused")
NO_SMALLER = {
    "error": "The device ran out of memory with one example a forward pass.",
    "remedy": "Lower max_length or choose a smaller model.",
}


def smaller_batch(batch_size: int, now: int | None) -> int | None:
    """Examples a forward pass to try after memory ran out; None when there is nothing to halve.

    >>> [smaller_batch(5, now) for now in (None, 3, 2, 1)]
    [3, 2, 1, None]
    """
    examples = min(now or batch_size, batch_size)
    return None if examples < 2 else (examples + 1) // 2


def smaller_sentence(examples: int) -> str:
    """What a run says that goes on with smaller forward passes."""
    return (
        f"The device ran out of memory; going on with {examples} "
        f"example{'s' * (examples != 1)} a forward pass and the same optimizer step."
    )


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that memory ran out.

    Knows Python's and numpy's MemoryError, torch's errors of GPUs and of the CPU's allocator
    ("DefaultCPUAllocator: can't allocate memory"), C++'s bad_alloc and the system's ENOMEM.

    >>> is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    True
    >>> is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or type(error).__name__ in _KINDS:
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        if isinstance(error, RuntimeError) and _SAID.search(str(error)):
            return True
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False


def give_back_at_once(size: int = 2**20) -> None:
    """Let blocks of so many bytes go back to the system when they are freed, in this process.

    The C library of Linux keeps ever larger ones for later. Where many are made and freed among
    smaller ones that stay, such as layers that are written out, holes are left that hold as much
    again. Elsewhere nothing is done.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, size)


def processes_killed_for_memory() -> int:
    """How many processes the system has killed for want of memory so far, as far as it tells.

    Counted for the whole machine and for this process's control group; 0 where neither is told.
    Compare two counts: a rise says that somebody was killed in between.
    """
    total = 0
    for path in [Path("/proc/vmstat"), *_group_files()]:
        try:
            text = path.read_text()
        except OSError:
            continue
        found = re.search(r"^oom_kill (\d+)$", text, re.M)
        total += int(found[1]) if found else 0
    return total


def _group_files() -> list[Path]:
    """Where this process's control groups, old and new kind, count their kills."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    root, found = Path("/sys/fs/cgroup"), []
    for line in lines:
        _, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        if not controllers:
            found += [root / path.lstrip("/") / _EVENTS[0], root / _EVENTS[0]]
        elif "memory" in controllers.split(","):
            found += [root / "memory" / path.lstrip("/") / _EVENTS[1], root / "memory" / _EVENTS[1]]
    return list(dict.fromkeys(found))
