"""A lesson run whole, in a kernel and a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path


def execute(notebook, folder: Path, *, go_on: bool = False, timeout: float = 3600):
    """Run a notebook's cells in a fresh kernel whose runs lie in ``folder``; the same notebook.

    ``go_on``: a cell that fails does not end the run.
    """
    from nbclient import NotebookClient

    own = {
        "WORKBENCH_RUNS": str(folder / "runs"),
        "WORKBENCH_LESSONS": str(folder / "lessons"),
        "WORKBENCH_WARM": "0",
    }
    client = NotebookClient(
        notebook,
        timeout=timeout,
        allow_errors=go_on,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, **own})
    return notebook
