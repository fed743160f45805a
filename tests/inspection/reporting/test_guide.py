"""What to try next: each rule on tables that speak for it, and on those that do not."""

import pathlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import inspection
from workbench.inspection.inside import loaded_model


class Run:
    """A finished run as the rules read it."""

    model_path = settled_path = pathlib.Path("nowhere")

    def __init__(self, table, *, steps=(), evals=(), results=None, scores=None, rows=2000,
                 **fields):
        self.table, self._results, self._rows = table, results or {}, rows
        self.recipe = wb.Recipe(**{"epochs": 2, "learning_rate": 1e-4, **fields})
        rows = [{"kind": "step", "step": i + 1, "epoch": (i + 1) / 10, "loss": v}
                for i, v in enumerate(steps)]
        rows += [{"kind": "eval", "step": 10 * (i + 1), "epoch": i + 1.0, "loss": v}
                 for i, v in enumerate(evals)]
        self._history = pd.DataFrame(rows, columns=["kind", "step", "epoch", "loss"])
        if scores is not None:
            self._history.loc[self._history["kind"] == "eval", "macro_f1"] = scores

    def predictions(self, split="test"):
        return self.table

    def history(self):
        return self._history

    def results(self):
        return self._results

    def data_info(self):
        return {"examples": {"train": self._rows}}


def classes(labels, predictions):
    names = sorted({*labels, *predictions})
    table = pd.DataFrame({"text": [f"text {i}" for i in range(len(labels))], "label": labels,
                          "prediction": predictions, "loss": 0.1})
    return table.assign(**{f"score_{n}": (table["prediction"] == n).astype(float) for n in names})


@pytest.fixture(autouse=True)
def lengths(monkeypatch):
    """A tokenizer of words for a model of 64 positions."""
    def tokenizer(*columns, **_):
        return {"input_ids": [" ".join(row).split() for row in zip(*columns, strict=True)]}

    tokenizer.model_max_length = 10**30
    model = SimpleNamespace(config=SimpleNamespace(max_position_embeddings=64))
    monkeypatch.setattr(loaded_model, "folder_of", lambda run: None)
    monkeypatch.setattr(loaded_model, "load", lambda folder: SimpleNamespace(
        tokenizer=tokenizer, model=model))


def found(run):
    return inspection.next_steps(run).set_index("rule")


def test_a_class_that_is_never_predicted():
    table = classes(["a"] * 6 + ["b"] * 3 + ["c"], ["a"] * 7 + ["b"] * 3)
    row = found(Run(table)).loc["never"]
    assert row["finding"] == "c: never predicted." and "1 times" in row["evidence"]
    assert row["changes"] == {"class_weights": "balanced"}
    assert row["advice"] == "Try class_weights='balanced'."
    again = found(Run(table, class_weights="balanced", epochs=3)).loc["never"]
    assert again["changes"] == {"epochs": 6}
    assert "never" not in found(Run(classes(["a", "b"], ["b", "a"]))).index
    many = found(Run(classes(list("abcdef"), ["a"] * 6))).loc["never", "finding"]
    assert many == "b, c, d …: never predicted."


def test_tags_and_labels_that_are_never_predicted():
    tags = pd.DataFrame({"text": ["x y"], "tokens": [["x", "y"]], "label": [["B-per", "O"]],
                         "prediction": [["O", "O"]], "loss": [1.0]})
    row = found(Run(tags, task="token-classification", epochs=4)).loc["never"]
    assert row["finding"] == "per: never predicted." and row["changes"] == {"epochs": 8}
    sets = pd.DataFrame({"text": ["x", "y"], "label": [["p"], ["p", "q"]],
                         "prediction": [["p"], ["p"]], "loss": 1.0, "score_p": 0.9,
                         "score_q": 0.1})
    row = found(Run(sets, task="multi-label-classification")).loc["never"]
    assert row["finding"] == "q: never predicted."
    assert row["changes"] == {"class_weights": "balanced"}


@pytest.mark.parametrize(("value", "words", "says"), [
    (0.5, 0.6, "lost"), (0.6, 0.6, "tied"), (0.7, 0.6, ""), (1.0, 1.0, ""),
], ids=["worse", "equal", "better", "neither can be better"])
def test_word_counts(value, words, says):
    results = {"metrics": {"test": {"macro_f1": value, "accuracy": 0.9, "examples": 4}},
               "baselines": {"tfidf_logistic_regression": {"macro_f1": words, "accuracy": 0.1}}}
    steps = found(Run(classes(list("abab"), list("abab")), results=results, epochs=2))
    assert {"lost", "tied"} & set(steps.index) == ({says} if says else set())
    if says:
        finding = {"lost": "It lost to word counts", "tied": "It is no better than word counts"}
        assert steps.loc[says, "finding"].startswith(finding[says])
        assert steps.loc[says, "changes"] == {"epochs": 5}  # those that follow from the rows
        assert steps.loc[says, "evidence"] == f"macro-F1 {value:.3f} against {words:.3f}."


def test_many_passes_already_mean_a_lower_rate():
    results = {"metrics": {"test": {"macro_f1": 0.1, "examples": 4}},
               "baselines": {"majority": {"macro_f1": 0.2}}}
    table = classes(list("abab"), list("abab"))
    assert found(Run(table, results=results, epochs=20, learning_rate=4e-4)).loc[
        "lost", "changes"] == {"learning_rate": 2e-4}
    assert found(Run(table, results=results, max_steps=30)).loc["lost", "changes"] == {
        "max_steps": 60}


def test_a_run_of_few_examples_that_lost_gets_the_passes_that_follow_from_them():
    results = {"metrics": {"test": {"macro_f1": 0.1, "examples": 4}},
               "baselines": {"majority": {"macro_f1": 0.2}}}
    table = classes(list("abab"), list("abab"))
    lost = found(Run(table, results=results, epochs=2, rows=500)).loc["lost"]
    assert lost["changes"] == {"epochs": 10} and "epochs=10" in lost["advice"]
    many = Run(table, results=results, epochs=2, rows=50_000)  # twice as many, which are more
    assert found(many).loc["lost", "changes"] == {"epochs": 4}


@pytest.mark.parametrize(("fields", "changes"), [
    ({"learning_rate": 1e-4}, {"learning_rate": 5e-5}),  # the usual one
    ({"learning_rate": 5e-5, "epochs": 10}, {"epochs": 3}),  # that follow from 500 rows
    ({"learning_rate": 5e-5, "epochs": 3}, {"learning_rate": 2.5e-5}),
    ({"learning_rate": 5e-5, "epochs": 10, "max_steps": 90}, {"learning_rate": 2.5e-5}),
], ids=["rate", "passes", "both usual", "steps"])
def test_a_run_that_lost_to_the_untuned_model_is_not_told_to_train_longer(fields, changes):
    table = pd.DataFrame({"text": ["a", "b"], "label": ["c", "d"], "prediction": ["c", "c"],
                          "loss": 0.1, "rank": [1, 2]})
    results = {"metrics": {"test": {"mrr": 0.312, "examples": 2}},
               "baselines": {"tfidf": {"mrr": 0.23}, "untuned": {"mrr": 0.326}}}
    run = Run(table, results=results, task="sentence-similarity", rows=500, **fields)
    lost = found(run).loc["lost"]
    assert lost["finding"] == "It lost to the model before tuning."
    assert lost["changes"] == changes
    said = inspection.outcome(run).sentence
    assert "a lower learning rate, fewer epochs" in said and "more epochs" not in said
    results["baselines"]["tfidf"]["mrr"] = 0.4  # words alone: it has not learnt enough
    assert "more epochs" in inspection.outcome(run).sentence


def test_a_loss_that_rises_while_the_metric_gains_speaks_for_no_fewer_passes():
    table, falling = classes(list("abab"), list("abab")), np.linspace(1.0, 0.2, 50)
    rising = dict(steps=falling, evals=[0.9, 0.5, 0.6, 0.8], epochs=4)
    assert "overfits" not in found(Run(table, scores=[0.4, 0.5, 0.6, 0.6], **rising)).index
    assert "overfits" in found(Run(table, scores=[0.4, 0.6, 0.6, 0.5], **rising)).index


def test_a_loss_that_still_falls_and_one_that_has_settled():
    table = classes(list("abab"), list("abab"))
    falling = np.linspace(1.0, 0.2, 50)
    row = found(Run(table, steps=falling, evals=[0.9, 0.6, 0.4], epochs=5)).loc["falls"]
    assert row["changes"] == {"epochs": 10} and "0.273" in row["evidence"]  # of the last ten
    settled = np.r_[np.linspace(1.0, 0.3, 30), np.full(20, 0.3)]
    assert "falls" not in found(Run(table, steps=settled, evals=[0.9, 0.6, 0.4])).index
    assert "falls" not in found(Run(table, steps=falling, evals=[0.9, 0.4, 0.6])).index
    assert "falls" not in found(Run(table, steps=falling[:10], evals=[0.9])).index


def test_overfitting():
    table, falling = classes(list("abab"), list("abab")), np.linspace(1.0, 0.2, 50)
    row = found(Run(table, steps=falling, evals=[0.9, 0.5, 0.6, 0.8], epochs=4)).loc["overfits"]
    assert row["changes"] == {"epochs": 2} and "lowest (0.500) at epoch 2.0" in row["evidence"]
    assert "overfits" not in found(Run(table, steps=falling, evals=[0.9, 0.5, 0.51])).index
    assert "overfits" not in found(Run(table, steps=falling[::-1], evals=[0.5, 0.9, 1.2])).index
    steps = found(Run(table, steps=falling, evals=[0.5, 0.9, 1.2], max_steps=50,
                      learning_rate=2e-4))
    assert steps.loc["overfits", "changes"] == {"learning_rate": 1e-4}
    apart = inspection.next_steps(Run(table, steps=falling, evals=[np.nan] * 3))
    assert "overfits" not in apart["rule"].values and apart.attrs["left_out"] == []


def test_texts_that_are_cut():
    table = classes(list("abab") * 5, list("abab") * 5)
    table["text"] = ["w " * 40] * 4 + ["w"] * 16
    row = found(Run(table, max_length=32)).loc["cuts"]
    assert row["changes"] == {"max_length": 64} and "20% of the test texts" in row["evidence"]
    assert "cuts" not in found(Run(table, max_length=40)).index
    table["text"] = "w " * 500
    assert "cuts" not in found(Run(table, max_length=64)).index  # the model reads no more


def test_changes_that_the_recipe_does_not_allow_are_not_offered_nor_the_same_twice():
    results = {"metrics": {"test": {"macro_f1": 0.1, "examples": 50}},
               "baselines": {"majority": {"macro_f1": 0.2}}}
    table = classes(list("abab"), list("abab"))
    steps = found(Run(table, results=results, steps=np.linspace(1, 0.2, 50), epochs=3))
    assert steps.index.tolist() == ["lost"]  # and not "falls" with the same change
    numbers = pd.DataFrame({"text": ["a", "b"], "label": [0.1, 0.9], "prediction": [0.2, 0.8],
                            "residual": [0.1, -0.1], "loss": 0.01})
    assert len(found(Run(numbers, task="regression"))) == 0


def test_a_longer_text_is_advised_within_the_positions_that_a_model_counts(monkeypatch):
    """RoBERTa's table of 66 positions begins with two that no token has."""
    config = SimpleNamespace(model_type="roberta", max_position_embeddings=66, pad_token_id=1)
    of_words = loaded_model.load(None).tokenizer
    monkeypatch.setattr(loaded_model, "load", lambda folder: SimpleNamespace(
        tokenizer=of_words, model=SimpleNamespace(config=config)))
    table = classes(["a", "b"] * 10, ["a", "b"] * 10).assign(text=" ".join(["word"] * 90))
    assert found(Run(table, max_length=32)).loc["cuts", "changes"] == {"max_length": 64}


def test_no_predictions_speak_for_nothing():
    table = classes(["a", "b"], ["a", "b"]).head(0)
    assert len(found(Run(table))) == 0
