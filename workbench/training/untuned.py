"""How probable the test texts are to the model before it is tuned: what tuning is measured by."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_files import write_json
from ..errors import ModelError
from ..memory import is_out_of_memory
from ..written_parts import TEXT_METRICS
from .finishing import UNTUNED, passes_of

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared
    from .reporter import Reporter


TEXTS = 24  # of the test rows, that the model writes before it is tuned


def _written(table: Any, found: dict[str, float]) -> int:
    """For how many rows a text was written that was measured."""
    names = {metric.name for metric in TEXT_METRICS} & set(found)
    return int(table["prediction"].notna().sum()) if names else 0


class Untuned:
    """Writes ``untuned.json`` of a run whose task lists the baseline ``untuned``.

    In fp32, as the tuned model is at the end: of two precisions one finds texts likelier without
    any tuning. The probability of all test texts is measured; texts are written for the first
    :data:`TEXTS` alone, since a model that does not know yet where to end takes long. ``texts``
    says how many.

    Parameters
    ----------
    prepared : Prepared
    recipe : Recipe
    reporter : Reporter
    step : int
        The optimizer step that the run goes on from.
    share : float
        Of the usual size of a forward pass, where memory ran out before.
    """

    def __init__(
        self, prepared: Prepared, recipe: Recipe, reporter: Reporter, *, step: int,
        share: float = 1.0,
    ):  # fmt: skip
        self.prepared, self.recipe, self.reporter = prepared, recipe, reporter
        self.share = share
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
        steered_by = getattr(encoded, "reference", None)
        if getattr(encoded, "judged", None) is not None:
            encoded.reference = encoded.judged  # see training/reference.py
        passes = passes_of(self.prepared, self.recipe, model, encoded, self.reporter, texts=TEXTS,
                           judged=True, share=self.share)  # fmt: skip
        try:
            table = task.predictions(examples.splits["test"], encoded, task.outputs(passes), [])
            measured = task.metrics(table, [])
            found: dict[str, float] = {
                name: value for name, value in measured.items()
                if isinstance(value, float) and math.isfinite(value)
                and task.spec.metric(name) is not None
            }  # fmt: skip
            if written := _written(table, found):
                found["texts"] = written
            write_json(self.path, found)
        except Exception as error:
            if not isinstance(error, ModelError | OSError) and not is_out_of_memory(error):
                raise
        finally:
            if steered_by is not None:
                encoded.reference = steered_by
        self.due = False
