"""The toy task that writes as an installed package: its module, its entry points on the path."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.training import toy_task

NAME = "toy_writer"
LISTS = f"{NAME}_lists"
LISTED = """\
from workbench.catalog.plugins import Entry

MODELS = [Entry({model!r}, "written for a test", 60_000, family="decoder")]
DATASETS = [Entry({data!r}, "written for a test", 360, tasks=("toy-going-on",))]
"""
ENTRY_POINTS = f"""\
[workbench.tasks]
toy-spelling = {NAME}:SPEC
toy-going-on = {NAME}:GOING_ON
toy-lines = {NAME}:ALONE
"""


def write(folder: Path, *, model: Path | None = None, data: Path | None = None) -> Path:
    """Put the package into a folder that is to be on the path; gives the folder.

    With a decoder and a file of letters and numbers it lists both to be picked.
    """
    points = ENTRY_POINTS
    if model is not None and data is not None:
        text = LISTED.format(model=str(model), data=str(data))
        (folder / f"{LISTS}.py").write_text(text, encoding="utf-8")
        points += f"[workbench.models]\nsmall = {LISTS}:MODELS\n"
        points += f"[workbench.datasets]\nspelled = {LISTS}:DATASETS\n"
    shutil.copy(toy_task.__file__, folder / f"{NAME}.py")
    about = folder / f"{NAME}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)
    return folder


def forget() -> None:
    """Look for packages anew, and for this one's module."""
    from workbench import task_registry
    from workbench.catalog import plugins

    task_registry.forget_packages()
    plugins.entries.cache_clear()
    sys.modules.pop(NAME, None)
