"""Questions to a server of a container: what it answers, and waiting until it does."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

LONGEST = 180  # seconds that anything is waited for


def answered(
    url: str, body: object = None, key: str | None = None, host: str | None = None
) -> tuple[int, Any]:
    """Status and JSON of an answer; (0, None) while nobody listens.

    ``key`` is what ``Authorization`` says, ``host`` the name that is asked for.
    """
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": key} if key else {}
    headers |= {"Host": host} if host else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, None
    except (OSError, ValueError):
        return 0, None


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds (TimeoutError after three minutes)."""
    last = time.monotonic() + LONGEST
    while not holds():
        if time.monotonic() > last:
            raise TimeoutError(f"Nothing for {LONGEST} s.")
        time.sleep(0.5)
