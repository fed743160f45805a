"""Prompt tuning, prefix tuning and p-tuning: what is computed, saved, loaded and refused."""

import shutil

import numpy as np
import peft
import pytest
import torch
import transformers as hf
from safetensors.torch import load_file

import workbench as wb
from tests.training import tiny, writers
from tests.training.test_exact_resume import drive
from workbench.catalog.loading.safe_loading import load_model
from workbench.errors import ModelError, RecipeError
from workbench.training import checkpoints, methods

PROMPT = {"kind": "prompt", "tokens": 5}
PREFIX = {"kind": "prefix", "tokens": 5, "projection": True}
P_TUNING = {"kind": "p_tuning", "tokens": 5, "width": 16}
LSTM = {**P_TUNING, "net": "lstm"}
SORTS, WRITES, TRANSLATES = ("AutoModelForSequenceClassification", "AutoModelForCausalLM",
                             "AutoModelForSeq2SeqLM")  # fmt: skip
CASES = [
    ("bert", SORTS, PROMPT), ("electra", SORTS, P_TUNING), ("gpt2", WRITES, PROMPT),
    ("llama", WRITES, PREFIX), ("llama", WRITES, LSTM), ("t5", TRANSLATES, PROMPT),
]  # fmt: skip


def prompted(folder, kind, auto, method, **about):
    """A tiny model that has learnt virtual tokens, and its folder."""
    own = tiny.save_model(folder / "base", kind, dropout=0.0) if auto == SORTS else None
    base = own or writers.save(folder / "base", kind)
    new = []
    model = load_model(base, auto, new_head=True, spare=("pooler",), seed=3, new=new, num_labels=3)
    recipe = wb.Recipe(model=str(base), method=method, **{"max_length": 32, **about})
    made = methods.wrap(model, recipe, methods.Start(base, str(base), tuple(new), 5))
    torch.manual_seed(7)
    with torch.no_grad():
        for part in made.model.parameters():
            if part.requires_grad:
                part.add_(0.3 * torch.randn_like(part))
    return made, base


def given(model, lengths=(9, 9, 9)):
    torch.manual_seed(1)
    ids = torch.randint(4, 20, (len(lengths), max(lengths)))
    mask = torch.tensor([[1] * n + [0] * (max(lengths) - n) for n in lengths])
    more = {"decoder_input_ids": ids[:, :4]} if model.config.is_encoder_decoder else {}
    return {"input_ids": ids, "attention_mask": mask, **more}


def logits(model, *args):
    with torch.no_grad():
        return model.eval()(**given(model, *args)).logits


@pytest.mark.parametrize(("kind", "auto", "method"), CASES,
                         ids=["bert", "electra-p", "gpt2", "llama-prefix", "llama-lstm", "t5"])
def test_what_is_computed_is_what_peft_computes(kind, auto, method, tmp_path):
    made, base = prompted(tmp_path, kind, auto, method)
    said = logits(made.model)
    plain = getattr(hf, auto).from_pretrained(base, num_labels=3)
    assert (logits(plain) - said).abs().max() > 1e-3
    made.save(tmp_path / "adapter")
    theirs = logits(peft.PeftModel.from_pretrained(plain, tmp_path / "adapter"))
    theirs = theirs[:, -9:] if auto == WRITES else theirs  # peft gives the virtual ones as well
    torch.testing.assert_close(theirs, said, atol=1e-5, rtol=1e-4)
    made.model.config.save_pretrained(tmp_path / "adapter")
    loaded = load_model(tmp_path / "adapter", auto)
    torch.testing.assert_close(logits(loaded), said, atol=1e-5, rtol=1e-4)
    with made.before():  # beside a new head, the model as it was
        if auto != SORTS:
            assert torch.equal(logits(made.model), logits(getattr(hf, auto).from_pretrained(base)))
    trained = {n.partition(".")[0] for n, p in made.model.named_parameters() if p.requires_grad}
    assert trained <= {"virtual_tokens", "classifier"}


@pytest.mark.parametrize(("kind", "auto", "method"), CASES[:4],
                         ids=["bert", "electra-p", "gpt2", "llama-prefix"])
def test_padding_changes_nothing(kind, auto, method, tmp_path):
    made, _ = prompted(tmp_path, kind, auto, method)
    both = given(made.model, (9, 4))
    alone = {name: value[1:, :4] for name, value in both.items()}
    with torch.no_grad():
        first, second = (made.model.eval()(**one).logits for one in (both, alone))
    found = first[1] if auto == SORTS else first[1, :4]
    torch.testing.assert_close(found, second[0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("kind", "auto", "method"), CASES[2:],
                         ids=["gpt2", "llama-prefix", "llama-lstm", "t5"])
def test_texts_are_written_behind_virtual_tokens(kind, auto, method, tmp_path):
    made, _ = prompted(tmp_path, kind, auto, method)
    model = made.model.eval()
    ids = given(model)["input_ids"][:2]
    ids[1, :3], mask = 0, torch.ones_like(ids)
    mask[1, :3] = 0  # padded on the left
    options = {"max_new_tokens": 6, "min_new_tokens": 6, "do_sample": False}
    written = model.generate(input_ids=ids, attention_mask=mask, **options)
    for row, prompt in ((0, ids[0]), (1, ids[1, 3:])):
        text = prompt.tolist() if auto == WRITES else [0]
        for _ in range(6):  # by hand, each token by a pass over all before it
            more = {} if auto == WRITES else {"decoder_input_ids": torch.tensor([text])}
            read = torch.tensor([text]) if auto == WRITES else prompt[None]
            with torch.no_grad():
                scores = model(input_ids=read, use_cache=False, **more).logits[0, -1]
            scores[3] = -torch.inf  # the end of the text
            text.append(int(scores.argmax()))
        assert written[row].tolist()[-6:] == text[-6:]


@pytest.mark.parametrize(
    ("kind", "auto", "method", "said"),
    [
        ("bert", "AutoModelForTokenClassification", PROMPT, "BertForTokenClassification cannot"),
        ("bert", "AutoModelForQuestionAnswering", P_TUNING, "BertForQuestionAnswering cannot"),
        ("bert", "AutoModelForMaskedLM", PROMPT, "BertForMaskedLM cannot"),
        ("bert", SORTS, PREFIX, "BertForSequenceClassification does not look at keys"),
        ("t5", TRANSLATES, PREFIX, "T5ForConditionalGeneration does not look at keys"),
        ("gpt2", WRITES, {**PROMPT, "tokens": 33}, "tokens is 33 and max_length is 32, .* 64 pos"),
    ],
)  # fmt: skip
def test_models_that_cannot_read_them_are_refused(kind, auto, method, said, tmp_path):
    base = tiny.save_model(tmp_path, kind) if kind == "bert" else writers.save(tmp_path, kind)
    config = hf.AutoConfig.from_pretrained(base)
    model = getattr(hf, auto).from_config(config)
    recipe = wb.Recipe(model=str(base), method=method, max_length=32)
    with pytest.raises(RecipeError, match=said) as error:
        methods.wrap(model, recipe, methods.Start(base, str(base), (), 5))
    assert error.value.field == "method" and error.value.remedy


def test_a_run_leaves_an_adapter_and_the_model_that_it_belongs_to(tiny_recipe, tmp_path):
    model = shutil.copytree(tiny_recipe.model, tmp_path / "model")
    recipe = tiny_recipe.replace(model=str(model), method=PROMPT, learning_rate=0.02)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert "5 virtual tokens" in run.speed()["chosen"]
    texts = ["good film", "awful book 3"]
    asked = run.predict(texts)
    shutil.rmtree(model)  # the run holds what it needs
    again = wb.open_run(run.path)
    assert again.damage() == [] and again.predict(texts).equals(asked)
    base = hf.AutoModelForSequenceClassification.from_pretrained(run.path / "model" / "base",
                                                                 num_labels=2)  # fmt: skip
    read = peft.PeftModel.from_pretrained(base, run.path / "model").eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(run.path / "model")
    with torch.no_grad():
        scores = read(**tokenizer(texts, padding=True, return_tensors="pt")).logits.softmax(-1)
    found = asked[["score_class-0", "score_class-1"]].to_numpy()
    np.testing.assert_allclose(scores.numpy(), found, atol=1e-5)
    with pytest.raises(ModelError, match="virtual tokens in front of every text"):
        wb.inspection.attention(again, "good film")
    (kept,) = checkpoints.list_checkpoints(run.path)
    assert "model.safetensors" not in {path.name for path in kept.iterdir()}


def test_a_killed_run_of_p_tuning_equals_one_that_was_not(tiny_recipe, tmp_path):
    """The net that makes the vectors goes on as well."""
    recipe = tiny_recipe.replace(batch_size=4, method=P_TUNING, best_metric="loss")
    expected, found = drive(tmp_path, recipe, "checkpoint:8")
    assert found[1].equals(expected[1]) and found[3].equals(expected[3])
    assert found[0] == expected[0]


@pytest.mark.parametrize("method", [PROMPT, PREFIX], ids=["prompt", "prefix"])
def test_moved_words_and_averages_go_with_them_and_resume_exactly(tmp_path, method):
    base = writers.save(tmp_path / "base", "llama")
    text = "\n\n".join(f"the film number {n} was very good and warm" for n in range(40))
    (tmp_path / "texts.txt").write_text(text)
    recipe = wb.Recipe(
        task="language-modelling", model=str(base), dataset=str(tmp_path / "texts.txt"),
        method=method, adversarial="fgm", averaging="ema", max_length=16, batch_size=2,
        max_steps=4, checkpoint_every=2, max_eval_examples=4, precision="fp32",
        generation={"kind": "greedy", "max_new_tokens": 4},
    )  # fmt: skip
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    again = tiny.interrupted(recipe, tmp_path / "again", at=2)
    name = "adapter/adapter_model.safetensors"
    learnt, same = load_file(whole.path / name), load_file(again.path / name)
    assert learnt.keys() == same.keys() and all(torch.equal(learnt[n], same[n]) for n in learnt)
    plain = recipe.replace(adversarial="none", averaging="none")
    other = load_file(wb.fine_tune(plain, tmp_path / "plain", progress=False).path / name)
    assert not all(torch.equal(learnt[n], other[n]) for n in learnt)
