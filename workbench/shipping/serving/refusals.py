"""What a server refuses: a status and two sentences, as JSON that clients of OpenAI's API read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ...errors import WorkbenchError
from ...i18n import t


class Refused(WorkbenchError):
    """A request that is not answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    message, remedy : str
    headers : mapping of str, optional
    """

    def __init__(
        self, status: int, message: str, remedy: str = "", headers: Mapping[str, str] | None = None
    ):
        super().__init__(message, remedy)
        self.status, self.headers = status, dict(headers or {})


def refusal(status: int, key: str, *, headers: Mapping[str, str] | None = None, **values: Any):
    """The refusal whose sentences are ``serving.<key>`` and ``serving.<key>_back``."""
    return Refused(
        status, t(f"serving.{key}", **values), t(f"serving.{key}_back", **values), headers
    )


def body_of(status: int, sentences: str) -> bytes:
    """The body that says why something was not answered."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return as_json({"error": {"message": sentences, "type": kind, "code": status}})


def as_json(value: Any) -> bytes:
    r"""JSON, UTF-8: what is no number is null, and half characters are written out.

    >>> as_json({"a": float("nan"), "b": "\ud83d"})
    b'{"a":null,"b":"\\ud83d"}'
    """
    said = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return said.encode("utf-8", "backslashreplace")


def plain(value: Any) -> Any:
    """A value of a table as JSON has it: numpy's numbers and arrays, mappings, dates by text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):  # numpy's
        return plain(value.tolist())
    return str(value)
