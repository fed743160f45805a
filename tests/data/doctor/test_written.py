"""What the check says of conversations and of texts that are written for texts."""

import json

import pandas as pd
import pytest

import workbench as wb
from workbench.data import check
from workbench.data.by_roles import load_by_roles
from workbench.data.doctor.secrets import masked

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
    found = said(pairs(), tmp_path, test)
    assert found["leaked"].count == 2
    assert not {"leaked asked", "leaked reply"} & set(found)


def test_one_side_of_another_split_that_train_has_is_counted(tmp_path):
    asked, reply = GOOD[4]
    test = [{"source": asked.upper(), "target": "Nobody knows that any more."},
            {"source": "And which pier is Emil's?", "target": GOOD[5][1]},  # four words and more
            {"source": "Who says so?", "target": reply.upper()},
            {"source": "Hello there", "target": "Hi"}, {"source": "Good day", "target": "Hi"}]
    found = said(pairs(("Hello there", "Hi"), ("Hello there", "Good day")), tmp_path, test)
    assert found["leaked asked"].count == 1 and found["leaked asked"].examples == ("test row 0",)
    assert found["leaked reply"].count == 2
    assert found["leaked reply"].examples == ("test row 1", "test row 2")
    assert found["leaked"].count == 1  # Hello there | Hi


def test_sources_that_are_nearly_those_of_another_split_are_counted(tmp_path):
    long = "The old red boat of the harbour master lies at the second pier behind the light"
    train = [{"source": f"{long} house {n}", "target": f"{n} " * 30} for n in range(4)]
    test = [{"source": f"{long} house again", "target": "Where the gulls sleep in winter. " * 4}]
    found = said([*pairs(), *train], tmp_path, test)
    assert found["near sources"].count >= 1 and "two splits" in found["near sources"].what
    assert "near sources" not in said([*pairs(), *train], tmp_path / "..", [])


WINTER = [
    ("Where does the ferry go in the winter months?", "Die Fähre fährt im Winter nach Norden."),
    ("When does the harbour close on Sundays?", "Der Hafen schließt am Sonntag um sechs."),
    ("Who keeps the keys of the boat house?", "Der Wirt verwahrt die Schlüssel zum Bootshaus."),
    ("How deep is the water at the old pier?", "Am alten Steg ist das Wasser drei Meter tief."),
    ("What does a berth cost for one night?", "Ein Liegeplatz kostet zwanzig Mark die Nacht."),
    ("May dogs come along on the ferry?", "Hunde dürfen auf der Fähre mitgenommen werden."),
    ("Which way does the wind blow today?", "Der Wind weht heute aus westlicher Richtung."),
    ("Can we buy fresh fish at the market?", "Auf dem Markt gibt es jeden Tag frischen Fisch."),
    ("Is the small island worth a visit?", "Die kleine Insel ist auf jeden Fall sehenswert."),
    ("Where can I hang my wet clothes to dry?", "Nasse Kleider kann man im Schuppen trocknen."),
    ("Why has the lighthouse been dark since May?", "Seit Mai ist der Leuchtturm ohne Strom."),
    ("Do you sell ropes and sails as well?", "Wir verkaufen auch Seile, Segel und Laternen."),
]
FOREIGN = {
    "untranslated": ("Bring the lamp to the cellar tonight.",
                     "Bring the lamp to the cellar tonight, please."),
    "short": ("Close the door of the shed.", "Close the door of the shed now."),
    "a third language": ("The boats are all back in the harbour.",
                         "Tous les bateaux sont rentrés au port avant la tempête de ce soir."),
}  # fmt: skip


@pytest.mark.parametrize("pair", FOREIGN.values(), ids=FOREIGN)
def test_a_target_in_another_language_is_named(pair, tmp_path):
    rows = [{"source": one, "target": other} for one, other in (*WINTER, pair)]
    found = said(rows, tmp_path)
    assert found["language reply"].examples == ("train row 12",)
    assert "not in 'de'" in found["language reply"].what and "(" in found["language reply"].what
    assert "language asked" not in found


def test_turned_rows_are_named_on_both_sides(tmp_path):
    turned = ("Der Schlüssel hängt hinter der Küchentür.", "The key hangs behind the kitchen door.")
    rows = [{"source": one, "target": other} for one, other in (*WINTER, turned)]
    found = said(rows, tmp_path)
    for side in ("asked", "reply"):
        assert found[f"language {side}"].examples == ("train row 12",)


def test_sides_of_mixed_or_of_too_few_languages_are_left_in_peace(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    mixed = [pair if n % 2 else pair[::-1] for n, pair in enumerate(WINTER)]
    for folder, some in (("a", mixed), ("b", [*WINTER[:6], FOREIGN["untranslated"]])):
        rows = [{"source": one, "target": other} for one, other in some]
        found = said(rows, tmp_path / folder)
        assert not {"language asked", "language reply"} & set(found)


SECRET = ["AKIA" + "ABCDEFGH12345678", "ghp_" + "a1B2" * 9, "sk-" + "x7" * 12, "hf_" + "q" * 32,
          "xoxb-" + "1234567890", "api_key=abcd1234efgh", "passwd: correcthorse9",
          "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMj.SflKxwRJSM1"]  # fmt: skip


@pytest.mark.parametrize("secret", SECRET, ids=range(len(SECRET)))
def test_secrets_are_counted_and_shown_nowhere(secret, tmp_path):
    odd = [(f"Take {secret} and go in by the door of the old boat house.", f"I took it {n}.")
           for n in range(2)]  # fmt: skip
    same = (f"Say {secret} to me", f"Say {secret} to me")
    found = said(pairs(*odd, same), tmp_path)
    assert found["secrets"].count == 3 and found["same text"].count == 1
    for one in found.values():
        assert secret not in " ".join([one.what, *one.examples])


def test_pairs_that_are_all_the_same_text_may_hold_secrets_too(tmp_path):
    text = "Say passwd: correcthorse9 to me"
    found = said([{"source": text, "target": text}], tmp_path)
    assert found["secrets"].count == 1


def test_numbers_beside_each_other_are_masked_all():
    said = masked("call 555-123-4567 555-987-6543 (030) 123-4567, a@b.org c@d.org e@f.org")
    assert not any(char.isdigit() or char == "@" for char in said)
    assert masked("x" * 200_000) == "x" * 200_000  # at once: an address is looked for once a word


HARMLESS = ["The password is on the door.", "What is a secret: nobody knows.", "my api key is lost",
            "sk-8 bus", "Ask for the access token at the desk."]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_talk_about_secrets_is_no_secret(text, tmp_path):
    assert "secrets" not in said(pairs((text, "It is so, they say.")), tmp_path)


def test_a_reply_that_is_the_question_is_counted(tmp_path):
    rows = [talk(("user", one), ("assistant", other)) for one, other in GOOD]
    rows.append(talk(("user", "Who is there?"), ("assistant", "who is  there?")))
    assert said(rows, tmp_path)["echoes"].examples == ("train row 10",)


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


def test_a_reply_that_nobody_asked_for_is_named(tmp_path):
    good = [talk(("user", one), ("assistant", other)) for one, other in GOOD]
    first = talk(("system", "Be short."), ("assistant", "Ahoy!"), ("user", "Low?"),
                 ("assistant", "At six."))  # fmt: skip
    quiet = {"messages": [{**first["messages"][1], "train": False}, *first["messages"][2:]]}
    assert said([*good, first, quiet], tmp_path)["reply first"].examples == ("train row 10",)


def test_pairs_that_are_there_twice_and_sources_with_several_targets_are_counted(tmp_path):
    rows = pairs(GOOD[0], GOOD[0], (GOOD[1][0], "Something else is written here."))
    found = said(rows, tmp_path)
    assert found["twice"].count == 2
    assert [place[:12] for place in found["twice"].examples] == ["train row 10", "train row 11"]
    assert found["many"].what.startswith("1 text that is asked has several texts")
    assert "(2 rows)" in found["many"].what
    made = check(wb.Recipe(task="text-to-text", dataset=str(tmp_path), model="none"))
    mended = made.fix("twice")
    assert "twice" not in {one.check for one in mended.found}
    loaded = load_by_roles(mended.recipe.replace(test_size=1, validation_size=1))
    assert len(loaded.splits["train"]) == 9
    apart = made.fix("many").recipe
    assert (apart.split, apart.split_column) == ("group", "source")


def test_copies_that_are_counted_are_those_that_the_fix_leaves_out(tmp_path):
    (one, said_one), (two, said_two) = GOOD[:2]
    rows = pairs((one.upper(), said_one), (two, said_two.upper()), ("Wo ist die Straße?", "Hier."),
                 ("WO IST DIE STRASSE\uff1f", "Hier."))  # fmt: skip
    found = said(rows, tmp_path)
    assert [place[:12] for place in found["twice"].examples] == ["train row 10", "train row 13"]
    assert "(2 rows)" in found["many"].what  # which differ by case alone
    made = check(wb.Recipe(task="text-to-text", dataset=str(tmp_path), model="none"))
    mended = {one.check: one for one in made.fix("twice").found}
    assert "twice" not in mended and "2 rows" in mended["fixed"].what


def test_rows_that_lack_a_side_are_left_out_by_a_fix(tmp_path):
    rows = [*pairs(), {"source": "a b", "target": "\u200b\u00a0"}, {"source": "", "target": "c"},
            {"source": "a c", "target": None}]  # fmt: skip
    found = said(rows, tmp_path)["empty text"]
    assert found.count == 3 and found.severity == "error"
    recipe = wb.Recipe(task="text-to-text", dataset=str(tmp_path), model="none")
    made = check(recipe).fix("empty text")
    assert "empty text" not in {one.check for one in made.found}
    loaded = load_by_roles(made.recipe.replace(test_size=1, validation_size=1))
    assert sum(map(len, loaded.splits.values())) == 10


def test_conversations_that_are_there_twice_are_counted():
    rows = [talk(("user", one), ("assistant", other)) for one, other in (*GOOD, GOOD[2])]
    rows.append(talk(("system", "Be short."), *(("user", GOOD[2][0]), ("assistant", GOOD[2][1]))))
    found = {finding.check: finding for finding in check(pd.DataFrame(rows)).found}
    assert found["twice"].examples == ("train row 10",)


def test_replies_of_conversations_are_checked_as_pairs():
    rows = [talk(("user", one), ("assistant", other)) for one, other in (*GOOD, ODD["repeats"])]
    found = {finding.check: finding for finding in check(pd.DataFrame(rows)).found}
    assert found["repeats"].examples == ("train row 10",)
