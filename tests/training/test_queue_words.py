"""A run in the foreground that waits says behind how many, and when its turn has come."""

import io
from types import SimpleNamespace

import tqdm

from workbench import Recipe
from workbench.training.api import _Shown
from workbench.worker.device_queue import wait_for_turn


class Line:
    """Stands for a ticket: its place in the queue at each look."""

    def __init__(self, *places):
        self.places = list(places)

    def position(self):
        return self.places.pop(0)


def test_the_place_is_told_when_it_changes_and_the_turn_too(tmp_path):
    state = SimpleNamespace(values={}, update=lambda **said: state.values.update(said))
    told = []
    assert wait_for_turn(tmp_path, state, Line(2, 2, 1, 0), tell=told.append) == "go"
    assert told == [2, 1, 0] and state.values["queue_position"] == 0
    told.clear()
    assert wait_for_turn(tmp_path, state, Line(0), tell=told.append) == "go"
    assert told == []


def test_the_bar_says_it():
    with tqdm.tqdm(desc="preparing", file=io.StringIO()) as bar:
        shown = _Shown(bar, SimpleNamespace(recipe=Recipe()))
        shown.waiting(2)
        assert bar.desc.startswith("waiting for the device, 2 before it")
        shown.waiting(0)
        assert bar.desc.startswith("preparing")
