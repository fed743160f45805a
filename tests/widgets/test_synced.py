"""Threads that write one widget at once: the page ends with what the widget holds."""

import random
import sys
import threading

import ipywidgets
import pytest
import traitlets

from tests.waiting import until
from workbench.widgets.base import View

ECHO = getattr(ipywidgets.widgets.widget, "JUPYTER_WIDGETS_ECHO", False)


class Page:
    """The other end of a widget's channel: what a page would know by now."""

    comm_id, kernel = "page", "some"  # older widget libraries look whether there is a kernel

    def __init__(self):
        self.knows, self.updates = {}, []

    def on_msg(self, callback):
        self.say = callback

    def send(self, data, buffers=None, **_):
        if data["method"] in ("update", "echo_update"):
            self.knows.update(data["state"])
            self.updates.append(data["state"])

    def close(self, **_):
        pass

    def sets(self, **state):
        """A person changes traits there."""
        self.knows.update(state)
        self.say({"content": {"data": {"method": "update", "state": state}}, "buffers": []})


class Pause:
    """A place in one thread at which it lets others go first."""

    def __init__(self):
        self.reached, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, value):
        self.reached.set()
        assert self.goes_on.wait(60)
        return value


class Several(View):
    TEXTS = "stats"
    _esm = "export default {}"
    comm = traitlets.Any(None, allow_none=True)  # older widget libraries take a class of their own
    one = traitlets.Int(0).tag(sync=True)
    two = traitlets.Int(0).tag(sync=True)
    three = traitlets.Int(0).tag(sync=True)
    of_0 = traitlets.Int(0).tag(sync=True)
    of_1 = traitlets.Int(0).tag(sync=True)
    of_2 = traitlets.Int(0).tag(sync=True)


TRAITS = ("one", "two", "three", "of_0", "of_1", "of_2")


def opened(kind=Several):
    page = Page()
    widget = kind(comm=page)
    page.knows = {name: getattr(widget, name) for name in TRAITS}
    page.updates.clear()
    return widget, page


def pausing(pause, **tags):
    class Pausing(Several):
        one = traitlets.Int(0).tag(sync=True, **tags)

    return opened(Pausing)


def beside(work, *values, **named):
    thread = threading.Thread(target=work, args=values, kwargs=named, daemon=True)
    thread.start()
    return thread


def agree(widget, page):
    held = {name: getattr(widget, name) for name in TRAITS}
    assert {name: page.knows[name] for name in held} == held


@pytest.mark.parametrize("said", [7, "no number"], ids=["taken", "refused"])
@pytest.mark.parametrize("fails", [False, True], ids=["", "and-what-follows-fails"])
def test_what_is_written_while_a_message_of_the_page_is_taken_is_sent(said, fails, capsys):
    pause = Pause()
    widget, page = pausing(pause, from_json=lambda value, _: pause(value))

    def follows(_):
        if fails:
            raise ValueError("a view that cannot be drawn")

    widget.observe(follows, "one")
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "two")
    message = beside(page.sets, one=said)
    assert pause.reached.wait(60)
    widget.two = 2  # a thread that found an answer
    assert page.knows["two"] == 2 and seen == [2], "not when the other thread is done"
    pause.goes_on.set()
    message.join(60)
    assert widget.one == (7 if said == 7 else 0) and widget.two == 2
    assert page.knows["two"] == 2


def test_what_another_thread_holds_back_is_not_sent_for_it():
    widget, page = opened()
    inside, on = threading.Event(), threading.Event()

    def holds():
        with widget.hold_sync():
            widget.one = 1
            inside.set()
            assert on.wait(60)

    holder = beside(holds)
    assert inside.wait(60)
    widget.two = 2
    assert page.updates == [{"two": 2}]
    with widget.hold_sync():
        widget.three = 3
        widget.two = 4
    assert page.updates[-1] == {"two": 4, "three": 3}
    on.set()
    holder.join(60)
    assert page.updates[-1] == {"one": 1} and len(page.updates) == 3
    agree(widget, page)


def test_an_older_state_never_comes_after_a_newer_one():
    late = threading.Event()

    def sent(value, _):
        if value == 1:
            assert not late.wait(0.3), "a newer one was sent before it"
        return value

    widget, page = pausing(None, to_json=sent)
    first = beside(setattr, widget, "one", 1)
    until(lambda: widget.one == 1)

    def newer():
        widget.one = 2
        late.set()

    second = beside(newer)
    first.join(60)
    second.join(60)
    assert widget.one == 2 == page.knows["one"]


@pytest.mark.parametrize("fails", [False, True], ids=["", "and-what-follows-fails"])
def test_what_the_page_says_is_repeated_where_another_thread_contradicted_it(fails, capsys):
    pause = Pause()
    widget, page = pausing(pause, from_json=lambda value, _: pause(value))

    def follows(change):
        if fails and change["new"] == 5:
            raise ValueError("a view that cannot be drawn")

    widget.observe(follows, "one")
    message = beside(page.sets, one=5)
    assert pause.reached.wait(60)
    widget.one = 9
    pause.goes_on.set()
    message.join(60)
    assert widget.one == 5
    agree(widget, page)


def test_a_channel_is_closed_between_two_messages_and_not_within_one():
    widget, page = opened()
    sends, closed, within = threading.Event(), threading.Event(), []

    def send(data, **_):
        sends.set()
        within.append(closed.wait(0.3))

    def closes():
        widget.close()
        closed.set()

    page.send = send
    writer = beside(setattr, widget, "one", 1)
    assert sends.wait(60)
    closer = beside(closes)
    writer.join(60)
    closer.join(60)
    assert within == [False] and closed.is_set() and widget.comm is None
    widget.two = 2  # by a thread that did not hear of it: nobody is told
    widget.send({"ask": "more"})
    assert within == [False]


def test_alone_the_page_is_not_told_what_it_said():
    widget, page = opened()
    widget.observe(lambda change: setattr(widget, "two", change["new"] + 1), "one")
    page.sets(one=3)
    echo = [{"one": 3}] * bool(ECHO)
    assert page.updates == [*echo, {"two": 4}]  # what follows, after an echo where there are some
    widget.observe(lambda change: setattr(widget, "three", 1), "three")
    page.sets(three=8)  # the kernel knows better
    assert page.updates[-1] == {"three": 1}
    agree(widget, page)


@pytest.fixture
def quick_turns():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("seed", range(4))
def test_threads_and_the_page_agree_in_the_end(seed, quick_turns):
    widget, page = opened()
    begin, failed = threading.Barrier(3), []

    def works(number):
        draw = random.Random(10 * seed + number)
        begin.wait(60)
        try:
            for turn in range(150):
                value = 1 + 3 * turn + number  # each is written once
                names = draw.sample(["one", "two", "three"], 2)
                how = draw.randrange(3)
                if how == 0:
                    setattr(widget, names[0], value)
                elif how == 1:
                    with widget.hold_sync():
                        for name in names:
                            setattr(widget, name, value)
                else:
                    with widget.hold_trait_notifications():
                        setattr(widget, f"of_{number}", value)
        except Exception as error:
            failed.append(repr(error))

    threads = [beside(works, number) for number in range(3)]
    for thread in threads:
        thread.join(60)
    assert not failed
    agree(widget, page)
