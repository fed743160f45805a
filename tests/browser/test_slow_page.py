"""A page that has much else to do: what the kernel sends is shown all the same."""

import pytest
from playwright.sync_api import expect

from workbench.widgets import base

CELL = """
from workbench.widgets.elements.stats import Stats
from workbench.widgets.elements.table import Sheet
import ipywidgets, pandas as pd
stats, sheet = Stats(), Sheet(choosable=True)
box = ipywidgets.VBox([stats, sheet])
stats.show([("1", "at first")])
box
"""
# The widget library waits two seconds for a view's script. Here they have passed before it came.
LATE = """() => { AbortSignal.timeout = () => {
  const passed = new AbortController();
  queueMicrotask(() => passed.abort());
  return passed.signal;
}; }"""


@pytest.mark.parametrize("late", [False, True], ids=["in-time", "late"])
def test_what_is_sent_to_a_view_is_shown_however_late_its_script_came(lab, late):
    page = lab.page
    lab.open("slow-page.ipynb", [CELL])
    if late:
        page.evaluate(LATE)
    lab.run_cell(0)
    figures = page.locator(".wb-stats dd")
    expect(figures).to_have_text(["1"])
    lab.python("stats.show([('2', 'later'), ('3', 'later still')])")
    expect(figures).to_have_text(["2", "3"])
    lab.python("sheet.show(pd.DataFrame({'a': [1, 2]}), ['a'])")
    rows = page.locator(".wb-sheet tbody tr")
    expect(rows).to_have_count(2)
    rows.nth(1).click()
    lab.until("sheet.selected", 1)
    lab.python("stats.show([('4', 'at last')])")
    expect(figures).to_have_text(["4"])
    lab.check()


# What a view's model may be: of Jupyter's library (`Library` below it), or of another one.
MODELS = """
const said = [];
const comm = { on_msg: (told) => { said.push("other ear"); comm.tell = told; },
  send: (content, callbacks) => said.push([content.method, callbacks ?? null]) };
class Library {
  comm = comm; widget_manager = { callbacks: () => "back" };
  set() { return this; }
  _handle_comm_msg(message) { said.push(message.content); return Promise.resolve(); }
}
class Hears extends Library { async _handle_comm_msg() { said.push("heard"); } }
class Deaf extends Library { async _handle_comm_msg() { throw Error("aborted"); } }
const but = (model, fields) => Object.assign(model, fields);
"""
ASKED = ["other ear", ["request_state", "back"], "news"]


@pytest.mark.parametrize(
    ("model", "done"),
    [
        ("new Hears()", ["heard"]),
        ("new Deaf()", ASKED),
        ("but(new Deaf(), { widget_manager: {} })", ["other ear", ["request_state", None], "news"]),
        ("but(new Deaf(), { widget_manager: undefined })", ["other ear", "news"]),
        ("but(new Deaf(), { comm: undefined })", []),
        ("but(new Deaf(), { comm: { ...comm, send() { throw Error('dead'); } } })",
         ["other ear", "news"]),
        ("but(new Library(), { _handle_comm_msg: () => Promise.reject(Error()) })", ASKED),
        ("but({ comm }, { set() { return this; }, _handle_comm_msg: async () => { throw 1; } })",
         []),
        ("but({ comm }, { set() { return this; }, _handle_comm_msg() {} })", []),
        ("but({ comm }, { set() { return this; }, _handle_comm_msg() { throw 1; } })", []),
        ("{ set() {} }", []),
        ("{ set() { throw Error('no such field'); } }", []),
    ],
    ids=["hears", "deaf", "no-callbacks", "no-manager", "no-channel", "no-kernel", "own-ear",
         "nothing-below", "no-promise", "throws", "no-model", "refuses"],
)  # fmt: skip
def test_a_model_that_is_deaf_hears_again_and_others_are_left_alone(chromium, model, done):
    code = base._lean(base._used(base.source("common.js"), "hear"))
    page = chromium.new_page()
    try:
        told = page.evaluate(
            f"async () => {{ {code}\n{MODELS}\nconst model = {model};\nawait hear(model);"
            "await hear(model); comm.tell?.({ content: 'news' }); return said; }"
        )
    finally:
        page.close()
    assert told == done
