"""Warnings that are seen whatever other threads do.

``pytest.warns`` sees by a state of the whole process, which a thread that leaves
``warnings.catch_warnings`` puts back to what it was when it came (up to Python 3.13).
"""

import contextlib
import re
import warnings
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def warned(match: str) -> Iterator[list[str]]:
    """Something in this block says a warning that ``match`` is found in; the list holds all."""
    said: list[str] = []
    warn = warnings.warn

    def heard(message, *args, **settings):
        said.append(str(message))
        if not re.search(match, said[-1]):
            settings["stacklevel"] = settings.get("stacklevel", 1) + 1
            warn(message, *args, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warnings, "warn", heard)
        yield said
    assert any(re.search(match, one) for one in said), f"no warning like {match!r}: {said}"
