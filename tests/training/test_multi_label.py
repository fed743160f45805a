"""Several labels a text: reading, loss, thresholds and metrics, by hand and against sklearn."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
import torch

import workbench as wb
from tests.training import tiny
from workbench import inspection, tasks
from workbench.data.multi_label import label_set, load_label_sets, multi_hot
from workbench.data.reading import sources
from workbench.errors import DataError, RecipeError
from workbench.tasks.shared import decisions
from workbench.tasks.shared.label_thresholds import best_thresholds
from workbench.training.objectives.binary_cross_entropy import BinaryCrossEntropy
from workbench.training.objectives.class_weights import positive_weights

TASK = tasks.get("multi-label-classification")


def labelled(n=128):
    """Texts with a good or a bad word or both or none: two labels that a word decides."""
    rng = np.random.RandomState(0)
    rows = []
    for number in range(n):
        words = list(rng.choice(tiny.WORDS[10:], size=rng.randint(3, 9)))
        labels = [name for i, name in enumerate(("praise", "blame")) if number >> i & 1]
        for name in labels:
            pool = tiny.GOOD if name == "praise" else tiny.BAD
            words.insert(rng.randint(len(words)), pool[number % 5])
        rows.append({"text": " ".join(words) + f" {number}", "label": labels})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    return tiny_recipe.replace(
        task="multi-label-classification", dataset=labelled(), epochs=8, test_size=24,
        validation_size=16,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return wb.fine_tune(recipe, tmp_path_factory.mktemp("run") / "run", progress=False)


def hot(rows, names=("blame", "praise")):
    return multi_hot(rows, list(names))


def test_a_run_learns_decides_by_its_thresholds_and_tells_sklearns_numbers(run):
    table = run.predictions("test")
    assert list(table.columns) == [
        "text", "label", "prediction", "loss", "score_blame", "score_praise", "row"]
    truth, guess = hot(table["label"]), hot(table["prediction"])
    metrics = run.metrics("test")
    for name, value in {
        "macro_f1": sklearn.metrics.f1_score(truth, guess, average="macro", zero_division=0),
        "micro_f1": sklearn.metrics.f1_score(truth, guess, average="micro", zero_division=0),
        "subset_accuracy": sklearn.metrics.accuracy_score(truth, guess),
        "hamming_loss": sklearn.metrics.hamming_loss(truth, guess),
        "loss": sklearn.metrics.log_loss(truth.ravel(), table.filter(like="score_").to_numpy(
            ).ravel()),
    }.items():  # fmt: skip
        assert metrics[name] == pytest.approx(value, abs=1e-6), name
    assert metrics["macro_f1"] > 0.8
    baselines = run.results()["baselines"]
    assert set(baselines) == {"most_frequent_set", "tfidf_one_vs_rest"}
    assert metrics["macro_f1"] > baselines["most_frequent_set"]["macro_f1"]
    # thresholds: of the validation predictions, kept with the model, applied to the test ones
    kept = decisions.kept(run.model_path)["thresholds"]
    validation = run.predictions("validation")
    chosen = best_thresholds(hot(validation["label"]), validation.filter(like="score_").to_numpy())
    assert list(kept.values()) == pytest.approx(chosen.tolist())
    scores = table.filter(like="score_").to_numpy()
    assert np.array_equal(guess > 0, scores >= np.asarray(list(kept.values())))
    assert run.results()["best_metric"] == "macro_f1"


def test_predict_takes_the_thresholds_and_is_the_pipeline(run):
    texts = [*run.predictions("test")["text"].head(6), "the story so"]
    ours = run.predict(texts)
    assert "label" not in ours and "loss" not in ours
    kept = decisions.kept(run.model_path)["thresholds"]
    for row in ours.to_dict("records"):
        wanted = [name for name in kept if row[f"score_{name}"] >= kept[name]]
        assert row["prediction"] == wanted
    for row, answer in zip(ours.to_dict("records"), run.pipeline()(texts), strict=True):
        for said in answer:
            assert said["score"] == pytest.approx(row[f"score_{said['label']}"], abs=1e-5)
    seen = inspection.attention(run, texts[0])
    assert seen.prediction == inspection.labels_text(ours["prediction"][0])
    effects = inspection.word_effects(run, texts[1])
    assert effects.attrs["target"] in kept
    near = inspection.nearest_examples(run, texts[1], n=2)
    assert set(near["label"]) <= {"praise", "blame", "blame, praise", "praise, blame", "(none)"}


def test_the_fast_path_is_the_library(recipe, tmp_path):
    folder = tiny.save_model(tmp_path / "model", dropout=0.0)
    plain = recipe.replace(model=str(folder), epochs=1, class_weights="balanced")
    fast = wb.fine_tune(plain, tmp_path / "fast", progress=False)
    exact = wb.fine_tune(plain.replace(speed="exact"), tmp_path / "exact", progress=False)
    assert fast.status()["speed"].startswith("no padding")
    losses = [r.history().query("kind == 'step'")["loss"].tolist() for r in (fast, exact)]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


@pytest.mark.parametrize("weights", [None, np.array([0.5, 3.0, 1.0])])
def test_the_loss_is_torchs_however_a_batch_is_cut(weights):
    torch.manual_seed(0)
    logits, labels = torch.randn(7, 3), torch.randint(0, 2, (7, 3)).float()
    loss = BinaryCrossEntropy(weights)
    whole = (loss.total(logits, labels) / loss.normaliser(labels)).item()
    usual = torch.nn.BCEWithLogitsLoss(
        pos_weight=None if weights is None else torch.tensor(weights, dtype=torch.float32)
    )
    assert whole == pytest.approx(usual(logits, labels).item())
    parts = [(logits[a:b], labels[a:b]) for a, b in ((0, 3), (3, 7))]
    cut = sum(loss.total(*part) for part in parts) / sum(loss.normaliser(y) for _, y in parts)
    assert cut.item() == pytest.approx(whole)


def test_the_focal_loss_by_hand():
    logits = torch.tensor([[0.0, 2.0]], requires_grad=True)
    loss = BinaryCrossEntropy(None, gamma=2.0).total(logits, torch.tensor([[1.0, 0.0]]))
    p = 1 / (1 + np.exp(-2.0))
    assert loss.item() == pytest.approx(0.25 * np.log(2) - p**2 * np.log(1 - p))
    far = torch.tensor([[90.0, -90.0]], requires_grad=True)
    BinaryCrossEntropy(None, gamma=0.5).total(far, torch.tensor([[1.0, 0.0]])).backward()
    assert torch.isfinite(far.grad).all()


def test_weights_of_labels():
    targets = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    names = ["a", "b", "c"]
    assert positive_weights("balanced", targets, names).tolist() == [3.0, 1.0, 1.0]
    assert positive_weights({"b": 2.0}, targets, names).tolist() == [1.0, 2.0, 1.0]
    assert positive_weights(None, targets, names) is None
    with pytest.raises(RecipeError, match="2 weights for 3"):
        positive_weights([1.0, 2.0], targets, names)


def test_the_head_starts_at_the_shares_of_the_labels(recipe):
    from workbench.training.preparing import prepare

    prepared = prepare(recipe.replace(class_weights={"praise": 4.0}))
    targets = np.stack(prepared.examples.splits["train"]["targets"])
    n, having = len(targets), targets.sum(axis=0)
    bias = prepared.model.classifier.bias.detach().numpy()
    odds = (having + 1) / (n - having + 1) * [1.0, 4.0]
    assert np.exp(bias) == pytest.approx(odds, rel=1e-5)


def test_thresholds_are_the_best_of_all():
    rng = np.random.default_rng(0)
    targets = (rng.random((60, 4)) < 0.3).astype(float)
    targets[:, 3] = 0
    scores = np.round(np.clip(targets * 0.3 + rng.random((60, 4)) * 0.7, 0, 1), 2)  # with ties
    found = best_thresholds(targets, scores)
    assert found[3] == 0.5
    for number in range(3):
        truth = targets[:, number]
        tried = [
            sklearn.metrics.f1_score(truth, scores[:, number] >= limit, zero_division=0)
            for limit in [found[number], *np.arange(0, 1.005, 0.005)]
        ]
        assert tried[0] == pytest.approx(max(tried))
    # 0.5 where it does as well as any other; the middle of the gap elsewhere
    truth, parted = np.array([[1], [0]]), np.array([[0.9], [0.2]])
    assert best_thresholds(truth, parted).tolist() == [0.5]
    assert best_thresholds(truth, parted / 2).tolist() == pytest.approx([0.275])


def test_label_sets_are_read():
    assert label_set(np.array(["b", "a"]), None) == ("b", "a")
    assert label_set([3, 1], None) == ("3", "1")
    assert label_set(" a ;b;; a", ";") == ("a", "b") and label_set("", ";") == ()
    assert label_set(None, None) is None and label_set(float("nan"), ";") is None
    for wrong in ("a", 4, ["a", 1.5], [["a"]], [None], ["a", " "]):
        with pytest.raises(ValueError, match="is no|empty name"):
            label_set(wrong, None)


def test_lists_and_texts_with_a_separator_are_the_same_examples(recipe, tmp_path):
    frame = labelled(60)
    lists = load_label_sets(recipe.replace(dataset=frame))
    texts = frame.assign(label=frame["label"].map("; ".join))
    cut = load_label_sets(recipe.replace(dataset=texts, label_separator=";"))
    assert lists.label_names == cut.label_names == ["blame", "praise"]
    for split, one in lists.splits.items():
        assert one["text"].tolist() == cut.splits[split]["text"].tolist()
        assert np.array_equal(np.stack(one["targets"]), np.stack(cut.splits[split]["targets"]))
        assert np.array_equal(np.stack(one["targets"]), hot(one["labels"]))
    path = tmp_path / "data.jsonl"
    frame.to_json(path, orient="records", lines=True)
    assert load_label_sets(recipe.replace(dataset=str(path))).fingerprint == lists.fingerprint
    assert sum(lists.balance("train").values()) == int(np.stack(lists.splits["train"]["targets"])
                                                       .sum())  # fmt: skip
    assert "have none of the labels" in " ".join(lists.notes)
    assert set(lists.preview(20)["label"]) <= {"praise", "blame", "praise, blame", ""}
    few = [hot(f["labels"]).mean(axis=0) for f in lists.splits.values()]
    assert np.ptp(few, axis=0).max() < 0.2, "stratified by the rarest label"


def test_pairs_and_folds(recipe, tiny_model):
    from transformers import AutoTokenizer

    frame = labelled(60).assign(other=lambda f: f["text"].str.upper())
    pairs = recipe.replace(dataset=frame, columns={"pair": "other"}, folds=3, fold=2)
    examples = load_label_sets(pairs)
    assert examples.has_pairs and len(examples.splits["test"]) == 20
    encoded = TASK.encode(AutoTokenizer.from_pretrained(tiny_model), examples.splits["test"], 32)
    assert encoded.labels.shape == (20, 2) and encoded.labels.dtype == np.float32
    table = TASK.predictions(examples.splits["test"], encoded, np.zeros((20, 2), np.float32),
                             examples.label_names)  # fmt: skip
    assert "pair" in table and table["loss"].tolist() == pytest.approx([np.log(2)] * 20)


def test_columns_of_one_label_each(recipe):
    frame = labelled(60)
    apart = frame.drop(columns="label").assign(
        praise=["praise" in labels for labels in frame["label"]],
        blame=[int("blame" in labels) for labels in frame["label"]],
    )
    named = {"label": "blame, praise"}
    lists = load_label_sets(recipe.replace(dataset=frame))
    found = load_label_sets(recipe.replace(dataset=apart, columns=named))
    for split, one in lists.splits.items():
        assert one["text"].tolist() == found.splits[split]["text"].tolist()
        assert np.array_equal(np.stack(one["targets"]), np.stack(found.splits[split]["targets"]))
    check = wb.check(recipe.replace(dataset=apart, columns=named))
    assert check.mapping.task == "multi-label-classification" and check.recipe.columns == named
    assert not [f for f in check.found if f.severity == "error"]
    apart.loc[7, "blame"] = 2
    with pytest.raises(DataError, match="Row 7 has 2 in 'blame'"):
        load_label_sets(recipe.replace(dataset=apart, columns=named))


def test_numbers_of_named_labels():
    import datasets as hf

    names = hf.Features({"text": hf.Value("string"), "label": hf.List(hf.ClassLabel(
        names=["joy", "anger"]))})  # fmt: skip
    rows = {"text": [f"text {i}" for i in range(40)], "label": [[0], [1], [0, 1], []] * 10}
    found = load_label_sets(
        wb.Recipe(
            task="multi-label-classification",
            dataset=sources.store(hf.Dataset.from_dict(rows, features=names)),
        )
    )
    assert found.label_names == ["anger", "joy"]


@pytest.mark.parametrize(
    ("labels", "changes", "says"),
    [(["a", "b"] * 20, {}, "Row 0 of 'train' has 'a' as its labels, which is a text"),
     ([["a"], ["a"]] * 20, {}, "only the label 'a'"), ([[], []] * 20, {}, "no label at all"),
     ([["a", "b"], None] * 20, {}, "have no label"),
     ([["a"], ["b", " "]] * 20, {}, "Row 1 of 'train' has wrong labels: ' ' is an empty name")],
)  # fmt: skip
def test_labels_that_are_none(recipe, labels, changes, says):
    frame = pd.DataFrame({"text": [f"text {n}" for n in range(40)], "label": labels})
    with pytest.raises(DataError, match=says):
        load_label_sets(recipe.replace(dataset=frame, **changes))


@pytest.mark.parametrize(
    "changes",
    [{"sampling": "oversample"}, {"label_smoothing": 0.1}, {"fixes": ["merge_labels"]},
     {"corrections": "x.jsonl"}, {"fixes": ["drop_rare_classes:5"]}],
)  # fmt: skip
def test_settings_for_one_label_are_refused(recipe, changes):
    with pytest.raises(RecipeError, match=next(iter(changes))):
        load_label_sets(recipe.replace(**changes))


def test_fixes_that_hold(recipe):
    frame = labelled(60)
    frame.loc[[3, 4], "label"] = pd.Series([None, None], index=[3, 4], dtype=object)
    frame = pd.concat([frame, frame.iloc[[0, 10]]], ignore_index=True)
    fixed = recipe.replace(dataset=frame, fixes=["drop_unlabelled", "drop_duplicates"])
    examples = load_label_sets(fixed)
    assert sum(map(len, examples.splits.values())) == 58


def made():
    """Four texts and three labels: by hand, half of the labels found, one set of four right."""
    truth = [["a"], ["a", "b"], [], ["c"]]
    guess = [["a"], ["b", "c"], ["a"], []]
    scores = [[0.9, 0.2, 0.1], [0.4, 0.8, 0.7], [0.6, 0.1, 0.2], [0.3, 0.3, 0.2]]
    return pd.DataFrame({
        "text": list("wxyz"), "label": truth, "prediction": guess, "loss": [0.1, 0.9, 0.5, 0.7],
        **{f"score_{name}": column for name, column in zip("abc", np.transpose(scores),
                                                           strict=True)},
    })  # fmt: skip


def test_tables_of_errors_by_hand():
    table = made()
    assert TASK.metrics(table, list("abc")) == pytest.approx(
        {"macro_f1": (0.5 + 1 + 0) / 3, "micro_f1": 4 / 8, "subset_accuracy": 0.25,
         "hamming_loss": 4 / 12, "loss": 0.55, "examples": 4})  # fmt: skip
    report = inspection.label_set_report(table).set_index("class")
    assert report.loc[list("abc"), "support"].tolist() == [2, 1, 1]
    assert report.loc[list("abc"), "missed"].tolist() == [1, 0, 1]
    assert report.loc[list("abc"), "invented"].tolist() == [1, 0, 1]
    assert report.loc[list("abc"), "f1"].tolist() == [0.5, 1.0, 0.0]
    errors = inspection.label_set_errors(table)
    assert errors[["example", "label", "kind"]].values.tolist() == [
        [3, "c", "missed"], [1, "c", "invented"], [1, "a", "missed"], [2, "a", "invented"]]
    assert len(inspection.label_set_errors(table, label="c", kind="missed")) == 1
    pairs = inspection.label_set_confusions(table)
    assert pairs.values.tolist() == [["a", "c", 1, 0.5]]
    intervals = inspection.metric_intervals(table).set_index("metric")
    assert intervals["value"].to_dict() == pytest.approx(
        {"micro_f1": 0.5, "macro_f1": 0.5, "subset_accuracy": 0.25, "hamming_loss": 1 / 3})
    assert (intervals["low"] <= intervals["value"]).all()
    assert (intervals["value"] <= intervals["high"]).all()
    curve = inspection.label_threshold_curve(table, label="a")  # scores 0.9 0.6 0.4 0.3
    assert curve["threshold"].tolist() == [0.9, 0.6, 0.4, 0.3]
    assert curve["precision"].tolist() == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert curve["recall"].tolist() == [0.5, 0.5, 1, 1]
    with pytest.raises(DataError, match="no label 'd'"):
        inspection.label_set_errors(table, label="d")
    with pytest.raises(DataError, match="not of sets of labels"):
        inspection.label_sets(pd.DataFrame({"text": ["x"], "label": ["a"], "prediction": ["a"]}))


def test_what_is_for_one_class_says_so(run):
    table = run.predictions("test")
    for ask in (inspection.confusion, inspection.per_class_errors, inspection.scored,
                inspection.label_issues, inspection.reliability):  # fmt: skip
        with pytest.raises(DataError, match="are sets of labels, and this is for one class"):
            ask(table)
    with pytest.raises(DataError, match="are sets of labels"):
        inspection.ensemble([run, run])
    with pytest.raises(wb.errors.RunError, match="one class a text"):
        run.calibrate()


def test_the_bootstrap_is_that_of_sklearn():
    rng = np.random.default_rng(1)
    truth = rng.random((200, 3)) < 0.4
    guess = truth ^ (rng.random((200, 3)) < 0.2)
    name = lambda rows: [[n for n, on in zip("abc", row, strict=True) if on] for row in rows]  # noqa: E731
    table = pd.DataFrame({"text": [""] * 200, "label": name(truth), "prediction": name(guess),
                          **{f"score_{n}": guess[:, i] * 1.0 for i, n in enumerate("abc")}})
    ours = inspection.label_set_intervals(table).set_index("metric")
    drawn = rng.integers(200, size=(400, 200))
    for metric, score in (
        ("macro_f1", lambda t, g: sklearn.metrics.f1_score(t, g, average="macro")),
        ("hamming_loss", sklearn.metrics.hamming_loss),
    ):
        values = [score(truth[rows], guess[rows]) for rows in drawn]
        low, high = np.percentile(values, [2.5, 97.5])
        assert ours.loc[metric, "low"] == pytest.approx(low, abs=0.012)
        assert ours.loc[metric, "high"] == pytest.approx(high, abs=0.012)


def test_the_report_slices_and_command(run, tmp_path, capsys):
    from workbench import cli

    report = inspection.report(run)
    assert "Left out" not in report.markdown and "threshold" in report.markdown
    wrong, kind = inspection.SliceColumns(run).errors()
    assert kind == "error"
    assert 1 - wrong.mean() == pytest.approx(run.metrics("test")["subset_accuracy"])
    texts = tmp_path / "texts.csv"
    run.predictions("test")[["text"]].head(3).to_csv(texts, index=False)
    cli.main(["predict", str(run.path), str(texts), "--out", str(tmp_path / "out.csv")])
    said = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)["prediction"]
    assert said.tolist() == [";".join(row) for row in run.predict(texts)["prediction"]]
