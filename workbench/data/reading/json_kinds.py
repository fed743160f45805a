"""What a file of JSON holds, judged by its beginning: a document, or a value a line."""

from __future__ import annotations

import json
from pathlib import Path

from .encodings import MAX_LINE, open_text

MAX_JSON = 512 * 2**20  # bytes of a document that has to be held in memory whole


def has_lines(path: Path, encoding: str) -> bool:
    """Whether the first two lines with something in them are an object or a list of texts each."""
    found = 0
    with open(path, encoding=encoding, newline="", errors="replace") as stream:
        while line := stream.readline(MAX_LINE):
            line = line.strip().lstrip("\ufeff")
            if not line:
                continue
            if not line.startswith(("{", "[")):
                return False
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                return False
            if isinstance(value, list) and not any(isinstance(v, (str, list)) for v in value):
                return False
            found += 1
            if found == 2:
                return True
    return False


def is_json(path: Path) -> bool:
    """Whether a file that is called otherwise holds JSON: a document, or an object a line."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return False
    if has_lines(path, "utf-8"):
        return True
    if path.stat().st_size > MAX_JSON:
        return False
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return True


def first_is_no_object(path: Path, encoding: str) -> bool:
    """Whether the first line is a list or a text, whole."""
    with open_text(path, encoding) as stream:
        lines = (line.strip().lstrip("\ufeff") for line in stream)
        first = next((line for line in lines if line), "")
    try:
        return first.startswith(("[", '"')) and isinstance(json.loads(first), (list, str))
    except (ValueError, RecursionError):
        return False


def is_document(path: Path, encoding: str) -> bool:
    """Whether the first line begins a list or an object that goes on in the next ones."""
    with open_text(path, encoding) as stream:
        lines = (line.strip().lstrip("\ufeff") for line in stream)
        first = next((line for line in lines if line), "")
        another = next((line for line in lines if line), "")
    if first in ("[", "{", "[{") or (first.startswith("[") and not another):
        return True
    return first.startswith("[{") and first.endswith(("},", "}"))
