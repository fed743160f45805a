"""Benchmark part: the attention view's bytes and seconds, BertViz's page beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.measure import Goal, summary
from workbench.inspection.inside.attention import Attention

LENGTHS = (32, 64, 128, 256, 512)
LAYERS = HEADS = 12
ROOT = Path(__file__).parents[2]
MEMORY = 6_000_000_000  # bytes that BertViz may take


def attention_view(scale: str):
    """Bytes and seconds in Python until the view has what it paints, and for a further head.

    BertViz makes the head view's page of the same weights. Memory is what a process of its own
    takes at most beyond the weights, within limits on memory and time; where BertViz makes no page
    within them, that is said, and nothing is extrapolated.
    """
    rounds = {"small": 1, "normal": 3, "full": 7}[scale]
    longest = {"small": 64, "normal": 512, "full": 512}[scale]
    patience = {"small": 60, "normal": 60, "full": 600}[scale]
    figures = {}
    for n in LENGTHS:
        seen = _example(n)
        first, more, seconds, head_seconds = _view(seen, rounds)
        figures[f"bytes, first paint, {n} tokens"] = first
        figures[f"bytes, a further head, {n} tokens"] = more
        figures[f"seconds in Python before the first paint, {n} tokens"] = summary(seconds)
        figures[f"seconds in Python, a further head, {n} tokens"] = summary(head_seconds)
        if sys.platform == "linux":
            figures[f"MB of memory before the first paint, {n} tokens"] = _child(n, _VIEW, 120)[2]
        if n <= longest and sys.platform == "linux":
            made = _bertviz(n, patience)
            if isinstance(made, str):
                figures[f"BertViz, {n} tokens"] = made
                continue
            for what, value in zip(("bytes", "seconds", "MB of memory"), made, strict=True):
                figures[f"{what}, BertViz, {n} tokens"] = value
    return figures, [
        Goal("bytes of the first paint, 512 tokens", first, at_most=2_000_000),
        Goal("bytes of a further head, 512 tokens", more, at_most=300_000),
        Goal("median seconds in Python before the first paint, 512 tokens",
             summary(seconds)["median"], at_most=1.0),
    ]  # fmt: skip


def _example(n: int) -> Attention:
    rng = np.random.default_rng(n)
    weights = rng.standard_exponential((LAYERS, HEADS, n, n), dtype=np.float32)
    weights /= weights.sum(-1, keepdims=True)
    special = np.zeros(n, bool)
    special[[0, -1]] = True
    return Attention(weights, [f"token{i}" for i in range(n)], special, [0] * n, "text")


def _view(seen: Attention, rounds: int) -> tuple[int, int, list[float], list[float]]:
    from workbench.widgets import AttentionView

    seconds, head_seconds = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        view = AttentionView(seen)
        seconds.append(time.perf_counter() - started)
        state = view.get_state()
        started = time.perf_counter()
        view.select(5, 7)
        head_seconds.append(time.perf_counter() - started)
        moved = {"layer": 5, "head": 7, "matrix_of": view.matrix_of, "matrix": view.matrix}
        view.close()
    state.pop("_esm", None)
    state.pop("_css", None)
    return _bytes(state), _bytes(moved), seconds, head_seconds


def _bytes(state: dict) -> int:
    """What a message with this state weighs: JSON, and its buffers as they are."""
    buffers = sum(len(value) for value in state.values() if isinstance(value, bytes | memoryview))
    plain = {k: v for k, v in state.items() if not isinstance(v, bytes | memoryview)}
    return buffers + len(json.dumps(plain, default=str))


_WEIGHTS = """
import resource, sys, time
import numpy as np
from tests.benchmarks.attention import _example
n, most = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
seen = _example(n)
def memory(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
"""
_PAGE = f"""{_WEIGHTS}
import bertviz, torch
layers = [torch.from_numpy(layer[None]) for layer in seen.weights]
open("/proc/self/clear_refs", "w").write("5")  # the peak is counted from here on
before, started = memory("VmRSS"), time.perf_counter()
page = bertviz.head_view(layers, seen.tokens, html_action="return").data
print(len(page.encode()), time.perf_counter() - started, memory("VmHWM") - before)
"""
_VIEW = f"""{_WEIGHTS}
from workbench.widgets import AttentionView
AttentionView()
open("/proc/self/clear_refs", "w").write("5")  # the peak is counted from here on
before, started = memory("VmRSS"), time.perf_counter()
view = AttentionView(seen)
print(len(view.overview), time.perf_counter() - started, memory("VmHWM") - before)
"""


def _bertviz(n: int, patience: float) -> tuple[int, float, float] | str:
    """BertViz's page of the same weights, or why there is none."""
    try:
        return _child(n, _PAGE, patience)
    except subprocess.TimeoutExpired:
        return f"no page within {patience:g} s"
    except MemoryError:
        return f"no page within {MEMORY / 1e9:g} GB of memory"


def _child(n: int, code: str, patience: float) -> tuple[int, float, float]:
    """Bytes, seconds and MB of memory (the peak's growth) that a process of its own reports."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(n), str(MEMORY)], capture_output=True, text=True,
        timeout=patience, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        if "MemoryError" in done.stderr or "not enough memory" in done.stderr:
            raise MemoryError
        raise RuntimeError(done.stderr[-2000:])
    size, seconds, memory = done.stdout.split()
    return int(size), float(seconds), float(memory)
