"""Writing files so that a reader, a crash or a full disk never meets a half of one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

PLAIN = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)  # a pipe keeps nobody waiting


def write_json(path: Path, value: Any, *, sync: bool = False) -> None:
    """Replace ``path`` by ``value`` as JSON in one step (write beside it, then rename).

    Raises
    ------
    OSError
        If there is no room or no permission; ``path`` is then as it was.
    """
    write_text(path, _json(value, indent=1), sync=sync)


def write_text(path: Path, text: str, *, sync: bool = False) -> None:
    """Replace ``path`` by ``text`` in one step; see :func:`write_json`."""
    path = Path(path)
    stage = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(stage, "w", encoding="utf-8") as handle:
            handle.write(text)
            if sync:
                handle.flush()
                os.fsync(handle.fileno())
        os.replace(stage, path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            stage.unlink(missing_ok=True)
        raise


def _json(value: Any, **options) -> str:
    """JSON that can be written as UTF-8: half characters of a text are escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=True, **options)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, allow_nan=True, **options)
    return text


def open_plain(path: Path) -> BinaryIO:
    """A file opened for reading, when it is one: a folder, a pipe or a device is refused.

    Raises
    ------
    OSError
        With ``strerror`` in words. Opening a pipe never waits for its other end.
    """
    try:
        handle = os.open(path, PLAIN)
    except ValueError as error:  # a name with a zero byte, or one that no file system can write
        raise OSError(errno.EINVAL, "no file can have this name", str(path)) from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        what = "it is a folder" if stat.S_ISDIR(mode) else "it is no ordinary file"
        raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, what, str(path))
    return open(handle, "rb")


def read_json(path: Path) -> Any | None:
    """The JSON in ``path``; ``None`` when there is no such file or it cannot be read (yet)."""
    try:
        with open_plain(path) as handle:
            return json.loads(handle.read().decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable (fsync of the folder)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make a file's content durable (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class RowWriter:
    """Appends JSON rows to a file, a whole line a row.

    A line that an earlier crash tore is cut off first. When the disk is full the rows wait in
    memory and are tried again at the next row; ``error`` then holds what the system said.
    """

    def __init__(self, path: Path):
        self.error: str | None = None
        self._waiting: list[bytes] = []
        self._torn = False
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._good = _cut_torn_line(self._handle)

    def append(self, *rows: dict) -> None:
        """Append rows; never raises for a full disk."""
        self._waiting += [
            (_json(row) + "\n").encode() for row in rows
        ]
        try:
            if self._torn:
                os.ftruncate(self._handle, self._good)
                self._torn = False
            while self._waiting:
                line = self._waiting[0]
                written = os.write(self._handle, line)
                if written < len(line):
                    self._torn = True
                    raise OSError(28, "No space left on device")
                self._good += written
                self._waiting.pop(0)
            self.error = None
        except OSError as error:
            self.error = str(error)

    def close(self) -> None:
        """Try the waiting rows once more and close the file."""
        if self._handle >= 0:
            self.append()
            os.close(self._handle)
            self._handle = -1


def _cut_torn_line(handle: int) -> int:
    size = os.fstat(handle).st_size
    end = size
    while end > 0:
        start = max(0, end - 65536)
        block = os.pread(handle, end - start, start)
        found = block.rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end != size:
        os.ftruncate(handle, end)
    return end


class RowReader:
    """Reads the rows of a growing file, only whole lines, only what is new.

    Starts again from the beginning when the file was replaced or cut (``restarted`` is then true
    for that call). Lines that are no rows, or that ``is_row`` does not take, are passed over and
    counted in ``left_out``.
    """

    def __init__(self, path: Path, is_row: Callable[[dict], bool] = lambda row: True):
        self.path = Path(path)
        self.restarted = False
        self.left_out = 0
        self.problem = ""  # why the file cannot be read at all
        self._is_row = is_row
        self._offset = 0
        self._inode = None

    def read(self) -> list[dict]:
        """The rows that came since the last call."""
        self.restarted = False
        self.problem = ""
        try:
            with open_plain(self.path) as handle:
                stat = os.fstat(handle.fileno())
                if self._inode is not None and (
                    stat.st_ino != self._inode or stat.st_size < self._offset
                ):
                    self._offset, self.restarted, self.left_out = 0, True, 0
                self._inode = stat.st_ino
                handle.seek(self._offset)
                block = handle.read()
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.problem = error.strerror or str(error)
            return []
        end = block.rfind(b"\n") + 1
        self._offset += end
        rows = []
        for line in block[:end].splitlines():
            row = parse_row(line)
            if row is not None and self._is_row(row):
                rows.append(row)
            else:
                self.left_out += 1
        return rows


def parse_row(line: bytes) -> dict | None:
    """The JSON object of a line; ``None`` when it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
