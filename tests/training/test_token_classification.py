"""Tagging from lists of words to entities, against the library's example and by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
import transformers

import workbench as wb
from tests.training import tiny
from workbench import inspection, tasks
from workbench.data.tags.tag_spans import entity_spans
from workbench.data.tags.tagged import load_tagged
from workbench.errors import DataError, RecipeError
from workbench.tasks.token_classification.entity_scores import average_scores, count_entities
from workbench.tasks.token_classification.task import TagCrossEntropy

TASK = tasks.get("token-classification")


def tagged(n=96, seed=0):
    """Good words are entities of one type, bad words of another; two together are one entity."""
    rng = np.random.RandomState(seed)
    kinds = dict.fromkeys(tiny.GOOD, "good") | dict.fromkeys(tiny.BAD, "bad")
    rows = []
    for _ in range(n):
        tokens = [str(w) for w in rng.choice(tiny.WORDS, size=rng.randint(3, 12))]
        tags, before = [], None
        for token in tokens:
            kind = kinds.get(token)
            tags.append("O" if kind is None else f"{'I' if kind == before else 'B'}-{kind}")
            before = kind
        rows.append({"tokens": tokens, "tags": tags})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    return tiny_recipe.replace(task="token-classification", dataset=tagged(), epochs=3)


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("run") / "run", progress=False)


def test_metrics_are_of_whole_entities_and_the_net_has_learnt(run):
    table, metrics = run.predictions("test"), run.metrics("test")
    counts = count_entities(table["label"], table["prediction"])
    assert list(average_scores(counts)) == [metrics[n] for n in ("precision", "recall", "f1")]
    words = [table[n].explode() for n in ("label", "prediction")]
    assert metrics["accuracy"] == pytest.approx(np.mean(words[0].values == words[1].values))
    assert metrics["f1"] > 0.5 and run.results()["best_metric"] == "f1"
    assert run.results()["baselines"]["most_frequent_tag"]["f1"] > 0.3
    assert wb.runs(run.path.parent)["f1"].iloc[0] == pytest.approx(metrics["f1"])


def test_the_report_of_types_has_the_same_numbers(run):
    table = run.predictions("test")
    counts = count_entities(table["label"], table["prediction"])
    report = inspection.entity_report(run)
    assert set(report["class"]) == set(counts)
    for row in report.to_dict("records"):
        found = [row[name] for name in ("precision", "recall", "f1")]
        assert found == pytest.approx(counts[row["class"]].scores())
        assert row["support"] == counts[row["class"]].labelled
    intervals = inspection.metric_intervals(run).set_index("metric")
    assert intervals.loc["f1", "value"] == pytest.approx(run.metrics("test")["f1"])
    assert (intervals["low"] <= intervals["value"]).all()
    assert (intervals["value"] <= intervals["high"]).all()


def test_what_became_of_each_entity_by_hand():
    table = pd.DataFrame({
        "tokens": [["Ada", "Lovelace", "met", "Al", "in", "York"], ["a", "b"]],
        "label": [["B-per", "I-per", "O", "B-per", "O", "B-loc"], ["O", "O"]],
        "prediction": [["B-per", "O", "O", "B-per", "O", "B-per"], ["B-loc", "O"]],
    })  # fmt: skip
    errors = inspection.entity_errors(table)
    assert errors["kind"].tolist() == ["boundary", "right", "type", "invented"]
    assert errors["label_text"].tolist() == ["Ada Lovelace", "Al", "York", ""]
    counts = inspection.entity_confusion(table)
    assert counts.loc["loc", "per"] == 1 and counts.loc["(none)", "loc"] == 1
    assert counts.loc["per", "per"] == 2 and counts.to_numpy().sum() == 4
    table["prediction"] = [["O"] * 6, ["O"] * 2]
    assert set(inspection.entity_errors(table)["kind"]) == {"missed"}


def test_features_and_labels_are_the_librarys_examples(tmp_path, require_sample):
    require_sample("minilm-l6")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        wb.catalog.model_folder("sample:minilm-l6")
    )
    sentences = [
        ["Ünïcode", "🙂👩‍👩‍👧", "words", "here"],
        ["北", "京", "很", "大"],
        ["zero\u200bwidth", "\u200b", "   ", "x"],
        ["a" * 300, "end"],
        ["don't", "U.S.A.", "@user", "#tag", "http://t.co/abc"],
        ["pneumonoultramicroscopicsilicovolcanoconiosis" * 4] * 12,
    ]
    ids = [list(range(len(words))) for words in sentences]
    frame = pd.DataFrame({"text": [" ".join(w) for w in sentences], "tokens": sentences,
                          "ids": ids})  # fmt: skip
    encoded = TASK.encode(tokenizer, frame, 64)
    for number, words in enumerate(sentences):
        batch = tokenizer(words, is_split_into_words=True, truncation=True, max_length=64)
        wanted, before = [], None
        for word in batch.word_ids():  # as the library's own example aligns them
            wanted.append(-100 if word is None or word == before else ids[number][word])
            before = word
        row = encoded[number]
        assert row["input_ids"] == batch["input_ids"] and row["token_labels"] == wanted
    assert encoded.cut == 1


def test_the_loss_is_the_librarys_padded_or_not(recipe, tmp_path):
    folder = tiny.save_model(tmp_path / "model", dropout=0.0)
    plain = recipe.replace(model=str(folder), epochs=1)
    curves = [
        wb.fine_tune(plain.replace(speed=speed, length_grouping=False), tmp_path / speed,
                     progress=False).history()["loss"].dropna()
        for speed in ("exact", "auto")
    ]  # fmt: skip
    np.testing.assert_allclose(curves[0], curves[1], rtol=2e-5)
    logits, labels = torch.randn(2, 5, 3), torch.tensor([[-100, 0, 2, -100, -100],
                                                         [-100, 1, 1, 0, -100]])  # fmt: skip
    loss = TagCrossEntropy()
    theirs = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert (loss.total(logits, labels) / loss.normaliser(labels)).item() == pytest.approx(
        theirs.item()
    )


def test_predict_takes_texts_and_words_and_is_the_pipeline(run):
    found = run.predict(["the good film", ["the", "bad", "book"]])
    assert found["tokens"].map(list).tolist() == [["the", "good", "film"], ["the", "bad", "book"]]
    assert "label" not in found and found["score"].between(0, 1).all()
    texts = run.predictions("test")["text"].head(6).tolist()
    ours = [
        [(kind, start, end) for kind, start, end in entity_spans(list(tags))]
        for tags in run.predict([text.split() for text in texts])["prediction"]
    ]
    for text, spans in zip(texts, ours, strict=True):
        words = text.split()
        theirs = [(e["entity_group"], e["word"]) for e in run.pipeline()(text)]
        assert theirs == [(kind, " ".join(words[start:end])) for kind, start, end in spans]
    with pytest.raises(DataError, match="Text 1 is '  '"):
        run.predict(["a film", "  "])


def test_schemes_become_bio_and_repairs_are_counted(recipe):
    frame = tagged(40)
    frame["tags"] = [[t.replace("B-", "I-") for t in tags] for tags in frame["tags"]]
    examples = load_tagged(recipe.replace(dataset=frame))
    assert any("began with I-" in note for note in examples.notes)
    assert examples.label_names == ["O", "B-bad", "I-bad", "B-good", "I-good"]
    frame["tags"] = [[t[2:] if t != "O" else t for t in tags] for tags in frame["tags"]]
    plain = load_tagged(recipe.replace(dataset=frame))
    assert plain.balance("train") == examples.balance("train")
    assert any("no B- and I-" in note for note in plain.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tags": [["O"]]}, "Row 3 of 'train' has 2 words and 1 tags"),
        ({"tags": [["O", "per"]]}, "has the tag 'per', and others are like"),
        ({"tags": [["O", ""]]}, "Row 3 of 'train' has no tag for 'b'"),
        ({"tokens": [["a", None]]}, "has None among its words"),
    ],
)
def test_bad_rows_are_named(recipe, change, said):
    frame = tagged(30)
    frame.at[3, "tokens"], frame.at[3, "tags"] = ["a", "b"], ["O", "O"]
    for column, (value,) in change.items():
        frame.at[3, column] = value
    with pytest.raises(DataError, match=said):
        load_tagged(recipe.replace(dataset=frame))


def test_bad_data_and_settings(recipe):
    frame = tagged(30)
    with pytest.raises(DataError, match="no column 'words'"):
        load_tagged(recipe.replace(columns={"tokens": "words"}))
    with pytest.raises(DataError, match="All tags are O"):
        outside = [["O"] * len(tokens) for tokens in frame["tokens"]]
        load_tagged(recipe.replace(dataset=frame.assign(tags=outside)))
    with pytest.raises(RecipeError, match="class_weights is 'balanced'"):
        load_tagged(recipe.replace(class_weights="balanced"))
    frame.at[0, "tokens"], frame.at[0, "tags"] = [], []
    assert any("1 row has no words" in n for n in load_tagged(recipe.replace(dataset=frame)).notes)


def test_blanks_that_are_pieces_get_no_label():
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["<s>", "</s>", "<unk>", "▁", "江", "泽", "▁in"]
    made = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=2))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")
    plain = tokenizer(["江", "泽", "in"], is_split_into_words=True)["input_ids"]
    assert plain == [0, 3, 4, 3, 5, 6, 1]  # the first piece of 江 is the blank before it
    frame = pd.DataFrame({"tokens": [["江", "泽", "in"], ["江"] * 9], "ids": [[1, 2, 0], [1] * 9]})
    encoded = TASK.encode(tokenizer, frame, 6)
    assert list(encoded[0]["input_ids"]) == [0, 4, 5, 6, 1]
    assert list(encoded[1]["input_ids"]) == [0, 4, 4, 4, 4, 1]  # four fit, the end stays
    assert encoded.labels.tolist() == [-100, 1, 2, 0, -100, -100, 1, 1, 1, 1, -100]
    assert encoded.cut == 1


WORD_TAGS = dict.fromkeys(tiny.GOOD, "ADJ") | dict.fromkeys(tiny.BAD, "B") | {"film": "NN-X"}


@pytest.fixture(scope="module")
def words_run(tiny_recipe, tmp_path_factory):
    """A run on tags of words: neighbours of one tag are two words."""
    rows = [
        {"tokens": words, "tags": [WORD_TAGS.get(word, "NN") for word in words]}
        for words in tagged()["tokens"]
    ]
    recipe = tiny_recipe.replace(task="token-classification", dataset=pd.DataFrame(rows), epochs=3)
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("words") / "run", progress=False)


def test_tags_of_words_stay_as_written_to_the_end(words_run):
    from sklearn.metrics import accuracy_score, f1_score

    table, metrics = words_run.predictions("test"), words_run.metrics("test")
    label, prediction = (list(table[n].explode()) for n in ("label", "prediction"))
    assert set(label) == {"ADJ", "B", "NN", "NN-X"} and set(prediction) <= set(label)
    assert metrics["accuracy"] == pytest.approx(accuracy_score(label, prediction))
    macro = f1_score(label, prediction, average="macro", zero_division=0)
    assert metrics["macro_f1"] == metrics["f1"] == pytest.approx(macro)
    assert metrics["accuracy"] > 0.6
    baseline = words_run.results()["baselines"]["most_frequent_tag"]
    assert set(baseline) == {*metrics} - {"loss"}
    found = words_run.predict(["good good film."])
    assert found["prediction"].iloc[0][:2] == ["ADJ", "ADJ"] and "entities" not in found
    assert found["tokens"].iloc[0] == ["good", "good", "film", "."]


def test_what_is_looked_at_of_tags_of_words_are_words(words_run):
    table = words_run.predictions("test")
    words = sum(map(len, table["tokens"]))
    errors = inspection.entity_errors(words_run)
    assert len(errors) == words and set(errors["kind"]) <= {"right", "type"}
    counts = inspection.entity_confusion(words_run)
    right = counts.to_numpy().trace() / words
    intervals = inspection.metric_intervals(words_run).set_index("metric")
    assert right == pytest.approx(words_run.metrics("test")["accuracy"])
    assert intervals.loc["accuracy", "value"] == pytest.approx(right)
    assert (intervals["low"] <= intervals["value"]).all()
    assert (intervals["value"] <= intervals["high"]).all()
    titles = [section.title for section in inspection.report(words_run, slices=False).sections]
    assert "Metrics" in titles and len(titles) >= 6


def test_words_that_were_cut_off_have_no_tag_of_a_word():
    from workbench.tasks.shared.encoding import Encoded

    frame = pd.DataFrame({"text": ["a b"], "tokens": [["a", "b"]]})
    encoded = Encoded({"input_ids": np.zeros(1, np.int32)}, np.array([0, 1]), None, 1,
                      per_token=True, about={"word": np.array([0])})  # fmt: skip
    outputs = np.array([[0.0, 3.0]], np.float32)
    assert TASK.predictions(frame, encoded, outputs, ["N", "V"])["prediction"][0] == ["V", ""]
    outputs = np.array([[0.0, 3.0, 0.0]], np.float32)
    table = TASK.predictions(frame, encoded, outputs, ["O", "B-x", "I-x"])
    assert table["prediction"][0] == ["B-x", "O"]
    assert table["entities"][0] == [{"type": "x", "start": 0, "end": 1, "text": "a"}]


def test_predictions_cut_texts_as_training_did_and_say_where_entities_are(
    tiny_recipe, tmp_path
):
    rows = tagged(60).to_dict("records")
    for row in rows:  # words that the usual rules would cut
        row["tokens"] = [f"{word}-X." if word == "film" else word for word in row["tokens"]]
    recipe = tiny_recipe.replace(task="token-classification", dataset=pd.DataFrame(rows), epochs=1)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    text = "the  good film-X. था\u093f good"
    found = run.predict([text, ["the", "good", "film", "-", "X"]])
    assert found["tokens"].iloc[0] == ["the", "good", "film-X.", "था\u093f", "good"]
    assert found["tokens"].iloc[1] == ["the", "good", "film", "-", "X"]
    assert found["text"].iloc[0] == text
    for text, entities in zip(found["text"], found["entities"], strict=True):
        for one in entities:
            assert text[one["start"] : one["end"]] == one["text"]
    assert sum(map(len, found["entities"])) == sum(
        len(entity_spans(list(tags))) for tags in found["prediction"]
    )


def test_the_pipeline_finds_the_words_and_the_entities_that_predict_finds(run):
    pipe = run.pipeline()
    good, bad = tiny.GOOD[0], tiny.BAD[0]
    texts = [f"the {good}, {good} {bad}. don't {bad}-{good}!", f"{good} {bad}", f"({bad}) the film"]
    for text, found in zip(texts, run.predict(texts)["entities"], strict=True):
        ours = [(e["type"], e["start"], e["end"]) for e in found]
        assert [(e["entity_group"], e["start"], e["end"]) for e in pipe(text)] == ours and ours
    assert [e["word"] for e in pipe(texts)[1]] == [e["word"] for e in pipe(texts[1])]


def test_the_pipeline_gives_tags_of_words_one_a_word(recipe, tmp_path):
    frame = tagged(60)
    kinds = dict.fromkeys(tiny.GOOD, "NN-P") | dict.fromkeys(tiny.BAD, "-LRB-")
    frame["tags"] = [[kinds.get(t, "O") for t in tokens] for tokens in frame["tokens"]]
    recipe = recipe.replace(dataset=frame, epochs=1, reading={"tags": "words"})
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    texts = [f"the {tiny.GOOD[0]} {tiny.GOOD[1]}, {tiny.BAD[0]} don't", "a film"]
    for text, row in zip(texts, run.predict(texts).to_dict("records"), strict=True):
        piped = run.pipeline()(text)
        assert [e["entity_group"] for e in piped] == list(row["prediction"])
        assert [text[e["start"] : e["end"]] for e in piped] == list(row["tokens"])
