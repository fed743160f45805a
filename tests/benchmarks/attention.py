"""Benchmark part: the attention view's bytes and seconds, BertViz's page beside them."""

from __future__ import annotations

import json
import time

import numpy as np

from tests.benchmarks.measure import Goal, summary
from workbench.inspection.attention import Attention

LENGTHS = (32, 64, 128, 256, 512)
LAYERS = HEADS = 12


def attention_view(scale: str):
    """Bytes and seconds in Python until the view has what it paints, and for a further head.

    BertViz makes the head view's page of the same weights; it is asked only for texts whose page
    is of a size to be made (``small`` 64 tokens, ``normal`` 128, ``full`` 256): nothing is
    extrapolated.
    """
    rounds = {"small": 1, "normal": 3, "full": 7}[scale]
    longest = {"small": 64, "normal": 128, "full": 256}[scale]
    figures = {}
    for n in LENGTHS:
        seen = _example(n)
        first, more, seconds, head_seconds = _view(seen, rounds)
        figures[f"bytes, first paint, {n} tokens"] = first
        figures[f"bytes, a further head, {n} tokens"] = more
        figures[f"seconds in Python before the first paint, {n} tokens"] = summary(seconds)
        figures[f"seconds in Python, a further head, {n} tokens"] = summary(head_seconds)
        if n <= longest:
            size, seconds_there = _bertviz(seen)
            figures[f"bytes, BertViz, {n} tokens"] = size
            figures[f"seconds, BertViz, {n} tokens"] = seconds_there
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


def _bertviz(seen: Attention) -> tuple[int, float]:
    import bertviz
    import torch

    started = time.perf_counter()
    layers = [torch.from_numpy(layer[None]) for layer in seen.weights]
    page = bertviz.head_view(layers, seen.tokens, html_action="return").data
    return len(page.encode()), time.perf_counter() - started
