"""The toy task that writes as an installed package: its module, its entry points on the path."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.training import toy_task

NAME = "toy_writer"
ENTRY_POINTS = f"""\
[workbench.tasks]
toy-spelling = {NAME}:SPEC
toy-going-on = {NAME}:GOING_ON
toy-lines = {NAME}:ALONE
"""


def write(folder: Path) -> Path:
    """Put the package into a folder that is to be on the path; gives the folder."""
    shutil.copy(toy_task.__file__, folder / f"{NAME}.py")
    about = folder / f"{NAME}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def forget() -> None:
    """Look for packages anew, and for this one's module."""
    from workbench import task_registry
    from workbench.catalog import plugins

    task_registry.forget_packages()
    plugins.entries.cache_clear()
    sys.modules.pop(NAME, None)
