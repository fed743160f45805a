"""What the doctor counts, against cases worked by hand; its fixes, and what they leave."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.data.reading.corpus import csv, make, rows
from tests.training.tiny import save_model
from workbench.cli import main
from workbench.data import fixes
from workbench.data.doctor.languages import languages, scripts
from workbench.data.doctor.model import token_lengths
from workbench.data.examples import load_examples
from workbench.data.near import near_pairs
from workbench.data.reading import sources
from workbench.errors import DataError, RecipeError

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_model(tmp_path_factory.mktemp("model") / "bert"))


def found(check, name):
    return [finding for finding in check.found if finding.check == name]


def messy() -> pd.DataFrame:
    made = [*rows(60), *rows(3)]  # three duplicates
    made += [(rows(60)[0][0].upper(), "bad")]  # one text with a second label
    made += [("   ", "good"), (None, "bad"), ("unlabelled but fine", None)]
    made += [("cafÃ© and tea for everyone there", " Good")]
    return pd.DataFrame(made, columns=["review", "verdict"])


def test_a_messy_table_is_counted_mended_and_trains(model):
    check = wb.check(messy(), model=model)
    assert check.recipe.columns == {"text": "review", "label": "verdict"} and not check.ok
    counts = {finding.check: finding.count for finding in check.found}
    assert counts["empty text"] == 2 and counts["missing labels"] == 1
    assert counts["duplicates"] == 3 and counts["encoding damage"] == 1
    assert counts["conflicting labels"] == 3  # the text, its copy, and the one in capitals
    assert counts["label variants"] == 1
    mended = check.fix_all()
    assert mended.ok, mended.findings.to_string()
    assert mended.recipe.fixes == [
        "repair_encoding", "drop_empty_texts", "drop_unlabelled", "merge_labels", "drop_conflicts",
        "drop_duplicates",
    ]  # fmt: skip
    examples = load_examples(mended.recipe)
    # 68 rows less 2 empty, 1 unlabelled, 3 in conflict, 2 repeats
    assert sum(len(frame) for frame in examples.splits.values()) == 60
    assert examples.label_names == ["bad", "good"]
    assert any("café" in text for frame in examples.splits.values() for text in frame["text"])
    assert any(note.startswith("drop_duplicates: 2 rows") for note in examples.notes)
    assert wb.Recipe.from_yaml(mended.recipe.to_yaml()) == mended.recipe


def test_one_fix_by_name_and_none_that_is_not_offered(model):
    check = wb.check(messy(), model=model)
    once = check.fix("drop_duplicates")
    assert once.recipe.fixes == ["drop_duplicates"] and not found(once, "duplicates")
    assert check.recipe.fixes == []
    with pytest.raises(RecipeError, match="drop_duplicates"):
        check.fix("drop_duplicate")
    with pytest.raises(RecipeError, match="There is no fix 'drop_all'"):
        load_examples(check.recipe.replace(fixes=["drop_all"]))
    with pytest.raises(RecipeError, match="drop_rare_classes:8"):
        fixes.find("drop_rare_classes:many")


def test_the_table_and_the_mapping_say_what_and_why(model):
    check = wb.check(messy(), model=model)
    assert list(check.findings.columns) == [
        "severity", "check", "what", "count", "examples", "fix", "remedy",
    ]  # fmt: skip
    table = check.mapping.table()
    assert table["role"].tolist() == ["text", "label"]
    assert table["reason"].str.contains("name|values").all()
    assert table[["sample_1", "sample_2", "sample_3"]].notna().all().all()
    order = [finding.severity for finding in check.found]
    assert order == sorted(order, key=["error", "warning", "info"].index)
    assert check.tables["classes"]["total"].sum() == 67


def test_findings_come_as_they_are_made(model):
    seen = []
    check = wb.check(messy(), model=model, on_finding=seen.append)
    assert sorted(map(id, seen)) == sorted(map(id, check.found))


def test_leakage_between_splits(tmp_path, model):
    train, test = rows(60), rows(12, seed=5)
    make(tmp_path, "train.csv", csv([*train, *test[:4]]))
    make(tmp_path, "test.csv", csv(test))
    check = wb.check(tmp_path, model=model)
    (leak,) = found(check, "leakage")
    assert leak.count == 4 and leak.examples[0].startswith("train row 60: ")
    mended = check.fix("drop_leaked")
    assert not found(mended, "leakage")
    splits = load_examples(mended.recipe).splits
    assert not set(splits["train"]["text"]) & set(splits["test"]["text"])


@pytest.mark.parametrize(
    ("columns", "task", "roles"),
    [
        ({"premise": "t", "hypothesis": "t", "label": "c"}, "text-classification",
         {"text": "premise", "pair": "hypothesis", "label": "label"}),
        ({"id": "n", "body": "t", "category": "c"}, "text-classification",
         {"text": "body", "label": "category"}),
        ({"kind": "c", "words written": "t"}, "text-classification",
         {"text": "words written", "label": "kind"}),
        ({"text": "t", "score": "f"}, "regression", {"text": "text", "label": "score"}),
        ({"text": "t", "labels": "l"}, "multi-label-classification",
         {"text": "text", "label": "labels"}),
        ({"tokens": "l", "ner_tags": "l"}, "token-classification",
         {"tokens": "tokens", "tags": "ner_tags"}),
        ({"question": "t", "context": "t", "answers": "t"}, "question-answering",
         {"question": "question", "context": "context", "answers": "answers"}),
        ({"article": "t", "highlights": "t"}, "text-to-text",
         {"source": "article", "target": "highlights"}),
        ({"text": "t"}, "language-modelling", {"text": "text"}),
        ({"内容": "t", "标签": "c"}, "text-classification", {"text": "内容", "label": "标签"}),
    ],
)  # fmt: skip
def test_the_task_and_the_columns_are_guessed(columns, task, roles):
    from workbench.data.columns import mapping
    from workbench.data.reading import sources

    texts = [text for text, _ in rows(40)]
    kinds = {
        "t": texts, "c": [f"c{i % 3}" for i in range(40)], "n": list(range(40)),
        "f": [i / 7 for i in range(40)], "l": [text.split() for text in texts],
    }  # fmt: skip
    splits = sources.load(pd.DataFrame({name: kinds[kind] for name, kind in columns.items()}))
    guess = mapping.infer(splits)
    assert (guess.task, guess.columns) == (task, roles)
    assert set(guess.reasons) == set(roles)
    assert all(guess.choices[role] for role in roles)


def test_near_duplicates_are_those_of_the_definition():
    """Against the Jaccard similarity of all pairs, worked out directly."""
    rng = np.random.RandomState(0)
    texts = [" ".join(rng.choice(list("abcdefghijklmnop"), 60)) for _ in range(60)]
    for number in range(20):  # some letters changed: more or less similar
        letters = list(texts[number])
        for position in rng.permutation(len(letters))[: number // 3 + 1]:
            letters[position] = "z"
        texts.append("".join(letters))

    def pieces(text):
        return {text[i : i + 5] for i in range(len(text) - 4)}

    exact = {}
    for one in range(len(texts)):
        for two in range(one + 1, len(texts)):
            a, b = pieces(texts[one]), pieces(texts[two])
            exact[one, two] = len(a & b) / len(a | b)
    pairs, similarity = near_pairs(texts, threshold=0.8)
    want = {pair: value for pair, value in exact.items() if value >= 0.8}
    assert want and {tuple(pair) for pair in pairs} == set(want)
    assert similarity == pytest.approx([want[tuple(pair)] for pair in pairs])
    assert near_pairs(["short", "short"])[0].shape == (0, 2)


def test_languages_and_scripts():
    texts = [
        "The weather is very nice today and we go out",
        "这部电影非常好看，我很喜欢这个故事",
        "Das Wetter ist heute sehr schön und wir gehen hinaus",
        "no",
    ]
    assert languages(texts) == ["en", "zh", "de", None]
    shares = scripts(["abc", "бв", "好"])
    assert shares.to_dict() == pytest.approx({"Latin": 0.5, "Cyrillic": 1 / 3, "Han": 1 / 6})


def test_lengths_are_those_of_the_models_tokenizer(model):
    from transformers import AutoTokenizer

    texts = ["good film", "a", "the story is very nice and warm"]
    tokenizer = AutoTokenizer.from_pretrained(model)
    got = token_lengths(Path(model), texts, texts)
    assert got.tolist() == [len(tokenizer(t, t)["input_ids"]) for t in texts]


def test_texts_that_are_cut_offer_a_longer_max_length(model):
    check = wb.check(
        wb.Recipe(dataset=pd.DataFrame(rows(60), columns=["text", "label"]), max_length=8,
                  model=model)
    )  # fmt: skip
    (lengths,) = found(check, "lengths")
    assert lengths.severity == "warning" and lengths.fix == {"max_length": 16}
    assert check.fix("max_length=16").recipe.max_length == 16


def test_same_texts_whatever_case_width_and_spaces():
    frame = pd.DataFrame({"text": ["A  film", "a film", "ａ film", "a films", None, ""]})
    keys = fixes.text_keys(frame)
    assert keys[0] == keys[1] == keys[2] != keys[3] and keys[4] == keys[5]


def test_the_command(tmp_path, model, capsys):
    path = make(tmp_path, "messy.csv", messy().to_csv(index=False))
    out = tmp_path / "recipe.yaml"
    assert main(["check", str(path), "--model", model]) == 1
    assert "--fix drop_duplicates" in capsys.readouterr().out
    assert main(["check", str(path), "--model", model, "--fix", "all", "--out", str(out)]) == 0
    recipe = wb.Recipe.from_yaml(out.read_text())
    assert "drop_duplicates" in recipe.fixes
    assert main(["check", str(out)]) == 0


@pytest.mark.serial
def test_a_hundred_thousand_rows(tmp_path, model):
    """In seconds of this process's own work, which a busy machine does not lengthen."""
    rng = np.random.RandomState(0)
    words = np.asarray([f"w{i}" for i in range(5000)])
    texts = [" ".join(words[rng.randint(0, 5000, 30)]) for _ in range(100_000)]
    frame = pd.DataFrame({"text": texts, "label": ["a", "b", "c", "d"] * 25_000})
    frame.loc[7, "text"] = None
    path = tmp_path / "large.csv"
    frame.to_csv(path, index=False)
    wb.check(make(tmp_path, "warm.csv", csv(rows())), model=model)
    times = []
    start = time.process_time()
    check = wb.check(
        path, model=model, on_finding=lambda f: times.append((f.check, time.process_time() - start))
    )
    assert dict(times)["empty text"] < 10 and time.process_time() - start < 60
    (lengths,) = found(check, "lengths")
    assert "in 5,000 sampled of 100,000 rows" in lengths.what


@pytest.mark.parametrize(
    ("config", "weights", "check", "says"),
    [
        ({"auto_map": {"AutoModel": "m.M"}}, "model.safetensors", "model", "code of its own"),
        ({}, "pytorch_model.bin", "model", "only as pickle"),
        ({"model_type": "nobody-knows"}, "model.safetensors", "model", "does not know"),
        ({"max_position_embeddings": 16}, "model.safetensors", "positions too few", "16 positions"),
        ({"vocab_size": 300}, "model.safetensors", "weights", "in another size"),
        ({"architectures": ["GPT2Model"]}, "model.safetensors", "model", "architecture GPT2Model"),
    ],
    ids=["own-code", "pickle", "unknown", "positions", "another-size", "another-class"],
)
def test_a_model_that_will_not_do_is_an_error_before_weights_are_read(
    tmp_path, config, weights, check, says
):
    save_model(tmp_path, positions=config.get("max_position_embeddings", 64))
    said = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**said, **config}))
    (tmp_path / "model.safetensors").rename(tmp_path / weights)
    frame = pd.DataFrame(rows(40), columns=["text", "label"])
    examined = wb.check(frame, model=str(tmp_path))
    (finding,) = found(examined, check)
    assert finding.severity == "error" and says in finding.what and finding.remedy
    if check == "positions too few":
        assert examined.fix(check).recipe.max_length == 16


def test_words_that_the_tokenizer_does_not_know_are_said(model):
    known = [f"good film and so on {n}" for n in range(30)]
    most = [f"unheard words of {n} kinds" for n in range(30)]
    none = ["ünbekannt völlig"] * 30
    for texts, severities in ((known, []), (most, ["warning"]), (none, ["error"])):
        frame = pd.DataFrame({"text": texts, "label": ["a", "b"] * 15})
        check = wb.check(frame, model=model)
        assert [one.severity for one in found(check, "unknown words")] == severities
    assert not check.ok


def test_words_without_a_vector_are_an_error(tmp_path):
    folder = save_model(tmp_path)
    made = json.loads((folder / "tokenizer.json").read_text())
    made["model"]["vocab"]["newcomer"] = 5000
    (folder / "tokenizer.json").write_text(json.dumps(made))
    frame = pd.DataFrame({"text": [f"the film was good {n}" for n in range(40)]})
    frame["label"] = ["a", "b"] * 20
    assert not found(wb.check(frame, model=str(folder)), "unknown words")
    frame.loc[3, "text"] = "a newcomer of the film"
    (finding,) = found(wb.check(frame, model=str(folder)), "unknown words")
    assert finding.severity == "error" and "'newcomer'" in finding.what


def test_figures_are_drawn_from_the_tables(tmp_path):
    from workbench import plots
    from workbench.errors import DataError

    texts = [f"a rather long and quite readable sentence number {n}" for n in range(40)]
    data = pd.DataFrame({"text": texts, "label": ["a", "b", "b", "b"] * 10})
    check = wb.check(data, model=str(save_model(tmp_path / "model")))
    bars = plots.class_balance(check).data
    assert list(bars[0].y) == ["b", "a"] and list(bars[0].x) == [30, 10]
    assert sum(plots.token_lengths(check).data[0].y) == 40
    assert list(plots.languages(check).data[0].y) == ["en"]
    check.tables["languages"] = check.tables["languages"].head(0)
    with pytest.raises(DataError, match="no table 'languages'"):
        plots.languages(check)


def test_numbers_as_labels_make_a_regression_that_fixes_mend(model):
    texts = [f"text number {n} about something of its own" for n in range(24)]
    scores = [float(n % 7) + 0.5 for n in range(24)]
    scores[3], scores[5] = None, 900.0
    check = wb.check(
        pd.DataFrame({"text": [*texts, texts[0]], "score": [*scores, scores[0]]}), model=model
    )
    assert check.mapping.task == "regression"
    assert "regression" not in wb.catalog.tasks() or check.recipe.task == "regression"
    assert found(check, "missing labels")[0].count == 1
    assert found(check, "far-off labels")[0].examples == (
        "train row 5: 900.0 | 'text number 5 about something of its own'",
    )
    assert found(check, "duplicates")[0].count == 1
    assert check.tables["classes"]["total"].sum() == 24
    check = check.fix("drop_unlabelled", "drop_duplicates")
    assert not found(check, "missing labels") and not found(check, "duplicates")
    assert sorted(check.recipe.fixes) == ["drop_duplicates", "drop_unlabelled"]
    words = wb.check(pd.DataFrame({"text": texts, "score": [*map(str, range(23)), "many"]}),
                     task="regression", model=model)  # fmt: skip
    assert found(words, "labels are no numbers")[0].count == 1
    same = wb.check(pd.DataFrame({"text": texts, "score": 0.5}), task="regression", model=model)
    assert found(same, "one number") and not same.ok


def test_classes_are_measured_over_all_folds(model):
    frame = pd.DataFrame(rows(40), columns=["text", "label"])
    assert found(wb.check(frame, model=model), "too few to measure")
    recipe = wb.Recipe(dataset=frame, model=model, folds=3, fold=1)
    assert not found(wb.check(recipe), "too few to measure")


def test_a_task_that_no_column_fits_is_said():
    table = pd.DataFrame({"text": ["a film", "a book"], "label": ["x", "y"]})
    with pytest.raises(DataError, match="No columns of the data fit Token classification"):
        wb.check(table, task="token-classification")


def test_a_check_reads_its_data_and_the_tokenizer_once(tmp_path, monkeypatch):
    from tests.training import test_chat
    from workbench.catalog.loading import safe_loading

    recipe, counts = test_chat.recipe_for(tmp_path), {"read": 0, "tokenizer": 0}

    def counted(name, real):
        def call(*args, **options):
            counts[name] += 1
            return real(*args, **options)

        return call

    monkeypatch.setattr(sources, "_load_named", counted("read", sources._load_named))
    load = counted("tokenizer", safe_loading.load_tokenizer)
    monkeypatch.setattr(safe_loading, "load_tokenizer", load)
    assert wb.check(recipe).ok and counts == {"read": 1, "tokenizer": 1}


def test_nothing_is_said_of_labels_where_there_are_none(tmp_path):
    texts = [f"The ferry number {n} leaves at noon and comes back." for n in range(40)]
    table = pd.DataFrame({"text": [*texts, *texts[:3], ""], "key": range(44), "kind": "a"})
    table.to_csv(tmp_path / "texts.csv", index=False)
    check = wb.check(tmp_path / "texts.csv", task="masked-language-modelling")
    for name in ("duplicates", "empty text", "constant columns", "id-like columns"):
        said = next(one for one in check.found if one.check == name)
        assert "label" not in f"{said.what} {said.remedy}" and "None" not in str(said.examples)


@pytest.mark.parametrize(
    ("task", "names"),
    [("text-to-text", {"source": "word", "target": "phonemes"}),
     ("sentence-similarity", {"anchor": "prompt", "positive": "completion"})],
    ids=["writes", "finds"],
)  # fmt: skip
def test_the_columns_to_be_named_are_said(task, names):
    one, other = names.values()
    data = pd.DataFrame({one: [f"so {n}" for n in range(30)], other: [f"t {n}" for n in range(30)]})
    recipe = wb.Recipe(task=task, dataset=data)
    with pytest.raises(DataError) as refused:
        examples_of(recipe)
    assert f"columns={names}" in str(refused.value)
    assert len(examples_of(recipe.replace(columns=names)).splits["train"])


def examples_of(recipe):
    """As training loads them."""
    from workbench import tasks

    return tasks.get(recipe.task).load_examples(recipe)
