"""What was found out about a file while it was opened, so that nothing is guessed in silence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Note:
    """One thing that a reader saw or had to guess.

    Parameters
    ----------
    severity : {'error', 'warning', 'info'}
    check : str
        Short name, such as ``encoding``.
    what : str
        One sentence that names the file, and the row where there is one.
    remedy : str
        What to do about it, or nothing.
    count : int
        Rows, columns or bytes concerned.
    """

    severity: str
    check: str
    what: str
    remedy: str = ""
    count: int = 1


@dataclasses.dataclass
class FileReport:
    """How one file was read.

    ``encoding``, ``delimiter`` and ``header`` are None where there is none; ``mapped`` is the file
    in the cache that a large one is mapped from. ``word_columns`` are the names or numbers of the
    columns where a line is a word with its tags, ``words`` says which of them are what; ``whole``
    that each file of a folder is one text, ``turns`` that lines were put together as conversations;
    ``sheets`` are the names of a workbook's, where it has several.
    """

    path: str
    format: str
    bytes: int = 0
    rows: int = 0
    columns: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    mapped: str | None = None
    word_columns: list[str] | None = None
    whole: bool | None = None
    words: dict[str, Any] | None = None
    turns: bool | None = None
    sheets: list[str] | None = None
    notes: list[Note] = dataclasses.field(default_factory=list)

    def note(self, severity: str, check: str, what: str, remedy: str = "", count: int = 1) -> None:
        """Add a :class:`Note`."""
        self.notes.append(Note(severity, check, what, remedy, count))

    def as_row(self) -> dict[str, Any]:
        """The facts for a table, without the notes."""
        facts = dataclasses.asdict(self)
        for name in ("notes", "mapped", "whole", "words", "turns"):
            del facts[name]
        for name in ("word_columns", "sheets"):
            if facts[name] is None:
                del facts[name]
        return facts

    def restore(self, facts: dict[str, Any]) -> None:
        """Take over what ``dataclasses.asdict`` gave of a report."""
        for name, value in facts.items():
            setattr(self, name, value)
        self.notes = [Note(**note) for note in facts["notes"]]


def guesses(reports: Sequence[FileReport]) -> list[str]:
    """What the reading of files had to guess, each in a sentence with its remedy, none twice."""
    said = (
        f"{note.what} {note.remedy}".strip()
        for report in reports
        for note in report.notes
        if note.severity == "warning"
    )
    return list(dict.fromkeys(said))
