"""One text for another: asked as the recipe says, learnt and written as the library does."""

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.training import toy_task, writers
from workbench.data.loading import rehearsed
from workbench.errors import DataError, RecipeError
from workbench.tasks.prompts import encode, plain, template
from workbench.tasks.shared.encoding import IGNORED
from workbench.training.preparing import prepare

KINDS = [pytest.param(name, id=name) for name in ("t5", "bart", "marian", "two-encoders")]


def frame(n: int = 90):
    table = toy_task.frame(n)
    return table.rename(columns={"letters": "source", "numbers": "target"})


DECODERS = [pytest.param(name, id=name) for name in ("gpt2", "llama", "qwen2")]
ASKED = {"kind": "template", "template": "{source} = "}


def recipe_for(folder, kind: str, **about) -> wb.Recipe:
    model = folder / kind
    if not model.exists():
        writers.save(model, kind, size=64)
    usual = dict(
        task="text-to-text", model=str(model), dataset=frame(), batch_size=16, max_length=16,
        max_steps=4, learning_rate=3e-3, schedule="constant", evaluate_every=2, test_size=20,
        validation_size=20, precision="fp32", generation={"kind": "greedy", "max_new_tokens": 8},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradient_are_the_librarys(kind, tmp_path):
    prepared = prepare(recipe_for(tmp_path, kind, prompt={"kind": "plain", "prefix": "a b "}))
    rows, model = prepared.encoded["train"], prepared.model.eval()
    batch = prepared.task.collator(prepared.tokenizer, model)([rows[i] for i in range(7)])
    assert (batch["attention_mask"] == 0).any() and (batch["labels"] == IGNORED).any()
    loss = prepared.task.prepare_loss(wb.Recipe(), prepared.examples)
    inputs = {name: value for name, value in batch.items() if not name.startswith("_")}
    labels = inputs.pop("labels")
    ours = loss.total(model(**inputs).logits, labels) / loss.normaliser(labels)
    ours.backward()
    learnt = {n: part for n, part in model.named_parameters() if part.requires_grad}
    found = {name: part.grad.clone() for name, part in learnt.items() if part.grad is not None}
    model.zero_grad()
    inputs.pop("decoder_input_ids")
    theirs = model(**inputs, labels=labels).loss
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    assert len(found) > 10
    for name in found:
        assert torch.allclose(found[name], learnt[name].grad, atol=1e-6), name


@pytest.mark.parametrize("kind", KINDS)
def test_it_trains_predicts_and_writes_as_the_library_does(kind, tmp_path):
    recipe = recipe_for(tmp_path, kind, prompt={"kind": "plain", "prefix": "= "})
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < steps.iloc[0]
    results = run.results()
    assert results["best_metric"] == "chrf"
    assert {"perplexity", "loss", "exact_match"} <= set(results["metrics"]["test"])
    table = run.predictions()
    asked = run.predict(table["text"].tolist())
    assert asked["prediction"].tolist() == table["prediction"].tolist()
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(run.model_path)
    model = AutoModelForSeq2SeqLM.from_pretrained(run.model_path, dtype=torch.float32)
    model.generation_config.forced_eos_token_id = None  # puts an end behind texts that are cut
    batch = tokenizer(["= " + text for text in table["text"]], padding=True, return_tensors="pt")
    for extra in set(batch) - {"input_ids", "attention_mask"}:
        batch.pop(extra)
    written = model.generate(**batch, max_new_tokens=8, do_sample=False, num_beams=1)
    texts = tokenizer.batch_decode(written, skip_special_tokens=True)
    assert texts == table["prediction"].tolist()
    losses = model(**batch, labels=_labels(tokenizer, table["label"])).loss
    assert losses.item() == pytest.approx(results["metrics"]["test"]["loss"], rel=1e-5)


@pytest.mark.parametrize("kind", DECODERS)
def test_a_decoder_learns_what_follows_the_template_and_nothing_else(kind, tmp_path):
    prepared = prepare(recipe_for(tmp_path, kind, prompt=ASKED))
    rows, model = prepared.encoded["train"], prepared.model.eval()
    batch = prepared.task.collator(prepared.tokenizer, model)([rows[i] for i in range(5)])
    frame, learnt = prepared.examples.splits["train"], []
    for row in range(5):
        here = batch["labels"][row] != IGNORED
        learnt.append(" ".join(writers.WORDS[i] for i in batch["labels"][row][here]))
        first = int(here.nonzero()[0])  # the place of the template's last word
        assert writers.WORDS[batch["input_ids"][row][first]] == "="
        assert here.nonzero().flatten().tolist() == list(range(first, first + int(here.sum())))
    assert learnt == [f"{text} </s>" for text in frame["target"][:5]]
    usual = torch.full_like(batch["labels"], IGNORED)
    usual[:, 1:] = batch["labels"][:, :-1]
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    loss = prepared.task.prepare_loss(wb.Recipe(), prepared.examples)
    ours = loss.total(model(**inputs).logits, batch["labels"]) / loss.normaliser(batch["labels"])
    ours.backward()
    found = {name: part.grad.clone() for name, part in model.named_parameters()}
    model.zero_grad()
    theirs = model(**inputs, labels=usual).loss
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    for name, part in model.named_parameters():
        assert torch.allclose(found[name], part.grad, atol=1e-6), name


@pytest.mark.parametrize("kind", DECODERS[:2])
def test_a_decoder_trains_and_writes_as_the_library_does_row_by_row(kind, tmp_path):
    run = wb.fine_tune(recipe_for(tmp_path, kind, prompt=ASKED), tmp_path / "run", progress=False)
    table = run.predictions()
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(run.model_path)
    model = AutoModelForCausalLM.from_pretrained(run.model_path, dtype=torch.float32)
    for text, written in zip(table["text"], table["prediction"], strict=True):
        ids = tokenizer(f"{text} = ", return_tensors="pt")["input_ids"]
        found = model.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=0)
        assert tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True) == written


def test_a_plain_prompt_tells_a_decoder_where_the_source_ends(tmp_path):
    prompt = {"kind": "plain", "prefix": "= "}
    encoded = prepare(recipe_for(tmp_path / "1", "gpt2", prompt=prompt)).encoded["train"]
    about = {"kind": "template", "template": "= {source}\n\n"}
    same = prepare(recipe_for(tmp_path / "2", "gpt2", prompt=about)).encoded["train"]
    assert encoded.arrays["input_ids"].tolist() == same.arrays["input_ids"].tolist()
    with pytest.raises(RecipeError, match="{source} 2 times"):
        prepare(recipe_for(tmp_path / "3", "gpt2", prompt={**prompt, "prefix": "{source}"}))


def with_prefixes():
    table = frame()
    return table.assign(prefix=["1 =" if row % 2 else None for row in range(len(table))])


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_a_prefix_of_each_row_is_read_before_its_source(kind, tmp_path):
    """As if it stood in the source; a fixed one stands before both."""
    prompt = {"kind": "plain", "prefix": "2 "}
    recipe = recipe_for(tmp_path, kind, dataset=with_prefixes(), prompt=prompt)
    table = with_prefixes()
    whole = [f"{one} {text}" if isinstance(one, str) else text
             for one, text in zip(table.pop("prefix"), table["source"], strict=True)]  # fmt: skip
    prepared = prepare(recipe)
    same = prepare(recipe.replace(dataset=table.assign(source=whole))).encoded["train"]
    rows = prepared.encoded["train"]
    assert [rows[i] for i in range(len(rows))] == [same[i] for i in range(len(same))]
    assert {"prefix", "text", "target"} <= set(prepared.examples.splits["train"])


def test_predictions_and_questions_have_the_prefix(tmp_path):
    recipe = recipe_for(tmp_path, "t5", dataset=with_prefixes(), max_steps=2)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    table = run.predictions()
    begins = table["text"].str.startswith("1 = ")
    assert 0 < begins.sum() < len(table)
    assert run.predict(table["text"].tolist())["prediction"].tolist() == (
        table["prediction"].tolist()
    )
    asked = run.predict(pd.DataFrame({"prefix": ["1 =", None], "source": ["a b", "1 = a b"]}))
    assert asked["text"].tolist() == ["1 = a b"] * 2 and asked["prediction"].nunique() == 1
    assert run.samples()["prompt"].str.startswith("1 = ").any()


def test_a_row_may_have_a_prefix_and_no_source(tmp_path):
    table = with_prefixes()
    table.loc[1, "source"] = ""
    recipe = recipe_for(tmp_path, "t5", dataset=table)
    assert wb.check(recipe).ok
    rows = rehearsed(recipe).splits
    assert (pd.concat(rows.values())["text"] == "").sum() == 1
    table.loc[2, "source"] = ""  # which has no prefix
    with pytest.raises(DataError, match="Row 2 of 'train' has an empty source"):
        rehearsed(recipe.replace(dataset=table))
    errors = [f for f in wb.check(recipe.replace(dataset=table)).found if f.severity == "error"]
    assert errors[0].count == 1 and "train row 2" in errors[0].examples[0]


def test_the_check_refuses_what_training_refuses_of_a_model(tmp_path):
    """Too few positions for what is read and written is found before anything is trained."""
    recipe = recipe_for(tmp_path, "gpt2", generation={"kind": "greedy", "max_new_tokens": 64})
    with pytest.raises(RecipeError) as refused:
        prepare(recipe)
    errors = [one for one in wb.check(recipe).found if one.severity == "error"]
    assert [one.what for one in errors] == [refused.value.message]
    assert "64 positions" in errors[0].what
    right = recipe.replace(generation={"kind": "greedy", "max_new_tokens": 8})
    assert wb.check(right).ok


def test_an_end_that_the_tokenizer_writes_is_no_part_of_the_prompt(tmp_path):
    recipe = recipe_for(tmp_path, "gpt2", prompt=ASKED)
    plain_rows = prepare(recipe).encoded["train"]
    writers.tokenizer(ends=True).save_pretrained(tmp_path / "gpt2")
    rows = prepare(recipe).encoded["train"]
    assert [rows[i] for i in range(len(rows))] == [plain_rows[i] for i in range(len(rows))]


def _labels(tokenizer, texts):
    ids = tokenizer(text_target=list(texts), padding=True, return_tensors="pt")["input_ids"]
    return ids.masked_fill(ids == tokenizer.pad_token_id, IGNORED)


def test_a_run_has_no_pipeline_and_says_so(tmp_path):
    run = wb.fine_tune(recipe_for(tmp_path, "t5"), tmp_path / "run", progress=False)
    with pytest.raises(wb.WorkbenchError, match="no pipeline for Text to text"):
        run.pipeline()


def test_the_check_finds_the_columns(tmp_path):
    recipe = recipe_for(tmp_path, "t5")
    check = wb.check(frame(), task="text-to-text", model=recipe.model)
    assert check.recipe.task == "text-to-text"
    assert (check.mapping.columns.get("source"), check.mapping.columns.get("target")) == (
        "source", "target",
    )  # fmt: skip


def test_what_is_written_has_a_length_of_its_own(tmp_path):
    about = {"kind": "plain", "max_target_length": 2}
    prepared = prepare(recipe_for(tmp_path, "t5", prompt=about))
    train = prepared.examples.splits["train"]
    long = sum(len(text.split()) > 2 for text in train["target"])
    assert 0 < long < len(train)
    assert f"train: {long} texts that are to be written were cut at 2 tokens." in (
        prepared.examples.notes
    )
    assert prepared.encoded["train"].targets.lengths.max() == 2
    assert prepared.encoded["train"].lengths.max() == 5


@pytest.mark.parametrize("prompt", [{"kind": "plain"}, ASKED], ids=["plain", "template"])
def test_the_check_counts_what_is_cut(prompt, tmp_path):
    table = frame(60)
    table.loc[:3, "source"] = "a b c d e f g h i j a b c d e"
    table.loc[2:8, "target"] = "1 2 3 4 5 6 7 8 9 1 2 3"
    recipe = recipe_for(tmp_path, "t5", dataset=table, max_length=10, prompt=prompt,
                        split="random", test_size=2, validation_size=2)  # fmt: skip
    train = rehearsed(recipe).splits["train"]
    wanted = {"sources cut": (train["source" if "source" in train else "text"].str.len() > 20),
              "targets cut": (train["target"].str.len() > 20)}  # fmt: skip
    found = {one.check: one for one in wb.check(recipe).found}
    for check, rows in wanted.items():
        assert 0 < rows.sum() == found[check].count
        assert f"{rows.sum()} of 56" in found[check].what
        assert f"({rows.mean():.1%})" in found[check].what
    whole = {one.check for one in wb.check(recipe.replace(max_length=16)).found}
    assert "targets cut" not in whole


def test_sources_that_are_cut_are_counted():
    tokenizer = writers.tokenizer()
    found = encode(plain.Settings(prefix="a "), tokenizer, ["b c", "b c d", "b"], 4)
    assert found.lengths.tolist() == [4, 4, 3]
    assert found.notes == ["1 text that is read was cut at 4 tokens (max_length)."]


def words(found):
    return [
        " ".join(writers.WORDS[i] for i in found[row]["input_ids"]) for row in range(len(found))
    ]


def test_a_template_is_filled_once_and_keeps_its_end():
    tokenizer = writers.tokenizer(ends=False)
    about = template.Settings(template="1 {source} = .")
    texts = ["a b", "a b c d e f g", "{source}", ""]
    found = encode(about, tokenizer, texts, 7)
    assert words(found) == ["1 a b = .", "1 a b c d = .", "1 <unk> = .", "1 = ."]
    assert found.notes == ["1 text that is read was cut at 7 tokens (max_length)."]
    with pytest.raises(DataError, match="The template of the prompt alone has 3 tokens"):
        encode(about, tokenizer, texts, 3)
    assert words(encode(about, tokenizer, texts, 4))[1] == "1 a = ."
    assert len(encode(about, tokenizer, [], 7)) == 0


def test_cut_prompts_fit_whatever_they_hold():
    tokenizer, rng = writers.tokenizer(ends=False), np.random.RandomState(0)
    about = template.Settings(template="= {source} .")
    texts = [
        " ".join(rng.choice(list("abc") + ["  "], size=rng.randint(1, 40))) for _ in range(60)
    ]
    for most in (3, 5, 17):
        found = encode(about, tokenizer, texts, most)
        assert found.lengths.max() <= most
        assert all(row.startswith("=") and row.endswith(".") for row in words(found))
        for text, row in zip(texts, words(found), strict=True):
            assert " ".join(text.split()).startswith(row[2:-2].strip())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param({"kind": "template", "template": "no place"}, "0 times", id="none"),
        pytest.param({"kind": "template", "template": "{source}{source}"}, "2 times", id="two"),
        pytest.param({"kind": "plain", "max_target_length": 0}, "max_target_length is 0", id="0"),
        pytest.param({"kind": "plain", "template": "x"}, "template", id="foreign"),
    ],
)
def test_a_prompt_that_cannot_be_is_refused(value, said):
    with pytest.raises(RecipeError, match=said):
        wb.Recipe(task="text-to-text", prompt=value)


def test_a_prompt_is_for_tasks_with_a_target():
    table = frame().rename(columns={"source": "text", "target": "label"})
    recipe = wb.Recipe(prompt={"kind": "plain", "prefix": "x "}, dataset=table)
    with pytest.raises(RecipeError, match="write no text for a text"):
        rehearsed(recipe)


def test_the_form_keeps_blanks_and_new_lines():
    from workbench.widgets.panels.form import RecipeForm

    about = {"kind": "template", "template": " a\\n\n{source}\t\nb "}
    recipe = wb.Recipe(task="text-to-text", prompt=about)
    form = RecipeForm(recipe)
    assert form.recipe == recipe
    assert form.values["prompt.template.template"] == " a\\\\n\\n{source}\\t\\nb "
    form.set(prompt={"kind": "plain", "prefix": "summarize: "})
    assert form.recipe.prompt["prefix"] == "summarize: "
    seen = {field["name"] for field in form.fields} - set(form.hidden)
    assert "prompt.plain.prefix" in seen and "prompt.template.template" not in seen
    form.set(task="text-classification", prompt={"kind": "plain"})
    assert "prompt" in form.hidden
