"""Background work for the newest request: nothing is lost, nothing older is shown."""

import threading
import time

import pytest

from tests.waiting import PATIENCE
from workbench.widgets.newest import Newest


def test_older_requests_are_dropped():
    begun, go, shown = threading.Event(), threading.Event(), []

    def work(request, is_newest):
        if request == 1:
            begun.set()
            assert go.wait(PATIENCE)
            return is_newest()
        return request

    newest = Newest(work, lambda *both: shown.append(both), pytest.fail)
    newest.ask(1)
    assert begun.wait(PATIENCE) and not newest.is_idle
    newest.ask(2)
    newest.ask(3)
    assert not newest.wait(0.01)
    go.set()
    assert newest.wait(PATIENCE) and newest.is_idle
    assert shown == [(3, 3)]


def test_no_request_falls_between_two_threads():
    """A caller that asks just as the thread ends must not wait for ever."""
    shown = []
    newest = Newest(lambda request, _: request, lambda request, _: shown.append(request),
                    pytest.fail)  # fmt: skip
    for number in range(3000):
        newest.ask(number)
        if number % 3 == 0:
            assert newest.wait(PATIENCE), f"request {number} was never answered"
            assert shown[-1] == number
    assert newest.wait(PATIENCE) and shown[-1] == 2999


def test_asking_while_the_answer_is_shown():
    """Showing tells the app, and the app may ask anew from within."""
    shown = []

    def show(request, found):
        shown.append(request)
        if request < 5:
            newest.ask(request + 1)

    newest = Newest(lambda request, _: request, show, pytest.fail)
    newest.ask(0)
    assert newest.wait(PATIENCE)
    assert shown == [0, 1, 2, 3, 4, 5]


def test_a_failure_ends_nothing_and_is_told():
    """Of the work and of the showing; where telling fails too, the next request is answered."""
    shown, told = [], []

    def work(request, _):
        if request == "bad":
            raise ValueError("no")
        return request

    def show(request, _):
        if request == "not to be shown":
            raise KeyError(request)
        shown.append(request)

    def failed(error):
        told.append(error)
        if isinstance(error, KeyError):
            raise error

    newest = Newest(work, show, failed)
    for request in ("bad", "not to be shown", "good"):
        newest.ask(request)
        assert newest.wait(PATIENCE)
    assert shown == ["good"] and [type(error) for error in told] == [ValueError, KeyError]


def test_asking_from_many_threads():
    shown = []
    newest = Newest(lambda request, _: time.sleep(0.0005) or request,
                    lambda r, _: shown.append(r), pytest.fail)  # fmt: skip
    threads = [
        threading.Thread(target=lambda n=n: [newest.ask((n, i)) for i in range(50)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert newest.wait(PATIENCE)
    assert shown[-1][1] == 49  # the last word of some thread, and no earlier one
