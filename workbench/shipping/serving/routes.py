"""The routes that predict, and those that say how the server is."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from .events import Events, event
from .growing import Growing
from .measuring import Measured
from .models import Served
from .refusals import as_json, refusal
from .shapes import Answer, Answers, Faulty, Many, One

#: What any route that asks a model may answer instead.
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Faulty, "description": about}
    for status, about in {
        400: "Not JSON", 401: "No token, or a wrong one", 404: "No such model",
        408: "The body came too slowly", 413: "The body is too large", 415: "Not application/json",
        421: "Another host's name", 422: "What is asked cannot be answered",
        429: "Too much is waiting", 503: "Stopping, or no memory", 504: "It took too long",
    }.items()
}  # fmt: skip

#: What a route that streams gives.
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}
}


class Models:
    """The models of a server by their names."""

    def __init__(self, served: list[Served]):
        self.all = {one.name: one for one in served}

    def named(self, name: str | None) -> Served:
        """The model that is asked for; the only one where no name is given.

        Raises
        ------
        Refused
            404 where there is none of that name, 422 where several could be meant.
        """
        names = ", ".join(map(repr, self.all))
        if name is None and len(self.all) > 1:
            raise refusal(422, "which", names=names)
        found = next(iter(self.all.values())) if name is None else self.all.get(name)
        if found is None:
            raise refusal(404, "unknown", name=repr((name or "")[:100]), names=names)
        return found


def router(models: Models, measured: Measured, *, explains: bool = False) -> APIRouter:
    """``/predict`` and what is below it, ``/models``, ``/health`` and ``/metrics``."""
    routes, started = APIRouter(), time.monotonic()

    @routes.post("/predict", response_model=Answer, responses=REFUSALS, tags=["predict"])
    async def predict(asked: One, request: Request) -> Response:
        """The prediction of one text."""
        served = models.named(asked.model)
        answers, notes = await predicted(served, [asked.input], request)
        return json_response({"model": served.name, **answers[0], "notes": notes})

    @routes.post("/predict/batch", response_model=Answers, responses=REFUSALS, tags=["predict"])
    async def predict_batch(asked: Many, request: Request) -> Response:
        """The predictions of several texts, in their order."""
        served = models.named(asked.model)
        answers, notes = await predicted(served, asked.inputs, request)
        return json_response({"model": served.name, "answers": answers, "notes": notes})

    @routes.post("/predict/stream", responses={**REFUSALS, **STREAM}, tags=["predict"])
    async def predict_stream(asked: One, request: Request) -> Response:
        """What is written for one text, as it is written; then the answer of /predict."""
        served = models.named(asked.model)
        writer = served.needs_writer()

        async def events() -> AsyncGenerator[bytes]:
            with served.accept(1):
                frame = await served.aside(served.read, [asked.input])
                about = waits(served, request)
                growing = Growing(
                    lambda on_text: served.predict(frame, on_text=on_text, **about),
                    writer.grown(), lambda found: found[0][0]["prediction"] or "",
                )  # fmt: skip
                async with aclosing(growing.pieces()) as pieces:
                    async for piece in pieces:
                        yield event({"more": piece})
                answers, notes = growing.answer
                yield event({"answer": {"model": served.name, **answers[0], "notes": notes}})

        return await Events.begun(events())

    @routes.get("/models", tags=["about"])
    async def list_models() -> Response:
        """The models, what they read, and what they are for."""
        about = [{**one.about(), "explains": explains} for one in models.all.values()]
        return json_response({"models": about})

    @routes.get("/health", tags=["about"])
    async def health() -> Response:
        """200 as long as all models answer, otherwise 503."""
        well = all(one.batcher.alive for one in models.all.values())
        said = {"status": "ok" if well else "failing", "seconds": time.monotonic() - started}
        return json_response(said, status=200 if well else 503)

    @routes.get("/metrics", tags=["about"])
    async def metrics() -> Response:
        """Counters in Prometheus' text format."""
        return Response(measured.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return routes


async def predicted(
    served: Served, inputs: list[Any], request: Request
) -> tuple[list[dict[str, Any]], list[str]]:
    """Answers and notes for what a request asks of a model."""
    if len(inputs) > served.limits.rows:
        raise refusal(422, "many", n=len(inputs), most=served.limits.rows)
    with served.accept(len(inputs)):
        frame = await served.aside(served.read, inputs)
        return await served.predict(frame, **waits(served, request))


def waits(served: Served, request: Request) -> dict[str, Any]:
    """How long an answer is waited for: ``seconds``, and ``gone`` where the client is."""
    return {"seconds": served.limits.seconds, "gone": request.state.gone}


def json_response(value: Any, status: int = 200) -> Response:
    """An answer as JSON; what is no number is null in it."""
    return Response(as_json(value), status, media_type="application/json")
