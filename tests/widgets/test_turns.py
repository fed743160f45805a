"""Two threads at one form, or one line to ask in: nothing typed is lost, nothing older is shown.

Nothing waits for a time: a thread stops at a place in the middle of its work, and goes on when the
other one has done its own, or was seen to wait for it.
"""

import threading
from types import SimpleNamespace

import pytest

from tests.waiting import PATIENCE, until
from tests.widgets.beside import Beside, Watched
from workbench import inspection
from workbench.errors import RecipeError
from workbench.recipe import Recipe
from workbench.widgets.panels.asked_text import AskedText
from workbench.widgets.panels.form import RecipeForm


@pytest.fixture
def beside():
    return Beside()


@pytest.fixture
def form(beside):
    made = RecipeForm()
    made._turn = Watched(made._turn, beside.settled)
    return made


def typed(form, name, value):
    form._message(form, {"set": name, "value": value}, [])


class Stopping(dict):
    """Values of a form that are read where somebody stops."""

    def __iter__(self):
        return iter(self.keys())

    def keys(self):
        self.stop()
        return list(super().keys())


@pytest.mark.parametrize("first", [
    lambda form: form.set(weight_decay=0.5),
    lambda form: typed(form, "weight_decay", "0.5"),
], ids=["set from Python", "typed"])  # fmt: skip
def test_what_is_typed_while_a_field_is_set_stays(form, beside, first):
    values = Stopping(form.values)
    values.stop = beside.stop
    form.values = values
    beside.run(lambda: first(form), lambda: typed(form, "epochs", "7"))
    assert (form.recipe.epochs, form.recipe.weight_decay) == (7, 0.5)


def test_what_is_marked_is_of_the_values_that_are_there(form, beside, monkeypatch):
    """What was found in the data is marked while a wrong value is put right."""
    form.set(epochs=0)
    assert "epochs" in form.errors
    checked = Recipe.replace

    def stopping(recipe, **fields):
        try:
            return checked(recipe, **fields)
        except RecipeError:
            beside.stop()
            raise

    monkeypatch.setattr(Recipe, "replace", stopping)
    beside.run(lambda: form.mark({}), lambda: typed(form, "epochs", "3"))
    assert form.errors == {} and form.problem == "" and form.recipe.epochs == 3


@pytest.fixture
def asked(beside, monkeypatch):
    """A line whose model says what it was asked; it stops at a text "held"."""
    made = AskedText(lambda: "run")
    made.query.kind = "class"
    made._turns._turn = Watched(made._turns._turn, beside.settled)
    made.attention.show = made.bertviz.show = lambda *_, **__: None
    made.read, made.go, made.held = [], threading.Event(), threading.Event()

    def attention(run, text, pair):
        made.read.append(text)
        if text == "held":
            made.held.set()
            assert made.go.wait(PATIENCE)
        return SimpleNamespace(prediction=text, scores={})

    monkeypatch.setattr(inspection, "attention", attention)
    return made


def answered():
    """Whether no text is being read."""
    return not any(one.name == "workbench-inspect" for one in threading.enumerate())


def test_two_who_ask_at_once_are_answered_and_nobody_waits_for_more(asked, beside):
    """The one that came first is seen to be busy when the other was answered already."""
    asked.query.observe(lambda _: beside.stop(), "busy")
    beside.run(
        lambda: asked.ask("first"), lambda: (asked.ask("second"), until(answered))
    )  # fmt: skip
    until(answered)
    assert (asked.query.text, asked.query.prediction) == ("second", "second")
    assert not asked.query.busy


def test_what_was_asked_before_it_was_cleared_is_not_shown(asked):
    asked.ask("held")
    assert asked.held.wait(PATIENCE)
    asked.clear()
    assert not asked.query.busy
    asked.go.set()
    until(answered)
    assert (asked.query.text, asked.query.prediction, asked.seen) == ("", "", None)


def test_a_text_is_cleared_before_or_after_its_answer_is_shown_and_never_between(asked, beside):
    asked.query.observe(lambda _: beside.stop(), "prediction")
    beside.run(lambda: asked.inspect("one"), asked.clear)
    assert (asked.query.text, asked.query.prediction, asked.seen) == ("", "", None)


def test_who_asks_does_not_wait_for_scores_that_are_computed_in_the_view(asked, beside):
    """The answer to the first text waits for them, and kept the next one from being asked."""
    waits, working, ready, shown = threading.Event(), threading.Event(), threading.Event(), []
    view = asked.attention
    view._lock = Watched(view._lock, waits)

    def show(seen, **_):
        with view._lock:
            shown.append(seen.prediction)

    view.show = show
    view._later(lambda: (working.set(), ready.wait(PATIENCE)))
    assert working.wait(PATIENCE)
    asked.ask("first")
    assert waits.wait(PATIENCE)
    asking = threading.Thread(target=asked.ask, args=("second",))
    asking.start()
    until(lambda: beside.settled.is_set() or not asking.is_alive())
    kept = beside.settled.is_set()
    ready.set()
    until(answered)
    assert not kept and shown == ["second"]
