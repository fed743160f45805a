"""Broken files, made when a test asks for them: each with what has to be said about it."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

GOOD = "a warm and clever film with a fine story in which much happens and nobody is bored".split()
BAD = "a dull and tired film without any story in which little happens and everyone sleeps".split()


def rows(n: int = 40, seed: int = 0) -> list[tuple[str, str]]:
    """Texts that differ, with two labels in turn."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        words = rng.sample(GOOD if number % 2 == 0 else BAD, 9)
        made.append((" ".join(words) + f" number {number}", ("good", "bad")[number % 2]))
    return made


def csv(pairs, header="text,label", sep=",") -> str:
    lines = [header.replace(",", sep)] if header else []
    return "\n".join([*lines, *(f"{text}{sep}{label}" for text, label in pairs)]) + "\n"


def workbook(cells: list[list] | dict[str, list[list]], formula: str = "") -> bytes:
    """A minimal xlsx: inline strings, numbers, and optionally one formula in the last row.

    ``cells`` are the rows of one sheet, or of several by their names.
    """
    sheets = cells if isinstance(cells, dict) else {"One": cells}
    space = "http://schemas.openxmlformats.org/"
    main, rel = space + "spreadsheetml/2006/main", space + "officeDocument/2006/relationships"
    pack = space + "package/2006/"
    numbered = list(enumerate(sheets, 1))
    named = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in numbered)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{pack}content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{pack}relationships"><Relationship Id="r1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{named}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{pack}relationships">{related}'
        "</Relationships>",
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{main}"><sheetData>'
            f"{_sheet(sheets[name], formula)}</sheetData></worksheet>"
            for n, name in numbered
        },
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _sheet(cells: list[list], formula: str) -> str:
    lines = []
    for number, row in enumerate(cells, 1):
        made = []
        for value in row:
            if isinstance(value, str):
                made.append(f'<c t="inlineStr"><is><t>{value}</t></is></c>')
            else:
                made.append(f"<c><v>{value}</v></c>")
        if formula and number == len(cells):
            made[-1] = f"<c><f>{formula}</f><v>7</v></c>"
        lines.append(f'<row r="{number}">{"".join(made)}</row>')
    return "".join(lines)


def _sparse(path: Path, start: bytes = b"", size: int = 4 * 2**30) -> None:
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(size)


def _endless(path: Path) -> None:
    with open(path, "wb") as file:
        for _ in range(66):
            file.write(b"a" * 2**20)


def _class_folder_with_link(path: Path) -> None:
    outside = path.parent / "secret.txt"
    outside.write_text("what is not to be read")
    for label in ("good", "bad"):
        (path / label).mkdir(parents=True)
        (path / label / "1.txt").write_text(f"a {label} film")
    os.symlink(outside, path / "good" / "2.txt")


def _split_link(path: Path) -> None:
    outside = path.parent / "outside.csv"
    outside.write_text(csv(rows()))
    path.mkdir()
    os.symlink(outside, path / "train.csv")


def _parquet_pieces(path: Path) -> None:
    path.write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")


def _with(changes: dict[int, tuple[str, str]], n: int = 40) -> list[tuple[str, str]]:
    made = rows(n)
    for number, pair in changes.items():
        made[number] = pair
    return made


TEXT = rows()[0][0]
SQUAD = {"question": "Who?", "context": "It was Ada.", "answers": {"text": ["Ada"]}}
SQUAD["answers"]["answer_start"] = [7]

Content = bytes | str | Callable[[Path], None]

#: name of the file -> (content, words of the refusal, remedy must be there)
REFUSED: dict[str, tuple[Content, str]] = {
    "empty.csv": (b"", "is empty"),
    "header-only.csv": ("text,label\n", "has no rows"),
    "blank-lines.csv": ("\n\n\n", "has no rows"),
    "open-quote.csv": (csv(_with({3: ('"never closed, alas', "bad")})), "quote opens in line 5"),
    "open-quote-last.csv": (csv(rows()) + '"cut off amid\nlong text', "in line 42"),
    "ragged.csv": (csv(_with({4: ("a, b", "good")})), "Row 6 of .* 3 fields and not 2"),
    "short-row.csv": (csv(rows()) + "only a text\n", "Row 42 of .* 1 fields and not 2"),
    "mixed-separators.csv": (csv(rows(10)) + csv(rows(3), "", ";"), "Row 12 of .* 1 fields"),
    "twice.csv": (csv(rows(), "text,text"), "two columns 'text' .*1 and 2"),
    "damaged-utf8.csv": (
        csv([("é è ü ö ä ç", "good"), ("ñ ß ø", "bad")] * 20).encode() + b"caf\xe9,good\n",
        "UTF-8 except for damage at byte .* in line 42",
    ),
    "zip.csv": (workbook([["text"]]), "is a zip archive"),
    "gzip.jsonl": (b"\x1f\x8b\x08\0\0\0", "cannot be unpacked"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n", "is a picture"),
    "zero.csv": (b"text,label\nwell and good,g\0od\nso,bad\n", "zero byte at byte 26 .line 2"),
    "sparse.csv": (_sparse, "zero byte at byte 0"),
    "sparse-later.csv": (lambda p: _sparse(p, b"text,label\na,b\n"), "zero byte at byte 15"),
    "endless.csv": (_endless, "more than 64 MB .line 1"),
    "endless.jsonl": (_endless, "more than 64 MB .line 1"),
    "object.json": ('{"version": 1}', "holds an object"),
    "number.json": ("3", "holds a number"),
    "cut.json": ('[{"text": "a", "label": "b"}, {"text": "c", "la', "cut off|line 1"),
    "lines.json": ('{"text": "a"}\n{"text": }\n', "several JSON documents"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "unequal-lists.json": ('{"text": ["a", "b"], "label": [1]}', "'text' 2, 'label' 1"),
    "half-character.json": ('[{"text": "\\ud83d"}]', "half of a character"),
    "huge.json": (lambda p: _sparse(p, b"[", 2**30), "one JSON document of 1,024 MB"),
    "cut.jsonl": ('{"text": "a"}\n{"text": ', "line 2 is not JSON"),
    "mixed-lines.jsonl": ('{"text": "a"}\nhello\n', "line 2 is not JSON"),
    "list-line.jsonl": ('{"text": "a"}\n[1]\n', "line 2 is a list"),
    "mixed-types.jsonl": ('{"a": {"b": 1}}\n{"a": "x"}\n', "column 'a' of line 2"),
    "fake.parquet": (_parquet_pieces, "cannot be read as parquet"),
    "fake.arrow": (b"ARROW1\0\0 nothing", "cannot be read as arrow"),
    "fake.xlsx": (b"PK\x03\x04 nothing", "cannot be read as a workbook"),
    "fake.xls": (b"hello", "cannot be read as a workbook"),
    "empty.xlsx": (workbook([]), "has no rows in the sheet 'One'"),
    "untagged.conll": ("EU B-ORG\nrejects\n\n", "Line 2 of .* 1 columns where the others have 2"),
    "one-column.conll": ("EU\nrejects\n", "No column of .* holds tags"),
    "letter.doc": (b"\xd0\xcf\x11\xe0", "of a kind that cannot be read"),
    "classes": (_class_folder_with_link, "is a link that leads out of the folder"),
    "splits": (_split_link, "is a link that leads out of the folder"),
    "numbers.csv": ("a,b\n" + "\n".join(f"{i}.5,{i}" for i in range(9)), "no column of text"),
}

#: name of the file -> (content, severity, check, words of the finding)
FOUND: dict[str, tuple[Content, str, str, str]] = {
    "utf16.csv": (csv(rows()).encode("utf-16"), "info", "encoding", "UTF-16"),
    "utf16-no-mark.csv": (csv(rows()).encode("utf-16-le"), "info", "encoding", "UTF-16-LE"),
    "latin1.csv": (
        csv(_with({2: ("un café très agréable, déjà".replace(",", ""), "bad")})).encode("latin-1"),
        "warning", "encoding", "line 4.* read as cp1252, a guess",
    ),
    "gbk.csv": (csv([("这部电影很好看", "好"), ("太差了不喜欢", "差")] * 9).encode("gbk"),
                "warning", "encoding", "read as gb18030"),
    "read-wrong.csv": (csv(_with({5: ("cafÃ© et thÃ© au dÃ®ner", "bad")})), "warning",
                       "encoding damage", "1 text is UTF-8"),
    "lost.csv": (csv(_with({5: ("caf\ufffd and more", "bad")})), "warning", "lost characters",
                 "1 text holds"),
    "semicolon.csv": (csv([(f"{t}, so", x) for t, x in rows()], sep=";"), "info", "separator",
                      "';'"),
    "no-header.csv": (csv(rows(), ""), "warning", "header", "no header row"),
    "unnamed-column.csv": (csv([(f"{i},{t}", x) for i, (t, x) in enumerate(rows())],
                               ",text,label"), "info", "header", "Column 1 .* has no name"),
    "label-case.csv": (csv(_with({2: (TEXT, "Good"), 4: (TEXT + " x", "good ")})), "warning",
                       "label variants", "2 labels"),
    "minus-one.csv": (csv([(t, i % 3 - 1) for i, (t, _) in enumerate(rows())]), "warning",
                      "label -1", "13|14 rows"),
    "nan-labels.csv": (csv([(t, "" if i == 7 else i % 2) for i, (t, _) in enumerate(rows())]),
                       "error", "missing labels", "1 row has no label"),
    "float-classes.csv": (csv([(t, f"{i % 2}.0") for i, (t, _) in enumerate(rows())]), "info",
                          "float labels", "read as whole numbers"),
    "fractions.csv": (csv([(t, i + 0.5) for i, (t, _) in enumerate(rows())]), "info",
                      "numbers as labels", "0.5 to 39.5"),
    "many-classes.csv": (csv([(f"{TEXT} {i}", f"c{i}") for i in range(10_500)]), "error",
                         "too many classes", "10,500"),
    "one-class.csv": (csv([(t, "good") for t, _ in rows()]), "error", "one class", "'good'"),
    "small-class.csv": (csv(_with({2: (TEXT, "rare")})), "warning", "small classes", "1 of 3"),
    "dates.csv": (csv([(t, f"2026-01-{i + 1:02d}") for i, (t, _) in enumerate(rows(28))]),
                  "error", "dates as labels|too many classes", "dates|28"),
    "empty-text.csv": (csv(_with({6: ("  ", "good")})), "error", "empty text", "1 row has"),
    "repeats.csv": (csv(rows() + rows(4)), "warning", "duplicates", "4 rows"),
    "conflicts.csv": (csv(rows() + [(TEXT, "bad")]), "warning", "conflicting labels", "1 text has"),
    "personal.csv": (csv(_with({1: ("write to jo@example.org now", "bad")})), "warning",
                     "personal data", "e-mail"),
    "unbalanced.csv": (csv([(t, "a" if i > 10 else "b") for i, (t, _) in enumerate(rows(200))]),
                       "warning", "balance", "17 times"),
    "formulas.xlsx": (workbook([["text", "label"], *([t, i % 2] for i, (t, _) in
                                                     enumerate(rows())), ["so", 7]], "SUM(1,6)"),
                      "warning", "formulas", "1 formulas"),
    "one-quote.csv": (csv(_with({3: ('"never closed', "bad")})), "warning", "quotes", "in line 5"),
    "quote-last.csv": (csv(_with({39: (TEXT, '"open')})), "warning", "quotes", "in line 41"),
    "wide.csv": (csv([(t, f"{x}," + ",".join("1" * 2000)) for t, x in rows()],
                     "text,label," + ",".join(f"c{i}" for i in range(2000))),
                 "info", "many columns", "2,002 columns"),
    "constant.csv": (csv([(t, f"{x},1,{i}") for i, (t, x) in enumerate(rows())],
                         "text,label,same,number"), "info", "constant columns", "1 column holds"),
    "tags.jsonl": (
        "\n".join(json.dumps({"tokens": ["a", "b"], "tags": ["O"] * (1 if i == 3 else 2)})
                  for i in range(9)), "error", "tags not aligned", "1 row has"),
    "answers.json": (json.dumps([SQUAD, {**SQUAD, "answers": {"text": ["Bob"],
                                                              "answer_start": [0]}}]),
                     "warning", "answers outside their context", "1 row has"),
    "list-labels.jsonl": (
        "\n".join(json.dumps({"text": f"{t}", "label": ["x", "y"][: i % 2 + 1]})
                  for i, (t, _) in enumerate(rows())), "info", "labels a row",
        "2 labels, 1.50 a row on average"),
    "joined-labels.csv": (
        csv([(t, ("x", "y", "x;y", "x;y;z")[i % 4]) for i, (t, _) in enumerate(rows())]),
        "warning", "several labels", "50% of the labels hold ';'"),
}  # fmt: skip


def make(folder: Path, name: str, content: Content) -> Path:
    """Write one of them."""
    path = folder / name
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
