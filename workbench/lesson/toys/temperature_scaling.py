"""One temperature for all scores: calibration as it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from workbench.errors import WorkbenchError, shown
from workbench.i18n import t
from workbench.inspection.predictions.calibration import Calibration, reliability
from workbench.inspection.predictions.scores import scored
from workbench.training.predicting.temperature import fit_temperature, with_temperature
from workbench.widgets.base import View, module

if TYPE_CHECKING:
    import pandas as pd

ALLOWED = (0.05, 20.0)  # where a temperature is looked for
DRAWN = (1 / 8, 8)  # of the curve and of the slider, where the fitted one is not farther


class TemperatureScaling(View):
    """A slider over the temperature of a classifier's scores, with its reliability diagram.

    The scores become ``softmax(logits / temperature)`` (Guo et al. 2017), so that no answer
    changes, and their confidence does. In each of ten bins of the confidence stands the share of
    right answers; the expected calibration error (ECE) is the mean distance of the two, weighted by
    examples, and the loss the mean cross-entropy in nats. The fitted temperature has the lowest
    loss on these examples.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run of a classifier, or predictions with ``label`` and ``score_<class>``.
    split : str
        Which predictions of the run: "validation", "test".
    temperature : float from 0.05 to 20

    Raises
    ------
    DataError
        If there are no rows, labels or scores that sum to one.
    WorkbenchError
        If the temperature is out of its range, when it is set.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"label": list("aaab"), "prediction": list("aaaa"), "score_a": [0.9] * 4}
    >>> toy = TemperatureScaling(pd.DataFrame({**rows, "score_b": [0.1] * 4}))
    >>> print(toy)
    At temperature 1.00 the mean confidence is 0.900 where 0.750 are right: ECE 0.150, loss 0.655. \
The fitted temperature is 2.00, with loss 0.562.
    """

    TEXTS = "toy_temperature"
    _esm = module("../lesson/toys/temperature_scaling.js")
    temperature = traitlets.TraitType(1.0).tag(sync=True)
    fitted = traitlets.Float(1.0).tag(sync=True)
    curve = traitlets.List().tag(sync=True)  # [temperature, loss], where the slider goes
    bins = traitlets.List().tag(sync=True)  # [low, high, examples, confidence, accuracy]
    loss = traitlets.Float(0.0).tag(sync=True)
    heading = traitlets.Unicode("").tag(sync=True)

    def __init__(self, run: Any, split: str = "validation", *, temperature: float = 1.0):
        data = scored(run, split)
        self._table, self._lowest = data.table, 1 / len(data.names)
        fitted = fit_temperature(data.scores, data.labels)
        ends = min(DRAWN[0], fitted), max(DRAWN[1], fitted)
        curve = [[float(one), self._at(one)] for one in np.geomspace(*ends, 49)]
        super().__init__(fitted=fitted, curve=curve)
        self._fitted_loss = self._at(fitted)
        with self.hold_sync():
            self.temperature = temperature
            self._work_out()
        self.observe(self._work_out, "temperature")

    @traitlets.validate("temperature")
    def _allowed(self, proposal: Any) -> float:
        value, (low, high) = proposal["value"], ALLOWED
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise WorkbenchError(
                t("toy_temperature.bad", value=shown(value), low=low, high=high)
            )
        return float(value)

    def _scaled(self, temperature: float) -> pd.DataFrame:
        return with_temperature(self._table.assign(loss=0.0), float(temperature))

    def _at(self, temperature: float) -> float:
        return float(self._scaled(temperature)["loss"].mean())

    @property
    def calibration(self) -> Calibration:
        """What :func:`workbench.inspection.reliability` finds at this temperature."""
        return reliability(self._scaled(self.temperature))

    def frame(self) -> pd.DataFrame:
        """A row a bin: ``low``, ``high``, ``examples``, mean ``confidence``, ``accuracy``.

        Bins without examples have NaN; those that no confidence of so many classes can fall into
        are left out.
        """
        import pandas as pd

        columns = ["low", "high", "examples", "confidence", "accuracy"]
        return pd.DataFrame(self.bins, columns=columns).astype(float).astype({"examples": int})

    def _work_out(self, change: Any = None) -> None:
        found = self.calibration
        table = found.table.set_index(found.table["high"].round(1))
        share = table["examples"] / table["examples"].sum()
        empty = {"examples": 0, "confidence": None, "accuracy": None}
        bins = []
        for high in np.arange(1, 11) / 10:
            row = table.loc[high] if high in table.index else empty
            if high > self._lowest or high in table.index:
                bins.append([round(high - 0.1, 1), high, int(row["examples"]),
                             *(row[name] for name in ("confidence", "accuracy"))])  # fmt: skip
        means = [float((share * table[name]).sum()) for name in ("confidence", "accuracy")]
        with self.hold_sync():
            self.bins, self.loss = bins, found.loss
            self.heading = t(
                "toy_temperature.heading", t=self.temperature, confidence=means[0],
                accuracy=means[1], ece=found.ece, loss=found.loss, fitted=self.fitted,
                least=self._fitted_loss,
            )  # fmt: skip

    def __str__(self) -> str:
        return self.heading

    __repr__ = __str__
