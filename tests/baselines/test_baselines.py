"""What each baseline writes, by hand; and what all of them keep to."""

import math

import numpy as np
import pytest

from workbench.baselines.base import Baseline
from workbench.baselines.counted import UNSEEN, CountedModel
from workbench.baselines.extractive import Centroid, LexRank, walk
from workbench.baselines.nearest import NEAR, Nearest, TranslationMemory
from workbench.baselines.plain import Copy, Lead, MostFrequent, joined, usual_sentences
from workbench.errors import DataError

ALL = [Copy, MostFrequent, Lead, Centroid, LexRank, Nearest, TranslationMemory]
IDS = [one.name for one in ALL]
SOURCES = ["The cat sleeps. It is warm.", "Dogs bark at night.", "The dog sleeps."]
TARGETS = ["Eine Katze.", "Hunde.", "Hunde."]


@pytest.mark.parametrize("kind", ALL, ids=IDS)
def test_each_writes_a_text_for_each_source(kind):
    baseline = kind().fit(SOURCES, TARGETS)
    odd = ["", " ", "...", "猫睡觉。很暖和。真的", "x" * 5000, "a\nb", *SOURCES]
    written = baseline.write(odd)
    assert len(written) == len(odd) and all(isinstance(text, str) for text in written)
    assert baseline.write(odd) == written and baseline.write([]) == []
    assert isinstance(baseline, Baseline) and repr(baseline) == f"<Baseline {kind.name}>"


@pytest.mark.parametrize("kind", ALL, ids=IDS)
def test_each_says_what_it_lacks(kind):
    with pytest.raises(DataError, match=r"nothing to learn from \(rows: 0\)"):
        kind().fit([], [])
    with pytest.raises(DataError, match="sources 1, targets 2"):
        kind().fit(["a"], ["b", "c"])
    with pytest.raises(DataError, match=f"{kind.name} has learnt nothing yet"):
        kind().write(["a"])
    assert len(kind().fit(["", "..."], ["", "x"]).write(["a", ""])) == 2


def test_the_plain_ones():
    assert Copy().fit(SOURCES, TARGETS).write(["x"]) == ["x"]
    assert MostFrequent().fit(SOURCES, TARGETS).write(["x", "y"]) == ["Hunde."] * 2
    assert MostFrequent().fit(["a", "b"], ["no", "yes"]).write(["x"]) == ["no"]  # the first of both
    assert Lead(2).fit(SOURCES, TARGETS).write(["A b. C d. E f."]) == ["A b. C d."]
    assert Lead().fit(["s"] * 3, ["A. B c. D e.", "A b. C d.", "A b. C d. E f. G h."]).count == 2
    assert Lead(1).fit(SOURCES, TARGETS).write(["下雨了。很大。"]) == ["下雨了。"]
    assert usual_sentences(["", ""]) == 1
    assert joined(["“下雨。”", "大。", "Yes."]) == "“下雨。”大。Yes."
    for kind in (Lead, Centroid, LexRank):
        with pytest.raises(ValueError, match="count=0"):
            kind(0)


def test_the_nearest():
    nearest = Nearest().fit(SOURCES, TARGETS)
    assert nearest.write(["the cat", "barking dogs at night", "xyz"]) == [
        "Eine Katze.", "Hunde.", "Eine Katze.",
    ]  # fmt: skip
    assert nearest.cosines[2] == 0 < nearest.cosines[0] < 1
    assert "1 source has no word in common" in nearest.note
    pairs = ["打开窗户", "关闭文件"], ["Open the window", "Close the file"]
    memory = TranslationMemory().fit(*pairs)
    assert memory.write(["打开门窗", "关闭", "zzz"]) == ["Open the window", "Close the file", "zzz"]
    same = Nearest().fit(["a b", "a b"], ["first", "second"])
    assert same.write(["a b"]) == ["first"] and same.cosines[0] == pytest.approx(1)


def test_near_duplicates_are_said():
    train = [f"Set the alarm number {n} of the kitchen" for n in range(30)]
    memory = TranslationMemory().fit(train, train)
    memory.write([text.replace("Set", "Reset") for text in train[:5]] + ["quite unlike this"])
    assert (memory.cosines[:5] >= NEAR).all() and memory.cosines[5] < NEAR
    assert memory.note.startswith("5 sources have nearly the same text among the training sources")
    memory.write(["quite unlike this"])
    assert memory.note == ""


def test_the_nearest_of_many_is_the_nearest(monkeypatch):
    """Sources are looked up in pieces; each against all of training."""
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(50)]
    texts = [" ".join(rng.choice(words, 8)) for _ in range(2300)]
    monkeypatch.setattr("workbench.baselines.nearest.AT_ONCE", 200 * 700)
    nearest = Nearest().fit(texts[:200], texts[:200])
    places, cosines = nearest.nearest(texts)
    assert (cosines[:200] > 0.999).all()
    assert [texts[p] for p in places[:200]] == texts[:200]
    vectors = nearest._vectorizer.transform(texts).toarray()
    assert cosines == pytest.approx((vectors @ vectors[:200].T).max(axis=1), abs=1e-8)


def test_summaries():
    text = "Snow fell in town. Cats sleep and dogs eat. Cats eat a lot. Dogs eat and cats drink."
    for kind in (Centroid, LexRank):
        fitted = kind(1).fit([text], ["x"])
        assert fitted.write([text]) == ["Cats sleep and dogs eat."], kind
        two = kind(2).fit([text], ["x"]).write([text])[0]
        assert "Snow" not in two and two.startswith("Cats sleep")  # in the order of the source
        repeated = "Cats eat a lot. Cats eat a lot. Snow fell."
        assert kind(2).fit([text], ["x"]).write([repeated]) == ["Cats eat a lot. Snow fell."]
        assert kind(5).fit([text], ["x"]).write([text]) == [text]
    assert LexRank(1).fit([text], ["x"]).write(["Zzz q. Www p. Yyy r."]) == ["Zzz q."]
    chinese = "猫喜欢睡觉。狗喜欢吃饭。猫和狗喜欢睡觉吃饭。下雪了。"
    assert Centroid(1).fit([chinese], ["x"]).write([chinese]) == ["猫和狗喜欢睡觉吃饭。"]


def test_the_walk_is_the_one_by_powers():
    rng = np.random.default_rng(1)
    alike = rng.random((6, 6))
    alike[2] = 0  # a sentence that is like none
    found = walk(alike, 0.85)
    steps = alike / np.where(alike.sum(1, keepdims=True) > 0, alike.sum(1, keepdims=True), 1)
    steps[2] = 1 / 6
    at = np.full(6, 1 / 6)
    for _ in range(500):
        at = 0.15 / 6 + 0.85 * steps.T @ at
    assert found == pytest.approx(at) and found.sum() == pytest.approx(1)


def test_counted_characters_are_a_distribution():
    """All texts of one character, with all that training has not, sum to one."""
    model = CountedModel(order=2).fit(["abab", "ba"])
    nats, units = model.losses(["a", "b", "z", ""])
    assert units.tolist() == [1, 1, 1, 0] and nats[3] == 0
    assert np.exp(-nats[:2]).sum() + UNSEEN * np.exp(-nats[2]) == pytest.approx(1)
    assert nats[0] < nats[2]


def test_counted_models_compare_with_a_model():
    train = ["the cat sat on the mat and the dog sat on the cat"] * 3
    ids = {word: number for number, word in enumerate(sorted({*train[0].split(), "?"}))}

    def encode(text):
        return [ids.get(word, ids["?"]) for word in text.split()]

    tokens = CountedModel(encode, len(ids), first=False).fit(train)
    nats, units = tokens.losses(["the cat sat", "the", ""])
    assert units.tolist() == [2, 0, 0]  # the first is not predicted
    found = tokens.measures(["the cat sat", "the"])
    assert found["perplexity"].value == pytest.approx(math.exp(nats[0] / 2))
    assert found["bits_per_character"].value == pytest.approx(nats[0] / math.log(2) / 11)
    assert found["perplexity"].undefined == 1
    characters = CountedModel().fit(train).measures(["the cat sat on the mat"])
    assert 1 < characters["perplexity"].value < 28
    assert characters["bits_per_character"].value == pytest.approx(
        math.log2(characters["perplexity"].value)
    )  # a unit is a character


def test_counting_says_what_it_lacks():
    with pytest.raises(DataError, match="learnt nothing"):
        CountedModel().losses(["a"])
    for texts in ([], ["", ""]):
        with pytest.raises(DataError, match="nothing to learn from"):
            CountedModel().fit(texts)
    with pytest.raises(ValueError, match="go together"):
        CountedModel(encode=list)
