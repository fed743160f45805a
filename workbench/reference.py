"""How a recipe names a model or a dataset: parsed once, here, and nowhere else.

What the name means can be said without looking anywhere; whether there is such a thing is for
:func:`workbench.catalog.check`.
"""

from __future__ import annotations

import dataclasses
import enum
import os
import re
from pathlib import Path

from .errors import UnknownName
from .i18n import t
from .paths import local_path


class Origin(enum.StrEnum):
    """Where a model or dataset comes from; the value is what stands before the colon."""

    SAMPLE = "sample"  # pinned by the project
    HUB = "hub"
    NET = "net"  # one of our own nets, models alone
    STORED = "data"  # a table given in memory, kept in the cache, data sets alone
    PATH = ""  # a file or folder


_OF_KIND = {
    "model": (Origin.SAMPLE, Origin.HUB, Origin.NET),
    "dataset": (Origin.SAMPLE, Origin.HUB, Origin.STORED),
}
WITH_WEIGHTS = ("bert@", "llama@")  # how the name of a net begins that takes a model's weights
_HUB = re.compile(
    r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?(?::(?P<config>[\w. -][\w./ -]*))?"
)
_PAGE = re.compile(
    r"(?:hub:)?(?:https?://|hf://)?(?:(?:www\.)?(?:huggingface\.co|hf\.co)/)?(?:(?:models|datasets)/)?"
    r"(?P<name>[\w-][\w.-]*/[\w-][\w.-]*)(?:/(?:tree|blob|resolve)/(?P<revision>[\w.-]+).*)?/?",
    re.IGNORECASE,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Reference:
    """A model or dataset by name.

    Attributes
    ----------
    written : str
        As it stands in a recipe.
    kind : {"model", "dataset"}
    origin : Origin
    name : str
        What is named: of a sample and a net what stands behind the colon, of the hub
        ``org/name``, of stored data ``sha256-…``, otherwise the path.
    revision, config : str or None
        Of the hub: branch, tag or commit; configuration of a dataset.
    """

    written: str
    kind: str
    origin: Origin
    name: str
    revision: str | None = None
    config: str | None = None

    @classmethod
    def parse(cls, written: str | os.PathLike, kind: str) -> Reference:
        """Take a reference apart.

        >>> Reference.parse("hub:cardiffnlp/tweet_eval@main:emotion", "dataset").config
        'emotion'
        >>> Reference.parse("mine.csv", "dataset").origin.name
        'PATH'

        Raises
        ------
        UnknownName
            If it begins with ``hub:`` and is not of the form ``hub:org/name[@revision][:config]``.
        """
        text = str(written)
        origin = origin_of(text, kind)
        if origin is Origin.PATH:
            return cls(text, kind, origin, text)
        name = text.partition(":")[2]
        if origin is not Origin.HUB:
            return cls(text, kind, origin, name)
        match = _HUB.fullmatch(name)
        if match is None:
            raise UnknownName(
                t("hub.not_one", written=text), on_the_hub(text) or t("hub.not_one_remedy")
            )
        return cls(text, kind, origin, **match.groupdict())

    @property
    def repo(self) -> str:
        """``org/name`` on the hub."""
        return self.name

    @property
    def path(self) -> Path:
        """Where a file or folder lies (:func:`.paths.local_path`)."""
        return local_path(self.written)

    @property
    def weights(self) -> Reference | None:
        """The model whose weights a net takes; None for one that starts from nothing."""
        if self.origin is not Origin.NET or not self.name.startswith(WITH_WEIGHTS):
            return None
        source = self.name.partition("@")[2]
        return Reference.parse(source, "model") if source else None

    def __str__(self) -> str:
        return self.written


def origin_of(written: str | os.PathLike, kind: str) -> Origin:
    """Where a model or dataset of that name would come from, however the rest is spelt.

    >>> origin_of("net:bert-tiny", "model").name, origin_of("net:bert-tiny", "dataset").name
    ('NET', 'PATH')
    """
    before, colon, _ = str(written).partition(":")
    for origin in _OF_KIND[kind]:
        if colon and before == origin:
            return origin
    return Origin.PATH


def on_the_hub(written: str) -> str:
    """What to write where the address of a page, or a bare ``org/name``, was given; or nothing.

    >>> on_the_hub("https://huggingface.co/datasets/acme/reviews/tree/v2/data")
    "Write 'hub:acme/reviews@v2' for what is on the hub."
    >>> on_the_hub("https://example.org/a.csv")
    'Download what is there, and give the path of the file.'
    >>> on_the_hub("texts/reviews.csv"), on_the_hub("./a/b"), on_the_hub("mine")
    ('', '', '')
    """
    found = _PAGE.fullmatch(written)
    if found and not re.search(r"\.[a-z][a-z0-9]*$", written):  # of a file
        named = found["name"] + (f"@{found['revision']}" if found["revision"] else "")
        return t("hub.meant", meant=f"hub:{named}")
    return t("hub.address") if re.match(r"[a-z0-9]+://", written, re.IGNORECASE) else ""


def short_name(written: str) -> str:
    """A reference as part of a file's name: lower case, at most 30 characters.

    >>> short_name("hub:org/Some.Model@v1"), short_name("./texts/my reviews.csv")
    ('some', 'my-reviews')
    """
    last = written.split(":")[-1].rstrip("/").split("/")[-1].split("@")[0]
    if written.startswith(f"{Origin.STORED}:"):
        last = "frame"
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(last).stem).strip("-").lower()[:30]
