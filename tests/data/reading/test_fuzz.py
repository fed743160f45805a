"""Whatever bytes a file holds, a reader gives rows or one sentence, and loses no value."""

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.data.reading import sources, user_files
from workbench.errors import DataError, WorkbenchError

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LINES = st.sampled_from(
    [b",", b'"', b"\n", b"\r\n", b";", b"\t", b"a", b"1", b"{", b"}", b"[", b"]"]
)
BYTES = st.binary(min_size=1, max_size=60) | st.lists(LINES, min_size=1, max_size=60).map(b"".join)
KINDS = sorted(user_files.READERS)


@pytest.mark.parametrize("suffix", KINDS)
@quick
@given(data=BYTES)
def test_any_bytes(tmp_path, suffix, data):
    path = tmp_path / f"any{suffix}"
    path.write_bytes(data)
    try:
        table = user_files.read_file(path)
    except WorkbenchError as error:
        assert "\n" not in str(error) and error.remedy and path.name in error.message
    else:
        assert table.num_rows > 0
    assert path.read_bytes() == data


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
# a word in each row, so that no row is blank and no text looks like a number
TEXTS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8)


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@quick
@given(pairs=TEXTS)
def test_csv_gives_back_what_was_written(tmp_path, separator, pairs):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["text", "other"])
    writer.writerows([(f"word {a}", f"word {b}") for a, b in pairs])
    path = tmp_path / "a.csv"
    path.write_bytes(stream.getvalue().encode())
    table = user_files.read_file(path, {"delimiter": separator})
    assert table.to_pylist() == [{"text": f"word {a}", "other": f"word {b}"} for a, b in pairs]


@quick
@given(pairs=TEXTS, lines=st.booleans())
def test_json_gives_back_what_was_written(tmp_path, pairs, lines):
    rows = [{"text": a, "other": b} for a, b in pairs]
    path = tmp_path / ("a.jsonl" if lines else "a.json")
    path.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(rows))
    assert user_files.read_file(path).to_pylist() == rows


@quick
@given(cut=st.integers(0, 400), pairs=TEXTS)
def test_a_cut_json_is_refused(tmp_path, cut, pairs):
    whole = json.dumps([{"text": a, "other": b} for a, b in pairs])
    path = tmp_path / "a.json"
    path.write_text(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(DataError):
        user_files.read_file(path)


def test_a_large_file_is_the_same_as_a_small_one(tmp_path, monkeypatch):
    """Mapped from the cache, with types that change late, late keys, and each kind of file."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    frame = pd.DataFrame(
        {"text": [f"text {i} " + "x" * 50 for i in range(90_000)], "number": range(90_000)}
    )
    frame["late"] = [str(i) for i in range(89_999)] + ["word"]
    frame["part"] = [i for i in range(89_999)] + [0.5]
    for suffix in ("csv", "jsonl", "parquet", "txt"):
        path = tmp_path / f"big.{suffix}"
        if suffix == "csv":
            frame.to_csv(path, index=False)
        elif suffix == "jsonl":
            frame.to_json(path, orient="records", lines=True)
        elif suffix == "parquet":
            frame.to_parquet(path)
        else:
            path.write_text("\n".join(frame["text"]))
        small = user_files.read_file(path)
        monkeypatch.setattr(user_files, "BIG", 1)
        reports = []
        for _ in range(2):  # made, then found
            big = user_files.read_file(path, reports=reports)
            assert big.equals(small.cast(big.schema)) and big.schema.equals(small.schema)
        assert reports[0].mapped == reports[1].mapped is not None
        assert reports[0].encoding == reports[1].encoding
        monkeypatch.undo()
        monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    assert sources.load(tmp_path / "big.txt")["train"].num_rows == 90_000
