"""The first pass over the data before it is made: its rows, its steps, what step 0 draws."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .. import catalog, tasks
from ..catalog.loading.padding import settle_padding
from ..catalog.loading.safe_loading import load_config, load_tokenizer
from ..data import augmentation, example_cache
from ..data.rendering.seen_rows import ROWS
from .batching import row_seed, train_order

if TYPE_CHECKING:
    import pandas as pd

    from ..data.examples import Examples
    from ..data.rendering.seen_rows import SeenRows
    from ..recipe import Recipe
    from ..tasks.shared.encoding import Encoded


class FirstPass:
    """What a recipe's training would read first, by the code that training runs; no weights.

    Parameters
    ----------
    recipe : Recipe
    tokenizer : transformers.PreTrainedTokenizerBase, optional
        That of the recipe's model, where it is loaded already.
    most : int
        How many rows are looked at.
    """

    def __init__(self, recipe: Recipe, tokenizer: Any = None, most: int = ROWS):
        self.recipe, self.most = recipe, most
        what = f"model {recipe.model}"
        folder = catalog.model_files(recipe.model)
        self.config = load_config(folder, what)
        self.task = tasks.get(recipe.task).configured(recipe, self.config)
        self.tokenizer = load_tokenizer(folder, what) if tokenizer is None else tokenizer
        self._what = what

    @cached_property
    def examples(self) -> Examples:
        """Those of all splits."""
        return example_cache.remembered(self.recipe, self.task.load_examples)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The training examples, with their changed copies."""
        copies = augmentation.settled(self.recipe, self.examples, catalog.model_folder)
        return copies.beside(self.examples.splits["train"])

    @cached_property
    def rows(self) -> Encoded:
        """Rows that are trained on."""
        return self.task.train_rows(self.tokenizer, self.frame, self.recipe.max_length)

    @property
    def looked_at(self) -> range:
        """Numbers of the rows that are looked at: the first ones."""
        return range(min(self.most, len(self.rows)))

    @cached_property
    def steps(self) -> list[list[int]]:
        """Numbers of the rows of each optimizer step of the first pass."""
        recipe = self.recipe
        rows = list(train_order(self.rows, recipe, pads=recipe.speed == "auto"))
        size = recipe.batch_size * recipe.gradient_accumulation
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    @cached_property
    def _collate(self) -> Any:
        """The task's collator, for a model of which only the configuration is known."""
        about = self.config.get_text_config()
        words = SimpleNamespace(num_embeddings=about.vocab_size)
        model = SimpleNamespace(config=self.config, get_input_embeddings=lambda: words)
        settle_padding(self.tokenizer, model, self._what)
        return self.task.collator(self.tokenizer, model)

    def batch(self, numbers: list[int]) -> dict[str, Any]:
        """Some rows as a batch of step 0, with what is drawn there."""
        made = self._collate([self.rows[number] for number in numbers])
        if draw := getattr(self._collate, "for_step", None):
            draw(made, lambda row: row_seed(self.recipe.seed, 0, row))
        return made


def seen_rows(recipe: Recipe, tokenizer: Any = None, *, rows: int = ROWS) -> SeenRows:
    """What a recipe's run would learn; see :func:`workbench.data.preview`."""
    first = FirstPass(recipe, tokenizer, rows)
    return first.task.learnt(first)
