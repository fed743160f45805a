"""Byte-pair encoding, merge by merge: how a vocabulary of pieces comes to be."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from workbench.errors import DataError, WorkbenchError, shown
from workbench.i18n import t
from workbench.widgets.base import View, module

if TYPE_CHECKING:
    import pandas as pd


class Merges(View):
    """A slider over the merges of byte-pair encoding, and sentences as they are cut after each.

    One vocabulary is learnt from all texts: it begins with their characters, and again and again
    the most frequent pair of neighbours within a word becomes a piece (Sennrich et al. 2016).
    Words are runs of letters and digits, and runs of other signs between blanks; what is written
    without blanks, as Chinese, is one word up to the next sign. Ties go to the pair whose pieces
    are older (characters by code point), as in the ``tokenizers`` library.

    Parameters
    ----------
    texts : mapping of str to str
        What is learnt from, by language, say.
    sentences : mapping of str to str
        What is shown cut, by name; a character that no text has stands for itself.
    most : int >= 1
        How many merges to learn; fewer where no pair occurs twice any more.
    at : int from 0 to the number of merges learnt
        How many are applied; all unless given.

    Raises
    ------
    DataError
        If there are no words to learn from, or no sentences.
    WorkbenchError
        If ``at`` is out of its range, when it is set.

    Examples
    --------
    >>> toy = Merges({"English": "low low lower"}, {"a word": "slower"}, most=2)
    >>> toy.learnt
    [('l', 'o', 3), ('lo', 'w', 3)]
    >>> toy.cut("slower")
    ['s', 'low', 'e', 'r']
    >>> toy.at = 1
    >>> print(toy)
    1 of 2 merges, the last: l + o, seen 3 times.
    """

    TEXTS = "toy_merges"
    _esm = module("../lesson/toys/merges.js")
    at = traitlets.TraitType(0).tag(sync=True)
    most = traitlets.Int(0).tag(sync=True)  # merges that were learnt
    heading = traitlets.Unicode("").tag(sync=True)
    rows = traitlets.List().tag(sync=True)  # [name, pieces, characters]

    def __init__(
        self,
        texts: Mapping[str, str],
        sentences: Mapping[str, str],
        *,
        most: int = 200,
        at: int | None = None,
    ):
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise WorkbenchError(t("toy_merges.most_bad", value=shown(most)))
        words = Counter(word for text in texts.values() for word in _words(text))
        if not words or not any(map(_words, sentences.values())):
            raise DataError(t("toy_merges.nothing", texts=len(texts), sentences=len(sentences)))
        self._sentences = dict(sentences)
        self.learnt = list(_learn(words, most))
        self._rank = {row[:2]: i for i, row in enumerate(self.learnt)}
        super().__init__(most=len(self.learnt))
        self._asked = most
        self.at = len(self.learnt) if at is None else at
        self._show()
        self.observe(self._show, "at")

    @traitlets.validate("at")
    def _allowed(self, proposal: Any) -> int:
        value = proposal["value"]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 0 <= value <= len(self.learnt):
            raise WorkbenchError(t("toy_merges.at_bad", value=shown(value), n=len(self.learnt)))
        return value

    def cut(self, text: str) -> list[str]:
        """The pieces of a text after the first ``at`` merges; blanks are left out."""
        return [piece for word in _words(text) for piece in self._pieces(word)]

    def frame(self) -> pd.DataFrame:
        """A row a sentence: ``sentence``, ``characters`` (without blanks), ``pieces``."""
        import pandas as pd

        rows = [(name, n, len(pieces)) for name, pieces, n in self.rows]
        return pd.DataFrame(rows, columns=["sentence", "characters", "pieces"])

    def _pieces(self, word: str) -> list[str]:
        pieces = list(word)
        while True:
            ranks = [self._rank.get(pair, self.at) for pair in _pairs(pieces)]
            first = min(ranks, default=self.at)
            if first >= self.at:
                return pieces
            pieces = _merged(pieces, self.learnt[first][:2])

    def _show(self, change: Any = None) -> None:
        cuts = [(name, self.cut(text)) for name, text in self._sentences.items()]
        if self.at:
            left, right, n = self.learnt[self.at - 1]
            said = t("toy_merges.heading", at=self.at, most=self.most, left=left, right=right, n=n)
        else:
            said = t("toy_merges.none", most=self.most)
        if self.most < self._asked:
            said += " " + t("toy_merges.fewer", asked=self._asked)
        with self.hold_sync():
            self.rows = [[name, pieces, sum(map(len, pieces))] for name, pieces in cuts]
            self.heading = said

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]+", text)


def _pairs(pieces: list[str]) -> Iterator[tuple[str, str]]:
    return zip(pieces, pieces[1:], strict=False)


def _merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Each pair as one piece, from the left: of "aaa" the first two."""
    found, i = [], 0
    while i < len(pieces):
        width = 2 if tuple(pieces[i : i + 2]) == pair else 1
        found.append("".join(pieces[i : i + width]))
        i += width
    return found


def _learn(words: Counter[str], most: int) -> Iterator[tuple[str, str, int]]:
    """Left, right, count of each merge, at most so many; only words that change are recounted."""
    age = {one: i for i, one in enumerate(sorted({one for word in words for one in word}))}
    cut = {word: list(word) for word in words}
    counts: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = defaultdict(set)

    def count(word: str, sign: int) -> None:
        for pair in _pairs(cut[word]):
            counts[pair] += sign * words[word]
            where[pair].add(word)

    for word in words:
        count(word, 1)
    for _ in range(most):
        pair = min(counts, key=lambda p: (-counts[p], age[p[0]], age[p[1]]), default=None)
        if pair is None or counts[pair] < 2:
            return
        yield *pair, counts[pair]
        age.setdefault("".join(pair), len(age))
        for word in where.pop(pair):
            count(word, -1)
            cut[word] = _merged(cut[word], pair)
            count(word, 1)
        counts = +counts  # without those that are gone
