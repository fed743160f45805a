"""A server under load: no answer is lost or another's, its memory stays, its end loses nothing."""

from __future__ import annotations

import concurrent.futures
import http.client
import itertools
import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import psutil

CLIENTS = 32
GROWTH = 30.0  # MB that a server may take more once it is warm
LENGTH = 60  # words of a text at most
#: Serves the runs that it is given, and notes each text that a model's queue has accepted.
NOTED = """
import json, sys
from pathlib import Path
from workbench.shipping.serving.batching import Batcher
from workbench.shipping.serving.server import Wanted, serve_here
usual, notes = Batcher.put, open(sys.argv[1], "a")
def put(self, job):
    asked = job.asked
    if isinstance(asked, tuple):
        texts = asked[0]["text"].tolist()
    else:
        texts = [json.loads(asked.question["line"])["messages"][-1]["content"]]
    for text in texts:
        notes.write(json.dumps(text) + chr(10))
    notes.flush()
    usual(self, job)
def ready(url):
    Batcher.put = put
    print(url, flush=True)
runs = (("reviews", sys.argv[2]), ("chat", sys.argv[3]))
serve_here(Wanted(runs, port=0), ready)
"""


def make_runs(folder: Path) -> dict[str, Any]:
    """A run that gives classes, and one that talks."""
    import workbench as wb
    from tests.training import test_chat, tiny

    recipe = wb.Recipe(
        model=str(tiny.save_model(folder / "model")), dataset=tiny.frame(), test_size=12,
        validation_size=12, batch_size=8, max_length=32, max_steps=8, learning_rate=3e-3,
        precision="fp32",
    )  # fmt: skip
    recipes = {"reviews": recipe, "chat": test_chat.recipe_for(folder)}
    return {name: wb.fine_tune(one, folder / name, progress=False)
            for name, one in recipes.items()}  # fmt: skip


def texts(n: int, seed: int) -> list[str]:
    """Different texts for the classifier."""
    from tests.training import tiny

    draws, found = random.Random(seed), {}
    while len(found) < n:
        found[" ".join(draws.choices(tiny.WORDS, k=draws.randrange(3, LENGTH)))] = None
    return list(found)


def questions(n: int, seed: int) -> list[str]:
    """Different questions for the model that talks."""
    from tests.training import writers

    every = [" ".join(one) for one in itertools.product(writers.LETTERS, repeat=5)]
    return random.Random(seed).sample(every, n)


def load(run: Any, answers: int, tell: Callable[[str], object]) -> list[str]:
    """Ask a server for so many answers; gives what is wrong with them, and with its memory."""
    import workbench as wb

    asked = texts(answers, seed=answers)
    expected = run.predict(asked)
    rows = [dict(zip(expected.columns, row, strict=True))
            for row in expected.itertuples(index=False)]  # fmt: skip
    wrong, held, opened = [], [], threading.local()
    done = itertools.count(1)
    with wb.shipping.serve(run, waiting=10**6, seconds=600) as server:
        process = psutil.Process(server.pid)

        def client(number: int) -> None:
            if not hasattr(opened, "one"):
                opened.one = http.client.HTTPConnection(urlparse(server.url).netloc, timeout=600)
            status, said = _ask(opened.one, "/predict", {"input": asked[number]})
            if status != 200 or not _same(said, rows[number]):
                wrong.append(f"{status} for {asked[number][:60]!r}: {str(said)[:200]}")
            if next(done) % max(1, answers // 10) == 0:
                held.append(process.memory_info().rss / 1e6)

        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(client, range(answers)))
        seconds = time.monotonic() - started
    growth = max(held[2:], default=0.0) - max(held[:2], default=0.0)
    if growth > GROWTH:
        wrong.append(f"memory grew by {growth:.0f} MB: {[round(one) for one in held]}")
    tell(f"serving: {answers} answers by {CLIENTS} clients in {seconds:.0f} s, {len(wrong)} wrong; "
         f"memory {held[0]:.0f} MB, then {max(held):.0f} MB at most")  # fmt: skip
    return wrong


def end(runs: dict[str, Any], folder: Path, seed: int, tell: Callable[[str], object]) -> list[str]:
    """End a server with SIGTERM while many ask; gives what is wrong: what it had accepted has an
    answer, which is that of its text, streams are whole, and its status is 0."""
    folder.mkdir()
    given = {"reviews": texts(1500, seed), "chat": questions(1500, seed)}
    rows = {}
    for name, one in given.items():
        found = runs[name].predict(one)
        rows |= dict(zip(one, (dict(zip(found.columns, row, strict=True))
                               for row in found.itertuples(index=False)), strict=True))  # fmt: skip
    paths = [str(runs[name].path) for name in ("reviews", "chat")]
    process = subprocess.Popen(
        [sys.executable, "-c", NOTED, str(folder / "accepted"), *paths],
        stdout=subprocess.PIPE, stderr=open(folder / "log", "w"), text=True,
    )  # fmt: skip
    assert process.stdout
    url, answered, statuses, wrong = process.stdout.readline().strip(), set(), Counter(), []

    def client(name: str, mine: Iterator[str]) -> None:
        for text in mine:
            try:
                connection = http.client.HTTPConnection(urlparse(url).netloc, timeout=120)
                status, said = _asked(connection, name, text)
                connection.close()
            except (OSError, http.client.HTTPException) as error:
                statuses[type(error).__name__] += 1  # it had not been accepted, or it is missed
                if process.poll() is not None or isinstance(error, ConnectionRefusedError):
                    return
                continue
            statuses[status] += 1
            if status == 200:
                answered.add(text)
            if status == 200 and not _same(said, rows[text]) or status not in (200, 503):
                wrong.append(f"{status} for {text[:60]!r}: {str(said)[:200]}")

    shares = [(name, iter(given[name][n::8])) for name in given for n in range(8)]
    clients = [threading.Thread(target=client, args=one) for one in shares]
    for one in clients:
        one.start()
    time.sleep(random.Random(seed).uniform(0.3, 2.0))
    process.send_signal(signal.SIGTERM)
    status = process.wait(120)
    for one in clients:
        one.join()
    accepted = {json.loads(line) for line in (folder / "accepted").read_text().splitlines()}
    wrong += [f"accepted and lost: {text[:60]!r}" for text in accepted - answered]
    wrong += [f"answered and not accepted: {text[:60]!r}" for text in answered - accepted]
    if status:
        wrong.append(f"status {status}: {(folder / 'log').read_text()[-300:]}")
    tell(f"end {seed}: {len(accepted)} accepted, {len(answered)} answered, "
         f"{dict(statuses)}, {len(wrong)} wrong")  # fmt: skip
    return wrong


def _asked(connection: http.client.HTTPConnection, name: str, text: str) -> tuple[int, Any]:
    """A prediction, or a reply that is streamed, as one answer."""
    if name != "chat":
        return _ask(connection, "/predict", {"model": name, "input": text})
    body = {"model": name, "messages": [{"role": "user", "content": text}], "stream": True}
    status, said = _ask(connection, "/v1/chat/completions", body)
    if status != 200:
        return status, said
    events = [one.removeprefix("data: ") for one in said.split("\n\n")]
    if events[-2:] != ["[DONE]", ""]:
        return 0, said
    parts = [json.loads(one)["choices"][0]["delta"] for one in events[:-2]]
    return status, {"prediction": "".join(one.get("content", "") for one in parts)}


def _ask(connection: http.client.HTTPConnection, path: str, body: Any) -> tuple[int, Any]:
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read()
    events = answer.getheader("content-type", "").startswith("text/event-stream")
    return answer.status, said.decode() if events else json.loads(said)


def _same(said: dict[str, Any], row: dict[str, Any]) -> bool:
    scores = said.get("scores", {})
    return said["prediction"] == row["prediction"] and all(
        abs(score - row[f"score_{name}"]) < 1e-5 for name, score in scores.items()
    )


def prove(root: Path, answers: int, ends: int, tell: Callable[[str], object]) -> list[str]:
    """Both, with runs of their own; gives all that is wrong."""
    folder = root / "serving"
    folder.mkdir()
    runs = make_runs(folder)
    wrong = load(runs["reviews"], answers, tell)
    for number in range(ends):
        wrong += end(runs, folder / f"end-{number}", number, tell)
    return wrong
