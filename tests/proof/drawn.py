"""Drawing a share by the hash of the commit."""

from __future__ import annotations

import hashlib
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commit() -> str:
    """Hash of the commit that is checked out; of the version's name where there is no git."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return "no commit"
    return found.stdout.strip() or "no commit"


def generator(about: str) -> random.Random:
    """The same draws for the same commit and purpose."""
    digest = hashlib.sha256(f"{commit()} {about}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def draw(choices: Sequence, n: int, about: str) -> list:
    """``n`` of the choices, the same ones for the same commit."""
    return generator(about).sample(list(choices), min(n, len(choices)))
