"""Requests to a server on this machine, as its clients make them."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlparse


def ask(
    url: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None,
    connection: http.client.HTTPConnection | None = None,
) -> tuple[int, Any, dict[str, str]]:  # fmt: skip
    """Status, JSON (or text) and headers of an answer; ``body`` is JSON, or bytes as they are."""
    opened = connection or http.client.HTTPConnection(urlparse(url).netloc, timeout=60)
    try:
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        method = "GET" if body is None else "POST"
        opened.request(method, path, body=body, headers={**kind, **(headers or {})})
        answer = opened.getresponse()
        said = answer.read()
        about = {name.lower(): value for name, value in answer.getheaders()}
        as_json = about.get("content-type", "").startswith("application/json")
        return answer.status, json.loads(said) if as_json else said.decode(), about
    finally:
        if connection is None:
            opened.close()


def sentence(answer: tuple[int, Any, dict[str, str]]) -> str:
    """What a refusal says."""
    return answer[1]["error"]["message"]
