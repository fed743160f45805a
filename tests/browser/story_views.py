"""What the views of one task do besides: steps of a story in Inspect, each taking its walk."""

from __future__ import annotations

from html import escape

from playwright.sync_api import expect

from tests.browser.hands import Keyboard


def residuals(walk) -> None:
    """The worst number is one key away, and the picture has its table."""
    lab, panel = walk.lab, walk.panels[3]
    scatter = panel.locator(".wb-scatter[data-points='24']")
    canvas = scatter.locator("canvas")
    if isinstance(walk.by, Keyboard):
        walk.by.reach(canvas)
    else:
        canvas.focus()
    walk.page.keyboard.press("ArrowRight")  # the worst
    worst = lab.python("app.inspect.views['residuals'].table.text[0]")
    expect(panel.locator(".wb-examples tbody tr[aria-selected=true]")).to_contain_text(worst[:40])
    expect(scatter).to_contain_text("residual")
    panel.locator(".wb-attention[data-ready=true]").wait_for()
    walk.by.press(scatter.get_by_role("button", name="Table"))
    expect(scatter.locator("table tbody tr")).to_have_count(5)
    walk.seen("residuals")


def groups(walk) -> None:
    """Questions by their first word and by the length of the answer; the answer is marked."""
    by, table = walk.by, walk.panels[3].locator(".wb-groups")
    by.press(table.locator("[data-by=answer_length]"))
    expect(table.locator("tbody tr", has_text="1 word").first).to_be_visible()
    by.press(table.locator("[data-by=question_word]"))
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(walk.panels[3].locator(".wb-context mark").first).to_be_visible()


def nothing_is_left_behind(walk) -> None:
    """The widget library keeps each view of a model that there ever was: they have to be empty."""
    lab, panel = walk.lab, walk.panels[3]
    for title in ("F1, 95 % interval", "right", "invented"):
        expect(panel.locator(".wb-stats dt", has_text=title).first).to_be_visible()
    devtools = lab.page.context.new_cdp_session(lab.page)

    def turn():
        for name in ("slices", "entities", "report", "compare", "entities"):
            walk.by.view(name)
            lab.until("app.inspect.tabs.selected", name)
        panel.locator(".wb-confusion").wait_for()
        lab.drawn()

    def kept():
        devtools.send("HeapProfiler.collectGarbage")
        counts = devtools.send("Memory.getDOMCounters")
        shown = lab.page.evaluate("document.querySelectorAll('*').length")
        return shown, counts["nodes"], counts["jsEventListeners"]

    turn()
    before = kept()
    turn()
    turn()
    for _ in range(60):  # what was taken out of the page is given back when the browser comes to it
        shown, nodes, listeners = (now - then for now, then in zip(kept(), before, strict=True))
        if shown <= 20 and nodes <= 400 and listeners <= 40:
            return
        lab.page.wait_for_timeout(500)
    raise AssertionError(f"left behind: {shown} shown, {nodes} nodes, {listeners} listeners")


def what_is_learnt(walk) -> None:
    """Rows as their run would learn them, one at a time: what is learnt is marked, no more."""
    by, part = walk.by, walk.panels[1].locator(".wb-learnt-rows")
    by.press(part.locator("[data-press=ask]"))
    part.and_(walk.page.locator("[data-ready=true]")).wait_for()
    rows = "app.check.learnt.rows"
    assert walk.lab.python(f"{rows}.total") > 1
    learnt = part.locator(".wb-learnt mark")
    shown = walk.lab.python(f"[text for text, learnt, *_ in {rows}.pieces if learnt and text]")
    expect(learnt).to_have_text(shown)
    by.held()
    by.press(part.locator("[data-press=next]"))
    walk.lab.until(f"{rows}.at", 1)
    expect(part.get_by_role("status")).to_contain_text("2")
    by.held()
    walk.seen("learnt")


def reported(walk) -> None:
    """As token by token; the report is written, and lists its parts."""
    token_by_token(walk)
    by, panel, lab = walk.by, walk.panels[3], walk.lab
    by.view("report")
    by.press(panel.locator("[data-action=write]"))
    lab.until("app.inspect.views['report'].report is not None", True)
    parts = lab.python("[part.title for part in app.inspect.views['report'].report.sections]")
    for part in parts:
        expect(panel.locator(".wb-sheet tbody").first).to_contain_text(part)
    page = lab.python("(app.run.path / 'report.html').read_text()")
    assert [part for part in ["Titles for texts", *parts] if escape(part) not in page] == []
    by.held()
    walk.seen("reported")


def token_by_token(walk) -> None:
    """Texts the worst first; of a chosen one each token's cost, and on what it rests."""
    by, panel, lab = walk.by, walk.panels[3], walk.lab
    by.press(panel.locator(".wb-written tbody tr").first)
    tokens = panel.locator(".wb-strip").first.locator(".wb-token")
    tokens.first.wait_for()
    assert tokens.count() == lab.python("len(app.inspect.views['written'].tokens.tokens)")
    by.held()
    by.press(tokens.first)
    lab.until("app.inspect.views['written'].costs.selected", 0)
    panel.locator(".wb-strip").nth(1).locator(".wb-token").first.wait_for()
    by.held()
    walk.seen("tokens")


def first_row(walk) -> None:
    """What Check shows of the file is its first row."""
    role = walk.panels[1].locator("[data-role]").first
    expect(role.locator(".wb-sample").first).to_have_text(walk.first)


def costliest_tokens(walk) -> None:
    """The tokens of a chosen text add up to its loss; those that cost most of all are counted."""
    by, panel, lab = walk.by, walk.panels[3], walk.lab
    view = "app.inspect.views['token_costs']"
    tokens = panel.locator(".wb-strip .wb-token")
    assert tokens.count() == lab.python(f"len({view}.tokens.tokens)")
    row = f"{view}.shown.iloc[0]"
    nats = lab.python(f"float({view}.tokens.costs.sum()) * 0.6931471805599453")
    assert abs(nats - lab.python(f"float({row}['loss'] * {row}['tokens'])")) < 1e-3
    by.press(panel.locator("[data-action=find]"))
    panel.locator(".wb-sheet tbody tr").first.wait_for()
    walk.seen("costs")


def sliced(walk) -> None:
    """A slice made by hand is measured by the task's own loss."""
    by, panel = walk.by, walk.panels[3]
    by.fill(panel.get_by_label("words >= 40 and negation"), "words >= 8")
    by.fill(panel.get_by_label("name of the slice"), "long")
    by.press(panel.locator("[data-action=add]"))
    expect(panel.locator(".wb-sheet tbody tr", has_text="long").first).to_be_visible()
    walk.seen("sliced")


def compared_and_mapped(walk) -> None:
    """What stood before the right text; the map of the texts."""
    by, panel, lab = walk.by, walk.panels[3], walk.lab
    hard = lab.python("len(app.inspect.views['rankings'].hard)")
    wrong = panel.locator(".wb-sheet").first
    expect(wrong.locator("tbody tr")).to_have_count(min(hard, 50))
    by.view("map")
    panel.locator("canvas").first.wait_for()
    lab.until("getattr(getattr(app.inspect.views.get('map'), 'table', None), 'size', 0) > 0", True)
    walk.seen("mapped")
    by.view("rankings")
