"""Pairs of texts; the language and the script of a side of them, and the rows with another one."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from typing import Any

import numpy as np

from .languages import LONGEST, languages

ROWS = 4000  # pairs whose languages are looked at
_MOST = 0.9  # share of a side that says its script
_TOLD = 10  # texts that say the language of a side
_MAIN = 0.8  # share of those whose language can be told that say it
_SURE = 0.9  # probability that a text is rather in one of two languages
_THIRD = 40  # characters from which a text is in a language that neither side has
_LEAST, _WORDS = 20, 3  # characters and words of a text that is told between two languages
_CHINESE = frozenset({"zh", "wuu", "yue", "lzh", "gan", "hak", "nan"})  # one for what is asked here
_SCRIPTS = {"Latin": r"[A-Za-zÀ-ɏ]", "Chinese or Japanese": r"[぀-ヿ一-鿿]", "Cyrillic": r"[Ѐ-ӿ]",
            "Arabic": r"[؀-ۿ]", "Greek": r"[Ͱ-Ͽ]", "Hangul": r"[가-힯]",
            "Devanagari": r"[ऀ-ॿ]"}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Pair:
    """What is asked and what is to be written, and where it stands."""

    split: str
    row: int
    asked: str
    reply: str

    @property
    def place(self) -> str:
        """As findings name it."""
        return f"{self.split} row {self.row}"


def odd_scripts(pairs: list[Pair], side: str) -> tuple[str, list[Pair]]:
    """The script of a side, and the rows that have nothing of it but of another one."""
    of = [_script(getattr(pair, side)) for pair in pairs]
    counts = Counter(filter(None, of))
    if not counts:
        return "", []
    script, most = counts.most_common(1)[0]
    if most < _MOST * sum(counts.values()):
        return script, []
    return script, [p for p, one in zip(pairs, of, strict=True) if one and one != script]


def _script(text: str) -> str:
    counts = {name: len(re.findall(signs, text)) for name, signs in _SCRIPTS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= 3 or counts[best] == len(text.strip()) else ""


def odd_languages(pairs: list[Pair], *, seed: int = 0) -> dict[str, tuple[str, list, Counter]]:
    """The language of each side, the pairs that are in another one there, and which.

    A side has a language where four in five of the texts say it whose language can be told. Of
    texts that are too short for that, it is asked whether they are rather in the other side's.

    Parameters
    ----------
    pairs : list of Pair
        At most :data:`ROWS` of them are looked at, drawn by ``seed``.

    Returns
    -------
    dict of side ("asked", "reply") to (language, pairs, Counter of languages)
        Sides without odd rows are left out.
    """
    if len(pairs) > ROWS:
        drawn = np.sort(np.random.RandomState(seed).permutation(len(pairs))[:ROWS])
        pairs = [pairs[place] for place in drawn]
    told = {side: _told([getattr(pair, side) for pair in pairs]) for side in ("asked", "reply")}
    main = {side: _main(found) for side, found in told.items()}
    odd = {}
    for side, other in (("asked", "reply"), ("reply", "asked")):
        own, theirs = main[side], main[other]
        if not own:
            continue
        rows, which = [], Counter()
        for pair, code in zip(pairs, told[side], strict=True):
            if code is None and theirs and theirs != own:
                code = between(getattr(pair, side), own, theirs)
            third = code not in (own, theirs) and len(getattr(pair, side)) < _THIRD
            if code is not None and code != own and not third:
                rows.append(pair)
                which[code] += 1
        if rows:
            odd[side] = own, rows, which
    return odd


def _told(texts: list[str]) -> list[str | None]:
    return ["zh" if code in _CHINESE else code for code in languages(texts)]


def _main(told: list[str | None]) -> str:
    counts = Counter(filter(None, told))
    whole = sum(counts.values())
    if whole < _TOLD:
        return ""
    code, most = counts.most_common(1)[0]
    return code if most >= _MAIN * whole else ""


def between(text: str, one: str, other: str) -> str | None:
    """Which of two languages a text is in; None where it is too short, or neither for sure."""
    if len(text) < _LEAST or len(text.split()) < _WORDS:
        return None
    code, sure = _of_two(*sorted((one, other))).classify(text[:LONGEST])
    return code if sure >= _SURE else None


@functools.lru_cache(maxsize=8)
def _of_two(one: str, other: str) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([one, other])
    return found
