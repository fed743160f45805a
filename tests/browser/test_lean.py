"""What travels with every widget is shortened; a browser reads it as it reads the files."""

from pathlib import Path

import pytest

from workbench.widgets import base

HERE = Path(base.__file__).parent
SCRIPTS = sorted(
    str(path.relative_to(HERE)) for path in HERE.rglob("*.js")
    if path.parent.name != "vendor" and "export default" in path.read_text("utf-8")
)  # fmt: skip


@pytest.fixture
def page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


def test_the_style_sheet_has_the_same_rules(page):
    rules = """async (texts) => Promise.all(texts.map(async (text) => {
        const sheet = await new CSSStyleSheet().replace(text);
        return [...sheet.cssRules].map((rule) => rule.cssText.replaceAll(", ", ",")); }))"""
    whole, lean = page.evaluate(rules, [base.source("style.css"), base._style()])
    assert len(whole) > 200 and lean == whole


def test_every_script_is_read(page):
    read = """(scripts) => Promise.all(scripts.map((script) => {
        const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
        return import(url).then((found) => typeof found.default, String); }))"""
    joined = [base._lean(base.source("common.js") + base.source("keys.js") + base.source(name))
              for name in SCRIPTS]
    assert len(SCRIPTS) > 20
    assert set(page.evaluate(read, joined)) == {"object"}
