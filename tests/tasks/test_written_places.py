"""A length that a model has no positions for is refused with the one that fits."""

import re

import pytest
import transformers as hf

from workbench.errors import RecipeError
from workbench.recipe import Recipe
from workbench.tasks.shared.encoding import Encoded, Targets
from workbench.tasks.shared.written_places import check_places

DECODER = hf.GPT2Config(n_positions=128)
BOTH = hf.BartConfig(max_position_embeddings=128)


def rows(length, written=None):
    ids = Targets.of([[7] * length])
    targets = Targets.of([[7] * (length if written is None else written)])
    return {"train": Encoded({"input_ids": ids.ids}, ids.offsets, targets=targets)}


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


@pytest.mark.parametrize(
    ("config", "source", "written", "most", "new", "told"),
    [
        # 128 positions: a source, one sign and a target; twice 63 where both are too long
        (DECODER, 40, 100, 100, 5, {"max_target_length": 87}),
        (DECODER, 120, 30, 100, 5, {"max_length": 97}),
        (DECODER, 100, 100, 100, 5, {"max_target_length": 64, "max_length": 63}),
        (DECODER, 100, 20, 100, 60, {"generation": "smaller"}),
        (DECODER, 40, 100, None, 5, {"max_length": 63}),
        (DECODER, 100, 100, None, 128, {"max_new_tokens": 64, "max_length": 63}),
        (DECODER, 40, 20, None, 500, {"max_new_tokens": 88}),
        (BOTH, 100, 127, 200, 5, {"max_target_length": 126}),
        (BOTH, 100, 127, None, 128, {"max_new_tokens": 127, "max_length": 126}),
        (BOTH, 100, 127, 127, 128, {"max_new_tokens": 127, "max_target_length": 126}),
    ],
)
def test_what_is_named_fits_at_once(config, source, written, most, new, told):
    def recipe(new):
        return Recipe(task="text-to-text", model="none", dataset="none",
                      prompt={"kind": "plain", "max_target_length": most},
                      generation={"kind": "greedy", "max_new_tokens": new})  # fmt: skip

    with pytest.raises(RecipeError) as error:
        check_places(recipe(new), config, rows(source, written))
    said = dict(re.findall(r"Set (\w+)(?: in \w+)? to at most (\d+)", error.value.remedy))
    if "generation" in told:
        assert not said and "a smaller max_new_tokens" in error.value.remedy
        return
    assert {name: int(fits) for name, fits in said.items()} == told
    length = told.get("max_length", source)
    longest = min(written, told.get("max_target_length", most or length))
    check_places(recipe(told.get("max_new_tokens", new)), config, rows(length, longest))
