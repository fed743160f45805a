"""The image: what its Dockerfile agrees with, what its entry runs, what its health check asks.

That it builds and works is tried by ``make container``.
"""

import ast
import doctest
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.setup import dockerfile
from tests.setup.dockerfile import DOCKERFILE, ROOT
from workbench.lab import DEFAULT_PORT, QUIET

TEXT = DOCKERFILE.read_text("utf-8")
WRITTEN = dockerfile.instructions(TEXT)
HERE = DOCKERFILE.parent


def all_of(name):
    return [rest for found, rest in WRITTEN if found == name]


def copied():
    """(sources, target) of each COPY."""
    for rest in all_of("COPY"):
        *sources, target = [word for word in rest.split() if not word.startswith("--")]
        yield sources, target


def environment():
    return dict(pair.split("=", 1) for rest in all_of("ENV") for pair in rest.split())


def test_its_instructions_are_read():
    assert doctest.testmod(dockerfile).failed == 0
    known = {"FROM", "RUN", "ARG", "WORKDIR", "ENV", "COPY", "VOLUME", "EXPOSE", "USER",
             "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {name for name, _ in WRITTEN} == known


def test_hadolint_finds_nothing():
    program = os.path.join(os.path.dirname(sys.executable), "hadolint")
    done = subprocess.run([program, "--no-color", DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_base_is_a_point_release_and_its_python_is_one_that_is_supported():
    assert re.fullmatch(r"debian:12\.\d+-slim", dockerfile.base_image())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11.2"  # what Debian 12 has


def test_packages_are_pinned_wheels():
    commands = [line for rest in all_of("RUN") for line in re.findall(r"pip install[^\"&]*", rest)]
    bound = [line for line in commands if "--no-deps" not in line]
    assert len(commands) == 2 and len(bound) == 1
    assert "--only-binary :all: --constraint constraints.txt" in bound[0]
    assert "==" not in "".join(all_of("RUN")), "versions stand in constraints.txt"


def test_it_has_every_extra_that_is_for_use():
    (chosen,) = [rest.partition("=")[2] for rest in all_of("ARG") if rest.startswith("EXTRAS=")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    others = {"sagemaker", "preferences", "test", "dev"}  # writing job files, the tests, the work
    assert set(chosen.split(",")) == set(project["optional-dependencies"]) - others


def test_what_is_copied_is_there_and_reaches_the_builder():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and line[0] != "#"]
    assert rules[0] == "*"
    let_in = {line[1:] for line in rules if line.startswith("!")}
    sources = [source for sources, _ in copied() for source in sources]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert set(sources) == let_in
    kept_out = [line for line in rules[1:] if not line.startswith("!")]
    assert any(fnmatch("notebooks/own-data", rule) for rule in kept_out)


def test_it_is_run_without_root():
    names = [name for name, _ in WRITTEN]
    (user,) = all_of("USER")
    assert user == "1000:1000"  # a number, by which an orchestrator sees that it is not root
    assert names.index("USER") > max(n for n, name in enumerate(names) if name == "RUN")
    assert "useradd --uid 1000 " in all_of("RUN")[0]
    assert not re.search(r"\b(sudo|curl|wget)\b", " ".join(all_of("RUN")))


def test_what_is_written_is_written_to_volumes():
    volumes = json.loads(all_of("VOLUME")[0])
    places = {name: value for name, value in environment().items()
              if name in ("HOME", "HF_HOME") or name.startswith("WORKBENCH_")}  # fmt: skip
    assert len(places) == 5
    assert [v for v in places.values() if not any(v.startswith(f"{at}/") for at in volumes)] == []
    assert all_of("WORKDIR")[-1] in volumes


def test_its_processes_are_as_quiet_as_those_of_make():
    assert {name: environment().get(name) for name in QUIET} == QUIET


def entered(tmp_path, *words):
    """The command line that the entry gives to ``workbench``."""
    stub = tmp_path / "workbench"
    stub.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\n")
    stub.chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}
    done = subprocess.run(["sh", HERE / "entry.sh", *words], env=path, check=True,
                          capture_output=True, text=True)  # fmt: skip
    return ast.literal_eval(done.stdout)


def test_the_entry_runs_the_verbs_of_workbench(tmp_path):
    everywhere = ["--host", "0.0.0.0"]
    assert entered(tmp_path) == ["lab", *everywhere, "--no-browser"]
    assert entered(tmp_path, "lab", "--host", "127.0.0.1") == [
        "lab", *everywhere, "--no-browser", "--host", "127.0.0.1"]  # fmt: skip
    assert entered(tmp_path, "serve", "runs/a b") == ["serve", *everywhere, "runs/a b"]
    assert entered(tmp_path, "train", "a.yaml", "--set", "epochs=2") == [
        "train", "a.yaml", "--set", "epochs=2"]  # fmt: skip
    assert os.access(HERE / "entry.sh", os.X_OK)


@pytest.fixture(scope="module")
def health():
    spec = importlib.util.spec_from_file_location("health", HERE / "health.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_health_check_asks_where_the_verb_answers(health):
    assert doctest.testmod(health).failed == 0
    assert {port for _, port in health.ASKED.values()} == set(map(int, all_of("EXPOSE")[0].split()))
    assert health.ASKED["lab"][1] == DEFAULT_PORT
    assert health.address(["tini", "--", "/opt/entry.sh", "lab"]) == "http://127.0.0.1:8888/api"
    assert health.address(["sh"]) is None


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_a_server_that_fails_is_not_well(status, well, health):
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/health"
        assert health.answers(address) is well
        server.shutdown()
    assert health.answers(address) is False
