"""The place of a run's folder while the run is worked on: a folder that moves is noticed."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from ..errors import RunError


class RunPlace:
    """The folder of a run as it was when the work began.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self._handle = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        self._identity = self._of(os.fstat(self._handle))

    @staticmethod
    def _of(about: os.stat_result) -> tuple[int, int]:
        return about.st_dev, about.st_ino

    @property
    def is_kept(self) -> bool:
        """Whether the folder is still where it was."""
        try:
            return self._of(os.stat(self.folder)) == self._identity
        except OSError:
            return False

    def check(self) -> None:
        """Refuse to work on when the folder was moved or removed.

        Raises
        ------
        RunError
        """
        if not self.is_kept:
            raise RunError(
                f"The run folder {self.folder} was moved, renamed or removed while the run was "
                "at work.",
                "The folder of a running run must stay where it is. Open it where it is now and "
                "resume() it: it goes on from its last checkpoint.",
            )

    def leave_word(self, state: dict) -> None:
        """Write the last state into the folder wherever it is now; nothing where it is gone."""
        if self._handle < 0:
            return
        if not self.is_kept:
            with contextlib.suppress(OSError):
                part = ".state.json.moved.part"
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                with open(os.open(part, flags, 0o644, dir_fd=self._handle), "w") as file:
                    file.write(json.dumps(state))
                os.replace(part, "state.json", src_dir_fd=self._handle, dst_dir_fd=self._handle)
        self.close()

    def close(self) -> None:
        """Let the folder go."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
