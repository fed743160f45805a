"""New texts as the run reads them, with their labels where they come with any."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import tasks
from ...data.asked import asked_for
from ...errors import DataError, quoted
from ...i18n import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ...training.run import Run

LEAST = 20  # texts below which no test says anything


@dataclass
class NewTexts:
    """Rows that were drawn of what came in.

    ``labels`` are those of the drawn rows, None where there are none; ``said`` is what was left
    out, in sentences; ``of`` how many rows came.
    """

    rows: pd.DataFrame
    labels: np.ndarray | None
    of: int
    digest: str
    said: list[str]


def read(
    run: Run, data: Any, most: int, seed: int, reading: Mapping[str, Any] | None = None
) -> NewTexts:
    """Read what came in, and draw ``most`` rows of it.

    Raises
    ------
    DataError
        If it cannot be read, or holds fewer than :data:`LEAST` texts.
    """
    import pandas as pd

    recipe, said = run.recipe, []
    given = asked_for(data, recipe, run.data_info().get("read"), reading=reading)
    rows = tasks.get(recipe.task).asked(given, recipe).reset_index(drop=True)
    labels = _labels(run, given, len(rows))
    empty = ~rows["text"].astype(str).str.strip().astype(bool)
    if empty.any():
        said.append(t("watching.empty", n=int(empty.sum())))
    kept = np.flatnonzero(~empty)
    if len(kept) < LEAST:
        raise DataError(t("watching.few", n=len(kept), least=LEAST), t("watching.few_back"))
    if len(kept) > most:
        said.append(t("watching.drawn", n=most, of=len(kept)))
        kept = np.sort(np.random.default_rng(seed).choice(kept, most, replace=False))
    rows = rows.iloc[kept].reset_index(drop=True)
    digest = hashlib.sha256("\n".join(rows["text"].astype(str)).encode("utf-8", "replace"))
    if labels is not None:
        labels, strange = labels[kept], set()
        if names := run.data_info().get("label_names"):
            strange = {str(one) for one in labels if one is not None} - set(map(str, names))
        if strange:
            labels = np.array([None if str(one) in strange else one for one in labels], object)
            listed = quoted(", ".join(sorted(strange)[:5]))
            said.append(t("watching.other_labels", n=len(strange), names=listed))
        labels = labels if any(one is not None for one in labels) else None
    return NewTexts(pd.DataFrame(rows), labels, len(empty), digest.hexdigest()[:16], said)


def _labels(run: Run, given: Any, rows: int) -> np.ndarray | None:
    """Labels beside the texts, None where one is missing; None where there is no such column."""
    import pandas as pd

    column = run.recipe.columns.get("label", "label")
    if not isinstance(given, pd.DataFrame) or column not in given or len(given) != rows:
        return None
    values = given[column].to_numpy(object)
    if run.data_info().get("label_names"):
        return np.array([None if pd.isna(one) else str(one) for one in values], object)
    return np.array([None if pd.isna(one) else one for one in values], object)
