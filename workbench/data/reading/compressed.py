"""Compressed files: told by their first bytes, read as what they hold."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path
from typing import BinaryIO

_MAGIC = (
    (b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"\xfd7zXZ\x00", ".xz"), (b"\x28\xb5\x2f\xfd", ".zst"),
    (b"\x04\x22\x4d\x18", ".lz4"),
)  # fmt: skip


def compression(path: Path) -> str | None:
    """How a file is compressed, as the ending that says so; None where it is not."""
    with open(path, "rb") as stream:
        head = stream.read(8)
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def decompressed(path: Path, how: str) -> BinaryIO:
    """A stream of what a file holds; ``how`` is what :func:`compression` says."""
    if how == ".gz":
        return gzip.open(path, "rb")
    if how == ".bz2":
        return bz2.open(path, "rb")
    if how == ".xz":
        return lzma.open(path, "rb")
    import pyarrow as pa

    name = {".zst": "zstd", ".lz4": "lz4"}[how]
    return io.BufferedReader(pa.input_stream(str(path), compression=name))
