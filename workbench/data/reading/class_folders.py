"""A folder with a sub-folder a class and a text a file, as reviews are often given out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .archives import hidden
from .reports import FileReport
from .split_names import ORDER, split_of
from .whole_texts import TEXT, read_text

if TYPE_CHECKING:
    import pyarrow as pa

#: Names of folders that hold texts without labels.
UNLABELLED = ("unsup", "unlabeled", "unlabelled", "unsupervised", "unlabeled_data", "nolabel")


def read_classes(
    path: Path,
    folders: list[Path],
    reading: dict[str, Any],
    reports: list[FileReport],
    whole: FileReport,
) -> dict[str, pa.Table] | None:
    """Splits with ``text``, ``label`` (the sub-folder) and ``file``; None when it is none such.

    A sub-folder of texts without labels (``unsup``) is left out, and ``whole`` says so.
    """
    splits: dict[str, list[Path]] = {}
    for folder in folders:
        if (named := split_of(folder.name)) is not None:
            splits.setdefault(named[0], []).append(folder)
    if splits:
        classes = {n: [c for f in found for c in _subfolders(f)] for n, found in splits.items()}
        classes = {name: found for name, found in classes.items() if found}
    else:
        classes = {"train": folders}
    if not any(_texts(folder) for found in classes.values() for folder in found):
        return None
    for name, found in classes.items():
        classes[name] = [f for f in found if f.name.lower() not in UNLABELLED]
        for folder in (f for f in found if f.name.lower() in UNLABELLED):
            count = len(_texts(folder))
            whole.note(
                "warning", "left out",
                f"{count:,} texts in {folder.relative_to(path)} were left out: by the name of "
                "their folder they have no label.",
                "If it is a class, give the folder another name.", count,
            )  # fmt: skip
    if splits:
        _note_beside(path, folders, splits, whole)
    order = [name for name in ORDER if classes.get(name)]
    return {name: _split(path, classes[name], reading, reports) for name in order}


def _note_beside(path: Path, folders: list[Path], splits: dict, whole: FileReport) -> None:
    """Say what lies beside the folders of classes and is not read."""
    named = [folder for found in splits.values() for folder in found]
    beside = [folder for folder in folders if folder not in named]
    for folder in named:
        beside += [e for e in sorted(folder.iterdir()) if e.is_file() and not hidden(e.name)]
    if beside:
        shown = ", ".join(str(entry.relative_to(path)) for entry in beside[:5])
        whole.note(
            "info", "left out",
            f"{len(beside):,} file{'s' * (len(beside) != 1)} or folders beside the classes of "
            f"{path.name} were not read: {shown}.",
            "Texts of a class lie in a sub-folder of its split.", len(beside),
        )  # fmt: skip


def _subfolders(folder: Path) -> list[Path]:
    return sorted(e for e in folder.iterdir() if e.is_dir() and not hidden(e.name))


def _texts(folder: Path) -> list[Path]:
    """Files that hold a text: ``.txt``, or without an ending, or numbered, as in newsgroups."""
    return sorted(
        e for e in folder.iterdir()
        if not hidden(e.name) and not e.is_dir() and TEXT.fullmatch(e.name)
    )  # fmt: skip


def _split(path: Path, folders: list[Path], reading: dict, reports) -> pa.Table:
    import pyarrow as pa

    from .user_files import within

    report = FileReport(str(path), "folder of classes", whole=True)
    rows: dict[str, list] = {"text": [], "label": [], "file": []}
    encodings: dict[str, int] = {}
    for folder in folders:
        within(folder, path)
        files = _texts(folder)
        if not files:
            report.note(
                "warning", "folders", f"The folder {folder.name!r} of {path} holds no text.",
                "Texts are files that end in .txt, or have no ending.",
            )  # fmt: skip
        others = [
            e for e in folder.iterdir()
            if e not in set(files) and e.is_file() and not hidden(e.name)
        ]  # fmt: skip
        if others and files:
            report.note(
                "warning", "folders", f"{len(others):,} files of {folder.relative_to(path)} are no "
                f"texts and were not read, such as {others[0].name}.",
                "Give them the ending .txt if they are.", len(others),
            )  # fmt: skip
        for file in files:
            within(file, path)
            text, encoding = read_text(file, reading, report)
            encodings[encoding] = encodings.get(encoding, 0) + 1
            rows["text"].append(text)
            rows["label"].append(folder.name)
            rows["file"].append(str(file.relative_to(path)))
    report.encoding = max(encodings, key=encodings.__getitem__) if encodings else None
    guesses = [note for note in report.notes if note.check == "encoding"]
    if len(guesses) > 1:  # one sentence instead of one a file
        report.notes = [note for note in report.notes if note.check != "encoding"]
        report.note(
            "warning", "encoding", f"{len(guesses):,} files, such as: {guesses[0].what}",
            guesses[0].remedy, len(guesses),
        )  # fmt: skip
    report.rows, report.columns = len(rows["text"]), 3
    if reports is not None:
        reports.append(report)
    return pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()})
