"""Spans of a context: long contexts in overlapping rows, labels as tokens, the n best spans."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ...catalog.loading.token_fit import no_room
from ...errors import ModelError, RecipeError
from ..shared.encoding import Encoded

if TYPE_CHECKING:
    import pandas as pd

MOST_TOKENS = 30  # of an answer
N_BEST = 20  # spans that share the probability
NO_CONTEXT, NO_ANSWER = -1, -2  # in place of a token's first character


def stride_of(max_length: int, special: int = 3) -> int:
    """Tokens of the context that two neighbouring rows share: a third of ``max_length``.

    As 128 of 384 in the library's example; less where a long question leaves less room.
    """
    return max(0, min(max_length // 3, max_length - max_length // 2 - special - 1))


def encode_questions(tokenizer, frame: pd.DataFrame, max_length: int) -> Encoded:
    """Token ids of question and context, in several rows where the context is too long for one.

    Parameters
    ----------
    frame : pandas.DataFrame, n_examples rows
        ``text`` (question), ``pair`` (context); ``answers`` and ``starts`` where they are known.

    Returns
    -------
    Encoded
        ``examples`` is the example of each row; ``labels`` int64, shape (n_rows, 2): first and last
        token of the first answer, both the classifying token's where the row does not have it
        whole. ``about`` has ``start`` and ``end`` of each token in characters of the context.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            "The tokenizer does not say where its tokens stand in the text.",
            "Choose a model with a tokenizer.json.",
        )
    special = tokenizer.num_special_tokens_to_add(pair=True)
    if said := no_room(tokenizer, max_length):
        raise RecipeError(*said, field="max_length")
    most = max_length // 2
    questions, shortened = _shortened(tokenizer, frame["text"].tolist(), most)
    contexts = frame["pair"].tolist()
    answers = None
    if "answers" in frame.columns:
        answers = list(zip(frame["answers"], frame["starts"], strict=True))
    names = [n for n in tokenizer.model_input_names if n != "attention_mask"]
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    starts, ends, examples, labels = [], [], [], []
    for first in range(0, len(questions), 1024):
        batch = tokenizer(
            questions[first : first + 1024], contexts[first : first + 1024],
            truncation="only_second", max_length=max_length, stride=stride_of(max_length, special),
            return_overflowing_tokens=True, return_offsets_mapping=True,
            return_attention_mask=False,
        )  # fmt: skip
        for row, encoding in enumerate(batch.encodings):
            for name in list(parts):
                if name in batch:
                    parts[name].append(np.asarray(batch[name][row], np.int32))
                else:
                    del parts[name]
            example = first + batch["overflow_to_sample_mapping"][row]
            of_context = np.array([s == 1 for s in encoding.sequence_ids], bool)
            offsets = np.asarray(encoding.offsets, np.int32).reshape(-1, 2)
            begin = np.where(of_context, offsets[:, 0], NO_CONTEXT).astype(np.int32)
            null = _null_position(batch["input_ids"][row], tokenizer)
            begin[null] = NO_ANSWER
            starts.append(begin)
            ends.append(np.where(of_context, offsets[:, 1], NO_CONTEXT).astype(np.int32))
            examples.append(example)
            if answers is not None:
                texts, places = answers[example]
                span = None
                if len(texts):
                    span = (int(places[0]), int(places[0]) + len(texts[0]))
                labels.append(span_tokens(begin, ends[-1], span, null))
    empty = np.zeros(0, np.int32)
    lengths = [len(one) for one in starts]
    several = int((np.bincount(examples, minlength=1) > 1).sum()) if examples else 0
    encoded = Encoded(
        {name: np.concatenate(value) if value else empty for name, value in parts.items()},
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        None if answers is None else np.asarray(labels, np.int64).reshape(-1, 2),
        shortened,
        per_token=True,
        about={"start": np.concatenate(starts) if starts else empty,
               "end": np.concatenate(ends) if ends else empty},
        examples=np.asarray(examples, np.int64),
    )  # fmt: skip
    if several:
        encoded.notes.append(
            f"{several:,} of {len(questions):,} contexts are longer than max_length={max_length} "
            f"takes: they are read in {len(examples):,} overlapping rows, none is cut."
        )
    if shortened:
        encoded.notes.append(f"{shortened:,} questions are longer than {most} tokens and are cut.")
    return encoded


def span_tokens(
    starts: np.ndarray, ends: np.ndarray, span: tuple[int, int] | None, null: int
) -> tuple[int, int]:
    """First and last token of a span of characters; twice ``null`` where the row lacks a part.

    The library's example takes the same tokens: the last that begins at or before the span, the
    first that ends at or after it. Where that is no span (several tokens of one character), it is
    the tokens that cover it.

    Parameters
    ----------
    starts, ends : ndarray of int, shape (n_tokens,)
        Characters of each token; below 0 for tokens that are not of the context.
    """
    here = np.flatnonzero(starts >= 0)
    if span is None or not len(here):
        return null, null
    begin, end = starts[here], ends[here]
    if begin[0] > span[0] or end[-1] < span[1]:
        return null, null
    first = int(np.searchsorted(begin, span[0], side="right")) - 1
    last = int(np.searchsorted(end, span[1], side="left"))
    if first > last:
        first = int(np.searchsorted(begin, begin[first], side="left"))
    return int(here[first]), int(here[max(first, last)])


class Spans:
    """The best spans of one example, from all of its rows.

    Attributes
    ----------
    best : list of (float, int, int)
        Score (sum of the two logits), first character and the one after the last; the best first,
        at most :data:`N_BEST`, each span once.
    null : float
        Score of "no answer here": the least of the rows'.
    """

    def __init__(self):
        self._found: dict[tuple[int, int], float] = {}
        self.null = np.inf

    def add(self, logits: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
        """Take a row: logits, shape (n_tokens, 2), and the characters of its tokens."""
        null = np.flatnonzero(starts == NO_ANSWER)
        if len(null):
            self.null = min(self.null, float(logits[null[0]].sum()))
        here = np.flatnonzero((starts >= 0) & (ends > starts))
        if not len(here):
            return
        scores = logits[here, :1] + logits[here, 1]  # (first, last)
        scores = np.where(_band(len(here)), scores, -np.inf).ravel()
        most = min(N_BEST, len(scores))
        for flat in np.argpartition(-scores, most - 1)[:most]:
            if scores[flat] == -np.inf:
                continue
            first, last = divmod(int(flat), len(here))
            span = (int(starts[here[first]]), int(ends[here[last]]))
            if span[1] > span[0] and scores[flat] > self._found.get(span, -np.inf):
                self._found[span] = float(scores[flat])

    @property
    def best(self) -> list[tuple[float, int, int]]:
        order = sorted(self._found.items(), key=lambda item: (-item[1], item[0]))
        return [(score, *span) for span, score in order[:N_BEST]]


@cache
def _largest_band(n: int) -> np.ndarray:
    ones = np.ones((n, n), bool)
    return np.triu(ones) & np.tril(ones, MOST_TOKENS - 1)


def _band(n: int) -> np.ndarray:
    """Which (first, last) are a span of at most :data:`MOST_TOKENS` tokens, bool, shape (n, n)."""
    return _largest_band(-(-n // 512) * 512)[:n, :n]


def _null_position(ids: list[int], tokenizer) -> int:
    token = tokenizer.cls_token_id
    return ids.index(token) if token in ids else 0


def _shortened(tokenizer, questions: list[str], most: int) -> tuple[list[str], int]:
    """Questions of at most ``most`` tokens, and how many were cut for that."""
    questions = [question.lstrip() for question in questions]
    if not questions:
        return [], 0
    offsets = tokenizer(
        questions, add_special_tokens=False, return_offsets_mapping=True,
        return_attention_mask=False, truncation=False, verbose=False,
    )["offset_mapping"]  # fmt: skip
    cut = 0
    for number, tokens in enumerate(offsets):
        if len(tokens) > most:
            questions[number] = questions[number][: tokens[most - 1][1]]
            cut += 1
    return questions, cut
