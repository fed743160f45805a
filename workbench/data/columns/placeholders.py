"""Labels that say that there is none: ``-``, ``?``, ``N/A``, ``TODO``, ``unknown``."""

from __future__ import annotations

from collections.abc import Iterable

#: What is no name of a class.
SURE = frozenset(
    "- -- --- ? ?? ??? n/a n.a. #n/a na nan null nil <na> nat todo tbd tba unlabeled unlabelled "
    "unannotated missing undefined . … ... x? xxx — – ― <empty> (empty) <unk> [none] [empty] k.a. "
    "#value! #ref! 未标注 暂无".split()
) | {
    "not labeled", "not labelled", "no label", "not annotated", "to do", "(none)", "<none>",
    "k. a.", "keine angabe", "ohne angabe", "sans réponse", "sin datos", "нет данных",
    "not available",
}  # fmt: skip
#: What often means that nobody decided, and sometimes is a class.
PERHAPS = frozenset(
    "none unknown unsure undecided unclear empty blank unbekannt inconnu desconocido неизвестно "
    "无 未知 なし 없음".split()
)


def placeholders(labels: Iterable[str]) -> tuple[list[str], list[str]]:
    """Labels that surely, and that perhaps, mean that there is none.

    A minus beside a plus is a class; -1 among names is none, and among numbers is asked about.

    Examples
    --------
    >>> placeholders(["good", "bad", "-", "None"]), placeholders(["+", "-"])
    ((['-'], ['None']), ([], []))
    """
    names = list(labels)
    plain = {name: " ".join(name.casefold().split()) for name in names}
    polar = any(value in ("+", "++") for value in plain.values())
    named = not any(value.strip("+-").replace(".", "").isdecimal() for value in plain.values()
                    if value not in ("-1", "-1.0"))  # fmt: skip
    sure = [n for n in names if plain[n] in SURE and not (polar and set(n.strip()) == {"-"})]
    sure += [n for n in names if named and len(names) > 2 and plain[n] in ("-1", "-1.0")]
    return sure, [name for name in names if plain[name] in PERHAPS]
