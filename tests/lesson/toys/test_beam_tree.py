"""Beams by hand and as transformers finds them; what cannot be searched."""

import math

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

import workbench as wb
from workbench.errors import DataError, WorkbenchError

#: What follows the last letter of "<ab.": the likelier beginning, a, leads to the worse text.
AFTER = {0: [0, 0.6, 0.4, 0], 1: [0, 0.4, 0.3, 0.3], 2: [0, 0.05, 0.05, 0.9], 3: [0, 1, 0, 0]}


def chain(ids):
    with np.errstate(divide="ignore"):
        return np.log(np.array(AFTER[ids[-1]], float))


def test_the_tree_by_hand():
    tree = wb.lesson.BeamTree(chain, [0], "<ab.", beams=2, steps=2, length_penalty=0)
    # a .6 and b .4 go on; of b. .36, aa .24, ab .18, a. .18 the first two are kept
    rows = tree.frame()
    assert list(zip(rows.step, rows.text, rows.fate, strict=True)) == [
        (1, "a", "kept"), (1, "b", "kept"), (2, "b.", "kept"), (2, "aa", "kept"),
        (2, "ab", "dropped"), (2, "a.", "dropped"),
    ]  # fmt: skip
    assert np.allclose(np.exp(rows.log_p), [0.6, 0.4, 0.36, 0.24, 0.18, 0.18])
    assert np.allclose(rows.p, [0.6, 0.4, 0.9, 0.4, 0.3, 0.3])
    assert list(rows.greedy) == [True, False, False, True, False, False]
    assert tree.found[0] == (pytest.approx(math.log(0.36)), [2, 3])
    assert str(tree) == ("2 steps at width 2: the best text is 'b.' (log-probability -1.02); "
                         "greedy decoding writes 'aa' (-1.43). They part at token 1.")
    tree.beams = 1
    assert repr(tree).endswith("greedy decoding writes the same.") and tree.found[0][1] == [1, 1]
    assert [len(level) for level in tree.levels] == [2, 2]


def test_a_short_text_wins_by_its_sum_and_loses_by_its_mean():
    ending = {0: [0.0, 0.3, 0.3, 0.4], 1: [0.0, 0.97, 0.02, 0.01], 2: [0.0, 0.3, 0.3, 0.4]}

    def model(ids):
        return np.log(np.array(ending[ids[-1]]) + 1e-12)

    tree = wb.lesson.BeamTree(model, [0], "<ab.", beams=2, steps=3, end_id=3, length_penalty=0)
    assert tree.found[0][1] == [3] and "ended" in set(tree.frame().fate)
    tree.length_penalty = 1  # ln 0.4 against (ln 0.3 + 2 ln 0.97) / 3
    assert tree.found[0][1] == [1, 1, 1]
    assert tree.found[0][0] == pytest.approx((math.log(0.3) + 2 * math.log(0.97)) / 3)


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(3)
    sizes = {"vocab_size": 7, "n_positions": 24, "n_embd": 16, "n_layer": 2, "n_head": 2}
    model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=6)).eval()
    for weight in model.parameters():  # as they are drawn all tokens are nearly alike
        weight.data *= 4
    return model


@pytest.mark.parametrize("length_penalty", [0.0, 0.5, 1.0, 2.0])
def test_texts_are_those_of_the_library(tiny, length_penalty):
    def model(ids):
        with torch.no_grad():
            return tiny(torch.tensor([ids])).logits[0, -1]

    seen = set()
    for prompt in ([0, 1], [5], [2, 2, 4]):
        tree = wb.lesson.BeamTree(model, prompt, max_new_tokens=8, end_id=6,
                                  length_penalty=length_penalty)  # fmt: skip
        for beams, steps in ((1, 8), (2, 3), (3, 8), (5, 6)):
            tree.beams, tree.steps = beams, steps
            library = tiny.generate(
                torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), num_beams=beams,
                max_new_tokens=steps, length_penalty=length_penalty, do_sample=False,
                early_stopping=False, pad_token_id=6,
            )  # fmt: skip
            new = library[0, len(prompt):].tolist()
            assert new == (list(tree.greedy[1]) if beams == 1 else tree.found[0][1])
            seen.add(tuple(tree.found[0][1]) == tree.greedy[1])
    assert seen == {True, False}


def test_a_beginning_that_the_beams_drop_is_said():
    after = {0: [0, 0.4, 0.39, 0.21], 1: [0, 0.34, 0.33, 0.33], 2: [0, 0, 0.51, 0.49]}
    after[3] = [0, 0, 0, 1]

    def model(ids):
        return np.log(np.array(after[ids[-1]]) + 1e-12)

    tree = wb.lesson.BeamTree(model, [0], "<abc", beams=2, steps=3)
    # bb .199 and bc .191 are likelier than aa .136, which greedy decoding writes
    assert str(tree).endswith("greedy decoding writes 'aaa' (-3.07). They part at token 1. "
                              "The beams dropped its beginning at step 2.")


def test_what_is_certain_has_no_sign():
    tree = wb.lesson.BeamTree(lambda ids: [0, -np.inf], [0], "ab", beams=1)
    assert str(tree) == ("1 step at width 1: the best text is 'a' (log-probability 0.00); "
                         "greedy decoding writes the same.")


def test_a_search_that_is_over_says_so():
    after = {0: [0, 0.1, 0, 0.9], 1: [0, 1, 0, 0]}
    tree = wb.lesson.BeamTree(lambda ids: np.log(np.array(after[ids[-1]]) + 1e-9), [0], "<ab.",
                              beams=1, steps=6, end_id=3)  # fmt: skip
    assert tree.found[0][1] == [3] and len(tree.levels) == 1
    assert str(tree).endswith("the search is over.")


@pytest.mark.parametrize(("name", "value"), [
    ("beams", 0), ("beams", 7), ("beams", True), ("beams", 1.5), ("steps", 0), ("steps", 7),
    ("steps", "2"), ("length_penalty", -1), ("length_penalty", math.nan), ("length_penalty", None),
])
def test_a_setting_out_of_range_changes_nothing(name, value):
    tree = wb.lesson.BeamTree(chain, [0])
    before = tree.levels
    with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
        setattr(tree, name, value)
    assert tree.levels == before
    with pytest.raises(WorkbenchError, match=f"{name} is .*allowed"):
        wb.lesson.BeamTree(chain, [0], **{name: value})


@pytest.mark.parametrize(("model", "prompt", "tokens", "said"), [
    ([0.5, 0.5], [0], None, "The model is .*a function from token ids"),
    (chain, "abc", None, "'abc'; a row of token ids"), (chain, 5, None, "a row of token ids"),
    (chain, [0.5], None, "a row of token ids"), (chain, [0], "ab", "2 names for 4 logits"),
    (lambda ids: [math.nan, 1.0], [0], None, "1 of 2 logits"),
    (lambda ids: torch.zeros(1, 4), [0], None, r"\(1, 4\)"),
])
def test_what_cannot_be_searched(model, prompt, tokens, said):
    with pytest.raises(DataError, match=said):
        wb.lesson.BeamTree(model, prompt, tokens)


@pytest.mark.parametrize("value", [0, -1, 1.5, None, True])
def test_how_far_a_tree_may_grow(value):
    with pytest.raises(WorkbenchError, match="max_new_tokens is .*from 1 on"):
        wb.lesson.BeamTree(chain, [0], max_new_tokens=value)
