"""Labels that say that there is none: ``-``, ``?``, ``N/A``, ``TODO``, ``unknown``."""

from __future__ import annotations

from collections.abc import Iterable

#: What is no name of a class.
SURE = frozenset(
    "- -- --- ? ?? ??? n/a n.a. #n/a na nan null nil <na> nat todo tbd tba unlabeled unlabelled "
    "unannotated missing undefined . … ... x? xxx".split()
) | {"not labeled", "not labelled", "no label", "not annotated", "to do", "(none)", "<none>"}
#: What often means that nobody decided, and sometimes is a class.
PERHAPS = frozenset("none unknown unsure undecided unclear empty blank unbekannt inconnu".split())


def placeholders(labels: Iterable[str]) -> tuple[list[str], list[str]]:
    """Labels that surely, and that perhaps, mean that there is none.

    A minus beside a plus is a class.

    Examples
    --------
    >>> placeholders(["good", "bad", "-", "None"]), placeholders(["+", "-"])
    ((['-'], ['None']), ([], []))
    """
    names = list(labels)
    plain = {name: " ".join(name.casefold().split()) for name in names}
    polar = any(value in ("+", "++") for value in plain.values())
    sure = [n for n in names if plain[n] in SURE and not (polar and set(n.strip()) == {"-"})]
    return sure, [name for name in names if plain[name] in PERHAPS]
