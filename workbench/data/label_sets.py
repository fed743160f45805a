"""A set of labels for people to read: what views need and reading data does not."""

from __future__ import annotations


def labels_text(labels) -> str:
    """A set of labels for people to read.

    Examples
    --------
    >>> labels_text(["tax", "trade"]), labels_text([])
    ('tax, trade', '(none)')
    """
    return ", ".join(map(str, labels)) or "(none)"
