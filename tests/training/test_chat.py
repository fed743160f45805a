"""Conversations: replies are learnt and nothing else, alone or packed, by any kind of model."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.training import writers
from tests.training.test_exact_resume import drive
from tests.training.tiny import stop
from workbench import inspection
from workbench.data.conversations import reading
from workbench.data.conversations.examples import example
from workbench.data.conversations.messages import Conversation, Message, ToolCall
from workbench.data.conversations.stored import from_line, to_line
from workbench.data.rendering.named import NAMED
from workbench.data.rendering.template import Template
from workbench.errors import DataError, RecipeError
from workbench.tasks.chat import asking, laying
from workbench.tasks.shared.encoding import IGNORED
from workbench.tasks.shared.word_head import WordHead
from workbench.training.predicting import predicting_run
from workbench.training.predicting.predictor import Predictor
from workbench.training.preparing import prepare

MODELS = [pytest.param(name, id=name) for name in ("gpt2", "llama", "qwen2")]


def talks(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """One to three turns: letters are asked, the numbers of their places answered."""
    rng = np.random.RandomState(seed)
    rows = []
    for _ in range(n):
        messages = []
        for _ in range(rng.randint(1, 4)):
            start = int(rng.randint(7))
            asked = " ".join(writers.LETTERS[start : start + 2])
            said = " ".join(map(str, range(start, start + 3)))
            messages += [{"role": "user", "content": asked},
                         {"role": "assistant", "content": said}]  # fmt: skip
        rows.append({"messages": messages})
    return pd.DataFrame(rows)


def recipe_for(folder, kind: str = "llama", **about) -> wb.Recipe:
    if not (folder / kind).exists():
        writers.save(folder / kind, kind)
    usual = dict(
        task="chat", model=str(folder / kind), dataset=talks(), batch_size=8, max_length=40,
        max_steps=6, learning_rate=5e-3, schedule="constant", evaluate_every=3, test_size=10,
        validation_size=10, precision="fp32",
        generation={"kind": "greedy", "max_new_tokens": 6},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


def batch_of(prepared, rows=None):
    train = prepared.encoded["train"]
    collate = prepared.task.collator(prepared.tokenizer, prepared.model)
    return collate([train[i] for i in (range(len(train)) if rows is None else rows)])


OF_WORDS = [pytest.param(name, id=name) for name, one in NAMED.items() if not one.markers]


@pytest.mark.parametrize("template", OF_WORDS)
def test_replies_and_their_ends_are_learnt_and_nothing_else(template):
    tokenizer = writers.tokenizer(ends=False)
    frame = pd.DataFrame(
        [example(one, one.replies[-1]) for one in reading.read(talks(8).to_dict("records"))
         .conversations], columns=["text", "reply", "conversation", "row"],
    )  # fmt: skip
    made = Template(tokenizer, template)
    rows = laying.encode(made, frame, 40, "start", 40)
    for row, line in enumerate(frame["conversation"]):
        conversation, ask = from_line(line)
        wanted = []
        for message in conversation.messages:
            if message.role == "assistant":
                wanted += [*tokenizer(message.content)["input_ids"], tokenizer.eos_token_id]
        labels = rows[row]["token_labels"]
        assert [one for one in labels if one != IGNORED] == wanted
        # what is learnt of the last turn begins with what is asked there, rendered without it
        before = Conversation(conversation.messages[:ask])
        alone = pd.DataFrame({"conversation": [to_line(before, ask)]})
        asked = laying.encode(made, alone, 40, "start", 40)
        assert asked.labels is None and asked.prompts[0] == asked[0]["input_ids"]
        ids = rows.prompts[row]
        assert ids == asked.prompts[0] == rows[row]["input_ids"][: len(ids)]
        assert labels[len(ids)] != IGNORED and labels[len(ids) - 1] == IGNORED


@pytest.mark.parametrize("kind", MODELS)
def test_loss_and_gradient_are_the_librarys_padded_and_packed(kind, tmp_path):
    found = []
    for way in ("texts", "packed"):
        about = recipe_for(tmp_path, kind, rows=way)
        prepared = prepare(about)
        batch = batch_of(prepared)
        assert ("position_ids" in batch) is (way == "packed")
        found += writers.losses_of(prepared, about, batch, library=way == "texts")
    assert prepared.encoded["train"].lengths.max() > 20  # several in a row
    writers.alike(found)


def test_a_run_that_kept_control_tokens_as_text_goes_on_so(tmp_path):
    """Code of before did so of conversations, whatever their reading said."""
    data = talks(40)
    for messages in data["messages"]:
        messages[0]["content"] = "a</s>b"
    recipe = recipe_for(tmp_path, dataset=data, max_steps=2, test_size=4, validation_size=4,
                        checkpoint_every=1, evaluate_every=2)  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    before, asked = run.predictions(), run.predict(["c</s>d"])
    info = run.path / "data" / "info.json"
    said = json.loads(info.read_text())
    assert said.pop("control_tokens_in_conversations") is False
    info.write_text(json.dumps({**said, "control_tokens": True}))
    recipe = run.recipe.replace(reading={"control_tokens": True})
    (run.path / "recipe.yaml").write_text(recipe.to_yaml())
    predicting_run._PREDICTORS.clear()
    again = wb.Run(run.path).predict(["c</s>d"])
    assert again["prediction"].tolist() == asked["prediction"].tolist()
    assert any("stay text, as when this run began" in one for one in again.attrs["notes"])
    stop(run)
    shutil.rmtree(run.path / "predictions")
    run = wb.fine_tune(recipe, run.path, progress=False)
    assert "stay text, as when this run began" in run.status()["warning"]
    pd.testing.assert_frame_equal(run.predictions(), before)


def test_whoever_writes_with_the_saved_model_asks_and_stops_as_was_learnt(tmp_path):
    """A base model ends texts otherwise than the template ends replies, and has none of its own."""
    import transformers as hf

    words = writers.tokenizer(ends=False)
    words.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    model = writers.model("llama", words=len(words))
    model.generation_config.repetition_penalty = 1.5
    model.save_pretrained(tmp_path / "llama")
    words.save_pretrained(tmp_path / "llama")
    run = wb.fine_tune(recipe_for(tmp_path, max_steps=1), tmp_path / "run", progress=False)
    saved = hf.AutoTokenizer.from_pretrained(run.model_path)
    ends = hf.GenerationConfig.from_pretrained(run.model_path)
    assert ends.eos_token_id == [3, saved.convert_tokens_to_ids("<|im_end|>")]
    assert ends.repetition_penalty == 1.5
    talk = [{"role": "user", "content": "a b"}, {"role": "assistant", "content": "0 1 2"}]
    plain = saved.apply_chat_template(talk, tokenize=False)
    assert plain == Template(words, "chatml").text(talk) and "<|im_start|>user\na b" in plain
    table = run.predictions()
    single = table[~table["text"].str.contains("\n")]
    again = run.predict(single["text"].tolist())
    assert len(single) and again["prediction"].tolist() == single["prediction"].tolist()
    # a folder of before has neither
    folder = run.model_path
    (folder / "chat_template.jinja").unlink()
    about = {"eos_token_id": 3, "pad_token_id": 0}
    (folder / "generation_config.json").write_text(json.dumps(about))
    loaded = Predictor(folder, run.recipe)
    assert loaded.model.generation_config.eos_token_id == ends.eos_token_id


def test_packs_by_hand():
    rows = [(list(range(100 * n, 100 * n + size)), learnt) for n, size, learnt in (
        (1, 5, [IGNORED] * 2 + [102, 103, 104]), (2, 1, [200]), (3, 9, [IGNORED] * 4 + [1] * 5),
        (4, 13, [IGNORED] * 6 + [1] * 7), (5, 3, [500, 501, 502]),
    )]  # fmt: skip
    found = laying.in_packs(rows, 16)
    assert found.lengths.tolist() == [15, 16]
    assert found.arrays["position_ids"].tolist() == [
        *range(5), 0, *range(9), *range(13), *range(3)
    ]  # fmt: skip
    assert int((found.labels != IGNORED).sum()) == 3 + 0 + 5 + 7 + 2


@pytest.mark.parametrize("kind", MODELS)
def test_packed_neighbours_are_not_seen(kind, tmp_path):
    prepared = prepare(recipe_for(tmp_path, kind, rows="packed"))
    batch, model = batch_of(prepared, [0]), prepared.model.eval()
    second = int((batch["position_ids"][0] == 0).nonzero()[1])
    with torch.no_grad():
        places = {"position_ids": batch["position_ids"], "use_cache": False}
        before = model(batch["input_ids"], **places).logits
        changed = batch["input_ids"].clone()
        changed[0, 1:second] = 11
        after = model(changed, **places).logits
    assert torch.allclose(before[0, second:], after[0, second:], atol=1e-4)
    assert not torch.allclose(before[0, 1:second], after[0, 1:second], atol=1e-2)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    recipe = recipe_for(folder, rows="packed", method={"kind": "lora", "rank": 4}, max_steps=30,
                        evaluate_every=15, learning_rate=2e-2)  # fmt: skip
    return wb.fine_tune(recipe, folder / "run", progress=False)


def test_it_learns_and_measures_all_replies(run):
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < steps.iloc[0] and (steps > 0).all()
    assert "is to be judged" not in str(run.status().get("warning"))  # its declaration holds
    table, test = run.predictions(), run.results()["metrics"]["test"]
    nats, tokens = (table["loss"] * table["tokens"]).sum(), table["tokens"].sum()
    assert test["loss"] == pytest.approx(nats / tokens)
    assert test["perplexity"] == pytest.approx(math.exp(test["loss"]))
    several = table["text"].str.contains("\n")
    assert several.any() and (table["tokens"][several] > 4).all()
    assert (table["tokens"][~several] == 4).all()  # three numbers and the end
    assert table["prediction"].map(type).eq(str).all()
    assert 0 < test["rougeL"] <= 100 and "exact_match" not in test
    assert set(run.results()["baselines"]) == {"most_frequent", "nearest", "untuned"}
    samples = run.samples()
    assert samples["step"].unique().tolist() == [0, 15, 30]
    assert (samples.groupby("step").size() == 5).all()


def test_a_reply_is_written_for_whatever_is_asked(run):
    single = run.predict("a b")
    assert single["text"].tolist() == ["a b"] and "loss" not in single
    turns = [{"role": "user", "content": "a b"}, {"role": "assistant", "content": "0 1 2"},
             {"role": "user", "content": "c d"}]  # fmt: skip
    talk = run.predict(turns)
    assert talk["text"].tolist() == ["User: a b\nAssistant: 0 1 2\nUser: c d"]
    several = run.predict(["a b", "c d"])
    assert several["prediction"][0] == single["prediction"][0] and len(several) == 2
    table = run.predict(talks(3, seed=9))
    assert table["loss"].notna().all() and "label" in table
    questions = run.predict(pd.DataFrame({"prompt": ["a b"]}))
    assert questions["prediction"].tolist() == single["prediction"].tolist()
    with pytest.raises(DataError, match="cannot be read as a conversation"):
        run.predict([{"role": "admin", "content": "a"}, {"role": "user", "content": "b"}])
    parts = [{"label": False, "text": "a b"}, {"label": True, "text": "0 1"}]
    for beside in ({}, {"n": [1]}):  # in the words of the check
        with pytest.raises(DataError, match="Column 'segments' holds texts in segments"):
            run.predict(pd.DataFrame({"segments": [parts], **beside}))
    with pytest.raises(DataError, match="No columns of the data hold conversations; it has 'a"):
        run.predict(pd.DataFrame({"a": ["1"], "b": ["2"]}))


def test_tokens_of_replies_cost_what_the_conversation_costs(run):
    table = run.predictions()
    row = table[table["text"].str.contains("\n")].iloc[0]
    one, _ = from_line(row["conversation"])
    nats, n = 0.0, 0
    for ask in one.replies:
        found = inspection.written_tokens(run, to_line(one, ask))
        said = one.messages[ask].content.split()
        assert [token.strip() for token in found.tokens] == [*said, "</s>"]
        nats, n = nats - np.log(found.probabilities).sum(), n + len(found.tokens)
    assert len(one.replies) > 1 and n == row["tokens"]
    assert nats / n == pytest.approx(row["loss"], rel=1e-3)
    last = inspection.written_tokens(run, row["conversation"], row["label"])
    assert last.tokens == found.tokens
    np.testing.assert_allclose(last.probabilities, found.probabilities)
    other = inspection.written_tokens(run, row["conversation"], "9 9")
    assert [token.strip() for token in other.tokens] == ["9", "9", "</s>"]
    alone = inspection.written_tokens(run, "a b", "0 1 2")  # a question by itself
    assert [token.strip() for token in alone.tokens] == ["0", "1", "2", "</s>"]
    with pytest.raises(DataError):
        inspection.written_tokens(run, "a b")
    assert len(inspection.token_costs(run, n=3)) > 0


def test_what_is_cut_is_said_beside_the_predictions(run, caplog):
    found = run.predict([" ".join(["a"] * 90), "a b"])
    assert any(note.startswith("1 conversation is longer") for note in found.attrs["notes"])
    assert all(note in caplog.text for note in found.attrs["notes"])
    short = run.predict(["a b"]).attrs.get("notes", [])
    assert not any("is longer" in note for note in short)
    parts = run.predict([" ".join(["a"] * 90), "a b"], progress=lambda done, total: None)
    assert parts.attrs["notes"] == found.attrs["notes"]


@pytest.mark.parametrize("apart", [True, False], ids=["apart", "whole"])
def test_logits_that_are_made_whole_are_said_once(apart, tmp_path, monkeypatch):
    monkeypatch.setattr(WordHead, "_is_apart", lambda self, inputs: apart)
    notes = prepare(recipe_for(tmp_path)).examples.notes
    assert sum("whole vocabulary" in note for note in notes) == (not apart)


def test_a_file_is_answered(run, tmp_path):
    file, out = tmp_path / "asked.jsonl", tmp_path / "out.csv"
    talks(4, seed=3).to_json(file, orient="records", lines=True)
    run.predict_file(file, out)
    assert len(pd.read_csv(out)) == 4


def test_a_step_is_the_same_however_it_is_cut(tmp_path):
    found = []
    for size, times in ((8, 1), (2, 4)):
        recipe = recipe_for(tmp_path, max_steps=1, batch_size=size, gradient_accumulation=times,
                            length_grouping=False)  # fmt: skip
        made = wb.fine_tune(recipe, tmp_path / f"{size}", progress=False)
        row = made.history().query("kind == 'step'").iloc[0]
        found.append((row["loss"], row["grad_norm"]))
    assert found[1] == pytest.approx(found[0], rel=2e-5)


@pytest.mark.serial
def test_a_run_that_is_killed_ends_as_if_nothing_had_happened(tmp_path):
    writers.save(tmp_path / "gpt2", "gpt2", dropout=0.1)
    recipe = recipe_for(tmp_path, "gpt2", rows="packed", max_steps=8, evaluate_every=2,
                        checkpoint_every=2, batch_size=4, gradient_accumulation=2)  # fmt: skip
    expected, found = drive(tmp_path, recipe, "step:3", "evaluation:4")
    assert found[1].equals(expected[1]) and found[2].equals(expected[2])
    assert found[3].equals(expected[3]) and found[0] == expected[0]


def test_nothing_of_a_conversation_is_lost_on_its_line():
    call = ToolCall("tide", {"port": "青岛", "day": 7}, "c1")
    one = Conversation(
        (Message("system", "Be kind."), Message("user", "Tide?", name="Jo"),
         Message("assistant", "", "It is asked.", (call,)), Message("tool", "low", call_id="c1"),
         Message("assistant", "Low.", train=False)),
        ({"type": "function", "function": {"name": "tide"}},), 3, "seven", "test",
    )  # fmt: skip
    assert from_line(to_line(one, 2), row=3, split="test") == (one, 2)
    assert example(one, 2)[1] == '{"name": "tide", "arguments": {"port": "青岛", "day": 7}}'


def test_a_reply_that_thinks_and_calls_is_looked_at_as_it_is_learnt():
    spoken = Message("assistant", "", "It is asked.", (ToolCall("tide", {"day": 7}),), train=False)
    one = Conversation((Message("user", "Tide?"), spoken))
    line, reply = to_line(one, 1), example(one, 1)[1]
    for written, wanted in ((None, dataclasses.replace(spoken, train=None)),
                            (reply, dataclasses.replace(spoken, train=None)),
                            ("Low.", Message("assistant", "Low."))):  # fmt: skip
        found, ask = from_line(asking.with_reply(line, written)["conversation"][0])
        assert (found.messages[1], ask) == (wanted, 1)


# rows without a reply to learn -------------------------------------------------------------------
def test_rows_of_which_nothing_is_learnt_are_named_and_left_out(tmp_path):
    long = {"messages": [{"role": "user", "content": "a " * 60},
                         {"role": "assistant", "content": "0 1"}]}  # fmt: skip
    data = pd.concat([talks(), pd.DataFrame([long] * 20)], ignore_index=True)
    cut = {"kind": "conversation", "cut": "end"}
    prepared = prepare(recipe_for(tmp_path, dataset=data, prompt=cut))
    labels = prepared.encoded["train"]
    assert all(any(x != IGNORED for x in labels[i]["token_labels"]) for i in range(len(labels)))
    said = [note for note in prepared.examples.notes if "train" in note]
    assert any("nothing is learnt" in note and "left out" in note for note in said)
    assert any("behind the 40 tokens" in note and "65 keep every" in note for note in said), said
    kept = prepare(recipe_for(tmp_path, dataset=data))  # the start is cut
    assert len(kept.encoded["train"]) == 60
    with pytest.raises(DataError, match="Nothing of the"):
        prepare(recipe_for(tmp_path, dataset=pd.DataFrame([long] * 40), prompt=cut))


def test_empty_and_missing_replies_are_not_learnt(tmp_path):
    empty = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}
    none = {"messages": [{"role": "user", "content": "a"}]}
    half = {"messages": [*empty["messages"], *talks(1)["messages"][0]]}
    data = pd.concat([talks(40), pd.DataFrame([empty, none, half])], ignore_index=True)
    found = prepare(recipe_for(tmp_path, dataset=data)).examples
    assert sum(map(len, found.splits.values())) == 41
    assert "2 conversations have replies that say nothing: they are read and not learnt." in (
        found.notes
    )
    assert "2 conversations have no reply to learn and are left out." in found.notes
    with pytest.raises(DataError, match="Of 2 rows of the data none has a reply to learn"):
        prepare(recipe_for(tmp_path, dataset=pd.DataFrame([empty, none])))


@pytest.mark.parametrize(("setting", "words"), [
    pytest.param({"rows": "blocks"}, "is not for chat|'blocks', which", id="blocks"),
    pytest.param({"prompt": "plain"}, "'plain', which is not for chat", id="plain"),
    pytest.param({"prompt": {"kind": "conversation", "template": "chatmel"}}, "chatml", id="name"),
    pytest.param({"prompt": {"kind": "conversation", "cut": "middle"}}, "start", id="cut"),
])  # fmt: skip
def test_settings_that_conversations_have_not_are_refused(setting, words, tmp_path):
    with pytest.raises(RecipeError, match=words):
        recipe_for(tmp_path, **setting)


def test_a_template_that_the_tokenizer_lacks_is_said(tmp_path):
    recipe = recipe_for(tmp_path, prompt={"kind": "conversation", "template": "own"})
    with pytest.raises(DataError, match="no chat template of its own"):
        prepare(recipe)


def test_a_question_is_cut_so_that_there_are_places_for_the_reply(tmp_path):
    data = pd.DataFrame([{"messages": [{"role": "user", "content": "a " * 90},
                                       {"role": "assistant", "content": "0 1"}]}] * 40)  # fmt: skip
    prepared = prepare(recipe_for(tmp_path, dataset=data, max_length=64))
    assert prepared.encoded["test"].prompts.lengths.max() == 64 - 6
    assert prepared.encoded["train"].lengths.max() == 64
