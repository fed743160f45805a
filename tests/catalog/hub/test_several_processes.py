"""Several processes with an empty cache and one hub: one fetches, and another when it is killed."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from tests.catalog.hub_process import answers, asking, weights
from tests.fakes.hub_server import FakeHub
from tests.waiting import PATIENCE

NAME = "acme/tiny"
QUESTION = [["folder", f"hub:{NAME}"]]
FILES = {"config.json": '{"model_type": "bert"}', "model.safetensors": weights(300_000),
         "vocab.txt": "a\nb\n"}  # fmt: skip


class Hub(FakeHub):
    """Counts who fetches the weights; the first gets a byte now and then until ``free`` is set."""

    def __init__(self):
        super().__init__()
        self.add(NAME, FILES)
        self.fetched: list[str] = []
        self.asked, self.free = threading.Event(), threading.Event()
        self.storing = self._noted

    def _noted(self, handler, digest):
        if handler.command != "GET":
            return False
        self.fetched.append(digest)
        self.asked.set()
        if len(self.fetched) > 1:
            return False
        content, sent = self.blobs[digest], 0
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        with contextlib.suppress(OSError):  # who asked was killed
            while not self.free.wait(0.1):
                handler.wfile.write(content[sent : sent + 1])
                sent += 1
            handler.wfile.write(content[sent:])
        return True

    def count(self, path):
        """How many requests for it came."""
        return sum(request.endswith(path) for request in self.requests)

    def waits_for(self, path, count):
        """Wait until so many came."""
        last = time.monotonic() + PATIENCE
        while self.count(path) < count:
            assert time.monotonic() < last, self.requests
            time.sleep(0.02)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The hub and how to ask it from a process of one's own."""
    hub = Hub()
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    with hub.serve() as endpoint:
        yield hub, lambda **more: asking(endpoint, tmp_path / "hf", QUESTION, **more)
        hub.free.set()


def test_two_processes_fetch_the_weights_once(hub):
    hub, start = hub
    processes = [start() for _ in range(2)]
    hub.waits_for(f"/api/models/{NAME}", 2)
    hub.free.set()
    folders = {answers(process)[0]["value"] for process in processes}
    assert len(folders) == 1 and len(hub.fetched) == 1


def test_who_waits_goes_on_when_the_one_that_fetches_is_killed(hub):
    """However long it took until then: that was not the hub's silence."""
    hub, start = hub
    fetching = start()
    assert hub.asked.wait(PATIENCE)
    before = hub.count("/config.json")
    waiting = start(HASTY="tiny")  # a hub that says nothing for 2 seconds is given up
    hub.waits_for("/config.json", before + 1)  # after which come the weights
    time.sleep(3)
    assert len(hub.fetched) == 1
    fetching.kill()
    fetching.wait()
    hub.free.set()
    [found] = answers(waiting)
    assert found["kind"] == "value", found["said"]
    assert len(hub.fetched) == 2
