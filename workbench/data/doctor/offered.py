"""Fixes that are offered by trying them: what they would change is what is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import i18n, task_registry
from .. import fixes
from .findings import Case, Finding


def check_offered(case: Case) -> Iterator[Finding]:
    """What each fix would change that has words for it, ``found`` and ``remedy``."""
    words, allowed = i18n.group("fixes"), task_registry.spec(case.mapping.task, trains=None).fixes
    for name, (function, argument) in fixes.FIXES.items():
        wanted = allowed is None or name in allowed
        if "found" not in words[name] or not wanted or argument or name in case.recipe.fixes:
            continue
        mended, count = function(case.by_split())
        if count:
            yield Finding(
                "warning", name.replace("_", " "), i18n.t(f"fixes.{name}.found", n=count), count,
                case.places(_changed(case, mended)), i18n.t(f"fixes.{name}.remedy"),
                {"fixes": [name]},
            )  # fmt: skip


def _changed(case: Case, mended: fixes.Tables) -> np.ndarray:
    """Rows of the frame that are left out or hold another text or label (bool)."""
    import pandas as pd

    names = [name for name in ("text", "pair", "label") if name in case.frame.columns]
    after = pd.concat(mended.values()).reindex(case.frame.index)[names]
    before = case.frame[names]
    same = (before == after) | (before.isna() & after.isna())
    return ~same.all(axis=1).to_numpy(bool)
