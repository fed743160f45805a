"""How long a run still takes beside its steps: evaluations, and writing its results at the end."""

from __future__ import annotations


class Remaining:
    """Learns from evaluations how long the others and the end will take.

    Parameters
    ----------
    ending : float
        How much more is to be done at the end than at an evaluation.
    """

    def __init__(self, ending: float):
        self.ending, self.every = ending, 1
        self.seconds = 0.0  # of the last evaluation

    def evaluated(self, seconds: float) -> None:
        """An evaluation took so long."""
        self.seconds = seconds

    def after_steps(self, step: int, last: int, *, due: bool = False) -> float:
        """Seconds of evaluations that are still to come, and of the end.

        ``due``: the evaluation of this step is to come as well.

        >>> left = Remaining(ending=2.0)
        >>> left.every = 10
        >>> left.after_steps(5, 35)
        0.0
        >>> left.evaluated(3.0)
        >>> left.after_steps(10, 35)  # at 20, 30 and 35
        15.0
        >>> left.after_steps(35, 35, due=True)
        9.0
        """
        coming = last // self.every - step // self.every
        coming += (last % self.every != 0 and step < last) + due
        return self.seconds * (coming + self.ending)
