"""The user's pip configuration is read as pip itself reads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workbench.catalog.downloads.pipconfig import PUBLIC, PipSettings, pip_settings, raw_settings
from workbench.errors import DownloadError


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An environment in which only the files of this test count."""
    config = tmp_path / "config"
    environ = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(config),
        "XDG_CONFIG_DIRS": str(tmp_path / "xdg"),
        "PATH": os.environ["PATH"],
    }
    (config / "pip").mkdir(parents=True)
    return environ, config / "pip" / "pip.conf", tmp_path


def test_without_any_configuration_it_is_the_public_index():
    environ = {"PIP_CONFIG_FILE": os.devnull}
    assert pip_settings(environ) == PipSettings(index_urls=(PUBLIC,))


def test_variables_alone():
    environ = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://mirror.example/simple/",
        "PIP_EXTRA_INDEX_URL": "https://a.example/s\nhttps://b.example/s",
        "PIP_FIND_LINKS": "/one /two",
        "PIP_TRUSTED_HOST": "mirror.example a.example:8080",
        "PIP_PROXY": "http://proxy.example:3128",
        "PIP_CERT": "/ca.pem",
        "PIP_CLIENT_CERT": "/me.pem",
        "PIP_DEFAULT_TIMEOUT": "60",
    }
    assert pip_settings(environ) == PipSettings(
        index_urls=("https://mirror.example/simple", "https://a.example/s", "https://b.example/s"),
        find_links=("/one", "/two"),
        trusted_hosts=("mirror.example", "a.example:8080"),
        proxy="http://proxy.example:3128",
        cert="/ca.pem",
        client_cert="/me.pem",
        timeout=60.0,
    )


def test_no_index_leaves_the_folders():
    environ = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/w"}
    assert pip_settings(environ) == PipSettings(index_urls=(), find_links=("/w",))


def test_command_section_over_global_and_variable_over_file(home):
    environ, file, _ = home
    file.write_text(
        "[global]\nindex-url = https://g.example/simple\ntimeout = 5\nproxy = p:1\n"
        "[install]\nindex-url = https://i.example/simple\n"
        "[freeze]\ntimeout = 10\n"
    )
    settings = pip_settings({**environ, "PIP_PROXY": "q:2"})
    assert settings.index_urls == ("https://i.example/simple",)
    assert settings.timeout == 5.0
    assert settings.proxy == "q:2"


def test_the_chosen_file_counts_most_and_keeps_the_others(home):
    environ, file, folder = home
    file.write_text("[global]\nindex-url = https://u.example/simple\nfind_links = /u\n")
    other = folder / "other.conf"
    other.write_text("[global]\nindex-url = https://o.example/simple\n")
    settings = pip_settings({**environ, "PIP_CONFIG_FILE": str(other)})
    assert settings.index_urls == ("https://o.example/simple",)
    assert settings.find_links == ("/u",)


def test_a_broken_file_is_named(home):
    environ, file, _ = home
    file.write_text("index-url = nowhere\n")
    with pytest.raises(DownloadError, match="pip.conf cannot be read"):
        pip_settings(environ)


def test_the_same_as_pip_says(home):
    """Against the reference: ``pip config list`` with the same files and variables."""
    environ, file, folder = home
    file.write_text(
        "[global]\nindex-url = https://u.example/simple\n"
        "extra-index-url =\n    https://x.example/simple\n    https://y.example/simple\n"
        "trusted-host = u.example\n"
    )
    legacy = folder / ".pip"
    legacy.mkdir()
    (legacy / "pip.conf").write_text("[global]\nindex-url = https://old.example/s\ntimeout = 7\n")
    environ["PIP_FIND_LINKS"] = "/wheels"
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    reference = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ("global", ":env:"):
            reference[name] = value.strip("'\"").replace("\\n", "\n")
    mine = raw_settings(environ)
    for name in ("index-url", "extra-index-url", "trusted-host", "timeout", "find-links"):
        assert mine[name].split() == reference[name].split(), name
    assert pip_settings(environ).index_urls == (
        "https://u.example/simple",
        "https://x.example/simple",
        "https://y.example/simple",
    )
