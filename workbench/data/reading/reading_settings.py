"""How a file may be told to be read: the settings of a recipe's ``reading``."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Any

from ...errors import DataError, nearest
from ...i18n import t
from ..columns.dates import ORDERS

#: Each setting, and what it holds.
READING = {
    "encoding": (str, "a name such as 'utf-8', 'cp1252' or 'gb18030'"),
    "delimiter": (str, "what separates fields, such as ',' or ';'"),
    "quotes": (
        (bool, str),
        "true or false, whether double quotes stand around fields (else they are characters), or "
        "\"'\" where single quotes do",
    ),
    "skip": (int, "the number of lines above the table"),
    "header": (bool, "true or false: whether the first row holds the names of the columns"),
    "sheet": (str, "the name of an Excel sheet"),
    "config": (str, "the configuration to read, where a README from the hub names several"),
    "splits": (dict, "which split is which, such as {'train': 'train_sft', 'test': 'test_sft'}"),
    "word_column": ((int, str), "the number of the column of words, from 1, or its name"),
    "tag_column": ((int, str), "the number of the column of tags, from 1, or its name"),
    "sentence_column": ((int, str), "the number or name of the column that says the sentence"),
    "offsets": (str, "'characters', 'utf-16', 'bytes', 'crlf' or 'lf': what offsets count"),
    "ends": (str, "'exclusive', 'inclusive' or 'from 1': where a marked span ends"),
    "overlaps": (str, "'longest' or 'shortest': which of overlapping spans is kept"),
    "words": (str, "'words', 'blanks' or 'characters': how texts with spans are cut"),
    "tags": (str, "'entities' or 'words': what tags without B- and I- are of"),
    "tag_names": (list, "the names of the tags whose numbers the data holds, in their order"),
    "reasoning": (str, "'key' or 'inline': which one counts where a turn has two"),
    "roles": (dict, "words for 'system', 'user', 'assistant', 'tool', such as {'Ann': 'user'}"),
    "outputs": (str, "'first' or 'all': which of several outputs of an input are read"),
    "rows": (str, "the key under which a JSON document holds its rows, such as 'data.items'"),
    "dates": (str, "'dmy', 'mdy' or 'ymd': the order of day, month and year for split='time'"),
    "control_tokens": (bool, "true where control tokens that texts spell out are to be such"),
    "files": (str, "'classes' or 'parts': what the files of a folder are"),
    "shape": (str, "the name of a shape of rows, or 'plain' for none"),
}

_CHOICES = {
    "reasoning": ("key", "inline"),
    "outputs": ("first", "all"),
    "tags": ("entities", "words"),
    "offsets": ("characters", "utf-16", "bytes", "crlf", "lf"),
    "ends": ("exclusive", "inclusive", "from 1"),
    "overlaps": ("longest", "shortest"),
    "words": ("words", "blanks", "characters"),
    "files": ("classes", "parts"),
}


def check_reading(
    reading: Mapping[str, Any] | None, *, over_others: bool = False
) -> dict[str, Any]:
    """The settings of a file's reading, checked; of those that are laid ``over_others`` None is
    one that leaves out theirs.

    Raises
    ------
    DataError
        If it is no mapping, or a setting is unknown or of another kind.
    """
    if reading is not None and not isinstance(reading, Mapping):
        shown = repr(reading)[:60]
        raise DataError(t("data_notes.no_mapping", shown=shown), t("data_notes.no_mapping_back"))
    for name, value in (reading or {}).items():
        if name not in READING:
            raise DataError(f"reading has no setting {name!r}.", nearest(name, READING))
        if value is None and over_others:
            continue
        kind, meaning = READING[name]
        wrong = not isinstance(value, kind)
        if name == "quotes" and not wrong:
            wrong = isinstance(value, str) and value != "'"
        elif name == "delimiter" and not wrong:
            wrong = not 0 < len(value) <= 5 or any(mark in value for mark in '"\r\n')
        elif name == "dates" and not wrong:
            wrong = value not in ORDERS
        elif name == "skip" and not wrong:
            wrong = isinstance(value, bool) or not 0 <= value <= 10_000
        if name.endswith("_column") and not wrong:
            wrong = isinstance(value, bool) or value == "" or (isinstance(value, int) and value < 1)
        if name in _CHOICES and not wrong:
            wrong = value not in _CHOICES[name]
        if name == "roles" and not wrong:
            known = ("system", "user", "assistant", "tool")
            wrong = not all(role in known for role in value.values())
        if name == "splits" and not wrong:
            wrong = not {"train"} <= set(value) <= {"train", "validation", "test"}
            wrong = wrong or not all(isinstance(one, str) for one in value.values())
            wrong = wrong or len(set(value.values())) < len(value)  # a split has one use
        if name == "tag_names" and not wrong:
            wrong = not value or not all(isinstance(one, str) and one.strip() for one in value)
        if wrong:
            raise DataError(f"The {name} of reading is {value!r}.", f"It takes {meaning}.")
    if (reading or {}).get("shape") is not None:
        from ..shapes.known import check_name

        check_name(reading["shape"])
    if (reading or {}).get("encoding") is not None:
        try:
            decoded = codecs.lookup(reading["encoding"])._is_text_encoding
        except (LookupError, ValueError):  # a zero byte in the name
            decoded = False
        if not decoded:
            raise DataError(
                f"There is no encoding {reading['encoding']!r}.",
                "Usual ones: 'utf-8', 'utf-16', 'cp1252', 'gb18030', 'big5', 'shift_jis'.",
            )
    return dict(reading or {})


def read_setting(name: str, value: str, *, over_others: bool = False) -> tuple[str, Any]:
    """A setting of reading that was written out, such as ``quotes`` and ``false``.

    Of settings that are laid ``over_others`` ``null`` is None, which leaves out theirs, and
    ``"null"`` the word.

    Examples
    --------
    >>> read_setting("quotes", "false"), read_setting("skip", "2"), read_setting("delimiter", "tab")
    (('quotes', False), ('skip', 2), ('delimiter', '\\t'))
    >>> read_setting("sheet", "null", over_others=True), read_setting("sheet", "null")
    (('sheet', None), ('sheet', 'null'))
    >>> read_setting("sheet", '"null"', over_others=True)
    ('sheet', 'null')

    Raises
    ------
    DataError
        If there is no such setting, or it takes other values.
    """
    kinds = READING[name][0] if name in READING else str
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    found: Any = value
    if over_others and value == "null":
        found = None
    elif over_others and value in ('"null"', "'null'"):
        found = "null"
    elif bool in kinds and value.lower() in ("true", "yes", "false", "no"):
        found = value.lower() in ("true", "yes")
    elif int in kinds and value.isdecimal():
        found = int(value)
    elif list in kinds:
        found = [part.strip() for part in value.split(",")]
    elif name == "delimiter":
        found = {"\\t": "\t", "tab": "\t"}.get(value, value)
    check_reading({name: found}, over_others=over_others)
    return name, found
