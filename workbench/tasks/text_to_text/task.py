"""One text for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ..prompts import plain, template
from ..shared.writing_task import WritingTask
from .spec import SPEC

if TYPE_CHECKING:
    from ...recipe import Recipe


class TextToText(WritingTask):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that asks as the recipe says.

        To a decoder a plain prompt says where the source ends: an empty line follows it.

        Raises
        ------
        RecipeError
            Of a prefix for a decoder that holds the place of the source.
        """
        found = super().configured(recipe, config)
        if found.decodes and isinstance(found.prompt, plain.Settings):
            found.prompt = template.Settings(
                template=(found.prompt.prefix or "") + template.AS_IT_IS,
                max_target_length=found.prompt.max_target_length,
            )
        return found
