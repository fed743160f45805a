"""Whether another run's model, such as a distilled student, may be judged by a run's test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DataError
from ...i18n import t
from ...inspection.comparing.paired import example_keys

if TYPE_CHECKING:
    import pandas as pd

    from ...training.run import Run


def check_other_run(run: Run, other: Run, drawn: pd.DataFrame) -> None:
    """Refuse a run that answers something else, or may have learnt from the rows that judge it.

    Parameters
    ----------
    run : Run
        Whose test rows they are.
    other : Run
        That is done.
    drawn : pandas.DataFrame
        Predictions of ``run`` for the drawn rows.

    Raises
    ------
    DataError
        If the tasks or the labels are not the same ones in one order, or some of the rows are not
        among those that ``other`` was tested on.
    """
    tasks = run.recipe.task, other.recipe.task
    if tasks[0] != tasks[1]:
        raise DataError(t("shipping.other_task", run=other.name, task=tasks[1], wanted=tasks[0]),
                        t("shipping.other_remedy"))  # fmt: skip
    names, found = (one.data_info()["label_names"] for one in (run, other))
    if names != found:
        raise DataError(
            t("shipping.other_labels", run=other.name, found=", ".join(found),
              wanted=", ".join(names)), t("shipping.other_remedy"),
        )  # fmt: skip
    known = example_keys(other.predictions("test")).drop(columns="copy")
    wanted = example_keys(drawn).drop(columns="copy")
    tested = set(known.itertuples(index=False, name=None))
    apart = sum(one not in tested for one in wanted.itertuples(index=False, name=None))
    if apart:
        raise DataError(t("shipping.other_rows", run=other.name, n=apart, of=len(wanted)),
                        t("shipping.other_rows_remedy"))  # fmt: skip
