"""Small archives and a package index for tests."""

from __future__ import annotations

import contextlib
import hashlib
import io
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from workbench.catalog.downloads.archives import Archive


def wheel(path: Path, members: Mapping[str, bytes], *, links: Mapping[str, str] = {}) -> Path:
    """A zip file with these members, and symbolic links (name to target)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        for name, target in links.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return path


def sdist(path: Path, members: Mapping[str, bytes], *, links: Mapping[str, str] = {}) -> Path:
    """A tar.gz file with these members, and symbolic links."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return path


def pin(path: Path, project: str = "tiny-sample", version: str = "1.0") -> Archive:
    """The archive of a file as it is now."""
    content = path.read_bytes()
    return Archive(project, version, path.name, hashlib.sha256(content).hexdigest(), len(content))


class Index:
    """A package index on this machine that can be made to behave badly.

    ``cut`` ends the next answers of a file after so many bytes; ``ranges`` False ignores ranges;
    ``status`` answers every request so; ``log`` has (path, Range header) of each file request.
    """

    def __init__(self, folder: Path, project: str = "tiny-sample"):
        self.folder, self.project = folder, project
        self.cut: int | None = None
        self.ranges = True
        self.status = 200
        self.with_hash = True
        self.log: list[tuple[str, str | None]] = []
        self.on_file: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                index.answer(self)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.status != 200:
            request.send_response(self.status)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if request.path == f"/simple/{self.project}/":
            body = "".join(
                f'<a href="/files/{p.name}'
                + (f"#sha256={pin(p).sha256}" if self.with_hash else "")
                + f'">{p.name}</a>\n'
                for p in self.folder.iterdir()
            ).encode()
            self._send(request, 200, body, {"Content-Type": "text/html"})
        elif (file := self.folder / request.path.removeprefix("/files/")).is_file():
            asked = request.headers.get("Range")
            self.log.append((request.path, asked))
            self.on_file()
            body, status, headers = file.read_bytes(), 200, {}
            if asked and self.ranges:
                first = int(asked.removeprefix("bytes=").rstrip("-"))
                headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
                body, status = body[first:], 206
            self._send(request, status, body, headers, cut=self.cut)
        else:
            request.send_error(404)

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        body: bytes,
        headers: Mapping[str, str],
        cut: int | None = None,
    ) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body[:cut])
