"""How a loader of plain folders takes one whose model is kept small."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.catalog.model_folders.compact_folders import is_compact


def plainly(load: Callable) -> Callable:
    """A loader of plain folders that takes these too: they are written out for it."""

    @functools.wraps(load)
    def opened(folder: Path, auto_class: Any, what: str = "", **options: Any) -> Any:
        if not is_compact(folder):
            return load(folder, auto_class, what, **options)
        from workbench.catalog.model_folders.compact import as_plain

        what = what or f"model in {Path(folder).name}"
        with as_plain(Path(folder), what) as plain:
            return load(plain, auto_class, what, **options)

    return opened
