"""A process whose hub is a fake one: asked through the real clients, timed, answers as JSON.

    python -m tests.catalog.hub_process '[["folder", "hub:acme/tiny"], ...]'
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def ask(endpoint, home, questions, **environ):
    """Answers of ``[verb, reference, ...]``: ``kind``, ``said`` or ``value``, ``seconds``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.catalog.hub_process", json.dumps(questions)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "",
            **environ,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ANSWERS"), done.stdout
    assert "\r" not in done.stderr and "it/s" not in done.stderr  # no progress bars
    return json.loads(done.stdout.removeprefix("ANSWERS"))


def answer(verb, reference, *more):
    from workbench import catalog
    from workbench.data import sources
    from workbench.errors import WorkbenchError

    told: list = []
    notes: list = []
    try:
        if verb == "folder":
            value = str(catalog.model_folder(reference, notes=notes))
        elif verb == "size":
            value = catalog.download_size(reference, *more)
        elif verb == "load":
            value = {name: len(split) for name, split in sources.load(reference).items()}
        elif verb == "fetch":
            value = catalog.fetch(reference, *more, progress=lambda *a: told.append(a))
        elif verb == "cancel":  # as soon as the first bytes of a large file have come
            def seen() -> bool:
                return bool(told) and told[-1][1] > 10_000

            value = catalog.fetch(
                reference, *more, progress=lambda *a: told.append(a), cancelled=seen
            )
    except WorkbenchError as error:
        return {"kind": type(error).__name__, "said": error.message, "remedy": error.remedy,
                "told": told, "notes": notes}  # fmt: skip
    return {"kind": "value", "value": value, "told": told, "notes": notes}


if __name__ == "__main__":
    answers = []
    for question in json.loads(sys.argv[1]):
        began = time.monotonic()
        found = answer(*question)
        answers.append({**found, "seconds": time.monotonic() - began})
    sys.stdout.write("ANSWERS" + json.dumps(answers))
