"""The Inspect panel by its public methods, over a small trained-nothing model."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import transformers as T
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tests.waiting import until
from workbench import inspection
from workbench.errors import DataError, RunError
from workbench.recipe import Recipe
from workbench.widgets.elements.stats import Stats
from workbench.widgets.panels import figures
from workbench.widgets.panels.asked_text import AskedText
from workbench.widgets.panels.inspect import InspectPanel

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "film", "a"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    config = T.BertConfig(hidden_size=16, num_attention_heads=2, num_hidden_layers=2,
                          intermediate_size=16, vocab_size=len(WORDS), max_position_embeddings=32,
                          num_labels=2, id2label={0: "neg", 1: "pos"})
    T.BertForSequenceClassification(config).save_pretrained(folder)
    tok = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    tok.pre_tokenizer = pre_tokenizers.Whitespace()
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    T.PreTrainedTokenizerFast(tokenizer_object=tok, unk_token="[UNK]", pad_token="[PAD]",
                              cls_token="[CLS]", sep_token="[SEP]").save_pretrained(folder)
    return folder


@pytest.fixture
def run(folder):
    class Run:
        path = model_path = folder
        table = pd.DataFrame({
            "text": [f"good film {i}" for i in range(6)] + [f"bad film {i}" for i in range(4)],
            "label": ["pos"] * 6 + ["neg"] * 4,
            "prediction": ["pos"] * 4 + ["neg"] * 2 + ["neg"] * 3 + ["pos"],
            "loss": np.linspace(0.1, 1, 10),
            "score_neg": 0.5, "score_pos": 0.5,
        })

        def predictions(self, split):
            return self.table

    return Run()


def test_numbers_of_the_run(run):
    panel = InspectPanel(run)
    values = {name: value for value, name in panel.metrics.figures}
    assert values["accuracy, 95 % interval"].startswith("0.700 (0.39")  # Wilson, 7 of 10
    assert values["test examples"] == "10"
    assert np.frombuffer(panel.grid.counts, "<i4").tolist() == [3, 1, 2, 4]
    assert [row[0] for row in panel.classes.rows] == ["neg", "pos"]
    assert panel.examples.total == 10 and panel.examples.rows[0][1] == "bad film 3"


def test_what_decided_is_shown_also_where_it_has_no_interval(run, monkeypatch):
    nan = float("nan")
    run.results = dict
    panel = SimpleNamespace(run=run, split="test", predictions=run.table, queries=None,
                            metrics=Stats())  # fmt: skip
    for low, first in ((nan, "0.250"), (0.2, "0.700 (0.397–0.892)")):
        came = inspection.Outcome("chrf", 0.25, low, nan, 10, "", nan, task="text-to-text")
        monkeypatch.setattr(figures, "outcome", lambda *_, came=came, **__: came)
        figures.show_figures(panel)
        assert panel.metrics.figures[0][0] == first and "0.25" in panel.metrics.note
        above = InspectPanel(run)  # so it is above the confusion matrix
        assert above.metrics.figures == panel.metrics.figures
        assert above.metrics.note == panel.metrics.note and above.grid.counts


def test_of_metrics_with_intervals_the_one_that_decided_stands_first(run):
    run.recipe = Recipe(best_metric="macro_f1")
    run.results = lambda: {"metrics": {"test": {"macro_f1": 0.375, "accuracy": 0.7}}}
    panel = InspectPanel(run)
    names = [name.split(",")[0] for _, name in panel.metrics.figures]
    assert names[:2] == ["macro-F1", "accuracy"] and "macro-F1" in panel.metrics.note


def test_cell_class_example_attention(run):
    panel = InspectPanel(run)
    listed = panel.choose_cell("pos", "neg")
    assert listed["text"].tolist() == ["good film 5", "good film 4"]
    assert panel.examples.total == 2
    assert panel.examples.heading == "pos predicted as neg"
    assert len(panel.choose_class("neg")) == 4 and panel.grid.selected == []
    assert panel.examples.heading == "neg"
    panel.choose_cell("pos", "neg")
    assert panel.classes.selected == ""
    seen = panel.choose_example(1)
    assert seen.tokens == ["[CLS]", "good", "film", "[UNK]", "[SEP]"]
    assert panel.attention.tokens == seen.tokens and panel.bertviz.offered
    assert panel.query.text == "good film 4" and panel.query.label == "pos"
    assert panel.query.prediction in ("neg", "pos")
    assert sum(score for _, score in panel.query.scores) == pytest.approx(1)
    panel.choose_cell(None)
    assert panel.examples.total == 10


def test_typed_text_in_the_background(run):
    panel = InspectPanel(run)
    for text in ("good", "bad film", "a good film"):
        panel.query.ask(text)
    until(lambda: not panel.query.busy and panel.attention.tokens)  # the picture comes last
    assert panel.query.text == "a good film" and len(panel.attention.tokens) == 5
    assert panel.query.label == ""


@pytest.mark.parametrize("text, words", [
    ("", "The text is empty"), ("a " * 5000, "5000 tokens long"), (" ", "The text is empty"),
])
def test_a_refused_text_is_one_sentence(run, text, words):
    panel = InspectPanel(run)
    panel.inspect("good film")
    assert panel.inspect(text) is None
    assert words in panel.refusal.message and panel.refusal.details == ""
    assert panel.attention.tokens == [] and not panel.bertviz.offered
    panel.inspect("good film")
    assert panel.refusal.message == "" and panel.attention.tokens


def test_a_long_text_is_shown_in_windows(run):
    panel = InspectPanel(run)
    assert panel.inspect("a " * 600) is None and panel.refusal.message == ""
    assert len(panel.attention.parts) > 10 and panel.attention.tokens[0] == "[CLS]"
    assert "600 tokens" in panel.attention.note or "602 tokens" in panel.attention.note
    assert not panel.bertviz.offered


def test_a_run_that_is_not_done(run):
    class Early(type(run)):
        def predictions(self, split):
            raise RunError("The run is running and has no predictions.", "Wait.")

    panel = InspectPanel(Early())
    assert panel.notice.message == "The run is running and has no predictions."
    assert panel.examples.total == 0 and panel.metrics.figures == []
    assert panel.inspect("good film") is not None  # its newest checkpoint answers
    panel.load(run)
    assert panel.notice.message == "" and panel.examples.total == 10
    assert InspectPanel().notice.message == "There is no run to inspect yet."


def test_an_expected_run_loads_when_it_is_asked_for(run):
    panel = InspectPanel()
    panel.expect(run)
    assert panel.examples.total == 0 and "no predictions" in panel.notice.message
    assert len(panel.choose_cell("pos", "neg")) == 2 and panel.notice.message == ""
    with pytest.raises(RunError, match="no run to inspect"):
        InspectPanel().choose_class("pos")


def test_a_large_table_is_asked_for_and_not_loaded(run, tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.inspection.predictions.queries.LARGE", 10)
    whole = InspectPanel(run)
    loaded = []

    class Large(type(run)):
        path = tmp_path

        def predictions(self, split):
            loaded.append(split)
            return self.table

    (tmp_path / "predictions").mkdir()
    run.table.to_parquet(tmp_path / "predictions" / "test.parquet", index=False)
    panel = InspectPanel(Large())
    assert panel.queries is not None and panel.ready
    for name in ("metrics", "grid", "classes", "examples"):
        one, other = getattr(panel, name), getattr(whole, name)
        for trait in ("items", "counts", "total"):
            assert getattr(one, trait, None) == getattr(other, trait, None), (name, trait)
    assert panel.classes.rows == whole.classes.rows
    assert [r[1:] for r in panel.examples.rows] == [r[1:] for r in whole.examples.rows]
    panel.grid.select("pos", "neg")
    assert panel.examples.total == 2 and [row[0] for row in panel.examples.rows] == [5, 4]
    panel.grid.selected = []
    assert loaded == []
    assert len(panel.choose_cell("pos", "neg")) == 2 and loaded == ["test"]
    queries = panel.queries
    panel.load(run)
    assert panel.queries is None
    with pytest.raises(Exception, match="closed"):
        queries.confusion()


def test_examples_by_margin_and_entropy(run):
    sure = np.array([0.9, 0.6, 0.5, 0.8, 0.99, 0.7, 0.55, 0.95, 0.65, 0.75])
    run.table = run.table.assign(score_pos=sure, score_neg=1 - sure)
    panel = InspectPanel(run)
    assert panel.examples.columns == ["label", "prediction", "loss"]
    panel.examples.order = "margin"
    margins = [row[-1] for row in panel.examples.rows]
    assert margins == pytest.approx(sorted(2 * sure - 1))  # highest less second highest
    assert panel.examples.columns[-1] == "margin"
    panel.examples.order = "entropy"
    entropies = -(sure * np.log2(sure) + (1 - sure) * np.log2(1 - sure))
    assert [row[-1] for row in panel.examples.rows] == pytest.approx(sorted(entropies)[::-1])
    panel.grid.select("pos", "neg")
    assert [row[1] for row in panel.examples.rows] == ["good film 5", "good film 4"]


def test_a_table_without_rows_is_said_and_nothing_can_be_chosen(run):
    run.table = run.table.head(0)
    panel = InspectPanel(run)
    assert "no rows" in panel.notice.message and not panel.notice.details
    assert not panel.ready and panel.predictions is None and panel.examples.total == 0
    with pytest.raises(RunError, match="no rows"):
        panel.choose_view("confusion")


def test_an_answer_of_a_run_that_is_not_shown_any_more_is_not_shown(monkeypatch):
    shown, asked = ["the first"], []

    def refuses(run, text, pair):
        asked.append(run)
        shown[:] = ["the second"]  # somebody loads another run while this one is asked
        raise DataError("It says nothing.", "Ask another one.")

    monkeypatch.setattr(inspection, "attention", refuses)
    monkeypatch.setattr(inspection, "asked_row", refuses)
    part = AskedText(lambda: shown[0])
    part.inspect("a film")
    assert asked == ["the first", "the first"] and not part.query.busy
    assert part.query.text == "" and part.refusal.message == ""
