"""Which column is taken for what: pairs, columns of yes and no, names; close calls are said."""

import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from tests.training.tiny import save_model
from workbench.data.columns.mapping import infer
from workbench.data.examples import load_examples, load_scores
from workbench.data.multi_label import load_label_sets
from workbench.data.reading.sources import opened
from workbench.errors import DataError

pytestmark = pytest.mark.usefixtures("own_cache")

TEXTS = [text for text, _ in rows(60)]
OTHERS = [f"{text} and then more" for text, _ in rows(60, seed=1)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_model(tmp_path_factory.mktemp("model") / "bert", positions=128))


def turns(*values):
    return [values[n % len(values)] for n in range(60)]


def guessed(task=None, **columns):
    return infer(opened(pd.DataFrame(columns))[0], task=task)


@pytest.mark.parametrize(
    ("columns", "task", "found"),
    [
        ({"id": range(60), "comment_text": TEXTS, "toxic": turns(0, 1), "threat": turns(0, 0, 1),
          "insult": turns(1, 0, 0, 1)}, "multi-label-classification",
         {"text": "comment_text", "label": "toxic, threat, insult"}),
        ({"text": TEXTS, "a": turns("yes", "no"), "b": turns("No", "Yes", "Yes"), "c": turns("no")},
         "multi-label-classification", {"text": "text", "label": "a, b, c"}),
        ({"text": TEXTS, "a": turns(True, False), "b": turns(False), "c": turns(0.0, 1.0, 1.0)},
         "multi-label-classification", {"text": "text", "label": "a, b, c"}),
        ({"text": TEXTS, "joy": turns(1, 0, 0), "fear": turns(0, 1, 0), "rage": turns(0, 0, 1)},
         "text-classification", {"text": "text", "label": "joy, fear, rage"}),
        ({"text": TEXTS, "ham": turns(1, 0), "spam": turns(0, 1)},
         "text-classification", {"text": "text", "label": "ham, spam"}),
        ({"text": TEXTS, "label": turns(0, 1), "x": turns(0, 1, 1), "y": turns(1, 0, 0),
          "z": turns(0, 0, 1)}, "text-classification", {"text": "text", "label": "label"}),
        ({"Quality": turns(0, 1), "#1 ID": range(60), "#2 ID": range(60), "#1 String": TEXTS,
          "#2 String": OTHERS}, "text-classification",
         {"text": "#1 String", "pair": "#2 String", "label": "Quality"}),
        ({"questionA": TEXTS, "questionB": OTHERS, "same": turns("yes", "no")},
         "text-classification", {"text": "questionA", "pair": "questionB", "label": "same"}),
        ({"column_1": turns("captions", "news"), "column_2": [n / 12 for n in range(60)],
          "column_3": TEXTS, "column_4": OTHERS}, "regression",
         {"text": "column_3", "pair": "column_4", "label": "column_2"}),
        ({"review_body": TEXTS, "star_rating": turns(1, 2, 5), "verified": turns("Y", "N")},
         "text-classification", {"text": "review_body", "label": "star_rating"}),
        ({"kommentar": TEXTS, "sterne": turns(1, 2, 3, 4, 5), "empfohlen": turns("ja", "nein")},
         "text-classification", {"text": "kommentar", "label": "sterne"}),
        ({"rules": [TEXTS[n % 5] + " and so on and on" for n in range(60)], "remark": TEXTS,
          "kind": turns("a", "b")}, "text-classification", {"text": "remark", "label": "kind"}),
    ],
    ids=[
        "zeros-and-ones", "yes-and-no", "truths", "one-hot", "one-hot-two", "label-beside",
        "strings", "letters",
        "no-header", "last-word", "german", "repeated-text",
    ],
)  # fmt: skip
def test_columns_are_found(columns, task, found):
    mapping = guessed(**columns)
    assert (mapping.task, mapping.columns) == (task, found)


@pytest.mark.parametrize(
    ("columns", "rivals"),
    [
        ({"text": TEXTS, "punkte": turns(1, 2, 3, 4, 5), "empfohlen": turns("ja", "nein")},
         {"label": ("punkte",)}),
        ({"text": TEXTS, "a": turns(0, 1), "b": turns(1, 0, 0)}, {"label": ("b",)}),
        ({"text": TEXTS, "sentiment": turns("good", "bad"), "topic": turns("a", "b", "c")},
         {"label": ("topic",)}),
        ({"text": TEXTS, "label": turns(0, 1), "label_text": turns("bad", "good")}, {}),
        ({"text": TEXTS, "label": turns(0, 1), "source": turns("x", "y", "z")}, {}),
        ({"pros": TEXTS, "cons": OTHERS, "kind": turns("a", "b")}, {"text": ("pros",)}),
        ({"text": TEXTS, "summary": turns("short"), "label": turns(0, 1)}, {}),
        ({"text": TEXTS, "kind": turns("a", "b"), "price": [n / 7 for n in range(60)]},
         {"label": ("price",)}),
    ],
    ids=["stars", "two-flags", "named", "same-in-words", "unnamed-beside-label", "pros-cons",
         "short-text", "fraction"],
)  # fmt: skip
def test_close_rivals_are_named(columns, rivals):
    assert guessed(**columns).rivals == rivals


def test_a_close_call_is_said_before_the_check_is_ready(model):
    data = pd.DataFrame(
        {"text": TEXTS, "punkte": turns(1, 2, 3, 4, 5), "empfohlen": turns("ja", "nein")}
    )
    check = wb.check(data, model=model)
    (finding,) = [f for f in check.found if f.check == "close call: label"]
    assert check.ok and finding.severity == "warning"
    assert "'empfohlen'" in finding.what and "'punkte'" in finding.what
    assert "columns={'label': 'punkte'}" in finding.remedy
    named = wb.check(data, model=model, columns={"label": "punkte"})
    assert not [f for f in named.found if f.check == "close call: label"]


def test_columns_of_yes_and_no_train_together():
    frame = pd.DataFrame({"text": TEXTS, "a": turns("yes", "no"), "b": turns(1, 0, 0),
                          "c": turns(True, False, False, False)})  # fmt: skip
    columns = {"label": "a, b, c"}
    recipe = wb.Recipe(task="multi-label-classification", dataset=frame, columns=columns)
    labels = pd.concat(load_label_sets(recipe).splits.values()).sort_values("row")["labels"]
    assert list(labels)[:4] == [("a", "b", "c"), (), ("a",), ("b",)]
    with pytest.raises(DataError, match="Row 0 has 3 of the labels"):
        load_examples(recipe.replace(task="text-classification"))
    odd = frame.assign(b=turns("yes", "perhaps"))
    with pytest.raises(DataError, match="Row 1 has perhaps in 'b'"):
        load_label_sets(recipe.replace(dataset=odd))


def test_one_hot_columns_train_as_classes(model):
    frame = pd.DataFrame({"text": TEXTS, "joy": turns(1, 0, 0), "fear": turns(0, 1, 0),
                          "rage": turns(0, 0, 1)})  # fmt: skip
    check = wb.check(frame, model=model)
    examples = load_examples(check.recipe)
    assert check.ok and examples.label_names == ["fear", "joy", "rage"]
    assert sum(examples.balance(split)["joy"] for split in examples.splits) == 20


def test_a_pair_without_header_and_its_score_train(tmp_path):
    path = tmp_path / "scores.csv"
    lines = [f"news\t{n:04}\t{n / 12:.3f}\t{TEXTS[n]}\t{OTHERS[n]}" for n in range(60)]
    path.write_text("\n".join(lines), "utf-8")
    check = wb.check(str(path))
    assert check.recipe.task == "regression"
    found = pd.concat(load_scores(check.recipe).splits.values()).sort_values("row")
    assert list(found["pair"]) == OTHERS and found["label"].iloc[12] == 1.0


@pytest.mark.parametrize(
    "vectors",
    [turns([0, 1, 0], [1, 0, 1]), turns([0.0, 1.0], [1.0, 1.0]), turns([True, False], [False] * 2),
     turns("[0 1 0]", "[1 1 0]"), turns("[0, 1]", "[0, 0]")],
    ids=["whole", "fractions", "truths", "numpy", "text"],
)  # fmt: skip
def test_vectors_of_zeros_and_ones_are_never_labels(vectors, model):
    check = wb.check(pd.DataFrame({"text": TEXTS, "labels": vectors}), model=model)
    assert not check.ok and check.mapping.task == "multi-label-classification"
    assert [f.check for f in check.found if f.severity == "error"] == ["vectors as labels"]
    with pytest.raises(DataError, match="vectors of . numbers 0 and 1"):
        load_label_sets(check.recipe)


PLACED = [{"text": [text[:6]], "answer_start": [0]} for text in TEXTS]


@pytest.mark.parametrize(
    ("question", "context", "answers", "cells"),
    [
        ("question", "passage", "answers", PLACED),
        ("q", "passage", "answers", PLACED),
        ("frage", "kontext", "antworten", PLACED),
        ("question", "text", "answers", PLACED),
        ("question", "passage", "answers", [[{"text": t[:6], "answer_start": 0}] for t in TEXTS]),
        ("q", "c", "a", [*PLACED[:40], *([{"text": [], "answer_start": []}] * 20)]),
    ],
    ids=["passage", "q", "german", "text", "list", "without-an-answer"],
)
@pytest.mark.parametrize("beside", [{}, {"note": [f"a note {n}" for n in range(60)]}], ids=range(2))
def test_answers_that_say_their_place_are_known_by_it(question, context, answers, cells, beside):
    asked = [f"Who is it in {n}?" for n in range(60)]
    found = guessed(**beside, **{question: asked, context: TEXTS, answers: cells})
    assert found.task == "question-answering"
    wanted = {"question": question, "context": context, "answers": answers}
    assert {role: found.columns.get(role, role) for role in wanted} == wanted


def test_objects_that_say_no_place_are_no_answers():
    cells = [{"text": [text[:6]], "page": [0]} for text in TEXTS]
    assert guessed(q=OTHERS, passage=TEXTS, answers=cells).task != "question-answering"
