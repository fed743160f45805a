"""A kernel just started, and two views opened in it at once: no error is said anywhere."""

import os
import time

import pytest

from tests.training import tiny

LIMIT = 240  # seconds

PAIRS = {
    "cells": ("wb.Workbench(recipe)", "wb.widgets.CheckPanel(recipe)"),
    "threads": ("wb.widgets.PickPanel(recipe)", "wb.check(recipe)"),
}
BEFORE = """
import logging, threading, traceback, workbench as wb
from IPython.display import display
said = []
threading.excepthook = lambda one: said.append(repr(one.exc_value))
class Heard(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("workbench").addHandler(Heard(logging.WARNING))
recipe = wb.Recipe(model={model!r}, dataset={data!r}, max_length=32)
def opened(make):
    view = make()
    display(view)
    return view
"""
AT_ONCE = """
gate = threading.Barrier(2)
def both(make):
    gate.wait()
    try:
        made.append(opened(make))
    except Exception:
        said.append(traceback.format_exc())
made = []
threads = [threading.Thread(target=both, args=(make,)) for make in (lambda: {0}, lambda: {1})]
for one in threads: one.start()
for one in threads: one.join()
"""
AFTER = """
for view in made:
    view = getattr(view, "pick", view)
    if hasattr(view, "wait"):
        view.wait(200)
    if getattr(view, "notice", None) is not None and view.notice.message:
        said.append(view.notice.message)
print("said:", said)
"""


@pytest.mark.parametrize("how", PAIRS)
def test_two_views_in_a_fresh_kernel(how, tmp_path):
    from jupyter_client.manager import start_new_kernel

    model = tiny.save_model(tmp_path / "model")
    data = tmp_path / "texts.csv"
    tiny.frame().to_csv(data, index=False)
    # the kernel's own messages stay out of the way; its caches are those of this test alone
    environment = {**os.environ, "WORKBENCH_CACHE": str(tmp_path / "cache"), "WORKBENCH_WARM": "0"}
    manager, client = start_new_kernel(env=environment)
    try:
        cells = [BEFORE.format(model=str(model), data=str(data))]
        if how == "cells":
            cells += ["made = []", *(f"made.append(opened(lambda: {one}))" for one in PAIRS[how])]
        else:
            cells.append(AT_ONCE.format(*PAIRS[how]))
        for cell in cells:
            client.execute(cell)
        last, printed, errors = client.execute(AFTER), "", []
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            message = client.get_iopub_msg(timeout=LIMIT)
            content = message["content"]
            if message["msg_type"] == "error":
                errors.append("\n".join(content["traceback"]))
            elif message["msg_type"] == "stream" and content["name"] == "stdout":
                printed += content["text"]
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                if message["parent_header"].get("msg_id") == last:
                    break
        assert not errors
        assert printed.strip() == "said: []"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
