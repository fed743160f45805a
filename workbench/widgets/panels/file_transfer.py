"""A file that goes over a page piece by piece, either way, and lies on the disk meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.i18n import t

PIECE = 4 * 2**20  # bytes of a message to the page


class FileTransfer:
    """What a desk (the page's button) and a folder of the kernel send each other.

    Parameters
    ----------
    desk : FileDesk
    kept : KeptPredictions
    notice : Notice
        Says what a file is refused for.
    most : int
        Bytes of a file that may come in.
    """

    def __init__(self, desk: Any, kept: Any, notice: Any, most: int):
        self._desk, self._kept, self._notice, self._most = desk, kept, notice, most
        self._size = 0
        self._going: Path | None = None

    def begin(self, name: str, size: int) -> None:
        """Ask for the first piece of a file, or refuse it."""
        self._notice.clear()
        if size > self._most:
            self._notice.show(
                t("file_predictions.too_large", name=name, mb=self._most // 2**20),
                t("file_predictions.by_path"),
            )
            return
        self._size = size
        self._kept.forget_incoming()
        with self._desk.hold_sync():
            self._desk.uploading, self._desk.received = name, 0
            self._desk.say("coming", t("file_predictions.coming", name=name))

    def take(self, at: int, piece: bytes) -> str | None:
        """Keep a piece, and ask for the next one; the file's name when that was the last."""
        desk = self._desk
        if at != desk.received:
            return None  # sent twice
        here = at + len(piece)
        try:
            self._kept.add(piece)
        except OSError as error:
            self._kept.forget_incoming()
            desk.received = -1
            desk.say("", "")
            self._notice.show_error(error)
            return None
        with desk.hold_sync():
            if here < self._size and piece:
                desk.received, desk.share = here, here / self._size
                return None
            name, desk.uploading, desk.received = desk.uploading, "", -1
            desk.say("working", t("file_predictions.reading", name=name))
        return name

    def give(self, file: Path, name: str) -> None:
        """Tell the page that it may ask for this file, from the first piece on."""
        self._going = file
        self._desk.send({"file": name, "size": file.stat().st_size})

    def send(self, at: int) -> None:
        """The piece of that file that begins there, unless it is gone."""
        if self._going is not None and self._going.exists():
            with open(self._going, "rb") as file:
                file.seek(at)
                self._desk.send({"at": at}, buffers=[file.read(PIECE)])

    def forget(self) -> None:
        """No file goes out any more."""
        self._going = None
