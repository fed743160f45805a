"""What lies in a folder: which of its files are data, which tell about it, which are neither."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

from workbench.errors import DataError

from . import archives
from .split_names import SPLIT_NAMES
from .user_files import READERS

_ABOUT = re.compile(
    r"(readme|licen[cs]e|copying|changelog|citation|notice|authors|requirements|manifest|"
    r"dataset_infos?|sample_submission|samplesubmission|gender_submission|vocab|urls?_\w+)\b.*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")  # its end
_SURE = 8  # lines that go on in the next one, from which it is told that lines were wrapped
_WIDE = 40  # characters of such a line
_WORD = 20  # characters of a word at most: not every script parts them


def entries_of(path: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders in a folder that are not hidden, by name."""
    entries = sorted(entry for entry in path.iterdir() if not archives.hidden(entry.name))
    folders = [entry for entry in entries if entry.is_dir()]
    return [entry for entry in entries if entry not in set(folders)], folders


def holds_data(folder: Path) -> bool:
    """Whether any file in a folder, or below it, could be read."""
    files, folders = entries_of(folder)
    return any(is_readable(f) and not is_about(f) for f in files) or any(map(holds_data, folders))


def stem_of(file: Path) -> str:
    """The name of a file without its ending, unless that is the name of a split."""
    name = file.name
    for one in (*archives.SINGLE, ".zip"):
        name = name.removesuffix(one)
    return name if is_split_ending(file) else Path(name).stem


def is_readable(file: Path) -> bool:
    """Whether a file is of a kind that is read; a link that leads nowhere is, to be refused."""
    broken = file.is_symlink() and not file.exists()
    known = archives.ending(file) in READERS or is_split_ending(file)
    return known and (file.is_file() or broken)


def is_split_ending(file: Path) -> bool:
    """Whether the ending of a file is the name of its split, as of ``eng.train``, ``eng.testa``."""
    return file.suffix[1:].lower() in SPLIT_NAMES


def is_about(file: Path) -> bool:
    """Whether a file tells about the data, or shows the form of an answer."""
    return _ABOUT.fullmatch(file.name) is not None


def is_other(entry: Path) -> bool:
    """Whether it is a file that could be no data."""
    return entry.is_file() and (
        entry.suffix[1:].lower() in archives.NO_DATA | {"md", "yaml", "yml", "toml", "lock", "cff"}
    )


def lines_at_start(file: Path) -> int:
    """Lines with something in them among the first twenty of a file."""
    with open(file, "rb") as stream:
        return sum(bool(line.strip()) for line, _ in zip(stream, range(20), strict=False))


def is_book(file: Path) -> bool:
    """Whether the start of a text file is surely paragraphs whose lines were wrapped, as in books.

    Most paragraphs have several lines; lines that are not a paragraph's last are long and end where
    the next word had no room, many of them within a sentence. What is less sure is none.
    """
    with open(file, "rb") as stream:
        start = stream.read(2**16).decode("utf-8", "replace")
    lines = [line.strip() for line in start.split("\n")]
    parts = [list(part) for filled, part in itertools.groupby(lines, bool) if filled]
    pairs = [two for part in parts for two in itertools.pairwise(part)]
    several = sum(len(part) > 1 for part in parts)
    if len(parts) < 2 or 2 * several <= len(parts) or len(pairs) < _SURE:
        return False
    width = sorted(len(line) for line, _ in pairs)[3 * len(pairs) // 4]
    full = sum(len(a) + 1 + min(len(b.split()[0]), _WORD) > width for a, b in pairs)
    within = sum(not (_SENTENCE.search(a) or b[0].isupper()) for a, b in pairs)
    return width >= _WIDE and full >= 0.75 * len(pairs) and within >= 0.3 * len(pairs)


def saved_splits(path: Path) -> Any:
    """What ``save_to_disk`` wrote, as splits (DataError when it is damaged)."""
    import datasets as hf
    import pyarrow as pa

    if "::" in str(path):
        raise DataError(
            f"The folder {path} has '::' in its path, which the library that reads saved datasets "
            "takes for a chain of addresses.",
            "Rename it.",
        )
    try:
        loaded = hf.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DataError(
            f"The folder {path} looks saved by datasets but cannot be read: "
            f"{(str(error).splitlines() or [''])[0]}",
            "Save it again with save_to_disk.",
        ) from error
    return loaded if isinstance(loaded, hf.DatasetDict) else hf.DatasetDict({"train": loaded})
