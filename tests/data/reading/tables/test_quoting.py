"""Quotes and line ends of delimited files: no row is swallowed, no text is changed in silence."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.reading import sources, user_files
from workbench.errors import DataError

WORDS = "river stone garden letter window bread castle violin".split()


def plain(count=30, labels=("bad", "good")):
    return [
        (f"{WORDS[n % 8]} {WORDS[(n * 3 + 1) % 8]} number {n}", labels[n % len(labels)])
        for n in range(count)
    ]


def written(rows, separator="\t", names=("text", "label")):
    return "".join(separator.join(row) + "\n" for row in [names, *rows])


def opened(tmp_path, name, content, **reading):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    splits, reports = sources.opened(path, reading=reading)
    rows = [tuple(row.values()) for row in splits["train"].to_list()]
    return rows, [note for note in reports[0].notes if note.check in ("quotes", "line ends")]


def strewn(changes, separator="\t"):
    """Rows with some texts changed, as they are and as a writer without quotes writes them."""
    rows = plain()
    for number, text in changes.items():
        rows[number] = (text, rows[number][1])
    return rows, written(rows, separator)


AS_THEY_ARE = {
    "two that open": {5: '"river garden 5', 12: '"window stone 12'},
    "one that opens": {5: '"river garden 5'},
    "far apart": {0: '"river garden 0', 29: '"window stone 29'},
    "opens here and ends there": {3: '"river garden', 20: 'he said yes"'},
    "around whole texts as well": {3: '"river', 8: '"quite all of it"', 9: 'said "so"'},
    "alone": {4: '"', 5: '"'},
    "three": {1: '"""', 7: '"a', 9: 'b"'},
    "inches": {2: '5" pipe', 3: '6" pipe and 7"'},
    "in the last row": {29: '"open'},
    "curly and straight": {2: "“river”", 3: '"river” stone'},
}


@pytest.mark.parametrize("changes", AS_THEY_ARE.values(), ids=list(AS_THEY_ARE))
@pytest.mark.parametrize("separator", ["\t", ",", ";"], ids=["tab", "comma", "semicolon"])
def test_quotes_that_are_characters_swallow_no_row(tmp_path, changes, separator):
    rows, content = strewn(changes, separator)
    name = "a.tsv" if separator == "\t" else "a.csv"
    found, notes = opened(tmp_path, name, content)
    assert found == rows
    if any(text.startswith('"') for text in changes.values()):
        first = min(n for n, text in changes.items() if text.startswith('"')) + 2
        assert f"line {first}" in notes[0].what and "'quotes': True" in notes[0].remedy
    assert opened(tmp_path, name, content, quotes=False)[0] == rows


def test_a_large_file_is_judged_as_a_small_one(tmp_path, monkeypatch):
    """The streamed path, and quotes far behind the sample that separators are judged by."""
    rows = [(f"{'river ' * 40}{n}", "ab"[n % 2]) for n in range(3000)]
    rows[1500], rows[2900] = ('"open', "a"), ('open too"', "a")
    content = written(rows)
    small, _ = opened(tmp_path, "small.tsv", content)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(user_files, "BIG", 1000)
    large, notes = opened(tmp_path, "large.tsv", content)
    assert small == large == rows and "line 1,502" in notes[0].what
    rows = [(r"he said \"yes\", so", "a"), *rows[:1500], *rows[1501:2900]]
    content = written([(f'"{text}"', label) for text, label in rows], ",")
    found, _ = opened(tmp_path, "escaped.csv", content)
    assert found[0] == ('he said "yes", so', "a") and len(found) == 2900


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["minimal", "all"])
def test_texts_over_several_lines_stay_whole(tmp_path, quoting):
    rows = plain()
    rows[3] = ("a letter, in full\n\nDear all, hello\r\nbye", "good")
    rows[9] = ('she said "no, never"\nand left', "bad")
    made = io.StringIO(newline="")
    csv.writer(made, quoting=quoting).writerows([("text", "label"), *rows])
    found, notes = opened(tmp_path, "a.csv", made.getvalue())
    assert found == rows and notes == []


def test_one_slip_among_quoted_fields_is_said_and_changes_no_other(tmp_path):
    rows = plain()
    lines = [f'"{text}, really","{label}"' for text, label in rows]
    lines[7] = '"stone" wall, really,"good"'
    with pytest.raises(DataError, match="Row 9 .* 3 fields and not 2"):
        opened(tmp_path, "a.csv", "text,label\n" + "\n".join(lines))
    lines[7] = '"stone" wall,"good"'
    found, notes = opened(tmp_path, "a.csv", "text,label\n" + "\n".join(lines))
    assert found[7] == ('"stone" wall', "good") and found[8] == (f"{rows[8][0]}, really", "bad")
    assert "1 row" in notes[0].what and "line 9" in notes[0].what


def test_quoted_fields_of_several_lines_beside_quotes_that_are_characters(tmp_path):
    """Most fields stand in quotes, one goes over lines, and two quotes open that are characters."""
    rows = [(f"{text}, so", label) for text, label in plain()]
    lines = [f'"{text}",{label}' for text, label in rows]
    lines[2] = '"one, two\nthree, in all",good'
    lines[5], lines[15] = '"river stone,bad', 'window" stone,bad'
    lines += [f"plain words {n},{('bad', 'good')[n % 2]}" for n in range(12)]
    found, notes = opened(tmp_path, "a.csv", "text,label\n" + "\n".join(lines))
    assert len(found) == len(lines) and found[2] == ("one, two\nthree, in all", "good")
    assert found[5] == ('"river stone', "bad") and found[15] == ('window" stone', "bad")
    assert notes[0].count == 1 and "line 8" in notes[0].what


ESCAPED = {
    "quotes": (r'"he said \"yes\", then"', 'he said "yes", then'),
    "at the end": (r'"he said \"yes\""', 'he said "yes"'),
    "a path": (r'"in C:\new, he said \"yes\""', 'in C:\\new, he said "yes"'),
}


@pytest.mark.parametrize("name", ESCAPED)
def test_backslashes_before_quotes(tmp_path, name):
    text, meant = ESCAPED[name]
    content = written([(text, "good")] + [(f'"{t}"', label) for t, label in plain()], ",")
    found, notes = opened(tmp_path, "a.csv", content)
    assert found[0] == (meant, "good") and found[1:] == plain()
    assert "quotes" in notes[0].check


def test_a_writer_that_doubles_its_backslashes(tmp_path):
    frame = pd.DataFrame([('say "x", \\ and C:\\new', "a"), *plain()], columns=["text", "label"])
    made = frame.to_csv(index=False, doublequote=False, escapechar="\\")
    assert opened(tmp_path, "a.csv", made)[0] == [tuple(row) for row in frame.to_numpy()]


@pytest.mark.parametrize("blanks", [" ", "  "], ids=["one", "two"])
def test_blanks_before_quotes(tmp_path, blanks):
    lines = [f'"{text}, so",{blanks}"{label}"' for text, label in plain()]
    found, _ = opened(tmp_path, "a.csv", f"text,{blanks}label\n" + "\n".join(lines))
    assert found == [(f"{text}, so", label) for text, label in plain()]


def test_the_user_has_the_last_word(tmp_path):
    content = written([('"a"', "x"), ('"b"', "y"), ('"c', "x")] + plain())
    assert opened(tmp_path, "a.tsv", content, quotes=False)[0][:2] == [('"a"', "x"), ('"b"', "y")]
    with pytest.raises(DataError, match="quote opens in line 4") as caught:
        opened(tmp_path, "a.tsv", content, quotes=True)
    assert "{'quotes': False}" in caught.value.remedy


def test_a_carriage_return_within_a_text_ends_no_row(tmp_path):
    rows = [("one\rtwo", "a"), *plain()]
    found, notes = opened(tmp_path, "a.csv", written(rows, ","))
    assert found == rows and notes[0].check == "line ends"
    assert opened(tmp_path, "b.csv", written(plain(), ",").replace("\n", "\r"))[0] == plain()
    one = "text\none\rtwo\nthree words here\n"
    assert opened(tmp_path, "c.csv", one)[0] == [("one\rtwo",), ("three words here",)]


# --- what is written is read back ----------------------------------------------------------------

TEXTS = st.text("ab \"',;|\t\n\r\\é文\u200b", min_size=1, max_size=12)
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from(["K", "L"])), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
       st.sampled_from([",", "\t", ";", "|"]), st.booleans())  # fmt: skip
def test_what_the_csv_module_writes(tmp_path_factory, rows, quoting, separator, by_pandas):
    # pandas writes a carriage return without quotes: where a row begins, it may end the row before
    rows = [(text.lstrip("\r") or "a", label) if by_pandas else (text, label)
            for text, label in rows]  # fmt: skip
    rows = [*rows, *[(f"plain words {n}", "KL"[n % 2]) for n in range(8)]]
    path = tmp_path_factory.mktemp("csv") / ("a.tsv" if separator == "\t" else "a.csv")
    if by_pandas:
        frame = pd.DataFrame(rows, columns=["text", "label"])
        frame.to_csv(path, index=False, sep=separator, quoting=quoting)
    else:
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=quoting, delimiter=separator)
            writer.writerows([("text", "label"), *rows])
    found = sources.load(path)["train"].to_list()
    assert [(row["text"], row["label"]) for row in found] == rows
