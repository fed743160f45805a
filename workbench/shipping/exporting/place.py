"""The folder that is made: whole or not at all, and never over something that is there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from workbench.atomic_files import sync_file, sync_folder
from workbench.errors import DataError
from workbench.i18n import t
from workbench.paths import leads_to, local_path


def new_folder(folder: str | os.PathLike, run: Path) -> Path:
    """The path of a folder that can be made.

    Parameters
    ----------
    folder : str or path
    run : Path
        Folder of the run, in which nothing of it may lie.

    Raises
    ------
    DataError
        If something is there, its parent is not or cannot be written, or it lies in the run.
    """
    place = local_path(folder).absolute()
    remedy = t("export.place_remedy")
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            place.lstat()  # says of a name whether a file system can have it
        taken = place.is_symlink() or (
            place.exists() and not (place.is_dir() and not any(place.iterdir()))
        )
        parent = leads_to(place.parent)
        if taken:
            raise DataError(t("export.taken", folder=str(place)), remedy)
        if not parent.is_dir():
            raise DataError(t("export.no_parent", folder=str(place)), remedy)
    except (OSError, ValueError) as error:  # a name that no file system has
        why = getattr(error, "strerror", None) or error
        raise DataError(t("export.unwritable", folder=str(place), why=why), remedy) from error
    if not os.access(parent, os.W_OK):
        said = t("export.unwritable", folder=str(place), why=t("export.no_right"))
        raise DataError(said, remedy)
    if (parent / place.name).is_relative_to(leads_to(run)):
        raise DataError(t("export.inside", folder=str(place), run=run.name), remedy)
    return parent / place.name


@contextlib.contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """A hidden folder to fill, which becomes ``place`` when all went well, and else is removed.

    Raises
    ------
    DataError
        If there is no room for it.
    """
    stage = place.with_name(f".{place.name}.{os.getpid()}.part")
    shutil.rmtree(stage, ignore_errors=True)
    try:
        stage.mkdir()
        yield stage
        for path in stage.rglob("*"):
            (sync_folder if path.is_dir() else sync_file)(path)
        os.replace(stage, place)
        sync_folder(place.parent)
    except (OSError, RuntimeError) as error:  # safetensors and torch wrap a full disk
        if not isinstance(error, OSError) and "space" not in str(error).lower():
            raise
        why = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataError(
            t("export.broken_off", folder=str(place), why=why), t("export.broken_off_remedy")
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
