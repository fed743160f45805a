"""Judges of rated answers: by a metric, and by a model behind a small local server."""

import contextlib
import http.server
import json
import math
import threading

import pytest

from tests.waiting import PATIENCE, until
from workbench import talking
from workbench.errors import DataError
from workbench.talking import judging
from workbench.talking.held_out import first_turn
from workbench.talking.turns import DONE, Answer

SEAT = talking.Seat(model="sample:smollm2-135m", task="chat")
OTHER = talking.Seat(model="hub:some/other", task="chat")


def conversation(pairs, **about):
    """Turns (truth, what the first seat wrote, what the second wrote, the hand's side or None)."""
    talk = talking.Talk([SEAT, OTHER], **about)
    for truth, first, second, hand in pairs:
        n = len(talk.turns)
        turn = first_turn(n, 2, talk.blind, text=f"question {n}", truth=truth)
        for seat, text in enumerate((first, second)):
            weights = {"name": f"w{seat}"}
            turn.add(seat, Answer(text=text, state=DONE, weights=weights, system=talk.system))
        talk.turns.append(turn)
        talk.at = turn.number
        if hand == "both_bad":
            talk.rate(hand)
        elif hand is not None:
            talk.rate("better", "AB"[talk.order().index(hand)])
    return talk


RATED = [
    ("abc def", "abc def", "xyz", 0), ("abc def", "xyz", "abc de", 1),
    ("abc def", "abc xyz", "uvw longer", 1), (None, "a", "bb", 0),
    ("abc", "abc", "abc", "both_bad"), ("abc", "abc", "x", None),
]  # fmt: skip


def test_a_metric_takes_the_higher_side_and_its_agreement_is_counted():
    talk = conversation(RATED)
    found = talk.judge("chrf")
    assert found.frame()["judge"].tolist() == ["A", "B", "A", "", "tie"]
    (row,) = found.agreement().to_dict("records")
    assert (row["rated"], row["both_bad"], row["compared"], row["agreed"]) == (5, 1, 3, 2)
    assert (row["ties"], row["unjudged"], row["inconsistent"]) == (1, 1, 0)
    # of 3: hand 1 and 2, judge 2 and 1; by chance (1*2 + 2*1) / 9; (2/3 - 4/9) / (5/9) = 0.4
    assert row["share"] == pytest.approx(2 / 3) and row["kappa"] == pytest.approx(0.4)
    assert (row["low"], row["high"]) == pytest.approx((0.0943, 0.9916), abs=1e-4)
    assert found.notes == ["1 pair has no verdict: no true answer is known."]
    assert found.table().loc["B"].tolist() == [1, 1, 0]
    assert found.table().loc["both_bad"].tolist() == [0, 0, 1]
    assert talk.judge("length").frame()["judge"].tolist() == ["A", "B", "B", "B", "tie"]
    exact = talk.judge("exact_match", unrated=True).frame()
    assert exact["judge"].tolist() == ["A", "tie", "tie", "", "tie", "A"]
    assert exact["hand"].tolist() == ["A", "B", "B", "A", "both_bad", ""]
    with pytest.raises(DataError, match="no metric 'crf'.*'chrf'"):
        talk.judge("crf")
    with pytest.raises(DataError, match="no pair.*unrated"):
        conversation(RATED[5:]).judge("chrf")


def test_kappa_is_of_who_wrote_wherever_it_was_shown():
    """A judge that always takes the same model agrees by chance alone, though sides are shuffled.
    """
    rows = [("aaaa", "aaaa", "bbbb", 0 if n % 4 else 1) for n in range(12)]
    talk = conversation(rows, blind=True, seed=1)
    assert {tuple(talk.order(n)) for n in range(12)} == {(0, 1), (1, 0)}
    (row,) = talk.judge("chrf").agreement().to_dict("records")
    assert (row["agreed"], row["compared"], row["kappa"]) == (9, 12, 0.0)
    assert talk.judge("chrf").table().to_dict("list") == {
        "A": [9, 3, 0], "B": [0, 0, 0], "tie": [0, 0, 0],
    }  # fmt: skip
    assert math.isnan(judging.kappa([(0, 0)])) and math.isnan(judging.kappa([]))


class Server(http.server.ThreadingHTTPServer):
    """Speaks /v1/chat/completions; ``reply`` is called with what was asked."""

    daemon_threads = True

    def __init__(self, reply):
        self.reply, self.asked, self.headers_seen = reply, [], []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        self.server.headers_seen.append(self.headers.get("Authorization"))
        status, came, *more = self.server.reply(json.loads(body["messages"][1]["content"]))
        self.send_response(status)
        self.send_header("Content-Length", str(len(came)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked may have gone
            self.wfile.write(came)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving():
    """``start(reply)`` gives a server that is there until the end."""
    opened = []

    def start(reply):
        server = Server(reply)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        opened.append((server, thread))
        return server

    yield start
    for server, thread in opened:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def said(content, **more):
    message = {"role": "assistant", "content": content, **more}
    return 200, json.dumps({"choices": [{"message": message}]}).encode()


def longer(about):
    first, second = (len(about[f"answer_{n}"]) for n in (1, 2))
    return said(f'Well: {{"better": {0 if first == second else 1 if first > second else 2}}}')


def test_a_model_is_asked_twice_and_what_depends_on_the_place_is_a_tie(serve, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "secret-1")
    server = serve(longer)
    talk = conversation(RATED, system="Be brief.")
    judge = talking.ModelJudge(server.url, "small", key="SOME_KEY")
    done = []
    found = talk.judge(judge, on_pair=lambda n, of: done.append((n, of)))
    assert found.frame()["judge"].tolist() == talk.judge("length").frame()["judge"].tolist()
    assert found.notes == [] and done[-1] == (5, 5)
    assert len(server.asked) == 8  # the same text twice is a tie without being asked for
    path, body = server.asked[0]
    assert path == "/v1/chat/completions" and (body["model"], body["temperature"]) == ("small", 0)
    assert set(server.headers_seen) == {"Bearer secret-1"} and "secret" not in repr(judge)
    first, swapped = (json.loads(body["messages"][1]["content"]) for _, body in server.asked[:2])
    assert (first["answer_1"], first["answer_2"]) == ("abc def", "xyz")
    assert (swapped["answer_1"], swapped["answer_2"]) == ("xyz", "abc def")
    assert [one["content"] for one in first["asked"]] == ["Be brief.", "question 0"]
    assert "w0" not in json.dumps(body) and "other" not in json.dumps(first)
    talk.judge(judge)
    assert len(server.asked) == 8  # what was judged is kept
    always = talking.ModelJudge(serve(lambda _: said('{"better": 1}')).url, "first")
    turned = talk.judge(always)
    assert turned.frame()["judge"].tolist() == ["tie"] * 5
    assert turned.agreement()["inconsistent"].tolist() == [4]
    assert "4 pairs count as ties" in turned.notes[0]


ENDS = threading.Event()


def slow(about):
    assert ENDS.wait(60)
    return longer(about)


@pytest.mark.parametrize(("reply", "words", "times"), [
    (lambda _: (401, b'{"error": {"message": "bad key secret-1"}}'), "does not take the key", 1),
    (lambda _: (404, b'{"error": {"message": "no secret-1 small"}}'), "404. It says: 'no … sm", 1),
    (lambda _: (500, b"<html>"), "answered 500", 4),
    (lambda _: (302, b"", ("Location", "http://127.0.0.1:1/")), "answered 302", 1),
    (lambda _: (200, b"<html>captive"), "sent no JSON, but '<html>captive'", 4),
    (lambda _: (200, b'{"choices": []}'), "JSON without an answer", 4),
    (lambda _: said(None, refusal="I cannot judge."), "no verdict, but 'I cannot judge.'", 4),
    (lambda _: said("Both are fine."), "no verdict, but 'Both are fine.'", 4),
    (lambda _: (200, b"Bearer secret-1 came"), "no JSON, but 'Bearer … came'", 4),
    (lambda _: said("You sent secret-1."), "no verdict, but 'You sent ….'", 4),
    (lambda _: said(None, refusal="No, secret-1."), "no verdict, but 'No, ….'", 4),
    (lambda _: said('{"better": 1} or {"better": 2}'), "no verdict, but", 4),
    (lambda _: (200, b"[" * 100_000), "sent no JSON", 4),
    (slow, "no whole answer within 0.1 s", None),
], ids=["key", "model", "broken", "moved", "page", "empty", "refusal", "words",
        "page-with-key", "words-with-key", "refusal-with-key", "two", "deep",
        "silent"])  # fmt: skip
def test_what_goes_wrong_is_a_sentence_and_loses_nothing(serve, monkeypatch, reply, words, times):
    monkeypatch.setenv("SOME_KEY", "secret-1")
    ENDS.clear()
    server = serve(reply)
    talk = conversation(RATED)
    seconds = 0.1 if reply is slow else 60
    judge = talking.ModelJudge(server.url, "small", key="SOME_KEY", timeout=seconds)
    found = talk.judge(judge)
    ENDS.set()
    whys = {why for why in found.frame()["why"] if why}
    assert len(whys) == 1 and words in whys.pop() and "secret" not in found.frame().to_string()
    assert "4 pairs have no verdict" in found.notes[0]
    assert times in (None, len(server.asked)) and (reply is not slow or len(server.asked) <= 2)
    (row,) = found.agreement().to_dict("records")
    assert (row["compared"], row["unjudged"]) == (0, 4) and math.isnan(row["share"])
    server.reply, judge.timeout = longer, 60
    assert talk.judge(judge).agreement()["unjudged"].tolist() == [0]  # asked again


def test_what_was_judged_is_kept_when_it_is_stopped(serve):
    talk = conversation(RATED)
    told = []
    found = talk.judge("length", on_pair=lambda *both: told.append(both) or len(told) == 3)
    assert told == [(0, 5), (1, 5), (2, 5)]
    assert found.frame()["judge"].tolist() == ["A", "B", "", "", ""]
    assert found.notes == ["3 pairs have no verdict: it was stopped."]
    (row,) = found.agreement().to_dict("records")
    assert (row["rated"], row["compared"], row["unjudged"]) == (5, 2, 3)
    # also while an answer is waited for: the server gives its second pair's once this is over
    ENDS.clear()
    server = serve(lambda about: (longer if len(server.asked) < 3 else slow)(about))
    judge, kept = talking.ModelJudge(server.url, "small"), []
    judging = threading.Thread(target=lambda: kept.append(talk.judge(judge)))
    judging.start()
    until(lambda: len(server.asked) == 3)
    judge.stop()
    judging.join(PATIENCE)
    assert kept[0].frame()["judge"].tolist() == ["A", "", "", "", "tie"]
    assert kept[0].notes == ["3 pairs have no verdict: it was stopped."]
    ENDS.set()
    assert talk.judge(judge).frame()["judge"].tolist() == ["A", "B", "B", "B", "tie"]
    assert len(server.asked) == 3 + 6  # the first pair is not asked about again


def test_an_address_that_is_none_is_refused_and_no_key_is_said():
    for wrong, words in (
        (("ftp://a/v1", "m"), "address 'ftp://a/v1'"), ((None, "m"), "address None"),
        (("http://u:p@h/v1", "m"), "holds a user, a password"), (("http://h/v1", ""), "not a name"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=words):
            talking.ModelJudge(*wrong)
    with pytest.raises(DataError, match="timeout is 0"):
        talking.ModelJudge("http://h/v1", "m", timeout=0)
    talk = conversation(RATED[:1])
    found = talk.judge(talking.ModelJudge("http://127.0.0.1:9/v1", "m", key="NO_SUCH_KEY"))
    assert "NO_SUCH_KEY holds no key" in found.notes[0]
    found = talk.judge(talking.ModelJudge("http://127.0.0.1:9/v1", "m"))
    assert "127.0.0.1 cannot be reached" in found.notes[0]
    assert "without encryption" in talking.ModelJudge("http://h/v1", "m", key="K").notes[0]
    assert talking.ModelJudge("https://h/v1", "m", key="K").notes == []


def test_a_key_in_place_of_its_variables_name_is_not_repeated():
    with pytest.raises(DataError, match="no name of an environment variable") as refused:
        talking.ModelJudge("http://127.0.0.1:9/v1", "m", key="sk-1234")
    assert "1234" not in str(refused.value)
    judge = talking.ModelJudge("http://127.0.0.1:9/v1", "m", key="gsk_1234")  # might be a name
    found = conversation(RATED[:1]).judge(judge)
    assert "holds no key" in found.notes[0]
    assert "1234" not in found.notes[0] + found.frame().to_string() + repr(judge)


def test_an_address_of_this_machine_is_asked_by_no_proxy(serve, monkeypatch):
    proxy = serve(longer)
    monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    judge = talking.ModelJudge(serve(longer).url, "small")
    assert conversation(RATED[:1]).judge(judge).frame()["judge"].tolist() == ["A"]
    assert proxy.asked == []
    far = talking.ModelJudge("http://127.0.0.1.example/v1", "small", key="K")
    assert "without encryption" in far.notes[0]
