"""Texts that are learnt themselves: in blocks, each by itself, packed so that none sees another."""

import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
import transformers as hf

import workbench as wb
from tests.training import writers
from tests.training.tiny import stop
from workbench.data import passages
from workbench.errors import DataError, RecipeError, RunError
from workbench.tasks.language_modelling.task import sees_itself_alone
from workbench.tasks.rows import _pieces, blocks, packed
from workbench.tasks.shared.encoding import IGNORED
from workbench.training.predicting import predicting_run
from workbench.training.preparing import prepare
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.views.token_costs import TokenCostsView

KINDS = [pytest.param(name, id=name) for name in ("gpt2", "llama", "qwen2")]


def frame(n: int = 80):
    rng = np.random.RandomState(0)
    rows = []
    for _ in range(n):
        start = rng.randint(6)
        rows.append(" ".join((writers.LETTERS * 3)[start : start + rng.randint(2, 16)]))
    return pd.DataFrame({"text": rows})


def recipe_for(folder, kind: str = "gpt2", **about) -> wb.Recipe:
    if not (folder / kind).exists():
        writers.save(folder / kind, kind)
    usual = dict(
        task="language-modelling", model=str(folder / kind), dataset=frame(), batch_size=8,
        max_length=12, max_steps=6, learning_rate=5e-3, schedule="constant", evaluate_every=3,
        test_size=15, validation_size=15, precision="fp32",
        generation={"kind": "greedy", "max_new_tokens": 8},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


def learnt(rows):
    """Each row's learnt tokens."""
    return [
        [token for token in rows[row]["token_labels"] if token != IGNORED]
        for row in range(len(rows))
    ]


def losses_by_the_library(folder, texts, max_length: int) -> list[float]:
    """Nats a token of texts by transformers alone: windows that overlap by half."""
    model = hf.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    found = []
    for text in texts:
        ids = [tokenizer.bos_token_id, *tokenizer(text)["input_ids"], tokenizer.eos_token_id]
        nats, begin, scored = [], 0, 1
        while scored < len(ids):
            part = torch.tensor([ids[begin : begin + max_length]])
            with torch.no_grad():
                logs = model(part).logits[0].log_softmax(-1)
            for place in range(scored - begin, part.shape[1]):
                nats.append(-logs[place - 1, part[0, place]].item())
            scored = begin + part.shape[1]
            begin += max_length - max_length // 2
        found.append(float(np.mean(nats)))
    return found


def test_each_token_is_learnt_once_by_hand():
    rows = _pieces.cut([[9, 1, 2, 3, 4, 5], [9, 6], [9]], 3)
    assert [rows[i]["input_ids"] for i in range(len(rows))] == [
        [9, 1, 2], [2, 3, 4], [4, 5], [9, 6], [9],
    ]  # fmt: skip
    assert learnt(rows) == [[1, 2], [3, 4], [5], [6], []]
    assert rows.examples.tolist() == [0, 0, 0, 1, 2]
    stream = blocks.arranged(rows, [[9, 1, 9], [9, 2, 3, 9], [9, 4, 9]], 4)
    assert [stream[i]["input_ids"] for i in range(len(stream))] == [
        [9, 1, 9, 2], [2, 3, 9, 4], [4, 9],
    ]  # fmt: skip
    begun = blocks.arranged(rows, [[8, 1, 9], [8, 2, 9]], 9)
    assert begun[0]["input_ids"] == [8, 1, 9, 8, 2, 9]


def test_windows_overlap_and_each_token_counts_once_by_hand():
    rows = _pieces.cut([[9, 1, 2, 3, 4, 5, 6], [9, 7]], 4, context=2)
    assert [rows[i]["input_ids"] for i in range(len(rows))] == [
        [9, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6], [9, 7],
    ]  # fmt: skip
    assert learnt(rows) == [[1, 2, 3], [4, 5], [6], [7]] and rows.examples.tolist() == [0, 0, 0, 1]


def test_long_texts_are_measured_by_the_window_that_slides(tmp_path):
    """As the library's page on the perplexity of models with a fixed length does it."""
    text = " ".join((writers.LETTERS * 4)[:33])
    recipe = recipe_for(tmp_path, dataset=pd.DataFrame({"text": [text] * 8}), test_size=1,
                        validation_size=1)  # fmt: skip
    prepared = prepare(recipe)
    model, rows = prepared.model.eval(), prepared.encoded["test"]
    ids = torch.tensor([[2, *prepared.tokenizer(text)["input_ids"], 3]])
    total, count, before = 0.0, 0, 0
    for begin in range(0, ids.shape[1], 6):  # windows of 12, a stride of 6
        end = min(begin + 12, ids.shape[1])
        targets = ids[:, begin:end].clone()
        targets[:, : max(0, before - begin)] = -100
        with torch.no_grad():
            loss = model(ids[:, begin:end], labels=targets).loss
        wanted = int((targets[:, 1:] != -100).sum())
        total, count, before = total + float(loss) * wanted, count + wanted, end
        if end == ids.shape[1]:
            break
    batch = prepared.task.collator(prepared.tokenizer, model)([rows[i] for i in range(len(rows))])
    (loss, _), *_ = writers.losses_of(prepared, recipe, batch)
    assert loss == pytest.approx(total / count, rel=1e-5) and count == 34
    said = "measured in windows that overlap by 6"
    assert any(said in note for note in prepared.examples.notes)


def test_a_piece_goes_where_it_leaves_the_least_room():
    pieces = _pieces.cut([[9] * n for n in (3, 6, 2, 3, 4, 7, 3)], 10)
    rows = packed.arranged(pieces, [], 10)
    assert rows.lengths.tolist() == [10, 10, 8]  # 7 + 3, 6 + 4, 3 + 3 + 2


def test_texts_may_be_as_long_as_the_model_has_positions(tmp_path):
    writers.save(tmp_path / "gpt2", "gpt2")
    room = json.loads((tmp_path / "gpt2" / "config.json").read_text())["n_positions"]
    long = pd.DataFrame({"text": [" ".join(writers.LETTERS * 12)] * 40})
    fits = recipe_for(tmp_path, dataset=long, max_length=room, max_steps=1)
    assert prepare(fits).encoded["validation"].lengths.max() == room
    most = {"kind": "greedy", "max_new_tokens": room}
    with pytest.raises(RecipeError, match=f"{room} positions") as failure:
        prepare(fits.replace(generation=most))
    assert failure.value.field == "generation"


def test_packed_rows_hold_every_piece_once():
    rng = np.random.RandomState(1)
    for _ in range(20):
        texts = [[9, *rng.randint(1, 9, rng.randint(0, 30))] for _ in range(rng.randint(1, 12))]
        pieces = _pieces.cut(texts, 10)
        rows = packed.arranged(pieces, texts, 10)
        assert rows.lengths.max() <= 10 and rows.lengths.sum() == pieces.lengths.sum()
        assert sorted(sum(learnt(rows), [])) == sorted(sum(learnt(pieces), []))
        starts = [rows[r]["position_ids"].count(0) for r in range(len(rows))]
        assert sum(starts) == len(pieces)


@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_text_has_the_logits_that_it_has_alone(kind, tmp_path):
    prepared = prepare(recipe_for(tmp_path, kind, rows={"kind": "packed"}, max_length=30))
    rows, model = prepared.encoded["train"], prepared.model.eval()
    batch = prepared.task.collator(prepared.tokenizer, model)([rows[i] for i in range(3)])
    assert "attention_mask" not in batch
    with torch.no_grad():
        inputs = {name: batch[name] for name in ("input_ids", "position_ids")}
        logits = model(**inputs, use_cache=False).logits
        several = 0
        for row in range(3):
            places = rows[row]["position_ids"]
            starts = [i for i, place in enumerate(places) if place == 0] + [len(places)]
            several += len(starts) > 2
            for a, b in zip(starts, starts[1:], strict=False):
                alone = model(batch["input_ids"][row, a:b][None]).logits[0]
                assert torch.allclose(logits[row, a:b], alone, atol=1e-4)
    assert several
    assert sees_itself_alone(model)


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradient_are_the_librarys_padded_and_packed(kind, tmp_path):
    found = []
    for way in ("texts", "packed"):
        about = recipe_for(tmp_path, kind, rows={"kind": way}, max_length=40)
        prepared = prepare(about)
        rows, model = prepared.encoded["train"], prepared.model.eval()
        batch = prepared.task.collator(prepared.tokenizer, model)(
            [rows[i] for i in range(len(rows))]
        )
        found += writers.losses_of(prepared, about, batch, library=way == "texts")
    writers.alike(found)


@pytest.mark.parametrize("way", ["blocks", "packed"])
@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_trains_and_measures_whole_texts(way, method, tmp_path):
    recipe = recipe_for(tmp_path, "llama", rows=way, method=method, label_smoothing=0.1)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    assert "is to be judged" not in str(run.status().get("warning"))  # its declaration holds
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < steps.iloc[0]
    table, test = run.predictions(), run.results()["metrics"]["test"]
    assert table["tokens"].tolist() == [len(text.split()) + 1 for text in table["text"]]
    assert (table["tokens"] > 12).any()  # a text of several pieces
    nats = (table["loss"] * table["tokens"]).sum()
    assert test["loss"] == pytest.approx(nats / table["tokens"].sum())
    assert test["perplexity"] == pytest.approx(math.exp(test["loss"]))
    characters = sum(map(len, table["text"]))
    assert test["bits_per_character"] == pytest.approx(nats / math.log(2) / characters)
    again = run.predict(table["text"].tolist())
    assert again["loss"].to_numpy() == pytest.approx(table["loss"].to_numpy(), rel=1e-5)
    known = losses_by_the_library(run.path / "model", table["text"].head(8), 12)
    assert table["loss"].head(8).tolist() == pytest.approx(known, rel=1e-5)


def test_a_step_is_the_same_however_it_is_cut(tmp_path):
    found = []
    for size, times in ((8, 1), (2, 4)):
        recipe = recipe_for(
            tmp_path, rows="packed", max_steps=1, batch_size=size, gradient_accumulation=times,
            length_grouping=False,
        )  # fmt: skip
        run = wb.fine_tune(recipe, tmp_path / f"{size}", progress=False)
        row = run.history().query("kind == 'step'").iloc[0]
        found.append((row["loss"], row["grad_norm"]))
    assert found[1] == pytest.approx(found[0], rel=2e-5)


def test_a_prompt_is_gone_on_with_as_the_library_does(tmp_path):
    run = wb.fine_tune(recipe_for(tmp_path), tmp_path / "run", progress=False)
    assert (run.predictions()["prediction"] == "").all()  # what is measured is not gone on with
    long = " ".join(writers.LETTERS * 7)  # 70 tokens of a model that has 64 places
    texts = ["a b c", "", "f", long]
    said = run.predict(texts)
    model = hf.AutoModelForCausalLM.from_pretrained(run.path / "model").eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(run.path / "model")
    for text, written, ended in zip(texts, said["prediction"], said["ended"], strict=True):
        ids = [tokenizer.bos_token_id, *tokenizer(text)["input_ids"]][-56:]
        made = model.generate(torch.tensor([ids]), max_new_tokens=8, do_sample=False)[0, len(ids):]
        assert written == tokenizer.decode(made, skip_special_tokens=True)
        assert ended == (tokenizer.eos_token_id in made.tolist())
    notes = said.attrs["notes"]
    assert any("1 text is longer than the 56 tokens that leave" in note for note in notes)
    assert said["loss"].notna().all() and said["tokens"].tolist() == [4, 1, 2, 71]


def test_a_passages_tokens_are_those_that_its_loss_counts(tmp_path):
    long = [" ".join(writers.LETTERS * 210), " ".join(writers.LETTERS * 205), "a b c", "d e"]
    recipe = recipe_for(tmp_path, dataset=pd.DataFrame({"text": long * 3}), max_steps=1,
                        test_size=4, validation_size=4, max_length=64, batch_size=4)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    table = run.predictions()
    assert table["goes_on"].any() and not table["goes_on"].all()
    assert table["before"].map(bool).any() and not table["before"].map(bool).all()
    view = TokenCostsView()
    view.load(InspectPanel(run))
    for place, row in enumerate(view.shown.to_dict("records")):
        found = view.choose(place)
        assert len(found.tokens) == row["tokens"]
        assert found.costs.mean() * math.log(2) == pytest.approx(row["loss"], rel=1e-5)
        assert (found.tokens[-1] == "</s>") != row["goes_on"]
        assert len(found.before) == (32 if row["before"] else 0)  # half of max_length
        assert view.strip.read == len(found.before)
        assert "".join(row["before"].split()).endswith("".join("".join(found.before).split()))
        assert bool(view.strip.note) == (len(row["text"]) > 100)  # of passages alone
        assert f"{row['tokens']:,} tokens are measured" in view.strip.heading


def test_passages_are_measured_behind_what_stands_before_them(tmp_path):
    """As plain transformers measures windows that overlap by half, in the passage's document."""
    long = [" ".join(writers.LETTERS * 210), " ".join(writers.LETTERS * 205), "a b c", "d e"]
    recipe = recipe_for(tmp_path, dataset=pd.DataFrame({"text": long * 3}), max_steps=1,
                        test_size=4, validation_size=4, max_length=64, batch_size=4)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    model = hf.AutoModelForCausalLM.from_pretrained(run.path / "model").eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(run.path / "model")
    table = run.predictions()
    for row in table.to_dict("records"):
        own = tokenizer(row["text"])["input_ids"]
        own += [] if row["goes_on"] else [tokenizer.eos_token_id]
        read = tokenizer(row["before"])["input_ids"][-32:] or [tokenizer.bos_token_id]
        ids, nats, done = [*read, *own], 0.0, len(read)
        for begin in range(0, len(ids), 32):
            part = torch.tensor([ids[begin : begin + 64]])
            labels = part.clone()
            labels[:, : done - begin] = -100  # read before, or counted in an earlier window
            if (labels != -100).any():
                with torch.inference_mode():
                    counted = int((labels[:, 1:] != -100).sum())
                    nats += float(model(input_ids=part, labels=labels).loss) * counted
                done = begin + part.shape[1]
        assert row["tokens"] == len(own)
        assert row["loss"] == pytest.approx(nats / len(own), rel=1e-5)
    whole = (table["loss"] * table["tokens"]).sum() / table["tokens"].sum()
    assert run.metrics()["perplexity"] == pytest.approx(math.exp(whole), rel=1e-6)


def test_a_run_that_measured_passages_alone_goes_on_so(tmp_path, monkeypatch):
    long = pd.DataFrame({"text": [" ".join(["a b c d e"] * 500)] * 6})
    recipe = recipe_for(tmp_path, dataset=long, max_steps=2, test_size=2, validation_size=2,
                        max_length=64, batch_size=2, checkpoint_every=1)  # fmt: skip
    with monkeypatch.context() as earlier:
        earlier.setattr("workbench.data.by_roles.in_passages",
                        lambda *about, **_: passages.in_passages(*about))
        run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    before = run.predictions()
    stop(run)
    shutil.rmtree(run.path / "predictions")
    again = wb.fine_tune(recipe, run.path, progress=False)
    assert "a new run would read what stands before them" in again.status()["warning"]
    pd.testing.assert_frame_equal(again.predictions(), before)


def test_a_run_that_began_with_signs_without_width_goes_on_so(tmp_path, monkeypatch):
    texts = pd.DataFrame({"text": ["a b c d e"] * 11 + ["\u200b"]})
    recipe = recipe_for(tmp_path, dataset=texts, max_steps=1, test_size=2, validation_size=2,
                        max_length=64, batch_size=2, checkpoint_every=1)  # fmt: skip
    with monkeypatch.context() as earlier:
        earlier.setattr("workbench.data.by_roles.is_blank", lambda text: not text.strip())
        run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    stop(run)
    again = wb.fine_tune(recipe, run.path, progress=False)
    assert again.state == "done" and "signs without width" in again.status()["warning"]
    with pytest.raises(DataError, match="an empty text"):
        wb.fine_tune(recipe, tmp_path / "new", progress=False)


def test_a_run_that_learnt_control_tokens_goes_on_so(tmp_path):
    """Earlier code took all that texts spell out as such, and said nothing of it in the folder."""
    data = frame(40).assign(text=lambda table: "a </s> b " + table["text"])
    recipe = recipe_for(tmp_path, dataset=data, max_steps=2, test_size=4, validation_size=4,
                        checkpoint_every=1, reading={"control_tokens": True})  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    before, asked = run.predictions(), run.predict(["c </s> d e"])
    info = run.path / "data" / "info.json"
    said = json.loads(info.read_text())
    assert said.pop("control_tokens") is True
    info.write_text(json.dumps(said))
    recipe = run.recipe.replace(reading={})
    (run.path / "recipe.yaml").write_text(recipe.to_yaml())
    predicting_run._PREDICTORS.clear()
    again = wb.Run(run.path).predict(["c </s> d e"])
    assert again["loss"].tolist() == asked["loss"].tolist()
    assert "as when this run began" in again.attrs["notes"][1]
    stop(run)
    shutil.rmtree(run.path / "predictions")
    run = wb.fine_tune(recipe, run.path, progress=False)
    assert "as when this run began" in run.status()["warning"]
    pd.testing.assert_frame_equal(run.predictions(), before)


def test_a_run_that_measured_long_texts_whole_goes_on_so(tmp_path, monkeypatch):
    """Earlier code did; the run's own measurements have to be comparable to its end."""
    long = pd.DataFrame({"text": [" ".join(["a b c d e"] * 500)] * 6})
    recipe = recipe_for(
        tmp_path, dataset=long, max_steps=2, evaluate_every=1, test_size=2, validation_size=2,
        max_length=64, batch_size=2, checkpoint_every=1,
    )  # fmt: skip
    expected = wb.fine_tune(recipe, tmp_path / "new", progress=False)
    with monkeypatch.context() as before:
        before.setattr("workbench.data.by_roles.in_passages", lambda frame, *_, **__: frame)
        whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    assert len(expected.predictions()) > len(whole.predictions()) == 2
    stop(whole)
    shutil.rmtree(whole.path / "predictions")
    again = wb.fine_tune(recipe, whole.path, progress=False)
    assert again.state == "done" and len(again.predictions()) == 2
    assert "as when this run began" in again.status()["warning"]
    info = again.path / "data" / "info.json"
    info.write_text(json.dumps({**json.loads(info.read_text()), "fingerprint": "sha256-other"}))
    stop(whole)
    with pytest.raises(RunError, match="fingerprint differs") as told:
        wb.fine_tune(recipe, whole.path, progress=False)
    assert "another version of the workbench began the run" in str(told.value)


def test_packing_a_model_that_reads_no_positions_is_refused(tmp_path, monkeypatch):
    from workbench.tasks.language_modelling import task

    class Blind(torch.nn.Module):
        """Takes every earlier token into account, wherever a text begins."""

        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(20, 4)

        def get_input_embeddings(self):
            return self.words

        def forward(self, input_ids, position_ids=None, use_cache=False):
            from types import SimpleNamespace

            return SimpleNamespace(logits=self.words(input_ids).cumsum(1))

    assert not sees_itself_alone(Blind())
    monkeypatch.setattr(task, "sees_itself_alone", lambda model: False)
    with pytest.raises(RecipeError, match="would see each other"):
        prepare(recipe_for(tmp_path, rows="packed"))


def test_texts_of_several_pieces_are_counted(tmp_path):
    prepared = prepare(recipe_for(tmp_path, max_length=8))
    long = sum(len(text.split()) + 2 > 8 for text in prepared.examples.splits["train"]["text"])
    said = f"train: {long} texts are longer than 8 tokens (max_length): they are measured in"
    assert any(note.startswith(said) for note in prepared.examples.notes)
