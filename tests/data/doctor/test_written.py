"""What the check says of conversations and of texts that are written for texts."""

import json

import pandas as pd
import pytest

from workbench.data import check

NAMES = ["Anna", "Boris", "Chen", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jun"]
GOOD = [(f"Where does {name} keep the boat of the {n} brothers?", f"{name} moors it at pier {n}.")
        for n, name in enumerate(NAMES)]  # fmt: skip


def said(rows, tmp_path, test=()):
    for name, part in (("train", rows), ("test", test)):
        if part:
            text = "\n".join(json.dumps(row) for row in part)
            (tmp_path / f"{name}.jsonl").write_text(text)
    return {finding.check: finding for finding in check(tmp_path).found}


def pairs(*more):
    return [{"source": one, "target": other} for one, other in (*GOOD, *more)]


ODD = {
    "repeats": ("Who sold the old red ship?", "You ask: who sold the old red ship? Ivo did."),
    "far": ("Who sold the blue one?", "It was sold by many. " * 40),
    "script asked": ("谁卖了那艘旧船？", "It was sold by Fay."),
    "script reply": ("Who sold the grey one?", "那艘船是小陈卖的。"),
    "secrets": ("How do I get in?", "Use password: hunter2hunter2 and wait."),
    "personal data": ("Whom do I write to?", "To harbour.master@example.org, please."),
}


@pytest.mark.parametrize(("kind", "pair"), ODD.items(), ids=ODD)
def test_an_odd_pair_is_named_once(kind, pair, tmp_path):
    found = said(pairs(pair), tmp_path)
    assert found[kind].count == 1
    assert found[kind].examples == ("train row 10",)
    assert not (set(ODD) - {kind}) & set(found)
    assert "hunter2" not in found[kind].what and "harbour" not in found[kind].what


def test_good_pairs_are_left_in_peace(tmp_path):
    assert not set(ODD) & set(said(pairs(), tmp_path))


def test_pairs_of_the_test_split_that_train_has_are_counted(tmp_path):
    test = [pairs()[2], {"source": GOOD[3][0].upper(), "target": GOOD[3][1]},
            {"source": "Is it far to the pier?", "target": "Two miles."}]  # fmt: skip
    assert said(pairs(), tmp_path, test)["leaked"].count == 2


def talk(*turns):
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


TURNS = {
    "no reply": talk(("user", "Is anyone here?")),
    "empty turns": talk(("user", "Is anyone here?"), ("assistant", " ")),
    "out of order": talk(("user", "Is anyone"), ("user", "here?"), ("assistant", "Yes.")),
    "results alone": talk(("user", "Low?"), ("tool", "4:10"), ("assistant", "At 4:10.")),
    "open end": talk(("user", "Low?"), ("assistant", "At six."), ("user", "Thanks!")),
}


@pytest.mark.parametrize(("kind", "row"), TURNS.items(), ids=TURNS)
def test_turns_that_are_out_of_order_empty_or_missing(kind, row, tmp_path):
    good = [talk(("system", "Be short."), ("user", one), ("assistant", other))
            for one, other in GOOD]  # fmt: skip
    found = said([*good, row], tmp_path)
    assert {name for name in TURNS if name in found} == {kind}
    assert found[kind].count == 1 and found[kind].examples == ("train row 10",)


def test_replies_of_conversations_are_checked_as_pairs():
    rows = [talk(("user", one), ("assistant", other)) for one, other in (*GOOD, ODD["repeats"])]
    found = {finding.check: finding for finding in check(pd.DataFrame(rows)).found}
    assert found["repeats"].examples == ("train row 10",)
