"""Changed copies of training examples, before and after, for people to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError, DownloadError, ModelError, RecipeError, UnknownName
from ...i18n import t
from ...reference import Origin, origin_of
from .. import augmentation
from .findings import Case, Finding
from .model import folder_of

if TYPE_CHECKING:
    from ..examples import Examples

LOOKED_AT = 20  # examples whose copies are made for a look
SEEN = 90  # characters of a text around its first change


def check_copies(case: Case, examples: Examples) -> Iterator[Finding]:
    """Copies of the first training examples as training makes them; the table ``augmentation``."""
    import pandas as pd

    recipe, train = case.recipe, examples.splits["train"]
    asked = augmentation.wanted(recipe, len(train))
    if not asked:
        return
    try:
        copies = augmentation.make(recipe, train, examples.label_names, _folder, first=LOOKED_AT)
    except DownloadError as error:
        yield Finding("info", "augmentation", t("augmentation.not_shown", why=error.message), 1, (),
                      error.remedy)  # fmt: skip
        return
    except (DataError, ModelError, RecipeError, UnknownName) as error:
        yield Finding("error", "augmentation", error.message, 1, (), error.remedy)
        return
    shown = augmentation.pairs(train, copies, LOOKED_AT)
    case.tables["augmentation"] = pd.DataFrame(shown, columns=["before", "after"])
    tried = len(copies.of) + copies.unchanged
    said = t("augmentation.asked", n=asked, of=len(train), kind=augmentation.kind_said(recipe),
             rows=len(train) + asked)  # fmt: skip
    if not copies.of:
        yield Finding("warning", "augmentation", t("augmentation.none_of", n=tried), asked, (),
                      t("augmentation.nothing_back"))  # fmt: skip
        return
    yield Finding("info", "augmentation", said, asked,
                  tuple(_around(*both) for both in shown[:3]),
                  t("augmentation.looked_at", n=len(shown)))  # fmt: skip


def _around(before: str, after: str) -> str:
    """What is about the first change of a text, before and after."""
    same = len(os.path.commonprefix([before, after]))
    start = max(0, same - SEEN // 2)
    cut = [f"{'…' * (start > 0)}{one[start : start + SEEN]}{'…' * (len(one) > start + SEEN)}"
           for one in (before, after)]  # fmt: skip
    return " → ".join(cut)


def _folder(model: str) -> Path:
    """Where a model's weights lie that are here already."""
    if origin_of(model, "model") is Origin.HUB:
        raise DownloadError(
            t("augmentation.no_fetch", model=model), t("augmentation.no_fetch_back")
        )
    return folder_of(model)
