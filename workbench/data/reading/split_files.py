"""Files, and folders of files, that are named after splits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ...i18n import t
from . import archives
from .folder_entries import entries_of, holds_data, is_about, is_readable, stem_of
from .opened_folder import OpenedFolder
from .split_names import split_of
from .user_files import READERS

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERED = re.compile(r"(?P<before>.*?)(?P<one>\d{1,6})-of-(?P<all>\d{1,6})(?P<after>\..*)")
_MOST_PARTS = 10_000
PARTS = re.compile(r"(part|shard|chunk|batch|split|fold|data|file)?[-_ ]?\d[\d\-_. of]*", re.I)


def of_split_files(folder: OpenedFolder) -> dict[str, pa.Table]:
    """``train.csv``, ``test.csv``; with more to their names parts of a split, or classes."""
    by_split: dict[str, list[tuple[Path, str]]] = {}
    for file in folder.tables:
        if (named := split_of(stem_of(file))) is not None:
            by_split.setdefault(named[0], []).append((file, named[1]))
    if not by_split or (
        "train" not in by_split and len(folder.tables) > 1 and not len(by_split) > 1
    ):
        return {}
    _settle_eval(folder, by_split)
    if (labelled := _labelled_by_rest(folder, by_split)) is not None:
        return labelled
    chosen = {split: _chosen(folder, split, found) for split, found in by_split.items()}
    used = {file for files in chosen.values() for file in files}
    said = {file for found in by_split.values() for file, _ in found}
    left = [file for file in folder.files if file not in used | said]
    folder.note_left([*left, *filter(holds_data, folder.folders)])
    for split, files in chosen.items():
        note_missing(folder, split, files)
    return {split: folder.joined(split, files) for split, files in chosen.items()}


def note_missing(folder: OpenedFolder, split: str, files: list[Path]) -> None:
    """Say which numbered parts, as of ``train-00001-of-00003``, are not there.

    Parts are numbered from 0, or from 1 as other parts of the folder are. Where nothing tells, both
    the part of the number 0 and the last one may be what is missing.
    """
    missing, count = [], 0
    there = _numbers(files)
    others = _numbers(folder.tables) | there
    from_0 = any(0 in numbers for numbers in others.values())
    from_1 = any(int(every) in numbers for (_, every, _), numbers in others.items())
    for (before, every, after), numbers in there.items():
        last, width = int(every), len(every)
        open_ = not from_0 and not from_1
        first = 1 if open_ or (int(every) in numbers or not from_0) and 0 not in numbers else 0
        wanted = range(first, first + min(last, _MOST_PARTS))
        absent = [n for n in wanted if n not in numbers]
        names = [f"{before}{n:0{width}}-of-{every}{after}" for n in absent]
        if open_ and absent and absent[-1] == last:
            names[-1] = t("data_notes.either", one=f"{before}{0:0{width}}-of-{every}{after}",
                          other=names[-1])  # fmt: skip
        missing += names
        count += len(absent)
    if missing:
        folder.report.note(
            "warning", "parts missing",
            t("data_notes.parts_missing", n=count, split=split, names=", ".join(missing[:4])),
            t("data_notes.parts_missing_back"), count,
        )  # fmt: skip


def _numbers(files: list[Path]) -> dict[tuple[str, str, str], set[int]]:
    """The numbers of the parts of each whole: its name's beginning, how many they are, its end."""
    there: dict[tuple[str, str, str], set[int]] = {}
    for file in files:
        if found := _NUMBERED.fullmatch(file.name):
            key = (found["before"], found["all"], found["after"])
            there.setdefault(key, set()).add(int(found["one"]))
    return there


def _settle_eval(folder: OpenedFolder, by_split: dict) -> None:
    """A file named eval is the test split beside one of validation, and that of validation
    otherwise."""
    found = by_split.get("validation", [])
    named = [one for one in found if re.match(r"eval", one[0].name, re.IGNORECASE)]
    split, other = "validation", "test"
    if named and len(named) < len(found) and "test" not in by_split:
        by_split["validation"] = [one for one in found if one not in named]
        by_split["test"] = named
        split, other = "test", "validation"
    for file, _ in named:
        folder.report.note(
            "info", "splits", f"{file.name} is taken for the {split} split.",
            f"If it is the {other} split, name it {other}.",
        )  # fmt: skip


def _labelled_by_rest(folder: OpenedFolder, by_split: dict) -> dict[str, pa.Table] | None:
    """``train-pos.txt``, ``train-neg.txt``, ...: what else the names say is the class."""
    rests = [sorted(rest for _, rest in found) for found in by_split.values()]
    texts = all(f.suffix.lower() == ".txt" for found in by_split.values() for f, _ in found)
    classes = rests[0]
    if not texts or len(classes) < 2 or any(one != classes for one in rests):
        return None
    if not all(rest and rest.isalpha() for rest in classes):
        return None
    if folder.reading.get("files") == "parts":
        return {split: folder.joined(split, [f for f, _ in found])
                for split, found in by_split.items()}  # fmt: skip
    return {
        split: folder.labelled([f for f, _ in found], labels=[rest for _, rest in found])
        for split, found in by_split.items()
    }


def _chosen(folder: OpenedFolder, split: str, found: list[tuple[Path, str]]) -> list[Path]:
    """The files of a split: the one that is called so, its parts, or all of them, noted."""
    plain = [file for file, rest in found if not rest]
    if plain:
        order = list(READERS)
        plain.sort(key=lambda file: order.index(archives.ending(file)))
        left = [file for file, _ in found if file != plain[0]]
        if left:
            shown = ", ".join(file.name for file in left[:4])
            folder.report.note(
                "warning", "splits", f"{plain[0].name} was read as the split {split!r}; "
                f"{len(left):,} other{'s' * (len(left) != 1)} of that name "
                f"{'were' if len(left) != 1 else 'was'} left out: {shown}.",
                "Move the file that you want into a folder of its own, or give its path.",
                len(left),
            )  # fmt: skip
        return plain[:1]
    kinds = {PARTS.sub("", rest).strip("-_. ") for _, rest in found}
    if len(kinds) > 1:
        shown = " and ".join(file.name for file, _ in found[:4])
        folder.report.note(
            "warning", "splits", f"{len(found):,} files were put together as the split "
            f"{split!r}: {shown}.",
            "To use one of them alone, move the others out of the folder.", len(found),
        )  # fmt: skip
    return [file for file, _ in found]


def of_split_folders(folder: OpenedFolder) -> dict[str, pa.Table]:
    """``train/a.csv``, ``test/b.csv``: all files of a folder are parts of its split."""
    named = {inner: split_of(inner.name) for inner in folder.folders}
    inside = {
        inner: [f for f in entries_of(inner)[0] if is_readable(f) and not is_about(f)]
        for inner, split in named.items()
        if split is not None
    }
    by_split: dict[str, list[Path]] = {}
    for inner, files in inside.items():
        if any(entries_of(inner)[1]):
            return {}  # classes, perhaps
        by_split.setdefault(named[inner][0], []).extend(files)
    by_split = {split: files for split, files in by_split.items() if files}
    if not by_split:
        return {}
    left = [f for f in folder.folders if named[f] is None]
    folder.note_left([*folder.files, *left])
    texts = all(f.suffix.lower() == ".txt" for files in by_split.values() for f in files)
    texts = texts and folder.reading.get("files") != "parts"
    if texts and all(len(files) > 1 for files in by_split.values()):
        return {split: folder.labelled(files) for split, files in by_split.items()}
    for split, files in by_split.items():
        note_missing(folder, split, files)
    return {split: folder.joined(split, files) for split, files in by_split.items()}
