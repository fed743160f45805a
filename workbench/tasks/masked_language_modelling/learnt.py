"""Rows with the gaps that step 0 draws: which tokens are to be found, and what stands there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.rendering.trained_rows import Side, TrainedRow, TrainedRows
from ...i18n import t
from ..shared.encoding import IGNORED
from ..shared.learnt_texts import row_numbers


def of_gaps(task: Any, first: Any) -> TrainedRows:
    """Of each row its own tokens, those of the gaps to be found; ``stands`` is what is read there.

    A gap in which the token itself is left stands there as it is.
    """
    rows, mask = first.rows, first.tokenizer.mask_token_id
    numbers = row_numbers(first.frame)
    found = []
    for number in first.looked_at:
        batch = first.batch([number])
        read, labels = (batch[name][0].tolist() for name in ("input_ids", "labels"))
        gaps = [at for at, label in enumerate(labels) if label != IGNORED]
        side = Side.of(
            [one if label == IGNORED else label for one, label in zip(read, labels, strict=True)],
            learnt=[label != IGNORED for label in labels],
            stands={at: read[at] for at in gaps if read[at] != labels[at]},
        )  # fmt: skip
        masked = sum(read[at] == mask for at in gaps)
        kept = sum(read[at] == labels[at] for at in gaps)
        said = [t("learnt.gaps", masked=masked, other=len(gaps) - masked - kept, kept=kept)]
        row, place = -1, t("learnt.laid", row=number + 1)
        if rows.examples is not None:
            text = int(rows.examples[number])
            row, parts = numbers[text], np.flatnonzero(rows.examples == text)
            place = t("learnt.of_data", row=row) if len(parts) == 1 else t(
                "learnt.part", row=row, part=number - int(parts[0]) + 1, of=len(parts))
        problems = [] if gaps else [t("learnt.nothing")]
        found.append(TrainedRow("train", row, place, [side], problems, said))
    legend = (t("learnt.found"), "", t("learnt.read"), t("learnt.stands"))
    laid_anew = rows.examples is None  # of single texts the notes speak
    notes = [*([] if laid_anew else rows.notes), t("learnt.drawn")]
    return TrainedRows(found, first.tokenizer, len(rows), notes, legend=legend)
