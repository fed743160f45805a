"""Question answering from rows to spans: features and labels, loss, decoding, metrics, a run."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
import transformers

import workbench as wb
from tests.training import tiny
from workbench import inspection, tasks
from workbench.errors import DataError, RecipeError
from workbench.tasks.question_answering import answers as judging
from workbench.tasks.question_answering import spans
from workbench.tasks.question_answering.task import SpanCrossEntropy
from workbench.tasks.shared.softmax import softmax

TASK = tasks.get("question-answering")


def questions(n=160, seed=0, *, without=0.0):
    """Texts of 6 to 18 words whose one good or bad word is the answer; ten questions a title."""
    rng = np.random.RandomState(seed)
    rows = []
    for number in range(n):
        words = [str(w) for w in rng.choice(tiny.WORDS[10:], size=rng.randint(5, 18))]
        answers: dict = {"text": [], "answer_start": []}
        if rng.rand() >= without:
            place = rng.randint(len(words))
            words.insert(place, str(rng.choice(tiny.WORDS[:10])))
            answers["text"].append(words[place])
            answers["answer_start"].append(len(" ".join([*words[:place], ""])))
        rows.append({"id": f"q{number}", "title": f"t{number // 10}", "context": " ".join(words),
                     "question": "what was it" if number % 2 else "so how was the film",
                     "answers": answers})  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    return tiny_recipe.replace(
        task="question-answering", dataset=questions(320), epochs=6, test_size=40,
        validation_size=30, max_length=32, batch_size=16,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("run") / "run", progress=False)


def test_the_net_learns_and_every_answer_is_a_span(run):
    table, metrics = run.predictions("test"), run.metrics("test")
    assert metrics["f1"] > 0.8 and metrics["exact_match"] > 0.8
    assert run.results()["best_metric"] == "f1"
    assert metrics["f1"] > run.results()["baselines"]["question_word"]["f1"]
    for row in table.to_dict("records"):
        assert row["context"][row["start"] : row["end"]] == row["prediction"]
        assert [one["score"] for one in row["n_best"]] == sorted(
            (one["score"] for one in row["n_best"]), reverse=True
        )
    assert table["score"].between(0, 1).all() and table["loss"].notna().all()
    assert metrics["exact_match"] == pytest.approx(table["exact_match"].mean())
    assert wb.runs(run.path.parent)["f1"].iloc[0] == pytest.approx(metrics["f1"])


def test_questions_are_asked_as_dicts_and_tables(run):
    held = run.predictions("test").head(5)
    found = run.predict([{"question": r["question"], "context": r["context"]}
                         for r in held.to_dict("records")])  # fmt: skip
    assert found["prediction"].tolist() == held["prediction"].tolist()
    assert found["score"].to_numpy() == pytest.approx(held["score"].to_numpy(), abs=1e-5)
    assert "answers" not in found and "f1" not in found
    assert run.predict(held[["question", "context"]])["start"].tolist() == held["start"].tolist()
    with pytest.raises(DataError, match="Item 1 is 'so how'"):
        run.predict([{"question": "what was it", "context": "a film"}, "so how"])
    with pytest.raises(DataError, match="Item 0 has an empty context"):
        run.predict([{"question": "what was it", "context": "  "}])


def test_a_library_without_the_pipeline_says_what_to_call(run):
    try:
        transformers.pipelines.check_task("question-answering")
    except KeyError:
        with pytest.raises(wb.errors.RunError, match="question-answering"):
            run.pipeline()
    else:
        row = run.predictions("test").iloc[0]
        answer = run.pipeline()(question=row["question"], context=row["context"])
        assert answer["answer"] == row["prediction"]


def test_no_answer_is_settled_on_validation(recipe, tmp_path):
    frame = questions(320, without=0.3)
    run = wb.fine_tune(recipe.replace(dataset=frame), tmp_path / "run", progress=False)
    settled = json.loads((run.model_path / "decision.json").read_text())
    table, metrics = run.predictions("test"), run.metrics("test")
    said_none = table["no_answer_score"] > settled["no_answer_threshold"]
    assert (said_none == (table["prediction"] == "")).all() and said_none.any()
    assert (table["start"][said_none] == -1).all()
    assert metrics["no_answer_accuracy"] > 0.6 and metrics["answered_f1"] > 0.6
    again = run.predict(table[["question", "context"]])
    assert again["prediction"].tolist() == table["prediction"].tolist()
    assert again["score"].between(0, 1).all()


def by_the_example(batch, row, answers, tokenizer):
    """Labels as the library's question-answering example finds them, token by token."""
    ids, offsets = batch["input_ids"][row], batch["offset_mapping"][row]
    cls, sequence = ids.index(tokenizer.cls_token_id), batch.sequence_ids(row)
    if not answers["text"]:
        return cls, cls
    begin = answers["answer_start"][0]
    end = begin + len(answers["text"][0])
    first = sequence.index(1)
    last = len(sequence) - 1 - sequence[::-1].index(1)
    edge = last
    if not (offsets[first][0] <= begin and offsets[last][1] >= end):
        return cls, cls
    while first <= edge and offsets[first][0] <= begin:  # the example runs on over [SEP], here not
        first += 1
    while offsets[last][1] >= end and sequence[last] == 1:
        last -= 1
    return first - 1, last + 1


ADVERSARIAL = [
    ("Who smiled?", "Then 🙂👩‍👩‍👧 Ada 🙂 smiled  at   Bob.", "Ada 🙂"),
    ("谁来了？", "昨天北京的王小明来了。", "王小明"),
    ("  Where\tnow?", "It   was \n\n in     Rome   then.", "Rome"),
    ("What is hidden?", "a zero\u200bwidth \u200bword\u200b here", "word\u200b"),
    ("Which word?", "here " + "qxzjv" * 19 + " is long", "qxzjv" * 19 + " is"),  # 60 pieces
    ("Which word?", "pneumonoultramicroscopicsilicovolcanoconiosis" * 4 + " is long", "is long"),
    ("Inside?", "It was Washington's.", "ton"),
    ("The last?", "the answer stands at the very end", "end"),
    ("The first?", "Ünïcode stands at the very start", "Ünïcode"),
    ("None?", "nothing here", None),
    ("A long one?", " ".join(f"word{n}" for n in range(90)) + " Rome " + "and so on " * 40, "Rome"),
    ("It is cut by a row?", "x " * 20 + "one two three four five six seven " * 30,
     "one two three four five six seven one two three"),
    ("Character?", "naïve café 北京 x", "京"),
]  # fmt: skip


@pytest.mark.parametrize("max_length", [64, 48])
def test_features_and_labels_are_the_librarys_examples(max_length, require_sample):
    require_sample("minilm-l6")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        wb.catalog.model_folder("sample:minilm-l6")
    )
    answers = [
        {"text": [], "answer_start": []} if a is None else
        {"text": [a], "answer_start": [c.index(a)]} for _, c, a in ADVERSARIAL
    ]  # fmt: skip
    frame = pd.DataFrame({
        "text": [q for q, *_ in ADVERSARIAL], "pair": [c for _, c, _ in ADVERSARIAL],
        "answers": [a["text"] for a in answers], "starts": [a["answer_start"] for a in answers],
    })  # fmt: skip
    encoded = TASK.encode(tokenizer, frame, max_length)
    batch = tokenizer(
        [q.lstrip() for q in frame["text"]], frame["pair"].tolist(), truncation="only_second",
        max_length=max_length, stride=spans.stride_of(max_length), padding="max_length",
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip
    assert encoded.examples.tolist() == batch["overflow_to_sample_mapping"]
    assert (np.bincount(encoded.examples) > 1).sum() >= 2
    for row, example in enumerate(encoded.examples):
        real = sum(batch["attention_mask"][row])
        item = encoded[row]
        assert item["input_ids"] == batch["input_ids"][row][:real]
        assert item["token_type_ids"] == batch["token_type_ids"][row][:real]
        assert tuple(item["labels"]) == by_the_example(batch, row, answers[example], tokenizer)
    assert f"{len(encoded)} overlapping rows, none is cut" in encoded.notes[0]
    assert TASK.encode(tokenizer, frame.head(1), 512).notes == []


def test_a_question_longer_than_half_the_row_is_cut_and_said(tiny_model):
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    frame = pd.DataFrame({"text": ["the film " * 40], "pair": ["a good book " * 20]})
    encoded = TASK.encode(tokenizer, frame, 32)
    assert encoded.cut == 1 and encoded.notes[-1] == (
        "1 questions are longer than 16 tokens and are cut."
    )
    assert encoded.lengths.max() <= 32 and encoded.labels is None
    assert len(np.unique(encoded.about["start"][encoded.about["start"] >= 0])) == 60  # all is read
    with pytest.raises(RecipeError, match="max_length is 8"):
        TASK.encode(tokenizer, frame, 8)


def test_the_loss_is_the_librarys_padded_or_not(recipe, tmp_path):
    folder = tiny.save_model(tmp_path / "model", dropout=0.0)
    plain = recipe.replace(model=str(folder), epochs=1)
    curves = [
        wb.fine_tune(plain.replace(speed=speed, length_grouping=False), tmp_path / speed,
                     progress=False).history()[["loss", "grad_norm"]].dropna().to_numpy()
        for speed in ("exact", "auto")
    ]  # fmt: skip
    np.testing.assert_allclose(curves[0], curves[1], rtol=2e-4)
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(["so good", "so bad"], ["a good film it was", "bad book"], padding=True,
                      return_tensors="pt")  # fmt: skip
    labels = torch.tensor([[4, 5], [0, 0]])
    theirs = model(**batch, start_positions=labels[:, 0], end_positions=labels[:, 1])
    logits = torch.stack([theirs.start_logits, theirs.end_logits], -1)
    loss = SpanCrossEntropy()
    ours = loss.total(logits, labels) / loss.normaliser(labels)
    assert ours.item() == pytest.approx(theirs.loss.item(), rel=1e-6)


def test_the_best_spans_by_hand():
    found = spans.Spans()
    starts = np.array([spans.NO_ANSWER, -1, 0, 3, 6, -1])
    ends = np.array([-1, -1, 2, 5, 8, -1])
    logits = np.zeros((6, 2), np.float32)
    logits[:, 0] = [1, 9, 2, 5, 0, 9]
    logits[:, 1] = [1, 9, 4, 1, 3, 9]
    found.add(logits, starts, ends)
    assert found.null == 2
    # the best start comes after the best end: 5 + 4 is no span
    assert found.best[:3] == [(8.0, 3, 8), (6.0, 0, 2), (6.0, 3, 5)]
    found.add(logits + 1, starts, ends)  # the same spans in a second row: the better score stays
    assert found.best[0] == (10.0, 3, 8) and found.null == 2 and len(found.best) == 6
    long = spans.Spans()
    places = np.arange(40) * 2
    logits = np.zeros((40, 2), np.float32)
    logits[0, 0] = logits[39, 1] = 9
    long.add(logits, places, places + 1)
    assert max(b - a for _, a, b in long.best) <= 2 * spans.MOST_TOKENS - 1
    assert softmax([1.0, 1.0]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "f1"),
    [
        ("The Denver Broncos!", ["Denver Broncos"], 1, 1),
        ("Broncos", ["Denver Broncos", "Carolina Panthers"], 0, 2 / 3),
        ("in the city of Rome", ["Rome", "city of  rome"], 0, 6 / 7),
        ("U.S. Army", ["US army"], 1, 1),
        ("x y z", ["a b c"], 0, 0),
        ("b b", ["b"], 0, 2 / 3),
        ("", [], 1, 1),
        ("Rome", [], 0, 0),
        ("", ["Rome"], 0, 0),
        ("the", ["a"], 1, 1),
        ("anthem", ["an them"], 0, 0),
        ("café", ["cafe"], 0, 0),
    ],
)
def test_answers_are_judged_by_the_published_definition(prediction, answers, exact, f1):
    assert judging.exact_match(prediction, answers) == exact
    assert judging.f1(prediction, answers) == pytest.approx(f1)


@pytest.mark.parametrize("seed", range(6))
def test_no_threshold_is_better(seed):
    rng = np.random.RandomState(seed)
    answerable = rng.rand(30) < 0.6
    scores = np.where(answerable, rng.rand(30), 0.0)
    lead = np.round(rng.randn(30) - 2 * answerable, 1)

    def mean_f1(threshold):
        return np.where(lead > threshold, ~answerable, scores).mean()

    best = judging.best_threshold(lead, scores, answerable)
    tried = [*lead, *(lead + 1e-6), lead.min() - 1]
    assert mean_f1(best) == pytest.approx(max(map(mean_f1, tried)))


def test_errors_by_word_length_and_place(run):
    errors = inspection.answer_errors(run)
    assert set(errors["kind"]) <= set(inspection.ANSWER_KINDS)
    assert errors["kind"].eq("right").mean() == pytest.approx(run.metrics("test")["exact_match"])
    for by in inspection.ANSWER_GROUPS:
        report = inspection.answer_report(run, by=by)
        assert report["questions"].sum() == len(errors)
        assert (report["low"] <= report["exact_match"]).all()
        assert (report["exact_match"] <= report["high"]).all()
    intervals = inspection.metric_intervals(run).set_index("metric")
    assert intervals.loc["f1", "value"] == pytest.approx(run.metrics("test")["f1"])
    assert intervals.loc["f1", "low"] <= intervals.loc["f1", "value"] <= intervals.loc["f1", "high"]


def test_what_became_of_each_answer_by_hand():
    context = "Ada met Bob in Rome in 1843"
    rows = [("Who?", ["Ada"], "Ada"), ("Who?", ["Ada"], "Ada met"), ("Where?", ["Rome"], "1843"),
            ("When?", ["1843"], ""), ("Why?", [], "Rome"), ("Why?", [], "")]  # fmt: skip
    table = pd.DataFrame([
        {"question": q, "context": context, "answers": a, "prediction": p,
         "answer_start": context.index(a[0]) if a else -1, "loss": 0.0,
         "exact_match": judging.exact_match(p, a), "f1": judging.f1(p, a)}
        for q, a, p in rows
    ])  # fmt: skip
    errors = inspection.answer_errors(table)
    assert errors["kind"].tolist() == ["right", "part", "elsewhere", "missed", "invented", "right"]
    assert errors["question_word"].tolist() == ["who", "who", "where", "when", "why", "why"]
    assert errors["answer_length"].tolist()[:5] == ["1 word"] * 4 + ["none"]
    report = inspection.answer_report(table, by="question_word").set_index("group")
    assert report.loc["who", "exact_match"] == 0.5 and report.loc["who", "questions"] == 2
    with pytest.raises(DataError, match="no grouping 'words'"):
        inspection.answer_report(table, by="words")
