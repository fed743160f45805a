"""What the command line prints commands the terminal nothing, whoever wrote it."""

import io
import json
import os
import subprocess
import sys
import time

import pytest

from workbench import cli, terminal
from workbench.recipe import Recipe
from workbench.run_folder.folders import create_run_folder
from workbench.terminal import printable, say

ORDERS = {
    "title": ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
    "clipboard": ("\x1b]52;c;aGk=\x1b\\", "\\x1b]52;c;aGk=\\x1b\\"),
    "colour": ("\x1b[31mred", r"\x1b[31mred"),
    "cursor": ("\x1b[2J\x1b[1;1H", r"\x1b[2J\x1b[1;1H"),
    "one-byte-introducer": ("\x9b31m", r"\x9b31m"),
    "one-byte-command": ("\x9d0;x\x9c", r"\x9d0;x\x9c"),
    "device-control": ("\x90q\x9c", r"\x90q\x9c"),
    "bell": ("\x07", r"\x07"),
    "back": ("abc\b\b\b", r"abc\x08\x08\x08"),
    "return": ("done\rfake", r"done\x0dfake"),
    "form-feed": ("\x0c\x0b", r"\x0c\x0b"),
    "nul-delete": ("\0\x7f", r"\x00\x7f"),
    "right-to-left": ("\u202egpj.exe\u202c", r"\u202egpj.exe\u202c"),
    "isolate": ("\u2066a\u2069", r"\u2066a\u2069"),
    "marks": ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
    "separators": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    "byte-order": ("\ufeff", r"\ufeff"),
    "surrogate": ("\ud800x", r"\ud800x"),
    "tags": ("\U000e0041", r"\U000e0041"),
    "word-joiner": ("a\u2060b", r"a\u2060b"),
}  # fmt: skip
PLAIN = ["two\nlines\tand a tab", "caf\u00e9", "\u4f60\u597d", "\u0939\u093f\u0928\u094d",
         "\u0633\u0644\u0627\u0645", "\U0001f468\u200d\U0001f469", "a\u00a0b\u00adc", "a\u200cb",
         "\\x1b is a text", "$5 ~ 100 %", ""]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), ORDERS.values(), ids=ORDERS)
def test_orders_are_written_out(text, shown):
    assert printable(text) == shown
    stream = io.StringIO()
    say(text, file=stream)
    assert stream.getvalue() == shown + "\n"


@pytest.mark.parametrize("text", PLAIN, ids=range(len(PLAIN)))
def test_texts_of_every_script_are_left_alone(text):
    assert printable(text) == text


def test_what_the_stream_cannot_write_is_written_out():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")
    say("caf\u00e9 \u4f60", file=stream)
    assert raw.getvalue() == b"caf\\xe9 \\u4f60\n"


EVIL = "".join(text for text, _ in ORDERS.values() if "\0" not in text and "\ud800" not in text)


@pytest.fixture
def evil_run(runs_folder):
    """A finished run whose name, labels, notes and errors hold every order."""
    name = EVIL.replace("/", "")[:60]
    folder = create_run_folder(Recipe(), runs_folder / name)
    state = {"state": "failed", "phase": EVIL, "error": EVIL, "remedy": EVIL, "warning": EVIL,
             "heartbeat": time.time()}  # fmt: skip
    (folder / "state.json").write_text(json.dumps(state))
    test = {"examples": 10, "accuracy": 0.5, "macro_f1": 0.5, "loss": 1.0}
    results = {"metrics": {"test": test}, "baselines": {EVIL: test}, "notes": [EVIL],
               "training_seconds": 1.0, "best_step": 3}  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(results))
    return folder


def obeyed(text: str) -> str:
    return "".join(sorted({c for c in text if terminal._ORDERS.match(c)}))


@pytest.mark.parametrize("command", ["runs", "show", "pause", "stop", "predict"])
def test_a_hostile_run_is_shown_without_orders(evil_run, tmp_path, capsys, command):
    (tmp_path / "a.txt").write_text("x\n")
    more = {"runs": [], "predict": [str(evil_run), str(tmp_path / "a.txt"), "--out",
                                    str(tmp_path / "b.csv")]}  # fmt: skip
    cli.main([command, *more.get(command, [str(evil_run)])])
    told = capsys.readouterr()
    assert told.out + told.err and obeyed(told.out + told.err) == ""
    assert r"\x1b]0;owned\x07" in told.out + told.err


@pytest.mark.parametrize(
    "command",
    [["show", EVIL], ["check", EVIL], ["train", EVIL], ["samples", "fetch", EVIL],
     ["samples", EVIL], [EVIL], ["check", "x", "--column", EVIL], ["lab", "--port", EVIL]],
    ids=["show", "check", "train", "fetch", "choice", "command", "column", "lab"],
)  # fmt: skip
def test_what_was_typed_is_quoted_without_orders(capsys, command):
    try:
        assert cli.main(command) != 0
    except SystemExit as left:  # what cannot be taken apart
        assert left.code == 2
    told = capsys.readouterr()
    assert told.err and obeyed(told.out + told.err) == ""


def test_hostile_data_are_checked_without_orders(tmp_path, capsys):
    """Labels, texts and names of columns."""
    import pandas as pd

    label = f"label{EVIL[:9]}"
    rows = [{"text": f"{EVIL} number {n}", label: f"{EVIL}{n % 2}"} for n in range(30)]
    pd.DataFrame(rows).to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    cli.main(["check", str(tmp_path / "a.jsonl")])
    told = capsys.readouterr()
    assert told.out and obeyed(told.out + told.err) == ""


def test_a_reader_that_has_read_enough_is_no_error(tmp_path):
    code = "import sys; from workbench import cli; sys.exit(cli.main(['runs']))"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "WORKBENCH_RUNS": str(tmp_path)},
    )  # fmt: skip
    os.close(write)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


LONG = "x" * 300


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["check", "a.csv", "--column", "=x"], "--column '=x' is no name"),
        (["check", "a.csv", "--reading", "quotes"], "--reading 'quotes' is no name"),
        (["train", "r.yaml", "--set", "=3"], "--set '=3' is no name"),
        (["train", "r.yaml", "--set", "epochs"], "--set 'epochs' is no name"),
        (["check", "a.csv", "--out", "."], "'.' cannot be written"),
        (["train", "r.yaml", "--out", LONG], "cannot be written (File name too long)"),
        (["samples", "add", LONG], "There is no file"),
        (["predict", "run", LONG, "--out", "b.csv"], "There is no file"),
    ],
    ids=["role", "reading", "no-field", "no-value", "out-folder", "out-long", "add", "predict"],
)
def test_what_cannot_be_done_is_a_sentence(tmp_path, monkeypatch, capsys, command, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("text,label\ngood,a\nbad,b\n")
    (tmp_path / "r.yaml").write_text("dataset: a.csv\nmodel: net:bert-tiny\n")
    assert cli.main(command) == 2
    assert says in capsys.readouterr().err


def test_a_closed_or_full_stream_ends_in_a_sentence(tmp_path, runs_folder):
    """The folder that one stands in may be gone as well."""
    folder = create_run_folder(Recipe(), runs_folder / "run")
    show = f"{sys.executable} -m workbench show {folder}"
    place = {"PYTHONPATH": os.getcwd(), "WORKBENCH_RUNS": ""}
    gone = f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; "
    for script, status, says in [
        (f"{show} >&-", 0, ""),
        (f"{show} >/dev/full", 2, "workbench: No space left on device.\n"),
        (f"{gone}{sys.executable} -m workbench runs", 2,
         "workbench: The folder that this process works in is gone. Change into one that is there "
         "(cd in a shell, os.chdir in a notebook) and try again.\n"),
    ]:
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              env={**os.environ, **place})  # fmt: skip
        assert (done.returncode, done.stderr) == (status, says)
