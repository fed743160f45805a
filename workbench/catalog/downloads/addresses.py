"""Addresses as a message may show them: never with a name, a password or a token in them."""

from __future__ import annotations

import re

#: An address with something before its host, whatever characters a password has.
_SECRET = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>\S+)")

#: The same without a scheme.
_NAMELESS = re.compile(r"[^\s/]*:\S*@")


def host_of(url: str, *, whole: bool = False) -> str:
    """The host of an address, with its port; with ``whole`` the address itself, without secrets.

    What is asked for (``?token=...``) and all up to the last ``@`` of the host's part are left
    out: a password of odd form (with ``/``, ``#``, ``?`` or ``@`` in it) leaves nothing behind.

    >>> host_of("https://me:pa/ss@index.example:8080/simple?token=1")
    'index.example:8080'
    >>> host_of("https://me:secret@index.example/simple", whole=True)
    'https://index.example/simple'
    >>> host_of("git+https://token@index.example")
    'index.example'
    """
    scheme, found, rest = url.partition("://")
    if not found:
        scheme, rest = "", url
    rest = rest.rpartition("@")[2]  # whatever stands before: a password may hold any character
    rest = re.split(r"[?#]", rest, maxsplit=1)[0].rstrip("/")
    host, _, path = rest.partition("/")
    if whole:
        return f"{scheme}://{rest}" if found else rest
    return host or path


def without_secrets(text: str) -> str:
    """A text in which every address has lost its user, password, query and fragment.

    >>> without_secrets("GET https://me:secret@index.example/simple/?key=1 failed")
    'GET https://index.example/simple failed'
    """
    plain = _SECRET.sub(lambda found: host_of(found.group(), whole=True), text)
    return _NAMELESS.sub("", plain)
