"""The page, with the catalogue's words in it, and what it is made of."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib import resources
from string import Template

from fastapi import APIRouter
from fastapi.responses import Response

from ....i18n import group, language, t
from ..guard import ASSETS

ASKING = "Ctrl+Enter"  # what page.js listens to
KINDS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


def router() -> APIRouter:
    """``/``, and the files below ``/page/``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def page() -> Response:
        return Response(filled(), media_type="text/html; charset=utf-8")

    def file(name: str, kind: str) -> None:
        @routes.get(ASSETS + name)
        async def part() -> Response:
            return Response(_read(name), media_type=kind)

    for name, kind in KINDS.items():
        file(name, kind)
    return routes


def filled() -> str:
    """The page in the language in use: words that stand in it, and those that its script says."""
    said = {**group("serving.page"), "keys": t("serving.page.keys", keys=ASKING)}
    words = {name: escape(text) for name, text in said.items()}
    says = escape(json.dumps(group("serving.page_says"), ensure_ascii=False))
    return Template(_read("page.html")).substitute(words, language=language(), says=says)


@cache
def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
