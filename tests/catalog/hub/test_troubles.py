"""Each trouble of the hub, or of the way to it, has its own words; a copy is used with a note."""

from __future__ import annotations

import threading

import pytest

from tests.catalog.hub_process import ask, weights
from tests.fakes.hub_server import FakeHub
from tests.waiting import PATIENCE
from workbench.catalog.hub import files
from workbench.errors import DownloadError

CONFIG = '{"model_type": "bert"}'
PAGE = b"<!doctype html><html><title>Hotel</title>Log in to use the network</html>"
gone = threading.Event()  # lets answers that never come end with the tests


def refuse(status, body=b"", kind="text/plain", **headers):
    return lambda handler, path: handler.refuse(status, body, kind, **headers)


def never(handler, path):
    gone.wait(PATIENCE)
    handler.close_connection = True
    return True


def drip(handler, path):
    """An answer that is never whole: a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not gone.wait(0.2):
        try:
            handler.wfile.write(b" ")
        except OSError:
            break
    handler.close_connection = True
    return True


def login(handler, path):
    return handler.refuse(302, Location="/login-page-of-the-hotel")


def cut(handler, digest):
    """Half of the file, then the connection ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(handler.hub.blobs[digest])))
    handler.end_headers()
    handler.wfile.write(handler.hub.blobs[digest][:1000])
    handler.close_connection = True
    return True


def altered(handler, digest):
    """As many bytes, the last of them others."""
    return handler.refuse(200, handler.hub.blobs[digest][:-4] + b"else")


TROUBLES = {
    # name: (trouble, what the message says, what the remedy says, whether a copy is used)
    "t401": (refuse(401, X_Error_Message="Invalid credentials in Authorization header"),
             "does not accept this machine's access token (401)", "hf auth login", True),
    "t403": (refuse(403), "refuses the model hub:acme/t403", "Ask its owner", True),
    "t404": (refuse(404), "knows no model hub:acme/t404 (404)", "HF_ENDPOINT", False),
    "t429": (refuse(429, Retry_After="90"), "requests from here (429)", "in 1 min 30 s", True),
    "t429d": (refuse(429, Retry_After="266400"), "requests from here (429)", "in 3 d 2 h;", True),
    "t429b": (refuse(429), "too many requests from here (429)", "in some minutes", True),
    "t500": (refuse(500), "500 Internal Server Error", "Try again in some minutes", True),
    "t502": (refuse(502, PAGE, "text/html"), "502 Bad Gateway", "sample:minilm-l6", True),
    "t503": (refuse(503, Retry_After="3600"), "503 Service Unavailable", "some minutes", True),
    "t599": (refuse(599), "trouble of its own (599)", "some minutes", True),
    "t511": (refuse(511, PAGE, "text/html"), "a web page came instead", "in a browser", True),
    "t418": (refuse(418), "answered 418", "Try again later", True),
    "silent": (never, "does not answer in time", "Try again", True),
    "drip": (drip, "no whole answer within", "Try again", True),
    "page": (refuse(200, PAGE, "text/html; charset=utf-8"), "a web page came", "browser", True),
    "login": (login, "a web page came", "log in to the network", True),
    "nojson": (refuse(200, b'{"id": ', "application/json"), "cannot be reached", "", True),
    "list": (refuse(200, b"[]", "application/json"), "what answers there is no hub", "", True),
    "gated": (refuse(403, X_Error_Code="GatedRepo"), "is gated", "Accept them", False),
    "off": (refuse(403, X_Error_Message="Access to this resource is disabled."), "was disabled",
            "Pick another", False),
    "gone": (refuse(401, X_Error_Code="RepoNotFound"), "There is no model", "", False),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Every trouble without a copy in the cache and with one, each in one process."""
    hub = FakeHub()
    content = weights(300_000)
    for name in [*TROUBLES, "cut", "whole", "away"]:
        hub.add(f"acme/{name}", {"config.json": CONFIG, "model.safetensors": content})
    hub.add("acme/altered", {"config.json": CONFIG, "model.safetensors": weights(4000)})
    hub.repos["models", "acme/cut"].revisions["main"]["model.safetensors"] += b"other"
    hub.pages["/login-page-of-the-hotel"] = PAGE
    homes = [tmp_path_factory.mktemp(f"hf{n}") for n in range(2)]
    asked = [["folder", f"hub:acme/{name}"] for name in TROUBLES]
    ways = [
        ["at", "hub:acme/away", "http://127.0.0.1:9"],
        ["at", "hub:acme/away", "http://no-such-host.invalid"],
        ["at", "hub:acme/away", "http://me:secret@127.0.0.1:9"],
    ]
    with hub.serve() as endpoint:
        ask(endpoint, homes[1], asked)
        for name, (trouble, *_) in TROUBLES.items():
            hub.repos["models", f"acme/{name}"].trouble = trouble
        hub.storing = lambda handler, digest: (
            len(hub.blobs[digest]) > len(content) and cut(handler, digest)
            or len(hub.blobs[digest]) < len(content) and altered(handler, digest)
        )  # fmt: skip
        tls = ["at", "hub:acme/away", endpoint.replace("http:", "https:")]
        more = [["folder", "hub:acme/cut"], ["folder", "hub:acme/altered"], *ways, tls]
        without = ask(endpoint, homes[0], [*asked, *more], HASTY="silent drip")
        proxy = [["proxy", "hub:acme/whole", "http://me:secret@127.0.0.1:9"]]
        with_copy = ask(endpoint, homes[1], [*asked, *proxy], HASTY="silent drip")
    yield without, with_copy
    gone.set()


@pytest.mark.parametrize("name", TROUBLES)
def test_without_a_copy(answers, name):
    found = answers[0][list(TROUBLES).index(name)]
    _, message, remedy, _ = TROUBLES[name]
    assert found["kind"] in ("DownloadError", "UnknownName")
    assert message in found["said"] and remedy in found["remedy"] and found["remedy"]
    assert "\n" not in found["said"] and "Traceback" not in found["said"]
    assert "Expecting value" not in found["said"]


@pytest.mark.parametrize("name", TROUBLES)
def test_with_a_copy(answers, name):
    found = answers[1][list(TROUBLES).index(name)]
    _, message, _, used = TROUBLES[name]
    if used:
        assert found["kind"] == "value" and "snapshots" in found["value"]
        [note] = found["notes"]
        assert "was fetched before is used (commit" in note and f"hub:acme/{name}" in note
    else:  # the hub has answered about the model itself
        assert message in found["said"] and not found["notes"]
        assert "The copy that was fetched before is " in found["remedy"]


def test_the_ways_to_the_hub(answers):
    cut_off, other, refused, nameless, secret, tls = answers[0][len(TROUBLES) :]
    assert "the connection broke off" in cut_off["said"]
    assert "is not the file that the hub has (sha256" in other["said"] and other["remedy"]
    assert "the connection is refused" in refused["said"]
    assert "http://127.0.0.1:9 cannot be reached" in refused["said"]
    assert "its name is not found" in nameless["said"]
    assert "secret" not in str(secret) and "http://127.0.0.1:9" in secret["said"]
    assert "encrypted connection failed" in tls["said"] and "SSL_CERT_FILE" in tls["remedy"]
    [proxy] = answers[1][len(TROUBLES) :]
    assert proxy["kind"] == "DownloadError" and "secret" not in str(proxy)


def test_the_hash_is_that_of_what_comes(tmp_path, monkeypatch):
    """A model that is here is not read through each time that it is opened."""
    kept, link = tmp_path / ("0" * 64), tmp_path / "model.safetensors"
    kept.write_bytes(b"else")
    link.symlink_to(kept)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_, **__: str(link))

    def fetched(sizes):
        count = files.Counter("acme/tiny", sizes, None)
        return files.download_one("acme/tiny", link.name, kind="model", revision=None, count=count)

    assert fetched({}) == link
    with pytest.raises(DownloadError, match="is not the file that the hub has"):
        fetched({link.name: 4})
    assert not link.is_symlink() and not kept.exists()
