"""Where ten steps of a running training spend their time, by torch's own profiler, on request.

Whoever reaches the run's folder asks by ``profile/request.json``; the trainer answers with
``profile/table.json`` and ``profile/picture.svg`` and goes on. Nothing is computed differently.
"""

from __future__ import annotations

import html
import secrets
import time
from pathlib import Path

from ...atomic_files import read_json, write_json, write_text

STEPS = 10
ROWS = 25  # operations told by name; the rest is one row
_BARS = 12


def ask(run_folder: Path) -> str:
    """Ask the run for a profile of its next steps.

    Returns
    -------
    str
        What the answer to this question says in ``asked``.
    """
    (run_folder / "profile").mkdir(exist_ok=True)
    asked = secrets.token_hex(8)
    write_json(run_folder / "profile" / "request.json", {"time": time.time(), "asked": asked})
    return asked


class StepProfiler:
    """Profiles the next :data:`STEPS` steps when it is asked to.

    Parameters
    ----------
    run_folder : Path
    """

    def __init__(self, run_folder: Path):
        self.folder = run_folder / "profile"
        self._profiler = None
        self._steps = 0

    def begin_step(self) -> None:
        """Called before a step; begins when there is a request."""
        request = self.folder / "request.json"
        if self._profiler is not None or not request.is_file():
            return
        content = read_json(request)
        self._asked = content.get("asked") if isinstance(content, dict) else None
        request.unlink(missing_ok=True)
        import torch
        from torch.profiler import ProfilerActivity, profile

        kinds = [ProfilerActivity.CPU]
        if torch.cuda.is_available():
            kinds.append(ProfilerActivity.CUDA)
        self._profiler, self._steps, self._started = profile(activities=kinds), 0, time.time()
        self._profiler.__enter__()

    def end_step(self, step: int, *, last: bool = False) -> bool:
        """Called after a step; whether a profile has just been written."""
        if self._profiler is None:
            return False
        self._steps += 1
        if self._steps < STEPS and not last:
            return False
        profiler, self._profiler = self._profiler, None
        seconds = time.time() - self._started
        profiler.__exit__(None, None, None)
        rows = table(profiler.key_averages(), self._steps)
        write_text(self.folder / "picture.svg", picture(rows, self._steps))
        write_json(
            self.folder / "table.json",
            {"last_step": step, "steps": self._steps, "seconds": seconds, "rows": rows,
             "started": self._started, "asked": self._asked},
        )  # fmt: skip
        return True


def table(averages, steps: int) -> list[dict]:
    """Operations by the time spent in themselves, the most expensive first.

    Parameters
    ----------
    averages : iterable of torch.autograd.profiler_util.FunctionEventAvg
    steps : int

    Returns
    -------
    list of dict
        ``operation``, ``calls`` a step, ``milliseconds`` a step, ``share`` (all shares sum to 1).
    """
    timed = []
    for event in averages:
        on_device = getattr(event, "self_device_time_total", 0) or 0
        spent = on_device or event.self_cpu_time_total
        if spent > 0:
            timed.append((spent / 1000 / steps, event.count / steps, event.key))
    timed.sort(reverse=True)
    total = sum(spent for spent, _, _ in timed) or 1.0
    told, rest = timed[:ROWS], timed[ROWS:]
    if rest:
        count = sum(calls for _, calls, _ in rest)
        told.append((sum(spent for spent, _, _ in rest), count, f"{len(rest)} others"))
    return [
        {"operation": name, "calls": calls, "milliseconds": spent, "share": spent / total}
        for spent, calls, name in told
    ]


def picture(rows: list[dict], steps: int) -> str:
    """The most expensive operations as bars, an SVG text that follows the page's colours."""
    shown = rows[:_BARS]
    longest = max((row["milliseconds"] for row in shown), default=1.0)
    height = 24 * len(shown) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" '
        'font-family="sans-serif" font-size="12" fill="currentColor" role="img">',
        f"<title>Milliseconds a step by operation, mean of {steps} steps</title>",
        f'<text x="0" y="16">Milliseconds a step by operation, mean of {steps} steps</text>',
    ]
    for number, row in enumerate(shown):
        y, width = 30 + 24 * number, 300 * row["milliseconds"] / longest
        name = html.escape(row["operation"][:34])
        lines.append(
            f'<text x="0" y="{y + 13}">{name}</text>'
            f'<rect x="230" y="{y}" width="{width:.1f}" height="16" fill="#0072B2"/>'
            f'<text x="{236 + width:.1f}" y="{y + 13}">{row["milliseconds"]:.1f}'
            f" ({100 * row['share']:.0f} %)</text>"
        )
    return "\n".join([*lines, "</svg>"]) + "\n"
