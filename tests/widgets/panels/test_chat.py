"""The chat panel without a page: what its buttons do, what it shows, what it says of bad input."""

import dataclasses
import os
import shutil
import signal
import threading

import pytest

import workbench as wb
from tests.talking.test_judging import RATED, conversation, longer, serving
from tests.talking.test_judging import said as answered
from tests.talking.test_talks import LONG, endless
from tests.training.test_chat import recipe_for
from tests.waiting import PATIENCE, until
from workbench.errors import DataError
from workbench.i18n import t
from workbench.talking import writers
from workbench.talking.turns import Answer
from workbench.widgets import ChatPanel
from workbench.widgets.panels.chat import shown
from workbench.widgets.panels.chat.judge_part import JudgePart
from workbench.widgets.panels.chat.opening import talk_of
from workbench.widgets.panels.chat.rendered import rendered
from workbench.widgets.panels.chat.view import ChatView
from workbench.widgets.panels.inspect import InspectPanel


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    recipe = recipe_for(folder, max_steps=30, evaluate_every=30)
    return wb.fine_tune(recipe, folder / "run", progress=False)


@pytest.fixture(scope="module")
def opened(run):
    """A panel whose process stays for all tests: its imports take seconds."""
    panel = ChatPanel(run)
    panel.wait(PATIENCE)
    yield panel
    panel.close()


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def press(panel, name, **values):
    """What the page sends, of the answers that it shows, and all that follows of it."""
    shown = panel.view.turns
    if name == "say":
        last = shown[-1] if shown else {"number": -1, "sides": []}
        numbers = [one["place"] - 1 for one in last["sides"]]
        values = {"turn": last["number"], "answers": numbers, **values}
    elif name == "rate" and "answers" not in values:
        values["answers"] = next(t["rates"] for t in shown if t["number"] == values["turn"])
    elif name in ("tokens", "prompt", "nearest", "go_on") and "answer" not in values:
        about = next(t for t in shown if t["number"] == values["turn"])["sides"]
        values["answer"] = about["AB".index(values["side"])]["place"] - 1
    panel.view._message(panel.view, {"do": name, **values}, [])
    panel.wait(PATIENCE)
    return panel.view


def said(view):
    return [[side["text"] for side in turn["sides"]] for turn in view.turns]


def test_it_opens_with_a_row_answered_by_the_run_and_by_what_it_began_with(run, opened):
    row = run.predictions().iloc[0]
    (turn,) = opened.view.turns
    tuned, base = turn["sides"]
    assert (turn["truth"], tuned["text"]) == (row["label"], row["prediction"])
    assert turn["asked"] and turn["row"] == ["test", 0] and opened.view.row == [0, 10, "test"]
    assert tuned["name"] == "run" and "run before tuning" in base["name"]
    assert tuned["sha"] != base["sha"] and {tuned["state"], base["state"]} == {"done"}
    assert not opened.view.writing and opened.view.live == {} and opened.view.status == ""


def test_questions_branches_and_answers_stay_and_are_gone_to(run):
    panel = ChatPanel(run, beside=None, row=None)
    try:
        view = press(panel, "say", text="a b", behind="")
        assert panel.talk.order() == [0] and len(view.turns) == 1
        press(panel, "say", text="c d", behind="")
        first = said(view)
        press(panel, "edit", turn=1, text="e f")
        assert [one["asked"] for one in view.turns] == ["a b", "e f"]
        assert view.turns[1]["branches"] == [1, 2]
        press(panel, "branch", turn=2, by=-1)
        assert said(view) == first
        press(panel, "again", turn=0)  # greedy: the same again, and nothing stands behind it yet
        assert len(view.turns) == 1 and view.turns[0]["sides"][0]["place"] == 2
        assert any("same was written again" in one for one in view.turns[0]["sides"][0]["notes"])
        press(panel, "which", turn=0, side="A", by=-1)
        assert view.turns[0]["sides"][0]["place"] == 1 and view.turns[1]["asked"] == "e f"
        press(panel, "open_row", row=3)
        assert view.place == [2, 2] and view.row[0] == 3 and len(view.turns) == 1
        press(panel, "conversation", by=1)
        assert view.place == [1, 2] and view.turns[0]["asked"] == "a b"
        press(panel, "begin")
        assert view.turns == [] and view.place == [0, 2]
        press(panel, "conversation", by=-1)
        assert view.place[0] == 2
        assert panel.notice.message == ""
    finally:
        panel.close()


def test_a_token_is_looked_at_and_another_is_gone_on_with(opened):
    view = press(opened, "tokens", turn=0, side="A")
    about = view.detail
    assert about["kind"] == "tokens" and "".join(about["tokens"]).strip() == said(view)[0][0]
    assert len(about["choices"]) == len(about["tokens"]) + 1
    written, other = about["choices"][0][:2]
    assert written[0] == about["ids"][0] and written[2] == pytest.approx(about["shares"][0])
    press(opened, "go_on", turn=0, side="A", position=0, token=other[0])
    first = view.turns[0]["sides"][0]
    assert (first["place"], first["begun"]) == (2, 1) and first["text"].startswith(other[1])
    assert view.turns[0]["sides"][1]["place"] == 1 and view.detail == {}
    press(opened, "which", turn=0, side="A", by=1)
    assert view.turns[0]["sides"][0]["text"] == "".join(about["tokens"])
    press(opened, "prompt", turn=0, side="A")
    assert view.turns[0]["asked"] in view.detail["text"] and view.detail["tokens"] > 0
    press(opened, "close_detail")
    assert view.detail == {}
    press(opened, "go_on", turn=0, side="A", position=99, token=3)
    assert "99" in opened.notice.message and view.turns[0]["sides"][0]["count"] == 2


def test_a_press_is_of_the_answers_that_its_page_showed(run):
    panel = ChatPanel(run)
    try:
        panel.wait(PATIENCE)
        view = press(panel, "tokens", turn=0, side="A")
        first, other = view.detail, view.detail["choices"][0][1]
        stale = {"turn": 0, "side": "A", "answer": 0}
        press(panel, "go_on", **stale, position=0, token=other[0])
        assert [one["place"] for one in view.turns[0]["sides"]] == [2, 1]
        assert view.turns[0]["rates"] == [1, 0]
        # from a page that has not heard of it yet
        press(panel, "rate", turn=0, verdict="better", side="A", answers=[0, 0])
        assert [one["pair"] for one in panel.talk.ratings] == [[[0, 0], [1, 0]]]
        assert view.turns[0]["rating"] == ""  # what is shown by now is not rated
        press(panel, "tokens", **stale)
        assert view.detail["ids"] == first["ids"]
        press(panel, "nearest", **stale)
        assert "".join(view.detail["answer"]) == "".join(first["tokens"])
        press(panel, "go_on", **stale, position=1, token=other[0])
        assert panel.talk.turns[0].answers[0][2].begun == [first["ids"][0], other[0]]
        press(panel, "say", text="a", behind="", turn=0, answers=[0, 0])
        assert panel.talk.turns[1].behind == [[0, 0], [1, 0]]
        assert view.turns[0]["rating"] == "A" and panel.notice.message == ""
        press(panel, "say", text="a", behind="", turn=-1, answers=[])  # its page was empty
        assert panel.talk.turns[2].parent is None
        for wrong in ([0, 9], [0], [0, "0"], [0, True]):
            press(panel, "rate", turn=0, verdict="better", side="A", answers=wrong)
            assert panel.notice.message and len(panel.talk.ratings) == 1, wrong
        press(panel, "tokens", turn=0, side="A", answer=7)
        assert "no answer 7" in panel.notice.message
    finally:
        panel.close()


def test_rows_of_the_split_that_was_asked_for_are_opened(run):
    panel = ChatPanel(run, split="validation", row=None, answer=False)
    try:
        panel.wait(PATIENCE)
        rows = run.predictions("validation")
        assert panel.view.row == [0, len(rows), "validation"]
        press(panel, "open_row", row=1)
        assert panel.view.turns[0]["row"] == ["validation", 1]
        assert panel.view.turns[0]["truth"] == rows["label"].iloc[1] and panel.view.row[0] == 1
        assert wb.open_talk(panel.talk.to_json()).open_row(2).row == ["validation", 2]
    finally:
        panel.close()
    before = panel.talk.to_json().replace(',\n  "split": "validation"', "")
    assert "split" not in before and wb.open_talk(before).split == "test"
    with pytest.raises(DataError, match="'tests'.*'test'"):
        ChatPanel(run, split="tests")


def test_of_a_text_that_grows_what_is_new_is_sent_alone(tmp_path):
    panel = ChatPanel(endless(tmp_path / "endless"), task="language-modelling", generation=LONG)
    view, sent = panel.view, []
    try:
        panel.wait(PATIENCE)
        view._send = lambda message, buffers=None: sent.append(message)
        panel.say("a b c")
        until(lambda: len(view.live.get("0:A", "")) > 400)
        view._message(None, {"do": "whole"}, [])
        whole = sent[-1]["state"]["live"]["0:A"]
        panel.stop()
        panel.wait(PATIENCE)
        text, news, states = "", 0, 0
        for message in list(sent):
            states += "0:A" in message.get("state", {}).get("live", {})
            if grown := message.get("content", {}).get("grown"):
                kept, more = grown["0:A"]
                assert kept <= len(text)
                text, news = text[:kept] + more, news + len(more)
        assert text.startswith(whole) and view.turns[0]["sides"][0]["text"].startswith(text)
        assert states == 2 and news == len(text) > 400  # its beginning, and what was asked for
    finally:
        panel.close()


def test_what_a_text_takes_back_is_counted_as_a_page_counts():
    sent = []
    view = ChatView(lambda name, values: None)
    view._send = lambda message, buffers=None: sent.append(message)
    view.live = {"0:A": "", "0:B": "x"}
    for text in ("\U0001f600a\ufffd", "\U0001f600ab", "\ud800", "\ud800!"):
        view.grow({"0:A": text, "0:B": "x"})
    grown = [one["content"]["grown"]["0:A"] for one in sent if "content" in one]
    assert grown == [[0, "\U0001f600a\ufffd"], [3, "b"], [0, "\ud800"], [1, "!"]]
    view.grow({"0:A": "\ud800!", "0:B": "x"})
    assert len(sent) == 5


def test_the_copied_run_of_words_is_marked_on_both_sides(opened):
    view = press(opened, "nearest", turn=0, side="A")
    about = view.detail
    before, copied, after = about["answer"]
    assert before + copied + after == said(view)[0][0] and copied
    theirs = about["texts"][0]["reply"]
    assert theirs[1] == copied and about["said"].startswith("The longest run")


def test_ratings_are_counted_and_saved(opened, tmp_path):
    view = press(opened, "rate", turn=0, verdict="better", side="B")
    assert view.turns[0]["rating"] == "B" and opened.rating.layout.display is None
    won = {row[0].split(" before")[0] + str(" before" in row[0]): row[2:4]
           for row in opened.rating.table.rows}  # fmt: skip
    assert won == {"runFalse": [0.0, 1.0], "runTrue": [1.0, 0.0]}
    opened.rating.line.act("save", path=str(tmp_path / "pairs.jsonl"))
    until(lambda: not opened.rating.line.busy)
    assert "1 pair was written" in opened.rating.line.status
    opened.rating.save(str(tmp_path / "pairs.jsonl"))  # its own
    (tmp_path / "there.jsonl").write_text("of another conversation")
    with pytest.raises(DataError, match="There is a file .*there.jsonl"):
        opened.rating.save(str(tmp_path / "there.jsonl"))
    assert len((tmp_path / "pairs.jsonl").read_text().splitlines()) == 1
    judge = opened.rating.judge
    judge.line.act("judge", by="length")
    until(lambda: not judge.line.busy)
    shorter = len(said(view)[0][1]) < len(said(view)[0][0])
    assert judge.table.rows[0][:5] == ["length", 1.0, 1.0, 1.0 - shorter, 1.0 - shorter]
    assert judge.line.progress == "1 of 1 pair" and judge.line.status == ""
    judge.line.act("change", by="model")
    assert [one["name"] for one in judge.line.fields] == ["by", "address", "model", "key"]
    judge.line.act("judge", by="model", address="nowhere", model="m", key="")
    until(lambda: not judge.line.busy)
    assert "nowhere" in judge.notice.message and len(judge.table.rows) == 1
    press(opened, "rate", turn=0, verdict="both_bad", side="A")
    assert view.turns[0]["rating"] == "both_bad"
    assert judge.table.rows[0][:3] == ["length", 1.0, 0.0]  # nothing is compared any more
    opened.rating.line.act("save", path=str(tmp_path / "none.jsonl"))
    until(lambda: not opened.rating.line.busy)
    assert "no pair of answers" in opened.rating.notice.message


def test_a_judge_is_counted_by_the_ratings_as_they_are():
    talk = conversation(RATED)
    part = JudgePart(talk)
    found = part.judge("length")
    assert part.table.rows[0][:4] == ["length", 5, 4, 3]  # A, B, B, A by hand; A, B, B, B by length
    talk.at = 0
    talk.rate("worse")
    talk.at = 5
    talk.rate("better")  # was not rated before
    part.follow()
    assert part.table.rows[0][:4] == ["length", 5, 4, 2]
    assert "1 pair was rated since" in part.table.note and found.pairs[0].hand == "A"
    part.judge("length")
    assert part.table.rows[0][1] == 6 and "since" not in part.table.note


def test_judges_of_one_name_are_told_apart(serve):
    part = JudgePart(conversation(RATED))
    for reply in (longer, lambda _: answered('{"better": 0}')):
        server = serve(reply)
        part.judge("model", server.url, "small")
    part.judge("model", server.url, "length")
    part.judge("length")
    part.judge("model", server.url + "/", "small")  # the second once more
    names = [row[0] for row in part.table.rows]
    assert names == list(part.judged) and len(set(names)) == 4
    assert [name.split()[0] for name in names] == ["small", "small", "length", "length"]
    assert names[1] == f"small ({server.url})" and names[3] == "length"
    assert [row[3] for row in part.table.rows] == [3, 0, 0, 3]


def test_judging_is_stopped_and_what_was_typed_stays(serve):
    begun, ends = threading.Event(), threading.Event()

    def reply(about):
        if len(server.asked) == 3:
            begun.set()
            ends.wait(PATIENCE)
        return longer(about)

    server = serve(reply)
    part = JudgePart(conversation(RATED))

    def press(action, **values):
        part.line._message(None, {"action": action, "values": values}, [])

    press("stop")  # nothing is done yet
    press("change", by="model", address="", model="", key="")
    press("judge", by="model", address=server.url, model="small", key="")
    assert begun.wait(PATIENCE) and part.line.progress.startswith("1 of 5 pairs")
    press("judge", by="length")  # not beside it
    press("stop")
    until(lambda: not part.line.busy)
    ends.set()
    assert [row[:4] for row in part.table.rows] == [["small", 5, 1, 1]]
    assert "4 pairs have no verdict: it was stopped." in part.table.note
    press("change", by="length", address=server.url, model="small", key="")
    press("change", by="model")
    assert [one.get("value") for one in part.line.fields] == ["model", server.url, "small", ""]
    for _ in range(20):
        part.stop()  # too late, or of nothing
    part.judge("model", server.url, "small")
    assert [row[3] for row in part.table.rows] == [3] and "stopped" not in part.table.note
    part.stop()
    press("judge", by="length")
    until(lambda: not part.line.busy)
    assert [row[3] for row in part.table.rows] == [3, 3] and "stopped" not in part.table.note


def test_who_wrote_what_is_hidden_until_a_blind_pair_is_rated(run):
    panel = ChatPanel(run, blind=True, seed=0, answer=False)
    try:
        panel.wait(PATIENCE)
        turn = panel.talk.turn
        for seat, text in enumerate(("tuned", "base")):
            turn.add(seat, Answer(text, "done", weights={"name": text, "sha256": text}, seconds=3,
                                  notes=[f"The template of {text}.", "Cut."]))  # fmt: skip
        assert panel.talk.order() == [1, 0]  # this seed swaps them
        panel._draw()
        (one,) = panel.view.turns
        assert one["hidden"]
        assert {(side["name"], side["sha"]) for side in one["sides"]} == {("", "")}
        assert [side["text"] for side in one["sides"]] == ["base", "tuned"]
        # nor does anything else tell it: notes of one alone, times, prompt, training, JSON
        assert [(side["notes"], side["seconds"]) for side in one["sides"]] == [(["Cut."], 0)] * 2
        for deed, about in (("prompt", {"turn": 0, "side": "A"}), ("paper", {"kind": "json"}),
                            ("nearest", {"turn": 0, "side": "B"})):  # fmt: skip
            press(panel, deed, **about)
            assert "waits for its rating" in panel.notice.message, deed
            assert panel.view.detail == {} == panel.view.paper
        press(panel, "paper", kind="code")
        assert "blind=True" in panel.view.paper["text"]
        press(panel, "rate", turn=0, verdict="better", side="A")
        (one,) = panel.view.turns
        assert [side["name"] for side in one["sides"]] == ["base", "tuned"]
        assert one["rating"] == "A" and not one["hidden"]
        assert panel.talk.rated()["winner"].tolist() == ["base"]
        assert [len(side["notes"]) for side in one["sides"]] == [2, 2]
        press(panel, "paper", kind="json")
        assert '"order"' in panel.view.paper["text"]
        press(panel, "set", values={"blind": False})
        assert not panel.view.blind and panel.talk.order(0) == [1, 0]  # as it was shown
    finally:
        panel.close()


def test_an_error_that_names_who_wrote_it_waits_for_the_rating(run):
    panel = ChatPanel(run, blind=True, answer=False)
    try:
        panel.wait(PATIENCE)
        turn = panel.talk.turn
        turn.add(0, Answer("a", "failed", error=["The model's folder /x/run is gone.", "Back."]))
        turn.add(1, Answer("b", "failed", error=["It was killed (SIGKILL).", "Again."]))
        (one,), _ = shown.turns_shown(panel.talk, 0)
        said = [side["error"] for side in sorted(one["sides"], key=lambda side: side["text"])]
        assert said == [[t("chat_panel.error_hidden"), t("chat_panel.error_hidden_back")],
                        ["It was killed (SIGKILL).", "Again."]]  # fmt: skip
    finally:
        panel.close()


def test_each_panel_shuffles_by_a_seed_of_its_own(run, opened):
    seeds = {opened.talk.seed} | {talk_of(run, None, {}).seed for _ in range(3)}
    assert len(seeds) == 4
    assert talk_of(run, None, {"seed": 5}).seed == 5
    assert "seed" not in opened.talk.code()  # nothing is shuffled


def test_a_side_that_lacks_its_answer_is_answered_alone(run, opened):
    panel = ChatPanel(run, answer=False)
    try:
        panel.wait(PATIENCE)
        panel.talk.turn.add(0, Answer("a", "done", weights={"name": "a", "sha256": "5"}))
        panel.talk.turn.add(1, Answer("", "stopped"))  # before it was begun
        panel._draw()
        assert [side["written"] for side in panel.view.turns[0]["sides"]] == [True, False]
        press(panel, "again", turn=0)
        assert [side["count"] for side in panel.view.turns[0]["sides"]] == [1, 2]
        assert panel.view.turns[0]["rates"] == [0, 1]
        press(panel, "again", turn=0)
        assert [side["count"] for side in panel.view.turns[0]["sides"]] == [2, 3]
    finally:
        panel.close()


def test_what_was_looked_up_too_late_is_not_shown(opened):
    look, view = opened.looked_up, opened.view
    first = look.expect(0, "A", "tokens")
    second = look.expect(0, "A", "prompt")
    look.find(second, "prompt", 0, "A", -1)
    look.find(first, "tokens", 0, "A", 0)
    with pytest.raises(DataError):
        look.find(first, "tokens", 99, "A", 0)
    assert view.detail["kind"] == "prompt"
    third = look.expect(0, "A", "tokens")
    look.clear()  # as the page shows another turn
    look.find(third, "tokens", 0, "A", 0)
    assert view.detail == {}


def test_an_open_paper_is_that_of_the_conversation_as_it_is(opened):
    press(opened, "paper", kind="code")
    assert "'j b'" not in opened.view.paper["text"]
    press(opened, "edit", turn=opened.at, text="j b")
    assert "'j b'" in opened.view.paper["text"]
    press(opened, "branch", turn=opened.at, by=-1)
    assert "'j b'" not in opened.view.paper["text"]
    press(opened, "paper", kind="")
    assert opened.view.paper == {}


def test_a_panel_that_is_closed_while_it_loads_takes_no_memory(run, opened):
    panel = ChatPanel(run)
    panel.close()
    panel.wait(PATIENCE)
    assert panel.talk._key not in writers._users and panel.view.turns[0]["sides"][0]["state"] == ""


def test_settings_are_said_by_field_and_wrong_ones_in_a_sentence(opened):
    view, before = opened.view, opened.talk.generation
    press(opened, "set", values={"kind": "sampling"})
    press(opened, "set", values={"temperature": "0.5"})
    assert opened.talk.generation["temperature"] == 0.5
    assert [one[0] for one in view.settings["fields"]] == [
        "temperature", "top_p", "max_new_tokens", "seed"
    ]
    press(opened, "set", values={"temperature": "warm"})
    assert "'warm'" in opened.notice.message and opened.talk.generation["temperature"] == 0.5
    assert view.settings["refused"] == 1  # so that the page shows 0.5 again
    press(opened, "set", values={"system": "j j j"})
    assert opened.talk.system == "j j j" == view.settings["system"]
    press(opened, "set", values={"system": ""})
    press(opened, "set", values={"kind": "greedy"})
    assert opened.talk.system is None and opened.talk.generation == before


def test_what_is_written_stays_when_it_is_stopped_twenty_times_or_killed(tmp_path):
    model = endless(tmp_path / "endless")
    panel = ChatPanel(model, task="language-modelling", generation=LONG)
    try:
        panel.wait(PATIENCE)
        panel.say("a b c")
        until(lambda: panel.view.live.get("0:A"))
        assert panel.view.writing and panel.view.turns[0]["sides"][0]["state"] == "writing"
        press_many = [threading.Thread(target=panel.view._message, args=(None, {"do": "stop"}, []))
                      for _ in range(20)]  # fmt: skip
        for one in press_many:
            one.start()
        panel.wait(PATIENCE)
        (side,) = panel.view.turns[0]["sides"]
        assert side["state"] == "stopped" and side["text"] and not panel.view.writing
        assert panel.view.live == {} and panel.notice.message == ""
        assert panel.view.row == [] and panel.view.settings["system"] is None
        assert not panel.view.learnt
        panel.again()
        until(lambda: panel.view.live.get("0:A"))
        os.kill(writers.pid(), signal.SIGKILL)  # as the system does where memory runs out
        panel.wait(PATIENCE)
        (side,) = panel.view.turns[0]["sides"]
        assert side["state"] == "failed" and side["text"] and "SIGKILL" in side["error"][0]
        assert panel.notice.message == "" and side["count"] == 2  # it is said where it stands
    finally:
        panel.close()


def test_what_goes_wrong_is_said_and_the_conversation_stays(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    panel = ChatPanel(wb.open_run(copy), beside=None)
    try:
        panel.wait(PATIENCE)
        before = said(panel.view)
        shutil.rmtree(copy)
        press(panel, "say", text="a", behind="")
        assert "copy" in panel.notice.message and panel.notice.details == ""
        assert said(panel.view)[0] == before[0]
        press(panel, "tokens", turn=0, side="A")
        assert "copy" in panel.notice.message and panel.view.detail == {}
        for wrong in ({"do": "say", "text": 5, "behind": ""}, {"do": "__init__"}, {"do": []}, {}):
            panel.view._message(None, wrong, [])  # no page of ours says so
        press(panel, "say", text=" ", behind="")
        assert "text is empty" in panel.notice.message
        for deed, about in (("branch", {"by": 1}), ("which", {"side": "A", "by": 1}),
                            ("edit", {"text": "a"}), ("again", {})):  # fmt: skip
            press(panel, deed, turn=99, **about)
            assert "no turn 99" in panel.notice.message, deed
    finally:
        panel.close()


def test_hostile_and_failed_answers_are_plain_values(opened):
    evil = "<img src=x onerror=alert(1)> $\\int$ **b** " + "a" * 10_000
    turn = dataclasses.replace(
        opened.talk.turns[0], text=evil, answers=[[Answer(evil, "failed", error=["Out.", "Less."])],
        [Answer("", "done", weights={"name": "b", "sha256": "5"})]], chosen=[0, 0],
    )  # fmt: skip
    kept, opened.talk.turns = opened.talk.turns, [turn]
    try:
        (one,), live = shown.turns_shown(opened.talk, 0)
    finally:
        opened.talk.turns = kept
    first, second = one["sides"]
    assert (one["asked"], first["text"], first["error"]) == (evil, evil, ["Out.", "Less."])
    assert second["notes"] == [t("chat_panel.empty_answer")] and live == {}
    assert one["rates"] == []


def test_a_rendered_view_is_a_choice(opened):
    evil = "<img src=x onerror=alert(1)> $a_1*b*c$ **b** ![p](http://x/y) [l](https://x/y) " + \
           "[j](javascript:alert(1)) " + "a" * 10_000  # fmt: skip
    turn = dataclasses.replace(
        opened.talk.turns[0], answers=[[Answer(evil, "done")], [Answer("#" * 20_001, "done")]],
        chosen=[0, 0],
    )  # fmt: skip
    kept, opened.talk.turns, opened.at = (opened.talk.turns, opened.at), [turn], 0
    try:
        assert "nodes" not in shown.turns_shown(opened.talk, 0)[0][0]["sides"][0]
        press(opened, "set", values={"rendered": True})
        first, second = opened.view.turns[0]["sides"]
        (paragraph,) = first["nodes"]
        assert paragraph[2] == [
            "<img src=x onerror=alert(1)> ", ["code", {}, ["$a_1*b*c$"]], " ",
            ["strong", {}, ["b"]], " ", t("chat_panel.picture", name="p", address="http://x/y"),
            " ", ["a", {"href": "https://x/y", "title": "https://x/y", "target": "_blank",
                        "rel": "noopener noreferrer nofollow"}, ["l"]],
            " [j](javascript:alert(1)) " + "a" * 10_000,
        ]  # fmt: skip
        assert "nodes" not in second and "20,000" in second["notes"][0]
        assert first["text"] == evil and opened.view.settings["rendered"]
        press(opened, "set", values={"rendered": False})
        assert "nodes" not in opened.view.turns[0]["sides"][0]
    finally:
        opened.talk.turns, opened.at = kept
        opened._draw()


@pytest.mark.parametrize(("text", "nodes"), [
    ("# a\n- b\n- c", [["h4", {}, ["a"]], ["ul", {}, [["li", {}, ["b"]], ["li", {}, ["c"]]]]]),
    ("```py\n<b>\n```", [["pre", {"tabindex": "0", "title": "py"}, ["<b>\n"]]]),
    ("3. a", [["ol", {"start": "3"}, [["li", {}, ["a"]]]]]),
    ("[x]: http://y\n", [["p", {}, ["[x]: http://y"]]]),  # would not be seen
    ("[x](data:text/html,y)", [["p", {}, ["[x](data:text/html,y)"]]]),
    ("[x](/files/y)", [["p", {}, ["x", " (/files/y)"]]]),
    ("costs $5 and $6", [["p", {}, ["costs $5 and $6"]]]),
    ("\\(a\\_b\\) a\\*", [["p", {}, [["code", {}, ["\\(a\\_b\\)"]], " a*"]]]),
    (">" * 50 + "a", None), ("- " * 9 + "a" + "\n" + "> " * 45 + "b", None), ("", []),
], ids=["list", "fence", "number", "definition", "data", "place", "price", "formula", "deep",
        "deeper", "empty"])  # fmt: skip
def test_what_markdown_means(text, nodes):
    assert rendered(text) == nodes


def test_inspect_talks_to_its_run_once_its_tab_is_chosen(run, opened):
    panel = InspectPanel(run)
    assert "talk" not in panel.views
    assert panel.query in panel.children and panel.attention in panel.children
    view = panel.choose_view("talk")
    assert panel.query not in panel.children  # one box to type in
    view.chat.wait(PATIENCE)
    assert view.chat.view.turns[0]["sides"][0]["state"] == "done"
    first = view.chat
    first.rate(0, "better")
    view.load(panel)
    assert view.chat is first
    panel.split = "validation"  # as of another run
    view.load(panel)
    other = view.chat
    assert other is not first and first.talk._key not in writers._users
    panel.split = "test"
    view.load(panel)
    assert view.chat is first and first.view.turns[0]["rating"] == "A"
    panel.tabs.select(next(name for name, _ in panel.tabs.names if name != "talk"))
    assert panel.query in panel.children
    view.close()
    other.wait(PATIENCE)
    assert not {first.talk._key, other.talk._key} & set(writers._users)


def test_a_kept_conversation_is_gone_on_with(opened):
    talk = wb.open_talk(opened.talk.to_json())
    panel = ChatPanel(talk)
    panel.wait(PATIENCE)
    assert panel.talk is talk and said(panel.view) == said(opened.view)
    panel.close()
    with pytest.raises(DataError, match="Nobody speaks"):
        ChatPanel(5)
