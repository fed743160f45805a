"""Workbooks that ask for more room than there is: read without what is far out, or refused."""

import io
import zipfile

import pytest

from tests.data.reading.corpus import workbook
from workbench.data.reading.tables import workbook_cells, workbook_child, workbook_extent
from workbench.data.reading.user_files import read_file
from workbench.errors import DataError

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROWS = [[f"text {n}", "yes" if n % 2 else "no"] for n in range(60)]
TABLE = [["text", "label"], *ROWS]


def changed(content: bytes, part: str, old: str, new: str, **parts: str) -> bytes:
    """A workbook with one replacement in a part, and more parts (``a__b.xml`` lies in ``a/``)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as sink:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == part:
                assert old in text
                text = text.replace(old, new, 1)
            sink.writestr(name, text)
        for name, text in parts.items():
            sink.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def with_cells(cells: str) -> bytes:
    return changed(workbook(TABLE), SHEET, "</sheetData>", f"{cells}</sheetData>")


def with_texts(head: str) -> bytes:
    """Whose table of shared texts has this head and two texts."""
    texts = f'<sst xmlns="{MAIN}" {head}><si><t>one</t></si><si><t>two</t></si></sst>'
    link = f'<Relationship Id="t" Type="{LINK}/sharedStrings" Target="sharedStrings.xml"/>'
    return changed(
        workbook(TABLE), "xl/_rels/workbook.xml.rels", "</Relationships>",
        f"{link}</Relationships>", **{"xl__sharedStrings.xml": texts},
    )  # fmt: skip


def read(tmp_path, content: bytes, name: str = "a.xlsx", **reading):
    (tmp_path / name).write_bytes(content)
    reports = []
    table = read_file(tmp_path / name, reading, reports)
    return table, {note.check: note for note in reports[0].notes}


FAR = {
    "corner": ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "XFD1048576"),
    "single-quotes": ("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>", "XFD1048576"),
    "prefixed": (
        f'<x:row xmlns:x="{MAIN}" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        "XFD1048576",
    ),
    "empty-but-styled": ('<row r="1048576"><c r="XFD1048576" s="0"/></row>', "XFD1048576"),
    "text": (
        '<row r="1000000"><c r="ZZZ1000000" t="inlineStr"><is><t>x &lt;</t></is></c></row>',
        "ZZZ1000000",
    ),
    "without-row": ('<row><c r="XFD1048576"><v>1</v></c></row>', "XFD1048576"),
}


@pytest.mark.parametrize(("cells", "where"), FAR.values(), ids=FAR)
def test_a_stray_cell_is_left_out_and_said(tmp_path, cells, where):
    table, notes = read(tmp_path, with_cells(cells))
    assert table.column_names == ["text", "label"]
    assert table.to_pylist() == [dict(zip(("text", "label"), row, strict=True)) for row in ROWS]
    assert notes["far cells"].count == 1
    assert where in notes["far cells"].what and "first 61 rows and 2 columns" in notes[
        "far cells"
    ].what  # fmt: skip


def test_strays_in_several_corners(tmp_path):
    cells = "".join(
        f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'
        for row, column in ((900_000, "A"), (900_001, "XFD"), (1_048_576, "AAA"))
    )
    table, notes = read(tmp_path, with_cells(cells))
    assert notes["far cells"].count == 2  # the one below column A takes no room
    assert table.num_rows == 61 and table["text"].to_pylist()[-1] == "1"


def test_a_stray_that_asks_for_little_is_read(tmp_path):
    """Beyond empty rows or beyond empty columns only: it is there, the emptiness is not."""
    below, _ = read(tmp_path, with_cells('<row r="90000"><c r="B90000"><v>7</v></c></row>'))
    assert below.num_rows == 61 and below["label"].to_pylist()[-1] == "7"
    right = changed(workbook(TABLE), SHEET, "</row>", '<c r="XFD1"><v>7</v></c></row>')
    table, notes = read(tmp_path, right)
    assert table.num_rows == 60 and table.num_columns == 3 and "far cells" not in notes


def test_the_note_is_for_the_sheet_that_was_read(tmp_path):
    other = changed(
        workbook(TABLE), "xl/workbook.xml", "</sheets>",
        '<sheet name="Two" sheetId="2" r:id="r2"/></sheets>',
        **{"xl__worksheets__other.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'
           f'<row r="1"><c r="A1"><v>1</v></c></row>{FAR["corner"][0]}</sheetData></worksheet>'},
    )  # fmt: skip
    link = f'<Relationship Id="r2" Type="{LINK}/worksheet" Target="worksheets/other.xml"/>'
    other = changed(
        other, "xl/_rels/workbook.xml.rels", "</Relationships>", link + "</Relationships>"
    )
    table, notes = read(tmp_path, other)
    assert table.num_rows == 60 and "far cells" not in notes
    _, notes = read(tmp_path, other, sheet="Two", header=False)
    assert "first 1 rows and 1 columns" in notes["far cells"].what


def test_cells_spread_all_over_are_refused(tmp_path):
    names = [f"{workbook_extent._letters(n * 80)}{n * 5000}" for n in range(1, 200)]
    cells = "".join(f'<row><c r="{name}"><v>1</v></c></row>' for name in names)
    with pytest.raises(DataError, match=r"its 321 cells lie spread over 995,000 rows"):
        read(tmp_path, with_cells(cells))


@pytest.mark.parametrize(
    "head",
    ['count="2" uniqueCount="4000000000"', 'uniqueCount="99999999999999"', 'uniqueCount="-1"',
     "uniqueCount='4000000000' count='4000000000'", f'uniqueCount="{"9" * 5000}"', ""],
    ids=["lying", "huge", "negative", "single-quotes", "five-thousand-digits", "none"],
)  # fmt: skip
def test_a_count_that_lies_is_not_believed(tmp_path, head):
    table, _ = read(tmp_path, with_texts(head))
    assert table.num_rows == 60


def test_an_extent_that_lies_is_not_believed(tmp_path):
    lying = '<dimension ref="A1:XFD1048576"/><sheetData>'
    table, _ = read(tmp_path, changed(workbook(TABLE), SHEET, "<sheetData>", lying))
    assert table.num_rows == 60


def ods(rows: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(f'xmlns:{n}="{space}{n}:1.0"' for n in ("office", "table", "text"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="One">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{space}manifest:1.0"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
        )
    return buffer.getvalue()


def ods_row(*texts: str, more: str = "", repeat: str = "") -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>'
        for t in texts
    )
    return f"<table:table-row {repeat}>{more}{cells}</table:table-row>"


EMPTY = '<table:table-cell table:number-columns-repeated="16383"/>'
ODS = "".join(ods_row(*row) for row in TABLE)
MANY = 'table:number-rows-repeated="1048515"'


def test_an_open_document_with_its_empty_rest(tmp_path):
    table, _ = read(tmp_path, ods(ODS + ods_row(more=EMPTY, repeat=MANY)), "a.ods")
    assert table.num_rows == 60 and table.num_columns == 2


def test_an_open_document_with_a_stray_cell_is_refused_in_a_sentence(tmp_path):
    rest = ods_row(more=EMPTY, repeat=MANY.replace("15", "14")) + ods_row("x", more=EMPTY)
    with pytest.raises(DataError, match="cannot be read as a workbook") as caught:
        read(tmp_path, ods(ODS + rest), "a.ods")
    assert "delete all beyond the table" in caught.value.remedy


def test_what_needs_too_much_memory_ends_its_own_process_only(tmp_path, monkeypatch):
    """Whatever a reader does with a workbook that nobody has looked into."""
    (tmp_path / "a.xlsx").write_bytes(with_cells(FAR["corner"][0]))
    with pytest.raises(DataError, match="more than 6 GB of memory"):
        workbook_cells.read_cells(tmp_path / "a.xlsx", None, called=tmp_path / "a.xlsx")


def test_what_takes_too_long_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(workbook_child, "__file__", str(tmp_path / "slow.py"))
    monkeypatch.setattr(workbook_cells, "SECONDS", 0.2)
    with pytest.raises(DataError, match="took longer than"):
        workbook_cells.read_cells(tmp_path / "a.xlsx", None, called=tmp_path / "a.xlsx")


def test_values_come_as_they_are():
    import datetime as dt
    import json

    row = ["a", 1.5, 3, True, "", dt.datetime(2024, 2, 1, 3, 4, 5), dt.date(2024, 2, 1),
           dt.time(3, 4), dt.timedelta(days=1, seconds=2)]  # fmt: skip
    sent = json.loads(json.dumps(row, default=workbook_child._plain))
    assert [workbook_cells._value(cell) for cell in sent] == row


def test_only_what_holds_something_is_kept():
    assert workbook_child.rows_of([["", "", ""], ["a", "", "b"], ["", "", 0]]) == [
        ["a", "b"], ["", 0],
    ]  # fmt: skip
    assert workbook_child.rows_of([["", ""]]) == []
