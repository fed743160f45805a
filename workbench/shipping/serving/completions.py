"""Chat completions as OpenAI's clients ask for them.

What is not answered here (several choices, tools, pictures, penalties) is refused by name.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from .completion_shapes import Completion
from .events import Events, event
from .growing import Growing
from .models import Served
from .refusals import refusal
from .routes import REFUSALS, STREAM, Models, json_response, waits
from .writer import Asked, Written

SEEDS = 2**32
DONE = b"data: [DONE]\n\n"


def router(models: Models) -> APIRouter:
    """``/v1/chat/completions`` and ``/v1/models``."""
    routes = APIRouter(prefix="/v1", tags=["openai"])

    @routes.post("/chat/completions", responses={**REFUSALS, **STREAM})
    async def complete(asked: Completion, request: Request) -> Response:
        """What the model says next, at once or as it is written."""
        served = models.named(asked.model)
        about = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()),
                 "model": served.name}  # fmt: skip
        settings = _settings(served, asked)
        if hasattr(settings, "seed"):
            about["seed"] = secrets.randbelow(SEEDS) if asked.seed is None else asked.seed % SEEDS
        ask = _asking(served, asked, settings, about.get("seed", 0), request)
        if asked.stream:
            return await Events.begun(_events(served, asked, settings, ask, about))
        with served.accept(1):
            written = await ask(None)
        message = {"role": "assistant", "content": written.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None,
                  "finish_reason": _reason(written)}  # fmt: skip
        return json_response({
            **about, "object": "chat.completion", "choices": [choice], "usage": _usage(written),
            "notes": written.notes,
        })  # fmt: skip

    @routes.get("/models")
    async def list_models() -> Response:
        """The models that write."""
        some = [_about(one) for one in models.all.values() if one.writer is not None]
        return json_response({"object": "list", "data": some})

    @routes.get("/models/{name:path}")
    async def one_model(name: str) -> Response:
        """One of them."""
        served = models.named(name)
        served.needs_writer()
        return json_response(_about(served))

    return routes


Ask = Callable[[Callable[[str], object] | None], Any]


def _settings(served: Served, asked: Completion) -> Any:
    writer = served.needs_writer()
    if asked.stream_options is not None and not asked.stream:
        raise refusal(422, "no_stream")
    return writer.settings(
        most=asked.most, temperature=asked.temperature, top_p=asked.top_p, stops=asked.stops
    )


def _asking(served: Served, asked: Completion, settings: Any, seed: int, request: Request) -> Ask:
    """``ask(on_text)``, which gives what is written."""
    writer = served.needs_writer()
    messages = [one.plain() for one in asked.messages]
    for _, text in messages:
        served.check(text)
    question = writer.question(messages)
    (text,) = question.values()

    async def ask(on_text: Callable[[str], object] | None) -> Written:
        job = Asked(question, settings, seed, on_text)
        return await served.work(writer.work, repr(settings), text, job, **waits(served, request))

    return ask


async def _events(
    served: Served, asked: Completion, settings: Any, ask: Ask, about: dict[str, Any]
) -> AsyncGenerator[bytes]:
    counts = asked.stream_options is not None and asked.stream_options.include_usage

    def chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        counted = {"usage": None} if counts else {}
        return event({**about, "object": "chat.completion.chunk", "choices": [choice],
                      **counted, **more})  # fmt: skip

    with served.accept(1):
        growing = Growing(ask, served.needs_writer().grown(settings), lambda found: found.text)
        begun = False
        async with aclosing(growing.pieces()) as pieces:
            async for piece in pieces:
                if not begun:
                    yield chunk({"role": "assistant", "content": ""})
                begun = True
                yield chunk({"content": piece})
        written: Written = growing.answer
        if not begun:
            yield chunk({"role": "assistant", "content": ""})
        yield chunk({}, _reason(written), notes=written.notes)
        if counts:
            yield event({**about, "object": "chat.completion.chunk", "choices": [],
                         "usage": _usage(written)})  # fmt: skip
        yield DONE


def _reason(written: Written) -> str:
    return "stop" if written.ended else "length"


def _usage(written: Written) -> dict[str, int]:
    return {"prompt_tokens": written.read, "completion_tokens": written.written,
            "total_tokens": written.read + written.written}  # fmt: skip


def _about(served: Served) -> dict[str, Any]:
    return {"id": served.name, "object": "model", "created": served.since,
            "owned_by": "workbench"}  # fmt: skip
