"""Models that write, served: streams, OpenAI's client, and what ends a text before its end."""

import http.client
import json
import logging
import socket
import threading
from urllib.parse import urlparse

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.shipping.asking import ask, sentence
from tests.shipping.opened import opened
from tests.waiting import until
from workbench.shipping.serving import writer as serving_writer

SAID = [{"role": "user", "content": "a b"}]
KINDS = {"chat": "chat", "t5": "encoder-decoder", "template": "template", "texts": "texts",
         "reviews": "class"}  # fmt: skip


@pytest.fixture(scope="module")
def runs(run_of):
    return {name: run_of(kind) for name, kind in KINDS.items()}


@pytest.fixture(scope="module")
def server(runs):
    with opened(runs, characters=2000) as one:
        yield one


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as one:
        yield one


def streamed(url, path, body):
    """The data of each event, as they are sent."""
    status, said, headers = ask(url, path, body)
    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    assert "default-src 'none'" in headers["content-security-policy"]
    events = said.split("\n\n")
    assert events.pop() == "" and all(one.startswith("data: ") for one in events)
    return [one.removeprefix("data: ") for one in events]


# what is written -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["chat", "t5", "template", "texts"])
def test_a_stream_tells_what_the_run_writes(server, runs, name):
    expected = runs[name].predict(["a b"]).iloc[0]["prediction"]
    *pieces, last = map(json.loads, streamed(server.url, "/predict/stream",
                                             {"model": name, "input": "a b"}))  # fmt: skip
    assert "".join(one["more"] for one in pieces) == expected != "" and len(pieces) > 1
    assert last["answer"] == ask(server.url, "/predict", {"model": name, "input": "a b"})[1]
    assert last["answer"]["prediction"] == expected
    said = ask(server.url, "/v1/chat/completions", {"model": name, "messages": SAID})[1]
    assert said["choices"][0]["message"]["content"] == expected


def test_openais_client_talks_to_it(client, runs):
    expected = runs["chat"].predict(["a b"]).iloc[0]["prediction"]
    whole = client.chat.completions.create(model="chat", messages=SAID)
    assert isinstance(whole, ChatCompletion) and whole.model == "chat"
    assert whole.choices[0].message.content == expected
    assert whole.choices[0].finish_reason == "length"  # of 6 tokens, as the recipe says
    assert whole.usage.completion_tokens == 6
    assert whole.usage.total_tokens == 6 + whole.usage.prompt_tokens
    assert "cut at 6 tokens" in whole.model_extra["notes"][0]
    parts = list(client.chat.completions.create(
        model="chat", messages=SAID, stream=True, stream_options={"include_usage": True}
    ))  # fmt: skip
    assert all(isinstance(one, ChatCompletionChunk) for one in parts)
    *chunks, last = parts
    assert chunks[0].choices[0].delta.role == "assistant" and len(chunks) > 3
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == expected
    assert [one.choices[0].finish_reason for one in chunks[-2:]] == [None, "length"]
    assert last.choices == [] and last.usage == whole.usage
    assert len({one.id for one in parts}) == 1
    assert [one.id for one in client.models.list()] == ["chat", "t5", "template", "texts"]
    assert client.models.retrieve("t5").owned_by == "workbench"


def test_a_reply_is_sent_back_as_it_came(client):
    """With the fields that are empty in it, as conversations are usually gone on with."""
    reply = client.chat.completions.create(model="chat", messages=SAID).choices[0].message
    again = client.chat.completions.create(model="chat", messages=[*SAID, reply, *SAID])
    assert again.usage.prompt_tokens > 8


def test_a_stream_without_counts_has_none_and_ends_with_done(server):
    events = streamed(server.url, "/v1/chat/completions",
                      {"model": "chat", "messages": SAID, "stream": True})  # fmt: skip
    assert events[-1] == "[DONE]"
    assert all("usage" not in json.loads(one) for one in events[:-1])


def test_words_are_chosen_as_a_recipe_of_the_same_settings_chooses_them(client, runs, server):
    predictor = server.served["chat"].predictor
    from workbench.recipe import GENERATION

    about = {"kind": "sampling", "temperature": 1.5, "top_p": 0.9, "seed": 7, "max_new_tokens": 12}
    usual = predictor.generation
    predictor.generation = GENERATION.settings(about)
    try:
        expected = predictor.predict(server.served["chat"].read(["a b"])).iloc[0]["prediction"]
    finally:
        predictor.generation = usual
    asked = dict(model="chat", messages=SAID, temperature=1.5, top_p=0.9, max_tokens=12)

    def said(**more):
        return client.chat.completions.create(**asked, **more)

    assert said(seed=7).choices[0].message.content == expected
    drawn = [said() for _ in range(8)]
    assert len({one.choices[0].message.content for one in drawn}) > 1
    again = said(seed=drawn[0].model_extra["seed"])
    assert again.choices[0].message.content == drawn[0].choices[0].message.content
    asked = dict(model="chat", messages=SAID, max_completion_tokens=3)
    assert said(temperature=0).usage.completion_tokens == 3


def test_writing_ends_at_a_stop_and_the_client_never_sees_a_part_of_it(client):
    whole = client.chat.completions.create(model="chat", messages=SAID).choices[0].message.content
    place = len(whole) // 2
    stop = whole[place : place + 3]
    wanted = whole[: whole.index(stop)]
    about = dict(model="chat", messages=SAID, stop=[stop, "never"])
    one = client.chat.completions.create(**about)
    assert one.choices[0].message.content == wanted and one.choices[0].finish_reason == "stop"
    parts = client.chat.completions.create(**about, stream=True)
    assert "".join(one.choices[0].delta.content or "" for one in parts) == wanted


def test_a_conversation_is_read_with_its_system_prompt_and_turns(client):
    """More is read of it, and parts of a message are one text."""
    def tokens(messages, model="chat"):
        return client.chat.completions.create(model=model, messages=messages).usage.prompt_tokens

    alone = tokens(SAID)
    turns = [{"role": "developer", "content": "c"}, *SAID, {"role": "assistant", "content": "0"}]
    assert tokens([*turns, *SAID]) > tokens([turns[0], *SAID]) > alone
    assert tokens([{"role": "user", "content": [{"type": "text", "text": "a b"}]}]) == alone
    assert tokens(SAID, "t5") == 3  # a text and its end


def test_what_leaves_a_conversation_is_said(client):
    long = [{"role": one, "content": "a b c d e f g"} for one in ("user", "assistant") * 6]
    found = client.chat.completions.create(model="chat", messages=[*long, *SAID], max_tokens=8)
    assert any("left out" in note or "not read" in note or "dropped" in note
               for note in found.model_extra["notes"]), found.model_extra["notes"]  # fmt: skip


def test_many_at_once_get_each_their_own(server, runs):
    """Streams and answers of the same way of choosing words are written in one batch."""
    texts = [f"{one} {other}" for one in "abcdefgh" for other in "abcd"]
    expected = runs["chat"].predict(texts)["prediction"].tolist()
    found = {}

    def client(number):
        body = {"model": "chat", "messages": [{"role": "user", "content": texts[number]}],
                "stream": number % 2 == 0}  # fmt: skip
        if number % 2:
            said = ask(server.url, "/v1/chat/completions", body)[1]
            found[number] = said["choices"][0]["message"]["content"]
        else:
            events = map(json.loads, streamed(server.url, "/v1/chat/completions", body)[:-1])
            found[number] = "".join(one["choices"][0]["delta"].get("content", "")
                                    for one in events)  # fmt: skip

    threads = [threading.Thread(target=client, args=(number,)) for number in range(len(texts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [found[number] for number in range(len(texts))] == expected


CHAT = {"model": "chat", "messages": SAID}


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/predict/stream", {"model": "reviews", "input": "a"}, 422, "'reviews' writes no texts"),
        ("/predict/stream", {"model": "chat", "input": 3}, 422, "input"),
        ("/predict/stream", {"model": "chat", "input": "a" * 2001}, 422, "2001 characters"),
        ("/v1/chat/completions", {**CHAT, "model": "reviews"}, 422, "writes no texts"),
        ("/v1/chat/completions", {**CHAT, "model": "gpt-9"}, 404, "'gpt-9'"),
        ("/v1/chat/completions", {**CHAT, "n": 2}, 422, "'n' cannot be taken"),
        ("/v1/chat/completions", {**CHAT, "tools": []}, 422, "'tools' cannot be taken"),
        ("/v1/chat/completions", {**CHAT, "logprobs": True}, 422, "'logprobs'"),
        ("/v1/chat/completions", {**CHAT, "presence_penalty": 1}, 422, "'presence_penalty'"),
        ("/v1/chat/completions", {**CHAT, "temperature": 3}, 422, "'temperature'"),
        ("/v1/chat/completions", {**CHAT, "top_p": 0}, 422, "'top_p'"),
        ("/v1/chat/completions", {**CHAT, "stop": [""]}, 422, "one to 16 texts"),
        ("/v1/chat/completions", {**CHAT, "max_tokens": 64}, 422, "places for 64"),
        ("/v1/chat/completions", {**CHAT, "messages": []}, 422, "'messages'"),
        ("/v1/chat/completions", {**CHAT, "messages": [*SAID, {"role": "assistant",
                                                               "content": "b"}]}, 422, "own"),
        ("/v1/chat/completions", {**CHAT, "messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "x"}}]}]}, 422, "messages"),
        ("/v1/chat/completions", {**CHAT, "messages": [{"role": "user", "content": "\ud800"}]},
         422, "half of a character"),
        ("/v1/chat/completions", {**CHAT, "model": "t5", "messages": SAID * 2}, 422, "no convers"),
        ("/v1/chat/completions", {**CHAT, "stream_options": {}}, 422, "none is asked for"),
        ("/v1/models/reviews", None, 422, "writes no texts"),
    ],
)  # fmt: skip
def test_what_it_refuses(server, path, body, status, says):
    answer = ask(server.url, path, body)
    assert answer[0] == status and says in sentence(answer)
    assert sentence(answer).endswith(".")


# what ends a text before its end ---------------------------------------------------------------
class Paced:
    """``write`` that waits at each token until it is let on; ``tokens`` counts them."""

    def __init__(self, monkeypatch):
        self.tokens, self.go, self.usual = 0, threading.Semaphore(0), serving_writer.write
        self.fault, self.text, self.settings = None, None, []
        monkeypatch.setattr(serving_writer, "write", self.write)

    def write(self, *about, tick, on_text, **more):
        def paced():
            self.go.acquire()
            self.tokens += 1
            if self.fault is not None:
                raise self.fault
            return tick()

        def told(row, text):
            on_text(row, text if self.text is None else self.text * self.tokens)

        return self.usual(*about, tick=paced, on_text=on_text and told, **more)


@pytest.fixture
def paced(monkeypatch):
    one = Paced(monkeypatch)
    yield one
    one.go.release(10_000)


def begun(server, **more):
    """A connection on which a stream has begun."""
    one = http.client.HTTPConnection(urlparse(server.url).netloc, timeout=60)
    body = {"model": "chat", "messages": SAID, "stream": True, "max_tokens": 40, **more}
    one.request("POST", "/v1/chat/completions", json.dumps(body),
                {"Content-Type": "application/json"})  # fmt: skip
    answer = one.getresponse()
    assert answer.status == 200
    return one, answer


def rest(answer):
    return [one.removeprefix("data: ") for one in answer.read().decode().split("\n\n")[:-1]]


def left(server):
    return server.served["chat"].waiting


def test_nothing_is_written_for_a_client_that_has_gone(server, paced):
    paced.go.release(2)
    connection, answer = begun(server)
    assert left(server) == 1
    answer.close()
    connection.close()
    paced.go.release(2)  # the token at which it is seen, and one more
    until(lambda: left(server) == 0)
    count = 'workbench_requests_total{route="/v1/chat/completions",status="499"} 1.0'
    until(lambda: count in ask(server.url, "/metrics")[1])
    paced.go.release(10_000)
    assert ask(server.url, "/v1/chat/completions", CHAT)[0] == 200  # the model is free
    assert paced.tokens <= 4 + 6


def test_a_break_in_the_middle_is_said_and_no_end_of_the_text(server, client, paced, caplog):
    paced.go.release(2)
    connection, answer = begun(server)
    paced.fault = RuntimeError("the device fell off")
    paced.go.release(1)
    *texts, last = rest(answer)
    assert texts and "[DONE]" not in texts
    error = json.loads(last)["error"]
    assert error["code"] == 500 and "failed (RuntimeError)" in error["message"]
    assert "fell off" in caplog.text and "fell off" not in last  # the log has it, nobody else
    connection.close()
    paced.fault = None
    paced.go.release(2)
    stream = client.chat.completions.create(model="chat", messages=SAID, stream=True)
    next(stream)
    paced.fault = MemoryError()
    paced.go.release(1)
    with pytest.raises(openai.APIError, match="Memory ran out"):
        list(stream)


def test_what_breaks_before_the_first_word_has_a_status(server, client, paced):
    paced.fault = MemoryError()
    paced.go.release(1)
    with pytest.raises(openai.InternalServerError) as found:
        client.chat.completions.create(model="chat", messages=SAID, stream=True)
    assert found.value.status_code == 503 and found.value.response.headers["retry-after"]


def test_a_stream_that_takes_too_long_ends_with_a_sentence(runs, paced):
    with opened({"chat": runs["chat"]}, seconds=1.0) as server:
        paced.go.release(2)
        connection, answer = begun(server)
        error = json.loads(rest(answer)[-1])["error"]
        assert error["code"] == 504 and "took too long" in error["message"]
        connection.close()
        paced.go.release(10_000)
        until(lambda: left(server) == 0)


def test_a_stream_that_was_begun_is_finished_when_the_server_ends(runs, paced):
    """``should_exit`` is what SIGTERM sets."""
    with opened({"chat": runs["chat"]}) as server:
        paced.go.release(2)
        connection, answer = begun(server, max_tokens=8)
        server.server.should_exit = True

        def refused():
            try:
                return ask(server.url, "/health")[0] == 503
            except OSError:
                return True

        until(refused)
        paced.go.release(10_000)
        events = rest(answer)
        assert events[-1] == "[DONE]"
        assert json.loads(events[-2])["choices"][0]["finish_reason"] in ("length", "stop")
        connection.close()
        server.thread.join(60)
        assert not server.thread.is_alive()


def test_a_client_that_does_not_read_is_left_in_the_end(runs, paced, caplog):
    """More is written than the system holds for it: the connection is ended, and the writing."""
    paced.text = "x" * 2_000_000
    with opened({"chat": runs["chat"]}, body_seconds=0.5) as server, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", urlparse(server.url).port))
        body = json.dumps({**CHAT, "stream": True, "max_tokens": 40}).encode()
        slow.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/"
            b"json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        until(lambda: left(server) == 1)

        def on():
            paced.go.release(1)
            return left(server) == 0

        until(on)
        paced.text = None
        paced.go.release(10_000)
        assert ask(server.url, "/v1/chat/completions", CHAT)[0] == 200
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
