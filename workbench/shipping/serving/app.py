"""The application: routes behind the guard, and every fault in one form."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ... import __version__
from ...errors import shown
from ...i18n import t
from . import completions, explaining
from .asking import NobodyWaits
from .guard import Guard, said
from .limits import Limits
from .measuring import Measured
from .models import Served
from .page import routes as page
from .refusals import Refused, body_of, refusal
from .routes import Models, router

log = logging.getLogger("workbench")


def application(
    served: list[Served], *, limits: Limits, measured: Measured, token: str | None = None,
    explain: bool = False, loopback: bool = True, stopping: Callable[[], bool] = lambda: False,
) -> Guard:  # fmt: skip
    """The ASGI application that answers with these models; see :class:`.guard.Guard`."""

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        for one in served:
            one.close()

    app = FastAPI(
        title="workbench serve", version=__version__, docs_url=None, redoc_url=None, lifespan=life
    )
    models = Models(served)
    for routes in (
        router(models, measured, explains=explain), completions.router(models),
        explaining.router(models, on=explain), page.router(),
    ):  # fmt: skip
        app.include_router(routes)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NobodyWaits, _nobody)
    app.add_exception_handler(Exception, _unexpected)
    return Guard(
        app, limits=limits, measured=measured, token=token, loopback=loopback, stopping=stopping
    )


def _answer(refused: Refused) -> Response:
    return Response(
        body_of(refused.status, str(refused)), refused.status, headers=refused.headers,
        media_type="application/json",
    )  # fmt: skip


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _answer(error)


async def _nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


async def _invalid(request: Request, error: Exception) -> Response:
    """What pydantic refuses, in a sentence on the first fault."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    first = faults[0] if faults else {"type": "", "loc": (), "msg": ""}
    if first["type"] == "json_invalid":
        why = str(first.get("ctx", {}).get("error", ""))
        return _answer(refusal(400, "json", why=why))
    place = ".".join(str(part) for part in first["loc"][1:]) or "body"
    value = "" if first["type"] in ("missing", "extra_forbidden") else shown(first.get("input"))
    more, why = len(faults) - 1, first["msg"].removeprefix("Value error, ")
    return _answer(
        refusal(422, "invalid", place=shown(place), why=why, value=value or "-",
                more=more)
    )  # fmt: skip


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses: an unknown path, a wrong method, a body that it cannot parse."""
    assert isinstance(error, HTTPException)
    keys = {404: "path", 405: "method", 400: "json"}
    key = keys.get(error.status_code)
    if key is None:
        return _answer(Refused(error.status_code, str(error.detail), "", error.headers))
    about = {"path": request.url.path[:100], "method": request.method, "why": str(error.detail)}
    return _answer(refusal(error.status_code, key, headers=error.headers, **about))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s", t("serving.failed", path=request.url.path), exc_info=error)
    return Response(body_of(500, said(error)), 500, media_type="application/json")
