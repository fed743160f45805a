r"""Distillation: a student learns what a teacher says, beside what the labels say (Hinton et al.,
2015).

.. math:: L = (1 - w) \, L_{labels} + w \, T^2 \, KL(p_T \| q_T) + h \, L_{hidden}

with the divergence of :mod:`workbench.training.distilling.divergences` at temperature :math:`T`; of
numbers the squared difference. Each text, tagged word, written token counts as it does in the
task's own loss: weights of classes weigh the soft part as well. Words that the teacher cut off are
learnt from their labels alone. The last part is that of
:mod:`workbench.training.distilling.hidden`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import RecipeError
from workbench.i18n import t

from ...settings import setting

if TYPE_CHECKING:
    from workbench.recipe import Recipe

PREDICTS = ("class", "labels", "number", "tags", "span", "text")
NOT_OF = ("vectors",)  # which are compared with each other
ADDS = True
ALONE = True  # the teacher reads the texts as they are


@dataclass(frozen=True)
class Settings:
    """What ``loss: {kind: distillation}`` may say."""

    teacher: str = setting("", "run or model", kinds=(str,))
    """A finished run of the same task, by its name or folder, or a model that was tuned for it:
    ``sample:...``, ``hub:...``, a folder."""

    temperature: float = setting(2.0, "", kinds=(int, float), low=0, open_low=True, high=100)
    """What logits of both are divided by: the higher, the more the small chances count."""

    weight: float = setting(0.5, "share", kinds=(int, float), low=0, high=1)
    """Share of what the teacher says; the rest is the labels'."""

    hidden: float = setting(0.0, "weight", kinds=(int, float), low=0, high=100)
    """Of how far the layers of both are apart; 0 does not compare them."""

    def __post_init__(self):
        if not self.teacher.strip():
            raise _refused("no_teacher", "teacher")
        if not self.weight and not self.hidden:
            raise _refused("nothing", "weight")


def check(recipe: Recipe) -> None:
    """Refuse a teacher that is not there, or not of this task (RecipeError)."""
    from ..distilling.teachers import find

    find(recipe.loss["teacher"], recipe)


def pads(recipe: Recipe) -> bool:
    """Whether batches are padded, since layers of two models are compared token by token."""
    return bool(recipe.loss["hidden"])


def make(settings: Settings, own: Any) -> Any:
    """On top of the task's own loss; it asks its teacher from :meth:`begin` on."""
    from ..distilling.loss import OfRows, OfWords

    return (OfWords if hasattr(own, "total_of") else OfRows)(settings, own)


def _refused(what: str, name: str) -> RecipeError:
    return RecipeError(
        t(f"losses.distillation.{what}"), t(f"losses.distillation.{what}_remedy"),
        field="loss", setting=name,
    )  # fmt: skip
