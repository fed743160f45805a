"""``check.ok`` is what training says: whatever the data, the check is ready where loading works."""

import datasets as hf
import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import rows
from tests.training.tiny import save_model
from workbench import tasks
from workbench.errors import DataError, RecipeError

pytestmark = pytest.mark.usefixtures("own_cache")

N = 40
TEXTS = [text for text, _ in rows(N)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_model(tmp_path_factory.mktemp("model") / "bert", positions=256))


def turns(*values):
    return [values[n % len(values)] for n in range(N)]


def with_first(values, *first):
    return [*first, *values[len(first) :]]


GOOD = turns("good", "bad")
WORDS = turns(["Mira", "came"])
TAGS = turns(["B-PER", "O"])
ANSWER = {"question": turns("Who?"), "context": turns("It was Mira.", "It was Lea.", "It was Jo."),
          "answers": turns("Mira", "Lea", "Jo")}  # fmt: skip
MULTI, TAGGING = "multi-label-classification", "token-classification"
REGRESSION, ANSWERING = "regression", "question-answering"

CASES = {  # task, columns, other settings of the recipe
    "classes": (None, {"text": TEXTS, "label": GOOD}, {}),
    "missing label": (None, {"text": TEXTS, "label": with_first(GOOD, None)}, {}),
    "blank label": (None, {"text": TEXTS, "label": with_first(GOOD, " ")}, {}),
    "blank label dropped": (
        None, {"text": TEXTS, "label": with_first(GOOD, " ")}, {"fixes": ["drop_unlabelled"]}),
    "empty text": (None, {"text": with_first(TEXTS, ""), "label": GOOD}, {}),
    "missing text": (None, {"text": with_first(TEXTS, None), "label": GOOD}, {}),
    "numbers as text": (None, {"text": list(range(N)), "label": GOOD},
                        {"columns": {"text": "text", "label": "label"}}),
    "one class": (None, {"text": TEXTS, "label": turns("a")}, {}),
    "one row of a class": (None, {"text": TEXTS, "label": with_first(GOOD, "odd")}, {}),
    "a class a row": (None, {"text": TEXTS, "label": [f"name {n} of it" for n in range(N)]}, {}),
    "constant text": (None, {"text": turns("the same text"), "label": GOOD}, {}),
    "dates as text": (None, {"text": TEXTS, "label": turns("01.02.2024", "13.02.2024")}, {}),
    "dates": (None, {"text": TEXTS, "label": turns(*pd.date_range("2024-01-01", periods=2))}, {}),
    "fractions as classes": (
        "text-classification", {"text": TEXTS, "label": turns(0.5, 1.5)}, {}),
    "floats as classes": (
        "text-classification", {"text": TEXTS, "label": turns(0.0, 1.0)}, {}),
    "lists as classes": ("text-classification", {"text": TEXTS, "label": turns(["a"], ["b"])}, {}),
    "everything held out": (None, {"text": TEXTS, "label": GOOD}, {"test_size": N}),
    "no such split column": (
        None, {"text": TEXTS, "label": GOOD}, {"split": "group", "split_column": "who"}),
    "one group": (None, {"text": TEXTS, "label": GOOD, "who": turns("me")},
                  {"split": "group", "split_column": "who"}),
    "groups": (None, {"text": TEXTS, "label": GOOD, "who": turns(*"abcdefgh")},
               {"split": "group", "split_column": "who"}),
    "dates that are open": (None, {"text": TEXTS, "label": GOOD, "day": turns("01.02.2024")},
                            {"split": "time", "split_column": "day"}),
    "more folds than rows": (None, {"text": TEXTS, "label": GOOD}, {"folds": 50, "fold": 1}),
    "folds": (None, {"text": TEXTS, "label": GOOD}, {"folds": 4, "fold": 4}),
    "weights of another class": (
        None, {"text": TEXTS, "label": GOOD}, {"class_weights": {"fair": 2.0}}),
    "too few weights": (None, {"text": TEXTS, "label": GOOD}, {"class_weights": [1.0]}),
    "no such fix": (None, {"text": TEXTS, "label": GOOD}, {"fixes": ["drop_label:good"]}),
    "no such corrections": (
        None, {"text": TEXTS, "label": GOOD}, {"corrections": "/no/such/file.csv"}),
    "sets": (MULTI, {"text": TEXTS, "label": turns(["a"], ["b", "a"], [])}, {}),
    "one set": (MULTI, {"text": TEXTS, "label": turns(["a"])}, {}),
    "missing set": (MULTI, {"text": TEXTS, "label": with_first(turns(["a"], ["b"]), None)}, {}),
    "blank name": (MULTI, {"text": TEXTS, "label": turns(["a"], ["b", " "])}, {}),
    "no separator": (MULTI, {"text": TEXTS, "label": turns("a;b", "b")}, {}),
    "separator": (MULTI, {"text": TEXTS, "label": turns("a;b", "b")}, {"label_separator": ";"}),
    "vectors": (MULTI, {"text": TEXTS, "label": turns([0, 1], [1, 1])}, {}),
    "smoothed sets": (MULTI, {"text": TEXTS, "label": turns(["a"], ["b"])},
                      {"label_smoothing": 0.1}),
    "numbers": (REGRESSION, {"text": TEXTS, "label": turns(0.5, 1.5, 2.0)}, {}),
    "words as numbers": (
        REGRESSION, {"text": TEXTS, "label": with_first(turns("1", "2"), "x")}, {}),
    "a minus dropped": (REGRESSION, {"text": TEXTS, "label": with_first(turns("1", "2"), "-")},
                        {"fixes": ["drop_label:-"]}),
    "commas": (REGRESSION, {"text": TEXTS, "label": turns("0,5", "1,5")}, {}),
    "commas read": (REGRESSION, {"text": TEXTS, "label": turns("0,5", "1.001,5")},
                    {"fixes": ["decimal_commas"]}),
    "one number": (REGRESSION, {"text": TEXTS, "label": turns(3)}, {}),
    "infinite": (
        REGRESSION, {"text": TEXTS, "label": with_first(turns(0.5, 1.5), float("inf"))}, {}),
    "weighted numbers": (REGRESSION, {"text": TEXTS, "label": turns(0.5, 1.5)},
                         {"class_weights": "balanced"}),
    "tags": (TAGGING, {"tokens": WORDS, "tags": TAGS}, {}),
    "unequal tags": (TAGGING, {"tokens": WORDS, "tags": with_first(TAGS, ["O"])}, {}),
    "no words": (TAGGING, {"tokens": with_first(WORDS, []), "tags": with_first(TAGS, [])}, {}),
    "only O": (TAGGING, {"tokens": WORDS, "tags": turns(["O", "O"])}, {}),
    "weighted tags": (TAGGING, {"tokens": WORDS, "tags": TAGS}, {"class_weights": "balanced"}),
    "answers": (ANSWERING, ANSWER, {}),
    "absent answer": (ANSWERING, {**ANSWER, "answers": with_first(ANSWER["answers"], "Ben")}, {}),
    "no answer is there": (ANSWERING, {**ANSWER, "answers": turns("Ben")}, {}),
    "answers of another kind": (ANSWERING, {**ANSWER, "answers": turns(7)}, {}),
    "empty questions": (ANSWERING, {**ANSWER, "question": turns(" ")}, {}),
    "sampled answers": (ANSWERING, ANSWER, {"sampling": "oversample"}),
}  # fmt: skip


def compared(recipe, **more):
    """What the check says of the data, and the examples or the refusal of training."""
    check = wb.check(recipe, **more)
    try:
        return check, tasks.get(check.recipe.task).load_examples(check.recipe)
    except (DataError, RecipeError) as error:
        return check, error


def agree(check, answer):
    errors = [f"{f.check}: {f.what}" for f in check.found if f.severity == "error"]
    weights = [e for e in errors if e.startswith("training: class_weights")]  # refused by the loss
    if isinstance(answer, Exception):
        assert not check.ok, f"training refuses: {answer}"
    else:
        assert errors == weights, errors
        total = sum(map(len, answer.splits.values()))
        said = check.tables.get("classes")
        if said is not None and "total" in said and not answer.are_scores and not answer.counts:
            assert said["total"].sum() == total


@pytest.mark.parametrize("case", CASES)
def test_the_check_says_what_training_says(case, model):
    task, columns, settings = CASES[case]
    recipe = wb.Recipe(dataset=pd.DataFrame(columns), model=model)
    if task:
        recipe = recipe.replace(task=task)
    agree(*compared(recipe.replace(**settings), task=task))


def splits(**parts):
    return hf.DatasetDict({name: hf.Dataset.from_dict(part) for name, part in parts.items()})


SPLIT_CASES = {
    "class that training lacks": splits(
        train={"text": TEXTS, "label": GOOD},
        test={"text": ["x y", "y z"], "label": ["good", "fair"]}),
    "class that only test lacks": splits(
        train={"text": TEXTS, "label": GOOD}, test={"text": ["x y"], "label": ["good"]}),
    "test without labels": splits(
        train={"text": TEXTS, "label": GOOD}, test={"text": ["x y"], "label": [None]}),
    "test without the column": splits(
        train={"text": TEXTS, "label": GOOD}, test={"text": ["x y"]}),
    "no split called train": splits(
        one={"text": TEXTS, "label": GOOD}, two={"text": TEXTS, "label": GOOD}),
}  # fmt: skip


@pytest.mark.parametrize("case", SPLIT_CASES)
def test_the_check_says_what_training_says_of_splits(case, model):
    check, answer = compared(SPLIT_CASES[case], model=model)
    errors = [f for f in check.found if f.severity == "error"]
    assert isinstance(answer, Exception) == bool(errors)
    if "test without" in case:
        (said,) = [f for f in check.found if f.check == "no labels"]
        assert "'test'" in said.what and "left out" in said.what
        assert sum(map(len, answer.splits.values())) == N


def test_what_training_notes_is_found(model):
    recipe = wb.Recipe(dataset=pd.DataFrame({"text": TEXTS, "label": GOOD}), model=model)
    check = wb.check(recipe.replace(max_train_examples=10))
    notes = [f.what for f in check.found if f.check == "training"]
    assert notes == ["10 of 28 train examples were drawn (max_train_examples)."]


@pytest.mark.parametrize(
    ("labels", "name", "severity", "count"),
    [
        (with_first(GOOD, "-", "-"), "'-'", "warning", 2),
        (with_first(GOOD, "?"), "'?'", "warning", 1),
        (with_first(GOOD, "N/A"), "'N/A'", "warning", 1),
        (with_first(GOOD, "TODO"), "'TODO'", "warning", 1),
        (with_first(GOOD, "null"), "'null'", "warning", 1),
        (turns("for", "against", "none"), "'none'", "info", 13),
        (with_first(GOOD, "Unknown"), "'Unknown'", "info", 1),
        (turns("+", "-"), None, None, 0),
        (turns("no", "yes"), None, None, 0),
    ],
    ids=["minus", "question", "na", "todo", "null", "none", "unknown", "plus-minus", "no"],
)
def test_labels_that_say_there_is_none(labels, name, severity, count, model):
    check = wb.check(pd.DataFrame({"text": TEXTS, "label": labels}), model=model)
    found = [f for f in check.found if f.check == "no label"]
    assert [(f.severity, f.count) for f in found] == ([(severity, count)] if name else [])
    if name:
        assert name in found[0].what
        mended = check.fix(found[0].fix_text)
        assert len(mended.tables["classes"]) == len(check.tables["classes"]) - 1


def test_several_labels_on_the_lines_of_a_cell(model):
    data = pd.DataFrame({"text": TEXTS, "label": turns("tax\ntrade", "war", "war\r\n tax\n")})
    check, examples = compared(data, model=model)
    assert check.ok and "several lines" in " ".join(finding.what for finding in check.found)
    assert check.recipe.task == MULTI and examples.label_names == ["tax", "trade", "war"]
    assert wb.Recipe.from_yaml(check.recipe.to_yaml()) == check.recipe


def test_fixes_that_change_the_task_are_taken_by_name(model):
    commas = wb.check(pd.DataFrame({"text": TEXTS, "label": turns("0,5", "1,5")}), model=model)
    assert commas.fix_all().recipe.task == "text-classification"
    mended = commas.fix("decimal_commas")
    assert mended.ok and mended.recipe.task == mended.mapping.task == REGRESSION
    joined = wb.check(pd.DataFrame({"text": TEXTS, "label": turns("a", "b", "a|b")}), model=model)
    mended = joined.fix("several labels")
    assert mended.ok and mended.recipe.label_separator == "|"


def test_fixes_never_leave_nothing(model):
    """Five long texts, each with both labels: all rows are at odds."""
    long = [f"the rule number {n} says that all of you have to come in time" for n in range(5)]
    data = pd.DataFrame({"text": (long * 8)[:N], "label": turns("a", "b", "b")})
    check = wb.check(data, model=model)
    (conflict,) = [f for f in check.found if f.check == "conflicting labels"]
    assert conflict.asked and "100% of the rows: fix_all() does not do it" in conflict.remedy
    mended = check.fix_all()
    assert "drop_conflicts" not in mended.recipe.fixes and mended.ok
    named = check.fix("drop_conflicts")
    assert not named.ok


def test_many_small_fixes_leave_at_least_half(model):
    texts = [*TEXTS[:28], *TEXTS[:8], "", "", "", ""]
    labels = [*GOOD[:24], *[None] * 4, *GOOD[:8], *GOOD[:4]]
    mended = wb.check(pd.DataFrame({"text": texts, "label": labels}), model=model).fix_all()
    assert mended.tables["classes"]["total"].sum() >= N / 2
