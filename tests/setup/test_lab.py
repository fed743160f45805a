"""The server of `workbench lab`, started for real: this machine only, a token, no outside calls."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from tests.waiting import PATIENCE
from workbench import lab
from workbench.errors import WorkbenchError


def test_start_page_is_the_first_notebook_that_there_is(tmp_path):
    assert lab.start_page(tmp_path) == "/lab"
    (tmp_path / "notebooks").mkdir()
    assert lab.start_page(tmp_path) == "/lab/tree/notebooks"
    (tmp_path / "notebooks" / "00-workbench.ipynb").touch()
    assert lab.start_page(tmp_path) == "/lab/tree/notebooks/00-workbench.ipynb"


def test_environment_keeps_what_the_user_set(tmp_path):
    added = lab.environment(tmp_path, {"OMP_WAIT_POLICY": "ACTIVE", "HOME": "/home/a"})
    assert added["WORKBENCH_RUNS"] == str(tmp_path / "runs")
    assert added["GOMP_SPINCOUNT"] == "0"
    assert "OMP_WAIT_POLICY" not in added and "HOME" not in added


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"folder": "no/such/folder"}, "no/such/folder"),
        ({"host": "my-machine"}, "my-machine"),
        ({"port": 0}, "0"),
        ({"port": 65536}, "65536"),
    ],
)
def test_bad_input_is_one_sentence(options, named, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkbenchError, match=named) as raised:
        lab.arguments(**options)
    assert raised.value.remedy
    typed = [options.get("folder", "."), f"--port={options.get('port', 8888)}"]
    typed += [f"--host={options.get('host', '127.0.0.1')}"]
    assert lab.main(typed) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_jupyterlab_it_says_what_to_install_and_not_its_own_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(WorkbenchError, match="JupyterLab is not installed") as raised:
        lab.serve(tmp_path, browser=False)
    assert "pip install" in raised.value.remedy and "'jupyterlab>=" in raised.value.remedy
    assert "finetune" not in raised.value.remedy
    monkeypatch.setattr("importlib.metadata.requires", lambda name: [
        "torch>=2.6", "labs>=1; extra == 'label'", "jupyterlab>=4.2 ; extra == \"lab\""])
    assert lab._packages() == ["'jupyterlab>=4.2'"]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: None)
    assert lab._packages() == ["jupyterlab"]


def test_in_a_container_it_listens_everywhere_and_answers_to_names_of_this_machine(tmp_path):
    options = lab.arguments(tmp_path, host="0.0.0.0")
    assert "--ServerApp.ip=0.0.0.0" in options
    assert "--ServerApp.allow_remote_access=False" in options
    assert "--ServerApp.ip=127.0.0.1" in lab.arguments(tmp_path)


def test_each_start_has_a_token_of_its_own(tmp_path):
    tokens = set()
    for _ in range(2):
        options = dict(option.split("=", 1) for option in lab.arguments(tmp_path))
        tokens.add(options["--IdentityProvider.token"])
    assert len(tokens) == 2 and min(map(len, tokens)) >= 32


def get(url, token=None):
    """Status and body; redirects are followed."""
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as r:
            return r.status, r.read().decode(), r.url
    except urllib.error.HTTPError as error:
        return error.code, "", url


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """(address, token, process) of a running server whose user asks for the opposite of safe."""
    root = tmp_path_factory.mktemp("project")
    (root / "notebooks").mkdir()
    home = tmp_path_factory.mktemp("home")
    (home / ".jupyter").mkdir()
    careless = {"ServerApp": {"ip": "0.0.0.0"}, "IdentityProvider": {"token": ""}}
    (home / ".jupyter" / "jupyter_server_config.json").write_text(json.dumps(careless))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "WORKBENCH"))}
    env = {**keep, "HOME": str(home), "JUPYTER_TOKEN": "a-token-of-the-test"}
    command = [sys.executable, "-m", "workbench.lab", str(root), f"--port={port}", "--no-browser"]
    log = open(home / "log.txt", "w+")
    process = subprocess.Popen(
        command, env=env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(4 * PATIENCE):
            time.sleep(0.25)
            if process.poll() is not None:
                break
            try:
                get(f"{address}/api")
            except OSError:
                continue
            break
        log.seek(0)
        assert process.poll() is None, log.read()
        yield address, env["JUPYTER_TOKEN"], process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def test_it_listens_on_this_machine_only(server):
    _, _, process = server
    listening = {
        c.laddr.ip for c in psutil.Process(process.pid).net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_it_asks_for_the_token(server):
    address, token, process = server
    assert get(f"{address}/api/contents")[0] == 403
    assert get(f"{address}/api/contents", "another")[0] == 403
    assert get(f"{address}/api/contents", token)[0] == 200
    assert "/login" in get(f"{address}/lab")[2]
    assert not any(token in part for part in psutil.Process(process.pid).cmdline())


def test_it_opens_at_the_notebooks_with_the_project_as_its_root(server):
    address, token, _ = server
    status, _, url = get(f"{address}/", token)
    assert status == 200 and url.endswith("/lab/tree/notebooks")
    listed = json.loads(get(f"{address}/api/contents", token)[1])
    assert [entry["name"] for entry in listed["content"]] == ["notebooks"]


def test_it_asks_nobody_for_news_updates_or_extensions(server):
    address, token, _ = server
    page = get(f"{address}/lab", token)[1]
    config = json.loads(page.split('id="jupyter-config-data"')[1].split(">", 1)[1].split("</")[0])
    assert config["news"]["disabled"] is True
    name = "@jupyterlab/apputils-extension:notification"
    asked = json.loads(get(f"{address}/lab/api/settings/{name}", token)[1])["schema"]["properties"]
    assert asked["fetchNews"]["default"] == "false"  # so the page does not ask either
    assert asked["checkForUpdates"]["default"] is False
    assert config["extensionManager"]["can_install"] is False
    assert json.loads(get(f"{address}/lab/api/news", token)[1]) == {"news": []}
    assert json.loads(get(f"{address}/lab/api/update", token)[1]) == {"notification": None}
