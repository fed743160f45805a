"""Texts that a model writes: each row's own, whatever is written beside it, ended at any token."""

import numpy as np
import pytest
import torch

from tests.training import writers
from workbench.errors import ModelError, RecipeError
from workbench.recipe import GENERATION, Recipe
from workbench.training.generation import beams, greedy, sampling
from workbench.training.predicting import writing
from workbench.training.predicting.kept_cache import Kept
from workbench.training.predicting.writing import write

KINDS = [pytest.param(name, id=name) for name in ("t5", "bart", "gpt2", "llama")]
PROMPTS = [[4, 5, 6, 7, 8, 9], [4], [9, 8, 7], [5, 5], []]


@pytest.fixture(scope="module")
def made():
    """A model and its tokenizer by kind; its words are about equally likely."""

    def change(kind: str, model):
        if kind == "bart":  # else it ends at once: it goes on with what it began with
            model.final_logits_bias[0, 3] = -9.0

    return writers.sharpened(3, change)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_the_same_alone_and_among_others(kind, made):
    model, tokenizer = made(kind)
    settings = greedy.Settings(max_new_tokens=12)
    together = write(model, tokenizer, PROMPTS, settings)
    alone = [write(model, tokenizer, [prompt], settings)[0] for prompt in PROMPTS]
    assert [text.ids for text in together] == [text.ids for text in alone]
    if kind != "bart":  # with its random weights it says one thing to everybody
        assert len({tuple(text.ids) for text in together}) > 1
    # BART's own settings put an end behind a text that is cut, as if it had ended
    model.generation_config.forced_eos_token_id = None
    for prompt, text in zip(PROMPTS, together, strict=True):  # and the library's own, one by one
        prompt = prompt or [2]
        found = model.generate(
            torch.tensor([prompt]), max_new_tokens=12, do_sample=False, pad_token_id=0
        )[0].tolist()
        new = found[1:] if model.config.is_encoder_decoder else found[len(prompt) :]
        assert new[: len(text.ids)] == text.ids
        assert text.ended == (3 in new)


@pytest.mark.parametrize("kind", KINDS[1:3])
def test_draws_are_a_rows_own(kind, made):
    model, tokenizer = made(kind)
    settings = sampling.Settings(max_new_tokens=10, temperature=2.0)
    together = write(model, tokenizer, PROMPTS, settings)
    turned = write(model, tokenizer, PROMPTS[::-1], settings, batch_size=2)
    assert [text.ids for text in together] == [text.ids for text in turned[::-1]]
    others = write(model, tokenizer, PROMPTS, sampling.Settings(10, temperature=2.0, seed=1))
    assert [text.ids for text in others] != [text.ids for text in together]
    same = write(model, tokenizer, [PROMPTS[0]] * 3, settings, seeds=[1, 2, 1])
    assert same[0].ids == same[2].ids != same[1].ids


def test_draws_follow_the_shares():
    seeds = list(range(20_000))
    shares = torch.tensor([0.5, 0.3, 0.15, 0.05])
    logits = torch.log(shares).expand(len(seeds), 4)

    def drawn(**about):
        choose = sampling.chooser(sampling.Settings(max_new_tokens=2, **about), seeds)
        return np.bincount(choose(1, logits).numpy(), minlength=4) / len(seeds)

    assert drawn() == pytest.approx(shares.numpy(), abs=0.015)
    assert drawn(top_k=2) == pytest.approx([0.625, 0.375, 0, 0], abs=0.015)
    assert drawn(top_p=0.8) == pytest.approx([0.625, 0.375, 0, 0], abs=0.015)
    assert drawn(top_p=0.01) == pytest.approx([1, 0, 0, 0])
    cool = (shares**2 / (shares**2).sum()).numpy()
    assert drawn(temperature=0.5) == pytest.approx(cool, abs=0.015)


def test_order_is_kept_and_batches_hold_few_tokens(made, monkeypatch):
    model, tokenizer = made("gpt2")
    sizes, real = [], writing._batch

    def watched(model, tokenizer, prompts, *rest):
        sizes.append([len(prompt) for prompt in prompts])
        return real(model, tokenizer, prompts, *rest)

    monkeypatch.setattr(writing, "_batch", watched)
    monkeypatch.setattr(writing, "TOKENS", 20)
    done = []
    settings = greedy.Settings(max_new_tokens=4)
    found = write(model, tokenizer, PROMPTS, settings, on_done=done.append)
    assert sizes == [[6, 3], [2, 1, 1]] and done == [2, 5]  # 10 and 6 tokens a row at most
    monkeypatch.setattr(writing, "TOKENS", 10_000)
    assert found == write(model, tokenizer, PROMPTS, settings)


def test_memory_that_runs_out_halves_the_batch(made, monkeypatch):
    model, tokenizer = made("gpt2")
    whole = write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=4))
    sizes, real = [], writing._batch

    def scarce(model, tokenizer, prompts, *rest):
        sizes.append(len(prompts))
        if len(prompts) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(model, tokenizer, prompts, *rest)

    monkeypatch.setattr(writing, "_batch", scarce)
    assert write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=4)) == whole
    assert sizes == [5, 3, 2, 1, 2]

    def none(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(writing, "_batch", none)
    with pytest.raises(torch.OutOfMemoryError):
        write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=4))


@pytest.mark.parametrize("kind", KINDS)
def test_writing_is_left_after_any_token(kind, made):
    model, tokenizer = made(kind)
    model.train()
    asked = []

    def tick():
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    own = model.generation_config
    with pytest.raises(KeyboardInterrupt):
        write(model, tokenizer, PROMPTS[:2], greedy.Settings(max_new_tokens=30), tick=tick)
    assert len(asked) == 3 and model.training and model.generation_config is own
    model.eval()
    for callback in ("tick", "on_text"):  # what they raise is not the model's fault
        with pytest.raises(ZeroDivisionError):
            write(
                model, tokenizer, PROMPTS[:2], greedy.Settings(max_new_tokens=3),
                **{callback: lambda *_: 1 / 0},
            )  # fmt: skip
    asked.clear()

    def enough():
        asked.append(1)
        return len(asked) >= 2

    found = write(
        model, tokenizer, PROMPTS[:3], greedy.Settings(max_new_tokens=30), tick=enough, batch_size=2
    )
    assert [None if text is None else len(text.ids) <= 2 for text in found] == [True, None, True]


def test_texts_stop_where_they_are_told_to(made):
    model, tokenizer = made("gpt2")
    free = write(model, tokenizer, [[4, 5]], greedy.Settings(max_new_tokens=20))[0]
    words = free.text.split()
    assert len(words) > 4
    stop = " ".join(words[2:4])
    settings = greedy.Settings(max_new_tokens=20, stop=[stop])
    shown = []
    found = write(
        model, tokenizer, [[4, 5], [4, 6]], settings, on_text=lambda row, text: shown.append(row)
    )
    assert found[0].text == free.text[: free.text.index(stop)] and found[0].ended
    assert set(shown) == {0, 1}


def test_a_text_is_shown_while_it_is_written(made):
    model, tokenizer = made("t5")
    shown = []
    settings = greedy.Settings(max_new_tokens=6)
    found = write(
        model, tokenizer, [[4, 5, 6]], settings, on_text=lambda row, text: shown.append((row, text))
    )
    assert shown[-1] == (0, found[0].text)
    pairs = zip(shown, shown[1:], strict=False)
    assert all(later.startswith(text) for (_, text), (_, later) in pairs)


def test_what_has_no_place_is_refused(made):
    model, tokenizer = made("gpt2")
    with pytest.raises(ModelError, match=r"up to 60 tokens after 6 .* 64 positions"):
        write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=60))
    assert write(model, tokenizer, [], greedy.Settings(max_new_tokens=60)) == []


def test_a_models_own_way_of_choosing_words_is_not_taken(made):
    model, tokenizer = made("bart")
    plain = write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=8))
    own = model.generation_config
    try:
        model.generation_config = type(own).from_dict(
            {**own.to_dict(), "num_beams": 4, "min_length": 7, "no_repeat_ngram_size": 1}
        )
        assert write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=8)) == plain
    finally:
        model.generation_config = own


def test_a_recipe_says_how_words_are_chosen():
    recipe = Recipe(generation={"kind": "sampling", "temperature": 0.5})
    assert recipe.generation["max_new_tokens"] == 64
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert GENERATION.settings(recipe.generation).temperature == 0.5
    assert Recipe(generation="sampling").generation["kind"] == "sampling"
    assert "generation" not in Recipe().to_yaml()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({"kind": "greedy", "max_new_tokens": 0}, "max_new_tokens is 0", id="none"),
        pytest.param({"kind": "sampling", "top_p": 1.5}, "top_p is 1.5", id="share"),
        pytest.param({"kind": "greedy", "temperature": 1.0}, "temperature", id="not-its-own"),
        pytest.param({"kind": "greedy", "stop": ["\n", 3]}, "stop holds 3", id="stop"),
        pytest.param({"kind": "gready"}, "gready", id="kind"),
        pytest.param({"max_new_tokens": 3}, "generation", id="no-kind"),
    ],
)
def test_what_cannot_be_is_refused(value, words):
    with pytest.raises(RecipeError, match=words):
        Recipe(generation=value)


DECODERS = [pytest.param(name, id=name) for name in ("gpt2", "llama", "qwen2")]


@pytest.mark.parametrize("kind", DECODERS)
def test_what_is_kept_of_the_last_prompt_changes_no_word(kind, made):
    model, tokenizer = made(kind)
    kept, prompt = Kept(), [4, 5, 6]
    for turn in range(6):
        kinds = greedy.Settings(4), sampling.Settings(4, temperature=2.0)
        settings = kinds[turn % 2]
        (whole,) = write(model, tokenizer, [prompt], settings)
        held = len(kept.ids)
        (text,) = write(model, tokenizer, [prompt], settings, kept=kept)
        assert text.ids == whole.ids
        assert kept.spared == (len(prompt) - 1 if turn == 4 else held)
        assert turn == 0 or kept.spared >= len(prompt) - 3  # two are new, the last may be unread
        prompt = [*prompt, *text.ids, 7, 8]
        if turn == 3:  # edited in the middle
            prompt = [*prompt[:-2], 9]
            (again,) = write(model, tokenizer, [[4, 9, 6]], settings, kept=kept)
            assert kept.spared == 1
            assert again.ids == write(model, tokenizer, [[4, 9, 6]], settings)[0].ids
            kept.drop()
            write(model, tokenizer, [prompt], settings, kept=kept)
    kept_ids, spared = list(kept.ids), kept.spared
    write(model, tokenizer, [prompt], beams.Settings(num_beams=2, max_new_tokens=2), kept=kept)
    assert kept.spared == 0 and kept.ids == kept_ids  # beams read all, and leave what is kept
    with pytest.raises(ZeroDivisionError):
        write(model, tokenizer, [prompt], settings, kept=kept, tick=lambda: 1 / 0)
    assert kept_ids and spared
    (text,) = write(model, tokenizer, [prompt], settings, kept=kept)
    assert text.ids == write(model, tokenizer, [prompt], settings)[0].ids


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_goes_on_behind_tokens_that_it_begins_with(kind, made):
    model, tokenizer = made(kind)
    settings = greedy.Settings(max_new_tokens=6)
    own = write(model, tokenizer, PROMPTS[:3], settings)
    for prompt, text in zip(PROMPTS, own, strict=False):
        for size in range(len(text.ids)):
            begun = text.ids[:size]
            (further,) = write(model, tokenizer, [prompt], settings, begun=begun)
            assert further.ids[: len(text.ids)] == text.ids and len(further.ids) <= size + 6
    (other,) = write(model, tokenizer, [[4, 5]], settings, begun=[20, 9])
    assert other.ids[:2] == [20, 9] and other.text.startswith("6 f")
    (ended,) = write(model, tokenizer, [[4, 5]], settings, begun=[20, 3])
    assert (ended.ids, ended.text, ended.ended) == ([20], "6", True)
