"""Changed copies of training examples, by hand on small texts: what changes, what keeps step."""

import random

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.data import augmentation
from workbench.data.augmentation import (
    Copies,
    deletion,
    entity_swap,
    several,
    swap,
    synonyms,
    typos,
)
from workbench.data.augmentation._columns import columns_of
from workbench.data.augmentation._text import Text
from workbench.data.augmentation._vocabulary import nearest
from workbench.data.tags.tag_spans import entity_spans
from workbench.errors import RecipeError


class Fixed:
    """Draws that are written down: the first of what may be drawn, in this order."""

    def sample(self, among, count):
        return list(among)[:count]

    def choice(self, among):
        return among[0]

    def choices(self, among, worth):
        return [among[0]]

    def randrange(self, count):
        return 0


def once(module, text, draw=None, about=None, **settings):
    change = module.make(module.Settings(**settings), about)
    return change([text], [draw or Fixed()])[0]


def copies_of(frame, kind, names=("a", "b"), *, task="text-classification", seed=0):
    recipe = wb.Recipe(task=task, augmentation=kind, seed=seed)
    return augmentation.make(recipe, frame, list(names), lambda model: None)


# words ------------------------------------------------------------------------------------------
def test_words_of_chinese_are_characters_and_signs_are_none():
    assert Text.of("“Don't” go, 你好吗？").words == ["Don't", "go", "你", "好", "吗"]


def test_words_go_each_with_a_blank():
    text = Text.of("It was good, very good. 很 好")
    assert once(deletion, text, words=0.3) == [(), (), *[(w,) for w in text.words[2:]]]
    assert text.with_words(once(deletion, text, words=0.3)) == "good, very good. 很 好"
    assert text.with_words([*text.same()[:4], (), *text.same()[5:]]) == "It was good, very. 很 好"


@pytest.mark.parametrize("text", ["one", "one two", "a b c d e f", "你好", "!!!", ""])
@pytest.mark.parametrize("seed", range(5))
def test_a_text_is_never_emptied(text, seed):
    found = Text.of(text).with_words(
        once(deletion, Text.of(text), random.Random(seed), words=1.0)
    )  # fmt: skip
    assert sum(map(len, [Text.of(found).words])) == min(1, len(Text.of(text).words))


def test_words_change_places_and_signs_stay():
    text = Text.of("A dull, long film.")
    assert text.with_words(once(swap, text, words=0.1)) == "dull A, long film."
    same = Text.of("no no no")  # nothing to change places with
    assert once(swap, same, random.Random(0), words=1.0) == same.same()


def test_each_typing_fault():
    kinds = {typos.mistyped("word", "x", random.Random(seed)) for seed in range(300)}
    swapped = {"owrd", "wrod", "wodr"}
    doubled = {"wword", "woord", "worrd", "wordd"}
    inserted = {"wxord", "woxrd", "worxd", "wordx"}
    dropped = {"ord", "wrd", "wod", "wor"}
    assert kinds == swapped | doubled | inserted | dropped
    one = {typos.mistyped("好", "你", random.Random(seed)) for seed in range(50)}
    assert one == {"好好", "好你"}
    text = Text.of("你好吗")
    found = text.with_words(once(typos, text, random.Random(1), words=0.3))
    assert len(found) == 4 and set(found) <= set("你好吗")  # a letter of the text


# vectors ----------------------------------------------------------------------------------------
def test_nearest_words_by_hand():
    """Of (1, 0): (2, 0.2) has cosine .995, (1, 1) .707, (0, 3) 0; length does not matter."""
    table = np.array([[1, 0], [0, 3], [2, 0.2], [1, 1], [0, 0]], np.float32)
    assert nearest(table, np.array([0]), 2, -1.0) == [[2, 3]]
    assert nearest(table, np.array([0, 1]), 4, 0.5) == [[2, 3], [3]]
    assert nearest(table, np.array([4]), 4, 0.5) == [[]]


def test_a_list_gives_synonyms_that_keep_capitals(tmp_path):
    (tmp_path / "own.txt").write_text("good, fine , very nice\nfilm,movie\n\nalone\n", "utf-8")
    assert synonyms.listed(tmp_path / "own.txt") == {
        "good": ["fine", "very nice"], "fine": ["good", "very nice"],
        "very nice": ["good", "fine"], "film": ["movie"], "movie": ["film"],
    }  # fmt: skip
    text = Text.of("A Good FILM alone.")
    found = once(synonyms, text, words=0.5, file=str(tmp_path / "own.txt"))
    assert text.with_words(found) == "A Fine MOVIE alone."


@pytest.mark.parametrize("content", [None, "one\ntwo\n", b"\xff\xfe,\xff"])
def test_a_list_that_is_none(tmp_path, content):
    file = tmp_path / "own.txt"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RecipeError, match=r"augmentation\.file .*own\.txt"):
        synonyms.listed(file)


# labels in step -----------------------------------------------------------------------------------
NAMES = ["O", "B-per", "I-per", "B-loc", "I-loc"]


def tagged():
    rows = [("Ada Lovelace lives in London now", "B-per I-per O O B-loc O"),
            ("Bob likes New York City", "B-per O B-loc I-loc I-loc"),
            ("Eve went to Rome", "B-per O O B-loc")]  # fmt: skip
    frame = pd.DataFrame({"tokens": [one.split() for one, _ in rows],
                          "tags": [tags.split() for _, tags in rows]})  # fmt: skip
    return frame.assign(
        text=[one for one, _ in rows], row=range(3),
        ids=[[NAMES.index(tag) for tag in tags] for tags in frame["tags"]],
    )  # fmt: skip


def test_an_entity_of_two_words_becomes_one_of_three_with_its_tags():
    about = augmentation.About(wb.Recipe(task="token-classification"),
                               columns_of(tagged(), NAMES), None)  # fmt: skip
    text = about.columns.text("tokens", 1)
    words = once(entity_swap, text, about=about, words=1.0)
    found = about.columns.changed("tokens", 1, text, words)
    assert found == {
        "text": "Ada Lovelace likes London", "tokens": ["Ada", "Lovelace", "likes", "London"],
        "tags": ["B-per", "I-per", "O", "B-loc"], "ids": [1, 2, 0, 3],
    }  # fmt: skip
    text = about.columns.text("tokens", 0)
    words = [*text.same()[:4], ("New", "York", "City"), ("now",)]
    found = about.columns.changed("tokens", 0, text, words)
    assert found["tags"] == ["B-per", "I-per", "O", "O", "B-loc", "I-loc", "I-loc", "O"]


@pytest.mark.parametrize("kind", ["deletion", "swap", "typos"])
def test_entities_and_their_tags_stay_whole(kind):
    frame = tagged()
    asked = {"kind": kind, "copies": 8, "words": 0.5}
    made = copies_of(frame, asked, NAMES, task="token-classification")
    both = made.beside(frame)
    assert len(both) == 3 + len(made.of) and len(made.of) >= 12
    for place, row in zip(made.of, range(3, len(both)), strict=True):
        old, new = frame.iloc[place], both.iloc[row]
        assert len(new["tokens"]) == len(new["tags"]) == len(new["ids"])
        assert new["ids"] == [NAMES.index(tag) for tag in new["tags"]]
        entities = [
            [(kind, one["tokens"][a:b]) for kind, a, b in entity_spans(list(one["tags"]))]
            for one in (old, new)
        ]  # fmt: skip
        if kind == "typos":
            assert list(new["tags"]) == list(old["tags"])
        else:
            assert entities[0] == entities[1]


def test_answers_stay_word_for_word_and_their_places_move():
    context = "The old, red bridge was built in 1932 by Ada."
    answers = ["1932", "in 1932"]
    frame = pd.DataFrame({"text": ["When was the bridge built?"], "pair": [context],
                          "answers": [answers],
                          "starts": [[context.index(one) for one in answers]]})  # fmt: skip
    columns = columns_of(frame, [])
    text = columns.text("pair", 0)
    assert [text.words[n] for n in range(len(text.words)) if n not in text.free] == ["in", "1932"]
    words = [("The",), (), ("very", "red"), *text.same()[3:]]
    found = columns.changed("pair", 0, text, words)
    assert found["pair"] == "The, very red bridge was built in 1932 by Ada."
    for kind in ("deletion", "swap", "typos"):
        asked = {"kind": kind, "copies": 16, "words": 0.6}
        made = copies_of(frame, asked, task="question-answering")
        assert len(made.of) == 16
        for pair, starts in zip(made.columns["pair"], made.columns["starts"], strict=True):
            assert pair != context
            both = zip(answers, starts, strict=True)
            assert [pair[at : at + len(one)] for one, at in both] == answers


def test_labels_targets_and_what_belongs_to_a_text_are_those_of_the_example():
    frame = pd.DataFrame({
        "text": ["a good film", "a bad film"], "pair": ["I like it", "I hate it"],
        "label": np.array([1, 0], np.int64), "row": np.array([7, 9], np.int64),
        "targets": [np.array([1.0, 0.0]), np.array([0.0, 1.0])], "target": ["gut", "schlecht"],
        "positive": ["yes", "no"],
    })  # fmt: skip
    made = copies_of(frame, "deletion")
    assert made.of == [0, 1] and set(made.columns) == {"text", "pair"}
    both = made.beside(frame)
    pd.testing.assert_frame_equal(both.iloc[:2], frame)
    kept = ["label", "row", "targets", "target", "positive"]
    pd.testing.assert_frame_equal(both.iloc[2:].reset_index(drop=True)[kept], frame[kept])
    assert [len(text.split()) for text in both["text"].iloc[2:]] == [2, 2]


# which and how many ----------------------------------------------------------------------------
def texts(n):
    return pd.DataFrame({"text": [f"one two three {k}" for k in range(n)], "label": 0})


def test_a_share_of_the_examples_has_copies_and_a_seed_decides():
    made = copies_of(texts(10), {"kind": "deletion", "share": 0.3, "copies": 2})
    assert len(set(made.of)) == 3 and made.of[:3] == made.of[3:] == sorted(made.of[:3])
    assert made.info() == {"examples": 3, "copies": 6, "unchanged": 0}
    again = copies_of(texts(10), {"kind": "deletion", "share": 0.3, "copies": 2})
    other = copies_of(texts(10), {"kind": "deletion", "share": 0.3, "copies": 2}, seed=1)
    assert made == again != other
    recipe = wb.Recipe(augmentation={"kind": "deletion", "share": 0.3, "copies": 2})
    assert augmentation.wanted(recipe, 10) == 6 and augmentation.wanted(wb.Recipe(), 10) == 0
    assert augmentation.wanted(recipe, 1) == 2  # one example at least


def test_a_copy_depends_on_its_example_alone():
    few, many = (copies_of(texts(n), "swap") for n in (4, 9))
    assert few.columns["text"] == many.columns["text"][:4]


def test_what_cannot_change_is_counted_and_left_out():
    frame = pd.concat([texts(2), pd.DataFrame({"text": ["word", "!"], "label": 0})])
    made = copies_of(frame.reset_index(drop=True), "deletion")
    assert made.of == [0, 1] and made.unchanged == 2
    recipe = wb.Recipe(augmentation="deletion")
    assert augmentation.said(recipe, made, 4) == (
        "2 of 4 training examples have 2 changed copies (words go): a pass has 6 examples, and "
        "takes as much longer. 2 copies would have been as their examples are, and are left out."
    )
    with pytest.raises(RecipeError, match="no training example in which it could change"):
        copies_of(frame.iloc[2:].reset_index(drop=True), "deletion")


def test_each_copy_is_of_one_of_several_kinds():
    asked = {"kind": "several", "kinds": ["deletion", "swap"], "copies": 8}
    made = copies_of(texts(6), asked)
    gone = [len(text.split()) for text in made.columns["text"]]
    assert set(gone) == {3, 4} and len(made.of) == 48
    settings = several.Settings(kinds=["deletion", "swap"], words=0.1)
    assert once(several, Text.of("a b c"), about=None, kinds=settings.kinds) == [(), ("b",), ("c",)]


def test_a_file_of_copies_is_read_back_or_is_none(tmp_path):
    frame = tagged()
    made = copies_of(frame, "entity_swap", NAMES, task="token-classification")
    file = tmp_path / "data" / "copies.jsonl"
    made.write(file)
    assert Copies.read(file, 3) == made
    assert Copies.read(file, 2) is None and Copies.read(tmp_path / "no", 3) is None
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    assert Copies.read(file, 3) is None


# what is refused ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("changes", "said"), [
    ({"augmentation": "entity_swap"}, "augmentation is 'entity_swap', which is not for text-class"),
    ({"augmentation": {"kind": "several", "kinds": ["entity_swap"]}}, "'entity_swap' is no kind"),
    ({"augmentation": {"kind": "several", "kinds": []}}, "None is no kind"),
    ({"augmentation": {"kind": "several", "kinds": ["several"]}}, "'several' is no kind"),
    ({"augmentation": {"kind": "deletion", "share": 0}}, "augmentation.share is 0"),
    ({"augmentation": {"kind": "deletion", "copies": 17}}, "augmentation.copies is 17"),
    ({"augmentation": "translation"}, "augmentation.kind is 'translation'"),
])  # fmt: skip
def test_a_recipe_refuses(changes, said):
    with pytest.raises(RecipeError) as error:
        wb.Recipe(**changes)
    assert said in str(error.value) and error.value.field == "augmentation"


@pytest.mark.parametrize("task", ["chat", "language-modelling", "masked-language-modelling"])
def test_tasks_that_learn_their_texts_themselves_refuse(task):
    from workbench.data.settings import check_settings

    with pytest.raises(RecipeError, match="changed text would be learnt itself"):
        check_settings(wb.Recipe(task=task, augmentation="deletion"))


def test_tags_of_words_have_no_entities_to_be_swapped():
    frame = tagged().assign(tags=[["NOUN"] * len(one) for one in tagged()["tokens"]])
    frame["ids"] = [[0] * len(one) for one in frame["tokens"]]
    with pytest.raises(RecipeError, match="the tags are of words"):
        copies_of(frame, "entity_swap", ["NOUN"], task="token-classification")


def test_recipes_of_before_mean_what_they_did():
    assert "augmentation" not in wb.Recipe().to_yaml()
    asked = wb.Recipe(augmentation={"kind": "typos", "words": 0.2})
    assert wb.Recipe.from_yaml(asked.to_yaml()) == asked
    assert asked.augmentation == {"kind": "typos", "share": 1.0, "copies": 1, "words": 0.2}
