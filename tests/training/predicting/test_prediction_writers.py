"""Files that predictions go to part by part: what they hold, and what is left when they fail."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.training.predicting import prediction_writers as writers

TABLE = pd.DataFrame({
    "text": ["a\nb", "=1+1", "http://a.b", None, "名字 😀", "7"],
    "prediction": ["x", "y", "x", "y", "", "x"],
    "score_x": np.array([0.25, 1e-9, 1, np.nan, np.inf, 0.1], dtype=np.float32),
    "n": range(6),
})  # fmt: skip


def write(place, table=TABLE, size=2):
    with writers.written(place, len(table)) as out:
        for start in range(0, max(len(table), 1), size):
            out.write(table.iloc[start : start + size])
    return place


def test_each_kind_holds_what_was_written(tmp_path):
    csv = pd.read_csv(write(tmp_path / "a.csv"), keep_default_na=False, dtype={"text": str})
    assert csv["text"].tolist() == ["a\nb", "=1+1", "http://a.b", "", "名字 😀", "7"]
    assert (tmp_path / "a.csv").read_bytes() == TABLE.to_csv(index=False).encode()
    kept = pd.read_parquet(write(tmp_path / "a.parquet"))
    pd.testing.assert_frame_equal(kept, TABLE, check_dtype=False)
    assert kept["score_x"].dtype == np.float32 and kept["n"].dtype == np.int64
    sheet = pd.read_excel(write(tmp_path / "a.XLSX"), engine="calamine", keep_default_na=False)
    assert sheet["text"].tolist() == ["a\nb", "=1+1", "http://a.b", "", "名字 😀", "7"]
    assert sheet["score_x"].tolist()[:3] == pytest.approx([0.25, 1e-9, 1])
    assert sheet["score_x"].tolist()[3:5] == ["", "inf"] and sheet["n"].tolist() == [*range(6)]
    assert {one.name for one in tmp_path.iterdir()} == {"a.csv", "a.parquet", "a.XLSX"}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_kept_file_is_written_otherwise(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(writers, "BATCH", 4)
    kept = write(tmp_path / "kept.parquet")
    direct = write(tmp_path / f"direct.{ending}")
    made = writers.otherwise(kept, tmp_path / f"made.{ending}")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet,
            "xlsx": lambda path: pd.read_excel(path, engine="calamine")}[ending]  # fmt: skip
    pd.testing.assert_frame_equal(read(made), read(direct))


def test_no_rows_leave_the_names(tmp_path):
    for ending in ("parquet", "csv", "xlsx"):
        write(tmp_path / f"none.{ending}", TABLE.head(0), 1)
        assert writers.otherwise(tmp_path / "none.parquet", tmp_path / f"b.{ending}").exists()
    assert (tmp_path / "none.csv").read_text() == "text,prediction,score_x,n\n"


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_what_breaks_leaves_what_was_there(tmp_path, ending):
    place = tmp_path / f"a.{ending}"
    place.write_bytes(b"before")
    with pytest.raises(KeyError), writers.written(place, 6) as out:
        out.write(TABLE)
        raise KeyError("stopped")
    assert place.read_bytes() == b"before" and [*tmp_path.iterdir()] == [place]


def test_an_error_of_the_block_stays_what_it_is(tmp_path):
    with pytest.raises(OSError, match="no model"), writers.written(tmp_path / "a.csv", 1):
        raise OSError("no model")
    assert not [*tmp_path.iterdir()]


def test_a_full_disk_is_said():
    with pytest.raises(DataError, match="/dev/full.*No space left"):
        write(Path("/dev/full"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_folder_that_is_gone_is_said(tmp_path, ending):
    with pytest.raises(DataError, match="cannot be written to .*No such file"):
        write(tmp_path / "no" / f"a.{ending}")


def test_what_a_workbook_cannot_hold_is_refused(tmp_path):
    with pytest.raises(DataError, match="at most 1,048,575 rows, and 1,048,576 were") as refused:
        with writers.written(tmp_path / "a.xlsx", 1_048_576):
            pass
    assert "\n" not in str(refused.value) and ".parquet" in refused.value.remedy
    long = pd.DataFrame({"text": ["a", "b" * 32_767, "c" * 32_768]})
    with pytest.raises(DataError, match=r"row 3 of text has 32,768"):
        write(tmp_path / "a.xlsx", long)
    assert not [*tmp_path.iterdir()]
    assert len(pd.read_excel(write(tmp_path / "b.xlsx", long.head(2)), engine="calamine")) == 2


def test_another_ending_is_refused(tmp_path):
    for name in ("a.json", "a.xls", "a.csv.gz"):
        with pytest.raises(DataError, match=r"Let it end in one of: \.csv, \.xlsx, \.parquet"):
            write(tmp_path / name)
    assert not [*tmp_path.iterdir()]
