"""Says what recipes will take, a JSON line each: ``python -m workbench.training.expected_memory``.

A process of its own, so that whoever asks imports no torch, waits for nothing, and has its random
numbers to itself. It leaves when its standard input ends, or when nobody asks for a while.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import sys

from ...errors import RecipeError
from ...recipe import Recipe
from . import Texts, expected_memory

IDLE_LIMIT = 120.0  # seconds


def main() -> int:
    """Answer until nobody asks any more."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)  # whoever trains or shows something goes first
    answers, sys.stdout = sys.stdout, sys.stderr  # which libraries may write to
    while select.select([sys.stdin], [], [], IDLE_LIMIT)[0] and (line := sys.stdin.readline()):
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()
    return 0


def _answer(asked: dict) -> dict:
    recipe, texts = Recipe.from_yaml(asked["recipe"]), asked["texts"]
    try:
        found = expected_memory(recipe, None if texts is None else Texts(**texts))
    except RecipeError as error:
        return {"refused": str(error), "field": error.field}
    except Exception as error:  # whatever a model does that nobody thought of: it is not known
        return {"unknown": f"{type(error).__name__}: {error}"[:300]}
    return {"found": dataclasses.asdict(found), "free": _free()}


def _free() -> int:
    """Bytes that the device still has for a run."""
    from ...device import device_name

    if device_name() == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0]
    import psutil

    return psutil.virtual_memory().available


if __name__ == "__main__":
    sys.exit(main())
