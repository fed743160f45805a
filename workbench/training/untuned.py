"""How probable the test texts are to the model before it is tuned: what tuning is measured by."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_files import write_json
from ..errors import ModelError
from ..memory import is_out_of_memory
from .finishing import UNTUNED, passes_of

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared
    from .reporter import Reporter


class Untuned:
    """Writes ``untuned.json`` of a run whose task lists the baseline ``untuned``.

    Only what follows from the probability of the texts is measured: to let a model write that does
    not know yet where to end takes longer than to train it.

    Parameters
    ----------
    prepared : Prepared
    recipe : Recipe
    reporter : Reporter
    step : int
        The optimizer step that the run goes on from.
    precision : str
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    """

    def __init__(
        self, prepared: Prepared, recipe: Recipe, reporter: Reporter, *, step: int,
        precision: str, share: float = 1.0,
    ):  # fmt: skip
        self.prepared, self.recipe, self.reporter = prepared, recipe, reporter
        self.about = {"precision": precision, "share": share}
        self.path = Path(reporter.folder) / f"{UNTUNED}.json"
        listed = any(one.name == UNTUNED for one in prepared.task.spec.baselines)
        self.due = listed and step == 0 and not self.path.exists()

    def measure(self, model: Any) -> None:
        """Measure the test rows; a model that cannot is left out of the baselines.

        Raises
        ------
        BrokenOff
            If a command came; nothing is written then.
        """
        task, examples = self.prepared.task, self.prepared.examples
        encoded = self.prepared.encoded["test"]
        passes = passes_of(self.prepared, self.recipe, model, encoded, self.reporter, texts=0,
                           **self.about)  # fmt: skip
        try:
            table = task.predictions(examples.splits["test"], encoded, task.outputs(passes), [])
            found = {
                name: value for name, value in task.metrics(table, []).items()
                if isinstance(value, float) and math.isfinite(value)
                and task.spec.metric(name) is not None
            }  # fmt: skip
            write_json(self.path, found)
        except Exception as error:
            if not isinstance(error, ModelError | OSError) and not is_out_of_memory(error):
                raise
        self.due = False
