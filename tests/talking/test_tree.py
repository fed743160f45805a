"""Turns, branches, blind pairs, ratings, JSON and code: what needs no model."""

import dataclasses
import json
import math

import pandas as pd
import pytest

import workbench as wb
from tests.data.test_spelled import tokenizer
from tests.training import writers
from workbench.errors import DataError, WorkbenchError
from workbench.intervals import exact_interval
from workbench.talking import copies
from workbench.talking.rated import Rated
from workbench.talking.reading import _first_kept
from workbench.talking.seats import Seat
from workbench.talking.stored import code_of, fill, of_json, to_json
from workbench.talking.turns import Answer, Turn
from workbench.talking.voices import _alone

SEATS = [Seat(model="one", task="chat"), Seat(model="two", task="chat")]


def conversation(*, seats=2, way="chat", **about) -> Rated:
    return Rated([dataclasses.replace(one, task=way) for one in SEATS[:seats]], **about)


def asked(talk, text, *said, parent=None, behind=None, **about) -> Turn:
    """A turn, each seat's answers as texts."""
    turn = Turn(len(talk.turns), text, parent, behind or [], blind=talk.blind, **about)
    turn.answers = [[] for _ in talk.seats]
    turn.chosen = [-1] * len(talk.seats)
    for seat, some in enumerate(said):
        for one in some:
            turn.add(seat, Answer(one, "done", weights={"name": talk.seats[seat].name,
                                                        "sha256": str(seat) * 64}))  # fmt: skip
    talk.turns.append(turn)
    talk.at = turn.number
    return turn


def messages(talk, turn, seat, system=None):
    line = json.loads(talk.read_by(turn, seat, system)["line"])
    return [f"{one['role'][0]}:{one['content']}" for one in line["messages"]]


def test_each_branch_has_its_own_answers_behind_it():
    talk = conversation()
    first = asked(talk, "q", ["a0", "a1"], ["b0"])
    before = [{"role": "system", "content": "old"}, {"role": "user", "content": "x"},
              {"role": "assistant", "content": "y"}]  # fmt: skip
    own = asked(talk, "own", parent=0, behind=[[0, 0], [1, 0]])
    both = asked(talk, "both", parent=0, behind=[[0, 1], [0, 1]])
    assert messages(talk, own, 0) == ["u:q", "a:a0", "u:own"]
    assert messages(talk, own, 1) == ["u:q", "a:b0", "u:own"]
    assert messages(talk, both, 1, "new") == ["s:new", "u:q", "a:a1", "u:both"]
    assert talk.branches(1) == [1] and talk.branches(0) == [0]
    edit = asked(talk, "edit", parent=0, behind=[[0, 0], [1, 0]])
    assert talk.branches(1) == [1, 3] == talk.branches(edit.number)
    row = asked(talk, "row", before=before, row=["test", 0])
    assert messages(talk, row, 0) == ["s:old", "u:x", "a:y", "u:row"]
    assert messages(talk, row, 0, "new") == ["s:new", "u:x", "a:y", "u:row"]
    asked(talk, "other", before=before, row=["test", 0], edits=row.number)
    assert talk.branches() == [4, 5] and talk.branches(0) == [0]
    assert talk.go_to(0, [0, 0]).answer(0).text == "a0" and first.answers[0][1].text == "a1"
    assert [one.number for one in talk.path()] == [0]
    for wrong in (lambda: talk.go_to(9), lambda: talk.go_to(0, [5, 0]), lambda: talk.seat_at("C")):
        with pytest.raises(DataError, match="There is no"):
            wrong()


def test_a_text_that_goes_on_has_all_before_it():
    talk = conversation(way="language-modelling", seats=1)
    asked(talk, "a b", [" c d"])
    further = asked(talk, " e", parent=0, behind=[[0, 0]])
    assert talk.read_by(further, 0, None) == {"text": "a b c d e"}
    with pytest.raises(DataError, match="Only conversations have a system prompt"):
        talk.system = "You are kind."


def test_blind_pairs_are_shuffled_by_seed_and_the_key_is_kept():
    talk = conversation(blind=True, seed=7)
    orders = [talk.order(number) for number in range(400)]
    assert 160 < sum(one == [1, 0] for one in orders) < 240  # 200 by chance, 4 deviations
    assert orders == [conversation(blind=True, seed=7).order(n) for n in range(400)]
    assert orders != [conversation(blind=True, seed=8).order(n) for n in range(400)]
    assert conversation(seed=7).order(3) == [0, 1]
    swapped = orders.index([1, 0])
    for number in range(swapped + 1):
        asked(talk, f"q{number}", ["a"], ["b"])
    talk.rate("better", "A")  # what stands at A is the second seat's
    (won,) = talk.rated().to_dict("records")
    assert (won["a"], won["b"], won["winner"], won["blind"]) == ("two", "one", "two", True)
    kept = json.loads(to_json(talk))["turns"]
    assert [one["order"] for one in kept] == orders[: swapped + 1]
    talk.blind = False  # from now on: what was asked stays as it was shown
    assert talk.order(swapped) == [1, 0] and talk.order(swapped + 1) == [0, 1]
    asked(talk, "by name", ["a"], ["b"])
    talk.rate("better", "A")
    assert talk.rated()["blind"].tolist() == [True, False]
    talk.at = swapped
    talk.rate("worse", "A")  # who wrote what was said once it was rated
    assert talk.rated()["blind"].tolist() == [False, False]


def test_code_is_blind_where_the_turns_were():
    talk = conversation(blind=True, seed=3)
    asked(talk, "q", ["a"], ["b"])
    talk.blind = False
    assert talk.order(0) == [1, 0]
    asked(talk, "r", ["a"], ["b"], parent=0, behind=[[1, 0], [1, 0]])
    for turn in talk.turns:
        for answer in (one for some in turn.answers for one in some):
            answer.generation = talk.generation
    made, *lines = code_of(talk).splitlines()[2:]
    assert "blind=True, seed=3" in made
    # the second seat is at side A of the first turn
    assert lines == ["talk.say('q')", "talk.blind = False", "talk.say('r', behind='A')"]


def test_who_won_with_its_interval():
    talk = conversation()
    for number in range(12):
        asked(talk, f"q{number}", ["a"], ["b"])
        talk.rate("worse" if number < 2 else "better")
    asked(talk, "q", ["a"], ["b"])
    talk.rate("better")
    talk.rate("both_bad", "B")  # the last word counts
    score = talk.score().set_index("model")
    assert score.loc["one", ["won", "lost", "both_bad"]].tolist() == [10, 2, 1]
    assert score.loc["two", ["won", "lost", "both_bad"]].tolist() == [2, 10, 1]
    assert score.loc["one", "share"] == pytest.approx(10 / 12)
    # 2 * (1 + 12 + 66) / 4096, both tails of a fair coin
    assert score["p"].tolist() == pytest.approx([2 * 79 / 4096] * 2)
    low, high = exact_interval(0, 10)  # by hand: (1 - high) ** 10 = 0.025
    assert (low, high) == pytest.approx((0, 1 - 0.025**0.1))
    assert exact_interval(10, 10) == pytest.approx((0.025**0.1, 1))
    assert all(map(math.isnan, exact_interval(0, 0)))
    assert score.loc["one", ["low", "high"]].tolist() == pytest.approx(exact_interval(10, 12))


def test_ratings_that_say_nothing_are_refused():
    talk = conversation()
    with pytest.raises(DataError, match="Nothing was asked"):
        talk.rate("better")
    asked(talk, "q", ["a"], [])
    with pytest.raises(DataError, match="no two answers"):
        talk.rate("better")
    asked(talk, "q", ["same"], ["same"])
    with pytest.raises(DataError, match="the same text"):
        talk.rate("better")
    with pytest.raises(DataError, match="verdict 'beter'.*better"):
        talk.rate("beter")
    assert talk.rated().empty and talk.score().empty and talk.preferences().empty
    talk.rate("both_bad")
    assert talk.score()["share"].isna().all()


def test_preferences_are_those_of_one_prompt(tmp_path):
    talk = conversation()
    asked(talk, "q", ["good"], ["bad"], before=[{"role": "system", "content": "s"}])
    talk.rate("worse", "B")
    asked(talk, "own", ["x"], ["y"], parent=0, behind=[[0, 0], [1, 0]])
    talk.rate("better")
    asked(talk, "both", ["x"], ["y"], parent=0, behind=[[0, 0], [0, 0]])
    talk.rate("better", "B")
    asked(talk, "poor", ["x"], ["y"])
    talk.rate("both_bad")
    notes = talk.save_preferences(tmp_path / "pairs.jsonl")
    assert len(notes) == 2 and all(note.startswith("1 pair was left out") for note in notes)
    rows = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]

    def said(text):
        return [{"role": "assistant", "content": text}]

    asks = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]
    further = [*asks, *said("good"), {"role": "user", "content": "both"}]
    assert rows == [{"prompt": asks, "chosen": said("good"), "rejected": said("bad")},
                    {"prompt": further, "chosen": said("y"), "rejected": said("x")}]
    asked(talk, "call", ["x"], ["y"], tools=[{"name": "clock"}])
    talk.rate("better")
    talk.save_preferences(tmp_path / "pairs.jsonl")
    assert "NaN" not in (tmp_path / "pairs.jsonl").read_text()
    assert talk.preferences()["tools"].tolist() == [[], [], [{"name": "clock"}]]
    alone = conversation(seats=1, way="text-to-text")
    asked(alone, "q", ["first", "second"])
    alone.rate("worse")
    assert alone.preferences().to_dict("records") == [
        {"prompt": "q", "chosen": "second", "rejected": "first"}
    ]
    assert "without what the recipe puts around it" in alone.preferences().attrs["notes"][0]
    assert alone.score().empty  # one model against itself
    with pytest.raises(DataError, match="no pair of answers"):
        conversation().save_preferences(tmp_path / "none.jsonl")


def test_json_brings_all_of_it_back():
    talk = conversation(blind=True, seed=3, system="Be brief.", max_length=50,
                        generation={"kind": "sampling", "temperature": 0.5})  # fmt: skip
    asked(talk, "q \u2028 <b>$x$", ["a0", "a1"], ["b0"])
    talk.rate("better")
    asked(talk, "further", parent=0, behind=[[0, 0], [0, 0]])
    talk.notes.append("a note")
    text = to_json(talk)
    about, seats = of_json(text)
    again = Rated(seats, **about["settings"])
    fill(again, about)
    assert to_json(again) == text and again.rated().equals(talk.rated())


BROKEN = {
    "no-json": lambda about: "{",
    "a-list": lambda about: [],
    "other-version": lambda about: {**about, "workbench_talk": 9},
    "no-turns": lambda about: {k: v for k, v in about.items() if k != "turns"},
    "three-seats": lambda about: {**about, "seats": about["seats"] * 2},
    "seat-of-nobody": lambda about: {**about, "seats": [{"who": "me"}]},
    "at-nowhere": lambda about: {**about, "at": 7},
    "child-of-itself": lambda about: {**about, "turns": [{**about["turns"][0], "parent": 0}]},
    "unknown-field": lambda about: {**about, "turns": [{**about["turns"][0], "html": "<b>"}]},
    "rating-of-nothing": lambda about: {**about, "ratings": [
        {"turn": 0, "pair": [[0, 9], [1, 0]], "better": "A", "blind": False}]},
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_json_that_is_no_conversation_is_refused(name):
    talk = conversation()
    asked(talk, "q", ["a"], ["b"])
    broken = BROKEN[name](json.loads(to_json(talk)))
    with pytest.raises(DataError, match="no conversation that was kept"):
        of_json(broken if isinstance(broken, str) else json.dumps(broken))


def test_an_answer_that_was_being_written_comes_back_as_stopped():
    talk = conversation(seats=1)
    asked(talk, "q", ["half"]).answers[0][0].state = "writing"
    about, _ = of_json(to_json(talk))
    assert about["turns"][0].answers[0][0].state == "stopped"


def test_code_leads_to_where_it_stands():
    talk = conversation(generation="greedy")
    asked(talk, "q", ["a0", "a1"], ["b0"])
    asked(talk, "left out", ["x"], ["y"], parent=0, behind=[[0, 1], [1, 0]])
    asked(talk, "it's", ["x"], ["y"], parent=0, behind=[[0, 0], [0, 0]])
    for turn in talk.turns:
        for answer in (one for some in turn.answers for one in some):
            answer.generation = talk.generation
    assert code_of(talk).splitlines()[2:] == [
        f"talk = wb.talk('one', beside='two', task='chat', row=None, "
        f"generation={talk.generation!r})",
        "talk.say('q')", "talk.answer(seats=[0])", "talk.go_to(0, [0, 0])",
        """talk.say("it's", behind='A')""",
    ]  # fmt: skip
    compile(code_of(talk), "code", "exec")


def test_the_same_again_is_the_same_tokens_of_the_same_weights_behind_the_same_prompt():
    talk = conversation(seats=1, generation="greedy")
    turn = asked(talk, "q", ["a", "a"])
    first, second = turn.answers[0]
    assert talk.same_again(turn, 0, second)
    for other in (
        {"ids": [7]}, {"prompt_sha256": "p"}, {"weights": {"sha256": "w"}}, {"state": "stopped"},
        {"begun": [7]}, {"generation": {"kind": "sampling", "seed": 0}},
    ):  # fmt: skip
        assert not talk.same_again(turn, 0, dataclasses.replace(second, **other))
    assert talk.same_again(turn, 0, first)  # whichever came last


def test_old_turns_go_in_steps_so_that_what_is_read_begins_alike():
    tokenizer = writers.tokenizer(ends=False)

    class Said:
        def __init__(self, role):
            self.role, self.content = role, "a b"  # 10 tokens with what stands around it

    rest, kept = [], []
    for _ in range(12):
        rest.append(Said("user"))
        kept.append(_first_kept(tokenizer, (), rest, 80))
        rest.append(Said("assistant"))
    # at 90 tokens turns of 20 go until there are 60 at most, and again two turns later
    assert kept == [0, 0, 0, 0, 4, 4, 8, 8, 12, 12, 16, 16]


def test_copied_words_are_the_longest_run_in_both(monkeypatch):
    talk = conversation(seats=1)
    asked(talk, "q", ["He said: The cat sat, there!"])
    learnt = copies._Learnt(
        [(3, "x", "Dogs run."), (5, "y", "look, the CAT  sat, here"), (8, "z", "there")],
        [], "print",
    )  # fmt: skip
    monkeypatch.setattr(copies, "_learnt", lambda recipe: learnt)

    class Run:
        recipe = wb.Recipe()

        def data_info(self):
            return {"fingerprint": "print"}

    monkeypatch.setattr(Seat, "the_run", lambda self: Run())
    with pytest.raises(DataError, match="No run speaks here"):
        copies.nearest_training(talk)
    talk.seats = [Seat(run="r")]
    found = copies.nearest_training(talk, n=2)
    first = found.iloc[0]
    assert (first["row"], first["copied"]) == (5, 4)  # the, cat, sat, comma
    answer = talk.turn.answer().text
    assert answer[first["start"] : first["end"]] == "The cat sat,"
    assert first["reply"][first["reply_start"] : first["reply_end"]] == "the CAT  sat,"
    assert first["share"] == pytest.approx(4 / 9) and found.attrs["notes"] == []
    learnt.fingerprint = "other"
    assert "has changed since" in copies.nearest_training(talk).attrs["notes"][0]
    talk.turn.answers[0][0].text = ""
    nothing = copies.nearest_training(talk)
    assert isinstance(nothing, pd.DataFrame) and nothing["copied"].eq(0).all()


def test_who_cannot_speak_is_refused(tmp_path):
    for source, words in ((7, "Nobody speaks by a number"), (None, "Nobody speaks by nothing")):
        with pytest.raises(DataError, match=words):
            wb.talk(source)
    with pytest.raises(WorkbenchError, match="does not write"):
        wb.talk("sample:minilm-l6", task="text-classification")
    with pytest.raises(WorkbenchError, match="asked in the same way"):
        Rated([SEATS[0], Seat(model="m", task="language-modelling")])
    with pytest.raises(DataError, match="no run, so there is nothing that it was tuned from"):
        wb.talk("sample:smollm2-135m", beside="untuned")
    with pytest.raises(DataError, match="max_length is 0"):
        wb.talk("sample:smollm2-135m", max_length=0)
    for value in (7, {"kind": "sampling", "temperature": -1}, {"temperature": 1}):
        with pytest.raises(WorkbenchError, match="generation"):
            wb.talk("sample:smollm2-135m", generation=value)
    talk = wb.talk("sample:smollm2-135m")
    said = (("", "is empty"), ("  ", "is empty"), (None, "is empty"), ("a\ud800", "half a char"))
    for text, words in said:
        with pytest.raises(DataError, match=words):
            talk.say(text)
    with pytest.raises(DataError, match="no held-out rows"):
        talk.open_row(0)
    (tmp_path / "no").write_text("{")
    with pytest.raises(DataError, match="no conversation that was kept"):
        wb.open_talk(tmp_path / "no")
    with pytest.raises(DataError, match="no conversation that was kept"):
        wb.open_talk(tmp_path / "nowhere")


def test_rivals_keep_their_blanks_and_name_their_bytes():
    made = tokenizer("sentences")
    word, number = next((w, n) for w, n in made.get_vocab().items() if w[0] == "\u2581")
    assert _alone(made, number) == " " + word[1:]  # decoded alone it has none
    made = tokenizer("bytes")
    (first, *_) = made("日", add_special_tokens=False)["input_ids"]
    assert _alone(made, first) == "<0xE6><0x97>"  # of e6 97 a5
    assert _alone(made, made(" the", add_special_tokens=False)["input_ids"][0])[0] == " "
