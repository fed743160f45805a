"""The routes that predict, and those that say how the server is."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

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


def router(models: Models, measured: Measured) -> APIRouter:
    """``/predict``, ``/predict/batch``, ``/models``, ``/health`` and ``/metrics``."""
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

    @routes.get("/models", tags=["about"])
    async def list_models() -> Response:
        """The models, what they read, and what they are for."""
        return json_response({"models": [one.about() for one in models.all.values()]})

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
    served: Served, inputs: list[Any], request: Request, on_text: Any = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Answers and notes for what a request asks of a model."""
    if len(inputs) > served.limits.rows:
        raise refusal(422, "many", n=len(inputs), most=served.limits.rows)
    with served.accept(len(inputs)):
        frame = await served.aside(served.read, inputs)
        return await served.predict(
            frame, seconds=served.limits.seconds, gone=request.state.gone, on_text=on_text
        )


def json_response(value: Any, status: int = 200) -> Response:
    """An answer as JSON; what is no number is null in it."""
    return Response(as_json(value), status, media_type="application/json")
