"""Conversations with small models, written in a process of its own."""

import json
import math
import os
import signal
import sys
import threading
import time

import numpy as np
import pandas as pd
import psutil
import pytest

import workbench as wb
from tests.training import writers as small
from tests.training.test_chat import recipe_for
from tests.waiting import PATIENCE, until
from workbench import talking
from workbench.errors import ModelError, RunError, WorkbenchError
from workbench.talking import writers

LONG = {"kind": "greedy", "max_new_tokens": 100_000}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("talking")
    recipe = recipe_for(folder, max_steps=30, evaluate_every=30)
    return wb.fine_tune(recipe, folder / "run", progress=False)


@pytest.fixture(scope="module", autouse=True)
def _one_process_for_all(run):
    """Its imports take seconds: it stays while a conversation is open."""
    with wb.talk(run) as talk:
        talk.load()
        yield


def texts(turn):
    return [some[-1].text for some in turn.answers]


def test_a_row_is_answered_as_the_run_does_by_each_alone_and_side_by_side(run):
    row = run.predictions().iloc[0]
    seen = []
    with wb.talk(run, beside="untuned") as both, wb.talk(run) as tuned:
        turn = both.answer(on_text=lambda side, text: seen.append((side, text)))
        assert (turn.truth, turn.answer(0).text) == (row["label"], row["prediction"])
        assert turn.row == ["test", 0]
        alone = wb.talk(talking.Seat(run=str(run.path), tuned=False))
        assert texts(turn) == [texts(tuned.answer())[0], texts(alone.answer())[0]]
        for side, answer in zip("AB", (turn.answer(0), turn.answer(1)), strict=True):
            assert [text for who, text in seen if who == side][-1] == answer.text
        # each goes on from its own, and what was read before is not read again
        further = both.say("c d")
        assert further.answer(0).text == tuned.say("c d").answer().text
        assert further.answer(1).text == alone.say("c d").answer().text
        names = [one.weights for one in (turn.answer(0), turn.answer(1))]
        assert names[0]["name"] == "run" and "before tuning" in names[1]["name"]
        assert names[0]["sha256"] != names[1]["sha256"]
        prompt = both.prompt(0)
        assert prompt["text"].count("c d") == 1 and prompt["prompt_tokens"] == len(prompt["ids"])
        assert prompt["prompt_sha256"] == further.answer(0).prompt_sha256
        alone.close()


def test_a_run_in_bf16_speaks_in_fp32_as_its_predictions_are_written(tmp_path):
    import torch

    from workbench.talking.voices import Voices

    made = small.model("llama", seed=1)
    with torch.no_grad():
        for part in made.parameters():
            part.mul_(6.0)  # in bf16 it writes other words for three of the ten
    made.save_pretrained(tmp_path / "llama")
    small.tokenizer(ends=False).save_pretrained(tmp_path / "llama")
    run = wb.fine_tune(
        recipe_for(tmp_path, max_steps=1, evaluate_every=1, learning_rate=1e-6, precision="bf16",
                   generation={"kind": "greedy", "max_new_tokens": 20}),
        tmp_path / "run", progress=False,
    )  # fmt: skip
    voices, talk = Voices(), wb.talk(run, row=None)
    said = []
    for row in range(10):
        asked = talk.asked_of(talk.open_row(row), 0) | {"talk": "one"}
        said.append(voices.answer(asked, lambda text: None, lambda: False)["text"])
    assert said == run.predictions()["prediction"].tolist()


def test_draws_are_others_each_time_and_the_same_in_another_conversation(run):
    drawn = {"kind": "sampling", "temperature": 2.0, "max_new_tokens": 6}
    with wb.talk(run, generation=drawn) as first, wb.talk(run, generation=drawn) as second:
        for one in (first, second):
            for _ in range(3):
                one.answer()
        said = [[answer.text for answer in one.turn.answers[0]] for one in (first, second)]
        assert said[0] == said[1] and len(set(said[0])) > 1
        first.generation = {"kind": "greedy", "max_new_tokens": 6}
        first.answer()
        assert not first.turn.answer().notes or "again" not in first.turn.answer().notes[-1]
        first.answer()
        assert "nothing is drawn" in first.turn.answer().notes[-1]
        space: dict = {}
        exec(first.code(), space)
        again = space["talk"].turn
        assert [a.text for a in again.answers[0]] == [a.text for a in first.turn.answers[0]]
        space["talk"].close()


def test_a_token_is_weighed_and_another_one_is_gone_on_with(run):
    with wb.talk(run) as talk:
        first = talk.answer().answer()
        tokens = talk.tokens(rivals=4)
        assert "".join(tokens.tokens).strip() == first.text and tokens.ids == first.ids
        assert (tokens.ranks == 1).all() and tokens.notes == []  # greedy
        for place, row in enumerate(tokens.choices):
            assert [share for *_, share in row] == sorted((s for *_, s in row), reverse=True)
            if place < len(tokens.ids):
                assert row[0][0] == tokens.ids[place]
                assert row[0][2] == pytest.approx(tokens.probabilities[place], rel=1e-5)
        ids = small.tokenizer(ends=False).get_vocab()
        other = talk.answer(begun=np.array([ids["7"]])).answer()
        assert other.text.split()[0] == "7" and other.ids[0] == ids["7"]
        assert talk.turn.answers[0][0].text == first.text
        # the token that the model would take leads to the same answer
        assert talk.go_on(0, first.ids[0]).answer().ids[: len(first.ids)] == first.ids
        ended = talk.go_on(1, ids["</s>"]).answer()
        assert ended.ids == talk.turn.answers[0][2].ids[:1] and ended.ended
        for wrong, words in (
            (lambda: talk.go_on(99, 5), "99"), (lambda: talk.answer(seats=[5]), "5 is no seat"),
            (lambda: talk.answer(seats=["A"]), "'A' is no seat"), (lambda: talk.tokens(-1), "-1"),
            (lambda: talk.answer(seats=[]), r"\[\] is no seat"),
            (lambda: talk.go_on(0, 1.5), "no token 1.5"),
        ):  # fmt: skip
            with pytest.raises(WorkbenchError, match=words):
                wrong()
        assert len(talk.turn.answers[0]) == 4  # nothing was asked
        with pytest.raises(WorkbenchError, match="no token 1000000000.*counted from 0 to"):
            talk.go_on(0, 10**9)


def endless(folder, kind="llama"):
    """A model without a limit of places that never ends a text."""
    import torch

    made = small.model(kind, size=32)
    made.config.max_position_embeddings = 1_000_000
    with torch.no_grad():
        made.lm_head.weight[3] = 0.0  # the end of a text is never likely
        made.lm_head.weight[[n for n in range(len(small.WORDS)) if n != 3]] *= 30
    made.save_pretrained(folder)
    small.tokenizer(ends=False).save_pretrained(folder)
    return str(folder)


def test_it_is_stopped_within_a_token_however_often_and_goes_on(tmp_path):
    begun = threading.Event()
    model = endless(tmp_path / "endless")
    with wb.talk(model, task="language-modelling", generation=LONG) as talk:
        talk.say("a b c", wait=False, on_text=lambda side, text: begun.set())
        assert begun.wait(PATIENCE) and talk.writing
        with pytest.raises(RunError, match="still written"):
            talk.say("d")
        for _ in range(20):
            talk.stop()
        answer = talk.wait(PATIENCE).answer()
        assert answer.state == "stopped" and not answer.ended
        assert 0 < len(answer.ids) < 100_000 and answer.text.startswith(answer.text.split()[0])
        pressed = [-math.inf]

        def interrupt(side, text):  # as a kernel is: Python may lose one in a callback of its own
            if time.monotonic() - pressed[0] > 10:
                pressed[0] = time.monotonic()
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            talk.say(" e", on_text=interrupt)
        assert talk.wait(PATIENCE).answer().state == "stopped" and talk.turn.answer().text
        talk.go_to(0)
        talk.generation = "greedy"
        assert talk.say(" d").answer().state == "done"
        assert talk.say("").answer().prompt_tokens > talk.turns[2].answer().prompt_tokens


def test_what_was_stopped_before_its_turn_came_is_no_answer(tmp_path, run):
    begun = threading.Event()
    model = endless(tmp_path / "endless")
    with wb.talk(model, model, task="language-modelling", generation=LONG) as talk:
        talk.say("a b", wait=False, on_text=lambda side, text: begun.set())
        assert begun.wait(PATIENCE)
        talk.stop()
        turn = talk.wait(PATIENCE)
        assert [one.state for one in (turn.answer(0), turn.answer(1))] == ["stopped"] * 2
        assert turn.answer(0).text and not turn.answer(1).text
        with pytest.raises(WorkbenchError, match="no answer to go on from"):
            talk.say(" c")
        with pytest.raises(WorkbenchError, match="no two answers"):
            talk.rate("better")


def test_killed_while_it_writes_what_is_written_stays_and_the_next_question_is_answered(tmp_path):
    begun = threading.Event()
    model = endless(tmp_path / "endless")
    with wb.talk(model, task="language-modelling", generation=LONG) as talk:
        told = threading.Event()
        talk.say("a b c", wait=False, on_text=lambda side, text: begun.set() or told.wait(PATIENCE))
        assert begun.wait(PATIENCE)
        os.kill(writers.pid(), signal.SIGKILL)
        until(lambda: writers.pid() is None)
        talk.stop()  # is told to the one that wrote it, and starts no other
        assert writers.pid() is None and talk.writing
        told.set()
        with pytest.raises(ModelError, match="was killed .SIGKILL"):
            talk.wait(PATIENCE)
        failed = talk.turn.answer()
        assert failed.state == "failed" and failed.text and "SIGKILL" in failed.error[0]
        with pytest.raises(WorkbenchError, match="no answer to go on from"):
            talk.say("d")
        talk.generation = {"kind": "greedy", "max_new_tokens": 3}
        assert len(talk.answer().answer().ids) == 3


def test_what_on_text_raises_is_said_and_all_are_heard_further(run):
    asked = threading.Event()

    def ends(side, text):
        raise SystemExit(3)

    def waits(side, text):
        assert asked.wait(PATIENCE)
        talk.wait()

    with wb.talk(run) as talk, wb.talk(run) as other:
        for on_text, why in ((lambda side: None, "TypeError"), (ends, "SystemExit: 3"),
                             (waits, "RunError: on_text waits")):  # fmt: skip
            talk.answer(wait=False, on_text=on_text)
            asked.set()
            with pytest.raises(RunError, match=f"^on_text failed .{why}") as error:
                talk.wait(PATIENCE)
            assert error.value.__cause__ is not None
            assert talk.turn.answer().state == "done" and talk.turn.answer().text
        other.answer(wait=False)
        assert other.wait(PATIENCE).answer().text == talk.turn.answer().text


@pytest.mark.parametrize(("does", "said"), [
    ("echo no answer; cat > /dev/null", "without an answer .JSONDecodeError"),
    ("echo '{}'; cat > /dev/null", "without an answer .KeyError"),
    ("printf '{\"number\": 1, \"mo'; kill -9 $$", "was killed .SIGKILL"),
    ("kill -40 $$", "was killed .40"),
])  # fmt: skip
def test_a_process_that_says_what_is_no_answer_is_ended(tmp_path, monkeypatch, does, said):
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\nread line\n{does}\n")
    script.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(script))
        one = writers.Writers()
    for pending in (one.ask("load"), one.ask("prompt")):
        with pytest.raises(ModelError, match=said):
            pending.result(PATIENCE)
    assert not one.alive and not psutil.pid_exists(one.pid)
    with pytest.raises(ModelError, match=said):
        one.ask("load").result(PATIENCE)
    one.end()


def test_no_process_stays_when_the_kernel_dies_in_the_middle_of_an_answer(tmp_path):
    import subprocess

    code = f"""
import threading, workbench as wb
from workbench.talking import writers
begun = threading.Event()
talk = wb.talk({endless(tmp_path / "endless")!r}, task="language-modelling", generation={LONG!r})
talk.say("a b", wait=False, on_text=lambda side, text: begun.set())
begun.wait()
print(writers.pid(), flush=True)
threading.Event().wait()
"""
    kernel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    number = int(kernel.stdout.readline())
    assert psutil.pid_exists(number)
    kernel.kill()
    kernel.wait()
    until(lambda: not psutil.pid_exists(number)
          or psutil.Process(number).status() == psutil.STATUS_ZOMBIE)  # fmt: skip


def test_what_is_too_long_is_said_and_the_system_prompt_stays(run):
    with wb.talk(run, row=None, system="j j j", max_length=24) as talk:
        for text in ("a b", "c d", "e f", "g h"):
            talk.say(text)
        answer = talk.turn.answer()
        assert answer.prompt_tokens <= 24
        assert any("oldest messages were not read" in note for note in answer.notes)
        assert "j j j" in talk.prompt()["text"] and "a b" not in talk.prompt()["text"]
        talk.say("a " * 40)
        assert any("tokens at the beginning were not read" in n for n in talk.turn.answer().notes)
        assert talk.turn.answer().prompt_tokens == 24


def test_hostile_texts_are_texts(run):
    word = "a" * 10_000
    with wb.talk(run, row=None) as talk:
        for text in ("<script>alert(1)</script>", "$\\int$ **b**", word, "</s> <s> </s>"):
            assert talk.say(text).text == text
        assert wb.open_talk(talk.to_json()).to_json() == talk.to_json()


def test_a_run_that_is_gone_or_changed_is_said(run, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    with wb.talk(wb.open_run(copy)) as talk:
        before = talk.answer().answer().weights["sha256"]
        model = small.model("llama", seed=5)
        (copy / "model" / "manifest.json").unlink()
        model.save_pretrained(copy / "model")
        from workbench.training import checkpoints

        def fill(stage):
            for path in (copy / "model").iterdir():
                shutil.copy(path, stage)

        checkpoints.write_whole(copy / "model", fill)
        assert "not the weights that wrote" in talk.tokens().notes[-1]
        assert talk.answer().answer().weights["sha256"] != before
        shutil.rmtree(copy)
        with pytest.raises(WorkbenchError, match="copy"):
            talk.answer()
        assert len(talk.turn.answers[0]) == 2


def test_a_text_for_a_text_and_a_text_that_goes_on(tmp_path):
    small.save(tmp_path / "t5", "t5")
    data = pd.DataFrame({"source": ["a b", "c d e"] * 20, "target": ["0 1", "2 3 4"] * 20})
    recipe = wb.Recipe(
        task="text-to-text", model=str(tmp_path / "t5"), dataset=data, max_steps=2, batch_size=4,
        max_length=12, evaluate_every=2, precision="fp32",
        generation={"kind": "beams", "num_beams": 2, "max_new_tokens": 5},
    )  # fmt: skip
    made = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    row = made.predictions().iloc[0]
    with wb.talk(made, beside="untuned", blind=True, seed=1) as talk:
        turn = talk.answer()
        assert (turn.text, turn.truth) == (row["text"], row["label"])
        assert turn.answer(0).text == row["prediction"]
        assert talk.say("c d e").parent is None
        talk.generation = "greedy"
        answer = talk.answer(seats=[0]).answer(0)
        tokens = talk.tokens(0)
        assert len(tokens.choices) == len(answer.ids) + 1
        if len(answer.ids):
            assert (tokens.ranks == 1).all()
            assert talk.go_on(0, answer.ids[0]).answer(0).ids[: len(answer.ids)] == answer.ids
        talk.say("a " * 40)
        assert any("12" in note for note in talk.turn.answer(0).notes)
        kept = json.loads(talk.to_json())
        assert {tuple(one["order"]) for one in kept["turns"]} <= {(0, 1), (1, 0)}


def test_a_model_is_loaded_once_for_all_who_ask_it_and_memory_that_runs_out_is_said(
    run, monkeypatch
):
    from workbench.memory import is_out_of_memory
    from workbench.talking import voices as module
    from workbench.talking.voices import Voices

    base = talking.Seat(run=str(run.path), tuned=False)
    other = talking.Seat(model=run.recipe.model, task="chat")
    voices, said = Voices(), []
    with wb.talk(run) as one:
        asked = one.asked_of(one.turn, 0) | {"talk": "one"}
    few = {"kind": "greedy", "max_new_tokens": 6}
    for seat in (base, other, base):
        about = asked | {"weights": vars(seat.weights()), "generation": few}
        said.append(voices.answer(about, lambda text: None, lambda: False)["text"])
    assert len(voices._models) == 1 and len(voices._voices) == 2
    assert said[0] == said[1] == said[2]
    spared = []
    for seat in (base, talking.Seat(run=str(run.path)), base, talking.Seat(run=str(run.path))):
        about = asked | {"weights": vars(seat.weights()), "generation": few}
        spared.append(voices.answer(about, lambda text: None, lambda: False)["spared"])
    # what was kept goes with a model that is loaded, and is read on by none but the one it is of
    assert spared[0] > 0 and spared[1:3] == [0, 0] and spared[3] > 0

    def full(*args, **about):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(module, "write", full)
    with pytest.raises(RuntimeError) as error:
        voices.answer(about, lambda text: None, lambda: False)
    assert is_out_of_memory(error.value) and not voices._kept  # what was kept is given back
    voices.use_only([], [])
    assert not voices._models and not voices._voices


def test_what_is_collected_is_released_by_a_thread_that_holds_no_lock(run):
    import gc

    talk = wb.talk(run)
    talk.load()
    key = talk._key
    with writers._lock:  # wherever it is collected
        del talk
        gc.collect()
        assert key in writers._users
    until(lambda: key not in writers._users)


def test_memory_goes_back_with_the_last_conversation_whose_text_stays(run, tmp_path, monkeypatch):
    first = wb.talk(run)
    second = wb.talk(run)
    number = writers.pid()
    first.answer()
    second.answer()
    assert writers.pid() == number is not None  # one process for all
    held = set(writers._users)
    first.close()
    second.close()
    first.close()
    assert len(held - set(writers._users)) == 2
    begun = threading.Event()
    last = wb.talk(endless(tmp_path / "endless"), task="language-modelling", generation=LONG)
    last.say("a b", wait=False, on_text=lambda side, text: begun.set())
    assert begun.wait(PATIENCE)
    alone = writers.pid()
    for key in set(writers._users) - {last._key}:
        writers.release(key)
    monkeypatch.setattr(writers, "PATIENCE", PATIENCE)
    last.close()  # in the middle of a text
    assert last.turn.answer().state == "stopped" and last.turn.answer().ids
    assert writers.pid() is None and not psutil.pid_exists(alone)
