"""What an answer of the hub, or none, means: a sentence of its own for each, and what to do."""

from __future__ import annotations

import errno
import json
import logging
import re
import socket
from http import HTTPStatus
from typing import Any

from workbench.catalog.downloads.addresses import host_of
from workbench.catalog.hub.client import portal_error, seconds_to_wait, silent_error
from workbench.catalog.references import known, nearest_known
from workbench.durations import duration
from workbench.errors import DownloadError, UnknownName
from workbench.i18n import t

log = logging.getLogger("workbench")

OFFLINE = "offline mode is on"


def transient(error: BaseException) -> bool:
    """Whether the hub or the way to it is in trouble, so that a copy kept here is good to use.

    False where the hub has answered about the model or dataset itself: there is none, it is gated.
    """
    import httpx2
    from huggingface_hub.errors import (
        DisabledRepoError,
        EntryNotFoundError,
        FileMetadataError,
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    said = (
        GatedRepoError,
        DisabledRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
        EntryNotFoundError,
    )
    if isinstance(error, said):
        return False
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code not in (400, 404, 410)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return False
    odd = (OfflineModeIsEnabled, FileMetadataError, ValueError, TypeError, KeyError)
    return isinstance(error, (httpx2.HTTPError, ConnectionError, AssertionError, *odd))


def hub_problem(error: BaseException, what: str, kind: str) -> UnknownName | DownloadError:
    """What an answer of the hub means, in one sentence (``kind``: "model" or "dataset")."""
    from huggingface_hub.errors import (
        DisabledRepoError,
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, GatedRepoError):
        return DownloadError(
            f"The {kind} {what} is gated: its owner lets in only accounts that accepted the terms.",
            "Accept them on its page, then log in once with `hf auth login`.",
        )
    if isinstance(error, DisabledRepoError):
        return DownloadError(f"The {kind} {what} was disabled on the hub.", "Pick another one.")
    if isinstance(error, RevisionNotFoundError):
        return UnknownName(
            f"The {kind} {what} has no such revision.",
            "Leave the revision away, or give a branch, tag or commit that exists.",
        )
    if isinstance(error, RepositoryNotFoundError):
        return UnknownName(
            f"There is no {kind} {what} on the hub, or it is private.",
            nearest_known(what, kind),
        )
    if isinstance(error, EntryNotFoundError):
        return DownloadError(
            f"A file of the {kind} {what} is not on the hub (404).",
            "Name another revision, or look at its files on the hub.",
        )
    if isinstance(error, HfHubHTTPError):
        return _refusal(error.response, what, kind)
    return unreachable(what, kind, error)


def _refusal(response: Any, what: str, kind: str) -> DownloadError:
    """A status without more: each has words of its own."""
    status, host = response.status_code, host_of(_endpoint())
    if status == 401:
        return DownloadError(
            f"{host} does not accept this machine's access token (401), so the {kind} {what} "
            "cannot be fetched.",
            "Log in again with `hf auth login`, or remove HF_TOKEN from the environment.",
        )
    if status == 403:
        return DownloadError(
            f"{host} refuses the {kind} {what} to this account or from this network (403).",
            "Ask its owner for access, or give the token the right to read it; "
            "a company's proxy may answer so too.",
        )
    if status == 404:
        return UnknownName(
            f"{host} knows no {kind} {what} (404).",
            f"{nearest_known(what, kind)} If HF_ENDPOINT names a mirror, see whether it has it.",
        )
    if status == 429:
        seconds = seconds_to_wait(response)
        when = f"in {duration(seconds)}" if seconds else "in some minutes"
        return DownloadError(
            f"{host} has had too many requests from here (429) to send the {kind} {what} now.",
            f"Try again {when}; `hf auth login` raises the limit.",
        )
    if status >= 500:
        return DownloadError(
            f"{host} has trouble of its own ({_named(status)}), and the {kind} {what} is not in "
            "the local cache.",
            f"Try again in some minutes, or use what needs no hub: {_without_hub(kind)}.",
        )
    return DownloadError(
        f"{host} answered {_named(status)} when the {kind} {what} was asked for.",
        "Try again later, or give a local folder.",
    )


def unreachable(what: str, kind: str, error: BaseException) -> DownloadError:
    """The hub cannot be reached: why, and what works without it."""
    reason, remedy = way_to(error)
    return DownloadError(
        f"The {kind} {what} is not in the local cache and {host_of(_endpoint(), whole=True)} "
        f"cannot be reached ({reason}).",
        f"{remedy} Or set HF_ENDPOINT to a mirror before starting Python, or give a local folder, "
        f"or use what needs no hub: {_without_hub(kind)}.".strip(),
    )


def way_to(error: BaseException) -> tuple[str, str]:
    """Why a server could not be reached, in a few words, and what to do about it.

    Returns
    -------
    (reason, remedy) : tuple of str
        The remedy is a sentence, or nothing.
    """
    import httpx2
    from huggingface_hub.errors import FileMetadataError, OfflineModeIsEnabled

    text = " ".join(str(e) for e in _chain(error))
    if isinstance(error, OfflineModeIsEnabled) or "offline mode is enabled" in text:
        return OFFLINE, "Unset HF_HUB_OFFLINE to let it be asked."
    if isinstance(error, portal_error()) or isinstance(error, json.JSONDecodeError):
        where = "a web page came instead of data, as from a network's log-in page or a proxy"
        return where, "Open any page in a browser, log in to the network there, and try again."
    if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return t("hub.no_address"), t("hub.no_address_remedy")
    if isinstance(error, httpx2.ProxyError) or "407 Proxy" in text:
        return f"the proxy refuses: {_short(error)}", "Look at HTTPS_PROXY and HTTP_PROXY."
    if "CERTIFICATE_VERIFY_FAILED" in text or "SSL" in text or "TLS" in text:
        return (
            f"its certificate is not trusted or the encrypted connection failed: {_short(error)}",
            "In a company's network name its certificate in SSL_CERT_FILE.",
        )
    if re.search(r"Name or service not known|nodename nor servname|Temporary failure in name|"
                 r"getaddrinfo failed|No address associated", text):  # fmt: skip
        return "its name is not found: there is no network here, or no name server", ""
    if "Connection refused" in text:
        return "the connection is refused", ""
    if "unreachable" in text:
        return "there is no way to it from this network", ""
    if isinstance(error, silent_error()):
        return _short(error), "Try again."
    if isinstance(error, httpx2.TimeoutException) or "timed out" in text:
        return "it does not answer in time", "Try again."
    broken = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
    if isinstance(error, broken) or "Consistency check failed" in text:
        return "the connection broke off", "Try again: files that came whole are kept."
    if isinstance(error, (ValueError, TypeError, KeyError, AttributeError, AssertionError)) or (
        isinstance(error, FileMetadataError)
    ):
        return "what answers there is no hub", "Look at HF_ENDPOINT, and at the network's log-in."
    return _short(error), ""


def root_trouble(error: BaseException) -> BaseException:
    """The error that tells most: an answer of the hub behind what its client says of the cache."""
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return error
    chain = _chain(error)
    return next((e for e in chain if isinstance(e, HfHubHTTPError)), _way(chain) or error)


def is_network(error: BaseException) -> bool:
    """Whether an error is of the hub, of the way to it or of the disk, and not of the data."""
    import httpx2
    from huggingface_hub.errors import FileMetadataError, OfflineModeIsEnabled

    kinds = (httpx2.HTTPError, OfflineModeIsEnabled, FileMetadataError, ConnectionError)
    return isinstance(error, kinds) or (isinstance(error, OSError) and bool(error.errno))


def _way(chain: list[BaseException]) -> BaseException | None:
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    return next((e for e in chain if isinstance(e, (httpx2.HTTPError, OfflineModeIsEnabled))), None)


def storing_or_hub(error: BaseException, what: str, kind: str) -> UnknownName | DownloadError:
    """As :func:`hub_problem`; a disk that is full or closed to us is said to be that."""
    network = (ConnectionError, TimeoutError, socket.gaierror)
    if isinstance(error, OSError) and error.errno and not isinstance(error, network):
        return DownloadError(
            f"The {kind} {what} cannot be stored: {error.strerror or error}.",
            "Make room, or set HF_HOME to a folder that can be written.",
        )
    return hub_problem(error, what, kind)


def tell_copy(error: BaseException, what: str, commit: str, notes: list[str] | None) -> None:
    """Say that a copy of the cache is used because the hub is in trouble: as a note, or logged.

    Nothing is said where the user turned the hub off.
    """
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        why = f"answered {_named(error.response.status_code)}"
    else:
        reason, _ = way_to(error)
        if reason == OFFLINE:
            return
        why = f"cannot be reached ({reason})"
    said = (
        f"{host_of(_endpoint())} {why}: the copy of {what} that was fetched before is used "
        f"(commit {commit[:10]}); a newer one may be there."
    )
    if notes is None:
        log.warning(said)
    else:
        notes.append(said)


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__
    return found


def _short(error: BaseException) -> str:
    line = next((part for part in str(error).splitlines() if part.strip()), "")
    line = re.sub(r"\w+://\S+", lambda found: host_of(found.group()), line)
    return line.split(". ")[0].strip().rstrip(".")[:200] or type(error).__name__


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _without_hub(kind: str) -> str:
    return ", ".join(known(kind)[:3])
