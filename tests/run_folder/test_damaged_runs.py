"""Run folders with damage: said in a sentence, listed in a row, and nothing else suffers."""

import json
import math
import os
import random

import pytest

import workbench as wb
from workbench.atomic_files import RowWriter, read_json, write_json
from workbench.errors import RecipeError, RunError, WorkbenchError
from workbench.memory import is_out_of_memory, smaller_batch
from workbench.run_folder.files import read_fields
from workbench.run_folder.folder import latest_rows
from workbench.run_folder.folders import create_run_folder
from workbench.run_folder.place import RunPlace
from workbench.run_folder.state import StateFile, claim, read_state
from workbench.worker import control
from workbench.worker.processes import Lock


@pytest.fixture
def folder(runs_folder):
    return create_run_folder(wb.Recipe(), runs_folder / "one")


def spoil(path, how):
    if path.is_dir():
        for inside in path.iterdir():
            inside.unlink()
        path.rmdir()
    elif os.path.lexists(path):
        path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "a pipe":
        os.mkfifo(path)
    elif how == "a link to itself":
        path.symlink_to(path)
    elif how is not None:
        path.write_bytes(how)


DAMAGE = {
    "cut": b'{"state": "do', "empty": b"", "zeros": bytes(500), "garbage": bytes(range(256)),
    "missing": None, "a-folder": "a folder", "a-pipe": "a pipe", "a-loop": "a link to itself",
    "a-list": b"[1, 2]", "a-text": b'"done"', "null": b"null", "other-fields": b'{"colour": 3}',
    "other-kinds": b'{"state": ["done"], "format": "1", "created": "now", "step": {}}',
    "unknown-state": b'{"state": "asleep", "format": 99}', "deep": b"[" * 5000,
    "digits": b'{"step": ' + b"9" * 6000 + b"}", "half-character": b'{"state": "\\ud800"}',
}  # fmt: skip


@pytest.mark.parametrize("how", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("name", ["run.json", "recipe.yaml", "state.json"])
def test_a_damaged_run_is_a_row_that_says_so_and_the_others_are_there(folder, name, how):
    other = create_run_folder(wb.Recipe(), folder.parent / "two")
    spoil(folder / name, how)
    table = wb.runs().set_index("run")
    assert set(table.index) == {"one", "two"}
    assert table.loc["one", "state"] == "damaged"
    assert name in table.loc["one", "problem"]
    assert "\n" not in table.loc["one", "problem"]
    assert table.loc["two"].tolist()[0] == "queued" and table.loc["two", "problem"] == ""
    assert wb.open_run(other).damage() == []


@pytest.mark.parametrize("how", DAMAGE.values(), ids=DAMAGE.keys())
def test_results_that_are_damaged_are_refused_and_the_state_stays(folder, how):
    write_json(folder / "state.json", {"state": "done"})
    spoil(folder / "metrics.json", how)
    run = wb.open_run(folder)
    assert run.state == "done"
    row = wb.runs().iloc[0]
    assert row["state"] == "done" and math.isnan(row["accuracy"])
    if how is None:
        assert run.results() == {} and row["problem"] == ""
        return
    with pytest.raises(RunError, match="metrics.json of the run one is damaged"):
        run.results()
    with pytest.raises(RunError):
        run.metrics()
    assert "metrics.json" in row["problem"]


def test_a_run_whose_state_is_lost_is_done_when_its_results_are_there(folder):
    spoil(folder / "state.json", b"{")
    assert read_state(folder)["state"] == "died"
    assert "state.json of the run is damaged" in read_state(folder)["error"]
    write_json(folder / "metrics.json", {"metrics": {"test": {"accuracy": 0.5}}})
    status = read_state(folder)
    assert status["state"] == "done" and "damaged" in status["warning"]
    lock = Lock(folder / "lock")
    assert lock.acquire()
    assert read_state(folder)["state"] == "running"  # its worker writes the file in a moment
    lock.release()


def test_one_wrong_field_does_not_hide_the_others(folder):
    write_json(folder / "state.json", {"state": "stopped", "step": "seven", "warning": "hot"})
    fields, problem = read_fields(folder, "state.json")
    assert fields == {"state": "stopped", "warning": "hot"}
    assert problem == "its field 'step' is 'seven'"
    assert wb.open_run(folder).state == "stopped"


@pytest.mark.parametrize(
    "content",
    [b'{"kind": "step"}\n', b'{"kind": "step", "step": "1", "loss": 2}\n', b"[]\n", b"\0\0\0\n",
     b'{"kind": "eval", "step": 1, "loss": {"a": 1}}\n', b'{"kind": 3}\n', b"[" * 5000 + b"\n",
     b'{"kind": "step", "step": 1, "loss": ' + b"9" * 6000 + b"}\n", b"\xff\xfe\n"],
    ids=["no-step", "text-step", "list", "zeros", "loss-map", "kind", "deep", "digits", "bytes"],
)  # fmt: skip
def test_lines_that_are_no_rows_are_left_out_and_counted(folder, content):
    good = [{"kind": "step", "step": n, "loss": 1.0 / n, "seconds": 0.5} for n in (1, 2)]
    lines = [json.dumps(row).encode() + b"\n" for row in good]
    (folder / "metrics.jsonl").write_bytes(lines[0] + content + lines[1] + b'{"kind": "st')
    run = wb.open_run(folder)
    assert [row["step"] for row in run.rows()] == [1, 2]
    history = run.history()
    assert history["loss"].tolist() == [1.0, 0.5]
    assert history.attrs["left_out"] == 1


def test_a_table_of_steps_is_what_its_rows_say_one_by_one(folder):
    from workbench.run_folder import step_pace

    rng = random.Random(3)
    writer = RowWriter(folder / "metrics.jsonl")
    for n in range(1, 400):
        row = {"kind": "step", "step": n - (n % 11 == 0), "loss": rng.choice([2.5, math.nan, 3.0]),
               "tokens": rng.randint(1, 90), "padded_tokens": 100, "seconds": rng.random(),
               "data_seconds": rng.random() / 5, "load": 2 * rng.random(),
               "optimizer_seconds": rng.random() / 2}  # fmt: skip
        writer.append(row)
        if n % 50 == 0:
            writer.append({"kind": "eval", "step": n, "loss": math.inf, "accuracy": None})
            writer.append({"kind": "event", "event": "checkpoint", "step": n, "notes": ["{"]})
    writer.close()
    run = wb.open_run(folder)
    expected = [row for row in run.rows() if row["kind"] != "event"]
    table = run.history()
    assert table["step"].tolist() == [row["step"] for row in expected]
    assert table["kind"].tolist() == [row["kind"] for row in expected]
    for found, row in zip(table.to_dict("records"), expected, strict=True):
        for name in ("loss", "tokens", "seconds"):
            wanted = row.get(name, math.nan)
            assert found[name] == wanted or (found[name] != found[name] and wanted != wanted)
        if row["kind"] == "step":
            pace = step_pace.summarise([row])
            assert found["limited_by"] == pace["limited_by"]
            assert found["padding"] == pytest.approx(pace["padding"])
            assert found["tokens_per_second"] == pytest.approx(pace["tokens_per_second"])


def test_rows_that_cannot_be_read_at_all_are_said(folder):
    (folder / "metrics.jsonl").mkdir()
    run = wb.open_run(folder)
    for call in (run.rows, run.history, run.speed, run.events):
        with pytest.raises(RunError, match="it is a folder"):
            call()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_a_command_is_a_file_and_nothing_else(folder, make):
    make(folder / "control" / "0007-stop.json")
    assert control.pending(folder, 0) == []
    control.clear(folder)
    assert control.send(folder, "pause") == 1


def test_a_control_folder_that_is_a_file_is_said(folder):
    (folder / "control").rmdir()
    (folder / "control").write_text("")
    with pytest.raises(RunError, match="The command pause"):
        wb.open_run(folder).pause()


@pytest.mark.parametrize("name", ["lock", "log.txt", "metrics.jsonl", "state.json"])
def test_a_run_whose_place_is_taken_is_not_resumed(folder, name):
    write_json(folder / "state.json", {"state": "stopped"})
    spoil(folder / name, "a folder")
    with pytest.raises(RunError, match="where a file belongs"):
        wb.open_run(folder).resume()


TEXTS = {
    "deep": "fixes: " + "[" * 5000, "deeper": "fixes: " + "[" * 300_000,
    "digits": "seed: " + "9" * 6000, "day": "fixes: 2001-99-99",
    "half-character": "model: \ud800",
    "bomb": "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\n"
    "c: &c [*b,*b,*b,*b,*b,*b,*b]\nfixes: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
    "slices: {a: [*d,*d,*d,*d,*d,*d,*d]}", "itself": "fixes: &a [*a]", "task-list": "task: [1]",
    "task-mapping": "task: {}", "octal": "seed: 0o9", "binary": "task: !!binary ===",
    "object": "task: !!python/object:os.system {}", "key": "? [a]\n: 1", "huge": "epochs: 1e400",
    "long-number": "epochs: " + "9" * 400,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_recipe_that_cannot_be_is_one_sentence(text):
    with pytest.raises(RecipeError) as said:
        wb.Recipe.from_yaml(text)
    assert "\n" not in said.value.message and len(said.value.message) < 400


@pytest.mark.parametrize(
    "name", ["x" * 300, "a\0b", "half \ud800 character"], ids=["long", "zero-byte", "surrogate"]
)
def test_names_that_no_file_can_have_are_said(runs_folder, name):
    with pytest.raises(WorkbenchError):
        create_run_folder(wb.Recipe(), runs_folder / name)
    with pytest.raises(WorkbenchError):
        wb.open_run(str(runs_folder / name))
    with pytest.raises(WorkbenchError):
        wb.start(wb.Recipe(model=name, dataset="sample:spam"))


def test_half_characters_are_written_and_read_back(tmp_path):
    write_json(tmp_path / "a.json", {"error": "\ud800 half", "more": "é"})
    assert read_json(tmp_path / "a.json") == {"error": "\ud800 half", "more": "é"}
    writer = RowWriter(tmp_path / "rows.jsonl")
    writer.append({"text": "\udfff"})
    writer.close()
    assert json.loads((tmp_path / "rows.jsonl").read_text()) == {"text": "\udfff"}


def test_a_folder_that_moves_is_noticed_and_told_where_it_is(folder):
    place, state = RunPlace(folder), StateFile(folder)
    claim(state, state="running")
    place.check()
    moved = folder.with_name("elsewhere")
    folder.rename(moved)
    folder.mkdir()  # another one in its place is not it
    with pytest.raises(RunError, match="must stay where it is"):
        place.check()
    place.leave_word({"state": "failed", "error": "It was moved."})
    assert read_json(moved / "state.json") == {"state": "failed", "error": "It was moved."}
    assert list(folder.iterdir()) == []


def test_a_start_that_never_came_is_died_also_when_the_clock_was_set_back(folder):
    write_json(folder / "state.json", {"state": "queued", "heartbeat": 4_000_000_000})
    assert read_state(folder)["state"] == "died"


def test_a_ticket_stands_behind_those_of_a_clock_that_was_ahead(tmp_path, monkeypatch):
    import time

    from workbench.worker.device_queue import Ticket

    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    first = Ticket("cpu")
    monkeypatch.setattr(time, "time_ns", lambda: 1_000)
    second, third = Ticket("cpu"), Ticket("cpu")
    assert [t.position() for t in (first, second, third)] == [0, 1, 2]
    for ticket in (first, second, third):
        ticket.release()


def test_a_ticket_is_had_while_somebody_looks_at_it(tmp_path, monkeypatch):
    import fcntl
    import threading

    from workbench.worker import device_queue

    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    real, timers = device_queue.Lock, []

    class Watched(real):
        """Somebody holds the new file for a moment, as a look at it does."""

        def acquire(self, *, patience=0.0):
            if self.path.suffix == ".ticket":
                looking = os.open(self.path, os.O_RDWR | os.O_CREAT)
                fcntl.flock(looking, fcntl.LOCK_SH)
                timers.append(threading.Timer(0.1, os.close, [looking]))
                timers[-1].start()
            return super().acquire(patience=patience)

    monkeypatch.setattr(device_queue, "Lock", Watched)
    ticket = device_queue.Ticket("cpu")
    assert ticket.position() == 0
    ticket.release()
    for timer in timers:
        timer.join()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't "
                      "allocate memory: you tried to allocate 9 bytes."), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("std::bad_alloc"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (OSError(28, "No space left on device"), False),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
        (None, False),
    ],
    ids=["python", "cpu", "cuda", "mps", "cublas", "c++", "system", "disk", "shapes", "value",
         "none"],
)  # fmt: skip
def test_out_of_memory_is_known_on_every_device(error, expected):
    assert is_out_of_memory(error) is expected


def test_what_memory_caused_is_memory():
    try:
        try:
            raise MemoryError
        except MemoryError as cause:
            raise RuntimeError("the collator failed") from cause
    except RuntimeError as error:
        assert is_out_of_memory(error)


def test_batches_are_halved_until_one_example_is_left():
    tried, now = [], None
    while (now := smaller_batch(13, now)) is not None:
        tried.append(now)
    assert tried == [7, 4, 2, 1]


def test_rows_of_events_and_steps_are_kept_apart(folder):
    rows = [{"kind": "step", "step": 1, "loss": 3}, {"kind": "event", "event": "a", "step": 1}]
    assert latest_rows(rows) == rows
