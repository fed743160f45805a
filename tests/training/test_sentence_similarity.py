"""Texts that belong together: losses by hand, steps that are cut, rankings, what is found."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
import transformers as hf

import workbench as wb
from tests.training import pairs, tiny
from workbench.errors import DataError, ModelError, RecipeError, RunError
from workbench.tasks.sentence_similarity.losses import InBatch, Listwise, pooled
from workbench.tasks.sentence_similarity.ranking import Texts, ranked
from workbench.tasks.sentence_similarity.task import SentenceSimilarity
from workbench.training.preparing import prepare

WAYS = [pytest.param(w, id=w) for w in ("bi_encoder", "cross_encoder")]


def recipe_for(folder, kind: str = "bert", **about) -> wb.Recipe:
    if not (folder / kind).exists():
        tiny.save_model(folder / kind, kind, dropout=about.pop("dropout", 0.0))
    usual = dict(
        task="sentence-similarity", model=str(folder / kind), dataset=pairs.frame(), batch_size=16,
        max_length=24, max_steps=6, learning_rate=5e-3, schedule="constant", evaluate_every=3,
        test_size=20, validation_size=20, precision="fp32",
    )  # fmt: skip
    return wb.Recipe(**{**usual, **about})


def unit(rows):
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float64), dim=-1)


def test_the_loss_is_the_one_by_hand_and_counts_no_text_that_belongs():
    # two rows of the same anchor (0), one of another; the third row's own text is the first's
    vectors = unit([[[1, 0], [1, 1], [0, 1]], [[1, 0], [2, 1], [1, -1]], [[0, 1], [1, 1], [9, 9]]])
    labels = torch.tensor([[0, 1, 5], [0, 2, 6], [3, 1, -1]])
    cosine = lambda a, b: float(vectors[a] @ vectors[b])  # noqa: E731
    losses = InBatch(0.5).rows(vectors, labels)
    # row 0: its own; wrong are 5 and 6 (wrong for row 1); 2 belongs to its anchor, 1 is its own
    of = [
        [cosine((0, 0), (0, 1)), cosine((0, 0), (0, 2)), cosine((0, 0), (1, 2))],
        [cosine((1, 0), (1, 1)), cosine((1, 0), (0, 2)), cosine((1, 0), (1, 2)),
         cosine((1, 0), (2, 1))],
        [cosine((2, 0), (2, 1)), cosine((2, 0), (0, 2)), cosine((2, 0), (1, 1)),
         cosine((2, 0), (1, 2))],
    ]  # fmt: skip
    wanted = [np.log(np.exp(np.array(row) / 0.5).sum()) - row[0] / 0.5 for row in of]
    assert losses.tolist() == pytest.approx(wanted, abs=1e-6)


def test_a_text_that_is_its_own_anchor_is_no_wrong_answer():
    vectors = unit([[[1, 0], [1, 1]], [[1, 2], [1, 0]]])
    labels = torch.tensor([[0, 1], [2, 0]])  # what belongs to the second is the first one's anchor
    losses = InBatch(1.0).rows(vectors, labels)
    assert losses[0].item() == pytest.approx(0.0, abs=1e-9)
    assert losses[1].item() > 0


def test_scores_of_a_list_by_hand():
    scores = torch.tensor([[2.0, 1.0, 0.0], [0.0, 5.0, 0.0]])
    labels = torch.tensor([[0, 1, 2], [3, 4, -1]])
    wanted = [np.log(np.exp([2, 1, 0]).sum()) - 2, np.log(np.exp([0, 5]).sum()) - 0]
    assert Listwise(1.0).rows(scores, labels).tolist() == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("way", ["mean", "cls"])
def test_padding_does_not_count_in_a_vector(way):
    states = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    for mask in ([1, 1, 1, 0, 0], [0, 0, 1, 1, 1]):
        found = pooled(states, torch.tensor([mask] * 2), way)
        places = np.flatnonzero(mask)
        alone = states[:, places].mean(1) if way == "mean" else states[:, places[0]]
        assert torch.allclose(found, torch.nn.functional.normalize(alone, dim=-1), atol=1e-6)
        assert torch.allclose(found.norm(dim=-1), torch.ones(2))


@pytest.mark.parametrize("negatives", [False, True], ids=["pairs", "triplets"])
@pytest.mark.parametrize("kind", ["bert", "distilbert", "modernbert"])
def test_loss_and_gradient_are_those_of_the_whole_step_by_the_library(kind, negatives, tmp_path):
    recipe = recipe_for(tmp_path, kind, dataset=pairs.frame(negatives=negatives))
    prepared = prepare(recipe)
    model, task, rows = prepared.model.eval(), prepared.task, prepared.encoded["train"]
    batch = task.collator(prepared.tokenizer, model)([rows[i] for i in range(6)])
    labels = batch["labels"]
    inputs = {k: v for k, v in batch.items() if k != "labels" and not k.startswith("_")}
    vectors, _ = task.forward(model, inputs, labels)
    InBatch(0.05).total(vectors, labels).backward()
    ours = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    train = prepared.examples.splits["train"].head(6)
    names = ["text", "positive"]
    texts = [list(train[name]) for name in names]
    texts += [[row[0] for row in train["negatives"]]] if negatives else []

    def vector(text):
        states = model(**prepared.tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        return torch.nn.functional.normalize(states.mean(0), dim=0)

    anchors, *others = (torch.stack([vector(text) for text in part]) for part in texts)
    scores = anchors @ torch.cat(others).T / 0.05
    loss = torch.nn.functional.cross_entropy(scores, torch.arange(6), reduction="sum")
    loss.backward()
    assert InBatch(0.05).total(vectors, labels).item() == pytest.approx(loss.item(), rel=1e-5)
    for name, slope in ours.items():
        theirs = dict(model.named_parameters())[name].grad
        assert torch.allclose(slope, theirs, atol=2e-4 * max(1, float(theirs.abs().max()))), name


@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_the_same_however_it_is_cut(way, tmp_path):
    found = []
    for size, times in ((16, 1), (4, 4)):
        recipe = recipe_for(
            tmp_path, batch_size=size, gradient_accumulation=times, length_grouping=False,
            max_steps=2, evaluate_every=2, dataset=pairs.frame(negatives=True),
            matching={"kind": way, "candidates": 8}, learning_rate=1e-3,
        )  # fmt: skip
        run = wb.fine_tune(recipe, tmp_path / f"{way}{size}", progress=False)
        rows = run.history().query("kind == 'step'")
        found.append([*rows["loss"], *rows["grad_norm"]])
    assert found[1] == pytest.approx(found[0], rel=5e-4)


def test_noise_is_the_same_both_times_a_part_is_computed():
    from workbench.training.whole_step import WholeStep

    torch.manual_seed(0)
    weight = torch.randn(3, 4, requires_grad=True)
    drop = torch.nn.Dropout(0.5)
    batches = [{"x": torch.randn(2, 2, 3), "labels": torch.arange(4).reshape(2, 2) + 4 * n}
               for n in range(3)]  # fmt: skip

    def compute(inputs, labels):
        return torch.nn.functional.normalize(drop(inputs["x"] @ weight), dim=-1), labels

    step = WholeStep(InBatch(0.1), batches)
    shares = [
        step.share(n, compute, {"x": batch["x"]}, batch["labels"], dict, torch.manual_seed)
        for n, batch in enumerate(batches)
    ]
    sum(shares).backward()
    slope = weight.grad.clone()
    weight.grad = None
    parts = []
    for n, batch in enumerate(batches):
        torch.manual_seed(n)
        parts.append(compute(batch, None)[0])
    labels = torch.cat([batch["labels"] for batch in batches])
    whole = InBatch(0.1).rows(torch.cat(parts), labels).mean()
    whole.backward()
    assert sum(shares).item() == pytest.approx(whole.item(), rel=1e-5)
    assert torch.allclose(slope, weight.grad, atol=1e-5)


def table(rows):
    return pd.DataFrame(rows, columns=["text", "positive", "negatives"])


def test_candidates_are_the_rows_own_its_wrong_ones_and_none_that_belongs():
    frame = table([("q", "a", ["no"]), ("Q ", "b", []), ("r", "c", []), ("a", "d", []),
                   ("s", "A", [])])  # fmt: skip
    texts = Texts.of(frame)
    found = [{texts.texts[c].lower() for c in row} for row in texts.candidates(100)]
    rows = texts.candidates(100)
    assert [texts.texts[c] for c in rows[:, 0]] == ["a", "b", "c", "d", "A"]
    assert "b" not in found[0] and "a" not in found[1]  # both belong to q
    assert "a" not in found[3]  # it is the question
    assert "no" in {texts.texts[c] for c in texts.candidates(2)[0]}
    assert rows.shape == texts.candidates(100).shape and (rows == texts.candidates(100)).all()
    assert len({len(set(row)) for row in rows.tolist()}) == 1


def test_ranks_and_measures_by_hand():
    frame = table([("q", "a", []), ("r", "b", []), ("s", "c", [])])
    texts = Texts.of(frame)
    place = {text: n for n, text in enumerate(texts.texts)}
    candidates = np.array([[place[x] for x in row] for row in ("abc", "bac", "cab")])
    scores = np.array([[0.9, 0.1, 0.2], [0.5, 0.7, 0.6], [0.4, 0.4, 0.1]])
    found = ranked(frame, texts, candidates, scores, 0.5)
    assert found["rank"].tolist() == [1, 3, 1.5]
    assert found["prediction"].tolist() == ["a", "a", "c"]
    assert found["ahead"].tolist() == [[], ["a", "c"], []]
    assert found["recall_1"].tolist() == [1, 0, 0.5]
    assert found["mrr"].tolist() == pytest.approx([1, 1 / 3, 0.75])
    wanted = np.log(np.exp(scores / 0.5).sum(1)) - scores[:, 0] / 0.5
    assert found["loss"].tolist() == pytest.approx(wanted.tolist())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run of each kind, the first under LoRA."""
    folder = tmp_path_factory.mktemp("similarity")
    rank = {"kind": "lora", "rank": 4}
    bi = recipe_for(folder, method=rank, dataset=pairs.frame(negatives=True), max_steps=12)
    cross = recipe_for(folder, matching={"kind": "cross_encoder", "candidates": 6}, max_steps=4)
    return {
        "bi_encoder": wb.fine_tune(bi, folder / "bi", progress=False),
        "cross_encoder": wb.fine_tune(cross, folder / "cross", progress=False),
    }


@pytest.mark.parametrize("way", WAYS)
def test_it_trains_ranks_and_stands_beside_words_and_itself_before(way, trained):
    run = trained[way]
    steps = run.history().query("kind == 'step'")["loss"]
    assert steps.iloc[-1] < steps.iloc[0]
    assert "is to be judged" not in str(run.status().get("warning"))  # its declaration holds
    found, results = run.predictions(), run.results()
    test = results["metrics"]["test"]
    for name in ("mrr", "recall_1", "recall_5", "recall_10", "ndcg", "loss"):
        assert test[name] == pytest.approx(found[name].mean())
    # numbers are words that both texts share, so that counted words find everything
    assert results["baselines"]["tfidf"]["recall_1"] == 1.0
    assert results["baselines"]["untuned"]["loss"] > test["loss"]
    assert (found["rank"] > 1).tolist() == [bool(len(row)) for row in found["ahead"]]
    intervals = wb.tasks.get("sentence-similarity").intervals(found, resamples=50)
    assert intervals["metric"].iloc[0] == "mrr"
    assert (intervals["low"] <= intervals["value"]).all()


def test_plain_transformers_gives_the_vectors_that_were_kept(trained):
    folder = trained["bi_encoder"].path / "model"
    model = hf.AutoModel.from_pretrained(folder).eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    texts = pd.read_parquet(folder / "index" / "texts.parquet")["text"].tolist()[:4]
    kept = np.load(folder / "index" / "vectors.npy")[:4]
    for text, vector in zip(texts, kept, strict=True):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        wanted = torch.nn.functional.normalize(states.mean(0), dim=0).numpy()
        assert vector == pytest.approx(wanted, abs=1e-5)
    parts = json.loads((folder / "modules.json").read_text())
    assert [part["path"] for part in parts] == ["", "1_Pooling", "2_Normalize"]
    about = json.loads((folder / "1_Pooling" / "config.json").read_text())
    assert about["pooling_mode_mean_tokens"] and about["word_embedding_dimension"] == 32


def scores_by_the_library(run, first, second) -> list[float]:
    """How near pairs of texts are, by transformers alone: cosines of means, or a head's scores."""
    tokenizer = hf.AutoTokenizer.from_pretrained(run.path / "model")
    scorer = run.recipe.matching["kind"] == "cross_encoder"
    auto = hf.AutoModelForSequenceClassification if scorer else hf.AutoModel
    model = auto.from_pretrained(run.path / "model").eval()

    def vector(text):
        states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        return torch.nn.functional.normalize(states.mean(0), dim=0)

    with torch.no_grad():
        if scorer:
            pairs_of = zip(first, second, strict=True)
            return [model(**tokenizer(a, b, return_tensors="pt")).logits[0, 0].item()
                    for a, b in pairs_of]  # fmt: skip
        return [float(vector(a) @ vector(b)) for a, b in zip(first, second, strict=True)]


@pytest.mark.parametrize("way", WAYS)
def test_scores_are_those_of_the_plain_library_of_pairs_that_are_compared_too(way, trained):
    run = trained[way]
    table = run.predictions().head(6)
    known = scores_by_the_library(run, table["text"], table["label"])
    assert table["score"].tolist() == pytest.approx(known, abs=1e-5)
    typed = pd.DataFrame({"anchor": ["story film 3", "bad", "warm"],
                          "positive": ["3 a bad book", "the story", ""]})  # fmt: skip
    said = run.predict(typed)
    known = scores_by_the_library(run, typed["anchor"][:2], typed["positive"][:2])
    assert said["other_score"].tolist()[:2] == pytest.approx(known, abs=1e-5)
    assert np.isnan(said["other_score"][2]) and said["other"].tolist() == [*typed["positive"]]
    alone = run.predict(typed["anchor"].tolist())  # what is found is the same
    assert "other" not in alone and said["nearest"].map(list).tolist() == [
        list(row) for row in alone["nearest"]]  # fmt: skip
    for no_texts in ([1, 2, 3], [["x"], ["y"], ["z"]], ["x", 2, "z"]):
        unread = run.predict(typed.assign(positive=no_texts))
        assert "other" not in unread and unread["score"].tolist() == alone["score"].tolist()


def test_what_is_compared_is_the_column_that_the_run_was_trained_with():
    task = SentenceSimilarity()
    typed = pd.DataFrame({"query": ["a b"], "positive": ["of something else"]})
    named = wb.Recipe(dataset="x.csv", task="sentence-similarity",
                      columns={"anchor": "query", "positive": "passage"})  # fmt: skip
    assert list(task.asked(typed, named)) == ["text"]
    given = task.asked(typed.assign(passage=[None]), named)
    assert given.to_dict("list") == {"text": ["a b"], "other": [""]}
    bare = wb.Recipe(dataset="x.csv", task="sentence-similarity", columns={"anchor": "query"})
    assert task.asked(typed, bare)["other"].tolist() == ["of something else"]


@pytest.mark.parametrize("way", WAYS)
def test_a_typed_question_finds_the_nearest_of_training_or_of_a_list(way, trained, tmp_path):
    run = trained[way]
    said = run.predict(["story film good 3", "bad"])
    known = pd.read_parquet(run.path / "model" / "index" / "texts.parquet")["text"]
    assert said["prediction"].isin(known).all() and said["nearest"].map(len).tolist() == [5, 5]
    assert said["prediction"].tolist() == [row[0] for row in said["nearest"]]
    for scores in said["nearest_scores"]:
        assert list(scores) == sorted(scores, reverse=True)
    among = ["a film", "3 bad book", "the story"]
    found = run.nearest(["film 3", "story"], among=among, k=2)
    assert found["nearest"].map(len).tolist() == [2, 2]
    assert set(found["prediction"]) <= set(among)
    file = tmp_path / "replies.txt"
    file.write_text("\n".join(among) + "\n")
    again = run.nearest(["film 3", "story"], among=file, k=2)
    assert again["prediction"].tolist() == found["prediction"].tolist()
    assert run.predict("bad")["prediction"].tolist() == said["prediction"].tolist()[1:]
    with pytest.raises(DataError, match="no text to find among"):
        run.nearest("film", among=[])


SHAPES = {
    "pairs of another name": (
        [{"question": "what is it", "answer": "a film"}], ("question", "answer")),
    "prompt and completion": (
        [{"prompt": "what is it", "completion": "a film"}], ("prompt", "completion")),
    "query and passage": ([{"query": "what is it", "passage": "a film"}], ("query", "passage")),
    "sentences": ([{"sentence1": "so it is", "sentence2": "it is so"}], ("sentence1", "sentence2")),
    "Chinese": ([{"问题": "这是什么", "回答": "一部电影"}], ("问题", "回答")),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "names"), SHAPES.values(), ids=SHAPES)
def test_the_check_finds_the_two_columns(rows, names, tmp_path):
    data = pd.DataFrame([{name: f"{text} {n}" for name, text in rows[0].items()}
                         for n in range(40)])  # fmt: skip
    found = wb.check(data, task="sentence-similarity", model=str(tmp_path / "none"))
    assert (found.mapping.columns["anchor"], found.mapping.columns["positive"]) == names


def test_lists_triplets_scores_and_conversations_become_pairs(tmp_path):
    from workbench.data.matched_pairs import load_pairs

    def loaded(data, **about):
        recipe = wb.Recipe(task="sentence-similarity", dataset=data, test_size=5,
                           validation_size=5, **about)  # fmt: skip
        return load_pairs(recipe)

    lists = pd.DataFrame({"query": [f"q {n}" for n in range(30)],
                          "pos": [[f"a {n}", f"b {n}"] for n in range(30)],
                          "neg": [[f"x {n}"] if n % 2 else [] for n in range(30)]})  # fmt: skip
    columns = {"anchor": "query", "positive": "pos", "negative": "neg"}
    found = loaded(lists, columns=columns)
    whole = pd.concat(found.splits.values())
    assert len(whole) == 60 and whole["negatives"].map(len).sum() == 30
    for name in ("validation", "test"):  # both answers of a question are in one split
        assert not set(found.splits[name]["text"]) & set(found.splits["train"]["text"])
    scored = pd.DataFrame({"anchor": [f"q {n // 3}" for n in range(60)],
                           "positive": [f"a {n}" for n in range(60)],
                           "score": [(5, 1, 3)[n % 3] for n in range(60)]})  # fmt: skip
    found = loaded(scored)
    whole = pd.concat(found.splits.values())
    assert len(whole) == 20 and whole["negatives"].map(len).tolist() == [1] * 20
    assert any("20 pairs with a score between" in note for note in found.notes)
    said = [[{"role": "user", "content": f"how {n}"}, {"role": "assistant", "content": f"so {n}"},
             {"role": "user", "content": f"why {n}"}, {"role": "assistant", "content": f"it {n}"}]
            for n in range(20)]  # fmt: skip
    talks = pd.DataFrame({"messages": [json.dumps(one) for one in said]})
    found = loaded(talks, columns={"anchor": "messages"})
    whole = pd.concat(found.splits.values())
    assert len(whole) == 40 and {("how 3", "so 3"), ("why 3", "it 3")} <= set(
        zip(whole["text"], whole["positive"], strict=True)
    )
    for name in ("validation", "test"):  # a conversation is in one split
        assert not set(found.splits[name]["row"]) & set(found.splits["train"]["row"])


def test_the_check_says_what_is_wrong_with_pairs(tmp_path):

    data = pairs.frame(40, negatives=True)
    data.loc[0, "positive"] = data.loc[0, "anchor"].upper()
    data.loc[1, "anchor"] = data.loc[2, "anchor"]
    data.loc[3] = data.loc[4]
    data.loc[5, "negative"] = data.loc[5, "positive"]
    test = data.iloc[[6, 7, 8]].reset_index(drop=True)
    test.loc[1, "positive"] = "another one"
    folder = tmp_path / "data"
    folder.mkdir()
    data.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    tiny.save_model(tmp_path / "bert")
    found = wb.check(str(folder), task="sentence-similarity", model=str(tmp_path / "bert"))
    said = {finding.check: finding for finding in found.found}
    assert said["pairs same"].count == 1 and said["pairs many"].count == 2
    assert said["pairs twice"].count == 1 and said["pairs contrary"].count == 1
    assert said["pairs leaked"].count == 2 and said["pairs leaked anchor"].count == 1
    assert "test row 1" in said["pairs leaked anchor"].examples[0]


BAD = {
    "no column": (pd.DataFrame({"a": ["x"] * 9}), "no column 'anchor'"),
    "no second column": (pd.DataFrame({"anchor": ["x"] * 9}), "no column 'positive'"),
    "empty": (pairs.frame(9).assign(positive=["a"] * 8 + [" "]), "Row 8 of 'train' has an empty"),
    "missing": (pairs.frame(9).assign(anchor=[None] + ["a"] * 8), "Row 0 of 'train' has no anchor"),
    "a number": (pairs.frame(9).assign(positive=range(9)), "has 0 as positive"),
    "a wrong list": (pairs.frame(9).assign(positive=[[]] * 9), "has no positive"),
    "an empty wrong text": (
        pairs.frame(9).assign(negative=["x"] * 8 + ["  "]), "an empty negative"),
    "no number": (pairs.frame(9).assign(score=["high"] * 9), "which is no number"),
    "all low": (pairs.frame(9).assign(score=[0.6] * 8 + [0.1]), "fewer than 2 pairs"),
    "one pair": (pairs.frame(1), None),
}  # fmt: skip


@pytest.mark.parametrize(("data", "match"), BAD.values(), ids=BAD)
def test_bad_pairs_are_refused_in_one_sentence(data, match):
    from workbench.data.matched_pairs import load_pairs

    recipe = wb.Recipe(task="sentence-similarity", dataset=data, test_size=1, validation_size=1)
    if match == "fewer than 2 pairs":
        recipe = recipe.replace(dataset=data.assign(score=[1.0] + [0.6] * 7 + [0.1]))
        match = None
    with pytest.raises(DataError, match=match):
        load_pairs(recipe)


def test_settings_that_mean_nothing_are_refused(tmp_path):
    for about, match in (
        ({"matching": {"kind": "bi_encoder", "pooling": "max"}}, "pooling"),
        ({"matching": {"kind": "bi_encoder", "temperature": 0}}, "temperature"),
        ({"matching": {"kind": "cross_encoder", "pooling": "cls"}}, "pooling"),
        ({"matching": "vectors"}, "matching.kind"),
        ({"matching": {"kind": "cross_encoder", "negatives": 0}}, "negatives"),
    ):
        with pytest.raises(RecipeError, match=match):
            recipe_for(tmp_path, **about)
    begun = recipe_for(tmp_path, matching={"kind": "bi_encoder", "temperature": 1e-8})
    assert wb.Recipe.from_yaml(begun.to_yaml()) == begun  # a run may have begun so
    with pytest.raises(RecipeError, match="is 1e-08, by which .* Give at least 1e-06"):
        wb.fine_tune(begun, tmp_path / "new", progress=False)
    assert not (tmp_path / "new").exists()
    with pytest.raises(RecipeError, match="sampling"):
        prepare(recipe_for(tmp_path, sampling="oversample"))
    from tests.training import writers

    writers.save(tmp_path / "gpt2", "gpt2")
    with pytest.raises(ModelError, match="gpt2"):
        prepare(recipe_for(tmp_path, model=str(tmp_path / "gpt2")))


def test_a_model_without_its_texts_says_so(trained, tmp_path):
    import shutil

    run = trained["bi_encoder"]
    shutil.copytree(run.path, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "model" / "index")
    with pytest.raises(RunError, match="no texts to find"):
        wb.open_run(tmp_path / "copy").predict("film")
