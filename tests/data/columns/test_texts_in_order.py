"""Two columns of texts that no pair of usual names tells apart, where the task is settled."""

from hashlib import md5

import pandas as pd
import pytest

import workbench as wb
from tests.data.columns.test_written_columns import A, B, C, N, guessed
from workbench.data.columns.texts_in_order import by_place
from workbench.errors import DataError

IDS = tuple(f"q-{n:05}" for n in range(N))
FILES = tuple(f"scan {n}.PDF" for n in range(N))
LINKS = tuple(f"https://sea.example/{n}" for n in range(N))
ROLES = {"text-to-text": ("source", "target"), "chat": ("prompt", "reply"),
         "sentence-similarity": ("anchor", "positive")}  # fmt: skip
HEX = tuple(md5(str(n).encode()).hexdigest() for n in range(N))
WORDS = tuple("".join(chr(97 + int(sign, 16)) for sign in code[:10]) for code in HEX)
FOUND = {
    # what a name says already
    "similarity: utterance hard_negative match_text": "utterance match_text negative=hard_negative",
    "similarity: negative utterance other": "utterance other negative=negative",
    "similarity: frage neg_1 treffer": "frage treffer negative=neg_1",
    "similarity: frage neg_1 neg_2 treffer": "frage treffer negative=neg_1,neg_2",
    "similarity: contradiction one same": "one same negative=contradiction",
    "chat: system asked said": "asked said system=system",
    "chat: system_prompt asked said": "asked said system=system_prompt",
    "chat: asked rejected said": "asked said",
    "chat: asked thought said": "asked said reasoning=thought",
    "text: definition long brief": "long brief prefix=definition",
    # what the other role is usually called
    "chat: reply customer_says": "customer_says reply",
    "chat: response ticket_text": "ticket_text response",
    "chat: answer asked": "asked answer",
    "chat: agent_reply notes customer": "notes agent_reply",
    "text: summary text_body": "text_body summary",
    "text: Übersetzung satz": "satz Übersetzung",
    "text: negative positive": "negative positive",
    "similarity: passage frage": "frage passage",
    "similarity: beitrag frage": "frage beitrag",
    "similarity: answer_1 answer_2": "answer_1 answer_2",
    # what only points at something
    "chat: id asked said": "asked said", "chat: nummer asked said": "asked said",
    "text: uuid body kurz": "body kurz", "text: url body kurz": "body kurz",
    "text: file body kurz": "body kurz", "similarity: wo lang kurz": "lang kurz",
    "chat: code asked said": "asked said", "text: body code kurz": "body kurz",
    "text: hex lang kurz": "lang kurz", "similarity: code lang kurz": "lang kurz",
    # no name says it
    "chat: asked said": "asked said", "text: lang kurz": "lang kurz",
    "text: definition wort": "definition wort", "text: nummer wort": "nummer wort",
    "text: code lang": "code lang",
}  # fmt: skip
VALUES = {"id": IDS, "nummer": IDS, "uuid": IDS, "url": LINKS, "wo": LINKS, "file": FILES,
          "code": WORDS, "hex": HEX}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_names_say_which_is_which_before_the_place_does(case):
    short, names = case.split(": ")
    task = next(task for task in ROLES if short in task)
    columns = {name: VALUES.get(name, (A, B, C)[at % 3]) for at, name in enumerate(names.split())}
    columns = {n: tuple(f"{v} {i}" for i in range(N)) if isinstance(v, str) else v
               for n, v in columns.items()}  # fmt: skip
    first, second, *more = FOUND[case].split()
    wanted = dict(zip(ROLES[task], (first, second), strict=True))
    wanted |= {role: name.replace(",", ", ") for role, name in (one.split("=") for one in more)}
    _, found, rivals = guessed(columns, task=task)
    assert found == wanted
    others = {name for names in rivals.values() for name in names}
    assert ("code" in others) == ("code" in set(columns) - {first, second})  # it may be words
    others.discard("code")
    assert others.isdisjoint({*VALUES, "negative", "neg_1", "neg_2", "system", "definition"})


def test_a_column_of_codes_that_was_passed_over_is_named_as_a_rival():
    gloss, usage = ([f"{one} {n}" for n in range(N)] for one in (A, B))
    frame = pd.DataFrame({"headword": WORDS, "gloss": gloss, "usage": usage})
    told = wb.check(frame, task="text-to-text", model="none")
    assert told.mapping.columns == {"source": "gloss", "target": "usage"}
    said = {one.check: one.what for one in told.found if one.check.startswith("close call")}
    assert said and all("'headword'" in what for what in said.values())


def test_of_two_names_that_say_the_same_the_place_decides_and_it_is_said():
    _, found, rivals = guessed({"answer": A, "response": B}, task="chat")
    assert found == {"prompt": "answer", "reply": "response"}
    assert rivals == {"prompt": ("response",)}
    columns = {"summary_de": A, "satz": B, "summary_long": C}
    _, found, rivals = guessed(columns, task="text-to-text")
    assert found == {"source": "satz", "target": "summary_de"}
    assert rivals["target"] == ("summary_long",)


@pytest.mark.parametrize("task", ["chat", "sentence-similarity"])
def test_one_text_beside_what_has_another_role_is_refused(task):
    beside = {"chat": "system", "sentence-similarity": "hard_negative"}[task]
    for columns in ({beside: A, "gefragt": B}, {"id": IDS, "gefragt": B}):
        with pytest.raises(DataError, match="No columns of the data fit"):
            guessed(columns, task=task)


@pytest.mark.parametrize("task", ROLES)
def test_which_of_two_texts_is_which_is_said_with_the_way_back(task):
    one, two = ROLES[task]
    frame = pd.DataFrame({"eins": [f"{A} {n}" for n in range(N)],
                          "zwei": [f"{B} {n}" for n in range(N)]})  # fmt: skip
    told = wb.check(frame, task=task, model="none")
    assert by_place(told.mapping.reasons) == [one, two]
    said = [f for f in told.found if f.check.startswith("close call")]
    assert [f.check for f in said] == [f"close call: {one}"] and "'zwei'" in said[0].what
    turned = {one: "zwei", two: "eins"}
    assert f"columns={turned}" in said[0].remedy
    assert wb.check(frame, task=task, model="none", columns=turned).mapping.columns == turned
    frame["drei"] = frame["eins"] + " " + frame["zwei"]
    said = wb.check(frame, task=task, model="none").found
    remedies = {f.check: f.remedy for f in said if f.check.startswith("close call")}
    assert f"columns={turned}" in remedies.pop(f"close call: {one}")
    assert f"columns={ {one: 'eins', two: 'drei'} }" in remedies.pop(f"close call: {two}")
    assert not remedies
    named = wb.check(frame.rename(columns={"eins": "reply", "zwei": "frage"})[["reply", "frage"]],
                     task=task, model="none")  # fmt: skip
    assert not [f for f in named.found if f.check.startswith("close call")]
    assert named.mapping.columns == {one: "frage", two: "reply"}
