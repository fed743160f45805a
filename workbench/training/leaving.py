"""Work that a command broke off: left with the session, or made again when a pause is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import methods
from .reference import Reference
from .reporter import BrokenOff, Reporter


def evaluate_due(engine: Any, reporter: Reporter, may_leave: Callable[[float], bool]) -> str | None:
    """Make an evaluation that a command broke off; how the session ends where it is again."""
    while engine.progress.get("evaluation_due"):
        engine.evaluate_due()
        if engine.progress.get("evaluation_due"):
            if ended := left(reporter, engine.state.global_step, may_leave):
                return ended
    return None


def sample_first(engine: Any, reporter: Reporter, may_leave: Callable[[float], bool]) -> str | None:
    """What the model writes before it is trained, and how probable it finds the test texts.

    Gives how the session ends where a command came.
    """
    while engine.samples.due or engine.untuned.due:
        try:
            with engine.whole_model(), methods.before(engine.method):
                if engine.samples.due:
                    engine.samples.write(engine.model, 0)
                if engine.untuned.due:
                    engine.untuned.measure(engine.model)
        except BrokenOff:
            if ended := left(reporter, 0, may_leave):
                return ended
    return None


def refer_first(
    prepared: Any, recipe: Any, engine: Any, reporter: Reporter, precision: str,
    may_leave: Callable[[float], bool],
) -> str | None:  # fmt: skip
    """Measure what the model says before it is tuned, where rows are compared with that, and what
    another model says of them, where that is learnt.

    The model is as it was loaded. Gives how the session ends where a command came.
    """
    loss, share = engine.step_loss.loss, engine.largest / recipe.batch_size
    waits = hasattr(loss, "listen")
    while waits:
        reporter.set_state(phase="evaluating")
        try:
            engine.train_dataset = reporter.ranks.together(
                lambda: loss.listen(recipe, prepared, reporter.folder, reporter.obey, share)
            )
            waits = False
        except BrokenOff:
            if ended := left(reporter, 0, may_leave):
                return ended
    reference = Reference(prepared, recipe, reporter, precision=precision, share=share)
    while reference.due:
        try:
            with methods.before(engine.method):
                reference.measure(engine.model)
        except BrokenOff:
            if ended := left(reporter, 0, may_leave):
                return ended
    return None


def left(reporter: Reporter, step: int, may_leave: Callable[[float], bool]) -> str | None:
    """How the session ends under the command that waits; None when it goes on after a pause."""
    ended = reporter.agreed()
    if ended == "pause":
        ended = reporter.hold(step, may_leave)
    if ended is None:
        reporter.set_state(state="running", phase="evaluating")
        return None
    return "stopped" if ended == "stop" else "paused"
