"""Exports and other runs as candidates: in one table with compressed models, by the same rows."""

import json
import shutil

import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from workbench import shipping
from workbench.errors import DataError, ModelError, RunError
from workbench.run_folder.folders import create_run_folder
from workbench.shipping.exporting.round_trip import compared
from workbench.training.run import open_run

QUICK = {"timed": 2, "rounds": 1, "seconds": 0.1}


def same(one: pd.DataFrame, other: pd.DataFrame):
    """Predictions agree in what is said and, to 1e-4, in every number."""
    rows = [json.loads(table.to_json(orient="records")) for table in (one, other)]
    found = compared(*rows)
    assert found["same"] == len(one) and (found["largest_difference"] or 0) <= 1e-4


@pytest.mark.parametrize("name", ["class", "span", "vector"])
def test_a_graph_says_of_drawn_rows_what_the_run_says(name, run_of, tmp_path, here):
    run = run_of(name)
    made = shipping.export(run, tmp_path / "out", "onnx", examples=2)
    bench = shipping.Bench(run, examples=8)
    same(bench.before, shipping.of_export(run, made.path).predict(bench.frame))


@pytest.mark.parametrize("name", ["two texts", "gaps", "pair", "encoder-decoder", "chat"])
def test_a_folder_of_the_library_says_what_the_run_says(name, run_of, tmp_path, here):
    run = run_of(name)
    made = shipping.export(run, tmp_path / "out", examples=2)
    bench = shipping.Bench(run, examples=6)
    same(bench.before, shipping.of_export(run, made.path).predict(bench.frame))


def test_a_gguf_says_what_the_run_says(decoder_of, tmp_path, here):
    run = decoder_of("llama")
    made = shipping.export(run, tmp_path / "out", "gguf", examples=2)
    bench = shipping.Bench(run, examples=6)
    same(bench.before, shipping.of_export(run, made.path).predict(bench.frame))


def test_exports_students_and_compressed_models_stand_in_one_table(run, recipe, tmp_path, here):
    eight = shipping.export(run, tmp_path / "int8", "onnx", weights="int8", examples=2)
    small = shipping.compress(run, "int4", examples=None, **QUICK)
    loss = {"kind": "distillation", "teacher": str(run.path)}
    student = wb.fine_tune(recipe.replace(loss=loss, epochs=1), tmp_path / "student",
                           progress=False)  # fmt: skip
    table = shipping.measure(
        run, [small.candidate, shipping.of_export(run, eight.path), shipping.of_run(student)],
        examples=None, **QUICK,
    )  # fmt: skip
    assert table["name"].tolist() == [run.name, small.candidate.name, "onnx int8", "student"]
    own = student.metrics()["macro_f1"]
    assert table["value"][3] == pytest.approx(own) and (table["milliseconds_1"] > 0).all()
    # what is counted is what an answer is made from, without the program and the card
    files = [one for one in eight.path.iterdir() if one.suffix != ".py"]
    assert table["megabytes"][2] == pytest.approx(sum(f.stat().st_size for f in files) / 1e6)
    drawn = [one.name for one in wb.plots.compression(table).data[1:]]
    assert drawn == [f"1 {small.candidate.name}", "2 onnx int8", "3 student"]


def test_a_run_that_other_rows_tested_is_refused(run, recipe, tmp_path):
    flattered = wb.fine_tune(recipe.replace(split_seed=1, max_steps=1), tmp_path / "other",
                             progress=False)  # fmt: skip
    said = "Of the 40 drawn test rows .* not among those that other was tested on"
    with pytest.raises(DataError, match=said):
        shipping.measure(run, shipping.of_run(flattered), examples=None, **QUICK)
    with pytest.raises(DataError, match=said):
        shipping.flipped(run, shipping.of_run(flattered), examples=None)
    fewer = recipe.replace(dataset=tiny.frame(96), max_steps=1)
    other = wb.fine_tune(fewer, tmp_path / "two-classes", progress=False)
    with pytest.raises(DataError, match="The labels of two-classes are class-0, class-1, and"):
        shipping.measure(run, shipping.of_run(other), **QUICK)


def test_another_task_is_refused(run, run_of):
    with pytest.raises(DataError, match="is regression, and it is to be measured by one of text"):
        shipping.measure(run, shipping.of_run(run_of("number")), **QUICK)


def test_a_folder_that_is_no_export_of_the_run_is_refused(run, run_of, tmp_path, here):
    with pytest.raises(DataError, match=r"is no exported model \(it holds no export.json\)"):
        shipping.of_export(run, tmp_path)
    made = shipping.export(run_of("number"), tmp_path / "number", examples=2)
    with pytest.raises(DataError, match="does not fit the run tiny: its task"):
        shipping.of_export(run, made.path)
    made = shipping.export(run, tmp_path / "mine", examples=2)
    with pytest.raises(RunError, match="no finished model"):
        shipping.of_export(open_run(create_run_folder(run.recipe, tmp_path / "new")), made.path)
    about = json.loads((made.path / "export.json").read_text())
    for change, said in (({"format": 9}, "another version"), ({"file": "x"}, "holds no x"),
                         ({"labels": ["a"]}, "its labels are others")):  # fmt: skip
        shutil.copytree(made.path, tmp_path / "changed")
        (tmp_path / "changed" / "export.json").write_text(json.dumps({**about, **change}))
        with pytest.raises(DataError, match=said):
            shipping.of_export(run, tmp_path / "changed")
        shutil.rmtree(tmp_path / "changed")


def test_a_graph_of_a_writer_is_refused(run_of, tmp_path, here):
    run = run_of("template")
    made = shipping.export(run, tmp_path / "out", examples=2)
    about = json.loads((made.path / "export.json").read_text())
    (made.path / "export.json").write_text(json.dumps({**about, "kept": "onnx"}))
    with pytest.raises(ModelError, match="is not measured here"):
        shipping.of_export(run, made.path)
