r"""Exponential moving average of the weights (Polyak and Juditsky, 1992, weighted towards the end).

.. math:: m_1 = w_1, \quad m_t = d_t m_{t-1} + (1 - d_t) w_t, \quad
          d_t = \min\left(d, \frac{1 + t}{10 + t}\right)

The decay is warmed up, as TensorFlow's ``ExponentialMovingAverage`` does it: that is the average
with polynomial decay of Shamir and Zhang (2013) until the decay is reached. The average of a short
run is then that of about its last tenth, whatever the decay; with Adam's correction of the bias it
would be that of all steps alike, the first ones included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.settings import setting


@dataclass(frozen=True)
class Settings:
    """What ``averaging: {kind: ema}`` may say."""

    decay: float = setting(
        0.999, "share a step", kinds=(float, int), low=0, open_low=True, high=0.999999
    )
    """Share of the average that a step leaves, once so many steps are behind it; 0.999 is the
    average of about the last 1,000 steps."""


def shares(settings: Settings, steps: int) -> Callable[[int], float]:
    """What the decay of each step leaves to its weights; the first step's are the average."""
    return lambda t: 1.0 if t == 1 else 1 - min(settings.decay, (1 + t) / (10 + t))
