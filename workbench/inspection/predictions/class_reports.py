"""How well each class does, of whatever task the predictions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...i18n import t
from ...task_spec import load_object
from ...task_words import part_error
from .kinds import spec_for

if TYPE_CHECKING:
    import pandas as pd


def class_report(run: Any, split: str = "test") -> pd.DataFrame | None:
    """Precision, recall and F1 of each class, label or type of entity; None where there are none.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        Of any task. Numbers and answers have no classes.

    Returns
    -------
    pandas.DataFrame or None
        ``class``, ``support``, ``precision``, ``recall``, ``f1`` with ``_low`` and ``_high`` each
        (95 % intervals), the lowest F1 first.

    Raises
    ------
    WorkbenchError
        If what the task declares for it cannot be loaded or breaks off, in a sentence.
    """
    declared = spec_for(run)
    if not declared.class_report:
        return None
    try:
        return load_object(declared.class_report, "A report of classes")(run, split)
    except Exception as error:  # whatever the code of somebody else's task raises
        raise part_error(error, declared.name, t("task.class_report")) from error
