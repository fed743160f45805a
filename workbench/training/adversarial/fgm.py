r"""FGM: words moved to where the loss rises fastest, once (Miyato et al., 2017, ICLR).

.. math:: r = \epsilon \, \bar\ell \, g / \|g\|_2, \quad g = \nabla_e L

with :math:`\bar\ell` the mean length of the model's word vectors. The gradient of a step is that
of the texts plus that of the moved ones. As in the paper the norm is over all word vectors of one
text; vectors are not brought to mean 0 and variance 1 first, since a pretrained model knows them as
they are. The paper's epsilon of 5 is 0.3 of the length of its vectors, 16. (Implementations that
move the whole table of words by the gradient of a batch have one epsilon for all texts of it.)
"""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting

PREDICTS = None  # whatever a task predicts


@dataclass(frozen=True)
class Settings:
    """What ``adversarial: {kind: fgm}`` may say."""

    epsilon: float = setting(
        0.3, "mean lengths", kinds=(int, float), low=0, open_low=True, high=100
    )
    """How far a text is moved: the L2 norm of all its word vectors' moves together, as a multiple
    of the mean length of the model's word vectors."""


def make(settings: Settings, length: float):
    """One step all the way, where word vectors are ``length`` long in the mean."""
    from ._attack import Attack

    return Attack(steps=1, size=settings.epsilon * length)
