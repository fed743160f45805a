"""The profile button in a real page: asked, answered, told in a table."""

from playwright.sync_api import expect

VIEW = """
import time
import pandas as pd
from types import SimpleNamespace
from pathlib import Path
from workbench.widgets.panels.profile_view import ProfileView
def profile():
    while not Path("go-on").exists():
        time.sleep(0.02)
    names = ["aten::addmm", "aten::bmm", "aten::gelu", "<b>aten::_fused_adamw_</b>", "9 others"]
    spent = [140.0, 31.0, 12.5, 10.1, 22.0]
    return pd.DataFrame({"operation": names, "calls": [109.0, 48.0, 6.0, 2.0, 310.0],
                         "milliseconds": spent, "share": [s / sum(spent) for s in spent]})
view = ProfileView()
view.follow(SimpleNamespace(profile=profile, path=Path("runs/one")))
view.can_ask = True
view
"""


def test_a_click_asks_and_the_table_answers(lab, server):
    lab.open("profile.ipynb", [VIEW])
    lab.run_cell(0)
    root = lab.page.locator(".wb-profile")
    button = root.get_by_role("button", name="Profile ten steps")
    button.focus()
    lab.page.keyboard.press("Enter")
    root.get_by_text("are being profiled").wait_for()
    (server.root / "go-on").touch()
    root.get_by_text("Table and picture lie in runs/one/profile.").wait_for()
    rows = root.locator("tbody tr")
    expect(rows).to_have_count(5)
    cells = rows.nth(3).locator("td").all_inner_texts()
    assert cells[0] == "<b>aten::_fused_adamw_</b>" and cells[2:] == ["10.1", "5 %", "2"]
    assert button.is_enabled()
    lab.both_themes("profile", ".wb-profile")
