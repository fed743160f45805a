"""Tokenised rows, and what is to be written for them, in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .control_texts import as_texts
from .token_cache import remembered

if TYPE_CHECKING:
    import pandas as pd

IGNORED = -100  # label of a token that the loss passes over (special tokens, later pieces)


@dataclass
class Targets:
    """Token ids of the texts that rows are to become, without special tokens.

    Parameters
    ----------
    ids : ndarray of int32, shape (n_tokens,)
    offsets : ndarray of int64, shape (n_rows + 1,)
        The text of row ``i`` is ``[offsets[i]:offsets[i + 1]]``.
    """

    ids: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Targets:
        """Those of lists of token ids."""
        lengths = [len(row) for row in rows]
        flat = np.fromiter((value for row in rows for value in row), np.int32, sum(lengths))
        return cls(flat, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row, int64, shape (n_rows,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> list[int]:
        return self.ids[self.offsets[row] : self.offsets[row + 1]].tolist()

    def part(self, rows: list[int]) -> Targets:
        """Those of some of the rows, in this order."""
        return Targets(*_taken(self.ids, self.offsets, rows))


@dataclass
class Encoded:
    """Token ids of many rows, one after the other.

    Parameters
    ----------
    arrays : dict of str to ndarray of int32, shape (n_tokens,)
        ``input_ids`` and whatever else the tokenizer gives a token (``token_type_ids``).
    offsets : ndarray of int64, shape (n_rows + 1,)
        Row ``i`` is ``[offsets[i]:offsets[i + 1]]``.
    labels : ndarray of int64 (classes) or float32 (numbers), shape (n_rows, ...), or None
        Of rows; or of tokens, shape (n_tokens,), where ``token_labels`` is set.
    cut : int
        Rows that ``max_length`` shortened; -1 when it was not counted.
    per_token : bool
        Whether the model gives outputs for each token, and not for each row.
    token_labels : bool
        Whether ``labels`` has one a token; :data:`IGNORED` where there is none.
    about : dict of str to ndarray, shape (n_tokens,)
        What decoding needs to know of each token, and the model does not see.
    examples : ndarray of int64, shape (n_rows,), or None
        Example of each row, where a long one has several rows.
    notes : list of str
        What was done with texts that are too long, one sentence each, to be shown.
    targets : Targets, n_rows, or None
        What a model that writes is to write, of whatever length beside that of the row.
    targets_cut : int
        Targets that were shortened.
    prompts : Targets, n_examples, or None
        What a model that writes is given to go on from, where that is not the row itself.
    spelt : str
        What is to be said where texts spell out control tokens; "" where none does.
    spelt_rows : int
        In how many rows of the data one does.
    """

    arrays: dict[str, np.ndarray]
    offsets: np.ndarray
    labels: np.ndarray | None = None
    cut: int = -1
    per_token: bool = False
    token_labels: bool = False
    about: dict[str, np.ndarray] = field(default_factory=dict)
    examples: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)
    targets: Targets | None = None
    targets_cut: int = 0
    prompts: Targets | None = None
    spelt: str = ""
    spelt_rows: int = 0

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row, int64, shape (n_rows,)."""
        return np.diff(self.offsets)

    @property
    def sizes(self) -> np.ndarray:
        """Tokens of each row with those of its target, int64, shape (n_rows,)."""
        return self.lengths if self.targets is None else self.lengths + self.targets.lengths

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, rows: list[int]) -> Encoded:
        """Ids and targets of some of the rows, in this order, without labels."""
        arrays, ends = {}, np.zeros(1, np.int64)
        for name, values in self.arrays.items():
            arrays[name], ends = _taken(values, self.offsets, rows)
        targets = None if self.targets is None else self.targets.part(rows)
        return Encoded(arrays, ends, per_token=self.per_token, targets=targets)

    def __getitem__(self, row: int) -> dict:
        start, end = self.offsets[row], self.offsets[row + 1]
        item = {name: values[start:end].tolist() for name, values in self.arrays.items()}
        if self.labels is not None and self.token_labels:
            item["token_labels"] = self.labels[start:end].tolist()
        elif self.labels is not None:
            item["labels"] = self.labels[row].tolist()
        if self.targets is not None:
            item["targets"] = self.targets[row]
        return item


def _taken(values: np.ndarray, offsets: np.ndarray, rows: list[int]):
    """Values of some rows end to end, and where each begins."""
    places = [np.arange(*offsets[row : row + 2]) for row in rows]
    ends = np.cumsum([0, *map(len, places)]).astype(np.int64)
    return (values[np.concatenate(places)] if places else values[:0]), ends


def encode_frame(tokenizer, frame: pd.DataFrame, max_length: int, labels=None) -> Encoded:
    """:func:`encode_texts` of the columns ``text`` and, where there is one, ``pair``."""
    pairs = frame["pair"] if "pair" in frame.columns else None
    return encode_texts(tokenizer, frame["text"], pairs, max_length=max_length, labels=labels)


def encode_texts(tokenizer, texts, pairs=None, *, max_length: int, labels=None) -> Encoded:
    """Tokenise texts (or text pairs), cut at ``max_length`` tokens.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    texts, pairs : sequence of str, length n_rows
    max_length : int
        Tokens, special ones included.
    labels : array-like of int or float32, shape (n_rows,), optional
    """
    arrays, offsets = remembered(
        tokenizer, (texts, pairs), max_length,
        lambda: _tokenise(
            tokenizer, list(texts), None if pairs is None else list(pairs), max_length
        ),
    )  # fmt: skip
    return Encoded(
        arrays,
        offsets,
        None if labels is None else _labels(labels),
        int(np.sum(np.diff(offsets) >= max_length)),
    )


def replaced(encoded: Encoded, rows: dict[int, list[int]]) -> Encoded:
    """Encoded texts with other token ids in some rows."""
    if rows:
        ids = encoded.arrays["input_ids"]
        every = Targets.of([
            rows[n] if n in rows else ids[a:b].tolist()
            for n, (a, b) in enumerate(zip(encoded.offsets[:-1], encoded.offsets[1:], strict=True))
        ])  # fmt: skip
        others = {n: np.zeros(len(every.ids), v.dtype) for n, v in encoded.arrays.items()}
        encoded.arrays, encoded.offsets = {**others, "input_ids": every.ids}, every.offsets
    return encoded


def without_end(rows: Encoded, end: int) -> Encoded:
    """Rows without the token ``end`` at their ends, for a model that is to go on with them."""
    ids, lengths = rows.arrays["input_ids"], rows.lengths
    there = lengths > 0
    last = np.where(there, rows.offsets[1:] - 1, 0)
    ends = there & (ids[last] == end) if len(ids) else np.zeros(len(rows), bool)
    if not ends.any():
        return rows
    kept = np.ones(len(ids), bool)
    kept[last[ends]] = False
    rows.arrays = {name: values[kept] for name, values in rows.arrays.items()}
    rows.offsets = np.concatenate([[0], np.cumsum(lengths - ends)]).astype(np.int64)
    return rows


def encode_targets(
    tokenizer, texts, *, max_length: int, control: bool = True
) -> tuple[Targets, int]:
    """Tokenise what is to be written, cut at ``max_length`` tokens, and count what was cut.

    Special tokens are left out: which of them a model wants is known where rows are collated.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    texts : sequence of str, length n_rows
    max_length : int
    control : bool
        Whether control tokens that a text spells out are such; else they stay text.

    Returns
    -------
    Targets, int
    """
    arrays, offsets = remembered(
        tokenizer, (["targets"] * len(texts), texts), max_length,
        lambda: _tokenise_targets(tokenizer, list(texts), max_length),
    )  # fmt: skip
    found, cut = Targets(arrays["ids"], offsets), arrays["cut"]
    if not control:
        spelt = as_texts(tokenizer, list(texts), bare=True)
        if spelt:
            rows = [spelt.get(row, found[row])[:max_length] for row in range(len(found))]
            cut = np.array([len(spelt[row]) > max_length if row in spelt else one
                            for row, one in enumerate(cut)], np.int32)  # fmt: skip
            found = Targets.of(rows)
    return found, int(cut.sum())


def _tokenise_targets(tokenizer, texts: list[str], max_length: int):
    """Ids of all targets end to end, which rows were cut, and where each begins."""
    parts, lengths = [np.zeros(0, np.int32)], []
    for start in range(0, len(texts), 2048):
        batch = tokenizer(
            text_target=texts[start : start + 2048],
            add_special_tokens=False,
            return_attention_mask=False,
            verbose=False,
        )["input_ids"]
        lengths += [len(ids) for ids in batch]
        parts += [np.asarray(ids[:max_length], np.int32) for ids in batch]
    whole = np.asarray(lengths, np.int64)
    offsets = np.concatenate([[0], np.cumsum(np.minimum(whole, max_length))]).astype(np.int64)
    arrays = {"ids": np.concatenate(parts), "cut": (whole > max_length).astype(np.int32)}
    return arrays, offsets


def _tokenise(tokenizer, texts: list[str], pairs: list[str] | None, max_length: int):
    """Ids (and what else a token has) of all texts end to end, and where each begins."""
    per_token = [n for n in tokenizer.model_input_names if n != "attention_mask"]
    lists: dict[str, list] = {name: [] for name in per_token}
    lengths: list[int] = []
    for start in range(0, len(texts), 2048):
        part = slice(start, start + 2048)
        batch = tokenizer(
            texts[part],
            pairs[part] if pairs is not None else None,
            truncation=True,
            max_length=max_length,
            return_attention_mask=False,
        )
        lengths += [len(ids) for ids in batch["input_ids"]]
        for name in list(lists):
            if name in batch:
                lists[name].append(np.fromiter((t for row in batch[name] for t in row), np.int32))
            else:
                del lists[name]
    empty = np.zeros(0, np.int32)
    arrays = {name: np.concatenate(parts) if parts else empty for name, parts in lists.items()}
    return arrays, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _labels(labels) -> np.ndarray:
    labels = np.asarray(labels)
    return labels.astype(np.float32 if labels.dtype.kind == "f" else np.int64)
