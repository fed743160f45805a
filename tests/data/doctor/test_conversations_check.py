"""Bad conversations: one clear sentence each, from the check and from training."""

import functools
import json

import pytest
import transformers

import workbench as wb
from tests.training import writers
from tests.training.test_chat import talks
from workbench.data.conversations.examples import load_conversations
from workbench.data.doctor import learnt
from workbench.errors import DataError
from workbench.training.preparing import prepare

USER, BOT = "user", "assistant"


def talk(*turns, **more):
    return {"messages": [{"role": role, "content": text} for role, text in turns], **more}


GOOD = talks(24).to_dict("records")
LONG = talk((USER, "a " * 60), (BOT, "0 1"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(writers.save(tmp_path_factory.mktemp("check") / "llama", "llama"))


def recipe_of(folder, model, rows, **about):
    file = folder / "talks.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    usual = {"task": "chat", "model": model, "dataset": str(file), "max_length": 40,
             "generation": {"kind": "greedy", "max_new_tokens": 6}}  # fmt: skip
    return wb.Recipe(**{**usual, **about})


ORDER = {
    "asks-twice": [(USER, "a"), (USER, "b"), (BOT, "1")],
    "answers-twice": [(USER, "a"), (BOT, "1"), (BOT, "2")],
    "late-system": [(USER, "a"), ("system", "be kind"), (BOT, "1")],
    "two-systems": [("system", "a"), ("system", "b"), (USER, "a"), (BOT, "1")],
    "system-last": [(USER, "a"), (BOT, "1"), ("system", "b")],
    "asks-thrice": [(USER, "a"), (USER, "b"), (USER, "c"), (BOT, "1")],
    "swapped-words": [("human", "a"), ("human", "b"), ("gpt", "1")],
}
EMPTY = {
    "empty": [(USER, "a"), (BOT, "")], "blanks": [(USER, "a"), (BOT, " \n\t")],
    "null": [(USER, "a"), (BOT, None)], "no-break": [(USER, "a"), (BOT, "\u00a0")],
    "wide": [(USER, "a"), (BOT, "\u3000")], "second": [(USER, "a"), (BOT, "1"), (USER, "b"),
                                                      (BOT, "")],
}  # fmt: skip
NONE = {
    "user": [(USER, "a")], "users": [(USER, "a"), (USER, "b")],
    "system": [("system", "s"), (USER, "a")], "human": [("human", "a")],
    "tool": [(USER, "a"), ("tool", "7")],
}  # fmt: skip


def cases(**kinds):
    return [pytest.param(words, turns, id=f"{kind}-{name}".replace("_", "-"))
            for kind, (words, many) in kinds.items() for name, turns in many.items()]  # fmt: skip


FIRST = {"first": [("tool", "7"), (USER, "a"), (BOT, "1")]}


@pytest.mark.parametrize(("words", "turns"), cases(
    order=("roles are out of order", ORDER), empty=("says nothing", EMPTY),
    none=("has no reply to learn", NONE), alone=("a tool answers that nothing called", FIRST),
))  # fmt: skip
def test_turns_that_are_wrong_are_said_and_lose_nothing_else(words, turns, model, tmp_path):
    recipe = recipe_of(tmp_path, model, [*GOOD, talk(*turns)])
    check = wb.check(recipe)
    said = [f for f in check.found if words in f.what]
    assert len(said) >= 1 and said[0].count == 1 and "train row 24" in said[0].examples[0]
    assert said[0].remedy and check.ok
    examples = load_conversations(recipe)
    kept = sum(map(len, examples.splits.values()))
    learns = any(role in (BOT, "gpt") and (text or "").strip() for role, text in turns)
    assert kept == 24 + learns
    if not learns:
        assert any("1 conversation has no reply" in note for note in examples.notes)


HOSTILE = {
    "end": "</s> 1", "begin": "<s> <s>", "pad": "<pad>", "jinja": "{{ 7 * 7 }}",
    "block": "{% for x in range(9) %}x{% endfor %}", "comment": "{# no #}",
    "attribute": "{{ messages.__class__ }}", "raise": "{{ raise_exception('x') }}",
    "generation": "{% generation %}1{% endgeneration %}", "unclosed": "{{ {% {#",
    "call": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
}  # fmt: skip


@pytest.mark.parametrize("text", [pytest.param(v, id=k) for k, v in HOSTILE.items()])
@pytest.mark.parametrize("side", [USER, BOT])
def test_control_tokens_and_jinja_of_the_data_stay_text(text, side, model, tmp_path):
    turns = ((USER, text if side == USER else "a"), (BOT, text if side == BOT else "1"))
    rows = [talk(*turns)] * 3
    recipe = recipe_of(tmp_path, model, rows, test_size=1, validation_size=1)
    assert wb.check(recipe).ok
    prepared = prepare(recipe)
    row, tokens = prepared.encoded["train"][0], prepared.tokenizer
    ends = [label for label in row["token_labels"] if label == tokens.eos_token_id]
    assert len(ends) == 1  # its own stop alone
    assert prepared.examples.splits["train"]["reply"][0] == turns[1][1]
    assert row["input_ids"].count(tokens.bos_token_id) == 0


def test_what_is_cut_is_counted_with_a_fix(model, tmp_path):
    cut = {"kind": "conversation", "cut": "end"}
    recipe = recipe_of(tmp_path, model, [*GOOD, LONG, LONG], prompt=cut)
    check = wb.check(recipe)
    lost = next(f for f in check.found if f.check == "all cut")
    assert lost.count == 2 and "65" in lost.remedy and "train row 24" in lost.examples[0]
    start = {"kind": "conversation", "template": "auto", "system": "own", "cut": "start"}
    assert lost.fix == {"prompt": start}
    fixed = check.fix("all cut")
    assert not [f for f in fixed.found if f.check in ("all cut", "reply cut")]
    only = wb.check(recipe_of(tmp_path, model, [LONG] * 6, prompt=cut))
    assert not only.ok and any(f.check == "all cut" for f in only.found)


def test_what_is_counted_is_what_training_reads(model, tmp_path, monkeypatch):
    cut = {"kind": "conversation", "cut": "end"}
    recipe = recipe_of(tmp_path, model, [*GOOD, *[LONG] * 16], prompt=cut, test_size=8,
                       validation_size=8, max_train_examples=20)  # fmt: skip
    seen = wb.data.preview(recipe)
    lost = [row for row in range(len(seen)) if "all cut" in seen.problems(row)]
    assert len(seen) == 20 and 0 < len(lost) < 16  # some are held out, or are too many

    def said():
        return next(f for f in wb.check(recipe).found if f.check == "all cut")

    assert said().count == len(lost) and "first" not in said().what
    few = functools.partial(learnt.preview_of_training, most=lost[0] + 1)
    monkeypatch.setattr(learnt, "preview_of_training", few)
    assert said().count == 1 and f"The first {lost[0] + 1} of 20 training" in said().what


def test_replies_longer_than_the_model_has_places(model, tmp_path):
    row = talk((USER, "a"), (BOT, "1 " * 90))
    check = wb.check(recipe_of(tmp_path, model, [*GOOD, row]))
    found = next(f for f in check.found if f.check == "reply cut")
    assert found.count == 1 and found.fix == {"max_length": 64}  # as many as there are
    with pytest.raises(DataError, match="Nothing of the"):
        end = {"kind": "conversation", "cut": "end"}
        prepare(recipe_of(tmp_path, model, [LONG] * 12, prompt=end))


def test_a_template_that_refuses_system_prompts_has_a_fix_that_training_and_asking_share(tmp_path):
    folder = writers.save(tmp_path / "llama", "llama")
    words = transformers.AutoTokenizer.from_pretrained(folder)
    words.chat_template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}"
        "{% endif %}{% for m in messages %}{{ m.role[0] + ' ' + m.content + eos_token }}"
        "{% endfor %}{% if add_generation_prompt %}{{ 'a ' }}{% endif %}"
    )
    words.save_pretrained(folder)
    whole = [talk(("system", "b c"), *((m["role"], m["content"]) for m in one["messages"]))
             for one in GOOD]  # fmt: skip
    recipe = recipe_of(tmp_path, str(folder), whole, max_steps=1, test_size=4, validation_size=4)
    check = wb.check(recipe)
    refused = next(f for f in check.found if f.check == "refused")
    assert not check.ok and refused.count == 16 and "System role not supported" in refused.what
    assert "'system': 'first_user'" in refused.remedy
    check = check.fix_all()
    said = next(f for f in check.found if f.check == "in front")
    assert check.ok and check.recipe.prompt["system"] == "first_user" and said.count == 16
    run = wb.fine_tune(check.recipe, tmp_path / "run", progress=False)
    notes = prepare(check.recipe).examples.notes
    assert any("16 rows stand in front of the user's first turn" in note for note in notes)
    asked = whole[0]["messages"][:2]
    merged = [{"role": "user", "content": f"b c\n\n{asked[1]['content']}"}]
    assert run.predict(asked)["prediction"][0] == run.predict(merged)["prediction"][0]
    saved = transformers.AutoTokenizer.from_pretrained(run.model_path)
    assert saved.apply_chat_template(asked, tokenize=False) == words.apply_chat_template(
        merged, tokenize=False)  # fmt: skip
    with pytest.raises(DataError, match="System role not supported"):
        prepare(recipe)


def test_questions_that_are_nearly_all_cut_are_a_warning(model, tmp_path):
    few = wb.check(recipe_of(tmp_path, model, [*GOOD, LONG, LONG]))
    assert next(f for f in few.found if f.check == "asked cut").severity == "info"
    check = wb.check(recipe_of(tmp_path, model, [LONG] * 12, test_size=2, validation_size=2))
    cut = next(f for f in check.found if f.check == "asked cut")
    assert cut.severity == "warning" and "8 rows (100.0%) is cut at 40 tokens" in cut.what
    assert cut.fix == {"max_length": 64} and "65 keep everything" in cut.remedy  # 64 places
    assert check.fix_all().recipe.max_length == 40
    assert check.fix("asked cut").recipe.max_length == 64


def test_a_template_that_is_not_there_is_said_by_the_check(model, tmp_path):
    own = {"kind": "conversation", "template": "own"}
    check = wb.check(recipe_of(tmp_path, model, GOOD, prompt=own))
    assert not check.ok
    wrong = next(f for f in check.found if f.severity == "error")
    assert "no chat template of its own" in wrong.what
