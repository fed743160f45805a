"""What a question answerer must beat: the best span of the kind that the question word asks for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from ...data.questions import question_word

_SENTENCES = re.compile(r"[^.!?。！？]+(?:[.!?](?!\s|$)[^.!?。！？]*)*[.!?。！？]*")
_WORDS = re.compile(r"\w+")
_NAME = r"[A-Z][\w'’-]*"
_NAMES = re.compile(rf"{_NAME}(?:\s+(?:of|the|de|von|and)?\s*{_NAME})*")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATES = re.compile(
    rf"(?:\d{{1,2}}\s+)?{_MONTH}(?:\s+\d{{1,2}})?(?:,?\s+\d{{4}})?|\b1\d{{3}}s?\b|\b20\d{{2}}s?\b"
)
_NUMBERS = re.compile(
    r"[$£€]?\d[\d,.]*\d%?|\d+%?|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|hundred)\b"
)
_PLACES = re.compile(rf"(?<=\b[Ii]n )(?:{_NAMES.pattern})|(?<=\b[Aa]t )(?:{_NAMES.pattern})")
_CLAUSES = re.compile(r"[^,;:()]+")
_KINDS = {
    "who": (_NAMES,), "when": (_DATES, _NUMBERS), "where": (_PLACES, _NAMES),
    "how many": (_NUMBERS,), "how much": (_NUMBERS,), "which": (_NAMES,),
}  # fmt: skip
_YEARS = re.compile(r"\b(?:year|date|day|month|century|decade)\b", re.IGNORECASE)


def guesses(questions: Sequence[str], contexts: Sequence[str]) -> list[str]:
    """A span of each context, chosen without any training.

    The sentence that shares the rarest words with the question; in it the span of the right kind
    (a name for who, a date for when, a number for how many, the words after in for where, else a
    clause) that is nearest to the shared words and not itself in the question.

    Parameters
    ----------
    questions, contexts : sequence of str, length n

    Returns
    -------
    list of str
        "" only where a context has no word.
    """
    seen = Counter(word for context in set(contexts) for word in set(_words(context)))
    total = len(set(contexts)) + 1
    weights = {word: math.log(total / count) for word, count in seen.items()}
    return [_guess(q, c, weights) for q, c in zip(questions, contexts, strict=True)]


def _guess(question: str, context: str, weights: dict[str, float]) -> str:
    asked = set(_words(question))
    sentences = [m.group() for m in _SENTENCES.finditer(context) if m.group().strip()] or [context]
    shared = [sum(weights.get(w, 0.0) for w in set(_words(s)) & asked) for s in sentences]
    sentence = sentences[max(range(len(sentences)), key=lambda n: (shared[n], -n))]
    word = question_word(question)
    kinds = _KINDS.get(word, ())
    if word in ("what", "which") and _YEARS.search(question):
        kinds = (_DATES, _NUMBERS)
    hits = [m.start() for m in _WORDS.finditer(sentence) if m.group().casefold() in asked]
    middle = sorted(hits)[len(hits) // 2] if hits else 0
    for kind in (*kinds, _CLAUSES):
        spans = [m for m in kind.finditer(sentence) if not set(_words(m.group())) <= asked]
        if spans:
            nearest = min(spans, key=lambda m: (abs((m.start() + m.end()) / 2 - middle), m.start()))
            return _trimmed(nearest.group(), asked) if kind is _CLAUSES else nearest.group().strip()
    return sentence.strip()


def _trimmed(clause: str, asked: set[str]) -> str:
    """The longest part of a clause without words of the question, at most eight words."""
    runs: list[list[tuple[int, int]]] = [[]]
    for match in _WORDS.finditer(clause):
        if match.group().casefold() in asked:
            runs.append([])
        else:
            runs[-1].append(match.span())
    longest = max(runs, key=len)[:8]
    return clause[longest[0][0] : longest[-1][1]] if longest else clause.strip()


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORDS.findall(text)]
