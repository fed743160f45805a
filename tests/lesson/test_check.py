"""``wb.lesson.check``: right, a hint, a longer one, and whatever a learner may give it."""

import json
import math
import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from workbench import i18n
from workbench.errors import DataError, UnknownName
from workbench.lesson import checking, exercise, exercises, trying
from workbench.lesson.exercise import Holds, Value, Written


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LESSONS", str(tmp_path / "lessons"))
    monkeypatch.delenv(checking.PROOF, raising=False)
    return tmp_path / "lessons"


def test_right_a_hint_and_after_three_tries_a_longer_one_and_the_solution():
    words = i18n.group("exercise")["20"]["1"]
    assert words["solution"] not in str(wb.lesson.solution("20.1"))
    said = [wb.lesson.check("20.1", wrong) for wrong in (4, 5.0, 2**2)]
    assert [one.right for one in said] == [False] * 3
    assert [words["hint"] in str(one) for one in said] == [True, True, False]
    assert [words["longer"] in str(one) for one in said] == [False, False, True]
    assert 'wb.lesson.solution("20.1")' in str(said[2])
    assert words["solution"] in str(wb.lesson.solution("20.1"))
    assert wb.lesson.check("20.1", 4.757).right is True


def test_a_right_answer_opens_the_solution_at_once():
    assert "3 more times" in str(wb.lesson.solution("21.4"))
    assert wb.lesson.check("21.4", 4).right
    assert "Four times" in str(wb.lesson.solution("21.4"))


@pytest.mark.parametrize("right", [
    [0.2] * 5, (0.2,) * 5, np.full(5, 0.2), torch.full((5,), 0.2), pd.Series([0.2] * 5),
], ids=["list", "tuple", "numpy", "torch", "pandas"])  # fmt: skip
def test_an_answer_may_be_of_any_library(right):
    assert wb.lesson.check("21.2", right).right


@pytest.mark.parametrize("answer", [
    np.float32(4), torch.tensor(4.0), np.int64(4), 4.004,
], ids=["numpy", "torch", "whole", "rounded"])  # fmt: skip
def test_a_number_is_one_whatever_it_is_kept_in(answer):
    assert wb.lesson.check("21.1", answer).right


@pytest.mark.parametrize(("name", "answer", "part"), [
    ("21.1", "4", "a number; this is '4'"),
    ("21.1", True, "a number; this is True"),
    ("21.1", None, "a number; this is None"),
    ("21.1", [4.0], "a number; this is 1 parts ([4.0])"),
    ("21.1", {"a": 1}, "a number; this is {'a': 1}"),
    ("21.2", 0.2, "5 parts in order"),
    ("21.2", torch.full((1, 5), 0.2), "5 parts in order"),
    ("21.2", [0.2, 0.2], "5 parts in order, such as a tuple; this is 2 parts"),
    ("24.3", (1, 0), "True or False; this is 1"),
    ("02.2", ("a", 1), "a text; this is 1"),
    ("20.5", 4.7, "a function, its name without brackets; this is 4.7"),
])
def test_an_answer_of_another_form_is_said_and_is_no_try(name, answer, part, folder):
    said = wb.lesson.check(name, answer)
    assert said.right is None and part in str(said) and "not count" in str(said)
    assert not folder.exists()


@pytest.mark.parametrize("answer", [math.nan, math.inf, -math.inf, 10**400, np.float64("nan")],
                         ids=["nan", "inf", "-inf", "huge", "numpy-nan"])  # fmt: skip
def test_numbers_that_are_none_are_wrong(answer):
    assert wb.lesson.check("21.1", answer).right is False


def test_what_is_not_answered_yet_is_no_try(folder):
    for open_one in (..., (..., ...), [0.2, ...]):
        said = wb.lesson.check("21.2", open_one)
        assert said.right is None and "three dots" in str(said)

    def perplexity(probabilities):
        return ...

    assert "three dots" in str(wb.lesson.check("20.5", perplexity))
    assert not folder.exists()


@pytest.mark.parametrize("name", ["21.9", "99.1", "21", "", "21.3.1", "../21.1", 21.4, None])
def test_an_exercise_that_there_is_not(name):
    with pytest.raises(UnknownName, match="no exercise"):
        wb.lesson.check(name if name != 21.4 else "21.44", 1)


def test_a_value_of_the_lesson_that_is_missing():
    with pytest.raises(DataError, match=r"missing here: weights.*weights=\.\.\."):
        wb.lesson.check("21.3", (0, 2))


def test_a_value_that_is_not_the_lesson_s_is_said_and_is_no_try(folder):
    with pytest.raises(DataError, match=r"given as weights \(TypeError.*weights=\.\.\."):
        wb.lesson.check("01.2", 75, weights=None)
    assert not folder.exists()


def test_values_that_an_exercise_does_not_need_are_left_aside():
    assert wb.lesson.check("21.4", 4, weights=None).right
    weights = {"grain": 18, "earn": 0.24}
    assert wb.lesson.check("01.2", 75, weights=weights, counts=None).right


def test_a_value_of_the_lesson_decides():
    weights = torch.zeros(2, 3, 4, 4)
    weights[1, 2].diagonal(offset=1).fill_(1.0)
    assert wb.lesson.check("21.3", (1, 2), weights=weights).right
    assert wb.lesson.check("21.3", (0, 2), weights=weights).right is False


def plus_one(x):
    return x + 1


ADDS = Written(plus_one, lambda rng: (rng.normal(size=3),), wrong=())


def judged(function):
    return ADDS.judge(function, {})


def test_a_function_is_tried_on_random_inputs():
    assert judged(lambda x: 1 + x).right
    first = np.random.default_rng(0).normal(size=3)

    def for_the_first_only(x):
        return x + 1 if np.allclose(x, first) else x

    wrong = judged(for_the_first_only)
    assert not wrong.right and "is right" in wrong.why


@pytest.mark.parametrize(("function", "part"), [
    (lambda x: 1 / 0, "it stops with ZeroDivisionError: division by zero"),
    (lambda: 1, "takes 0 positional arguments"),
    (lambda x: x.__iadd__(1), "it changes its argument number 1"),
    (lambda x: x[:2] + 1, "has the shape (2,); (3,) is right"),
    (lambda x: list(x + 1), "has the shape none"),
    (lambda x: None, "has the shape none"),
    (lambda x: x + 2, "is right"),
    (lambda x: (_ for _ in ()).throw(SystemExit(3)), "SystemExit: 3"),
    (lambda x: (_ for _ in ()).throw(KeyboardInterrupt()), "KeyboardInterrupt"),
    (lambda x: x + np.nan, "nan"),
], ids=["raises", "takes-none", "changes", "shape", "list", "nothing", "value", "exits",
        "interrupts", "nan"])  # fmt: skip
def test_what_a_function_does_wrong_is_said_with_its_input(function, part):
    wrong = judged(function)
    assert not wrong.right and wrong.counts and part in wrong.why and "For [" in wrong.why


def test_a_function_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(trying, "SECONDS", 0.2)
    ended = threading.Event()

    def for_ever(x):
        try:
            while True:
                try:
                    time.sleep(0.001)
                except Exception:
                    pass
        finally:
            ended.set()

    wrong = judged(for_ever)
    assert "not done after 0.2 seconds" in wrong.why
    assert ended.wait(30), "it still runs"


def test_a_function_that_is_right_and_slow_is_no_try(monkeypatch):
    monkeypatch.setattr(trying, "IN_ALL", 0.0)
    slow = judged(lambda x: time.sleep(0.05) or x + 1)
    assert not slow.right and not slow.counts and "first 0 of 20 inputs" in slow.why
    assert "longer than 0 seconds" in slow.why


def test_a_function_that_never_ends_behind_slow_ones_is_said_so(monkeypatch):
    monkeypatch.setattr(trying, "SECONDS", 0.4)
    monkeypatch.setattr(trying, "IN_ALL", 0.5)
    seen = []

    def third_for_ever(x):
        seen.append(x)
        while len(seen) > 2:
            time.sleep(0.001)
        time.sleep(0.2)
        return x + 1

    wrong = judged(third_for_ever)
    assert len(seen) == 3 and wrong.counts and "not done after 0.4 seconds" in wrong.why


def test_each_input_is_tried_once():
    seen = []
    wb.lesson.check("20.5", lambda p: seen.append(p) or 1.0)
    assert len(seen) == 1


def test_a_process_that_a_function_forks_ends_where_the_function_does(capfd):
    children = []

    def forks(x):
        child = os.fork()
        if child:
            children.append(child)
        return x + 1

    assert judged(forks).right and len(children) == ADDS.tries
    assert [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children] == [0] * 20
    assert "Fatal" not in capfd.readouterr().err


class NoWords(Exception):
    def __str__(self):
        raise RuntimeError("none")


class Unreadable:
    shape = property(lambda self: 1 / 0)

    def tolist(self):
        raise NoWords

    def __repr__(self):
        raise RuntimeError("none")


ENDLESS = []
ENDLESS.append(ENDLESS)
UNREADABLE = pytest.mark.parametrize(
    "one", [torch.eye(2).to_sparse(), torch.empty(2, device="meta"), Unreadable(), ENDLESS],
    ids=["sparse", "meta", "faulty", "endless"],
)  # fmt: skip


@UNREADABLE
@pytest.mark.parametrize("name", ["21.1", "21.2", "02.2", "24.3", "22.2"])
def test_an_answer_that_cannot_be_read_is_said_and_is_no_try(name, one):
    said = wb.lesson.check(name, one, **({"share": 0.2} if name == "22.2" else {}))
    assert said.right is None and "cannot be read (" in str(said) and "not count" in str(said)


@UNREADABLE
def test_a_result_that_cannot_be_read_is_said(one):
    assert "For [" in judged(lambda x: one).why
    said = Written(len, lambda rng: ([1, 2],), wrong=()).judge(lambda x: one, {})
    assert not said.right and "cannot be read (" in said.why


def test_what_is_said_of_an_error_without_words_and_of_a_table():
    def fails(x):
        raise NoWords

    assert judged(fails).why.endswith("it stops with NoWords.")
    assert "\n" not in wb.lesson.check("21.1", pd.DataFrame({"a": [1, 2]})).sentences[0]


def test_who_interrupts_the_kernel_is_no_learner_that_errs(folder):
    began = threading.Event()

    def for_ever(truth, found):
        began.set()
        while True:
            time.sleep(0.001)

    def press():
        assert began.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    # whoever starts the tests in the background of a script starts them deaf to this signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=press).start()
        with pytest.raises(KeyboardInterrupt):
            wb.lesson.check("04.4", for_ever)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not folder.exists()


def test_arguments_are_copies():
    kept = np.zeros(3)

    def spoils(x):
        x += 1
        return x

    with pytest.raises(trying.Changed):
        trying.call(spoils, (kept,), seconds=30)
    assert (kept == 0).all()


def test_words_and_parts_of_values():
    assert Value("AH").judge(" ah ", {}).right and not Value("AH").judge("eh", {}).right
    assert exercise.other_values((0.5, True, "a", [1]), 0.1) == [
        (0.8, True, "a", [1]), (0.5, False, "a", [1]), (0.5, True, "ax", [1]),
        (0.5, True, "a", [1.3]),
    ]  # fmt: skip
    assert Holds(lambda n: n > 3, right=(4,), wrong=(3,)).judge(5, {}).right


@pytest.mark.parametrize("name", exercises.names())
def test_each_exercise_has_its_words_and_passes_and_fails_what_it_should(name):
    words = i18n.group("exercise")
    book, number = name.split(".")
    assert set(words[book][number]) == {"hint", "longer", "solution"}
    found = exercises.exercises_of(book)[number]
    if not found.needs:  # the others are tried with the lesson's values, when the notebook runs
        checking._prove(name, found, {})


def test_all_words_of_exercises_belong_to_one():
    words = i18n.group("exercise")
    assert [f"{b}.{n}" for b in words for n in words[b]] == exercises.names()


def test_a_proof_that_fails_is_an_error(monkeypatch):
    monkeypatch.setenv(checking.PROOF, "1")
    lying = {"1": Holds(lambda n: True, right=(1,), wrong=(2,))}
    monkeypatch.setattr(checking, "exercises_of", lambda book: lying)
    with pytest.raises(AssertionError, match="2 is wrong and passes"):
        wb.lesson.check("21.1", ...)


def test_a_verdict_is_shown_as_text_only():
    html = checking.Verdict("21.1", False, ("<b>$x$</b>",))._repr_html_()
    assert "&lt;b&gt;" in html and "tex2jax_ignore" in html


def test_the_reference_of_an_exercise_stands_in_no_notebook():
    from tests import notebooks

    for path in notebooks.paths():
        text = json.dumps(json.loads(path.read_text("utf-8")))
        for book in i18n.group("exercise").values():
            for one in book.values():
                assert one["solution"] not in text and one["longer"] not in text
