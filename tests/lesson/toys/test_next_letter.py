"""The guessing game's scores, worked out by hand; what cannot be played."""

import math

import pytest

import workbench as wb
from workbench.errors import DataError, WorkbenchError


def skewed(ids):
    """Of a, b and c: what came last gets 1/2, the others 1/4."""
    p = [0.25] * 3
    p[ids[-1] if ids else 0] = 0.5
    return p


def test_both_scores_by_hand():
    game = wb.lesson.NextLetter("abbc", "abc", skewed, given=1)
    assert math.isnan(game.perplexity()[0]) and str(game) == "No letter has been guessed yet."
    assert game.guess("c", sure=0.6) == "b"  # 0.4 is shared by two: 0.2; the model gave 1/4
    assert game.guess("b") == "b"  # 0.6; the model 1/2
    assert game.told == "abb" and game.left == 1
    you, model = game.perplexity()
    assert math.isclose(you, (1 / 0.2 / 0.6) ** (1 / 2)) and math.isclose(model, 8**0.5)
    assert game.frame().to_dict("records")[0] == {
        "came": "b", "guess": "c", "yours": pytest.approx(0.2), "choice": "a", "model": 0.25,
    }
    assert "After 2 letters your perplexity is 2.89, the model's 2.83" in repr(game)
    assert "yours 1, its 1" in repr(game)


def test_who_knows_nothing_has_the_number_of_letters():
    game = wb.lesson.NextLetter("hello", "ehlo", lambda ids: [0.25] * 4, sure=0.25)
    for letter in "elloh":
        game.guess(letter)
    assert game.perplexity() == (pytest.approx(4), pytest.approx(4)) and game.left == 0
    with pytest.raises(WorkbenchError, match="All 5 letters"):
        game.guess("h")
    game.restart()
    assert game.left == 5 and len(game.frame()) == 0 == len(game.rounds)


def test_a_letter_that_the_model_holds_impossible():
    game = wb.lesson.NextLetter("ab", "ab", lambda ids: [1, 0], given=1)
    game.guess("b")
    assert game.perplexity()[1] == math.inf and "the model's ∞" in str(game)


@pytest.mark.parametrize("letter", ["z", "", "ab", "A", None, []])
def test_what_is_no_letter_is_no_guess(letter):
    game = wb.lesson.NextLetter("ab", "ab", skewed)
    with pytest.raises(WorkbenchError, match="no letter of the model"):
        game.guess(letter)
    game._asked({"guess": letter})  # from a page it is said there
    assert "no letter of the model" in game.fault and game.left == 2


def test_a_letter_from_a_page_is_as_sure_as_the_page_shows():
    game = wb.lesson.NextLetter("ab", "abc", skewed, sure=0.8)
    game._asked({"guess": "a", "sure": 0.5})  # the slider's own message may come after it
    assert game.sure == 0.5 and game.perplexity()[0] == pytest.approx(2)


@pytest.mark.parametrize("sure", [0, 1, -1, math.nan, "much", True])
def test_how_sure_one_may_be(sure):
    game = wb.lesson.NextLetter("ab", "abc", skewed)
    with pytest.raises(WorkbenchError, match="above 0 and below 1"):
        game.guess("a", sure=sure)
    assert game.left == 2 and game.sure == 0.8


@pytest.mark.parametrize(("text", "options", "said"), [
    ("abxyx", {}, "3 letters of the text are none of the model's; the first is 'x'"),
    ("", {}, "has 0 letters"), ("ab", {"given": 2}, "2 of them given"),
    ("ab", {"given": -1}, "-1 of them given"),
])
def test_texts_that_cannot_be_guessed(text, options, said):
    with pytest.raises(DataError, match=said):
        wb.lesson.NextLetter(text, "abc", skewed, **options)


@pytest.mark.parametrize("answer", [[0.5, 0.5], [0.5] * 3, [1.5, -0.5, 0], [math.nan] * 3])
def test_a_model_that_gives_no_distribution(answer):
    game = wb.lesson.NextLetter("ab", "abc", lambda ids: answer)
    with pytest.raises(DataError, match="3 probabilities with the sum 1"):
        game.guess("a")
    assert game.left == 2
