"""``$...$`` in texts and names is money or a name, and no formula, in what a notebook keeps."""

import json
import time
from html.parser import HTMLParser

import pytest

from workbench.plain_html import NO_FORMULAS
from workbench.recipe import Recipe
from workbench.run_folder.folders import create_run_folder
from workbench.training.run import open_run
from workbench.widgets.panels.summary import placeholder, static_summary


class Formulas(HTMLParser):
    """Texts with a dollar, backslash-bracket or environment outside what MathJax leaves alone."""

    VOID = {"img", "br", "meta", "input", "hr", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.found = [], 0, []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(dict(attributes).get("class") or "")

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data):
        if any(sign in data for sign in ("$", "\\(", "\\[", "\\begin")):
            self.seen += 1
            if NO_FORMULAS not in self.open:
                self.found.append(data)


def formulas(html):
    parser = Formulas()
    parser.feed(html)
    assert parser.seen  # the texts are there
    return parser.found


@pytest.mark.parametrize("name", ["$5 and $6", "$$x$$", "\\(x\\)", "\\begin{a}x\\end{a}"])
def test_a_summary_has_no_formulas(runs_folder, name):
    folder = create_run_folder(Recipe(), runs_folder / name)
    said = {"state": "failed", "error": name, "remedy": name, "heartbeat": time.time()}
    (folder / "state.json").write_text(json.dumps(said))
    run = open_run(folder)
    assert formulas(static_summary(run)) == [] and formulas(placeholder(run)) == []


def test_findings_have_no_formulas(tmp_path):
    from workbench.data.doctor import check

    two = "it was $5 and then $6 or so,$pos$\nthe {}th text,\\(neg\\)\n"
    rows = "".join(two.format(n) for n in range(20))
    (tmp_path / "a.csv").write_text("text,label\n" + rows)
    assert formulas(check(tmp_path / "a.csv")._repr_html_()) == []
