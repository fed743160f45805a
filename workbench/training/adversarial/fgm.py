r"""FGM: words moved to where the loss rises fastest, once (Miyato et al., 2017, ICLR).

.. math:: r = \epsilon \, g / \|g\|_2, \quad g = \nabla_e L

The gradient of a step is that of the texts plus that of the moved ones. As in the paper the norm is
over all word vectors of one text; vectors are not brought to mean 0 and variance 1 first, since a
pretrained model knows them as they are. (Implementations that move the whole table of words by the
gradient of a batch have one epsilon for all texts of it.)
"""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings:
    """What ``adversarial: {kind: fgm}`` may say."""

    epsilon: float = setting(1.0, "L2 norm", kinds=(int, float), low=0, open_low=True, high=100)
    """How far a text is moved: the norm of all its word vectors' moves together."""


def make(settings: Settings):
    """One step of the whole length."""
    from ._attack import Attack

    return Attack(steps=1, size=settings.epsilon)
