"""Where this user's pip looks for archives: its indexes, folders of wheels, proxy, certificate.

The samples are fetched from wherever the user already installs Python packages from, a company
mirror included. pip need not be importable (environments made by other tools have none), so its
configuration is read as documented: files from the machine's to the environment's, the command's
section over ``[global]``, ``PIP_*`` variables over all files.
"""

from __future__ import annotations

import configparser
import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.errors import DownloadError

#: Stands for the index that is asked when none is configured; unearth knows its address.
PUBLIC = ""


@dataclasses.dataclass(frozen=True)
class PipSettings:
    """What decides where and how an archive is fetched.

    ``index_urls`` has the main index first, then the extra ones, and is empty under ``no-index``;
    ``timeout`` is in seconds.
    """

    index_urls: tuple[str, ...] = (PUBLIC,)
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None
    cert: str | None = None
    client_cert: str | None = None
    timeout: float = 15.0


def config_files(environ: Mapping[str, str] | None = None) -> list[Path]:
    """The configuration files pip would read, the least binding first."""
    environ = os.environ if environ is None else environ
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    xdg = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if sys.platform == "darwin":
        machine = [Path("/Library/Application Support/pip/pip.conf")]
        library = home / "Library" / "Application Support" / "pip"
        user = (library if library.is_dir() else home / ".config" / "pip") / "pip.conf"
    else:
        shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        machine = [Path(folder) / "pip" / "pip.conf" for folder in shared if folder]
        machine.append(Path("/etc/pip.conf"))
        user = xdg / "pip" / "pip.conf"
    files = [*machine, home / ".pip" / "pip.conf", user, Path(sys.prefix) / "pip.conf"]
    if chosen:
        files.append(Path(chosen).expanduser())
    return files


def raw_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every setting in force for a download, name to text, names as pip spells them."""
    environ = os.environ if environ is None else environ
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, "download": {}}
    for path in config_files(environ):
        parser = configparser.RawConfigParser()
        try:
            if not parser.read(path, encoding="utf-8"):
                continue
        except (configparser.Error, UnicodeDecodeError) as error:
            raise DownloadError(
                f"pip's configuration file {path} cannot be read: {str(error).splitlines()[0]}",
                "Correct the file; `python -m pip config debug` shows which files count.",
            ) from error
        for name, values in sections.items():
            if parser.has_section(name):
                values.update({_name(key): value for key, value in parser.items(name)})
    merged = {**sections["global"], **sections["install"], **sections["download"]}
    for key, value in environ.items():
        if key.startswith("PIP_") and value:
            merged[_name(key[4:])] = value
    return merged


def pip_settings(environ: Mapping[str, str] | None = None) -> PipSettings:
    """Read the user's pip configuration.

    Raises
    ------
    DownloadError
        If a configuration file is there but cannot be read.
    """
    raw = raw_settings(environ)
    index = raw.get("index-url") or PUBLIC
    no_index = raw.get("no-index", "").lower() in {"1", "true", "yes", "on", "y", "t"}
    indexes = () if no_index else (index, *raw.get("extra-index-url", "").split())
    timeout = raw.get("timeout") or raw.get("default-timeout") or "15"
    return PipSettings(
        index_urls=tuple(dict.fromkeys(url.rstrip("/") for url in indexes)),
        find_links=tuple(raw.get("find-links", "").split()),
        trusted_hosts=tuple(raw.get("trusted-host", "").split()),
        proxy=raw.get("proxy") or None,
        cert=raw.get("cert") or None,
        client_cert=raw.get("client-cert") or None,
        timeout=float(timeout) if timeout.replace(".", "", 1).isdigit() else 15.0,
    )


def _name(key: str) -> str:
    """Setting name as pip compares it: lower case, dashes, without leading dashes."""
    return key.lower().replace("_", "-").removeprefix("--")
