r"""PGD: words moved uphill in several steps, back into a ball after each (Madry et al., 2018).

.. math:: r_{t+1} = \Pi_{\|r\|_2 \le \epsilon \bar\ell}
    \bigl(r_t + \alpha \bar\ell \, g_t / \|g_t\|_2\bigr)

from :math:`r_0 = 0`, with norms over all word vectors of one text and :math:`\bar\ell` the mean
length of the model's word vectors, as in :mod:`.fgm`. The gradient of a step is that
of the texts plus that of the texts moved last; those between only say where to go. Each step costs
a pass forward and backward.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings:
    """What ``adversarial: {kind: pgd}`` may say."""

    epsilon: float = setting(
        0.3, "mean lengths", kinds=(int, float), low=0, open_low=True, high=100
    )
    """How far a text is moved at most: the L2 norm of all its word vectors' moves together, as a
    multiple of the mean length of the model's word vectors."""

    alpha: float = setting(0.1, "mean lengths", kinds=(int, float), low=0, open_low=True, high=100)
    """How far a step goes, as such a multiple too."""

    steps: int = setting(3, "steps", kinds=(int,), low=1, high=50)
    """Steps uphill."""


def make(settings: Settings, length: float):
    """Several steps, held in the ball, where word vectors are ``length`` long in the mean."""
    from ._attack import Attack

    return Attack(
        steps=settings.steps, size=settings.alpha * length, radius=settings.epsilon * length
    )
