"""What the model of a run writes now, beside what it wrote before it was trained."""

from __future__ import annotations

import os
from typing import Any

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.run_folder.samples import FILE

from ..elements.table import Sheet

SHOWN = 300  # characters of a text


class WrittenNow:
    """A table that follows ``samples.jsonl`` of a run.

    Attributes
    ----------
    table : Sheet
        Has no rows before the model wrote something.
    """

    def __init__(self) -> None:
        self.table = Sheet()
        self._seen: tuple | None = None

    def follow(self, run: Any) -> bool:
        """Read what is new of a run; whether it has samples."""
        try:
            about = os.stat(run.path / FILE)
            seen = (str(run.path), about.st_ino, about.st_mtime_ns, about.st_size)
            if seen != self._seen:
                self._show(run.samples())
                self._seen = seen
        except (OSError, WorkbenchError):  # none yet, or said where the run's damage is said
            if self._seen is not None:
                self.table.rows, self._seen = [], None
        return bool(self.table.rows)

    def _show(self, samples: Any) -> None:
        import pandas as pd

        steps = sorted(set(samples["step"]))
        if not steps:
            self.table.rows = []
            return
        now = samples[samples["step"] == steps[-1]]
        before = samples[samples["step"] == 0].set_index("row")["text"]
        columns = {"prompt": now["prompt"].str[-SHOWN:]}
        titles = [t("samples.prompt")]
        if steps[0] == 0:
            columns["before"] = now["row"].map(before).fillna("").str[:SHOWN]
            titles.append(t("samples.before"))
        if steps[-1] > 0:
            columns["now"] = now["text"].str[:SHOWN]
            titles.append(t("samples.now", step=steps[-1]))
        self.table.show(pd.DataFrame(columns), titles, heading=t("samples.title"))
