"""A server at its limits: a full queue, time and memory that run out, bodies that nobody wrote."""

import collections
import http.client
import json
import re
import threading
from urllib.parse import urlparse

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from tests.shipping.asking import ask, sentence
from tests.shipping.opened import opened
from tests.waiting import until

NAMED = {"model": "reviews"}


@pytest.fixture(scope="module")
def run(run_of):
    return run_of("class")


class Held:
    """The model of a server, which answers nothing before it is let go."""

    def __init__(self, predictor):
        self.go, self.usual, self.sizes = threading.Event(), predictor.predict, []
        self.most = None  # rows of a forward pass, above which memory runs out

    def __call__(self, frame, *, batch_size, **about):
        self.sizes.append(min(batch_size, len(frame)))
        self.go.wait(60)
        if self.most is not None and self.sizes[-1] > self.most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.usual(frame, batch_size=batch_size, **about)


@pytest.fixture
def held(run, monkeypatch):
    """``held(**limits)`` opens a server with a held model, until the end of the test."""
    context = {}

    def make(**limits):
        context["one"] = manager = opened({"reviews": run}, **limits)
        server = manager.__enter__()
        predictor = server.served["reviews"].predictor
        one = Held(predictor)
        monkeypatch.setattr(predictor, "predict", one)
        context["held"] = one
        return server, one

    yield make
    context["held"].go.set()
    context["one"].__exit__(None, None, None)


class Asking(threading.Thread):
    """A request in a thread of its own; ``answer`` is what came."""

    answer = None

    def __init__(self, server, inputs):
        super().__init__(daemon=True)
        self.about = (server.url, "/predict/batch", {"inputs": inputs})
        self.start()

    def run(self):
        self.answer = ask(*self.about)

    def status(self):
        self.join(60)
        return self.answer[0]


def waiting(server):
    return server.served["reviews"].waiting


def test_a_full_queue_is_said_and_those_in_it_are_answered(held):
    server, model = held(waiting=3)
    some = [Asking(server, ["good"]), Asking(server, ["bad", "good"])]
    until(lambda: waiting(server) == 3)
    answer = ask(server.url, "/predict", {"input": "good"})
    assert answer[0] == 429 and "3 texts are waiting, and at most 3 may" in sentence(answer)
    assert 1 <= int(answer[2]["retry-after"]) <= 60
    model.go.set()
    assert [one.status() for one in some] == [200, 200]
    assert ask(server.url, "/predict", {"input": "good"})[0] == 200


def test_an_answer_that_takes_too_long_is_given_up_and_no_work_is_done_for_it(held):
    server, model = held(seconds=0.5)
    first = Asking(server, ["good"])
    until(lambda: model.sizes)
    second = Asking(server, ["a", "b"])
    assert [first.status(), second.status()] == [504, 504]
    assert "The answer took too long" in sentence(second.answer)
    assert waiting(server) == 0
    model.go.set()
    assert ask(server.url, "/predict", {"input": "good"})[0] == 200
    assert model.sizes == [1, 1]  # the second was over before its turn came


def test_memory_that_runs_out_halves_the_batch(held, run):
    server, model = held()
    model.most = 3
    model.go.set()
    texts = [f"good film {n}" for n in range(10)]
    status, said, _ = ask(server.url, "/predict/batch", {"inputs": texts})
    assert status == 200 and model.sizes == [10, 5, 2]
    model.most = None  # the run's predictor is the server's
    expected = run.predict(texts)
    assert [one["prediction"] for one in said["answers"]] == expected["prediction"].tolist()


def test_memory_that_runs_out_for_one_text_is_the_servers_fault_and_passes(held):
    server, model = held()
    model.most = 0
    model.go.set()
    answer = ask(server.url, "/predict/batch", {"inputs": ["good", "bad"]})
    assert answer[0] == 503 and "Memory ran out" in sentence(answer)
    assert answer[2]["retry-after"] and waiting(server) == 0
    model.most = None
    assert ask(server.url, "/predict", {"input": "good"})[0] == 200


def test_what_is_wrong_in_a_way_that_nobody_expected_is_one_sentence(held, caplog):
    server, model = held()
    model.usual = None  # is called
    model.go.set()
    answer = ask(server.url, "/predict", {"input": "good"})
    assert answer[0] == 500 and "failed (TypeError)" in sentence(answer)
    assert "not callable" in caplog.text and "not callable" not in sentence(answer)


def test_a_model_that_has_ended_is_said(held):
    server, model = held()
    model.go.set()
    server.served["reviews"].batcher.close()
    answer = ask(server.url, "/predict", {"input": "good"})
    assert answer[0] == 503 and "reviews does not answer any more" in sentence(answer)
    assert ask(server.url, "/health")[0] == 503


def test_bodies_take_so_much_memory_together_and_no_more(held):
    server, model = held(bodies=1000)
    model.go.set()
    slow = http.client.HTTPConnection(urlparse(server.url).netloc, timeout=60)
    slow.putrequest("POST", "/predict")
    slow.putheader("Content-Type", "application/json")
    slow.putheader("Content-Length", "950")
    slow.endheaders(b" " * 900)
    answer = until(lambda: (a := ask(server.url, "/predict", {"input": "x" * 150}))[0] == 503 and a)
    assert "bodies of requests" in sentence(answer)
    assert ask(server.url, "/predict", {"input": "x"})[0] == 200  # a small one has room
    slow.send(json.dumps({"input": "good"}).encode().rjust(50))
    assert slow.getresponse().status == 200
    slow.close()


# what a prediction rests on --------------------------------------------------------------------
@pytest.fixture(scope="module")
def server(run, run_of):
    with opened({"reviews": run, "chat": run_of("chat")}, explain=True, seconds=60) as one:
        yield one


def test_explaining_is_off_until_it_is_asked_for(held):
    server, model = held()
    answer = ask(server.url, "/explain", {"input": "good"})
    assert answer[0] == 404 and "Start it with --explain" in sentence(answer)
    assert "/explain" not in ask(server.url, "/openapi.json")[1]["paths"]
    assert not ask(server.url, "/models")[1]["models"][0]["explains"]


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_x_input", "occlusion"])
def test_tokens_are_explained_as_inspection_does(server, run, method):
    from workbench.inspection import attribute

    expected = attribute(run, "good film", method=method)
    body = {**NAMED, "input": "good film", "method": method}
    status, said, _ = ask(server.url, "/explain", body)
    assert status == 200 and said["target"] == expected.target
    assert [one["text"] for one in said["parts"]] == expected.tokens
    scores = [one["score"] for one in said["parts"]]
    assert scores == pytest.approx(expected.scores.tolist(), abs=1e-6) and any(scores)
    assert [one["special"] for one in said["parts"]] == expected.special.tolist()


def test_words_are_explained_and_speak_for_the_answer_above_zero(server, run):
    from workbench.inspection import word_effects

    expected = word_effects(run, "good film", target="class-1")
    body = {**NAMED, "input": "good film", "method": "delete", "target": "class-1"}
    said = ask(server.url, "/explain", body)[1]
    assert [one["text"] for one in said["parts"]] == ["good", "film"]
    assert [one["score"] for one in said["parts"]] == pytest.approx((-expected["change"]).tolist())


def test_a_written_token_is_explained(server, run_of):
    from workbench.inspection import written_attribution

    expected = written_attribution(run_of("chat"), "a b", "0 1 2", 1)
    body = {"model": "chat", "input": "a b", "written": "0 1 2", "position": 1}
    said = ask(server.url, "/explain", body)[1]
    assert said["target"] == expected.tokens[1]
    assert [one["text"] for one in said["parts"]] == expected.read
    found = [one["score"] for one in said["parts"]]
    assert found == pytest.approx(expected.weights.tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({**NAMED, "input": "good", "target": "nothing"}, "no class 'nothing'"),
        ({**NAMED, "input": "good", "method": "guess"}, "'integrated_gradients'"),
        ({**NAMED, "input": ""}, "is empty"),
        ({**NAMED, "input": "good", "position": 1}, "writes no texts"),
        ({"model": "chat", "input": "a"}, "a token of a text is explained"),
        ({"model": "chat", "input": "a", "written": "0 1", "position": 9}, "no written token 9"),
    ],
)
def test_what_cannot_be_explained_is_said(server, body, says):
    answer = ask(server.url, "/explain", body)
    assert answer[0] == 422 and says in sentence(answer)


# bodies that nobody wrote ----------------------------------------------------------------------
WRITING = ("/predict/stream", "/v1/chat/completions")


def test_two_hundred_bodies_are_never_the_servers_fault(server):
    """Of each route half as its description says, half as it forbids; drawn alike each time."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [one.ok() for one in schema.get_all_operations()]
    posted = [one for one in operations if one.method == "post"]
    assert {one.path for one in posted} == {
        "/predict", "/predict/batch", "/predict/stream", "/explain", "/v1/chat/completions"
    }  # fmt: skip
    statuses = collections.Counter()

    def asked(case):
        if isinstance(case.body, dict) and mode is GenerationMode.POSITIVE:
            names = ["chat"] if operation.path in WRITING else ["reviews", "chat"]
            case.body["model"] = names[statuses.total() % len(names)]  # else most are of none
        answer = case.call()
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (case.body, answer.text)
        if answer.status_code >= 400:
            assert re.search(r"[.)]$", answer.json()["error"]["message"])

    for operation in operations:
        for mode in GenerationMode:
            if operation.method != "post" and mode is GenerationMode.NEGATIVE:
                continue  # there is nothing in it that could be wrong
            most = settings(
                max_examples=20 if operation.method == "post" else 2, deadline=None, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True,
            )  # fmt: skip
            most(given(operation.as_strategy(mode))(asked))()
    assert statuses.total() >= 200 and statuses[200] >= 20 and statuses[422] >= 20, statuses
