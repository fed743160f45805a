"""What a teacher says of the training rows: asked once, in fp32 and without dropout, and kept.

A class, a label set, a number, a tag or a place is a few numbers, which are kept for all rows. Of
words there would be as many as the vocabulary has, at each token: those are asked for in the step
(:mod:`.words`).
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...atomic_files import read_json, write_json
from ...errors import RunError
from ...i18n import t
from ...tasks.shared.encoding import IGNORED
from ..finishing import disk_in_one_sentence
from ..predicting.passes import Passes
from .teachers import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...tasks.shared.encoding import Encoded
    from ..predicting.predictor import Predictor

NAME = "teacher.npz"  # in the folder of the run
ABOUT = "teacher.json"


@dataclasses.dataclass
class Soft:
    """A teacher's outputs, and where those of a row or token stand.

    Attributes
    ----------
    outputs : ndarray of float32, shape (n_values, n_outputs)
        Of rows, of words that have a tag, or of tokens of spans.
    offsets : ndarray of int64, shape (n_rows + 1,), or None
        Where a row's tokens begin.
    place : ndarray of int64, shape (n_tokens,), or None
        Which output is of a token; -1 where the teacher does not see its word.
    """

    outputs: np.ndarray
    offsets: np.ndarray | None = None
    place: np.ndarray | None = None


def check_same(folder: Path, name: str, digest: str) -> None:
    """Write down whose weights teach a run, or refuse others than it began with (RunError)."""
    before = read_json(folder / ABOUT)
    if not isinstance(before, dict):
        write_json(folder / ABOUT, {"teacher": name, "digest": digest})
    elif before.get("digest") != digest:
        raise RunError(
            t("distillation.changed", teacher=name), t("distillation.changed_remedy", teacher=name)
        )


def rows_of(
    teacher: Predictor, frame: Any, rows: Encoded, max_length: int, name: str, *, same: bool
) -> Encoded:
    """The training examples as the teacher reads them.

    Parameters
    ----------
    rows : Encoded
        As the student reads them.
    max_length : int
        The student's.
    same : bool
        Whether they have to be the same tokens.

    Raises
    ------
    RecipeError
        If they have to be and are not.
    """
    most = max_length if same else teacher.max_length
    found = teacher.task.encode(teacher.tokenizer, frame, most)
    if same and not (
        np.array_equal(found.offsets, rows.offsets)
        and np.array_equal(found.arrays["input_ids"], rows.arrays["input_ids"])
    ):
        raise refused("tokens", teacher=name)
    return found


def measured(
    teacher: Predictor, theirs: Encoded, ours: Encoded, columns: list[int] | None,
    *, output: str, folder: Path, digest: str, tick: Callable[[], object] = lambda: None,
    share: float = 1.0,
) -> Soft:  # fmt: skip
    """A teacher's outputs of all training rows, from the run's folder where they are kept.

    Parameters
    ----------
    theirs, ours : Encoded
        The same examples as teacher and student read them.
    columns : list of int or None
        The teacher's output for each of the student's.
    output : str
        What the task predicts.
    digest : str
        Of the teacher.
    tick : callable
        Called between forward passes; what it raises ends the work, and nothing is written.
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    """
    of = _of(theirs, columns, digest)
    outputs = _kept(folder / NAME, of)
    if outputs is None:
        passes = Passes(teacher.task, teacher.model, teacher.tokenizer, theirs, tick=tick,
                        share=share)  # fmt: skip
        outputs = passes.scores()
        outputs = outputs if columns is None else outputs[:, columns]
        _keep(folder / NAME, of, outputs)
    if output == "span":
        return Soft(outputs, offsets=ours.offsets)
    return Soft(outputs) if output != "tags" else Soft(outputs, place=_words(theirs, ours))


def numbered(rows: Encoded) -> Encoded:
    """The rows with their own numbers as labels; of tokens the token's, where one is learnt.

    So a loss finds what is known of a row or token, in whatever batch and order it stands.
    """
    assert rows.labels is not None
    if rows.token_labels:
        numbers = np.arange(len(rows.labels))
        return dataclasses.replace(rows, labels=np.where(rows.labels == IGNORED, IGNORED, numbers))
    return dataclasses.replace(rows, labels=np.arange(len(rows)))


def _words(theirs: Encoded, ours: Encoded) -> np.ndarray:
    """The teacher's token for each of the student's: the first piece of the same word."""
    keys = []
    for rows in (theirs, ours):
        row, word = np.repeat(np.arange(len(rows)), rows.lengths), rows.about["word"]
        keys.append(np.where(word >= 0, row * 2**32 + word, -1))
    known, wanted = keys
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known[order], wanted).clip(max=max(0, len(known) - 1))
    found = order[at] if len(order) else at
    return np.where((wanted >= 0) & (known[found] == wanted), found, -1)


def _of(rows: Encoded, columns: list[int] | None, digest: str) -> str:
    found = hashlib.blake2b(f"{digest} {columns}".encode(), digest_size=16)
    for name in sorted(rows.arrays):
        found.update(np.ascontiguousarray(rows.arrays[name]).data)
    found.update(rows.offsets.tobytes())
    return found.hexdigest()


def _kept(path: Path, of: str) -> np.ndarray | None:
    try:
        with np.load(path, allow_pickle=False) as kept:
            return kept["outputs"] if str(kept["of"]) == of else None
    except Exception:  # it is not there, or damaged in whatever way an archive can be
        return None


def _keep(path: Path, of: str, outputs: np.ndarray) -> None:
    stage = path.with_name(f".part-{NAME}")
    with disk_in_one_sentence():
        with stage.open("wb") as file:
            np.savez(file, allow_pickle=False, of=np.array(of), outputs=outputs)
        stage.replace(path)
