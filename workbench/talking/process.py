"""``python -m workbench.talking.process``: writes what it is asked for, line by line of JSON.

It ends when whoever started it does, however that ends, in whatever it is: a thread waits for the
end of standard input, another looks for the parent. A line ``stop`` is obeyed at the next token.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import IO, Any

from ..errors import explain

LOOK = 1.0  # seconds between two looks for the parent


def main() -> None:
    """Answer until there is nobody to answer."""
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    stopped: set[int] = set()
    threading.Thread(target=_listen, args=(jobs, stopped), daemon=True).start()
    threading.Thread(target=stay_with, args=(os.getppid(),), daemon=True).start()
    voices = None
    while True:
        job = jobs.get()
        number = job["number"]
        try:
            if voices is None:
                from .voices import Voices

                voices = Voices()
            done = _done(voices, job, line, stopped)
            _say(line, {"number": number, "done": done})
        except Exception as error:
            _say(line, {"number": number, "error": [type(error).__name__, *explain(error)]})
        stopped.discard(number)


def _done(voices: Any, job: dict[str, Any], line: IO[str], stopped: set[int]) -> Any:
    number, what = job["number"], job["do"]
    if what == "use_only":
        return voices.use_only(job["folders"], job["talks"])
    if what != "answer":
        return {"load": voices.load, "prompt": voices.prompt, "tokens": voices.tokens}[what](job)
    if number in stopped:  # before its turn came
        return {"state": "stopped"}
    before = [""]

    def say(text: str) -> None:
        grown = text.startswith(before[0])  # nearly always, and told at once
        same = len(before[0] if grown else os.path.commonprefix([before[0], text]))
        if same < len(text) or same < len(before[0]):
            _say(line, {"number": number, "keep": same, "more": text[same:]})
        before[0] = text

    return voices.answer(job, say, lambda: number in stopped)


def _say(line: IO[str], message: dict[str, Any]) -> None:
    try:
        line.write(json.dumps(message) + "\n")  # escaped: half characters pass as well
        line.flush()
    except (BrokenPipeError, ValueError):
        os._exit(0)


def _listen(jobs: queue.SimpleQueue, stopped: set[int]) -> None:
    try:
        for text in sys.stdin:
            job = json.loads(text)
            if job["do"] == "stop":
                stopped.update(job["numbers"])
            else:
                jobs.put(job)
    finally:  # half a line, of who was killed, is an end as well
        os._exit(0)


def stay_with(parent: int) -> None:
    """A process that the parent forked may hold the other end of the input open."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(0)


if __name__ == "__main__":
    main()
