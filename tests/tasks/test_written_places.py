"""A length that a model has no positions for is refused with the one that fits."""

import pytest
import transformers as hf

from workbench.errors import RecipeError
from workbench.recipe import Recipe
from workbench.tasks.shared.encoding import Encoded, Targets
from workbench.tasks.shared.written_places import check_places

DECODER = hf.GPT2Config(n_positions=128)
BOTH = hf.BartConfig(max_position_embeddings=128)


def rows(length):
    ids = Targets.of([[7] * length])
    return {"train": Encoded({"input_ids": ids.ids}, ids.offsets, targets=ids)}


@pytest.mark.parametrize(
    ("config", "fits"), [(DECODER, 63), (BOTH, 126)], ids=["decoder", "encoder-decoder"]
)
def test_the_length_that_is_named_is_the_greatest_that_fits(config, fits):
    recipe = Recipe(task="text-to-text", model="none", dataset="none",
                    generation={"kind": "greedy", "max_new_tokens": 5})  # fmt: skip
    check_places(recipe, config, rows(fits))
    with pytest.raises(RecipeError) as told:
        check_places(recipe, config, rows(fits + 1))
    assert f"Set max_length to at most {fits};" in told.value.remedy
