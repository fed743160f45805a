"""What a finished run says: as the pipeline, as its saved model, as the command line."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import cli
from workbench.errors import DataError, RunError


@pytest.fixture(scope="module")
def run(tiny_recipe, tmp_path_factory):
    return wb.fine_tune(tiny_recipe, tmp_path_factory.mktemp("run") / "run", progress=False)


@pytest.fixture(scope="module")
def texts(run):
    return [*run.predictions()["text"], "good " * 100, "awful", "Ünïcode 🙂 words"]


def test_predict_equals_the_transformers_pipeline(run, texts):
    ours = run.predict(texts)
    theirs = run.pipeline()(texts, top_k=None, batch_size=7)
    for (_, row), answer in zip(ours.iterrows(), theirs, strict=True):
        scores = {part["label"]: part["score"] for part in answer}
        assert row["prediction"] == max(scores, key=scores.get)
        for name, score in scores.items():
            assert row[f"score_{name}"] == pytest.approx(score, abs=2e-6)


def test_predict_takes_a_number_format_and_refuses_others(run, texts):
    fp32, bf16 = run.predict(texts), run.predict(texts, precision="bf16")
    scores = [c for c in fp32 if c.startswith("score_")]
    apart = (fp32[scores] - bf16[scores]).abs().to_numpy().max()
    assert 0 < apart < 0.02
    top = np.sort(fp32[scores].to_numpy(), axis=1)
    flipped = (fp32["prediction"] != bf16["prediction"]).to_numpy()
    assert ((top[:, -1] - top[:, -2])[flipped] < 0.02).all()
    with pytest.raises(wb.WorkbenchError, match="no precision 'float32'.*auto, fp32"):
        run.predict(texts, precision="float32")
    with pytest.raises(wb.WorkbenchError, match="100 times slower"):
        run.predict(texts, precision="fp16")


def test_predictions_of_the_run_are_those_of_its_saved_model(run):
    table = run.predictions("test")
    again = run.predict(table["text"])
    assert again["prediction"].tolist() == table["prediction"].tolist()
    for column in [c for c in table if c.startswith("score_")]:
        np.testing.assert_allclose(again[column], table[column], atol=1e-6)
    scores = table[[c for c in table if c.startswith("score_")]]
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-9)
    picked = [row[f"score_{row['label']}"] for _, row in table.iterrows()]
    np.testing.assert_allclose(table["loss"], -np.log(picked), rtol=1e-6)


def test_metrics_are_those_of_the_table(run):
    from sklearn.metrics import accuracy_score, f1_score

    table, metrics = run.predictions(), run.metrics()
    assert metrics["accuracy"] == accuracy_score(table["label"], table["prediction"])
    assert metrics["macro_f1"] == f1_score(table["label"], table["prediction"], average="macro")
    assert metrics["loss"] == pytest.approx(table["loss"].mean())
    assert set(run.results()["baselines"]) == {"majority", "tfidf_logistic_regression"}
    assert run.results()["baselines"]["majority"]["accuracy"] == 0.5


def test_frames_files_and_single_texts_are_taken(run, tmp_path):
    frame = pd.DataFrame({"id": [1, 2], "text": ["a good film", "a dull film"]})
    expected = run.predict(frame["text"].tolist())
    frame.to_csv(tmp_path / "texts.csv", index=False)
    for given in (frame, tmp_path / "texts.csv", str(tmp_path / "texts.csv")):
        pd.testing.assert_frame_equal(run.predict(given), expected)
    assert len(run.predict("one text")) == 1
    assert len(run.predict([])) == 0
    one_column = pd.DataFrame({"review": frame["text"]})
    pd.testing.assert_frame_equal(run.predict(one_column), expected)
    with pytest.raises(DataError, match="no column 'text'"):
        run.predict(pd.DataFrame({"id": [1], "review": ["x"]}))
    with pytest.raises(DataError, match="Text 1 is None"):
        run.predict(["fine", None])


def test_the_model_folder_is_plain_transformers(run):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(run.path / "model")
    tokenizer = AutoTokenizer.from_pretrained(run.path / "model")
    assert model.config.id2label == {0: "class-0", 1: "class-1"}
    assert tokenizer.model_max_length == run.recipe.max_length
    assert not [p for p in (run.path / "model").iterdir() if p.suffix in (".bin", ".pt", ".pkl")]


def test_the_folder_says_what_was_used(run):
    info = run.data_info()
    assert info["label_names"] == ["class-0", "class-1"]
    assert info["examples"] == {"train": 72, "validation": 12, "test": 12}
    environment = json.loads((run.path / "environment.json").read_text())
    assert environment["device"] == "cpu" and environment["threads"] == 1
    assert environment["versions"]["torch"].startswith("2.")


def test_a_run_goes_on_only_with_the_data_it_began_with(tiny_recipe, tmp_path):
    from tests.training import tiny

    data = tmp_path / "data.csv"
    tiny.frame().to_csv(data, index=False)
    recipe = tiny_recipe.replace(dataset=str(data))
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    read = {"encoding": "utf-8", "header": True, "columns": 2, "endings": [".csv"]}
    assert run.data_info()["read"] == read
    tiny.stop(run)
    tiny.frame(seed=1).to_csv(data, index=False)
    with pytest.raises(RunError, match="fingerprint differs"):
        wb.fine_tune(recipe, run.path, progress=False)


def test_a_run_that_began_with_a_class_a_file_goes_on_so(tmp_path, tiny_recipe, monkeypatch):
    """Earlier code took each file of any folder of texts for a class."""
    from tests.training import tiny

    data = tmp_path / "data"
    data.mkdir()
    for name, word in (("emma", "grey"), ("walden", "blue")):
        lines = [f"we came to the bay and saw a {word} boat {n} lie there at the pier,"
                 for n in range(10, 30)]  # fmt: skip
        parts = ["\n".join(lines[at : at + 5]) for at in range(0, 20, 5)]
        (data / f"{name}.txt").write_text("\n\n".join(parts))
    recipe = tiny_recipe.replace(dataset=str(data), max_steps=1, test_size=4,
                                 validation_size=4)  # fmt: skip
    with monkeypatch.context() as earlier:
        earlier.setattr("workbench.data.reading.folders.is_book", lambda file: False)
        run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    before = run.data_info()["fingerprint"]
    tiny.stop(run)
    again = wb.fine_tune(recipe, run.path, progress=False)
    assert again.state == "done" and again.data_info()["fingerprint"] == before
    assert "a class here, as when this run began" in again.status()["warning"]
    with pytest.raises(DataError, match="no column 'label'"):
        wb.fine_tune(recipe, tmp_path / "new", progress=False)
    said = recipe.replace(reading={"files": "classes"})
    made = wb.fine_tune(said, tmp_path / "said", progress=False)
    assert made.data_info()["fingerprint"] == before


def test_the_command_line_repeats_it(tiny_recipe, tmp_path, run, capsys):
    def workbench(*words, status=0):
        try:
            found = cli.main(list(map(str, words)))
        except SystemExit as left:  # what cannot be taken apart
            found = left.code
        said = capsys.readouterr()
        assert (found or 0) == status, said.err
        return said

    (tmp_path / "recipe.yaml").write_text(tiny_recipe.to_yaml())
    out = tmp_path / "cli-run"
    command = ["train", tmp_path / "recipe.yaml", "--set", "max_steps=3", "--out", out]
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *command], capture_output=True, text=True
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert done.stdout.splitlines()[-1] == str(out)
    assert "TF-IDF + logistic regression" in done.stdout
    assert wb.open_run(out).recipe == tiny_recipe.replace(max_steps=3)
    (tmp_path / "texts.csv").write_text("text\na good film\n")
    workbench("predict", run.path, tmp_path / "texts.csv", "--out", tmp_path / "answers.csv")
    assert list(pd.read_csv(tmp_path / "answers.csv")["text"]) == ["a good film"]
    assert "done" in workbench("show", run.path).out
    assert "is done" in workbench("stop", run.path, status=2).err
    refused = workbench("train", tmp_path / "recipe.yaml", "--set", "epoch=3", status=2)
    assert "Did you mean 'epochs'?" in refused.err
    assert "cannot be read" in workbench("train", tmp_path / "no.yaml", status=2).err
    assert "unrecognized" in workbench("runs", "--wrong", status=2).err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "text-clasification"}, "'text-classification'"),
        ({"model": "sample:minilm"}, "sample:minilm-l6"),
        ({"dataset": "sample:movie-sentimnt"}, "sample:movie-sentiment"),
        ({"max_length": 65}, "64 positions.*at most 64"),
        ({"precision": "fp16"}, "100 times slower"),
        ({"report_to": ["tensorbord"]}, "tensorboard"),
        ({"report_to": ["comet_ml"]}, "not installed"),
        ({"columns": {"label": "stars"}}, "no column 'stars'"),
        ({"test_size": 90}, "can be spared"),
    ],
)
def test_what_a_recipe_gets_wrong_is_one_sentence(tiny_recipe, tmp_path, changes, words):
    with pytest.raises(wb.WorkbenchError, match=words) as caught:
        wb.fine_tune(tiny_recipe.replace(**changes), tmp_path / "run", progress=False)
    assert "\n" not in str(caught.value)


def test_a_run_without_a_model_says_so(tiny_recipe, tmp_path):
    from workbench.run_folder.folders import create_run_folder

    run = wb.open_run(create_run_folder(tiny_recipe, tmp_path / "new"))
    with pytest.raises(RunError, match="no finished model"):
        run.predict(["x"])


def test_a_run_that_cannot_be_written_refuses_commands(tiny_recipe, tmp_path, monkeypatch):
    import os

    from workbench.run_folder.folders import create_run_folder

    run = wb.open_run(create_run_folder(tiny_recipe, tmp_path / "new"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(RunError, match="cannot be written"):
        run.stop()


def test_predictions_on_a_full_disk(run, tmp_path):
    (tmp_path / "texts.csv").write_text("text\na good film\n")
    with pytest.raises(DataError, match="No space left on device"):
        run.predict_file(tmp_path / "texts.csv", "/dev/full")
