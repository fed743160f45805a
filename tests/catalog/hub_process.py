"""A process whose hub is a fake one: asked through the real clients, answers as JSON.

    python -m tests.catalog.hub_process '[["folder", "hub:acme/tiny"], ...]'
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def weights(size: int) -> bytes:
    """A safetensors file of one tensor of so many bytes (a multiple of 4)."""
    about = {"a": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
    head = json.dumps(about).encode()
    return len(head).to_bytes(8, "little") + head + random.Random(size).randbytes(size)


def asking(endpoint, home, questions, **environ):
    """A process that answers ``[verb, reference, ...]``; :func:`answers` has what it says."""
    return subprocess.Popen(
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
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(process):
    """``kind``, ``said`` or ``value`` for each question, once the process has ended."""
    try:
        out, err = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert out.startswith("ANSWERS"), out
    assert "\r" not in err and "it/s" not in err  # no progress bars
    return json.loads(out.removeprefix("ANSWERS"))


def ask(endpoint, home, questions, **environ):
    """The answers of a process of its own."""
    return answers(asking(endpoint, home, questions, **environ))


def answer(verb, reference, *more):
    from workbench import catalog
    from workbench.data.reading import sources
    from workbench.errors import WorkbenchError

    told: list = []
    notes: list = []
    if verb in ("at", "proxy"):  # the same question to another address, or through a proxy
        from huggingface_hub import close_session, constants

        close_session()
        if verb == "at":
            constants.ENDPOINT = more[0]
        else:
            os.environ["HTTP_PROXY"] = more[0]
        verb = "folder"
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
    from workbench.catalog.hub import client

    hasty = os.environ.get("HASTY", "").split()  # those that are known to never answer
    usual, said = (client.SILENCE, client.PATIENCE, client.WHOLE), []
    for question in json.loads(sys.argv[1]):
        short = question[1].rpartition("/")[2] in hasty
        client.SILENCE, client.PATIENCE, client.WHOLE = (0.5, 2.0, 3.0) if short else usual
        said.append(answer(*question))
    sys.stdout.write("ANSWERS" + json.dumps(said))
