"""A run made smaller: what is written is smaller, answers the same, and is opened as any model."""

import importlib.util
import json

import numpy as np
import pandas as pd
import pytest
import torch

import workbench as wb
from tests.conftest import missing
from tests.training import pairs, tiny, writers
from workbench import shipping
from workbench.catalog.model_folders import rounded
from workbench.errors import DataError, ModelError, RecipeError
from workbench.shipping.compressing.kinds import KINDS
from workbench.shipping.compressing.work import Work
from workbench.shipping.measuring.candidate import size_of

QUICK = {"timed": 2, "rounds": 1, "seconds": 0.1}
TEXTS = ["good film so nice", "the bad story is dull"]


@pytest.mark.parametrize(
    "how", ["int8", "int4", "int8_dynamic", "int8_static", {"kind": "int8", "layers": "all"}]
)
def test_rounded_models_are_smaller_and_answer_from_their_folder(how, run):
    found = shipping.compress(run, how, examples=None, **QUICK)
    row = found.table.iloc[1]
    assert row["size_share"] < 0.75 and row["agreement"] > 0.9  # of a model of 40 thousand weights
    assert row["megabytes"] == pytest.approx(size_of(found.folder) / 1e6)
    assert not (found.folder / "model.safetensors").exists() and "bits" in found.said[0]
    own = run.predictions().filter(like="score_").to_numpy()
    new = found.predict(found.bench.frame).filter(like="score_").to_numpy()
    assert 0 < np.abs(own - new).max() < 0.35
    # in memory it says what its folder says
    work = Work(run)
    for one in found.how:
        module = KINDS.module(one["kind"])
        module.apply(work, KINDS.settings(one))
    again = work.predictor().predict(found.bench.frame)
    assert again.filter(like="score_").to_numpy() == pytest.approx(new, abs=1e-6)


def test_four_bits_where_normal_numbers_are_answer_from_their_folder(run, tmp_path):
    if importlib.util.find_spec("bitsandbytes") is None:
        missing("bitsandbytes is not installed.", "Run `make setup`.")
    found = shipping.compress(run, "nf4", examples=None, **QUICK)
    assert found.table["size_share"][1] < 1 and found.table["agreement"][1] > 0.9
    work = Work(run)
    KINDS.module("nf4").apply(work, KINDS.settings(found.how[0]))
    in_memory = work.predictor().predict(found.bench.frame).filter(like="score_").to_numpy()
    own = found.predict(found.bench.frame).filter(like="score_").to_numpy()
    assert own == pytest.approx(in_memory, abs=1e-6)
    kept = found.save(tmp_path / "kept", anyway=True)
    assert kept.predict(TEXTS)["prediction"].tolist() == run.predict(TEXTS)["prediction"].tolist()


def test_a_small_folder_is_kept_as_a_run_and_a_recipe_opens_it(run, recipe, tmp_path):
    found = shipping.compress(run, "int8", examples=None, **QUICK)
    kept = found.save(tmp_path / "kept")
    assert kept.state == "done" and kept.damage() == []
    pd.testing.assert_frame_equal(kept.predictions(), found.predict(found.bench.frame))
    assert kept.predict(TEXTS)["prediction"].tolist() == run.predict(TEXTS)["prediction"].tolist()
    assert wb.inspection.compare_runs(run, kept).examples == 40
    assert len(shipping.measure(run, shipping.of_run(kept), examples=10, **QUICK)) == 2
    with pytest.raises(ModelError, match="made smaller before"):
        shipping.compress(kept)
    # weights that whole numbers stand for: trained on, looked into, by the library's classes
    plain = kept.pipeline().model
    assert type(plain).__module__.startswith("transformers")
    assert next(rounded.layers(plain), None) is None
    layer = "bert.encoder.layer.0.output.dense"
    small = Work(run)
    KINDS.module("int8").apply(small, KINDS.settings({"kind": "int8"}))
    assert torch.equal(plain.get_submodule(layer).weight, small.model.get_submodule(layer).weight)
    more = recipe.replace(model=str(found.folder), max_steps=2)
    assert wb.fine_tune(more, tmp_path / "more", progress=False).state == "done"
    assert wb.inspection.attention(kept, TEXTS[0]) is not None


def test_broken_quality_is_said_and_kept_only_when_it_is_asked_for(run, tmp_path):
    found = shipping.compress(run, {"kind": "int4", "group": 0, "layers": "all"}, **QUICK)
    assert found.broken == "" or "Quality is broken" in found.broken
    work = found.table.copy()
    names = ["value", "difference", "difference_low", "difference_high"]
    work.loc[1, names] = [0.3, -0.4, -0.6, -0.2]
    broken = shipping.Compressed(run, found.how, found.candidate, found.bench, work, [], 0.02)
    assert "Quality is broken: macro_f1 fell" in broken.broken and broken.broken in broken.said
    with pytest.raises(ModelError, match=r"save\(anyway=True\)"):
        broken.save(tmp_path / "no")
    assert not (tmp_path / "no").exists()
    assert broken.save(tmp_path / "yes", anyway=True).state == "done"
    allowed = shipping.Compressed(run, found.how, found.candidate, found.bench, work, [], 0.5)
    assert allowed.broken == ""


def test_sensitivity_names_what_costs_and_the_search_stays_within_a_loss(run):
    table = shipping.sensitivity(run, {"kind": "int4", "group": 0}, examples=None)
    assert set(table["class"]) == {"attention", "feed-forward", "embeddings"}
    assert len(table) == 2 * 6 + 2 and table.attrs["split"] == "validation"
    assert table["moved"].is_monotonic_decreasing and (table["weights"] > 0).all()
    assert (table["moved"] >= table["loss"].abs() - 1e-9).all()
    classes = shipping.sensitivity(run, "int4", by="class", examples=None)
    assert sorted(classes["layer"]) == ["attention", "embeddings", "feed-forward"]
    found = shipping.smallest(run, within=0.5, examples=None, **QUICK)
    assert "Of 14 layers 14 are in four bits" in found.said[0]
    none = shipping.smallest(run, within=0.0, examples=None, **QUICK)
    assert found.table["megabytes"][1] <= none.table["megabytes"][1]


def test_tied_words_are_rounded_once_and_a_writer_writes(tmp_path):
    recipe = wb.Recipe(
        task="language-modelling", model=str(writers.save(tmp_path / "gpt2", "gpt2", size=64)),
        dataset=tiny.frame(40)[["text"]], test_size=8, validation_size=8, max_steps=2,
        max_length=32, precision="fp32", generation={"kind": "greedy", "max_new_tokens": 4},
    )  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    found = shipping.compress(run, {"kind": "int8", "layers": "all"}, examples=None, **QUICK)
    about = json.loads((found.folder / "compact.json").read_text())
    kinds = {name: said["kind"] for name, said in about["rounded"].items()}
    assert kinds["lm_head"] == "linear" and kinds["transformer.wte"] == "embedding"
    assert about["same"]["lm_head.codes"] == "transformer.wte.codes"
    assert found.table["size_share"][1] < 0.6
    plain = wb.fine_tune(
        recipe.replace(model=str(found.folder), max_steps=1), tmp_path / "more", progress=False
    )
    assert plain.state == "done"


def test_what_finds_texts_makes_their_vectors_itself(recipe, tmp_path):
    one = recipe.replace(task="sentence-similarity", dataset=pairs.frame(60), max_steps=4,
                         test_size=12, validation_size=8)  # fmt: skip
    run = wb.fine_tune(one, tmp_path / "run", progress=False)
    found = shipping.compress(run, {"kind": "int4", "group": 0}, examples=10, **QUICK)
    kept = found.save(tmp_path / "kept", anyway=True)
    index = kept._predictor().task.index
    assert not np.array_equal(index.vectors, run._predictor().task.index.vectors)
    assert len(kept.nearest("good film")) == 1


def test_what_cannot_be_is_named(run, tmp_path):
    with pytest.raises(ModelError, match="no such layer that can be rounded") as error:
        shipping.compress(run, {"kind": "int8", "layers": ["query", "c_attn"]})
    assert "query" in error.value.remedy and "feed-forward" in error.value.remedy
    with pytest.raises(RecipeError, match="compression.group"):
        shipping.compress(run, {"kind": "int4", "group": -1})
    with pytest.raises(RecipeError, match="compression.kind"):
        shipping.compress(run, "int5")
    with pytest.raises(DataError, match="within is"):
        shipping.smallest(run, within=-1)
    with pytest.raises(DataError, match="by is"):
        shipping.sensitivity(run, by="block")
    found = shipping.compress(run, "int8", examples=10, **QUICK)
    (found.folder / "compact.json").write_text("{}")
    found.candidate.release()
    with pytest.raises(ModelError, match=r"compact.json of the .* is damaged"):
        found.predict(found.bench.frame)
