"""What a panel does a little later ends nothing by failing, and can be called off."""

import logging

from tests.waiting import PATIENCE
from workbench.widgets.later import later


def test_it_is_done_with_its_values_or_called_off():
    done = []
    later(0, done.append, 1).join(PATIENCE)
    timer = later(60, done.append, 2)
    timer.cancel()
    timer.join(PATIENCE)
    assert done == [1]


def test_a_failure_is_logged_and_told_where_somebody_looks(caplog):
    def fail():
        raise FileNotFoundError("the folder is gone")

    told = []
    later(0, fail, failed=told.append).join(PATIENCE)
    assert str(told[0]) == "the folder is gone" and len(told) == 1

    with caplog.at_level(logging.ERROR, "workbench"):
        later(0, fail).join(PATIENCE)
    assert "could not be brought up to date" in caplog.text and "is gone" in caplog.text
