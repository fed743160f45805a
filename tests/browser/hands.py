"""The same deed by mouse, or by the keyboard alone: Tab until it is there, then its keys."""

from __future__ import annotations

from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

HERE = "e => e === document.activeElement"
LOST = "() => !document.activeElement || document.activeElement === document.body"
HELD = 60_000  # ms until the keyboard is back, on a machine that has much else to do
MOST = 120  # presses of Tab that a person would hardly make


class Mouse:
    """Clicks."""

    def __init__(self, page):
        self.page = page

    def press(self, control) -> None:
        """Press a button, a row or a tab."""
        control.click()

    def fill(self, field, text: str) -> None:
        """Write into a field."""
        field.fill(text)

    def choose(self, field, label: str) -> None:
        """Choose in a list by what is read there."""
        field.select_option(label=label)

    def step(self, number: int) -> None:
        """Go to a step of the app."""
        self.press(self.page.locator(f".wb-steps [data-tab='{number}']"))

    def view(self, name: str) -> None:
        """Go to a view of Inspect."""
        self.press(self.page.locator(f".wb-tabs [data-view='{name}']"))

    def give(self, chooser, file) -> None:
        """Choose a file."""
        with self.page.expect_file_chooser() as asked:
            chooser.locator("xpath=..").click()
        asked.value.set_files(file)

    def held(self) -> None:
        """Nothing to hold."""


class Keyboard(Mouse):
    """Keys alone; nothing is focused but by Tab."""

    def reach(self, control) -> None:
        """Press Tab until a control has the keyboard."""
        expect(control).to_be_enabled()
        for key in ["Tab"] * MOST + ["Shift+Tab"] * 2 * MOST:
            if control.evaluate(HERE):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{control} is not reached by Tab")

    def press(self, control) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def fill(self, field, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")

    def choose(self, field, label: str) -> None:
        self.reach(field)
        others = [o for o in field.locator("option").all_text_contents() if o != label]
        enough = next(n for n in range(len(label.split(" ")[0]), len(label) + 1)
                      if not any(o.lower().startswith(label[:n].lower()) for o in others))
        self.page.keyboard.type(label[:enough])  # a whole title is longer than a list listens

    def _turn(self, tabs, wanted) -> None:
        self.reach(tabs.locator("[role=tab][tabindex='0']"))
        for _ in range(tabs.locator("[role=tab]").count()):
            if wanted.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowRight")
        expect(wanted).to_be_focused()

    def step(self, number: int) -> None:
        tabs = self.page.locator(".wb-steps")
        self._turn(tabs, tabs.locator(f"[data-tab='{number}']"))

    def view(self, name: str) -> None:
        tabs = self.page.locator(".wb-tabs").first
        self._turn(tabs, tabs.locator(f"[data-view='{name}']"))

    def give(self, chooser, file) -> None:
        with self.page.expect_file_chooser() as asked:
            self.press(chooser)
        asked.value.set_files(file)

    def held(self) -> None:
        """The keyboard is somewhere in the app, or is there as soon as the page is drawn anew."""
        self.page.wait_for_timeout(50)
        try:
            self.page.wait_for_function(f"() => !({LOST})()", timeout=HELD)
        except TooLate:
            raise AssertionError("the keyboard's place was lost") from None


HANDS = {"mouse": Mouse, "keyboard": Keyboard}
