"""Whether the container does its work: lab and serve have to answer; for other verbs the process
that lives is enough. The exit status is 0 or 1, as HEALTHCHECK asks."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

# What answers without a token, and the port where none is named.
ASKED = {"lab": ("/api", 8888), "serve": ("/health", 8000)}


def address(command: Sequence[str]) -> str | None:
    """Where the server of a command line answers; None of a command that serves nothing.

    >>> address(["tini", "--", "entry.sh", "serve", "runs/a", "--port", "9000"])
    'http://127.0.0.1:9000/health'
    >>> address(["tini", "--", "entry.sh", "lab", "--port=80"])
    'http://127.0.0.1:80/api'
    >>> address(["tini", "--", "entry.sh", "train", "lab"]) is None
    True
    """
    words = list(command)
    place = next((n for n, word in enumerate(words) if word.endswith("entry.sh")), len(words))
    verb, *options = [*words[place + 1 :], ""]
    if verb not in ASKED:
        return None
    path, port = ASKED[verb]
    for word, after in zip(options, [*options[1:], ""], strict=True):
        if word == "--port":
            port = after
        elif word.startswith("--port="):
            port = word.partition("=")[2]
    return f"http://127.0.0.1:{port}{path}"


def answers(url: str) -> bool:
    """Whether a server answers there that all is well."""
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            return answer.status == 200
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)
        return False


def main() -> int:
    """Ask the server of process 1, if it is one."""
    command = Path("/proc/1/cmdline").read_text("utf-8").split("\0")
    asked = address(command)
    return 0 if asked is None or answers(asked) else 1


if __name__ == "__main__":
    sys.exit(main())
