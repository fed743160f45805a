"""The baselines' words: those between blanks, and the characters of scripts without blanks."""

import re

import pytest

from workbench.tasks.shared.word_counts import WORD, word_counter


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's not bad, 10/10!", ["It", "s", "not", "bad", "10", "10"]),
        ("naïve Übermut", ["naïve", "Übermut"]),
        ("这本书非常好", list("这本书非常好")),
        ("买了iPhone手机。", ["买", "了", "iPhone", "手", "机"]),
        ("정말 좋아요", ["정말", "좋아요"]),  # Korean has blanks
        ("?! 🎬 …", []),
    ],
)
def test_words(text, words):
    assert re.findall(WORD, text) == words
    if all(len(word.encode()) < 2 * len(word) for word in words):  # as scikit-learn reads \w+
        assert re.findall(r"(?u)\b\w+\b", text) == words


def test_neighbouring_characters_are_pairs():
    counter = word_counter().fit(["很好", "不好"])
    assert set(counter.vocabulary_) == {"很", "好", "不", "很 好", "不 好"}
