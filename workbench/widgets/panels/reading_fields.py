"""Fields that say how a file is to be read otherwise: those that its kind has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import t

from ..base import as_text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.data.reading.reports import FileReport

CODES = ("utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5", "shift_jis", "euc_kr", "koi8_r")
MARKS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LEFT_OUT = "null"  # of a setting that would be taken over
IN_LINES = (".csv", ".tsv", ".tab")
ENCODED = (*IN_LINES, ".txt", ".text", ".json", ".jsonl", ".ndjson")

#: A field: its setting, what it is called, its value, [[value, text]]; to be typed where there is
#: nothing to choose from.
Field = list[Any]


def fields_of(rows: list[dict[str, Any]], reading: dict[str, Any]) -> list[Field]:
    """Those of files that were read.

    Parameters
    ----------
    rows : list of dict
        What :meth:`workbench.data.reading.reports.FileReport.as_row` says of each.
    reading : dict
        How they were said to be read.
    """
    fields = table_fields(
        reading,
        encoding=any(row["encoding"] for row in rows),
        # one that was taken for a single column has a separator to be named too
        delimiter=any(row["delimiter"] or f".{row['format']}" in IN_LINES for row in rows),
    )
    for name, key in (("word_column", "word_columns"), ("tag_column", "word_columns"),
                      ("sheet", "sheets")):  # fmt: skip
        names = next((row[key] for row in rows if isinstance(row.get(key), list)), [])
        now = str(reading.get(name, ""))
        if now and now not in names:  # by its number, where columns have names
            names = [*names, now]
        if names:
            choices = [["", t("check.detected")], *([one, one] for one in names)]
            fields.append([name, t(f"check.{name}"), now, choices])
    if any(row["format"] == "json" for row in rows):
        fields.append(["rows", t("check.rows_under"), reading.get("rows", ""), []])
    return fields


def table_fields(reading: dict[str, Any], *, encoding: bool, delimiter: bool) -> list[Field]:
    """Those of files of text, and of those with fields in lines."""
    fields: list[Field] = []
    auto = [["", t("check.detected")]]
    if encoding:
        codes = [[code, code] for code in dict.fromkeys([*_given(reading, "encoding"), *CODES])]
        fields.append(["encoding", t("check.encoding"), reading.get("encoding", ""), auto + codes])
    if delimiter:
        marks = dict.fromkeys([*MARKS, *_given(reading, "delimiter")])
        named = [[mark, mark_said(mark)] for mark in marks]
        fields.append(
            ["delimiter", t("check.delimiter"), reading.get("delimiter", ""), auto + named]
        )
        answers = [["yes", t("check.yes")], ["no", t("check.no")]]
        now = {None: "", True: "yes", False: "no"}[reading.get("header")]
        fields.append(["header", t("check.header"), now, auto + answers])
        quotes: Any = reading.get("quotes")
        now = {None: "", True: "yes", False: "no"}.get(quotes, quotes)
        answers = [*answers, ["'", t("check.single_quotes")]]
        fields.append(["quotes", t("check.quotes"), now, auto + answers])
    return fields


def offered(
    run: Any, file: Path, given: dict[str, Any], reports: list[FileReport], before: list[Field],
) -> list[Field]:  # fmt: skip
    """Those of a file that a run predicts; what would be taken over can be left out.

    Parameters
    ----------
    given : dict
        How it was said to be read; None leaves out what the run's recipe says.
    reports : list of FileReport
        How it was read; of one that could not be read there are none.
    before : list
        What was offered of the same file: that stays where it cannot be read any more.
    """
    from workbench.data.asked import taken_over
    from workbench.data.reading import archives

    plain = {name: value for name, value in given.items() if value is not None}
    if reports:
        fields = fields_of([report.as_row() for report in reports], plain)
    elif before:
        written = {True: "yes", False: "no", None: LEFT_OUT}
        kept = {name: written.get(value, value) for name, value in given.items()}
        return [[name, label, str(kept.get(name, "")), *rest] for name, label, _, *rest in before]
    else:
        kind = archives.ending(file)
        fields = table_fields(plain, encoding=kind in ENCODED, delimiter=kind in IN_LINES)
    for name, value in taken_over(file, run.recipe, run.data_info().get("read")).items():
        field = next((one for one in fields if one[0] == name), None)
        if field is None:  # its kind has none, or it is not known yet what there is to choose from
            fields.append(field := [name, _called(name), str(plain.get(name, "")), []])
        out = name in given and given[name] is None
        field[2] = LEFT_OUT if out else field[2]
        others = field[3][1:] or ([[field[2], field[2]]] if field[2] and not out else [])
        said = t("file_predictions.as_learnt", value=value)
        field[3] = [["", said], [LEFT_OUT, t("check.detected")], *others]
    return fields


def _called(name: str) -> str:
    """A setting as people call it, where it has a field; else as a recipe does."""
    known = ("encoding", "delimiter", "header", "quotes", "word_column", "tag_column", "sheet",
             "rows")  # fmt: skip
    return t(f"check.{name}") if name in known else name


def value_of(name: str, text: str) -> Any:
    """What is meant by the value of a field; None for as it is detected."""
    if name in ("header", "quotes"):
        return {"yes": True, "no": False}.get(text, text or None)
    return text or None


def mark_said(delimiter: Any) -> str:
    """A separator as people call it."""
    text = as_text(delimiter)
    return t(f"check.mark_{MARKS[text]}") if text in MARKS else text


def _given(reading: dict, name: str) -> list[str]:
    return [reading[name]] if reading.get(name) else []
