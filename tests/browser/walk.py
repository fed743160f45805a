"""One person's way through the app, from picking a task to a file of predictions, by one hand."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from tests.browser.hands import Keyboard, Mouse
from tests.browser.harness import THEMES, WIDTHS
from tests.browser.looking import faults_of_tabbing
from tests.waiting import PATIENCE

WORK = 3 * PATIENCE  # seconds of a worker: it starts, loads, trains
SAYS_OUTCOME = "__import__('workbench').inspection.outcome(app.run).sentence"


class Walk:
    """The app in a page, used by one hand at one width and in one theme.

    Parameters
    ----------
    lab : Lab
    hand : type
        :class:`~tests.browser.hands.Mouse` or ``Keyboard``.
    name : str
        What its screenshots are called.
    """

    def __init__(self, lab, hand: type[Mouse], name: str, *, width: int, theme: str):
        self.lab, self.page, self.by, self.name = lab, lab.page, hand(lab.page), name
        self.themes, self.widths = (theme,), (width,)
        if os.environ.get("WORKBENCH_LOOK") == "all":  # for an eye: all four
            self.themes, self.widths = tuple(dict.fromkeys([*THEMES, theme])), WIDTHS
        self.panels = [self.page.locator(f".wb-panel-{n}") for n in range(5)]

    @property
    def keyboard(self) -> bool:
        return isinstance(self.by, Keyboard)

    def begin(self) -> None:
        """The app is there, once, and the keyboard is in it."""
        page: Page = self.page
        page.locator(".wb[data-ready=true]").first.wait_for()
        assert page.locator(".wb-app").count() == 1, "the panels are shown once"
        page.locator(".wb-steps [aria-selected=true]").focus()

    def seen(self, at: str, *, tabbed: bool = False) -> None:
        """What an eye would object to fails; so does what Tab alone cannot reach."""
        self.lab.look(f"{self.name}-{at}", themes=self.themes, widths=self.widths)
        if self.keyboard and tabbed:
            self.by.held()
            here = self.page.evaluate_handle("document.activeElement")
            faults = faults_of_tabbing(self.page, self.page.locator(".wb-top button"))
            here.as_element().focus()
            assert not faults, "\n".join(faults)

    def refused_and_asked(self) -> None:
        """A setting that cannot be meant is asked about; a wrong one is refused, and said."""
        page, by = self.page, self.by
        about = page.locator(".wb-steps [data-tab='0'] small")
        rate, passes = (page.locator(f"[data-field={n}]") for n in ("learning_rate", "epochs"))
        before = passes.input_value()
        by.fill(rate, "7")
        ask = page.locator("[id$=-learning_rate-note] + .wb-ask")
        expect(ask).to_contain_text("far above")
        by.fill(passes, "0")
        expect(passes).to_have_attribute("aria-invalid", "true")
        expect(about).to_have_text("a setting is wrong")
        expect(ask).to_contain_text("far above")  # as before: two things are to be said
        self.seen("asked")
        by.fill(passes, before)
        expect(about).not_to_have_text("a setting is wrong")
        by.press(ask.locator("[data-ask=usual]"))
        expect(ask).to_be_empty()
        by.held()
        by.fill(rate, "0.003")

    def pick(self, title: str, name: str) -> None:
        """Another task, by what it is called."""
        task = self.page.locator("[data-field=task]")
        if task.input_value() != name:
            self.by.choose(task, title)
            expect(task).to_have_value(name)
            self.by.held()
        self.lab.until("app.recipe.task", name)

    def give(self, file: Path, columns: dict[str, str], fixes: list[str]) -> None:
        """A file in Check: its columns, and what a click mends."""
        by, check = self.by, self.panels[1]
        self.first = file.read_text("utf-8").partition("\n")[0]
        ready = check.locator(".wb-check[data-ready=true]")
        by.step(1)
        check.locator(".wb-drop").first.wait_for()
        ready.wait_for()
        by.give(check.locator(".wb-drop input[type=file]"), file)
        check.get_by_text(f"{file.name} is here.").wait_for()
        ready.wait_for()
        for role, column in columns.items():
            choice = check.locator(f"[data-role={role}] select")
            if choice.input_value() != column:
                by.choose(choice, column)
                ready.wait_for()
                by.held()
            expect(choice).to_have_value(column)
        for fix in fixes:
            by.press(check.locator(f"[data-fix={fix}]"))
            check.locator(f"[data-unfix={fix}]").wait_for()
            ready.wait_for()
            by.held()
        check.get_by_text("Ready to train.").wait_for()
        self.seen("checked", tabbed=True)

    def train(self) -> None:
        """Watched to its end; the sentence there names the metric that decided, and who won."""
        page, by, lab = self.page, self.by, self.lab
        by.step(2)
        by.press(page.locator("button[data-press=train]"))
        page.locator(".wb-controls[data-state=done]").first.wait_for(timeout=1000 * WORK)
        steps = lab.python("app.run.status()['step']")
        assert steps > 0
        expect(page.locator(".wb-panel-2 .wb-curves")).to_have_attribute("data-points", str(steps))
        sentence = lab.python(SAYS_OUTCOME)
        assert "the metric that decided" in sentence
        expect(page.locator(".wb-panel-2 .wb-note", has_text="the metric that decided")
               ).to_contain_text(sentence)  # fmt: skip
        expect(page.locator(".wb-steps [data-tab='3'] small")).not_to_be_empty()
        by.held()
        self.seen("trained")

    def inspect(self, presses: list[str], shows: str, *, attention: bool = True) -> None:
        """From a table of errors to an example, and into the model."""
        by, panel = self.by, self.panels[3]
        by.step(3)
        panel.locator(".wb-stats dd").first.wait_for()
        for selector in presses:
            by.press(panel.locator(selector).first)
            by.held()
        panel.locator(shows).first.wait_for()
        if attention:
            panel.locator(".wb-attention[data-ready=true]").wait_for()
        self.seen("inspected", tabbed=True)

    def ask(self, typed: dict[str, str], shows: str = "") -> None:
        """Type a text, or two; the page says what the kernel found."""
        by, panel, texts = self.by, self.panels[3], list(typed.values())
        for line, text in typed.items():
            by.fill(panel.get_by_label(line), text)
        by.press(panel.locator(".wb-query [data-action=ask]"))
        self.lab.until("app.inspect.query.text", texts[0])
        panel.locator(".wb-query[aria-busy=false]:not([data-prediction=''])").wait_for()
        said = self.lab.python("app.inspect.query.prediction")
        expect(panel.locator(".wb-query")).to_have_attribute("data-prediction", said)
        if shows:
            panel.locator(shows).first.wait_for()
        by.held()
        self.seen("asked-about")

    def give_to_predict(self, file: Path, columns: list[str], rows: list[list[str]]) -> None:
        """A file's predictions come back as a download, a row for each of its own."""
        with open(file, "w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([columns, *rows])
        by, panel = self.by, self.panels[3]
        by.give(panel.locator(".wb-file input[type=file]"), file)
        panel.locator(".wb-file[data-state=done]").wait_for()
        expect(panel.locator(".wb-twin code")).to_contain_text(f"predict_file('{file.name}'")
        with self.page.expect_download() as download:
            by.press(panel.locator(".wb-file [data-do=download]"))
        by.held()
        assert download.value.suggested_filename == f"{file.stem}-predictions.csv"
        with open(download.value.path(), encoding="utf-8", newline="") as lines:
            back = list(csv.DictReader(lines))
        first = columns[0] if columns[0] in back[0] else "text"  # what the task calls it
        assert [row[first] for row in back] == [row[0] for row in rows]
        assert all("prediction" in row for row in back)
        by.choose(panel.get_by_label("Kind of file"), "Excel")
        expect(panel.locator(".wb-twin code")).to_contain_text("-predictions.xlsx'")
        with self.page.expect_download() as download:
            by.press(panel.locator(".wb-file [data-do=download]"))
        by.held()
        assert download.value.suggested_filename == f"{file.stem}-predictions.xlsx"
        sheet = pd.read_excel(download.value.path(), engine="calamine", dtype=str)
        assert sheet[first].tolist() == [row[0] for row in rows]
        self.seen("predicted")

    def ship(self) -> None:
        """Made smaller on the last step: measured beside the whole one, answer by answer."""
        by, panel = self.by, self.panels[4]
        by.step(4)
        by.choose(panel.get_by_label("Make it smaller:"), "8 bits, computed in whole numbers")
        by.press(panel.get_by_role("button", name="Try it"))
        rows = panel.locator(".wb-sheet").first.locator("tbody tr")
        expect(rows).to_have_count(2, timeout=1000 * WORK)
        self.lab.until("len(app.ship.panel.smaller.tried)", 1)
        changed = self.lab.python("app.ship.panel.smaller.tried[0].flipped().shape[0]")
        expect(rows.nth(1)).to_contain_text("int8")
        expect(panel.locator(".wb-sheet").nth(1)).to_contain_text(f"{changed} ")
        by.held()
        self.seen("shipped", tabbed=True)

    def relabel(self) -> None:
        """Doubtful labels are decided, the next run is trained and stands beside the first."""
        page, by, lab = self.page, self.by, self.lab
        by.view("labels")
        card = page.locator(".wb-queue")
        by.press(card.locator("[data-action=find]"))
        page.locator(".wb-queue:not([data-total='-1'])").wait_for()
        by.held()
        total = int(card.get_attribute("data-total"))
        assert total >= 2
        decided = page.locator(".wb-queue[data-decided='1']")
        by.press(card.locator("[data-action=accept]"))
        decided.wait_for()
        by.press(card.locator("[data-action=undo]"))
        page.locator(".wb-queue[data-decided='0']").wait_for()
        for number in range(total):
            if isinstance(by, Keyboard):
                by.reach(card)
                page.keyboard.press("r")
            else:
                by.press(card.locator("[data-action=relabel]"))
            page.locator(f".wb-queue[data-decided='{number + 1}']").wait_for()
            by.held()
        self.seen("labels")
        first = lab.python("str(app.run.path)")
        by.press(card.locator("[data-action=train]"))
        compare = page.locator(".wb-tabs [data-view=compare]")
        trained = "app.inspect.views['labels'].trained"
        lab.until(f"{trained} and {trained}.state", "done", seconds=WORK)
        expect(compare).to_have_attribute("aria-selected", "true")
        lab.until("app.inspect.views['compare'].comparison is not None", True)
        if self.keyboard:
            expect(compare).to_be_focused()
        corrections, other = "app.run.recipe.corrections", "app.inspect.views['compare'].choice"
        assert lab.python(f"[{corrections} is not None, {other}.value]") == [True, first]
        self.seen("compared")

    def compare(self, other: str) -> None:
        """Another run of the same data is offered, chosen, and stands beside this one."""
        by, panel = self.by, self.panels[3]
        by.view("compare")
        choice = panel.locator(".wb-choice select")
        expect(choice.locator("option")).to_have_text(["another run …", other])
        by.choose(choice, other)
        expect(panel.locator(".wb-sheet").first).to_contain_text("first")
        by.held()
        self.seen("compared")

    def reopened(self) -> None:
        """The run is shown again from its folder: its curve, its figures, its examples."""
        page, by, lab = self.page, self.by, self.lab
        said = page.locator(".wb-panel-2 .wb-note", has_text="the metric that decided")
        expect(said).to_contain_text(lab.python(SAYS_OUTCOME))
        assert page.locator(".wb-app").count() == 1, "the panels are shown once"
        by.step(3)
        figures = self.panels[3].locator(".wb-stats dd")
        figures.first.wait_for()
        assert figures.count() > 1
        self.seen("reopened")
