"""What is learnt of texts that are written, or gone on with: of each row, as its batch has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.rendering.trained_rows import Side, TrainedRow, TrainedRows, with_cut
from ...i18n import t
from .encoding import IGNORED, Encoded

if TYPE_CHECKING:
    import pandas as pd

UNCUT = 10**8  # tokens that no text has


def row_numbers(frame: pd.DataFrame) -> list[int]:
    """Where each example stands in its data."""
    found = frame["row"] if "row" in frame.columns else range(len(frame))
    return [int(number) for number in found]


def around(tokenizer: Any) -> set[int]:
    """Special tokens that stand around texts: all but the one of unknown words."""
    return set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}


def of_batch(batch: dict[str, Any]) -> tuple[list[int], list[bool]]:
    """Tokens of the only row of a decoder's batch, and which of them are learnt.

    Its labels stand where the logits do that they are for: a place before the token.
    """
    ids = batch["input_ids"][0].tolist()
    learnt = [False, *(label != IGNORED for label in batch["labels"][0].tolist()[:-1])]
    return ids, learnt


def of_targets(task: Any, first: Any) -> TrainedRows:
    """Sources and targets, with what ``max_length`` cut away of each at its place.

    What a decoder reads and learns is one run of tokens, of an encoder-decoder they are two.
    """
    seen, tokenizer = first.looked_at, first.tokenizer
    rows, frame = first.rows, first.frame.iloc[: len(seen)]
    whole = task.uncut().encode(tokenizer, frame, UNCUT)
    special, numbers = around(tokenizer), row_numbers(frame)
    found = []
    for number in seen:
        batch, target = first.batch([number]), whole.targets[number]
        kept = rows.targets[number]
        if task.decodes:
            ids, learnt = of_batch(batch)
            begin = learnt.index(True)
            source = with_cut(ids[:begin], whole[number]["input_ids"] or ids[:begin], special)
            sides = [source + _target(ids[begin:], kept, target, learnt[begin:])]
        else:
            labels = [one for one in batch["labels"][0].tolist() if one != IGNORED]
            source = with_cut(batch["input_ids"][0].tolist(), whole[number]["input_ids"], special)
            source.heads[0] = t("learnt.source")
            written = _target(labels, kept, target, [True] * len(labels))
            written.heads[0] = t("learnt.target")
            sides = [source, written]
        gone = source.count(cut=True), len(target) - len(kept)
        problems = [t(f"learnt.{side}_cut") for side, n in zip(SIDES, gone, strict=True) if n]
        if not kept:
            problems.insert(0, t("learnt.all_cut" if target else "learnt.no_target"))
        of = numbers[number]
        place = t("learnt.of_data", row=of)
        found.append(TrainedRow("train", of, place, sides, problems))
    return TrainedRows(found, tokenizer, len(rows), list(rows.notes))


SIDES = ("source", "target")


def _target(labels: list[int], kept: list[int], whole: list[int], learnt: list[bool]) -> Side:
    """What is written, special tokens around it, with what was cut away of its end."""
    begin = next(n for n in range(len(labels) - len(kept) + 1) if labels[n : n + len(kept)] == kept)
    end = begin + len(kept)
    gone = whole[len(kept) :]
    return (
        Side.of(labels[:end], learnt=learnt[:end])
        + Side.of(gone, learnt=True, cut=[True] * len(gone))
        + Side.of(labels[end:], learnt=learnt[end:])
    )


def of_rows(task: Any, first: Any) -> TrainedRows:
    """Rows of texts that are learnt themselves: where a text begins, and what is only read.

    Of a row that begins inside a text its first token is read alone: it is the last of the row
    before, where it is learnt. Nothing is cut away.
    """
    rows, tokenizer = first.rows, first.tokenizer
    numbers = row_numbers(first.frame)
    texts, places = _texts_of(rows)
    lies_in = _rows_of(rows, texts)
    torn = sum(len(places) > 1 for places in lies_in.values())
    found = []
    for number in first.looked_at:
        ids, learnt = of_batch(first.batch([number]))
        part = slice(*rows.offsets[number : number + 2])
        of, place = texts[part], places[part]
        anew = np.ones(len(ids), bool)  # where another text begins, or another part of one
        anew[1:] = (of[1:] != of[:-1]) | (place[1:] != place[:-1] + 1)
        side = Side.of(ids, learnt=learnt)
        for at in np.flatnonzero(anew).tolist():
            key = "learnt.goes_on" if place[at] else "learnt.of_data"
            side.heads[at] = t(key, row=numbers[of[at]])
        inside = [one for one in dict.fromkeys(of.tolist()) if number in lies_in[one]]
        mates = sorted({row for one in inside for row in lies_in[one]} - {number})
        said = [t("learnt.texts", n=len(inside)), t("learnt.only_read", n=learnt.count(False))]
        called = t("learnt.laid", row=number + 1)
        row = numbers[inside[0]] if len(inside) == 1 else -1
        problems = [] if any(learnt) else [t("learnt.nothing")]
        found.append(TrainedRow("train", row, called, [side], problems, said, mates))
    # others are of how texts are measured
    notes = [*([rows.spelt] if rows.spelt else []), *([t("learnt.torn", n=torn)] if torn else [])]
    return TrainedRows(found, tokenizer, len(rows), notes, mates_title=t("learnt.same_text"))


def _texts_of(rows: Encoded) -> tuple[np.ndarray, np.ndarray]:
    """Which text each token is of, and where in it."""
    if "text" in rows.about:
        return rows.about["text"], rows.about["place"]
    of = np.repeat(np.arange(len(rows)), rows.lengths)  # a row is a text
    return of, np.arange(len(of)) - rows.offsets[of]


def _rows_of(rows: Encoded, texts: np.ndarray) -> dict[int, list[int]]:
    """Rows in which something is learnt of each text; where nothing is, those that it lies in."""
    row_of = np.repeat(np.arange(len(rows)), rows.lengths)
    found: dict[int, list[int]] = {}
    learnt = np.asarray(rows.labels) != IGNORED
    for some in (learnt, ~learnt):
        of, row = texts[some], row_of[some]  # both come in runs, so few pairs are to be sorted
        anew = np.ones(len(of), bool)
        anew[1:] = (of[1:] != of[:-1]) | (row[1:] != row[:-1])
        before = set(found)
        pairs = set(zip(of[anew].tolist(), row[anew].tolist(), strict=True))
        for text, lies_in in sorted(pairs):
            if text not in before:
                found.setdefault(text, []).append(lies_in)
    return found
