"""Gaps in texts: which are drawn, that they follow from the step alone, what is learnt of them."""

import numpy as np
import pandas as pd
import pytest
import torch
import transformers as hf
from torch.utils._python_dispatch import TorchDispatchMode

import workbench as wb
from tests.training import fillers, tiny
from workbench.errors import ModelError, RecipeError
from workbench.tasks.masked_language_modelling.gaps import Tokens, chosen
from workbench.tasks.shared.encoding import IGNORED
from workbench.tasks.shared.word_head import WordHead
from workbench.training.preparing import prepare

KINDS = [pytest.param(k, id=k) for k in ("bert", "distilbert", "roberta", "modernbert", "electra",
                                         "albert", "deberta-v2")]  # fmt: skip


def recipe_for(folder, kind: str = "bert", model: dict | None = None, **about) -> wb.Recipe:
    place = folder / f"{kind}{len(model or {})}"
    if not place.exists():
        fillers.save(place, kind, **{"dropout": 0.0, **(model or {})})
    frame = tiny.frame(80)[["text"]].assign(text=lambda f: f["text"] + " walking undoable")
    usual = dict(
        task="masked-language-modelling", model=str(place), dataset=frame, batch_size=8,
        max_length=40, max_steps=6, learning_rate=5e-3, schedule="constant", evaluate_every=3,
        test_size=15, validation_size=15, precision="fp32",
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


def drawn(prepared, rows, step: int):
    """A batch of training rows with the gaps of a step."""
    collate = prepared.task.collator(prepared.tokenizer, prepared.model)
    batch = collate([prepared.encoded["train"][row] for row in rows])
    collate.for_step(batch, lambda row: 1000 * step + row)
    return batch


@pytest.mark.parametrize("share", [0.05, 0.15, 0.5, 0.9])
def test_so_many_tokens_as_the_share_says_and_none_that_may_not(share):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        units = np.where(rng.random(40) < 0.2, -1, np.arange(40))
        places = chosen(units, share, rng)
        can = int((units >= 0).sum())
        assert (units[places] >= 0).all() and len(places) == max(1, round(share * can))
    assert chosen(np.full(5, -1), share, np.random.default_rng(0)).tolist() == []


def test_all_pieces_of_a_word_or_none(tmp_path):
    prepared = prepare(recipe_for(tmp_path, rows="texts", masking={"kind": "words", "share": 0.4}))
    for step in range(4):
        batch = drawn(prepared, range(20), step)
        for labels in batch["labels"].tolist():
            said = prepared.tokenizer.convert_ids_to_tokens([x for x in labels if x != IGNORED])
            for first, rest in (("walk", ["##ing"]), ("un", ["##do", "##able"])):
                assert (first in said) == all(one in said for one in rest)
    assert "[CLS]" not in said and "[SEP]" not in said


def test_gaps_follow_from_the_step_and_the_row_alone(tmp_path):
    prepared = prepare(recipe_for(tmp_path))
    whole = drawn(prepared, range(6), 3)
    parts = [drawn(prepared, part, 3) for part in ([0, 1], [2, 3, 4], [5])]
    found = [row[row != IGNORED].tolist() for part in parts for row in part["labels"]]
    assert found == [row[row != IGNORED].tolist() for row in whole["labels"]]
    assert torch.equal(whole["input_ids"], drawn(prepared, range(6), 3)["input_ids"])
    assert not torch.equal(whole["labels"], drawn(prepared, range(6), 4)["labels"])


def test_what_stands_in_the_gaps_is_mostly_the_mask(tmp_path):
    prepared = prepare(recipe_for(tmp_path, rows="texts", masking={"kind": "tokens", "share": 0.5}))
    mask, special = prepared.tokenizer.mask_token_id, prepared.tokenizer.all_special_ids
    counts = np.zeros(3)
    for step in range(25):
        batch = drawn(prepared, range(50), step)
        gaps = batch["labels"] != IGNORED
        ids, labels = batch["input_ids"][gaps], batch["labels"][gaps]
        other = (ids != mask) & (ids != labels)
        counts += [(ids == mask).sum(), other.sum(), (ids == labels).sum()]
        assert not np.isin(labels.numpy(), special).any()
        assert not np.isin(ids[other].numpy(), special).any()
    shares = counts / counts.sum()
    # of ~9,000 gaps: four standard deviations are 0.017; some random tokens are the old one
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradient_are_the_librarys(kind, tmp_path):
    prepared = prepare(recipe_for(tmp_path, kind))
    batch, model, task = drawn(prepared, range(8), 1), prepared.model.eval(), prepared.task
    labels = batch["labels"]
    inputs = {k: v for k, v in batch.items() if k != "labels" and not k.startswith("_")}
    loss = task.prepare_loss(recipe_for(tmp_path, kind), prepared.examples)
    found = []
    for theirs in (False, True):
        model.zero_grad()
        if theirs:
            value = model(**inputs, labels=labels).loss
        else:
            head = WordHead(model)
            value = loss.total_of(head.words(inputs, labels)) / loss.normaliser(labels)
            assert head.apart
        value.backward()
        slopes = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        found.append((value.item(), slopes))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert set(found[0][1]) == set(found[1][1])
    for name, slope in found[1][1].items():
        assert torch.allclose(slope, found[0][1][name], atol=1e-5), name


class Largest(TorchDispatchMode):
    """Numbers of the largest tensor that anything gives."""

    most = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        given = function(*args, **(kwargs or {}))
        for one in given if isinstance(given, (tuple, list)) else [given]:
            if isinstance(one, torch.Tensor):
                self.most = max(self.most, one.numel())
        return given


def test_only_gaps_have_logits_as_wide_as_the_vocabulary(tmp_path):
    words = 50_000
    prepared = prepare(recipe_for(tmp_path, rows="texts", model={"words": words}))
    batch, labels = (lambda b: (b, b["labels"]))(drawn(prepared, range(48), 1))
    inputs = {k: v for k, v in batch.items() if k != "labels" and not k.startswith("_")}
    gaps, tokens = int((labels != IGNORED).sum()), labels.numel()
    loss = prepared.task.prepare_loss(recipe_for(tmp_path), prepared.examples)
    with Largest() as largest:
        words_of = WordHead(prepared.model).words(inputs, labels)
        (loss.total_of(words_of) / loss.normaliser(labels)).backward()
    assert gaps * 4 < tokens
    # the slope of the word embedding is 32 wide; a few texts' logits by which the head is looked at
    assert largest.most <= max(gaps, 84, 32) * words < tokens * words / 4


def losses_by_the_library(folder, rows) -> list[float]:
    """Nats a masked token of texts by transformers alone, a row at a time."""
    model = hf.AutoModelForMaskedLM.from_pretrained(folder).eval()
    nats: dict[int, list[float]] = {}
    for row, text in enumerate(rows.examples.tolist()):
        part = slice(*rows.offsets[row : row + 2])
        ids, labels = (torch.tensor(x[part]).long()[None]
                       for x in (rows.arrays["input_ids"], rows.labels))  # fmt: skip
        with torch.no_grad():
            logs = model(input_ids=ids).logits[0].log_softmax(-1)
        gaps = (labels[0] != IGNORED).nonzero()[:, 0]
        nats.setdefault(text, []).extend((-logs[gaps, labels[0, gaps]]).tolist())
    return [float(np.mean(nats[text])) for text in sorted(nats)]


@pytest.mark.parametrize("rows", ["blocks", "texts"])
@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_trains_and_measures_each_text(rows, method, tmp_path):
    run = wb.fine_tune(recipe_for(tmp_path, rows=rows, method=method), tmp_path / "run",
                       progress=False)  # fmt: skip
    assert "is to be judged" not in str(run.status().get("warning"))  # its declaration holds
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < steps.iloc[0]
    table, results = run.predictions(), run.results()
    test = results["metrics"]["test"]
    assert test["masked"] == table["tokens"].sum()
    loss = (table["loss"] * table["tokens"]).sum() / table["tokens"].sum()
    assert test["loss"] == pytest.approx(loss)
    assert test["masked_perplexity"] == pytest.approx(np.exp(loss))
    assert test["masked_accuracy"] == table["hits"].sum() / table["tokens"].sum()
    unigrams = results["baselines"]["unigrams"]
    assert 1 < unigrams["masked_perplexity"] < 200
    assert unigrams["masked_accuracy"] <= unigrams["masked_accuracy_5"]
    # what an evaluation masks does not hang on the seed, the rows or the method
    other = prepare(recipe_for(tmp_path, seed=7, rows="texts"))
    mine = prepare(run.recipe)
    tokens = [Tokens.of(mine.tokenizer).texts([text])[0] for text in table["text"]]
    assert test["masked"] == sum(max(1, round(0.15 * len(one.ids))) for one in tokens)
    for one in (other, mine):
        labels = one.encoded["test"].labels
        said = one.tokenizer.convert_ids_to_tokens(labels[labels != IGNORED].tolist())
        if one is mine:
            assert said == " · ".join(table["label"]).split(" · ")
    known = losses_by_the_library(run.path / "model", mine.encoded["test"])
    assert table["loss"].tolist() == pytest.approx(known, rel=1e-5)


def test_a_step_is_the_same_however_it_is_cut(tmp_path):
    found = []
    for size, times in ((8, 1), (2, 4), (4, 2)):
        recipe = recipe_for(tmp_path, max_steps=2, batch_size=size, gradient_accumulation=times,
                            length_grouping=False, rows="texts")  # fmt: skip
        run = wb.fine_tune(recipe, tmp_path / f"{size}", progress=False)
        rows = run.history().query("kind == 'step'")
        found.append([*rows["loss"], *rows["grad_norm"]])
    assert found[1] == pytest.approx(found[0], rel=2e-5)
    assert found[2] == pytest.approx(found[0], rel=2e-5)


def test_a_gap_that_somebody_typed_has_the_librarys_words(tmp_path):
    recipe = recipe_for(tmp_path, max_steps=1)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    text, whole = "the [MASK] was walking", "the film was walking"
    said = run.predict([text, whole, text.replace("[MASK]", "<mask>"), ""])
    theirs = run.pipeline()(text, top_k=5)
    assert said["likeliest"][0] == [[one["token_str"] for one in theirs]]
    assert said["probabilities"][0][0] == pytest.approx([o["score"] for o in theirs], abs=1e-5)
    assert said["prediction"][0] == said["prediction"][2] == theirs[0]["sequence"]
    assert said["masked"][0] == [""] and np.isnan(said["loss"][0])
    assert said["masked"][1] == ["the", "film", "was", "walk", "##ing"]
    pipeline = run.pipeline()
    model, tokenizer = pipeline.model, pipeline.tokenizer
    ids = tokenizer(whole, return_tensors="pt")["input_ids"]
    nats = []
    for places in ([1], [2], [3], [4, 5]):  # a word of two pieces is one gap
        gap = ids.clone()
        gap[0, places] = tokenizer.mask_token_id
        with torch.no_grad():
            logs = model.eval()(gap).logits.log_softmax(-1)[0]
        nats += [-logs[place, ids[0, place]].item() for place in places]
    assert said["loss"][1] == pytest.approx(np.mean(nats), rel=1e-5)
    assert said["pseudo_perplexity"][1] == pytest.approx(np.exp(np.mean(nats)), rel=1e-5)
    assert said["tokens"].tolist() == [1, 5, 1, 0]


def test_a_long_text_is_measured_in_pieces(tmp_path):
    long = pd.DataFrame({"text": [f"{' '.join(tiny.WORDS)} {n}" for n in range(80)]})
    prepared = prepare(recipe_for(tmp_path, dataset=long, max_length=12))
    rows = prepared.encoded["test"]
    assert rows.lengths.max() == 12 and np.bincount(rows.examples).tolist() == [3] * 15
    assert any("measured in pieces" in note for note in prepared.examples.notes)
    blocks = prepared.encoded["train"]
    assert set(blocks.lengths[:-1]) == {12}


def test_what_cannot_be_masked_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(RecipeError, match="more than all of them"):
        recipe_for(tmp_path, masking={"kind": "tokens", "masked": 0.8, "random": 0.5})
    with pytest.raises(RecipeError, match=r"masking\.share is 0"):
        recipe_for(tmp_path, masking={"kind": "tokens", "share": 0})
    with pytest.raises(RecipeError, match="packed"):
        prepare(recipe_for(tmp_path, rows="packed"))
    with pytest.raises(ModelError, match="has no mask token"):
        prepare(recipe_for(tmp_path, model={"mask": None}))


def test_a_head_that_is_new_is_said(tmp_path):
    with_head = prepare(recipe_for(tmp_path))
    assert not any("new" in note for note in with_head.examples.notes)
    without = prepare(recipe_for(tmp_path, model={"head": False, "dropout": 0.0}))
    assert any("has no masked head of its own" in note for note in without.examples.notes)
