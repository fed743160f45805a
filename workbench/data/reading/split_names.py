"""Names by which the splits of a dataset are found."""

from __future__ import annotations

import re

#: Names under which a split is found in a folder or a document.
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "devel": "validation",
    "development": "validation",
    "eval": "validation",
    "evaluation": "validation",
    "testa": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "testb": "test",
}
ORDER = ("train", "validation", "test")


def split_of(name: str) -> tuple[str, str] | None:
    """The split that a name of a file or folder speaks of, and what else the name says.

    Examples
    --------
    >>> split_of("train-00000-of-00002"), split_of("20news-bydate-test"), split_of("reviews")
    (('train', '00000-of-00002'), ('test', '20news-bydate'), None)
    """
    plain = name.lower()
    words = [word for word in re.split(r"[-_. ()]+", plain) if word]
    for word in (*words[:1], *words[:0:-1]):
        if word in SPLIT_NAMES:
            at = plain.index(word) if word == words[0] else plain.rindex(word)
            rest = (plain[:at].strip("-_. ()"), plain[at + len(word) :].strip("-_. ()"))
            return SPLIT_NAMES[word], "-".join(part for part in rest if part)
    return None
