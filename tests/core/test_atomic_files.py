"""Files that nobody ever meets half-written."""

import errno
import json
import os

import pytest

from workbench.atomic_files import RowReader, RowWriter, read_json, write_json


def test_json_is_replaced_in_one_step_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    write_json(path, {"a": 1})

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        write_json(path, {"a": 2})
    monkeypatch.undo()
    assert read_json(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["state.json"]


def test_half_written_or_missing_json_reads_as_none(tmp_path):
    assert read_json(tmp_path / "no.json") is None
    (tmp_path / "half.json").write_text('{"a": ')
    assert read_json(tmp_path / "half.json") is None


def test_a_torn_last_line_is_cut_before_new_rows_come(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    writer = RowWriter(path)
    writer.append({"step": 3})
    writer.close()
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2, 3]


def test_rows_wait_in_memory_while_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    writer = RowWriter(path)
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:4]))
    writer.append({"step": 1}, {"step": 2})
    assert "No space" in writer.error
    monkeypatch.undo()
    writer.append({"step": 3})
    assert writer.error is None
    writer.close()
    assert [row["step"] for row in RowReader(path).read()] == [1, 2, 3]


def test_a_reader_takes_whole_new_lines_and_starts_again_when_the_file_shrinks(tmp_path):
    path = tmp_path / "rows.jsonl"
    reader = RowReader(path)
    assert reader.read() == []
    path.write_text('{"step": 1}\n{"step"')
    assert reader.read() == [{"step": 1}]
    with open(path, "a") as handle:
        handle.write(": 2}\nnot json\n")
    assert reader.read() == [{"step": 2}]
    assert reader.read() == []
    path.write_text('{"step": 9}\n')
    assert reader.read() == [{"step": 9}]
    assert reader.restarted
