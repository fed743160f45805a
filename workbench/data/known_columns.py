"""Columns of datasets that everybody names: a recipe need not say what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..recipe import Recipe

#: Columns of usual hub datasets by role, the first whose columns are all there.
LAYOUTS: tuple[dict[str, str], ...] = (
    {"text": "text", "label": "label"},  # IMDB, AG News, TweetEval
    {"text": "sentence", "label": "label"},  # SST-2, CoLA
    {"text": "premise", "pair": "hypothesis", "label": "label"},  # MNLI, SNLI
    {"text": "sentence1", "pair": "sentence2", "label": "label"},  # MRPC, RTE, STS-B
    {"text": "question1", "pair": "question2", "label": "label"},  # QQP
    {"text": "question", "pair": "sentence", "label": "label"},  # QNLI
    {"text": "content", "label": "label"},  # DBpedia, Amazon reviews
)


def roles_of(recipe: Recipe, names: Sequence[str]) -> dict[str, str]:
    """Role -> column: what the recipe says, else a usual layout of hub datasets, else the role.

    Only a dataset of the hub, and only a recipe without ``columns``, is read by its layout: columns
    of one's own files are never taken without being named or shown (see
    :func:`workbench.check`).

    Parameters
    ----------
    recipe : Recipe
    names : sequence of str
        Columns that the data has.

    Examples
    --------
    >>> from workbench import Recipe
    >>> roles_of(Recipe(dataset="hub:stanfordnlp/sst2"), ["idx", "sentence", "label"])
    {'text': 'sentence', 'label': 'label'}
    >>> roles_of(Recipe(dataset="mine.csv"), ["sentence", "label"])
    {'text': 'text', 'label': 'label'}
    """
    if not recipe.columns and recipe.dataset.startswith("hub:"):
        for layout in LAYOUTS:
            if set(layout.values()) <= set(names):
                return dict(layout)
    return {"text": "text", "label": "label", **recipe.columns}
