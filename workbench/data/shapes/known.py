"""All shapes that are known, in the order in which they are asked.

Shapes of a module that is not named here are asked behind the others: name it where one of those
takes its files.
"""

from __future__ import annotations

import importlib
import pkgutil

from ...errors import DataError, nearest
from . import (
    Shape,
    annotated,
    argilla,
    articles,
    chat_exports,
    conversations,
    inline_marks,
    instructions,
    joined_words,
    json_tables,
    label_studio,
    labelled_lines,
    list_rows,
    prodigy,
    rasa,
    snips,
    spacy,
    text_sets,
    trees,
    turn_lines,
    word_lines,
    word_tables,
)

DOCUMENTS: list[Shape] = [
    *instructions.DOCUMENTS,
    *conversations.DOCUMENTS,
    *snips.DOCUMENTS,
    *spacy.DOCUMENTS,
    *text_sets.DOCUMENTS,
    *json_tables.DOCUMENTS,
]
OBJECTS: list[Shape] = [
    *instructions.OBJECTS,
    *chat_exports.OBJECTS,
    *conversations.OBJECTS,
    *text_sets.OBJECTS,
    *argilla.OBJECTS,
    *spacy.OBJECTS,
    *articles.OBJECTS,
    *list_rows.OBJECTS,
    *label_studio.OBJECTS,
    *prodigy.OBJECTS,
    *annotated.OBJECTS,
]
LINES: list[Shape] = [
    *trees.LINES,
    *turn_lines.LINES,
    *rasa.LINES,
    *word_lines.LINES,
    *inline_marks.LINES,
    *joined_words.LINES,
    *labelled_lines.LINES,
]
TABLES: list[Shape] = [
    *conversations.TABLES,
    *argilla.TABLES,
    *label_studio.TABLES,
    *list_rows.TABLES,
    *word_tables.TABLES,
    *inline_marks.TABLES,
]


def _add_the_others() -> None:
    package = __name__.rpartition(".")[0]
    folder = importlib.import_module(package).__path__
    for one in pkgutil.iter_modules(folder, f"{package}."):
        if one.name != __name__:
            module = importlib.import_module(one.name)
            for name in ("DOCUMENTS", "OBJECTS", "LINES", "TABLES"):
                there = globals()[name]
                there += [shape for shape in getattr(module, name, ()) if shape not in there]


_add_the_others()


def names() -> list[str]:
    """What ``reading={"shape": ...}`` may be."""
    shapes = (*DOCUMENTS, *OBJECTS, *LINES, *TABLES)
    return ["plain", *dict.fromkeys(shape.name for shape in shapes)]


def check_name(name: str) -> None:
    """Raise DataError when no shape is called so."""
    if name not in names():
        raise DataError(f"There is no shape {name!r} of files.", nearest(name, names()))
