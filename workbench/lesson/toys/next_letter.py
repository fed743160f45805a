"""Guess the next letter against a model: perplexity as a game."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import DataError, WorkbenchError, shown
from workbench.i18n import t
from workbench.widgets.base import View, module

if TYPE_CHECKING:
    import pandas as pd


class NextLetter(View):
    """A text that is told letter by letter; before each, the reader and a model guess.

    The reader names a letter and how sure of it he is: that probability goes to the letter, the
    rest in equal parts to all others. Both pay ``-ln p`` of the letter that comes, so both have a
    perplexity, ``exp`` of the mean (after the guessing game of Shannon 1951).

    Parameters
    ----------
    text : str
    letters : sequence of str, length V >= 2
        The model's letters, by id; every letter of the text is one of them.
    model : callable
        From the ids so far, a list of int, to the probabilities of the next, shape (V,);
        ``probabilities`` of an n-gram model, say.
    given : int
        How many letters of the text are told at the start, at least one less than all.
    sure : float above 0 and below 1

    Raises
    ------
    DataError
        If the text holds a letter that the model has not, is too short, or the model's answer is no
        distribution over the letters.
    WorkbenchError
        If what is guessed is no letter of the model, ``sure`` is out of its range, or no letter is
        left.

    Examples
    --------
    >>> game = NextLetter("aab", "ab", lambda ids: [0.5, 0.5], given=1)
    >>> game.guess("a", sure=0.8), game.guess("a")
    ('a', 'b')
    >>> print(game)
    After 2 letters your perplexity is 2.50, the model's 2.00; first choices right: yours 1, its 1.
    """

    TEXTS = "toy_letter"
    _esm = module("../lesson/toys/next_letter.js", "keys.js")
    sure = traitlets.TraitType(0.8).tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)
    fault = traitlets.Unicode("").tag(sync=True)  # what was wrong with the last letter
    told = traitlets.Unicode("").tag(sync=True)
    left = traitlets.Int(0).tag(sync=True)  # letters that are still to come
    rounds = traitlets.List().tag(sync=True)  # the last: [came, guess, p, its guess, its p]

    def __init__(
        self,
        text: str,
        letters: Sequence[str],
        model: Callable[[list[int]], Any],
        *,
        given: int = 0,
        sure: float = 0.8,
    ):
        self._letters = list(letters)
        self._ids = {letter: i for i, letter in enumerate(self._letters)}
        self._text, self._given, self._model = text, given, model
        strange = [letter for letter in text if letter not in self._ids]
        if strange:
            raise DataError(t("toy_letter.strange", n=len(strange), first=shown(strange[0])))
        if len(self._ids) < 2 or not 0 <= given < len(text):
            raise DataError(
                t("toy_letter.short", n=len(text), given=given, letters=len(self._ids))
            )
        super().__init__(sure=sure)
        self.restart()
        self.on_msg(lambda _, message, buffers: self._asked(message))

    @traitlets.validate("sure")
    def _allowed(self, proposal: Any) -> float:
        value = proposal["value"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value < 1:
            raise WorkbenchError(t("toy_letter.sure_bad", value=shown(value)))
        return value

    def restart(self) -> None:
        """Begin again: what was guessed is forgotten."""
        self._played: list[tuple[str, str, float, str, float]] = []
        self._show()

    def guess(self, letter: str, *, sure: float | None = None) -> str:
        """Guess the next letter; ``sure`` counts from here on. Returns the letter that came."""
        if not self.left:
            raise WorkbenchError(t("toy_letter.over", n=len(self._played)))
        if not isinstance(letter, str) or letter not in self._ids:
            raise WorkbenchError(t("toy_letter.no_letter", value=shown(letter)))
        if sure is not None:
            self.sure = sure
        at = self._given + len(self._played)
        came = self._text[at]
        p = self._distribution([self._ids[one] for one in self._text[:at]])
        yours = self.sure if came == letter else (1 - self.sure) / (len(self._ids) - 1)
        favourite = self._letters[int(p.argmax())]
        self._played.append((came, letter, yours, favourite, float(p[self._ids[came]])))
        self._show()
        return came

    def perplexity(self) -> tuple[float, float]:
        """The reader's and the model's, of the letters guessed so far; NaN before the first."""
        table = self.frame()
        return _perplexity(table["yours"]), _perplexity(table["model"])

    def frame(self) -> pd.DataFrame:
        """A row a letter: ``came``, ``guess``, ``yours`` (its probability), ``choice``, ``model``.

        ``choice`` is the letter that the model finds likeliest.
        """
        import pandas as pd

        return pd.DataFrame(self._played, columns=["came", "guess", "yours", "choice", "model"])

    def _distribution(self, ids: list[int]) -> np.ndarray:
        p = np.asarray(self._model(ids), dtype=np.float64)
        if p.shape != (len(self._letters),) or not (p >= 0).all() or abs(p.sum() - 1) > 1e-3:
            raise DataError(
                t("toy_letter.no_distribution", shape=p.shape, sum=p.sum(), n=len(self._letters))
            )
        return p

    def _asked(self, message: dict) -> None:
        if "restart" in message:
            return self.restart()
        try:
            self.guess(message["guess"], sure=message.get("sure"))
        except WorkbenchError as error:
            self.fault = str(error)

    def _show(self) -> None:
        n = len(self._played)
        with self.hold_sync():
            self.told = self._text[: self._given + n]
            self.left, self.fault = len(self._text) - self._given - n, ""
            self.rounds = [list(row) for row in self._played[:-7:-1]]
            self.heading = t("toy_letter.none") if not n else self._score(n)

    def _score(self, n: int) -> str:
        you, model = (f"{one:.2f}" if math.isfinite(one) else "∞" for one in self.perplexity())
        hits = sum(came == guess for came, guess, *_ in self._played)
        its = sum(came == choice for came, _, _, choice, _ in self._played)
        return t("toy_letter.score", n=n, you=you, model=model, hits=hits, its=its)

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__


def _perplexity(p: Any) -> float:
    with np.errstate(divide="ignore"):  # a letter held impossible: infinite
        return float(np.exp(-np.log(p).mean()))
