"""A model hub on this machine: enough of the hub's HTTP interface for its real clients.

``huggingface_hub`` and ``datasets`` talk to it through ``HF_ENDPOINT``. It serves what a test put
in: repository information, trees, files (small ones directly, weights and parquet through a
redirect as from the hub's storage, with the linked ETag and size), ranges, pull requests, and the
hub's error answers with their ``X-Error-Code``.

    hub = FakeHub()
    hub.add("acme/tiny-bert", {"config.json": b"{}"})
    with hub.serve() as endpoint:       # http://127.0.0.1:PORT
        ...

``HF_ENDPOINT`` is read when the clients are imported, so they run in a process of their own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

#: Endings of files that the hub keeps in its large-file storage.
LARGE = (".safetensors", ".bin", ".parquet")


@dataclasses.dataclass
class Repo:
    """One repository: files at each revision, and its pull requests.

    ``trouble`` is asked first with the request's handler and path: true when it has answered.
    """

    name: str
    kind: str
    revisions: dict[str, dict[str, bytes]]
    gated: bool = False
    trouble: Callable[[_Handler, str], bool] | None = None
    discussions: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def commit(self, revision: str) -> str | None:
        """Commit of a branch, pull request or commit; None when there is none."""
        for name, files in self.revisions.items():
            digest = hashlib.sha1(name.encode())
            for path in sorted(files):
                digest.update(path.encode() + hashlib.sha1(files[path]).digest())
            if revision in (name, digest.hexdigest()):
                return digest.hexdigest()
        return None

    def files(self, commit: str) -> dict[str, bytes]:
        return next(f for name, f in self.revisions.items() if self.commit(name) == commit)


class FakeHub:
    """The repositories, and the requests that came (``METHOD path``)."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.requests: list[str] = []
        self.blobs: dict[str, bytes] = {}
        self.pages: dict[str, bytes] = {}  # that no hub has: a network's log-in page
        self.storing: Callable[[_Handler, str], bool] | None = None  # trouble of large files

    def add(
        self,
        name: str,
        files: Mapping[str, bytes | str],
        *,
        kind: str = "models",
        gated: bool = False,
    ) -> Repo:
        """Put a repository with its ``main`` branch; ``kind`` is ``models`` or ``datasets``."""
        repo = Repo(name, kind, {"main": _encoded(files)}, gated)
        self.repos[kind, name] = repo
        return repo

    def add_pull_request(
        self, repo: Repo, files: Mapping[str, bytes | str], *, title: str, author: str
    ) -> None:
        """Open a pull request that adds ``files``, reachable as ``refs/pr/N``."""
        number = len(repo.discussions) + 1
        repo.revisions[f"refs/pr/{number}"] = {**repo.revisions["main"], **_encoded(files)}
        repo.discussions.append(
            {
                "num": number,
                "title": title,
                "author": {"name": author},
                "status": "open",
                "isPullRequest": True,
                "createdAt": "2026-01-01T00:00:00.000Z",
                "repo": {"name": repo.name, "type": repo.kind[:-1]},
            }
        )

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        """Serve on a free port of this machine; gives the endpoint."""

        class Handler(_Handler):
            hub = self

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen: tests read ``FakeHub.requests``."""

    def _answer(self) -> None:
        split = urlsplit(self.path)
        parts = [unquote(part) for part in split.path.strip("/").split("/")]
        self.hub.requests.append(f"{self.command} {unquote(split.path)}")
        length = int(self.headers.get("Content-Length") or 0)
        self.form = self.rfile.read(length) if length else b""
        self.query = parse_qs(split.query)
        if split.path in self.hub.pages:
            self._send(200, self.hub.pages[split.path], "text/html; charset=utf-8")
        elif parts[0] == "storage":
            if self.hub.storing is not None and self.hub.storing(self, parts[1]):
                return
            self._send(200, self.hub.blobs[parts[1]], "application/octet-stream")
        elif parts[0] == "api" and parts[1] in ("models", "datasets"):
            self._api(parts[1], parts[2:])
        elif "resolve" in parts:
            kind = "datasets" if parts[0] == "datasets" else "models"
            self._file(kind, parts[1:] if kind == "datasets" else parts)
        else:
            self._error(404, "EntryNotFound", "Entry not found")

    def _repo(self, kind: str, parts: list[str]) -> tuple[Repo, list[str]] | None:
        """The repository that a path begins with, and the rest; or its error is sent."""
        for cut in (2, 1):
            repo = self.hub.repos.get((kind, "/".join(parts[:cut])))
            if repo is not None:
                if repo.trouble is not None and repo.trouble(self, self.path):
                    return None
                return repo, parts[cut:]
        # the hub does not tell a stranger whether a repository exists
        self._error(401, "RepoNotFound", "Invalid username or password.")
        return None

    def _revision(self, repo: Repo, parts: list[str]) -> tuple[str, list[str]] | None:
        cut = 3 if parts[:2] == ["refs", "pr"] else 1
        commit = repo.commit("/".join(parts[:cut]))
        if commit is None:
            self._error(404, "RevisionNotFound", f"Invalid rev id: {parts[0]}")
            return None
        return commit, parts[cut:]

    def _api(self, kind: str, parts: list[str]) -> None:
        if (found := self._repo(kind, parts)) is None:
            return
        repo, rest = found
        action, rest = (rest[0], rest[1:]) if rest else ("revision", ["main"])
        if action == "discussions":
            wanted = self.query.get("author")
            talks = [d for d in repo.discussions if not wanted or d["author"]["name"] in wanted]
            self._json({"discussions": talks, "count": len(talks), "start": 0})
            return
        if (at := self._revision(repo, rest)) is None:
            return
        commit, rest = at
        files = repo.files(commit)
        if action == "revision":
            self._json(
                {
                    "_id": commit[:24],
                    "id": repo.name,
                    "modelId": repo.name,
                    "sha": commit,
                    "private": False,
                    "gated": "auto" if repo.gated else False,
                    "disabled": False,
                    "tags": [],
                    "downloads": 0,
                    "likes": 0,
                    "lastModified": "2026-01-01T00:00:00.000Z",
                    "createdAt": "2026-01-01T00:00:00.000Z",
                    "siblings": self._siblings(files),
                }
            )
        elif action == "tree":
            folder = "/".join(rest)
            deep = self.query.get("recursive", ["false"])[0].lower() == "true"
            entries = _tree(files, folder, deep)
            if folder and not entries:
                self._error(404, "EntryNotFound", "Entry not found")
            else:
                self._json(entries)
        elif action == "paths-info":
            asked = _form_values(self.form, self.headers.get("Content-Type", ""), "paths")
            everything = {entry["path"]: entry for entry in _tree(files, "", True)}
            self._json([everything[path] for path in asked if path in everything])
        else:
            self._error(404, "EntryNotFound", "Entry not found")

    def _siblings(self, files: dict[str, bytes]) -> list[dict[str, Any]]:
        more = self.query.get("blobs", ["false"])[0].lower() == "true"
        listed = {entry["path"]: entry for entry in _tree(files, "", True)} if more else {}
        return [
            {"rfilename": path, **({"size": listed[path]["size"]} if more else {})}
            for path in sorted(files)
        ]

    def _file(self, kind: str, parts: list[str]) -> None:
        if (found := self._repo(kind, parts)) is None:
            return
        repo, rest = found
        if (at := self._revision(repo, rest[1:])) is None:
            return
        commit, rest = at
        path = "/".join(rest)
        content = repo.files(commit).get(path)
        extra = {"X-Repo-Commit": commit}
        if repo.gated:
            self._error(403, "GatedRepo", f"Access to {repo.name} is restricted.")
        elif content is None:
            self._error(404, "EntryNotFound", "Entry not found", extra)
        elif path.endswith(LARGE):
            digest = hashlib.sha256(content).hexdigest()
            self.hub.blobs[digest] = content
            # another host name, as the hub's storage has: clients must not follow it on HEAD
            port = self.server.server_address[1]
            extra |= {
                "Location": f"http://localhost:{port}/storage/{digest}",
                "X-Linked-Etag": f'"{digest}"',
                "X-Linked-Size": str(len(content)),
            }
            self._send(302, b"Found", "text/plain", extra)
        else:
            extra["ETag"] = f'"{_blob_id(content)}"'
            self._send(200, content, "text/plain; charset=utf-8", extra)

    def refuse(self, status: int, body: bytes = b"", kind: str = "text/plain", **headers) -> bool:
        """Answer so and nothing else, as a repository's trouble."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._send(status, body, kind, named)
        return True

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), "application/json")

    def _error(
        self, status: int, code: str, message: str, extra: Mapping[str, str] | None = None
    ) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message, **(extra or {})}
        body = json.dumps({"error": message}).encode()
        self._send(status, body, "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, extra: Mapping[str, str] | None = None
    ) -> None:
        first, total = 0, len(body)
        asked = self.headers.get("Range", "")
        headers = {"Content-Type": kind, "Accept-Ranges": "bytes", **(extra or {})}
        if status == 200 and asked.startswith("bytes="):
            start, _, end = asked[6:].partition("-")
            first, last = int(start), int(end) if end else total - 1
            body, status = body[first : last + 1], 206
            headers["Content-Range"] = f"bytes {first}-{first + len(body) - 1}/{total}"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _encoded(files: Mapping[str, bytes | str]) -> dict[str, bytes]:
    return {p: c.encode("utf-8") if isinstance(c, str) else c for p, c in files.items()}


def _blob_id(content: bytes) -> str:
    """Identity of a file's content as git has it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _tree(files: Mapping[str, bytes], folder: str, deep: bool) -> list[dict[str, Any]]:
    """Files and folders below ``folder`` as the hub lists them."""
    prefix = folder + "/" if folder else ""
    entries: dict[str, dict[str, Any]] = {}
    for path, content in sorted(files.items()):
        if not path.startswith(prefix):
            continue
        inner = path[len(prefix) :].split("/")
        for depth in range(1, len(inner) if deep else min(len(inner), 2)):
            name = prefix + "/".join(inner[:depth])
            oid = hashlib.sha1(name.encode()).hexdigest()
            entries[name] = {"type": "directory", "oid": oid, "size": 0, "path": name}
        if deep or len(inner) == 1:
            entry = {
                "type": "file",
                "oid": _blob_id(content),
                "size": len(content),
                "path": path,
            }
            if path.endswith(LARGE):
                entry["lfs"] = {
                    "oid": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "pointerSize": 134,
                }
            entries[path] = entry
    return list(entries.values())


def _form_values(body: bytes, kind: str, name: str) -> list[str]:
    """Values of one field of a JSON or URL-encoded body."""
    if "json" in kind:
        value = json.loads(body).get(name, [])
        return value if isinstance(value, list) else [value]
    return parse_qs(body.decode()).get(name, [])
