"""One text for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ...errors import RecipeError
from ...i18n import t
from ..prompts import plain
from ..shared.writing_task import WritingTask
from .spec import SPEC

if TYPE_CHECKING:
    from ...recipe import Recipe


class TextToText(WritingTask):
    """See :class:`workbench.tasks.base.Task`."""

    spec = SPEC

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that asks as the recipe says.

        Raises
        ------
        RecipeError
            Of a decoder without a template.
        """
        found = super().configured(recipe, config)
        if found.decodes and isinstance(found.prompt, plain.Settings):
            example = "{'kind': 'template', 'template': '{source}\\n\\n'}"
            raise RecipeError(
                t("prompt.decoder", model=recipe.model, kind=repr(recipe.prompt["kind"])),
                t("prompt.decoder_remedy", example=example), field="prompt",
            )  # fmt: skip
        return found
