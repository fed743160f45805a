"""Rows with gaps: texts cut into rows, tokens chosen, and what stands in their places."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ModelError
from ...i18n import t
from ..shared.collators import Collator
from ..shared.encoding import IGNORED, Encoded

BATCH = 2048  # texts that are tokenised at once


@dataclass
class Text:
    """One text without the special tokens around it.

    ``ids`` and ``words`` are of equal length: token ids, and the word that each is of (-1 for a
    special token that stands in the text itself).
    """

    ids: np.ndarray
    words: np.ndarray


@dataclass
class Tokens:
    """What is asked of a tokenizer: its mask, what it puts around a text, ordinary tokens.

    Attributes
    ----------
    mask : int
    before, after : list of int
        Special tokens around a text.
    special : ndarray of int64
        Ids that are never masked, and never stand for another token.
    """

    tokenizer: Any
    mask: int
    before: list[int]
    after: list[int]
    special: np.ndarray

    @classmethod
    def of(cls, tokenizer: Any) -> Tokens:
        """Those of a tokenizer; ModelError if it has no mask token."""
        if tokenizer.mask_token_id is None:
            raise ModelError(t("masking.no_mask"), t("masking.no_mask_remedy"))
        around = tokenizer("", verbose=False)["input_ids"]
        ends = {tokenizer.sep_token_id, tokenizer.eos_token_id}
        first = next((n for n, token in enumerate(around) if token in ends), len(around))
        special = np.unique(np.asarray(tokenizer.all_special_ids, np.int64))
        return cls(tokenizer, int(tokenizer.mask_token_id), around[:first], around[first:], special)

    def ordinary(self, n_words: int) -> np.ndarray:
        """Ids below ``n_words`` that are words of the vocabulary and not special, ascending."""
        return np.setdiff1d(np.arange(min(n_words, len(self.tokenizer))), self.special)

    def texts(self, texts: Iterable[str]) -> list[Text]:
        """Texts as tokens with the words that they are of."""
        found, texts = [], list(texts)
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            batch = self.tokenizer(part, add_special_tokens=False, verbose=False)
            for row, ids in enumerate(batch["input_ids"]):
                ids = np.asarray(ids, np.int64)
                words = np.arange(len(ids))
                if getattr(self.tokenizer, "is_fast", False):
                    words = np.array([-1 if w is None else w for w in batch.word_ids(row)], int)
                found.append(Text(ids, np.where(np.isin(ids, self.special), -1, words)))
        return found

    def rows(self, texts: Sequence[Text], max_length: int) -> Encoded:
        """Rows of at most ``max_length`` tokens; a text that is longer has several.

        Returns
        -------
        Encoded
            ``about["word"]``: the word of each token, -1 for special ones.
        """
        room = max(1, max_length - len(self.before) - len(self.after))
        ids, words, examples = [], [], []
        for number, text in enumerate(texts):
            for start in range(0, max(1, len(text.ids)), room):
                part = slice(start, start + room)
                ids.append([*self.before, *text.ids[part], *self.after])
                words.append(
                    [-1] * len(self.before) + [*text.words[part]] + [-1] * len(self.after)
                )
                examples.append(number)
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in ids])]).astype(np.int64)
        flat = np.fromiter((token for row in ids for token in row), np.int32, offsets[-1])
        of = np.fromiter((word for row in words for word in row), np.int32, offsets[-1])
        return Encoded(
            {"input_ids": flat}, offsets, about={"word": of},
            examples=np.asarray(examples, np.int64), per_token=True,
        )  # fmt: skip

    def bodies(self, rows: Encoded) -> list[Text]:
        """The texts that :meth:`rows` was given."""
        found: list[list[Text]] = []
        assert rows.examples is not None  # they were made by `rows`
        for row, example in enumerate(rows.examples):
            inside = slice(
                rows.offsets[row] + len(self.before), rows.offsets[row + 1] - len(self.after)
            )
            part = Text(rows.arrays["input_ids"][inside], rows.about["word"][inside])
            if example == len(found) - 1:
                found[-1].append(part)
            else:
                found.append([part])
        return [joined(parts) for parts in found]

    def stream(self, texts: Sequence[Text]) -> list[Text]:
        """All texts one after the other, as one; the end of a text stands between two."""
        end = Text(np.asarray(self.after, np.int64), np.full(len(self.after), -1))
        parts = [part for text in texts if len(text.ids) for part in (end, text)][1:]
        return [joined(parts)] if parts else []


def joined(parts: list[Text]) -> Text:
    """Texts one behind the other."""
    return Text(
        np.concatenate([part.ids for part in parts]), np.concatenate([part.words for part in parts])
    )


def chosen(units: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Places that are masked: so many whole groups as make up the share, one at least.

    Parameters
    ----------
    units : ndarray of int, shape (n_tokens,)
        The group of each token, -1 for one that is never masked.
    share : float
        Of the tokens that can be masked.

    Returns
    -------
    ndarray of int64
        Ascending; empty where nothing can be masked.

    >>> chosen(np.array([-1, 0, 0, 1, -1]), 0.1, np.random.default_rng(0)).tolist() in ([1, 2], [3])
    True
    """
    groups, sizes = np.unique(units[units >= 0], return_counts=True)
    if not len(groups):
        return np.zeros(0, np.int64)
    wanted = max(1, round(share * int(sizes.sum())))
    taken, count = [], 0
    for place in rng.permutation(len(groups)):
        if not taken or count + sizes[place] <= wanted:
            taken.append(groups[place])
            count += int(sizes[place])
    return np.flatnonzero(np.isin(units, taken))


def fixed_gaps(rows: Encoded, module: Any, share: float, mask: int) -> Encoded:
    """Rows with gaps that follow from their tokens alone: the same in every run, at every step.

    The mask token stands in all of them.
    """
    labels = np.full(len(rows.arrays["input_ids"]), IGNORED, np.int64)
    ids = rows.arrays["input_ids"].copy()
    for row in range(len(rows)):
        part = slice(*rows.offsets[row : row + 2])
        digest = hashlib.blake2b(ids[part].astype(np.int32).tobytes(), digest_size=8).digest()
        rng = np.random.default_rng(int.from_bytes(digest, "little"))
        places = chosen(module.units(rows.about["word"][part]), share, rng) + part.start
        labels[places], ids[places] = ids[places], mask
    rows.arrays, rows.labels, rows.token_labels = {"input_ids": ids}, labels, True
    return rows


class Maskable(Encoded):
    """Rows whose gaps are drawn anew at each step; ``about["unit"]`` says what goes together."""

    def __getitem__(self, row: int) -> dict:
        part = slice(*self.offsets[row : row + 2])
        return {
            "input_ids": self.arrays["input_ids"][part].tolist(),
            "_row": row, "_units": self.about["unit"][part],
        }  # fmt: skip


class GapCollator(Collator):
    """Pads rows behind; gaps of rows that have none yet are drawn by :meth:`for_step`.

    Parameters
    ----------
    tokens : Tokens
    shares : Shares
        See :mod:`workbench.tasks.masking`.
    n_words : int
        Rows of the model's word embedding.
    """

    def __init__(self, tokens: Tokens, shares: Any, n_words: int):
        super().__init__(tokens.tokenizer, "right")
        self.tokens, self.shares = tokens, shares
        self.ordinary = tokens.ordinary(n_words)

    def __call__(self, rows: list[dict]) -> dict:
        """``input_ids``, ``attention_mask``, ``labels`` where rows have them; and, of rows whose
        gaps are drawn, ``_rows``, ``_units`` and ``_ids``."""
        numbers = [row.get("_row") for row in rows]
        units = [row.get("_units") for row in rows]
        plain = [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]
        batch = super().__call__(plain)
        if numbers[0] is not None:
            batch |= {"_rows": numbers, "_units": units}
            batch["_ids"] = [np.asarray(row["input_ids"], np.int64) for row in plain]
        return batch

    def for_step(self, batch: dict, seed_of: Callable[[int], int]) -> None:
        """Draw the gaps of a batch: ``input_ids`` and ``labels`` are what the step learns.

        Parameters
        ----------
        batch : dict
            Of :meth:`__call__`; changed in place.
        seed_of : callable
            The seed of a row's gaps at this step, whatever batch the row is in.
        """
        import torch

        units, numbers, rows = (batch.pop(name) for name in ("_units", "_rows", "_ids"))
        device, shape = batch["input_ids"].device, tuple(batch["input_ids"].shape)
        ids = np.full(shape, self.tokenizer.pad_token_id, np.int64)
        labels = np.full(shape, IGNORED, np.int64)
        for place, (row, of, number) in enumerate(zip(rows, units, numbers, strict=True)):
            rng = np.random.default_rng(seed_of(number))
            gaps = chosen(of, self.shares.share, rng)
            said, other = rng.random(len(gaps)), rng.choice(self.ordinary, len(gaps))
            masked = said < self.shares.masked
            drawn = ~masked & (said < self.shares.masked + self.shares.random)
            labels[place, gaps] = row[gaps]
            row = row.copy()
            row[gaps] = np.where(masked, self.tokens.mask, np.where(drawn, other, row[gaps]))
            ids[place, : len(row)] = row
        batch["input_ids"] = torch.from_numpy(ids).to(device)
        batch["labels"] = torch.from_numpy(labels).to(device)
