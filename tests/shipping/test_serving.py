"""A server in a process of its own: the answers of the run, limits, who may ask, and the end."""

import concurrent.futures
import http.client
import json
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlparse

import pandas as pd
import psutil
import pytest

import workbench as wb
from tests.shipping.asking import ask, sentence
from tests.training import tiny
from tests.waiting import until
from workbench import cli
from workbench.errors import RecipeError, RunError, WorkbenchError
from workbench.shipping.serving import binding
from workbench.shipping.serving import server as serving
from workbench.training.run import open_run

TOKEN = "a-token-of-more-than-sixteen"
LIMITS = dict(body=200_000, rows=64, characters=2000, body_seconds=1.0)
ROWS = 'workbench_waiting_rows{model="reviews"} '


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of texts, and one of pairs of texts."""
    folder = tmp_path_factory.mktemp("served")
    recipe = wb.Recipe(
        model=str(tiny.save_model(folder / "model")), dataset=tiny.frame(), test_size=12,
        validation_size=12, batch_size=8, max_length=32, max_steps=8, learning_rate=3e-3,
        precision="fp32",
    )  # fmt: skip
    frame = tiny.frame().rename(columns={"text": "premise"})
    pairs = recipe.replace(
        dataset=frame.assign(claim=frame["premise"].str[::-1]),
        columns={"text": "premise", "pair": "claim"},
    )
    return {name: wb.fine_tune(one, folder / name, progress=False)
            for name, one in {"reviews": recipe, "pairs": pairs}.items()}  # fmt: skip


@pytest.fixture(scope="module")
def server(runs):
    with wb.shipping.serve(*runs.values(), explain=True, **LIMITS) as one:
        yield one


def texts(n, seed=0):
    rng = random.Random(seed)
    return [" ".join(rng.choices(tiny.WORDS, k=rng.randrange(1, 60))) for _ in range(n)]


def agree(answer, row):
    assert answer["prediction"] == row["prediction"]
    for name, score in answer["scores"].items():
        assert score == pytest.approx(row[f"score_{name}"], abs=1e-5)


def test_it_answers_as_the_run_does(server, runs):
    asked = texts(50)
    expected = runs["reviews"].predict(asked)
    status, said, _ = ask(server.url, "/predict/batch", {"model": "reviews", "inputs": asked})
    assert status == 200 and len(said["answers"]) == 50
    assert said["notes"] == expected.attrs.get("notes", [])
    for answer, (_, row) in zip(said["answers"], expected.iterrows(), strict=True):
        agree(answer, row)
    status, said, headers = ask(server.url, "/predict", {"model": "reviews", "input": asked[0]})
    assert status == 200 and said["model"] == "reviews"
    agree(said, expected.iloc[0])
    assert "default-src 'none'" in headers["content-security-policy"]
    row = {"premise": "good film", "claim": "bad book"}
    status, said, _ = ask(server.url, "/predict", {"model": "pairs", "input": row})
    agree(said, runs["pairs"].predict(pd.DataFrame([row])).iloc[0])


def test_it_says_what_it_has(server, runs):
    _, said, _ = ask(server.url, "/models")
    about = {one["name"]: one for one in said["models"]}
    assert about["reviews"]["columns"] == ["text"] and not about["reviews"]["writes"]
    assert about["pairs"]["columns"] == ["premise", "claim"]
    assert about["reviews"]["classes"] == ["class-0", "class-1"]
    assert ask(server.url, "/health")[1]["status"] == "ok"
    counters = ask(server.url, "/metrics")[1]
    assert 'workbench_requests_total{route="/models",status="200"}' in counters
    assert f"{ROWS}0.0" in counters
    paths = {"/predict", "/predict/batch", "/explain"}
    assert ask(server.url, "/openapi.json")[1]["paths"].keys() >= paths


def test_it_explains_and_has_a_page(server):
    row = {"premise": "good film", "claim": "bad book"}
    said = ask(server.url, "/explain", {"model": "pairs", "input": row})[1]
    words = [one["text"] for one in said["parts"] if not one["special"]]
    assert words == ["good", "film", "bad", "book"]
    status, page, headers = ask(server.url, "/")
    assert status == 200 and headers["content-type"].startswith("text/html")
    parts = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(parts) == 3 and all(ask(server.url, part)[0] == 200 for part in parts)


def test_the_command_line(monkeypatch, runs):
    wanted = []
    monkeypatch.setattr(serving, "serve_here", lambda one, on_ready: wanted.append(one))
    monkeypatch.delenv(binding.TOKEN, raising=False)
    path = str(runs["reviews"].path)
    asked = ["serve", f"a={path}", path, "--explain", "--port", "0", "--limit", "rows=5"]
    assert cli.main(asked) in (0, None)
    (one,) = wanted
    assert one.runs == (("a", path), ("", path)) and one.explain and one.limits == {"rows": 5}


NAMED = {"model": "reviews"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "says"),
    [
        ("/predict", b"{nonsense", {}, 400, "not JSON"),
        ("/predict", b"\xff\xfe", {}, 400, "not JSON"),
        ("/predict", b"[" * 100_000, {}, 400, "not JSON"),
        ("/predict", b"9" * 10_000, {}, 400, "not JSON"),
        ("/predict", b'"text"', {}, 422, "cannot be taken"),
        ("/predict", {**NAMED, "input": 3}, {}, 422, "input"),
        ("/predict", {**NAMED, "inputs": ["a"]}, {}, 422, "input"),
        ("/predict", {**NAMED, "input": "a\ud800"}, {}, 422, "half of a character"),
        ("/predict", {**NAMED, "input": {"a": "\ud800"}}, {}, 422, "half of a character"),
        ("/predict", {**NAMED, "input": "a" * 2001}, {}, 422, "2001 characters; 2000"),
        ("/predict", {"input": "a"}, {}, 422, "'reviews', 'pairs'"),
        ("/predict", {"model": "x", "input": "a"}, {}, 404, "The server has 'reviews', 'pairs'"),
        ("/predict", {"model": "pairs", "input": "a"}, {}, 422, "claim"),
        ("/predict", {"model": "pairs", "input": {"premise": "a", "x": "b"}}, {}, 422, "claim"),
        ("/predict", {"model": "pairs", "input": {"premise": "a", "claim": [1]}}, {}, 422, ""),
        ("/predict/batch", {**NAMED, "inputs": []}, {}, 422, "inputs"),
        ("/predict/batch", {**NAMED, "inputs": ["a"] * 65}, {}, 422, "65 texts; 64"),
        ("/predict/batch", {**NAMED, "inputs": ["a", {"text": "b"}]}, {}, 422, "are not"),
        ("/predict", {**NAMED, "input": "a"}, {"Content-Type": "text/plain"}, 415, "text/plain"),
        ("/predict", None, {}, 405, "takes no GET"),
        ("/elsewhere", None, {}, 404, "'/elsewhere'"),
        ("/health", None, {"Host": "evil.example"}, 421, "evil.example"),
        ("/health", None, {"Host": "127.0.0.1.evil.example:80"}, 421, "evil.example"),
    ],
)
def test_what_it_refuses(server, path, body, headers, status, says):
    answer = ask(server.url, path, body, headers=headers)
    assert answer[0] == status
    said = sentence(answer)
    assert says in said and "Traceback" not in said and said.endswith(".")


@pytest.mark.parametrize("name", ["localhost", "[::1]", "127.0.0.1"])
def test_names_of_this_machine_are_answered_to(server, name):
    port = urlparse(server.url).port
    assert ask(server.url, "/health", headers={"Host": f"{name}:{port}"})[0] == 200


def test_no_file_of_the_machine_is_read(server, tmp_path):
    """A run's own ``predict`` reads the file that a text names; a request is a text."""
    (tmp_path / "secret.csv").write_text("text\none\ntwo\nthree\n")
    for path in (str(tmp_path / "secret.csv"), str(tmp_path), "missing.csv", "/etc/passwd"):
        status, said, _ = ask(server.url, "/predict/batch", {**NAMED, "inputs": [path]})
        assert status == 200 and len(said["answers"]) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_100_mb_takes_no_memory(server, chunked):
    process, before = psutil.Process(server.pid), ask(server.url, "/health")[0]
    assert before == 200
    held, most = process.memory_info().rss, 0
    piece = b" " * 1_000_000
    connection = http.client.HTTPConnection(urlparse(server.url).netloc, timeout=60)
    connection.putrequest("POST", "/predict")
    connection.putheader("Content-Type", "application/json")
    about = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(10**8))
    connection.putheader(*about)
    connection.endheaders()
    for _ in range(100):
        connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        most = max(most, process.memory_info().rss)
    if chunked:
        connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    assert answer.status == 413
    assert "200,000 bytes" in json.loads(answer.read())["error"]["message"]
    assert most - held < 50e6
    connection.close()


def test_slow_clients_hold_nobody_up(server):
    """A hundred that send their head or body a byte at a time, and go on doing so."""
    address = (urlparse(server.url).hostname, urlparse(server.url).port)
    slow = [socket.create_connection(address) for _ in range(100)]
    for number, one in enumerate(slow):
        host = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head = b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        one.sendall(host + head if number % 2 else host)
    assert ask(server.url, "/predict", {**NAMED, "input": "good"})[0] == 200
    ends = []
    for one in slow:
        one.settimeout(60)
        said = b""
        while part := one.recv(4096):
            said += part
        ends.append(said)
        one.close()
    assert set(ends[::2]) == {b""}  # no head: nothing to be answered
    assert all(b" 408 " in said and b"did not arrive within 1 s" in said for said in ends[1::2])


def test_no_answer_is_lost_or_swapped(server, runs):
    """1,000 texts by 16 clients at once: each gets what the run says of its own text."""
    asked = texts(1000, seed=1)
    expected = runs["reviews"].predict(asked)
    connections = threading.local()

    def client(number):
        if not hasattr(connections, "one"):
            connections.one = http.client.HTTPConnection(urlparse(server.url).netloc, timeout=60)
        body = {**NAMED, "input": asked[number]}
        return ask(server.url, "/predict", body, connection=connections.one)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = list(pool.map(client, range(len(asked))))
    assert {status for status, _, _ in found} == {200}
    for (_, said, _), (_, row) in zip(found, expected.iterrows(), strict=True):
        agree(said, row)
    counters = ask(server.url, "/metrics")[1]
    batches = 'workbench_batch_rows_count{model="reviews"} '
    n_batches = float(counters.partition(batches)[2].split()[0])
    assert n_batches < 1000  # they were asked together
    assert f"{ROWS}0.0" in counters


HELD = """
import sys, time
from pathlib import Path
from workbench.shipping.serving.server import Wanted, serve_here
from workbench.training.predicting.predictor import Predictor
usual, go = Predictor.predict, Path(sys.argv[2])
def held(self, frame, **about):
    while not go.exists():
        time.sleep(0.01)
    return usual(self, frame, **about)
def ready(url):
    Predictor.predict = held
    print(url, flush=True)
serve_here(Wanted((("a name", sys.argv[1]),), port=0, token=sys.argv[3]), ready)
"""


@pytest.fixture
def held(runs, tmp_path):
    """A server with a token whose model answers nothing before ``go()``: process, address, go."""
    about = [str(runs["reviews"].path), str(tmp_path / "go"), TOKEN]
    process = subprocess.Popen([sys.executable, "-c", HELD, *about], stdout=subprocess.PIPE,
                               text=True)  # fmt: skip
    try:
        yield process, process.stdout.readline().strip(), (tmp_path / "go").touch
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_token_is_asked_for_and_what_was_accepted_is_answered_after_sigterm(held, runs):
    """Eight requests wait for the model when the signal comes: none of them is lost."""
    process, url, go = held
    assert ask(url, "/health")[0] == 200
    for given in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN[:-1]}"}):
        answer = ask(url, "/models", headers=given)
        assert answer[0] == 401 and "token is missing or wrong" in sentence(answer)
        assert answer[2]["www-authenticate"] == "Bearer"
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert ask(url, "/models", headers=right)[1]["models"][0]["name"] == "a name"
    asked = texts(8, seed=2)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, url, "/predict", {"input": text}, headers=right)
                   for text in asked]  # fmt: skip
        row = 'workbench_waiting_rows{model="a name"} 8.0'
        until(lambda: row in ask(url, "/metrics", headers=right)[1])
        process.send_signal(signal.SIGTERM)
        until(lambda: refuses(url))
        assert process.poll() is None
        go()
        found = [one.result() for one in waiting]
    assert process.wait(60) == 0
    assert {status for status, _, _ in found} == {200}
    expected = runs["reviews"].predict(asked)
    for (_, said, _), (_, row) in zip(found, expected.iterrows(), strict=True):
        agree(said, row)


def refuses(url):
    """Whether nothing new is taken: 503 in a sentence at first, then no connection."""
    try:
        status, said, headers = ask(url, "/health")
    except OSError:
        return True
    if status == 503:
        assert headers["retry-after"] and "stopping" in said["error"]["message"]
    return False


def test_it_ends_with_who_started_it(runs):
    code = f"import workbench as wb; print(wb.shipping.serve({str(runs['reviews'].path)!r}).pid)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    until(lambda: not psutil.pid_exists(int(done.stdout)))


def test_what_is_refused_before_anything_is_loaded(runs, tmp_path, monkeypatch):
    run = runs["reviews"]
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(RunError, match=rf"port {port} .* taken\. \d+ is free: --port"):
            wb.shipping.serve(run, port=port)
    with pytest.raises(RunError, match="nothing would ask them for a token"):
        wb.shipping.serve(run, host="0.0.0.0")
    with pytest.raises(RecipeError, match="no limit 'row'"):
        wb.shipping.serve(run, row=1)
    with pytest.raises(RecipeError, match="rows is 0"):
        wb.shipping.serve(run, rows=0)
    with pytest.raises(RunError, match="Two runs have the name 'reviews'"):
        wb.shipping.serve(run, run)
    with pytest.raises(WorkbenchError, match="this is a number"):
        wb.shipping.serve(3)
    unfinished = wb.fine_tune(run.recipe.replace(max_steps=4), tmp_path / "half", progress=False)
    tiny.stop(unfinished)
    (unfinished.path / "model" / "manifest.json").unlink(missing_ok=True)
    (unfinished.path / "model").rename(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="has no finished model"):
        wb.shipping.serve(open_run(unfinished.path))


def test_small_answers_are_sent_at_once():
    """Else each waits 40 ms for the client's system to acknowledge its head: asyncio asks this."""
    with binding.bound("127.0.0.1", 0) as made:
        assert made.proto == socket.IPPROTO_TCP


def test_a_token(tmp_path, monkeypatch):
    monkeypatch.delenv(binding.TOKEN, raising=False)
    assert binding.token_of(None) is None
    monkeypatch.setenv(binding.TOKEN, TOKEN)
    assert binding.token_of(None) == TOKEN
    (tmp_path / "token").write_text(f"another-{TOKEN}\n")
    assert binding.token_of(tmp_path / "token") == f"another-{TOKEN}"
    (tmp_path / "token").write_text("short")
    with pytest.raises(RunError, match="no token of 16 or more"):
        binding.token_of(tmp_path / "token")
    with pytest.raises(RunError, match="cannot be read"):
        binding.token_of(tmp_path / "none")
