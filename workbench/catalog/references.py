"""References to models and datasets: ``sample:name``, ``hub:org/name``, a path, ``data:sha256-…``.

What can be said of a reference without fetching anything is said here, so that a recipe with a
misspelt name fails when it is written and not when it runs.
"""

from __future__ import annotations

import difflib
import os
import re

from workbench.catalog import plugins
from workbench.catalog.listing import HUB_DATASETS, HUB_MODELS
from workbench.catalog.own_nets import net_folders
from workbench.catalog.samples.pinned import SAMPLES
from workbench.errors import UnknownName, quoted
from workbench.paths import is_there
from workbench.reference import Origin, Reference, on_the_hub
from workbench.stored_frames import find_frame


def parse_hub(reference: str) -> Reference:
    """Take a ``hub:`` reference apart; ``repo``, ``revision`` and ``config`` are its parts.

    >>> parse_hub("hub:cardiffnlp/tweet_eval@main:emotion").repo
    'cardiffnlp/tweet_eval'

    Raises
    ------
    UnknownName
        If it is not of the form ``hub:org/name[@revision][:config]``.
    """
    return Reference.parse(f"hub:{reference.removeprefix('hub:')}", "dataset")


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


def check(reference: str | os.PathLike, kind: str) -> Reference:
    """Take a reference apart; refuse one that cannot be a model or dataset.

    Nothing is fetched: that a hub name exists, and that a file can be read, is found out on
    loading.

    Parameters
    ----------
    reference : str or path
        ``sample:name``, ``hub:org/name``, a path, for a model ``net:name``, for a dataset
        ``data:sha256-…``.
    kind : {"model", "dataset"}

    Raises
    ------
    UnknownName
        If there is nothing of that name, as far as is known.
    """
    found = Reference.parse(reference, kind)
    if found.origin is Origin.SAMPLE:
        sample = SAMPLES.get(found.name)
        if sample is None:
            raise UnknownName(
                f"There is no sample {kind} {found.written!r}.", nearest_known(found.written, kind)
            )
        if sample.kind != kind:
            raise UnknownName(
                f"{found.written!r} is a {sample.kind}, not a {kind}.", nearest_known("", kind)
            )
    elif found.origin is Origin.HUB:
        if kind == "model" and found.config:
            raise UnknownName(
                f"{found.written!r} names a configuration, which a model has not.",
                f"Write hub:{found.repo} or hub:{found.repo}@revision.",
            )
    elif found.origin is Origin.NET:
        net_folders.check(found.written)
        if found.weights is not None:
            check(found.weights.written, "model")
    elif found.origin is Origin.STORED:
        find_frame(found.written)
    elif not is_there(found.path):
        close = nearest_known(found.written, kind)
        meant = "" if is_there(found.path.parent) else on_the_hub(found.written)
        raise UnknownName(
            f"There is no {kind} {quoted(found.written)}: no such file or folder.",
            close if close.startswith("Did you mean") else f"{meant} {close}".strip(),
        )
    return found
