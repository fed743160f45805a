"""The Dockerfile as its instructions: for what the tests hold it to; an engine reads it itself."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / ".ci" / "container" / "Dockerfile"


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction with what follows it, on one line; neither heredocs nor other escapes.

    >>> instructions("# syntax\\nFROM a:1\\nRUN b \\\\\\n  # why\\n  && c")
    [('FROM', 'a:1'), ('RUN', 'b && c')]
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parted = [line.split(None, 1) for line in whole.splitlines() if line.strip()]
    return [(name.upper(), " ".join(rest[0].split()) if rest else "") for name, *rest in parted]


def base_image() -> str:
    """What the image begins with."""
    written = instructions(DOCKERFILE.read_text("utf-8"))
    return next(rest for name, rest in written if name == "FROM")
