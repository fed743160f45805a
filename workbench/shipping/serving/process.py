"""``python -m workbench.shipping.serving.process``: the server of whoever started it.

It reads what is wanted as a line of JSON, says its address, or why there is none, in another one,
and serves until it is told to end, or whoever started it has ended in whatever way.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading

from ...errors import explain
from ...talking.process import stay_with
from .server import Wanted, serve_here


def main() -> int:
    """Serve; 1 where that could not be begun."""
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no address

    def say(message: dict) -> None:
        with contextlib.suppress(OSError, ValueError):
            line.write(json.dumps(message) + "\n")
            line.flush()

    about = json.loads(sys.stdin.readline())
    threading.Thread(target=_listen, daemon=True).start()
    threading.Thread(target=stay_with, args=(os.getppid(),), daemon=True).start()
    try:
        wanted = Wanted(**{**about, "runs": tuple(map(tuple, about["runs"]))})
        serve_here(wanted, lambda url: say({"url": url}))
    except Exception as error:
        say({"error": [type(error).__name__, *explain(error)]})
        return 1
    return 0


def _listen() -> None:
    """The end of the input is the end of who started this: what was accepted is answered."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
