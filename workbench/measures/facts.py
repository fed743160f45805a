"""Something in a text that must not come or go when the text is rewritten, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("number", "name", "negation")


@dataclass(frozen=True)
class Fact:
    """A number, a name or a negation of a text.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    text : str
        As it is written.
    start, end : int
        Its first character in the text, and the one after its last.
    values : frozenset of str
        What it is in one way of writing: the values that a number has as its language writes
        numbers (several where the language is not known), a name in its plain form.
    possible : frozenset of str
        ``values``, and what else it can be.
    """

    kind: str
    text: str
    start: int
    end: int
    values: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
