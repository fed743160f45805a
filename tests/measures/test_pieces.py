"""Sentences, and the alignment of words for display."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.measures.alignment import MOST, OPS, align, likeness
from workbench.measures.sentences import sentence_spans, sentences
from workbench.measures.words import pieces
from workbench.measures.writing_systems import language_of, main_language


@pytest.mark.parametrize(("text", "wanted"), [
    pytest.param("It rains. It pours! Why?", ["It rains.", "It pours!", "Why?"], id="english"),
    pytest.param("Dr. Wu came at 5 p.m. on Jan. 5. Then he left.",
                 ["Dr. Wu came at 5 p.m. on Jan. 5.", "Then he left."], id="abbreviations"),
    pytest.param("Am 3. Mai kam er z.B. an. Er ging.", ["Am 3. Mai kam er z.B. an.", "Er ging."],
                 id="german"),
    pytest.param("下雨了。很大！是吗？好", ["下雨了。", "很大！", "是吗？", "好"], id="chinese"),
    pytest.param("“好。”他说。“走吧！”", ["“好。”", "他说。", "“走吧！”"], id="chinese-quotes"),
    pytest.param("He said \"Go.\" Then he went.", ['He said "Go."', "Then he went."], id="quotes"),
    pytest.param("v3.5 costs 2.50 at www.a.b now. Yes", ["v3.5 costs 2.50 at www.a.b now.", "Yes"],
                 id="points"),
    pytest.param("The answer is no. See No. 5. Bye", ["The answer is no.", "See No. 5.", "Bye"],
                 id="no"),
    pytest.param("One\nTwo\n\nThree", ["One", "Two", "Three"], id="lines"),
    pytest.param("What?! Yes... no. Ok…", ["What?!", "Yes... no.", "Ok…"], id="runs"),
    pytest.param("هل هذا جيد؟ نعم", ["هل هذا جيد؟", "نعم"], id="arabic"),
    pytest.param("यह है। वह है।", ["यह है।", "वह है।"], id="hindi"),
    pytest.param("He is J. R. Smith. She is not.", ["He is J. R. Smith.", "She is not."],
                 id="initials"),
    pytest.param("", [], id="empty"),
    pytest.param("... !", [], id="signs"),
])  # fmt: skip
def test_sentences(text, wanted):
    assert sentences(text) == wanted


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="aB1. 。！\n\"”?", max_size=30))
def test_no_letter_is_lost_between_sentences(text):
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(one[1] <= two[0] for one, two in zip(spans, spans[1:], strict=False))
    kept = "".join(text[a:b] for a, b in spans)
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


def shown(first, second):
    return [(step.op, *(None if span is None else text[slice(*span)]
                        for text, span in ((first, step.first), (second, step.second))))
            for step in align(first, second)]  # fmt: skip


def test_words_are_paired():
    assert shown("the cat sat on the mat", "the dogs sat on mats .") == [
        ("equal", "the", "the"), ("replaced", "cat", "dogs"), ("equal", "sat", "sat"),
        ("equal", "on", "on"), ("missing", "the", None), ("similar", "mat", "mats"),
        ("added", None, "."),
    ]  # fmt: skip
    assert shown("我爱学习", "我喜欢学习")[-2:] == [("equal", "学", "学"), ("equal", "习", "习")]
    assert shown("Größe", "GROSSE") == [("similar", "Größe", "GROSSE")]
    assert shown("in 1990", "in 1980")[1] == ("replaced", "1990", "1980")
    assert shown("a b", "") == [("missing", "a", None), ("missing", "b", None)]
    assert shown("", "") == []


def test_likeness():
    assert likeness("colour", "color") > 0.6 > likeness("colour", "sound")
    assert likeness(".", ",") == 0.0 and likeness("É", "e") == 1.0


def checked(first, second):
    steps = align(first, second)
    for side, text in ((0, first), (1, second)):
        spans = [(step.first, step.second)[side] for step in steps]
        assert [span for span in spans if span] == pieces(text)
    for step in steps:
        assert step.op in OPS
        assert (step.first is None) == (step.op == "added")
        assert (step.second is None) == (step.op == "missing")
        if step.op == "equal":
            assert first[slice(*step.first)] == second[slice(*step.second)]
    return steps


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab 你é.1", max_size=20), st.text(alphabet="ab 你é.1", max_size=20))
def test_each_word_is_in_one_step(first, second):
    checked(first, second)
    assert all(step.op == "equal" for step in checked(first, first))


@pytest.mark.parametrize("apart", [True, False])
def test_long_texts_are_paired_too(apart):
    """Where words of both are rare, and where nothing at all is alike."""
    words = [f"word{n}x" for n in range(400)]
    other = [f"thing{n}y" for n in range(400)] if apart else [*words[:50], "new", *words[60:]]
    assert len(words) * len(other) > MOST
    steps = checked(" ".join(words), " ".join(other))
    assert sum(step.op == "equal" for step in steps) == (0 if apart else 390)


def test_languages_of_texts():
    assert main_language(["Das ist ein deutscher Satz, der lang genug ist."] * 2) == "de"
    assert main_language(["你好世界"]) == language_of(["你好世界"]) == "zh"
    assert main_language(["ok"]) == main_language([]) == main_language(["", " "]) == ""
    assert language_of(["漢字とかな"]) == "ja" and language_of(["안녕하세요"]) == "ko"
