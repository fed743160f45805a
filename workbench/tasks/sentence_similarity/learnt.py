"""What is learnt of texts that belong together: what of each is read, what each is told from."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...data.rendering.seen_rows import Piece
from ...data.rendering.trained_rows import TrainedRow, TrainedRows, with_cut
from ...i18n import t
from ..shared.learnt_texts import UNCUT, around, row_numbers
from .encoded import learnt_rows

if TYPE_CHECKING:
    import numpy as np

NAMED = 40  # wrong texts that are listed
LINE = 100  # characters of one of them


def of_matches(task: Any, first: Any) -> TrainedRows:
    """Each row's own texts, the one that belongs marked; then the wrong texts of its step.

    A model of vectors tells the right text from those of all rows of an optimizer step, a scorer
    from the wrong ones of its own row.
    """
    rows, tokenizer, seen = first.rows, first.tokenizer, first.looked_at
    if task.scores_pairs:  # what is drawn for a row depends on all of them
        wanted = task.settings.negatives, task.seed
        whole = learnt_rows(tokenizer, first.frame, UNCUT, *wanted, first_rows=len(seen))
    else:
        whole = task.encode(tokenizer, first.frame.iloc[: len(seen)], UNCUT)
    special, numbers = around(tokenizer), row_numbers(first.frame)
    step_of = {row: at for at, step in enumerate(first.steps) for row in step}

    @lru_cache(maxsize=4)
    def among(step: int) -> tuple[Any, Any, np.ndarray]:
        from .losses import InBatch

        labels = first.batch(first.steps[step])["labels"]
        return *InBatch.among(labels), labels.numpy()

    def others(number: int) -> list[Piece]:
        step = step_of[number]
        mine, hidden, labels = among(step)
        rows_of, place = first.steps[step], first.steps[step].index(number)
        wrong, left = [], []
        width = labels.shape[1] - 1
        for at in range(mine.shape[1]):
            row, member = rows_of[at // width], at % width
            if mine[place, at] or labels[at // width, 1 + member] < 0:
                continue
            text = first.frame["positive"].iloc[row] if not member else (
                first.frame["negatives"].iloc[row][member - 1])  # fmt: skip
            line = (text, t("learnt.of_data", row=numbers[row]))
            (left if hidden[place, at] else wrong).append(line)
        return [*_listed("wrong_here", wrong, step + 1), *_listed("left_here", left, step + 1)]

    found = []
    for number in seen:
        sides, problems = [], []
        for at, unit in enumerate(rows.members[number].tolist()):
            if unit < 0:
                continue
            kept = rows.units[unit]["input_ids"]
            text = whole.units[int(whole.members[number, at])]["input_ids"]
            side = with_cut(kept, text, special)
            belongs = at == (0 if task.scores_pairs else 1)
            side.learnt = [belongs] * len(side.ids)
            key = SCORED[min(at, 1)] if task.scores_pairs else SIDES[min(at, 2)]
            side.heads[0] = t(f"learnt.{key}")
            if side.count(cut=True):
                problems.append(t("learnt.side_cut", side=side.heads[0]))
            sides.append(side)
        row = numbers[number]
        more = None if task.scores_pairs else (lambda number=number: others(number))
        mates = [] if task.scores_pairs else [
            one for one in first.steps[step_of[number]] if one != number]  # fmt: skip
        said = [] if task.scores_pairs else [t("learnt.step", n=step_of[number] + 1)]
        found.append(TrainedRow(
            "train", row, t("learnt.of_data", row=row), sides, list(dict.fromkeys(problems)),
            said, mates, more,
        ))  # fmt: skip
    way = "told_apart" if task.scores_pairs else "told_in_step"
    legend = (t("learnt.belongs"), t("learnt.cut"), t("learnt.read"), "")
    return TrainedRows(
        found, tokenizer, len(rows), [*rows.notes, t(f"learnt.{way}")], legend=legend,
        mates_title=t("learnt.same_step"), counted=False,
    )  # fmt: skip


SIDES = ("anchor", "positive", "negative")
SCORED = ("right_pair", "wrong_pair")


def _listed(key: str, lines: list[tuple[str, str]], step: int) -> list[Piece]:
    """Texts under a title that counts them."""
    if not lines:
        return []
    said = [f"· {_short(text)} ({place})" for text, place in lines[:NAMED]]
    if len(lines) > NAMED:
        said.append(t("learnt.more_texts", n=len(lines) - NAMED))
    head = t(f"learnt.{key}", n=len(lines), step=step)
    return [Piece("\n".join(said), False, False, "", head)]


def _short(text: str) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LINE else line[: LINE - 1] + "…"
