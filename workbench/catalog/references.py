"""References to models and datasets: ``sample:name``, ``hub:org/name``, a path, ``data:sha256-…``.

What can be said of a reference without fetching anything is said here, so that a recipe with a
misspelt name fails when it is written and not when it runs.
"""

from __future__ import annotations

import dataclasses
import difflib
import re

from workbench.catalog import nets, plugins
from workbench.catalog.listing import HUB_DATASETS, HUB_MODELS
from workbench.catalog.pinned import SAMPLES
from workbench.errors import UnknownName, quoted
from workbench.frames import find_frame
from workbench.paths import is_there, local_path

_HUB = re.compile(
    r"(?P<repo>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?(?::(?P<config>[\w./ -]+))?"
)


@dataclasses.dataclass(frozen=True)
class HubName:
    """``hub:repo[@revision][:config]`` taken apart."""

    repo: str
    revision: str | None = None
    config: str | None = None


def parse_hub(reference: str) -> HubName:
    """Take a ``hub:`` reference apart.

    >>> parse_hub("hub:cardiffnlp/tweet_eval@main:emotion")
    HubName(repo='cardiffnlp/tweet_eval', revision='main', config='emotion')

    Raises
    ------
    UnknownName
        If it is not of the form ``hub:org/name[@revision][:config]``.
    """
    match = _HUB.fullmatch(reference.removeprefix("hub:"))
    if match is None:
        raise UnknownName(
            f"{reference!r} is not a hub reference.",
            "Write hub:org/name, hub:org/name@revision or, for a dataset, hub:org/name:config.",
        )
    return HubName(**match.groupdict())


def known(kind: str) -> list[str]:
    """References of every listed ``"model"`` or ``"dataset"``."""
    hub = HUB_MODELS if kind == "model" else HUB_DATASETS
    return [
        *(f"sample:{s.name}" for s in SAMPLES.values() if s.kind == kind),
        *(f"hub:{entry.id}" for entry in hub),
        *(entry.reference for entry in plugins.entries(kind)),
    ]


def nearest_known(reference: str, kind: str) -> str:
    """The listed references most like this one, whatever stands before its colon or slash."""
    listed = known(kind)
    by_short = {re.split("[:/]", name, maxsplit=1)[-1].split("/")[-1]: name for name in listed}
    short = re.split("[:/]", reference, maxsplit=1)[-1].split("/")[-1]
    close = difflib.get_close_matches(short, by_short, n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(repr(by_short[name]) for name in close) + "?"
    return f"catalog.{kind}s() lists those that are known: {', '.join(listed[:3])}, …"


def check(reference: str, kind: str) -> None:
    """Raise :class:`UnknownName` for a reference that cannot be a model or dataset.

    Nothing is fetched: that a hub name exists, and that a file can be read, is found out on
    loading.

    Parameters
    ----------
    reference : str
        ``sample:name``, ``hub:org/name``, a path, for a model ``net:name``, for a dataset
        ``data:sha256-…``.
    kind : {"model", "dataset"}
    """
    reference = str(reference)
    if reference.startswith("sample:"):
        sample = SAMPLES.get(reference.removeprefix("sample:"))
        if sample is None:
            raise UnknownName(
                f"There is no sample {kind} {reference!r}.", nearest_known(reference, kind)
            )
        if sample.kind != kind:
            raise UnknownName(
                f"{reference!r} is a {sample.kind}, not a {kind}.", nearest_known("", kind)
            )
    elif reference.startswith("hub:"):
        name = parse_hub(reference)
        if kind == "model" and name.config:
            raise UnknownName(
                f"{reference!r} names a configuration, which a model has not.",
                f"Write hub:{name.repo} or hub:{name.repo}@revision.",
            )
    elif kind == "model" and reference.startswith(nets.PREFIX):
        nets.check(reference)
        if (source := nets.weights_of(reference)) is not None:
            check(source, "model")
    elif kind == "dataset" and reference.startswith("data:"):
        find_frame(reference)
    elif not is_there(local_path(reference)):
        raise UnknownName(
            f"There is no {kind} {quoted(reference)}: no such file or folder.",
            nearest_known(reference, kind),
        )
