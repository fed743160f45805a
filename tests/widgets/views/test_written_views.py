"""Views of texts that were written, and of texts that are learnt: made, sorted, asked."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.training import toy_task, writers
from workbench import inspection
from workbench.widgets.elements.token_strip import MOST, TokenStrip
from workbench.widgets.elements.written_list import PAGE
from workbench.widgets.panels.data_look import look_at
from workbench.widgets.panels.inspect import InspectPanel


def recipe_for(folder, kind: str, task: str, **about) -> wb.Recipe:
    model = folder / kind
    if not model.exists():
        writers.save(model, kind, size=32)
    frame = toy_task.frame(70).rename(columns={"letters": "source", "numbers": "target"})
    if task == "language-modelling":
        frame = pd.DataFrame({"text": frame["source"] + " = " + frame["target"]})
    usual = dict(
        task=task, model=str(model), dataset=frame, batch_size=16, max_length=16, max_steps=2,
        learning_rate=3e-3, test_size=12, validation_size=12, precision="fp32",
        generation={"kind": "greedy", "max_new_tokens": 8},
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written-views")


@pytest.fixture(scope="module")
def run(folder):
    recipe = recipe_for(folder, "t5", "text-to-text")
    return wb.fine_tune(recipe, folder / "runs" / "one", progress=False)


@pytest.fixture(scope="module")
def other(folder):
    recipe = recipe_for(folder, "t5", "text-to-text", max_steps=6)
    return wb.fine_tune(recipe, folder / "runs" / "two", progress=False)


@pytest.fixture(scope="module")
def learnt(folder):
    recipe = recipe_for(folder, "gpt2", "language-modelling")
    return wb.fine_tune(recipe, folder / "runs" / "learnt", progress=False)


@pytest.fixture
def panel(run):
    return InspectPanel(run)


def test_inspect_opens_with_figures_on_top_and_the_worst_text_first(panel, run):
    assert panel.tabs.selected == "written"
    named = [name for _, name in panel.metrics.figures]
    assert named[0].startswith("chrF") and any("perplexity" in one for one in named)
    assert "chrF" in panel.metrics.note
    view = panel.views["written"]
    rows = inspection.written_rows(run, all_of_them=False)
    worst = inspection.worst_first(rows, "chrf")
    assert view.texts.order == "chrf" and view.texts.total == 12
    assert len(view.texts.rows) == PAGE
    for shown, (_, row) in zip(view.texts.rows, worst.iterrows(), strict=False):
        for parts, name in zip(shown[1:4], ("text", "label", "prediction"), strict=True):
            assert "".join(text for text, _ in parts) == row[name]
        assert shown[4] == pytest.approx(row["chrf"])


def test_another_order_another_page_and_a_search(panel, run):
    texts = panel.views["written"].texts
    texts.order = "loss"
    losses = sorted(run.predictions()["loss"], reverse=True)
    assert [row[4] for row in texts.rows] == pytest.approx(losses[:PAGE])
    texts.page = 1
    assert [row[4] for row in texts.rows] == pytest.approx(losses[PAGE : 2 * PAGE])
    assert texts.rows[0][0] == PAGE
    wanted = run.predictions()["text"].iloc[3]
    texts.query = wanted.upper()
    assert texts.total == 1 and texts.page == 0
    assert "".join(part for part, _ in texts.rows[0][1]) == wanted
    texts.query = "not there"
    assert texts.total == 0 and texts.rows == []


def test_a_chosen_text_says_what_each_token_cost_and_rests_on(panel):
    view = panel.views["written"]
    found = view.choose(2)
    row = view.texts.example()
    assert view.costs.tokens == found.tokens
    assert "".join(found.tokens).removesuffix("</s>").split() == row["prediction"].split()
    assert all(0 <= shade <= 1 for shade in view.costs.shades)
    assert f"{found.probabilities[0]:.3f}" in view.costs.details[0]
    looked = view.explain(0)
    assert len(view.read.tokens) == len(looked.read)
    assert max(view.read.shades) == pytest.approx(1)
    asked = view.explain(0, "integrated_gradients")
    assert max(np.abs(view.read.shades)) == pytest.approx(1) and asked.weights.ndim == 1
    reference = view.look("reference")
    assert "".join(reference.tokens).removesuffix("</s>").split() == row["label"].split()
    assert view.read.tokens == []


def test_all_measures_come_when_they_are_asked_for(panel):
    view = panel.views["written"]
    assert "invented_numbers" not in dict(view.texts.orders)
    table = view.measure()
    assert "signature" in table and len(view.measures.rows) == len(table)
    assert "length_ratio" in dict(view.texts.orders)
    assert view.labels.layout.display == "none"  # the texts are no labels


def test_labels_that_are_written_have_a_table(panel, run, monkeypatch):
    table = run.predictions().copy()
    table["label"] = ["1 2", "3 4"] * 6
    table["prediction"] = ["1 2", "3 4", "3 4"] * 3 + ["5", "1 2", "3 4"]
    monkeypatch.setattr(panel, "_table", table)
    view = panel.views["written"]
    view.load(panel)
    assert view.labels.layout.display is None and len(view.odd.rows) == 1
    assert {row[0] for row in view.classes.rows} == {"1 2", "3 4"}


def test_runs_are_compared_text_by_text(panel, other):
    view = panel.choose_view("compare")
    view.choose(other)
    changes = inspection.written_changes(other, panel.run, "chrf")
    assert len(view.flips.rows) == min(len(changes), 50) or len(view.flips.rows) == len(changes)
    assert f"{changes.attrs['better']:,} better" in view.flips.heading


def test_slices_look_for_what_is_worse_where_nothing_is_wrong(panel, learnt):
    view = panel.choose_view("slices")
    assert "worse" in view.search.actions[0]["label"]
    assert view.columns.measure == "far_from_reference"
    other = InspectPanel(learnt).choose_view("slices")
    assert other.columns.measure == "mean_loss"
    other.find()
    assert "worse" in other.search.status


def test_texts_that_are_learnt_open_with_what_they_cost(learnt):
    panel = InspectPanel(learnt)
    view = panel.views["token_costs"]
    assert any("perplexity" in name for _, name in panel.metrics.figures)
    assert view.examples.total == 12 and view.examples.columns == ["loss"]
    found = view.choose(0)
    worst = inspection.top_losses(learnt, n=1).iloc[0]
    assert found.costs.mean() * np.log(2) == pytest.approx(worst["loss"], rel=1e-4)
    assert view.strip.tokens == found.tokens
    counted = view.find()
    assert counted["share"].sum() == pytest.approx(1)
    assert counted["total"].is_monotonic_decreasing
    baselines = learnt.results()["baselines"]
    assert {"ngrams", "token_ngrams", "untuned"} <= set(baselines)


def test_a_long_text_is_shown_to_a_length_that_is_said():
    strip = TokenStrip()
    strip.show_weights(["a"] * (MOST + 5), np.linspace(-1, 1, MOST + 5))
    assert len(strip.tokens) == MOST and f"{MOST + 5:,}" in strip.note
    strip.show_weights(["a", "b"], np.zeros(2))
    assert strip.shades == [0.0, 0.0] and strip.note == ""
    strip.clear()
    assert strip.tokens == []


def test_pick_shows_what_is_to_be_written_beside_what_is_read(folder):
    look = look_at(recipe_for(folder, "t5", "text-to-text"), with_model=False)
    assert list(look.preview.columns)[:2] == ["text", "target"]
