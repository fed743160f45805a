"""The rows that a run was trained and tested on, read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tasks
from ..errors import DataError
from ..i18n import t
from ..run_folder.as_learnt import as_learnt

if TYPE_CHECKING:
    from ..data.examples import Examples
    from ..run_folder.folder import RunFolder


def examples_of(run: RunFolder) -> Examples:
    """The examples of a run, when they are still those that it was trained and tested on.

    Raises
    ------
    DataError
        If they are others by now, or cannot be read any more.
    """
    recipe = as_learnt(run.path, run.recipe)
    found = tasks.get(recipe.task).load_examples(recipe)
    if found.fingerprint != run.data_info()["fingerprint"]:
        raise DataError(t("predicting.other_data", run=run.name),
                        t("predicting.other_data_remedy"))  # fmt: skip
    return found
