"""Ways of choosing words: the library's texts for the same settings, and what cannot be meant."""

import pytest
import torch

from tests.training import writers
from workbench.errors import RecipeError
from workbench.recipe import GENERATION, Recipe
from workbench.training.generation import beams, greedy, sampling
from workbench.training.predicting import writing
from workbench.training.predicting.passes import cuts
from workbench.training.predicting.writing import write

KINDS = ["t5", "bart", "marian", "gpt2", "llama", "qwen2"]
PROMPTS = [[4, 5, 6, 7, 8, 9], [4], [9, 8, 7], [5, 5], [6, 4, 10]]


@pytest.fixture(scope="module")
def made():
    """A model and its tokenizer by kind; its words are far from equally likely."""

    def change(kind: str, model):
        if kind in ("bart", "marian"):  # else it ends at once, or says one thing for ever
            model.final_logits_bias.normal_(generator=torch.Generator().manual_seed(1))
            model.final_logits_bias[0, 3] = 1.0

    return writers.sharpened(5, change)


def by_the_library(model, prompt, **about):
    """Token ids of a text, its end left out."""
    own = model.generation_config
    own.forced_eos_token_id = None  # puts an end behind a text that is cut
    ids = torch.tensor([prompt])
    found = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=9, pad_token_id=0, **about
    )[0].tolist()
    new = found[1:] if model.config.is_encoder_decoder else found[len(prompt) :]
    return new[: new.index(3)] if 3 in new else new


SAME = {
    "greedy": (greedy, {}),
    "repeated-less": (greedy, {"repetition_penalty": 1.7}),
    "no-run-twice": (greedy, {"no_repeat_ngram_size": 2}),
    "at-least": (greedy, {"min_new_tokens": 6}),
    "two-beams": (beams, {"num_beams": 2}),
    "long-ones": (beams, {"num_beams": 4, "length_penalty": 2.0}),
    "short-ones": (beams, {"num_beams": 4, "length_penalty": -1.5, "early_stopping": True}),
    "to-the-end": (beams, {"num_beams": 3, "early_stopping": "never", "min_new_tokens": 3}),
    "beams-no-run": (beams, {"num_beams": 3, "no_repeat_ngram_size": 1, "repetition_penalty": 1.2}),
}


@pytest.mark.parametrize("settings", SAME)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_the_librarys_whatever_is_beside_them(kind, settings, made):
    model, tokenizer = made(kind)
    module, about = SAME[settings]
    found = write(model, tokenizer, PROMPTS, module.Settings(max_new_tokens=9, **about))
    library = {"do_sample": False, "num_beams": 1, **about}
    assert [text.ids for text in found] == [by_the_library(model, p, **library) for p in PROMPTS]


DRAWN = {
    "all": {},
    "cool": {"temperature": 0.7},
    "few": {"top_k": 5, "temperature": 1.5},
    "likely": {"top_p": 0.8},
    "all-of-it": {"top_k": 12, "top_p": 0.9, "temperature": 1.3, "repetition_penalty": 1.3,
                  "no_repeat_ngram_size": 2, "min_new_tokens": 4},
}  # fmt: skip


@pytest.mark.parametrize("settings", DRAWN)
@pytest.mark.parametrize("kind", KINDS)
def test_draws_are_the_librarys_for_the_row_alone(kind, settings, made):
    model, tokenizer = made(kind)
    about = DRAWN[settings]
    seeds = [0, 11, 5, 0, 2]
    found = write(
        model, tokenizer, PROMPTS, sampling.Settings(max_new_tokens=9, seed=7, **about),
        seeds=seeds, batch_size=3,
    )  # fmt: skip
    for prompt, seed, text in zip(PROMPTS, seeds, found, strict=True):
        torch.manual_seed(7 + seed)
        library = {"top_k": 0, **about}
        assert text.ids == by_the_library(model, prompt, do_sample=True, **library)


def test_rows_that_look_back_are_not_padded(made, monkeypatch):
    model, tokenizer = made("gpt2")
    sizes, real = [], writing._batch

    def watched(model, tokenizer, prompts, *rest):
        sizes.append([len(prompt) for prompt in prompts])
        return real(model, tokenizer, prompts, *rest)

    monkeypatch.setattr(writing, "_batch", watched)
    write(model, tokenizer, PROMPTS, greedy.Settings(max_new_tokens=2, no_repeat_ngram_size=3))
    write(model, tokenizer, PROMPTS, beams.Settings(max_new_tokens=2), batch_size=8)
    assert sizes == [[6], [3, 3], [2], [1], [6, 3], [3, 2], [1]]  # four beams a row, 8 at once


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_a_search_is_left_after_any_token_and_keeps_its_best(kind, made):
    model, tokenizer = made(kind)
    asked, shown = [], []

    def enough():
        asked.append(1)
        return len(asked) >= 3

    settings = beams.Settings(max_new_tokens=50, num_beams=3, min_new_tokens=20)
    found = write(
        model, tokenizer, PROMPTS[:3], settings, tick=enough, batch_size=6,
        on_text=lambda row, text: shown.append((row, text)),
    )  # fmt: skip
    assert len(asked) == 3
    assert [None if text is None else len(text.ids) for text in found] == [3, None, 3]
    assert shown == [(0, found[0].text), (2, found[2].text)]
    assert not found[0].ended and not found[0].late


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
@pytest.mark.parametrize("module", [greedy, beams, sampling], ids=["greedy", "beams", "sampling"])
def test_a_time_limit_keeps_what_is_there_and_counts_the_rest(module, kind, made, monkeypatch):
    model, tokenizer = made(kind)
    clock = [0.0]

    def later():
        clock[0] += 1.0

    monkeypatch.setattr(writing.time, "monotonic", lambda: clock[0])
    settings = module.Settings(max_new_tokens=40, min_new_tokens=30, max_seconds=4)
    found = write(model, tokenizer, PROMPTS, settings, tick=later, batch_size=2 * settings.at_once)
    assert [None if text is None else len(text.ids) for text in found] == [4, None, 4, None, None]
    assert found[0].late and not found[0].ended
    assert cuts(found, settings) == [
        "The time for writing (4 s, generation.max_seconds) was over: of 5 texts 2 cut, "
        "3 not begun."
    ]
    free = write(model, tokenizer, PROMPTS, module.Settings(max_new_tokens=4, min_new_tokens=4))
    assert cuts(free, module.Settings(max_new_tokens=4)) == [
        "5 of 5 texts did not end by themselves and were cut at 4 tokens (max_new_tokens)."
    ]
    assert cuts(free[:1], module.Settings(max_new_tokens=4)) == [  # as in a conversation
        "The text did not end by itself and was cut at 4 tokens (max_new_tokens)."
    ]
    assert [cuts(found[n : n + 1], settings)[0].split(": ")[1] for n in (0, 1)] == [
        "the text was cut.", "the text was not begun."
    ]
    if module is not beams:
        assert free[0].ids == found[0].ids


def test_a_decoder_without_a_token_to_pad_with_writes_the_same(made):
    model, tokenizer = made("gpt2")
    settings = greedy.Settings(max_new_tokens=9)
    usual = write(model, tokenizer, PROMPTS, settings)
    bare = writers.tokenizer(ends=False)
    bare.pad_token = None
    assert bare.pad_token_id is None
    assert write(model, bare, PROMPTS, settings) == usual


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({"kind": "beams", "num_beams": 1}, "num_beams is 1", id="one-beam"),
        pytest.param({"kind": "beams", "num_beams": 2.5}, "num_beams is 2.5", id="half-a-beam"),
        pytest.param({"kind": "beams", "early_stopping": "often"}, "early_stopping is", id="early"),
        pytest.param({"kind": "beams", "length_penalty": None}, "length_penalty is", id="penalty"),
        pytest.param(
            {"kind": "beams", "temperature": 0.5}, "temperature is a setting .* 'sampling'",
            id="drawn-beams",
        ),
        pytest.param(
            {"kind": "greedy", "num_beams": 4}, "num_beams is a setting .* 'beams'", id="no-beams"
        ),
        pytest.param(
            {"kind": "sampling", "length_penalty": 1.0}, "length_penalty is a setting .* 'beams'",
            id="drawn-penalty",
        ),
        pytest.param(
            {"kind": "greedy", "min_new_tokens": 65}, "min_new_tokens is 65 and max_new_tokens 64",
            id="least",
        ),
        pytest.param({"kind": "sampling", "temperature": 0}, "temperature is 0", id="temperature"),
        pytest.param({"kind": "greedy", "repetition_penalty": 0}, "repetition_penalty", id="none"),
        pytest.param({"kind": "greedy", "no_repeat_ngram_size": -1}, "ngram_size is -1", id="run"),
        pytest.param({"kind": "greedy", "max_seconds": 0}, "max_seconds is 0", id="no-time"),
        pytest.param({"kind": "beams", "num_return_sequences": 8}, "no setting", id="unknown"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_in_a_sentence(value, words):
    with pytest.raises(RecipeError, match=words) as refused:
        Recipe(generation=value)
    assert refused.value.field == "generation" and "\n" not in str(refused.value).strip("\n")


def test_settings_of_old_recipes_are_filled():
    recipe = Recipe(generation={"kind": "beams", "num_beams": 2})
    assert GENERATION.settings(recipe.generation) == beams.Settings(num_beams=2)
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe


@pytest.mark.parametrize("module", [greedy, beams, sampling], ids=["greedy", "beams", "sampling"])
@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_a_text_is_cut_where_every_word_is_forbidden(kind, module, made):
    """It repeated a word that may not be repeated, or blamed the model's files."""
    model, tokenizer = made(kind)
    about = dict(max_new_tokens=40, min_new_tokens=40, no_repeat_ngram_size=1)
    shown = []
    found = write(model, tokenizer, PROMPTS[:3], module.Settings(**about),
                  on_text=lambda row, text: shown.append((row, text)))  # fmt: skip
    words = len(writers.WORDS) - 1  # all but the end
    for text, prompt in zip(found, PROMPTS, strict=False):
        assert len(set(text.ids)) == len(text.ids) <= words and text.spent and not text.ended
        if module is not beams:
            read = 1 if model.config.is_encoder_decoder else len(set(prompt))
            assert len(text.ids) == words - read
    assert [dict(shown)[row] for row in range(3)] == [text.text for text in found]
    assert cuts(found, module.Settings(**about)) == [
        "3 of 3 texts were cut where every word was forbidden: no_repeat_ngram_size is 1, and "
        "min_new_tokens or the prompt leaves no end."
    ]


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_the_coldest_draws_are_the_likeliest_words(kind, made):
    model, tokenizer = made(kind)
    for penalty in (1.0, 1e-39):
        about = {"max_new_tokens": 9, "repetition_penalty": penalty}
        likeliest = write(model, tokenizer, PROMPTS, greedy.Settings(**about))
        for cold in (1e-6, 1e-8, 1e-39, 5e-324):
            Recipe(generation={"kind": "sampling", "temperature": cold, **about})  # of begun runs
            settings = sampling.Settings(temperature=cold, **about)
            assert write(model, tokenizer, PROMPTS, settings) == likeliest
