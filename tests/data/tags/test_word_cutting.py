"""Words are cut in prediction as they were in training: by hand, and for drawn sentences."""

import numpy as np
import pytest

from workbench.data.tags.word_cutting import Cutting
from workbench.data.tags.word_learning import learn
from workbench.data.tags.words_in_text import joined, placed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में क्या है?", ["हिन्दी", "में", "क्या", "है", "?"]),
        ("কলকাতা শহর", ["কলকাতা", "শহর"]),
        ("كَتَبَ الوَلَدُ.", ["كَتَبَ", "الوَلَدُ", "."]),
        ("שָׁלוֹם עוֹלָם!", ["שָׁלוֹם", "עוֹלָם", "!"]),
        ("می‌خواهم بروم", ["می‌خواهم", "بروم"]),
        ("cafe\u0301 na\u0308he", ["cafe\u0301", "na\u0308he"]),
        ("👩‍👩‍👧👍🏽 🇩🇪🇫🇷 1️⃣", ["👩‍👩‍👧", "👍🏽", "🇩🇪", "🇫🇷", "1️⃣"]),
        ("北京很大，がぎ", ["北", "京", "很", "大", "，", "が", "ぎ"]),
        ("か\u3099き", ["か\u3099", "き"]),
        ("@ada #tag a_b", ["@ada", "#tag", "a_b"]),
        ("zero\u200bwidth", ["zero", "width"]),
        ("", []),
    ],
    ids=["hindi", "bengali", "arabic", "hebrew", "persian", "accents", "emoji", "chinese",
         "kana", "handles", "zero-width", "empty"],
)  # fmt: skip
def test_words_of_every_script_keep_their_marks(text, words):
    assert Cutting().cut(text) == words
    assert placed(text, words) == Cutting().spans(text)


@pytest.mark.parametrize(
    ("training", "text", "words"),
    [
        ([["The", "U.S.", "paid", "$3.50", "."]], "A U.K. bank: $7.25.",
         ["A", "U.K.", "bank", ":", "$7.25", "."]),
        ([["I", "do", "n't", "like", "Ada", "'s", "dog", "."], ["It", "'s", "ours", "."]],
         "You don't like Bo's cat's.", ["You", "do", "n't", "like", "Bo", "'s", "cat", "'s", "."]),
        ([["a", "well-known", "so-called", "man", "-", "no"]], "an old-world man",
         ["an", "old-world", "man"]),
        ([["well", "-", "known", "men"]], "old-world", ["old", "-", "world"]),
        ([["Mr.", "Holt", "left", "."]], "Mr. Kern left.", ["Mr.", "Kern", "left", "."]),
        ([["5", "%", "of", "$", "3"]], "9% of $4", ["9", "%", "of", "$", "4"]),
        ([["5%", "of", "10%"]], "9% of it", ["9%", "of", "it"]),
        ([["wait", "...", "no"]], "so... yes", ["so", "...", "yes"]),
        ([["wait", ".", ".", ".", "no"]], "so... yes", ["so", ".", ".", ".", "yes"]),
        ([["Hello,", "Ada."], ["Yes,", "I", "am."]], "Well, now.", ["Well,", "now."]),
        ([["l'", "or", "d'", "ici"]], "l'ami d'Ada", ["l'", "ami", "d'", "Ada"]),
        ([["see", "http://a.bc/d", "now"]], "go to https://x.yz/q.", ["go", "to", "https://x.yz/q",
                                                                    "."]),
        ([list("Adaishere")], "Bo no", ["B", "o", "n", "o"]),
        ([list("江泽民在北京")], "他在北京。", ["他", "在", "北", "京", "。"]),
        ([["我", "爱", "北京"]], "他爱北京。", ["他", "爱", "北京", "。"]),
        ([["สวัสดี", "ครับ"]], "สวัสดีครับ ไหม", ["สวัสดี", "ครับ", "ไหม"]),
        ([["Prix", "10\u00a0000", "euros"]], "20\u00a0500 euros\u00a0!",
         ["20\u00a0500", "euros", "!"]),
    ],
    ids=["initials", "clitics", "hyphen-held", "hyphen-alone", "abbreviation", "percent-alone",
         "percent-held", "dots-held", "dots-alone", "blanks", "elision", "address", "letters",
         "chinese-characters", "chinese-words", "thai", "no-break"],
)  # fmt: skip
def test_the_rules_of_the_training_data_are_learnt(training, text, words):
    cutting = learn(training)
    assert cutting.cut(text) == words
    assert Cutting.from_dict(cutting.to_dict()) == cutting


PIECES = (
    "Oslo U.S. don't well-known $3.50 5% ... -- (a) a/b x@y.zz http://a.b/c?d=1 हिन्दी كَتَبَ שָׁלוֹם "
    "می‌خواهم cafe\u0301 👩‍👩‍👧 🇩🇪 1,000 3:30 'tis rock'n'roll o’clock #tag @me C++ .NET e.g. "
    "Mr. 's n't "
    "l' “ ” « » – — a_b 1st № § ½ x² ünï"
).split()


@pytest.mark.parametrize("seed", range(20), ids=str)
def test_words_that_are_joined_are_cut_into_the_same_words(seed):
    rng = np.random.RandomState(seed)
    pool = list(rng.choice(PIECES, size=rng.randint(3, len(PIECES)), replace=False))
    sentences = [[str(w) for w in rng.choice(pool, size=rng.randint(1, 12))] for _ in range(40)]
    cutting = learn(sentences)
    assert [cutting.cut(joined(words)) for words in sentences] == sentences


@pytest.mark.parametrize("seed", range(10), ids=str)
def test_what_is_cut_by_usual_rules_is_learnt_to_be_cut_so(seed):
    rng = np.random.RandomState(seed)
    texts = ["".join(f"{w}{rng.choice(['', ' ', ', ', '. '])}" for w in rng.choice(PIECES, size=9))
             for _ in range(60)]  # fmt: skip
    usual = [Cutting().cut(text) for text in texts]
    cutting = learn([words for words in usual if words])
    assert [cutting.cut(text) for text in texts] == usual


def test_a_long_run_of_signs_or_letters_takes_no_time_to_speak_of():
    cutting = learn([["Mr.", "U.S.", "สวัสดี", "北京", "x"]])
    n = 5000
    for text in ("(" * n + "U.S.", "ก" * n, "北" * n, "a-" * n, "\u0301" * n):
        assert "".join(cutting.cut(text)) == text


def test_damaged_settings_are_the_usual_ones():
    assert Cutting.from_dict(None) == Cutting() and Cutting.from_dict({"more": 1}) == Cutting()
