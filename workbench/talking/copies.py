"""Did it learn, or copy? The training texts nearest to an answer, and which words are theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import tasks
from ..baselines.vectors import text_vectors
from ..data.conversations.stored import from_line
from ..errors import DataError
from ..i18n import t
from ..recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

    from .state import State

MOST_WORDS = 2_000_000  # of training that are looked through, some seconds
COLUMNS = ["row", "asked", "reply", "cosine", "copied", "share", "start", "end", "reply_start",
           "reply_end"]  # fmt: skip
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts without blanks, a sign a word
_WORD = re.compile(rf"[{_WIDE}]|[^\W{_WIDE}]+|[^\w\s]")


def nearest_training(
    talk: State, seat: int = 0, *, n: int = 3, number: int | None = None, which: int | None = None
) -> pd.DataFrame:
    """The training texts nearest to the answer of a seat at the turn where a conversation stands.

    Those are the ones that share most with it by the cosine of TF-IDF vectors of words, and the one
    with the longest run of words that the answer has too, whatever case it is in.

    Parameters
    ----------
    talk : Talk
    seat : int
        Whose answer; where it is no run's, the other one's training is looked at.
    n : int
        How many.
    number : int, optional
        Of the turn; the one where the conversation stands when left out.
    which : int, optional
        Number of the answer; the one that is shown when left out.

    Returns
    -------
    pandas.DataFrame, a row a training text, the longest copy first
        ``row`` (of the data), ``asked``, ``reply`` (what was learnt behind it), ``cosine``,
        ``copied`` (words and signs of the longest run in both), ``share`` (of the answer's),
        ``start``, ``end`` (characters of it in the answer), ``reply_start``, ``reply_end`` (in the
        reply). ``attrs["notes"]`` says how many texts were not looked at, and whether the data has
        changed since the run.

    Raises
    ------
    DataError
        If no seat is a run's, or there is no answer.
    """
    import pandas as pd

    answer = talk.turn_at(number).answer(seat, which).text
    runs = [one.run for one in (talk.seats[seat], *talk.seats) if one.run]
    if not runs:
        raise DataError(t("talking.no_training"), t("talking.no_rows_back"))
    run = next(one for one in talk.seats if one.run == runs[0]).the_run()
    learnt = _learnt(run.recipe.to_yaml())
    mine = words_of(answer)
    automaton = Automaton([word for word, _, _ in mine])
    runs_of_words = [automaton.longest([word for word, _, _ in words_of(reply)])
                     for _, _, reply in learnt.texts]  # fmt: skip
    cosines = learnt.cosines(answer)
    shown = {int(one) for one in np.argsort(-cosines, kind="stable")[:n]}
    lengths = [length for length, _, _ in runs_of_words]
    if max(lengths, default=0):
        shown.add(int(np.argmax(lengths)))
    rows = []
    for place in sorted(shown, key=lambda one: (-lengths[one], -cosines[one], one))[:n]:
        length, end, their_end = runs_of_words[place]
        row, asked, reply = learnt.texts[place]
        theirs = words_of(reply)
        spans = [-1] * 4
        if length:
            spans = [mine[end - length][1], mine[end - 1][2],
                     theirs[their_end - length][1], theirs[their_end - 1][2]]  # fmt: skip
        rows.append((row, asked, reply, float(cosines[place]), length,
                     length / max(1, len(mine)), *spans))  # fmt: skip
    found = pd.DataFrame(rows, columns=COLUMNS)
    other = run.data_info().get("fingerprint") != learnt.fingerprint
    found.attrs["notes"] = [*learnt.notes, *([t("talking.other_data")] if other else [])]
    return found


def words_of(text: str) -> list[tuple[str, int, int]]:
    """Words and signs without case, with their places; of scripts without blanks each sign.

    >>> words_of("Ja, 北京")
    [('ja', 0, 2), (',', 2, 3), ('北', 4, 5), ('京', 5, 6)]
    """
    return [(one[0].casefold(), one.start(), one.end()) for one in _WORD.finditer(text)]


class Automaton:
    """All runs of words of a text (Blumer et al., 1985), so that another one is compared with them
    in one pass.

    >>> Automaton("a b c d".split()).longest("x b c a b y".split())
    (2, 3, 3)
    """

    def __init__(self, words: list[str]):
        self._next: list[dict[str, int]] = [{}]
        self._link, self._length, self._end = [-1], [0], [0]
        last = 0
        for number, word in enumerate(words, 1):
            new = self._add(self._length[last] + 1, number, {})
            at = last
            while at >= 0 and word not in self._next[at]:
                self._next[at][word] = new
                at = self._link[at]
            if at < 0:
                self._link[new] = 0
            else:
                there = self._next[at][word]
                if self._length[there] != self._length[at] + 1:
                    there = self._split(at, word, there)
                self._link[new] = there
            last = new

    def _add(self, length: int, end: int, following: dict[str, int]) -> int:
        self._next.append(following)
        self._link.append(0)
        self._length.append(length)
        self._end.append(end)
        return len(self._next) - 1

    def _split(self, at: int, word: str, there: int) -> int:
        copy = self._add(self._length[at] + 1, self._end[there], dict(self._next[there]))
        self._link[copy] = self._link[there]
        self._link[there] = copy
        while at >= 0 and self._next[at].get(word) == there:
            self._next[at][word] = copy
            at = self._link[at]
        return copy

    def longest(self, words: list[str]) -> tuple[int, int, int]:
        """Length of the first longest run that both have, and where it ends in each; 0 of none."""
        best, at, length = (0, 0, 0), 0, 0
        for place, word in enumerate(words, 1):
            while at and word not in self._next[at]:
                at = self._link[at]
                length = self._length[at]
            if word in self._next[at]:
                at, length = self._next[at][word], length + 1
            if length > best[0]:
                best = length, self._end[at], place
        return best


@dataclass
class _Learnt:
    """Training texts: row, what was asked, what was learnt behind it."""

    texts: list[tuple[int, str, str]]
    notes: list[str]
    fingerprint: str
    vectors: Any = None
    made: Any = None

    def cosines(self, text: str) -> np.ndarray:
        """Of a text to each, float64, shape (n_texts,); 0 where no word is shared."""
        if self.made is None:
            self.made = text_vectors("words")
            try:
                self.vectors = self.made.fit_transform([reply for _, _, reply in self.texts])
            except ValueError:  # no word in any of them
                self.vectors = None
        if self.vectors is None:
            return np.zeros(len(self.texts))
        alike = (self.vectors @ self.made.transform([text]).T).toarray()[:, 0]
        return np.round(alike, 9)


@lru_cache(maxsize=2)
def _learnt(recipe: str) -> _Learnt:
    """What a recipe trains on, read once."""
    about = Recipe.from_yaml(recipe)
    task = tasks.get(about.task)
    examples = task.load_examples(about)
    frame = examples.splits["train"]
    texts: list[tuple[int, str, str]] = []
    numbers = frame["row"] if "row" in frame.columns else range(len(frame))
    if "conversation" in frame.columns:
        for line, row in zip(frame["conversation"], numbers, strict=True):
            one, _ = from_line(line)
            for number in one.replies:
                before = [m.content for m in one.messages[:number] if m.role == "user"]
                asked = before[-1] if before else ""
                texts.append((int(row), asked, one.messages[number].content))
    else:
        target = getattr(task, "target", None)
        asked = frame["text"] if target in frame.columns else [""] * len(frame)
        replies = frame[target] if target in frame.columns else frame["text"]
        texts = [(int(row), str(a), str(b))
                 for row, a, b in zip(numbers, asked, replies, strict=True)]  # fmt: skip
    total = looked = 0
    while looked < len(texts) and total <= MOST_WORDS:
        total += len(_WORD.findall(texts[looked][2]))
        looked += 1
    left = len(texts) - looked
    notes = [t("talking.training_left", n=left, looked=looked)] if left else []
    return _Learnt(texts[:looked], notes, examples.fingerprint)
