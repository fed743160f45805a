"""What is written in a column of a text file is what is read: codes stay codes, numbers numbers."""

import datetime

import pyarrow as pa
import pytest

from workbench.data.columns.column_types import cast, kind_of, typed
from workbench.data.reading import user_files
from workbench.data.reading.sources import opened


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "10", ""], "whole"),
        (["-5", "0", "NA"], "whole"),
        (["01", "1", "10", "010"], "text"),
        (["007", "8"], "text"),
        (["1e3", "2e4"], "text"),
        (["+1", "-1"], "text"),
        (["-0", "1"], "text"),
        (["12345678901234567890", "1"], "text"),
        (["3.10.2", "3.9.1"], "text"),
        (["2-1-0", "2-1-1"], "text"),
        (["3.1", "3.10", "3.1", "3.10"], "text"),
        (["00.5", "01.5"], "text"),
        (["0,5", "1,0"], "text"),
        (["10:30", "11:45"], "text"),
        (["0.5", "2", "-1.25"], "fraction"),
        (["5.000", "2.528", "2.5"], "fraction"),
        (["1.5E-05", "2e-07"], "fraction"),
        (["1.0", "inf"], "fraction"),
        (["true", "false"], "truth"),
        (["True", "false"], "text"),
        (["2026-01-31", "2026-02-01"], "date"),
        (["2026-02-31", "2026-02-01"], "text"),
        (["2026-01-31 18:30", "2026-02-01"], "time"),
        (["2026-01-31T18:30:00Z", "2026-02-01T01:00:00+02:00"], "moment"),
        (["2026-01-31T18:30:00Z", "2026-02-01 01:00"], "text"),
        (["", ""], "empty"),
        (["yes", "no"], "text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "/".join(value)[:30] or "blank",
)
def test_a_column_is_of_numbers_only_where_they_say_all_that_is_written(texts, kind):
    assert kind_of(pa.chunked_array([texts])) == kind
    if kind == "text":
        assert cast(pa.chunked_array([texts]), kind).to_pylist() == texts


def test_values_of_a_kind():
    def values(*texts):
        column = pa.chunked_array([list(texts)])
        return cast(column, kind_of(column)).to_pylist()

    assert values(" 5", "NA", "-3 ") == [5, None, -3]
    assert values("0.50", "") == [0.5, None]
    assert values("TRUE", "FALSE", "null") == [True, False, None]
    assert values("2026-01-31", "") == [datetime.date(2026, 1, 31), None]
    assert values("2026-01-31 18:30", "2026-02-01")[0] == datetime.datetime(2026, 1, 31, 18, 30)


def test_later_pieces_widen_what_earlier_ones_were():
    pieces = [["1", "2"], ["2.5", "3"], ["", ""], ["01", "2"]]
    known = {}
    kinds = []
    for piece in pieces:
        _, known = typed(pa.table({"n": pa.chunked_array([piece])}), known)
        kinds.append(known["n"])
    assert kinds == ["whole", "fraction", "fraction", "text"]


CODES = [("01", 4), ("1", 4), ("10", 4), ("010", 4)]


def written(path, codes=CODES, filler=0):
    lines = ["text,label"]
    for number in range(max(filler, 1)):
        lines += [f"story {number} {i} {'and so on ' * 12},{code}"
                  for code, n in codes for i in range(n)]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_codes_of_a_csv_file_stay_four_classes_and_that_is_said(tmp_path):
    splits, reports = opened(written(tmp_path / "codes.csv"))
    assert set(splits["train"]["label"]) == {"01", "1", "10", "010"}
    (note,) = [note for note in reports[0].notes if note.check == "codes"]
    assert "'label'" in note.what and "'01'" in note.what
    plain, reports = opened(written(tmp_path / "plain.csv", [("1", 4), ("10", 4)]))
    assert set(plain["train"]["label"]) == {1, 10}
    assert not [note for note in reports[0].notes if note.check == "codes"]


def test_a_code_in_a_late_block_of_a_large_file_turns_the_whole_column(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(user_files, "BIG", 1000)
    monkeypatch.setattr("workbench.data.reading.tables.delimited.BLOCK", 20_000)
    path = written(tmp_path / "large.csv", [("1", 4), ("10", 4)], filler=40)
    with path.open("a") as file:
        file.write("the last one,010\n")
    splits, _ = opened(path)
    assert set(splits["train"]["label"]) == {"1", "10", "010"}
    assert len(splits["train"]) == 321


def test_fractions_are_numbers_and_no_codes(tmp_path):
    lines = [f"story {n},{n / 7:.3f}" for n in range(20)]
    (tmp_path / "f.csv").write_text("text,score\n" + "\n".join(lines), "utf-8")
    splits, reports = opened(tmp_path / "f.csv")
    assert splits["train"]["score"][3] == 0.429
    assert not [note for note in reports[0].notes if note.check == "codes"]
