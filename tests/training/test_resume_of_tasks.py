"""Stopped, paused and killed, runs of other tasks end as if nothing had happened, bit for bit.

Conversations and classes have tests of their own.
"""

import pytest

from tests.training import (
    pairs,
    test_language_modelling,
    test_masked_language_modelling,
    test_sentence_similarity,
    writers,
)
from tests.training import test_text_to_text as for_texts
from tests.training.test_exact_resume import drive

COMMON = dict(max_steps=6, evaluate_every=2, checkpoint_every=2, batch_size=4,
              gradient_accumulation=2, max_train_examples=32, test_size=6,
              validation_size=6)  # fmt: skip
WORDS = {"kind": "words", "share": 0.3}


def filling(folder):
    about = {**COMMON, "masking": WORDS, "rows": "texts"}
    return test_masked_language_modelling.recipe_for(folder, model={"dropout": 0.1}, **about)


def learning(folder):
    writers.save(folder / "gpt2", "gpt2", dropout=0.1)
    return test_language_modelling.recipe_for(folder, "gpt2", **COMMON)


def matching(folder):
    data = pairs.frame(negatives=True)
    return test_sentence_similarity.recipe_for(folder, dataset=data, dropout=0.1, **COMMON)


def writing(folder):
    writers.save(folder / "t5", "t5", size=64, dropout=0.1)
    return for_texts.recipe_for(folder, "t5", **COMMON)


@pytest.mark.parametrize("made", [
    pytest.param(learning, id="language-modelling"), pytest.param(filling, id="masked"),
    pytest.param(matching, id="similarity"), pytest.param(writing, id="text-to-text"),
])  # fmt: skip
def test_it_ends_with_the_same_weights_and_numbers(made, tmp_path):
    """An epoch has four steps or fewer: the last life goes from one into the next."""
    expected, found = drive(tmp_path, made(tmp_path), "stop:2", "pause:3+evaluation:6")
    assert found[1].equals(expected[1]) and len(found[1]) == 6
    assert found[2].equals(expected[2]) and len(found[2]) == 3
    assert found[3].equals(expected[3]) and found[0] == expected[0]
