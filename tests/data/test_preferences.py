"""Two replies of which one was preferred: shapes that are read, and what is said of them."""

import json

import pandas as pd
import pytest

import workbench as wb
from tests.training import writers
from workbench.data.conversations.preferences import compared
from workbench.data.conversations.stored import from_line
from workbench.recipe import Recipe

SAID = ["say", "do", "see", "be", "go", "ask", "run", "eat"]


def user(text):
    return {"role": "user", "content": text}


def bot(text):
    return {"role": "assistant", "content": text}


def texts(n=8):
    return [(f"what is {SAID[i % 8]} {i}", f"good answer {i}", f"bad {i}") for i in range(n)]


SHAPES = {
    "texts": lambda a, c, r: {"prompt": a, "chosen": c, "rejected": r},
    "messages": lambda a, c, r: {"prompt": [user(a)], "chosen": [bot(c)], "rejected": [bot(r)]},
    "whole": lambda a, c, r: {"chosen": [user(a), bot(c)], "rejected": [user(a), bot(r)]},
    "beside": lambda a, c, r: {
        "prompt": a, "chosen": [user(a), bot(c)], "rejected": [user(a), bot(r)]},
    "asked-beside": lambda a, c, r: {
        "messages": [user(a)], "chosen": [bot(c)], "rejected": [bot(r)]},
    "once-more": lambda a, c, r: {"messages": [user(a), bot(c)], "chosen": [user(a), bot(c)],
                                  "rejected": [user(a), bot(r)]},
    "marked": lambda a, c, r: {"chosen": f"\n\nHuman: {a}\n\nAssistant: {c}",
                               "rejected": f"\n\nHuman: {a}\n\nAssistant: {r}"},
    "asked": lambda a, c, r: {"question": a, "chosen": c, "rejected": r},
}  # fmt: skip


def _load(recipe):
    from workbench import tasks

    return tasks.get("chat").load_examples(recipe)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read_and_found_by_the_check(shape, tmp_path):
    file = tmp_path / "pairs.jsonl"
    rows = [SHAPES[shape](*one) for one in texts()]
    file.write_text("\n".join(map(json.dumps, rows)))
    check = wb.check(file)
    assert check.recipe.task == "chat"
    said = next(one for one in check.found if one.check == "rejected")
    assert "'rejected'" in said.what and said.fix == {"loss": {"kind": "dpo"}}
    examples = _load(check.recipe.replace(loss="dpo", test_size=2, validation_size=2))
    whole = pd.concat(examples.splits.values())
    assert {(a, c, r) for a, c, r in zip(whole["text"], whole["reply"], whole["rejected"],
                                         strict=True)} == set(texts())  # fmt: skip
    one, ask = from_line(whole["rejected_conversation"].iloc[0])
    assert ask == 1 and one.messages[1].learnt and one.messages[1].role == "assistant"


def test_turns_that_both_begin_with_are_the_prompt_and_are_not_learnt():
    before = [user("hi"), bot("hello"), user("what")]
    data = pd.DataFrame([{"chosen": [*before, bot(f"yes {i}"), user("more"), bot("a")],
                          "rejected": [*before, bot(f"no {i}")]} for i in range(8)])  # fmt: skip
    whole = pd.concat(_load(Recipe(task="chat", loss="dpo", dataset=data, split="random",
                                   test_size=2, validation_size=2)).splits.values())  # fmt: skip
    one, ask = from_line(whole["conversation"].iloc[0])
    assert ask == 3 and [m.learnt for m in one.messages] == [False, False, False, True, False, True]


def test_what_is_no_pair_is_left_out_and_counted():
    rows = [SHAPES["whole"](*one) for one in texts(10)]
    rows[0]["rejected"] = rows[0]["chosen"]  # the same
    rows[1]["rejected"] = [user(texts()[1][0]), bot("")]  # empty
    rows[2]["rejected"] = [user("something else"), bot("x")]  # another prompt
    rows[3]["rejected"] = rows[3]["chosen"][:1]  # no reply
    rows[4] = SHAPES["whole"](texts()[5][0], texts()[5][2], texts()[5][1])  # the other way round
    rows[6] = dict(rows[7])  # twice
    rows[8]["rejected"] = [user(texts(9)[8][0]), bot(" good  answer 8")]  # blanks alone
    check = wb.check(Recipe(task="chat", loss="dpo", dataset=pd.DataFrame(rows)))
    counts = {one.check: one.count for one in check.found}
    for kind, count in {"same": 1, "empty": 1, "apart": 2, "twice": 1, "contrary": 2,
                        "nearly": 1}.items():  # fmt: skip
        assert counts.get(kind) == count, (kind, counts)
    found = _load(Recipe(task="chat", loss="dpo", dataset=pd.DataFrame(rows), split="random",
                         test_size=2, validation_size=2))  # fmt: skip
    assert sum(map(len, found.splits.values())) == 6
    assert any("In 2 pairs the two sides do not answer the same" in note for note in found.notes)
    line = '{"messages": [{"role": "assistant", "content": "%s"}]}'
    assert compared(from_line(line % "a")[0], from_line(line % "b")[0]) == "apart"


def test_a_question_stays_in_one_split():
    rows = [{"prompt": f"q{i // 4}", "chosen": f"good {i}", "rejected": f"bad {i}"}
            for i in range(40)]  # fmt: skip
    splits = _load(Recipe(task="chat", loss="dpo", dataset=pd.DataFrame(rows))).splits
    asked = [set(frame["text"]) for frame in splits.values()]
    assert all(asked) and sum(map(len, asked)) == 10


def test_the_preview_shows_both_sides_with_what_is_compared_and_cut(tmp_path):
    writers.save(tmp_path / "llama", "llama")
    rows = [{"prompt": "a b", "chosen": " ".join("0123"), "rejected": str(i)} for i in range(10)]
    rows[0]["chosen"] = " ".join("0123456789" * 3)
    recipe = Recipe(task="chat", loss="dpo", dataset=pd.DataFrame(rows), split="random",
                    model=str(tmp_path / "llama"), test_size=2, validation_size=2, max_length=16,
                    generation={"kind": "greedy", "max_new_tokens": 4})  # fmt: skip
    seen = wb.data.preview(recipe)
    text = seen.as_text(seen.order()[-1])
    assert "[chosen]" in text and "⟦ 0 1 2 3</s>⟧" in text and "[rejected]" in text
    cut = wb.check(recipe)
    findings = {one.check: one for one in cut.found}
    assert findings["cut"].count == 1 and "max_length=16" in findings["cut"].what


def test_what_a_conversation_saves_is_read(tmp_path):
    from tests.talking.test_judging import conversation

    rated = [(None, f"good {i}", f"bad {i}", i % 2) for i in range(8)]
    talk = conversation(rated)
    talk.save_preferences(tmp_path / "pairs.jsonl")
    recipe = Recipe(task="chat", loss="dpo", dataset=str(tmp_path / "pairs.jsonl"), test_size=2,
                    validation_size=2)  # fmt: skip
    whole = pd.concat(_load(recipe).splits.values()).sort_values("row")
    assert whole["reply"].tolist() == [f"{('good', 'bad')[i % 2]} {i}" for i in range(8)]
