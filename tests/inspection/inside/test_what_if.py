"""A text a little different: what each word is worth, swaps by hand, the nearest examples."""

import numpy as np
import pytest

import workbench as wb
from tests.training import tiny
from workbench import inspection
from workbench.errors import DataError, RunError
from workbench.inspection.inside import what_if
from workbench.widgets.panels.inspect import InspectPanel
from workbench.widgets.views.whatif import WhatIfView


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what-if")
    model = tiny.save_model(folder / "model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
        patch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
        recipe = wb.Recipe(
            model=str(model),
            dataset=tiny.frame(90),
            test_size=20,
            validation_size=20,
            max_length=32,
            learning_rate=3e-3,
            epochs=2,
        )
        yield wb.fine_tune(recipe, progress=False)


TEXT = "a good film, not a bad book"


@pytest.mark.parametrize("how", ["delete", "mask"])
def test_a_word_is_worth_what_the_score_loses_without_it(run, how, monkeypatch):
    if how == "mask":
        with pytest.raises(DataError, match="no mask token"):
            inspection.word_effects(run, TEXT, how=how)
    monkeypatch.setattr(what_if, "_mask_token", lambda run: "[UNK]")
    table = inspection.word_effects(run, TEXT, how=how)
    assert table["word"].tolist() == ["a", "good", "film", "not", "a", "bad", "book"]
    assert [TEXT[a:b] for a, b in zip(table["start"], table["end"], strict=True)] == list(
        table["word"]
    )
    whole = run.predict([TEXT]).iloc[0]
    assert table.attrs["target"] == whole["prediction"]
    without = {"delete": "a film, not a bad book", "mask": "a [UNK] film, not a bad book"}[how]
    score = run.predict([without])[f"score_{whole['prediction']}"][0]
    assert table["value"][1] == pytest.approx(score, abs=1e-6)
    assert table["change"][1] == pytest.approx(
        score - whole[f"score_{whole['prediction']}"], abs=1e-6
    )
    other = next(n for n in ("class-0", "class-1") if n != whole["prediction"])
    against = inspection.word_effects(run, TEXT, how=how, target=other)
    np.testing.assert_allclose(against["change"], -table["change"], atol=1e-6)  # two classes


def test_one_word_and_odd_texts(run):
    assert len(inspection.word_effects(run, "good")) == 1
    assert inspection.word_effects(run, "好电影 👍🏽 été")["word"].tolist() == [
        "好", "电", "影", "été"]  # fmt: skip
    for text, said in (("", "0 words"), ("?!", "0 words"), ("a " * 201, "201 words")):
        with pytest.raises(DataError, match=said):
            inspection.word_effects(run, text)
    with pytest.raises(DataError, match="no way 'burn'"):
        inspection.word_effects(run, TEXT, how="burn")
    with pytest.raises(DataError, match="no class 'class-9'. Choose one of class-0"):
        inspection.word_effects(run, TEXT, target="class-9")


@pytest.mark.parametrize(
    ("text", "kind", "new"),
    [
        ("Emily wrote it", "name", "Greg wrote it"),
        ("He told his wife", "gender", "She told her husband"),
        ("THE KING and the actress", "gender", "THE QUEEN and the actor"),
        ("It is good", "negation", "It is not good"),
        ("It is not good", "negation", "It is good"),
        ("I can't stand it", "negation", "I can stand it"),
        ("It doesn’t work", "negation", "It does work"),
        ("Won't do", "negation", "Will do"),
    ],
)
def test_swaps_by_hand(text, kind, new):
    assert new in [changed for what, _, _, changed in inspection.swaps(text) if what == kind]


def test_nothing_to_swap(run):
    assert inspection.swaps("good film") == []
    assert len(inspection.swap_effects(run, "good film")) == 0
    table = inspection.swap_effects(run, "the film is good")
    score = run.predict(["the film is not good"])[f"score_{table.attrs['target']}"][0]
    assert table["value"][0] == pytest.approx(score, abs=1e-6)


def test_the_nearest_example_of_a_training_text_is_itself(run):
    from workbench.inspection.predictions.label_noise import embeddings, training_table

    train = training_table(run.recipe)
    found = inspection.nearest_examples(run, train["text"][5], n=4)
    assert found["text"][0] == train["text"][5]
    assert found["similarity"][0] == pytest.approx(1, abs=1e-5)
    assert found["similarity"].is_monotonic_decreasing and len(found) == 4
    states = embeddings(run, [train["text"][5], found["text"][3]])
    cosine = states[0] @ states[1] / np.linalg.norm(states[0]) / np.linalg.norm(states[1])
    assert found["similarity"][3] == pytest.approx(cosine, abs=1e-5)


def test_a_task_without_a_score_for_the_text_is_refused():
    class Tags:
        recipe = wb.Recipe(task="token-classification")

        def predict(self, data):
            return data.assign(prediction=[["O"]] * len(data))

    with pytest.raises(RunError, match="Token classification gives no score"):
        inspection.word_effects(Tags(), "a b")


def test_the_view(run):
    panel = InspectPanel(run)
    view = panel.choose_view("whatif")
    assert isinstance(view, WhatIfView) and view.query.live
    view.ask(TEXT).join()
    view.query.text = TEXT
    answer = run.predict([TEXT]).iloc[0]
    assert view.query.prediction == answer["prediction"]
    view.effects("delete")
    assert [row[0] for row in view.words.words] == ["a", "good", "film", "not", "a", "bad", "book"]
    assert len(view.table.rows) == 7 and answer["prediction"] in view.words.heading
    view.swap()
    assert view.words.words == [] and [row[:2] for row in view.table.rows] == [["negation", "not"]]
    view.query.text = "good film"
    view.swap()
    assert "no name of the list" in view.table.heading
    assert len(view.nearest()) == len(view.table.rows) == 10


def test_only_the_newest_question_is_answered(run, monkeypatch):
    panel = InspectPanel(run)
    view = panel.choose_view("whatif")
    view.ask(TEXT).join()
    asked = []
    real = view._predicted
    monkeypatch.setattr(
        view, "_predicted", lambda text, pair: asked.append(text) or real(text, pair)
    )
    with view._lock:  # while the model works
        threads = [view.ask(text) for text in ("one", "two", "three")]
    for thread in threads:
        thread.join()
    assert asked == ["three"]
