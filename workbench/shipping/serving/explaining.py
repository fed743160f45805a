"""What a prediction rests on, by the methods of :mod:`workbench.inspection`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, JsonValue

from ...inspection.inside.attribution import attribute
from ...inspection.inside.what_if import WAYS, word_effects
from ...inspection.inside.written_reading import written_attribution
from ...tasks.shared.asking import texts_read
from .batching import Job
from .models import Served
from .refusals import refusal
from .routes import REFUSALS, Models, json_response, waits
from .shapes import INPUT, NAME, Input, Strict

if TYPE_CHECKING:
    import pandas as pd


class Explain(Strict):
    """A text whose prediction is to be explained."""

    model: str | None = NAME
    input: Input = INPUT
    method: Literal["integrated_gradients", "gradient_x_input", "occlusion", "delete", "mask"] = (
        Field("integrated_gradients", description="Of tokens; 'delete' and 'mask' are of words.")
    )
    target: JsonValue = Field(
        None, description="What is explained: a class; [position, class] of tags; [first, last] of "
        "an answer's place. The model's own choice when left out.",
    )  # fmt: skip
    written: str | None = Field(None, description="Of a model that writes: what it wrote.")
    position: int | None = Field(None, ge=0, description="Number of the token of it, from 0.")


@dataclass(frozen=True)
class _Asked:
    served: Served
    about: Explain
    text: str
    pair: str | None


def router(models: Models, *, on: bool) -> APIRouter:
    """``/explain``: where it is not switched on it says how that is done."""
    routes = APIRouter(tags=["predict"])
    if not on:

        @routes.post("/explain", include_in_schema=False)
        async def off() -> Response:
            raise refusal(404, "explain_off")

        return routes

    @routes.post("/explain", responses=REFUSALS)
    async def explain(asked: Explain, request: Request) -> Response:
        """What the prediction of a text rests on: scores of its tokens or words."""
        served = models.named(asked.model)
        if served.writer is None and (asked.written, asked.position) != (None, None):
            raise refusal(422, "no_written", name=repr(served.name))
        if served.writer is not None and None in (asked.written, asked.position):
            raise refusal(422, "needs_written")
        served.check(asked.written)
        with served.accept(1):
            frame = await served.aside(served.read, [asked.input])
            text, pair = _texts(frame)
            job = _Asked(served, asked, text, pair)
            found = await served.work(_explained, object(), text, job, **waits(served, request))
        return json_response({"model": served.name, "method": asked.method, **found})

    return routes


def _texts(frame: pd.DataFrame) -> tuple[str, str | None]:
    """What is attributed, and the second text of two."""
    if "conversation" in frame.columns:
        return frame["conversation"].iloc[0], None
    text = texts_read(frame).iloc[0] if "text" in frame.columns else ""
    return text, frame["pair"].iloc[0] if "pair" in frame.columns else None


def _explained(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Each job by itself, in the thread in which the models work."""
    return [_attributed(job.asked) for job in jobs]


def _attributed(asked: _Asked) -> dict[str, Any]:
    run, about = asked.served.run, asked.about
    target: Any = tuple(about.target) if isinstance(about.target, list) else about.target
    if about.method in WAYS:
        name = None if target is None else str(target)
        table = word_effects(run, asked.text, asked.pair, how=about.method, target=name)
        parts = [
            {"text": one.word, "start": one.start, "end": one.end, "score": -one.change}
            for one in table.itertuples()
        ]
        return {"target": table.attrs["target"], "output": table.attrs["value"], "parts": parts}
    if about.written is not None and about.position is not None:
        found = written_attribution(
            run, asked.text, about.written, about.position, method=about.method
        )
        return {
            "target": found.tokens[about.position], **_ends(found), "notes": found.notes,
            "parts": _parts(found.read, found.weights),
        }  # fmt: skip
    found = attribute(run, asked.text, asked.pair, method=about.method, target=target)
    parts = _parts(found.tokens, found.scores)
    for part, special in zip(parts, found.special.tolist(), strict=True):
        part["special"] = special
    return {"target": found.target, **_ends(found), "baseline": found.baseline, "parts": parts}


def _ends(found: Any) -> dict[str, Any]:
    return {"output": found.output, "baseline_output": found.baseline_output,
            "completeness_error": found.completeness_error}  # fmt: skip


def _parts(tokens: Sequence[str], scores: Any) -> list[dict[str, Any]]:
    return [{"text": token, "score": score}
            for token, score in zip(tokens, scores.tolist(), strict=True)]  # fmt: skip
