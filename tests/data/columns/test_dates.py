"""Dates of a column are read in one order, which is found out, said, or asked about."""

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from workbench.data.columns.dates import looks_like_date, read_dates
from workbench.data.examples import load_examples
from workbench.errors import DataError


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))


def read(*texts, order=None):
    times, said = read_dates({"train": pd.Series(texts)}, "day", order)
    return [str(time)[:16] for time in times["train"]], said


@pytest.mark.parametrize(
    ("texts", "times", "says"),
    [
        (["01.02.2024", "31.01.2024"], ["2024-02-01", "2024-01-31"], "the day first: '31.01.2024'"),
        (["02/01/2024", "01/31/2024"], ["2024-02-01", "2024-01-31"], "the month first: '01/31"),
        (["1.2.2024 18:30", "13.2.2024, 07:05"], ["2024-02-01 18:30", "2024-02-13 07:05"], "day"),
        (["02/01/2024 5:30 PM", "01/31/2024 12:00 am"], ["2024-02-01 17:30", "2024-01-31 00:00"],
         "month"),
        (["01.02.24", "31.01.69"], ["2024-02-01", "1969-01-31"], "day"),
        (["99-01-02", "24-02-01"], ["1999-01-02", "2024-02-01"], "year"),
        (["2024-02-01", "2024-01-31 10:00"], ["2024-02-01", "2024-01-31 10:00"], ""),
        (["2024/2/1", "2024.01.31"], ["2024-02-01", "2024-01-31"], ""),
        (["2024-02-01T10:00:00Z", "2024-02-01T10:00:00+02:00"],
         ["2024-02-01 10:00", "2024-02-01 08:00"], ""),
        (["3 Feb 2024", "Jan 31, 2024"], ["2024-02-03", "2024-01-31"], ""),
        (["01.01.2024", "02.02.2024"], ["2024-01-01", "2024-02-02"], ""),
        (["20240131", "20240201"], ["2024-01-31", "2024-02-01"], ""),
    ],
    ids=["day-first", "month-first", "times", "afternoon", "two-digits", "year-first-short", "iso",
         "year-first", "zones", "names", "same-both-ways", "compact"],
)  # fmt: skip
def test_all_rows_of_a_column_are_read_one_way(texts, times, says):
    found, said = read(*texts)
    assert all(time.startswith(wanted) for time, wanted in zip(found, times, strict=True))
    assert says in said and bool(says) == bool(said)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["01.02.2024"], "can be read with the day first or the month first"),
        (["01/02/2024", "03/04/2024 18:00"], "reading={'dates': 'dmy'}"),
        (["31.01.2024", "01.31.2024"], "written in two ways"),
        (["31.01.2024", "soon"], "Row 1 of 'train' has 'soon' in 'day'"),
        (["30.02.2024"], "which is no time with the day first"),
    ],
    ids=["one", "several", "two-ways", "word", "no-such-day"],
)
def test_what_no_row_decides_is_asked(texts, says):
    with pytest.raises(DataError, match=says.replace("{", "\\{")):
        read(*texts)


def test_an_order_that_is_given_is_taken():
    assert read("01.02.2024", order="dmy")[0] == ["2024-02-01 00:00"]
    assert read("01.02.2024", order="mdy")[0] == ["2024-01-02 00:00"]
    assert read("01-02-03", order="ymd")[0] == ["2001-02-03 00:00"]
    with pytest.raises(DataError, match="month first"):
        read("31.01.2024", order="mdy")


@pytest.mark.parametrize(
    ("text", "is_date"),
    [("2026-01-31", True), ("31.1.2026", True), ("1/31/2026", True), ("31/01/26", True),
     ("2026-01-31 18:30", True), ("3.10.2", False), ("2-1-0", False), ("3.9.12", False),
     ("192.168.1", False), ("2026-13-32", False), ("1.2026", False), ("2026", False)],
    ids=lambda value: str(value),
)  # fmt: skip
def test_what_looks_like_a_date(text, is_date):
    assert looks_like_date(text) == is_date


def test_the_last_days_are_the_test_part_whatever_way_they_are_written():
    days = pd.date_range("2024-01-01", periods=100, freq="3D")
    frame = pd.DataFrame(rows(100), columns=["text", "label"])
    recipe = wb.Recipe(dataset=frame.assign(day=days.strftime("%d.%m.%Y")), split="time",
                       split_column="day")  # fmt: skip
    examples = load_examples(recipe)
    assert list(examples.splits["test"]["row"]) == list(range(80, 100))
    assert any("the day first" in note for note in examples.notes)
    american = recipe.replace(dataset=frame.assign(day=days.strftime("%m/%d/%Y")))
    assert list(load_examples(american).splits["test"]["row"]) == list(range(80, 100))
    open_days = [f"{n % 12 + 1:02}.{n % 11 + 1:02}.2024" for n in range(100)]
    asked = recipe.replace(dataset=frame.assign(day=open_days))
    with pytest.raises(DataError, match="no row decides it"):
        load_examples(asked)
    answered = load_examples(asked.replace(reading={"dates": "mdy"}))
    assert any("the month first, as reading says" in note for note in answered.notes)
    with pytest.raises(DataError, match="'dmy', 'mdy' or 'ymd'"):
        load_examples(asked.replace(reading={"dates": "american"}))
