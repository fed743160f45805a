"""Where the keyboard goes on when controls are drawn anew, in a page of nothing else."""

import pytest

from workbench.widgets import base

PAGE = """
<div id=cell tabindex=-1><div id=root><p id=says tabindex=-1></p><div id=list></div></div></div>
"""
SETUP = """
const root = document.getElementById("root"), list = document.getElementById("list");
window.busy = false;
window.refocus = keepFocus(root, ["data-fix"], () => window.busy ? null
  : list.querySelector("button:not([disabled])") || document.getElementById("says"));
window.draw = (names, disabled = false) => list.replaceChildren(...names.map((name) =>
  make("button", { "data-fix": name, disabled, text: name })));
window.place = () => document.activeElement.dataset.fix || document.activeElement.id || "page";
"""


@pytest.fixture
def page(chromium):
    page = chromium.new_page()
    page.set_content(PAGE)
    page.evaluate("() => {" + base.source("common.js") + SETUP + "}")
    page.evaluate("() => { draw(['a', 'b']); root.querySelector('[data-fix=a]').focus(); }")
    yield page
    page.close()


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        pytest.param("draw(['a', 'b']); refocus()", "a", id="drawn-anew"),
        pytest.param("draw(['b']); refocus()", "b", id="the-next"),
        pytest.param("draw([]); refocus()", "says", id="none-left"),
        pytest.param("draw([]); refocus(); draw(['b']); refocus()", "b", id="the-next-comes-late"),
        pytest.param("draw([]); refocus(); draw(['a']); refocus()", "a", id="comes-back-late"),
        pytest.param(
            "busy = true; draw(['a', 'b'], true); refocus(); draw([]); refocus();"
            "busy = false; refocus(); draw(['b']); refocus()", "b", id="through-a-look",
        ),
        pytest.param(
            "draw([]); document.getElementById('cell').focus(); draw(['b']); refocus()",
            "b", id="the-notebook-took-it",
        ),
        pytest.param("document.activeElement.blur(); draw(['b']); refocus()", "b", id="blurred"),
    ],
)  # fmt: skip
def test_the_place_is_kept(page, steps, place):
    page.evaluate("() => {" + steps + "}")
    assert page.evaluate("() => place()") == place


@pytest.mark.parametrize("elsewhere", ["cell", "says"])
def test_who_goes_elsewhere_is_left_there(page, elsewhere):
    """The keyboard was moved while the control was there: nothing takes it back."""
    page.evaluate(f"() => document.getElementById('{elsewhere}').focus()")
    page.evaluate("() => { draw(['b']); refocus(); }")
    assert page.evaluate("() => place()") == elsewhere


LEARNT = """
const state = { total: -1, at: 0, busy: false, heading: "", summary: "", pieces: [["a", true, false,
  "", ""]], mates: [[2, "the last"]], mates_title: "", mates_left: "", legend: ["", "", "", ""],
  strings: {} }, heard = {};
const model = { get: (name) => state[name], on: (event, act) => { heard[event] = act; },
  off() {}, send: ({ do: what, at }) => { if (what === "go") set({ at }); } };
window.set = (news) => { Object.assign(state, news); heard["change:at"](); };
window.batched = (draw) => draw;
window.place = () => document.activeElement.dataset.press || document.activeElement.tagName;
window.press = (name) => {
  const button = document.querySelector(`[data-press=${name}]`);
  button.focus();
  button.click();
};
render({ model, el: document.getElementById("root") });
"""


def test_rows_that_are_learnt_keep_the_keyboard(chromium):
    page = chromium.new_page()
    page.set_content("<div id=root></div>")
    names = ("common.js", "keys.js", "elements/learnt_rows.js")
    script = "".join(map(base.source, names)).replace("export default", "const made =")
    page.add_script_tag(content=script)
    page.evaluate("() => {" + LEARNT + "}")
    page.evaluate("() => { press('ask'); set({ busy: true }); set({ busy: false, total: 3 }); }")
    assert page.evaluate("() => place()") == "text"
    page.evaluate("() => { press('next'); }")
    assert page.evaluate("() => place()") == "next"
    page.evaluate("() => { press('mate-2'); }")  # still there, as it was
    assert page.evaluate("() => place()") == "mate-2"
    page.evaluate("() => { press('previous'); press('mate-2'); set({ mates: [] }); }")
    assert page.evaluate("() => place()") == "text"
    page.evaluate("() => { set({ at: 1 }); press('next'); }")  # the last row
    assert page.evaluate("() => place()") == "text"
    page.close()
