"""Where a server listens, and what it asks of whoever is not on this machine."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from pathlib import Path

from ...errors import RunError
from ...i18n import t

TOKEN = "WORKBENCH_SERVE_TOKEN"  # environment variable
SHORTEST = 16  # characters of a token


def token_of(file: Path | None) -> str | None:
    """The token from a file or the environment, None where there is neither.

    Raises
    ------
    RunError
        If the file cannot be read, or the token is too short or holds more than printable ASCII.
    """
    if file is not None:
        try:
            token, where = file.read_text("utf-8").strip(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise RunError(
                t("serving.token_file", file=str(file), why=why), t("serving.token_file_back")
            ) from error
    elif TOKEN in os.environ:
        token, where = os.environ[TOKEN].strip(), TOKEN
    else:
        return None
    if len(token) < SHORTEST or not (token.isascii() and token.isprintable()) or " " in token:
        raise RunError(
            t("serving.token_short", where=where, least=SHORTEST),
            t("serving.token_short_back"),
        )
    return token


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server on that address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_token(host: str, token: str | None) -> None:
    """Refuse to be open to others without a token (RunError)."""
    if token is None and not is_loopback(host):
        raise RunError(t("serving.open", host=host), t("serving.open_back", name=TOKEN))


def bound(host: str, port: int) -> socket.socket:
    """A socket that is bound and listens.

    Raises
    ------
    RunError
        If the port is taken (a free one is named), or the address is not this machine's.
    """
    if not 0 <= port <= 65535:
        raise RunError(t("serving.port", port=port), t("serving.port_back"))
    name = host.strip("[]")
    try:
        family = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0][0]
        # asyncio sends small answers at once only on sockets that say that they are TCP's
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _unbound(host, port, error) from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((name, port))
        made.listen(2048)  # so that a second server on the port is refused at once
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            free = _free_port(name, family)
            raise RunError(
                t("serving.taken", host=host, port=port), t("serving.taken_back", free=free)
            ) from error
        raise _unbound(host, port, error) from error
    return made


def address_of(made: socket.socket, host: str) -> str:
    """The address that people type."""
    port = made.getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"


def _free_port(name: str, family: int) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((name, 0))
        return probe.getsockname()[1]


def _unbound(host: str, port: int, error: OSError) -> RunError:
    return RunError(
        t("serving.unbound", host=host, port=port, why=error.strerror or error),
        t("serving.unbound_back"),
    )
