"""Values in prose: what has to be held, what is none, and that a text is filled from the run."""

import ast

import nbformat
import pytest

from tests.lessons import probes, prose

v4 = nbformat.v4


def _notebook(text, code="x = 1"):
    cells = [v4.new_markdown_cell("# Title"), v4.new_code_cell(code), v4.new_markdown_cell(text)]
    return v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    "text",
    [
        "Accuracy is 0.797 here.",
        "It gets 94 % of them right.",
        "Errors on `acq` went from 5 to 8.",
        "Two words: it is three times as fast.",
        "The loss fell to −2.5 within 1,234 steps.",
        "On $d = 4$ it needs 12 seconds.",
        "Nine errors in the table.",
        "Seven of 526 messages are lost, an error each.",
        "| model | accuracy |\n| --- | --- |\n| ours | 0.91 |",
        "- first\n- the share is 0.31",
        "0.797<!-- a mere comment --> of accuracy",
        "## Summary\n\nIt reaches 0.75.",
    ],
)
def test_a_number_that_nobody_recomputes_is_found(text):
    assert len(prose.unheld(_notebook(text), ast.parse)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "Section 2 and notebook 20 speak of errors.",
        "Devlin et al. 2019 have better scores.",
        "With $p = 0.9$ the loss is $\\ln 2 = 0.69$, in code `0.5`.",
        "Two texts go into one row.",
        "The table has a 95 % interval of the accuracy.",
        "Accuracy 0.797<!--{gain:.3f}--> is what the run gave.",
        "Published models read 88,000<!-- given: Rajpurkar et al. 2016 --> questions to be better.",
        "The loss falls within 1,000 steps.",  # a setting of the code
        "Its error stays under 0.25.",  # an assertion names it
        "**Papers:** A score of 0.5 in its title.",
    ],
)
def test_what_is_held_or_no_result_is_let_be(text):
    code = "steps = 1000\nassert error < 0.25"
    assert prose.unheld(_notebook(text, code), ast.parse) == []


def test_an_assertion_holds_under_its_own_heading_alone():
    notebook = _notebook("## Another\n\nIts error stays under 0.25.", "assert error < 0.25")
    assert len(prose.unheld(notebook, ast.parse)) == 1


def test_a_text_is_filled_from_the_run():
    text = "From 0.1<!--{low:.2f}--> to (`a`<!--{f'`{name}`'}-->), 1,000<!--{n:,}--> of them."
    assert prose.values(text) == [("0.1", "low:.2f"), ("`a`", "f'`{name}`'"), ("1,000", "n:,")]
    run = {"low": 0.25, "name": "ABBR", "n": 2345}
    new = [eval(prose.call(expression), run) for _, expression in prose.values(text)]
    full = "From 0.25<!--{low:.2f}--> to (`ABBR`<!--{f'`{name}`'}-->), 2,345<!--{n:,}--> of them."
    assert prose.filled(text, new) == full
    assert prose.filled(full, new) == full


def test_a_value_of_several_words_is_refused():
    with pytest.raises(ValueError, match="one word"):
        prose.filled("x<!--{name}-->", ["two words"])


def test_a_slice_is_no_format():
    assert prose.call("a[1:2]") == "format(a[1:2], '')"
    assert prose.call('runs["a:b"]:.1f') == "format(runs[\"a:b\"], '.1f')"


def test_what_is_no_expression_is_said():
    notebook = _notebook("1<!--{a +:.2f}-->")
    assert "no expression" in " ".join(prose.complaints(notebook, ast.parse))
    assert "missing" in " ".join(prose.complaints(_notebook("<!--{a}-->"), ast.parse))


def test_a_probe_fails_where_the_text_says_something_else():
    notebook = probes.with_probes(_notebook("It is 2<!--{x + 1}-->."), equal=True)
    exec(notebook.cells[-1].source, {"x": 1})
    with pytest.raises(AssertionError):
        exec(notebook.cells[-1].source, {"x": 2})
