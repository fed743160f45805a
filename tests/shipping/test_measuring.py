"""A run and what may take its place on drawn rows of its test set: quality, size, speed, flips."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.training import pairs, tiny, toy_task, writers
from tests.training.test_multi_label import labelled
from tests.training.test_question_answering import questions
from tests.training.test_token_classification import tagged
from workbench import shipping
from workbench.errors import DataError, RunError
from workbench.inspection import of_task
from workbench.shipping.measuring import pace
from workbench.shipping.measuring.candidate import SavedModel, size_of


class Turned:
    """The run's model, whose answer to some rows is turned to another class."""

    name, size = "turned", 1000

    def __init__(self, run, rows):
        self.own, self.rows = shipping.of_run(run), rows

    def predict(self, frame):
        table = self.own.predict(frame)
        for place in np.flatnonzero(np.isin(frame.index, self.rows)):
            other = "class-1" if table.loc[place, "prediction"] != "class-1" else "class-2"
            table.loc[place, "prediction"] = other
        return table


def test_the_drawn_rows_are_those_of_the_stored_predictions(run):
    bench = shipping.Bench(run, examples=15, seed=3)
    assert len(bench) == 15 and bench.of == 40 and bench.frame.index.is_monotonic_increasing
    stored = run.predictions().iloc[bench.frame.index].reset_index(drop=True)
    pd.testing.assert_frame_equal(bench.before, stored, atol=1e-5)
    assert bench.frame.index.equals(shipping.Bench(run, 15, 3).frame.index)
    assert not bench.frame.index.equals(shipping.Bench(run, 15, 4).frame.index)
    assert len(shipping.Bench(run, examples=None)) == len(shipping.Bench(run, examples=900)) == 40


def test_one_table_says_what_changes(run):
    table = shipping.measure(run, Turned(run, [3, 7]), examples=None, timed=4, rounds=1)
    own, other = table.to_dict("records")
    assert table["name"].tolist() == ["tiny", "turned"] and table.attrs["examples"] == 40
    assert own["value"] == pytest.approx(run.metrics()["macro_f1"])
    assert own["megabytes"] == size_of(run.model_path) / 1e6 and own["faster_1"] == 1
    assert np.isnan(own["difference"]) and np.isnan(own["flips"])
    assert other["size_share"] == pytest.approx(1000 / size_of(run.model_path))
    assert other["flips"] == 2 and other["agreement"] == pytest.approx(38 / 40)
    assert other["difference"] == pytest.approx(other["value"] - own["value"])
    assert other["difference_low"] <= other["difference"] <= other["difference_high"]
    assert other["milliseconds_1"] > 0 and other["milliseconds_8"] > 0
    assert own["peak_megabytes"] >= 0 and np.isnan(other["peak_megabytes"])  # it has no release()


def test_flipped_answers_are_listed_with_their_place_in_the_predictions(run):
    stored = run.predictions()
    right = stored["label"] == stored["prediction"]
    rows = [int(np.flatnonzero(right)[0]), int(np.flatnonzero(right)[1])]
    found = shipping.flipped(run, Turned(run, rows), examples=None)
    assert found["row"].tolist() == rows and found["change"].tolist() == ["broken", "broken"]
    assert found["text"].tolist() == stored["text"].iloc[rows].tolist()
    assert found["before"].tolist() == stored["prediction"].iloc[rows].tolist()
    assert (found["after"] != found["before"]).all()


def test_a_change_mends_breaks_or_does_neither():
    labels, before = ["a", "b", "a", "b"], ["b", "b", "c", "b"]
    after = ["a", "a", "b", "b"]
    one, two = (
        of_task(
            pd.DataFrame(
                {"text": list("wxyz"), "label": labels, "prediction": said, "loss": 0.0,
                 "score_a": 0.0, "score_b": 0.0, "score_c": 1.0}
            ),
            "text-classification",
        )
        for said in (before, after)
    )  # fmt: skip
    found = shipping.changed_answers(one, two)
    assert found["change"].tolist() == ["mended", "broken", "other"]
    assert found["row"].tolist() == [0, 1, 2]
    assert len(shipping.changed_answers(one, one)) == 0


def _similarity():
    return {"task": "sentence-similarity", "dataset": pairs.frame(60)}


def _writing(folder):
    table = toy_task.frame(60).rename(columns={"letters": "source", "numbers": "target"})
    return {"task": "text-to-text", "model": str(writers.save(folder / "t5", "t5", size=64)),
            "dataset": table, "max_length": 16,
            "generation": {"kind": "greedy", "max_new_tokens": 4}}  # fmt: skip


def _texts(folder):
    frame = tiny.frame(60)[["text"]]
    return {"task": "language-modelling", "dataset": frame,
            "model": str(writers.save(folder / "gpt2", "gpt2", size=64)),
            "generation": {"kind": "greedy", "max_new_tokens": 4}}  # fmt: skip


FAMILIES = {
    "sets": lambda folder: {"task": "multi-label-classification", "dataset": labelled(60)},
    "tags": lambda folder: {"task": "token-classification", "dataset": tagged(60)},
    "numbers": lambda folder: {
        "task": "regression", "dataset": tiny.frame(60).assign(label=np.arange(60) % 5)},
    "spans": lambda folder: {"task": "question-answering", "dataset": questions(60)},
    "similarity": lambda folder: _similarity(),
    "written": _writing,
    "texts": _texts,
}  # fmt: skip


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_kind_of_prediction_is_measured(kind, recipe, tmp_path):
    """Against a model whose weights are drawn anew: numbers, and answers that differ."""
    about = dict(test_size=12, validation_size=8, max_steps=4)
    one = recipe.replace(**{**about, **FAMILIES[kind](tmp_path)})
    run = wb.fine_tune(one, tmp_path / "run", progress=False)
    other = SavedModel("drawn", run.model_path, run.recipe)
    with torch.no_grad():
        for part in other.predictor.model.parameters():
            part.copy_(torch.randn_like(part))
    bench = shipping.Bench(run, examples=10)
    told = other.predict(bench.frame)
    found = bench.quality(told)
    assert np.isfinite([bench.quality(bench.before)["value"], found["value"]]).all()
    compared = bench.compared(told).metrics.set_index("metric")
    assert np.isfinite(compared.loc[bench.metric, ["difference", "low", "high"]]).all()
    flips = bench.flipped(told)
    assert len(flips) and flips["row"].isin(bench.frame.index).all()
    assert flips["change"].isin([*"mended broken other nearer further better worse".split()]).all()


def test_candidates_take_turns_and_a_long_one_is_cut_short(monkeypatch):
    asked, clock = [], iter(np.arange(0, 100, 0.5))
    monkeypatch.setattr(pace.time, "perf_counter", lambda: float(next(clock)))

    class Asked:
        def __init__(self, name):
            self.name = name

        def predict(self, frame):
            asked.append((self.name, frame.index.tolist()))

    frame = pd.DataFrame({"text": list("abcdefgh")})
    found = pace.milliseconds([Asked("x"), Asked("y")], frame, 2, rounds=9, seconds=1.0)
    assert found == [250.0, 250.0]  # half a second a batch of two
    assert asked[:2] == [("x", [0, 1]), ("y", [0, 1])]  # the first pass does not count
    assert asked[2:] == [(n, rows) for rows in ([0, 1], [2, 3], [4, 5]) for n in "xy"]


def test_memory_of_loading_and_answering_is_what_rises():
    class Large:
        def release(self):
            self.kept = None

        def predict(self):
            self.kept = np.ones(8_000_000)
            return 5

    large = Large()
    found, megabytes = pace.peak_megabytes(large, large.predict)
    assert found == 5 and 60 < megabytes < 90  # 64 MB of numbers


@pytest.mark.parametrize("value", [1, 0, -5, 2.5, True, "all"])
def test_a_number_of_rows_is_refused_in_one_sentence(value, run):
    with pytest.raises(DataError, match="examples is"):
        shipping.measure(run, examples=value)


def test_an_unfinished_run_and_changed_data_are_refused(run, tmp_path):
    import json
    import shutil

    shutil.copytree(run.path, tmp_path / "copy")
    copy = wb.open_run(tmp_path / "copy")
    info = copy.path / "data" / "info.json"
    info.write_text(json.dumps({**json.loads(info.read_text()), "fingerprint": "other"}))
    with pytest.raises(DataError, match="no longer what it was trained and tested on"):
        shipping.measure(copy)
    tiny.stop(copy)
    with pytest.raises(RunError, match="is stopped, so there is no finished model to ship"):
        shipping.measure(copy)


def test_the_picture_has_each_candidate_with_its_interval(run):
    table = shipping.measure(run, Turned(run, [3]), examples=None, timed=2, rounds=1)
    figure = wb.plots.compression(table)
    own, other = figure.data
    assert (own.x[0], other.x[0]) == pytest.approx(tuple(table["megabytes"]))
    assert other.y[0] + other.error_y.array[0] == pytest.approx(table["high"][1])
    assert (other.text[0], other.name) == ("<b>1</b>", "1 turned")
    assert "40 drawn test rows" in figure.layout.title.text
    assert "%{customdata[0]}" in other.hovertemplate


@pytest.mark.parametrize("name", ["class", "encoder-decoder", "chat"])
def test_one_model_that_several_threads_ask_answers_each(run_of, name):
    """A panel predicts in a thread of its own, while a cell of the notebook asks as well."""
    one = shipping.of_run(run_of(name))
    frame = shipping.Bench(run_of(name), 12).frame
    alone = one.predict(frame)["prediction"].tolist()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(one.predict, frame) for _ in range(16)]
    assert [one.result()["prediction"].tolist() for one in asked] == [alone] * 16
