"""Intervals that cover 95 %: how far chance alone may move a number."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    r"""95 % Wilson score interval of a share (Wilson, 1927).

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Returns
    -------
    (low, high) : tuple of float
        ``(nan, nan)`` when there are no trials.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if trials == 0:
        return math.nan, math.nan
    share, z = successes / trials, Z_95
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # rounding must not leave the share itself, or [0, 1], outside
    return max(0.0, min(share, (middle - half) / scale)), min(
        1.0, max(share, (middle + half) / scale)
    )
