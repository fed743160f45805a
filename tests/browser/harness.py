"""A real JupyterLab and a real Chromium: what the browser tests drive."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlparse

import nbformat

from tests.browser.looking import faults_seen
from tests.waiting import PATIENCE
from workbench.lab import arguments
from workbench.paths import cache_dir

REPOSITORY = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]
WIDTHS = (1400, 950)
DRAWN = """() => new Promise((go) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(go))))"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _own_cache(folder: Path) -> Path:
    """The user's samples, but a queue for the device that nobody else waits in."""
    folder.mkdir()
    real = cache_dir()
    if real.is_dir():
        for entry in real.iterdir():
            if entry.name != "queue":
                (folder / entry.name).symlink_to(entry.absolute())
    return folder


STYLED = "() => Boolean(document.getElementById('workbench-style')?.textContent)"


class LabServer:
    """JupyterLab on 127.0.0.1 over a folder of its own."""

    def __init__(self, root: Path, home: Path):
        self.root, self.port, self.token = root, free_port(), secrets.token_hex(16)
        self.log = home / "lab.log"
        (root / "runs").mkdir(exist_ok=True)
        settings = {
            "@jupyterlab/apputils-extension/notification":
                '{"fetchNews": "false", "checkForUpdates": false}',
            # what a person may have switched on: the heaviest way to save a notebook
            "@jupyter-widgets/jupyterlab-manager/plugin": '{"saveState": true}',
        }
        for plugin, answers in settings.items():
            answered = home / f"settings/{plugin}.jupyterlab-settings"
            answered.parent.mkdir(parents=True)
            answered.write_text(answers)
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "WORKBENCH_RUNS": str(root / "runs"),
            "WORKBENCH_CACHE": str(_own_cache(home / "cache")),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            "GOMP_SPINCOUNT": "0",
            "OMP_WAIT_POLICY": "PASSIVE",
            "OMP_NUM_THREADS": "1",  # another test runs on the other core
            "MKL_NUM_THREADS": "1",
            "TRANSFORMERS_VERBOSITY": "error",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_OFFLINE": "1",
        }
        options = arguments(root, port=self.port, browser=False, token=self.token)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options, "--LabApp.expose_app_in_browser=True"],
            env=environment, cwd=root, stdin=subprocess.DEVNULL, stdout=open(self.log, "w"),
            stderr=subprocess.STDOUT, start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url("api/status"), timeout=2).read()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise RuntimeError("JupyterLab did not start:\n" + self.log.read_text()[-3000:])

    def end_kernels(self) -> None:
        """End every kernel; what a test left open would take memory and time from the next."""
        headers = {"Authorization": f"token {self.token}"}

        def call(path: str, method: str) -> bytes:
            address = f"http://127.0.0.1:{self.port}/{path}"
            request = urllib.request.Request(address, headers=headers, method=method)
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.read()

        for session in json.loads(call("api/sessions", "GET")):
            call(f"api/sessions/{session['id']}", "DELETE")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Lab:
    """One browser page on one notebook, with what a person does as methods."""

    def __init__(self, server: LabServer, page, shots: Path):
        self.server, self.page, self.shots = server, page, shots
        self.asked_theme = ""
        self.outside: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._request)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _request(self, request) -> None:
        parts = urlparse(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _dialog(self, dialog) -> None:
        if dialog.type == "beforeunload":  # the page's own question about what is not saved
            dialog.accept()
            return
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def check(self) -> None:
        """What must hold after every test: nothing from outside, no script of the data's, and
        what is drawn wears the style sheet."""
        assert not self.outside, f"requests to other hosts: {self.outside[:5]}"
        assert not self.dialogs, f"a script opened a dialog: {self.dialogs}"
        for frame in self.page.frames:  # BertViz's too
            assert not frame.evaluate("() => window.__ran || 0"), "a payload ran as code"
        if self.page.locator(".wb").count():
            assert self.page.evaluate(STYLED), "a view is drawn without the style sheet"

    def open(self, name: str, cells: list[str] | None = None) -> None:
        """Open a notebook (made of ``cells`` when given) alone in the page; kernel ready."""
        if cells is not None:
            book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
            book.metadata["kernelspec"] = {
                "name": "python3", "display_name": "Python 3", "language": "python"
            }
            nbformat.write(book, self.server.root / name)
        self.page.goto(self.server.url(f"doc/tree/{name}"))
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
            "?.status === 'idle'")

    def command(self, name: str, arguments: dict | None = None, *, wait: bool = True) -> None:
        script = "([n, a]) => { const p = window.jupyterapp.commands.execute(n, a); %s }"
        self.page.evaluate(script % ("return p.then(() => null);" if wait else "return null;"),
                           [name, arguments or {}])

    def run_all(self, *, timeout: float = PATIENCE) -> None:
        self.command("notebook:run-all-cells", wait=False)
        self.page.wait_for_timeout(200)
        self.idle(timeout=timeout)

    def runs(self, index: int) -> bool:
        """Whether that cell is being executed. (The kernel's own light also goes idle after
        each message that a subshell handled.)"""
        return self.page.evaluate(
            "i => window.jupyterapp.shell.currentWidget.content.widgets[i]"
            ".inputArea.promptNode.textContent.includes('*')", index)

    def run_cell(self, index: int) -> None:
        """Start one cell and come back at once."""
        self.page.evaluate(
            "i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i;"
            " window.jupyterapp.commands.execute('notebook:run-cell'); }", index)

    def idle(self, *, timeout: float = PATIENCE) -> None:
        self.page.wait_for_function(
            "() => { const w = window.jupyterapp.shell.currentWidget;"
            " return w.sessionContext.session?.kernel?.status === 'idle' &&"
            " ![...w.node.querySelectorAll('.jp-InputPrompt')]"
            ".some(p => p.textContent.includes('*'));}", timeout=timeout * 1000)

    def python(self, expression: str) -> object:
        """The value of a Python expression in the notebook's kernel (through JSON)."""
        text = self.page.evaluate(
            """async code => {
              const k = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              const f = k.requestExecute({code: '', silent: true, store_history: false,
                user_expressions: {v: code}});
              const r = (await f.done).content.user_expressions.v;
              if (r.status === 'ok') return r.data['text/plain'];
              return 'ERROR ' + r.ename + ': ' + r.evalue;
            }""", f"__import__('json').dumps({expression}, default=str)")
        if text.startswith("ERROR"):
            raise AssertionError(text)
        import ast

        return json.loads(ast.literal_eval(text))

    def until(self, expression: str, value: object, *, seconds: float = PATIENCE) -> None:
        """Wait until a Python expression in the notebook's kernel has that value.

        It may raise until then: the page shows that a view was chosen before it is made.
        """
        end = time.monotonic() + seconds
        while (now := self._value_or_error(expression)) != value:
            assert time.monotonic() < end, f"{expression} is {now!r}, not {value!r}"
            self.page.wait_for_timeout(100)

    def _value_or_error(self, expression: str) -> object:
        try:
            return self.python(expression)
        except AssertionError as error:
            return error

    def theme(self, name: str) -> None:
        """Change the theme; its colours are there when this returns, those of canvases too."""
        shown = self.page.evaluate("document.body.dataset.jpThemeName")
        if (self.asked_theme, shown) == (name, THEMES[name]):
            return
        self.asked_theme = name
        self.command("apputils:change-theme", {"theme": THEMES[name]})
        self.page.wait_for_function(
            """light => document.body.dataset.jpThemeLight === String(light) &&
              (getComputedStyle(document.body).getPropertyValue("--jp-ui-font-color1")
                .includes("255") !== light)""", arg=name == "light")
        self.page.wait_for_timeout(200)  # canvases are drawn again 150 ms after a change

    def restart_kernel(self) -> None:
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.idle()

    def save(self) -> None:
        self.command("docmanager:save")

    def shot(self, name: str, selector: str | None = None) -> Path:
        path = self.shots / f"{name}.png"
        target = self.page.locator(selector).first if selector else self.page
        target.screenshot(path=str(path))
        return path

    def drawn(self) -> None:
        """Wait until what was asked of the page is drawn."""
        self.page.evaluate(DRAWN)

    def look(
        self, name: str, selector: str = ".wb-app", *, themes: Iterable[str] = tuple(THEMES),
        widths: Iterable[int] = WIDTHS,
    ) -> None:
        """Screenshots wide and narrow, light and dark; what an eye would object to fails."""
        before, found = self.page.viewport_size, {}
        for theme in themes:
            self.theme(theme)
            for width in widths:
                self.page.set_viewport_size({"width": width, "height": before["height"]})
                self.drawn()
                tall = self.page.locator(selector).first.bounding_box()["height"] + 250
                if tall > before["height"]:  # all of it is in sight
                    self.page.set_viewport_size({"width": width, "height": int(tall)})
                    self.drawn()
                self.shot(f"{name}-{width}-{theme}", selector)
                for fault in faults_seen(self.page, selector):
                    found.setdefault(fault, []).append(f"{width} {theme}")
        self.page.set_viewport_size(before)
        assert not found, "\n".join(f"{fault} ({', '.join(at)})" for fault, at in found.items())

    def both_themes(self, name: str, selector: str) -> None:
        """Screenshots in the light and the dark theme."""
        for theme in THEMES:
            self.theme(theme)
            self.shot(f"{name}-{theme}", selector)
