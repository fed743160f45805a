"""Tiny finished runs: a classifier that learnt well, and one of each task, made when asked for."""

import json

import pytest

import workbench as wb
from tests.training import (
    test_chat,
    test_language_modelling,
    test_masked_language_modelling,
    test_sentence_similarity,
    test_text_to_text,
    tiny,
    writers,
)
from tests.training.test_multi_label import labelled
from tests.training.test_question_answering import questions
from tests.training.test_token_classification import tagged
from workbench.shipping.exporting import exporting
from workbench.shipping.exporting.standalone import predict

TWO_TEXTS = {"columns": {"text": "text", "pair": "other", "label": "label"}}


def numbers():
    """Texts whose number is how good they are."""
    found = tiny.frame(80)
    return found.assign(label=[0.5 + (label == "class-0") * 3.0 for label in found["label"]])


def pairs():
    """Pairs of texts with a class."""
    found = tiny.frame(80)
    return found.assign(other=found["text"].iloc[::-1].tolist())


@pytest.fixture
def here(monkeypatch):
    """The program of an exported folder in this process: another one takes seconds to begin."""
    monkeypatch.setattr(
        exporting, "answers_of_another_process",
        lambda folder, rows: predict.Model(folder).predict(
            [json.loads(json.dumps(row)) for row in rows], greedy=True
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """120 rows of which 40 are tested on; learnt well, but not without errors."""
    return wb.Recipe(
        model=str(tiny.save_model(tmp_path_factory.mktemp("models") / "tiny-bert")),
        dataset=tiny.frame(120, 3), test_size=40, validation_size=20, batch_size=8, max_length=32,
        learning_rate=4e-3, precision="fp32", epochs=4, split_seed=0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("runs") / "tiny", progress=False)


@pytest.fixture(scope="session")
def run_of(tmp_path_factory):
    """``run_of(name)``: a finished run; names are those of ``recipes`` below."""
    folder, made = tmp_path_factory.mktemp("shipping"), {}
    model = str(tiny.save_model(folder / "tiny-bert"))
    usual = dict(model=model, test_size=16, validation_size=16, batch_size=8, max_steps=8,
                 max_length=24, learning_rate=3e-3, precision="fp32")  # fmt: skip
    recipes = {
        "class": lambda: wb.Recipe(dataset=tiny.frame(96, 3), **usual),
        "two texts": lambda: wb.Recipe(dataset=pairs(), **usual, **TWO_TEXTS),
        "lora": lambda: wb.Recipe(
            dataset=tiny.frame(), method={"kind": "lora", "rank": 4}, **usual
        ),
        "prompt": lambda: wb.Recipe(dataset=tiny.frame(), method={"kind": "prompt"}, **usual),
        "labels": lambda: wb.Recipe(
            task="multi-label-classification", dataset=labelled(80), **usual
        ),
        "number": lambda: wb.Recipe(task="regression", dataset=numbers(), **usual),
        "tags": lambda: wb.Recipe(task="token-classification", dataset=tagged(80), **usual),
        "span": lambda: wb.Recipe(
            task="question-answering", dataset=questions(120, without=0.4), **usual
        ),
        "vector": lambda: test_sentence_similarity.recipe_for(folder),
        "pair": lambda: test_sentence_similarity.recipe_for(
            folder, matching={"kind": "cross_encoder", "candidates": 4}
        ),
        "gaps": lambda: test_masked_language_modelling.recipe_for(folder),
        "encoder-decoder": lambda: test_text_to_text.recipe_for(folder / "t5", "t5"),
        "template": lambda: test_text_to_text.recipe_for(
            folder / "gpt2", "gpt2", prompt={"kind": "template", "template": "a {source} ="}
        ),
        "texts": lambda: test_language_modelling.recipe_for(folder / "llama", "llama"),
        "chat": lambda: test_chat.recipe_for(folder / "chat"),
    }

    def run(name: str) -> wb.Run:
        if name not in made:
            place = folder / f"run-{name.replace(' ', '-')}"
            made[name] = wb.fine_tune(recipes[name](), place, progress=False)
        return made[name]

    return run


@pytest.fixture(scope="session")
def decoder_of(tmp_path_factory):
    """``decoder_of(kind)``: a finished run of conversations, its tokenizer one of merged bytes."""
    folder, made = tmp_path_factory.mktemp("decoders"), {}

    def run(kind: str) -> wb.Run:
        if kind not in made:
            _save_decoder(folder / kind, kind)
            recipe = test_chat.recipe_for(folder, kind, max_length=56, max_steps=10)
            made[kind] = wb.fine_tune(recipe, folder / f"run-{kind}", progress=False)
        return made[kind]

    return run


def _save_decoder(folder, kind: str) -> None:
    import transformers as hf
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    words.train_from_iterator(
        ["user assistant system ".join(writers.LETTERS)] * 3,
        trainers.BpeTrainer(
            vocab_size=290, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=marks, show_progress=False,
        ),
    )  # fmt: skip
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=words, additional_special_tokens=marks[1:],
        **dict.fromkeys(("bos_token", "eos_token", "pad_token"), marks[0]),
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    model = writers.model(kind, words=len(tokenizer) + 2)  # more vectors than words
    for about in (model.config, model.generation_config):
        about.bos_token_id = about.eos_token_id = about.pad_token_id = 0
    model.save_pretrained(folder)
