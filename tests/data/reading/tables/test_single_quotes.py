"""Single quotes around fields against apostrophes; one column against a table without a header."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.reading import sources
from workbench.data.reading.reading_settings import check_reading, read_setting
from workbench.errors import DataError

WORDS = "river stone garden letter window bread castle violin".split()
ROWS = [(f"{WORDS[n % 8]}, {WORDS[n * 3 % 8]} it's {n}", ("neg", "pos")[n % 2]) for n in range(30)]
PLAIN = [(f"{WORDS[n % 8]} don't {n}", ("neg", "pos")[n % 2]) for n in range(30)]


def opened(tmp_path, content, name="a.csv", **reading):
    path = tmp_path / name
    path.write_bytes(content.encode())
    splits, reports = sources.opened(path, reading=reading)
    return [tuple(row.values()) for row in splits["train"].to_list()], reports[0].notes


def written(rows, header=("text", "label"), **options):
    made = io.StringIO(newline="")
    csv.writer(made, quotechar="'", lineterminator="\n", **options).writerows([header, *rows])
    return made.getvalue()


def lines(rows, form):
    return "text,label\n" + "".join(form.format(text, label) + "\n" for text, label in rows)


WRITTEN = {
    "only where they are needed": written(ROWS),
    "around all": written(ROWS, quoting=csv.QUOTE_ALL),
    "semicolons": written(ROWS, delimiter=";", quoting=csv.QUOTE_ALL),
    "tabs": written(ROWS, delimiter="\t"),
    "backslashes": written(ROWS, doublequote=False, escapechar="\\"),
    "blanks before them": lines(
        [(text.replace("'", "''"), label) for text, label in ROWS], "'{}', '{}'"),
    "apostrophes within as they are": lines(ROWS, "'{}',{}"),
    "Windows": written(ROWS).replace("\n", "\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_fields_in_single_quotes(tmp_path, name):
    found, notes = opened(tmp_path, WRITTEN[name])
    assert found == ROWS
    note = next(note for note in notes if "single quotes" in note.what)
    assert note.count in (30, 60) and "{'quotes': False}" in note.remedy


def test_texts_over_several_lines_and_double_quotes_within(tmp_path):
    rows = [(f'one said "no, {n}"\nand it\'s so, yes', label) for n, (_, label) in enumerate(ROWS)]
    assert opened(tmp_path, written(rows))[0] == rows
    assert opened(tmp_path, written(rows, quoting=csv.QUOTE_ALL, delimiter=";"))[0] == rows


APOSTROPHES = {
    "within": PLAIN,
    "before and behind": [
        (f"'tis {text} players'" if n % 5 == 0 else text, label)
        for n, (text, label) in enumerate(PLAIN)],
    "open here, close there": [
        (f"'tis {text}" if n % 2 else f"{text} players'", label)
        for n, (text, label) in enumerate(PLAIN)],
    "speech and who says it": [
        (f"'Go {n}' she said" if n % 2 else f"'Go {n}'", label)
        for n, (_, label) in enumerate(PLAIN)],
}  # fmt: skip


@pytest.mark.parametrize("name", APOSTROPHES)
@pytest.mark.parametrize("mark", [",", "\t"], ids=["comma", "tab"])
def test_apostrophes_stay_where_they_are(tmp_path, name, mark):
    rows = APOSTROPHES[name]
    content = "".join(mark.join(row) + "\n" for row in [("text", "label"), *rows])
    found, notes = opened(tmp_path, content)
    assert found == rows and not [note for note in notes if "no part of them" in note.what]


def test_the_user_has_the_last_word(tmp_path):
    spoken = [(f"'Go away {n}'", label) for n, (_, label) in enumerate(PLAIN)]
    content = lines(spoken, "{},{}")
    assert opened(tmp_path, content)[0][3] == ("Go away 3", "pos")
    assert opened(tmp_path, content, quotes=False)[0] == spoken
    assert opened(tmp_path, content, quotes=True)[0] == spoken
    mixed = [*spoken[:20], *PLAIN[20:], ("'a", "neg")]
    found, notes = opened(tmp_path, lines(mixed, "{},{}"))
    assert found == mixed
    note = next(note for note in notes if note.check == "quotes")
    assert note.count == 20 and '"\'"' in note.remedy
    found, notes = opened(tmp_path, lines(mixed[:-1], "{},{}"), quotes="'")
    assert found[:20] == [(text.strip("'"), label) for text, label in mixed[:20]]
    assert read_setting("quotes", "'") == ("quotes", "'")
    with pytest.raises(DataError, match="The quotes of reading is '`'"):
        check_reading({"quotes": "`"})


def test_a_row_with_another_number_of_fields_names_the_setting(tmp_path):
    content = lines(PLAIN, "{},{}") + "'one, two' three,four,pos\n"
    with pytest.raises(DataError, match="Row 32 .* 4 fields and not 2") as caught:
        opened(tmp_path, content)
    assert "{'quotes': \"'\"}" in caught.value.remedy


TEXTS = st.text("ab \"',;\n\té文", min_size=1, max_size=10).map(lambda text: f"a{text}b")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["K", "L"])), min_size=2, max_size=6),
       st.sampled_from([",", ";", "\t"]))  # fmt: skip
def test_what_is_written_is_read_back(tmp_path_factory, rows, mark):
    content = written(rows, delimiter=mark, quoting=csv.QUOTE_ALL)
    found, _ = opened(tmp_path_factory.mktemp("single"), content)
    assert found == rows


# --- one column ----------------------------------------------------------------------------------

ONE = {
    "in quotes, repeated": ['"I liked it,really"', '"Not good,no"'],
    "in single quotes, repeated": ["'I liked it,really'", "'Not good,no'"],
    "without quotes, repeated": ["I liked it,really", "Not good,no"],
    "over lines": ['"Dear all,\nfine,yes\nok,no"', '"Dear you,\nfine,no\nok,yes"'],
    "thousands": [f"it costs {n},{('000', '500')[n % 2]}" for n in range(1, 21)],
    "line separators within": [f'"a\u2028b {n},{("yes", "no")[n % 2]}"' for n in range(20)],
}


@pytest.mark.parametrize("name", ONE)
def test_texts_of_one_column_are_not_taken_for_a_table(tmp_path, name):
    texts = ONE[name] * (20 // len(ONE[name]))
    found, notes = opened(tmp_path, "text\n" + "\n".join(texts) + "\n")
    assert found == [(text.strip("\"'"),) for text in texts]
    said = [note.check for note in notes if note.severity == "warning"]
    assert said == (["one column"] if name.startswith("without") else [])


def test_labels_below_a_single_name_are_asked_about(tmp_path):
    with pytest.raises(DataError, match="one name, 'text', and the others have 2 fields"):
        opened(tmp_path, "text\n" + "".join(f"{text},{label}\n" for text, label in PLAIN))


def test_a_cell_of_megabytes_is_a_text_like_others(tmp_path):
    """The csv module's own limit is 131,072 characters a field."""
    long = "word, and " * 200_000
    rows = [*PLAIN[:9], (long, "pos")]
    content = "text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows)
    assert opened(tmp_path, content)[0] == rows
    assert opened(tmp_path, "text,label\n" + f'"{long}",pos\n' + content[11:])[0] == [
        rows[-1], *rows
    ]  # fmt: skip
    assert opened(tmp_path, written([*rows, ("a,b", "neg")]))[0][9] == rows[9]
