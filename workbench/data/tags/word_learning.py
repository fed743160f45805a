"""The rules by which lists of words were cut, learnt from the lists."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from .word_cutting import APOSTROPHES, UNPARTED, WIDE, Cutting, clusters_of, is_sign

_ENDS = ",;:!?，、。；：！？।؟،"  # signs that stand alone unless words are cut at blanks only
_CLITIC = re.compile(rf"(?:[{APOSTROPHES}][^\W\d_]{{1,3}}|[nN][{APOSTROPHES}][tT])")
_ELISION = re.compile(rf"[^\W\d_]{{1,6}}[{APOSTROPHES}]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+")
_ADDRESS = re.compile(r"(?:\w+://|www\.)\S+|[\w.+-]+@\w[\w-]*(?:\.[\w-]+)+")
_KEPT = 50_000  # words that are remembered at most
_LOOKED_AT = 20_000  # sentences whose neighbouring words are looked at


def learn(sentences: Sequence[Sequence[str]]) -> Cutting:
    """The rules by which these lists of words were cut.

    A sign holds words together where it does so more often than it stands alone between words.
    Words that the rules found would still cut are remembered one by one.

    Parameters
    ----------
    sentences : sequence of sequences of str

    Examples
    --------
    >>> learn([["The", "U.S.", "paid", "$3.50", "."], ["A", "well-known", "U.N.", "fee"]]).cut(
    ...     "A so-called E.U. fee: $7.25.")
    ['A', 'so-called', 'E.U.', 'fee', ':', '$7.25', '.']
    """
    counts = Counter(word for words in sentences for word in words if word.strip())
    if not counts:
        return Cutting()
    pairs, between = _neighbours(sentences)
    kind = _kind(counts, pairs)
    if kind != "words":
        found = Cutting(kind=kind)
        return dataclasses.replace(found, kept=_exceptions(counts, found))
    held, before, after = _signs(counts)
    inner = _more(held["letters"], between["letters"])
    initials = sum(n for word, n in counts.items() if _INITIALS.fullmatch(word))
    found = Cutting(
        inner=inner,
        inner_digits=_more(held["digits"], between["digits"]),
        before=_more(before, pairs["before"], usual="@#"),
        after=_more(after, pairs["after"]),
        clitics=_usual(counts, _CLITIC),
        elisions=_usual(counts, _ELISION),
        initials=initials > 0,
        runs=_runs(counts) > pairs["runs"]["same"],
        addresses=any(_ADDRESS.fullmatch(word) for word in counts),
        clusters=not any(
            len(clusters_of(word)) > 1 for word in counts if re.match(f"[{UNPARTED}]", word)
        ),
    )
    return dataclasses.replace(found, kept=_exceptions(counts, found))


def _neighbours(sentences: Sequence[Sequence[str]]) -> tuple[dict, dict]:
    """How often signs stand alone: beside words, and between words."""
    pairs = {name: Counter() for name in ("before", "after", "runs", "single")}
    between = {"letters": Counter(), "digits": Counter()}
    for words in sentences[:_LOOKED_AT]:
        for number, word in enumerate(words):
            earlier = words[number - 1] if number else ""
            later = words[number + 1] if number + 1 < len(words) else ""
            if len(word) != 1:
                continue
            if word.isalnum():
                if word.isascii() and len(later) == 1 and later.isalnum() and later.isascii():
                    pairs["single"]["letters"] += 1
                continue
            if later == word:
                pairs["runs"]["same"] += 1
            if later[:1].isalnum():
                pairs["before"][word] += 1
            if earlier[-1:].isalnum():
                pairs["after"][word] += 1
                if later[:1].isalnum():
                    digits = earlier[-1].isdigit() and later[0].isdigit()
                    between["digits" if digits else "letters"][word] += 1
    return pairs, between


def _kind(counts: Counter, pairs: dict) -> str:
    """Whether words were cut at blanks only, or are single characters."""
    ends = sum(n for word, n in counts.items() if word in _ENDS)
    held = sum(
        n for word, n in counts.items()
        if len(word) > 1 and word[-1] in _ENDS and any(c.isalnum() for c in word)
    )  # fmt: skip
    if held > ends:
        return "blanks"
    whole = sum(n for w, n in counts.items() if len(w) > 1 and w.isascii() and w.isalnum())
    foreign = sum(
        n for w, n in counts.items()
        if not w.isascii() and sum(c.isalpha() for c in w) > 1 and not re.match(f"[{WIDE}]", w)
    )  # fmt: skip
    single = pairs["single"]["letters"]
    return "characters" if single > 20 * (whole + foreign) else "words"


def _signs(counts: Counter) -> tuple[dict[str, Counter], Counter, Counter]:
    """How often each sign is inside words (between letters, between digits), before, after."""
    held = {"letters": Counter(), "digits": Counter()}
    before, after = Counter(), Counter()
    for word, n in counts.items():
        if len(word) < 2 or word.isalnum():
            continue
        if word[0] not in APOSTROPHES and is_sign(word[0]) and word[1].isalnum():
            before[word[0]] += n
        if is_sign(word[-1]) and word[-2].isalnum():
            after[word[-1]] += n if word[-1] not in f"._{_ENDS}{APOSTROPHES}" else 0
        for left, sign, right in zip(word, word[1:], word[2:], strict=False):
            if is_sign(sign) and left.isalnum() and right.isalnum():
                digits = left.isdigit() and right.isdigit()
                held["digits" if digits else "letters"][sign] += n
    return held, before, after


def _more(held: Counter, alone: Counter, usual: str = "") -> str:
    signs = {sign for sign in held if held[sign] and held[sign] >= alone[sign]}
    signs |= {sign for sign in usual if not alone[sign] or held[sign] >= alone[sign]}
    return "".join(sorted(signs))


def _usual(counts: Counter, pattern: re.Pattern) -> tuple[str, ...]:
    found = Counter()
    for word, n in counts.items():
        if pattern.fullmatch(word):
            found[word.casefold()] += n
    return tuple(word for word, _ in found.most_common(60))


def _runs(counts: Counter) -> int:
    return sum(
        n for word, n in counts.items()
        if len(word) > 1 and len(set(word)) == 1 and is_sign(word[0])
    )  # fmt: skip


def _exceptions(counts: Counter, found: Cutting) -> tuple[str, ...]:
    """Words that the rules would cut, and those of Thai that stand without blanks between them."""
    unparted = re.compile(f"[{UNPARTED}]")
    wrong = [
        (-n, word) for word, n in counts.items()
        if not any(char.isspace() for char in word)
        and ((not found.clusters and unparted.match(word)) or found.cut(word) != [word])
    ]  # fmt: skip
    return tuple(word for _, word in sorted(wrong)[:_KEPT])
