"""New texts beside those that a run knows: numbers by hand, drift where there is some alone."""

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.training import tiny
from workbench import cli
from workbench.errors import DataError
from workbench.shipping.watching import looks, two_samples
from workbench.shipping.watching.words import more_frequent, unseen_shares


def test_classes_that_are_rare_are_tested_by_dealing_them_out():
    """Of 4 and 4 with all "a" on one side: 2 of the 70 deals are as far apart."""
    found = two_samples.classes(["a"] * 4, ["b"] * 4)
    assert found.effect == pytest.approx(1.0)
    assert found.p == pytest.approx(2 / 70, abs=0.012)
    many = two_samples.classes(["a"] * 30 + ["b"] * 20, ["a"] * 20 + ["b"] * 30)
    assert many == pytest.approx((0.2, 0.0455), abs=1e-4)  # chi-squared 4, one degree


def test_vectors_of_one_distribution_are_told_apart_as_often_as_chance_has_it():
    random = np.random.default_rng(0)
    found = [two_samples.vectors(random.normal(size=(25, 3)), random.normal(size=(25, 3)), seed=n).p
             for n in range(60)]  # fmt: skip
    assert 0.35 < np.mean(found) < 0.65 and np.mean(np.array(found) < 0.1) < 0.25
    apart = two_samples.vectors(random.normal(size=(40, 3)), random.normal(1.5, size=(40, 3)))
    assert apart.p == pytest.approx(1 / 2001)


def test_the_discrepancy_of_two_points_by_hand():
    """Distances 0 and 2, their median 2: k is 1 or exp(-1/2); MMD^2 = 1 + 1 - 2 exp(-1/2)."""
    found = two_samples.vectors(np.array([[0.0], [0.0]]), np.array([[2.0], [2.0]]))
    assert found.effect == pytest.approx((2 - 2 * np.exp(-0.5)) ** 0.5)
    assert two_samples.vectors(np.ones((3, 2)), np.ones((2, 2))) == (0.0, 1.0)


def test_means_of_constants():
    assert two_samples.means(np.ones(5), np.ones(4)) == (0.0, 1.0)
    assert two_samples.means(np.ones(5), np.zeros(4)) == (-1.0, 0.0)


def test_holm_is_that_of_the_paper():
    assert two_samples.holm([0.01, 0.02, 0.03, 0.005]) == pytest.approx([0.03, 0.04, 0.04, 0.02])
    assert two_samples.holm([]) == []


def test_all_looks_together_have_alpha():
    assert sum(looks.level(0.05, k) for k in range(1, 20_000)) == pytest.approx(0.05, rel=1e-3)


def test_words():
    assert unseen_shares(["A new, new film", "", "你好"], {"a", "film", "你"}).tolist() == [
        0.5, 0.0, 0.5]  # fmt: skip
    before, after = ["the film is good"] * 30, ["the phone is good"] * 30
    assert list(more_frequent(before, after)) == ["phone"]
    assert list(more_frequent(before, before)) == [] == list(more_frequent([], before))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """A run of its own, since looks are counted in its folder."""
    place = tmp_path_factory.mktemp("watched")
    recipe = wb.Recipe(
        model=str(tiny.save_model(place / "bert")), dataset=tiny.frame(300), test_size=100,
        validation_size=20, batch_size=16, max_length=32, learning_rate=4e-3, precision="fp32",
        max_steps=30,
    )  # fmt: skip
    return wb.fine_tune(recipe, place / "run", progress=False)


def test_nothing_is_found_in_texts_of_the_same_kind(learnt):
    new = tiny.frame(400).iloc[300:]
    found = wb.shipping.monitor(learnt, new["text"].tolist(), note=False)
    assert found.drifted == [] and "Nothing shows" in found.sentence
    assert found.table["look"].tolist() == [
        "length", "vocabulary", "embedding", "predictions", "confidence"]  # fmt: skip
    assert found.table["corrected"].between(found.table["p"], 1).all()


def test_other_texts_are_found_whatever_is_other(learnt):
    longer = [f"{text} {text}" for text in tiny.frame(400)["text"].iloc[300:]]
    assert "length" in wb.shipping.monitor(learnt, longer, note=False).drifted
    strange = [f"zebra {text}" for text in tiny.frame(400)["text"].iloc[300:]]
    found = wb.shipping.monitor(learnt, strange, note=False)
    assert "vocabulary" in found.drifted
    about = found.table.set_index("look")["about"]["vocabulary"]
    assert about == "more frequent now: zebra"
    rows = tiny.frame(600)
    one = rows[rows["label"] == rows["label"].iloc[0]]["text"].iloc[-100:].tolist()
    found = wb.shipping.monitor(learnt, one, note=False)
    assert {"predictions", "embedding"} <= set(found.drifted)
    assert found.sentence.startswith("The 100 texts differ from those that the run knows in: ")


def test_labels_that_come_along_are_read(learnt):
    new = tiny.frame(400).iloc[300:].reset_index(drop=True)
    right = wb.shipping.monitor(learnt, new, note=False)
    assert {"quality", "calibration"} <= set(right.table["look"]) and right.drifted == []
    names = sorted(new["label"].unique())
    wrong = new.assign(label=new["label"].map(dict(zip(names, names[::-1], strict=True))))
    found = wb.shipping.monitor(learnt, wrong, note=False)
    assert {"quality", "calibration"} <= set(found.drifted)
    values = found.table.set_index("look").loc["quality"]
    hits = (found.predictions["prediction"] == wrong["label"]).mean()
    assert values["after"] == pytest.approx(hits)
    known = new["label"].where(new.index >= 70, "never heard of")
    some = wb.shipping.monitor(learnt, new.assign(label=known), note=False)
    assert "30 texts with a label" in some.table.set_index("look")["about"]["quality"]
    assert any("never heard of" in one for one in some.said)


def test_each_look_has_less_of_alpha_and_the_same_texts_are_the_same_look(learnt):
    new = tiny.frame(400)["text"].iloc[300:].tolist()
    numbers = [wb.shipping.monitor(learnt, texts).number for texts in (new, new[:50], new)]
    assert numbers == [1, 2, 1]
    lines = (learnt.path / looks.FILE).read_text().splitlines()
    assert [json.loads(line)["rows"] for line in lines] == [100, 50]
    assert wb.open_run(learnt.path).damage() == []


def test_unsure_and_novel_texts_are_labelled_and_learnt(learnt, tmp_path):
    new = [*tiny.frame(400)["text"].iloc[300:], "zebra zebra zebra"]
    found = wb.shipping.monitor(learnt, new, note=False)
    rows = found.to_label(10)
    assert len(rows) == 10 and rows["text"].is_unique and set(rows["reason"]) == {"unsure", "novel"}
    unsure = found.predictions.drop_duplicates("text").nlargest(1, "uncertainty")
    assert rows["text"].iloc[0] == unsure["text"].iloc[0]
    assert (rows["label"] != rows["suggestion"]).all()
    queue = found.label_queue(10)
    with pytest.raises(DataError, match="No text was decided"):
        found.recipe(queue, tmp_path / "labelled")
    queue.accept()
    queue.relabel()
    queue.drop()
    recipe = found.recipe(queue, tmp_path / "labelled")
    splits = wb.tasks.get(recipe.task).load_examples(recipe).splits
    before = learnt.predictions("test")
    assert splits["test"]["text"].tolist() == before["text"].tolist()
    assert splits["train"]["text"].tolist()[-2:] == rows["text"].tolist()[:2]
    assert len(splits["train"]) == learnt.data_info()["examples"]["train"] + 2
    labels = pd.read_json(tmp_path / "labelled" / "train.jsonl", lines=True)["label"].tolist()
    assert labels[-2:] == [rows["label"].iloc[0], rows["suggestion"].iloc[1]]
    with pytest.raises(DataError, match="is there already"):
        found.recipe(queue, tmp_path / "labelled")


@pytest.mark.parametrize("name", ["number", "labels", "two texts"])
def test_other_tasks_are_watched_too(run_of, name):
    run = run_of(name)
    rows = run.predictions()
    columns = {"text": rows["text"], **({"other": rows["pair"]} if name == "two texts" else {})}
    data = pd.concat([pd.DataFrame(columns)] * 2, ignore_index=True)
    found = wb.shipping.monitor(run, data, note=False)
    assert {"length", "embedding", "predictions"} <= set(found.table["look"])
    assert not {"length", "predictions"} & set(found.drifted)
    if name != "two texts":
        with pytest.raises(DataError, match="predicts no classes"):
            found.label_queue()
        assert len(found.to_label(5)) == 5


def test_what_is_refused(learnt, run_of):
    new = tiny.frame(400)["text"].iloc[300:].tolist()
    for about, says in (({"alpha": 0}, "alpha is 0"), ({"most": 3}, "most is 3")):
        with pytest.raises(DataError, match=says):
            wb.shipping.monitor(learnt, new, **about)
    with pytest.raises(DataError, match="There are 19 texts, and at least 20"):
        wb.shipping.monitor(learnt, [*new[:19], " "])
    with pytest.raises(DataError, match="are not watched"):
        wb.shipping.monitor(run_of("chat"), new)
    with pytest.raises(DataError, match="to label is 0"):
        wb.shipping.monitor(learnt, new, note=False).to_label(0)


def test_the_command_says_what_differs_and_writes_what_to_label(learnt, tmp_path, capsys):
    file, out = tmp_path / "new.csv", tmp_path / "label.csv"
    texts = [f"zebra {text}" for text in tiny.frame(400)["text"].iloc[300:]]
    pd.DataFrame({"text": texts}).to_csv(file, index=False)
    ask = ["monitor", str(learnt.path), str(file)]
    assert cli.main([*ask, "--to-label", "5"]) != 0
    assert "give both" in capsys.readouterr().err
    assert cli.main([*ask, "--to-label", "5", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "more frequent now: zebra" in said and "5 texts to label are in" in said
    assert pd.read_csv(out)["text"].tolist()[0].startswith("zebra")
    assert cli.main([*ask, "--to-label", "5", "--out", str(out)]) != 0
    assert "already" in capsys.readouterr().err
