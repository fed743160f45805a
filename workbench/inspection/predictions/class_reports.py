"""How well each class does, of whatever task the predictions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...task_spec import load_object
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
    """
    place = spec_for(run).class_report
    return load_object(place, "A report of classes")(run, split) if place else None
