"""A student learns what its teacher says: by hand, for every task, resumed exactly, or refused."""

import dataclasses
import json
import math
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import workbench as wb
from tests.training import (
    fillers,
    test_chat,
    test_language_modelling,
    test_masked_language_modelling,
    test_multi_label,
    test_question_answering,
    test_text_to_text,
    test_token_classification,
    tiny,
    writers,
)
from tests.training import test_regression as numbers
from tests.training.test_exact_resume import drive
from workbench.errors import RecipeError, RunError
from workbench.recipe import LOSSES, losses_for
from workbench.tasks.shared.encoding import Encoded
from workbench.tasks.shared.token_loss import TokenCrossEntropy
from workbench.tasks.shared.word_head import Words
from workbench.training.distilling import divergences, hidden, soft, teachers
from workbench.training.distilling.loss import OfRows, OfWords
from workbench.training.distilling.words import TeacherWords
from workbench.training.objectives.cross_entropy import CrossEntropy
from workbench.training.preparing import prepare


def distilled(recipe, teacher, **about):
    return recipe.replace(loss={"kind": "distillation", "teacher": str(teacher), **about})


def first_loss(run):
    return run.history().query("kind == 'step'")["loss"].iloc[0]


def narrow(folder, source):
    """A random encoder of half the width, with the words of ``source``."""
    import transformers as hf

    config = hf.AutoConfig.from_pretrained(source)
    config.hidden_size, config.num_hidden_layers, config.intermediate_size = 16, 1, 32
    torch.manual_seed(1)
    hf.AutoModel.from_config(config).save_pretrained(folder)
    hf.AutoTokenizer.from_pretrained(source).save_pretrained(folder)
    return folder


# by hand --------------------------------------------------------------------------------------
def test_the_divergence_of_classes_and_its_slope_by_hand():
    student = torch.tensor([[0.0, 0.0]], requires_grad=True)
    teacher = torch.tensor([[2 * math.log(3), 0.0]])  # at T = 2: 3/4 and 1/4
    found = divergences.of_classes(student, teacher, 2.0)
    kl = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert found.tolist() == pytest.approx([4 * kl], rel=1e-6)
    (slope,) = torch.autograd.grad(found.sum(), student)  # T (q - p)
    assert slope[0].tolist() == pytest.approx([2 * (0.5 - 0.75), 2 * (0.5 - 0.25)], rel=1e-6)
    torch.manual_seed(0)
    ours, theirs = torch.randn(7, 5), torch.randn(7, 5)
    library = 9 * torch.nn.functional.kl_div(
        (ours / 3).log_softmax(-1), (theirs / 3).log_softmax(-1), log_target=True, reduction="none"
    ).sum(-1)  # fmt: skip
    assert torch.allclose(divergences.of_classes(ours, theirs, 3.0), library, rtol=1e-5)


def test_labels_numbers_and_spans_by_hand():
    student, teacher = torch.zeros(1, 2), torch.tensor([[2 * math.log(3), 0.0]])
    kl = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)  # the other label agrees
    assert divergences.of_labels(student, teacher, 2.0).item() == pytest.approx(4 * kl, rel=1e-6)
    assert divergences.of_numbers(torch.tensor([[3.0]]), torch.tensor([[5.0]]), 2.0).item() == 4
    padding = [-math.inf, -math.inf]
    ours = torch.tensor([[[0.0, 0.0], [0.0, 0.0], padding]])
    theirs = torch.tensor([[[2 * math.log(3), 0.0], [0.0, 0.0], padding]])
    found = divergences.of_spans(ours, theirs, 2.0)
    assert found.item() == pytest.approx(4 * kl / 2, rel=1e-6), "the ends' divergence is 0"


def rows_loss(output, own, said, labels, **about):
    value = {"kind": "distillation", "teacher": "t", **about}
    loss = LOSSES.module("distillation").make(LOSSES.settings(value), own)
    assert type(loss) is OfRows
    loss.output, loss._said, loss._labels = output, said, labels
    loss.soft = soft.Soft(said.numpy())
    return loss


def test_both_parts_are_mixed_and_weights_of_classes_weigh_both():
    said = torch.tensor([[0.0, 0.0], [2 * math.log(3), 0.0], [9.0, 9.0]])
    own = CrossEntropy(np.array([1.0, 3.0]), 0.0)
    loss = rows_loss("class", own, said, torch.tensor([0, 1, 0]), weight=0.25)
    rows = torch.tensor([1, 0])  # numbers of rows, in whatever order a batch has them
    logits = torch.zeros(2, 2)
    kl = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    by_hand = 0.75 * (3 + 1) * math.log(2) + 0.25 * (3 * 4 * kl)
    assert loss.total(logits, rows).item() == pytest.approx(by_hand, rel=1e-6)
    assert loss.normaliser(rows).item() == 4
    parts = sum(loss.total(logits[i : i + 1], rows[i : i + 1]) for i in range(2))
    assert parts.item() == pytest.approx(by_hand, rel=1e-6)


def test_of_words_the_places_that_are_learnt_count():
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 3, 6, requires_grad=True), torch.randn(2, 3, 8)
    labels = torch.tensor([[1, -100, 2], [-100, 5, -100]])
    value = {"kind": "distillation", "teacher": "t", "weight": 0.5, "temperature": 2.0}
    loss = LOSSES.module("distillation").make(LOSSES.settings(value), TokenCrossEntropy())
    assert type(loss) is OfWords
    loss._words = TeacherWords(SimpleNamespace())
    loss._words.said = Words.given(theirs, labels)
    found = loss.total_of(Words.given(ours, labels))
    there = labels != -100
    apart = divergences.of_classes(ours[there], theirs[there][:, :6], 2.0).sum()
    hard = torch.nn.functional.cross_entropy(ours[there], labels[there], reduction="sum")
    whole = 0.5 * hard + 0.5 * apart
    assert found.item() == pytest.approx(whole.item(), rel=1e-5)
    slopes = [torch.autograd.grad(one, ours)[0] for one in (found, whole)]
    assert torch.allclose(*slopes, atol=1e-6)
    assert loss.normaliser(labels) == 3


def test_a_tag_is_found_by_its_word_whatever_the_pieces():
    def encoded(lengths, words):
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Encoded({"input_ids": np.zeros(offsets[-1], np.int32)}, offsets,
                       about={"word": np.array(words, np.int32)})  # fmt: skip

    ours = encoded([4, 3], [-1, 0, 1, 2, -1, 0, 1])
    theirs = encoded([5, 2], [-1, 0, -1, 1, -1, -1, 0])  # word 0 in two pieces, the last cut off
    assert soft._words(theirs, ours).tolist() == [-1, 1, 3, -1, -1, 6, -1]


def test_classes_are_matched_by_name():
    about = SimpleNamespace(task=SimpleNamespace(spec=SimpleNamespace(names_outputs=True)),
                            label_names=["c", "a", "b"])  # fmt: skip
    assert teachers.columns_of(about, ["a", "b", "c"], "t") == [1, 2, 0]
    with pytest.raises(RecipeError, match="only the teacher knows 'b', only the examples have 'd'"):
        teachers.columns_of(about, ["a", "c", "d"], "t")


# as runs --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def teacher(tiny_recipe, tmp_path_factory):
    """A run that knows its classes, of another order of weights than the student's model."""
    folder = tmp_path_factory.mktemp("teacher")
    recipe = tiny_recipe.replace(epochs=6, learning_rate=1e-2)
    return wb.fine_tune(recipe, folder / "run", progress=False)


def classes(recipe, folder):
    return recipe


def tags(recipe, folder):
    data = test_token_classification.tagged()
    return recipe.replace(task="token-classification", dataset=data)


def spans(recipe, folder):
    data = test_question_answering.questions(80)
    return recipe.replace(task="question-answering", dataset=data)


def chats(recipe, folder):
    return test_chat.recipe_for(folder, rows={"kind": "packed"})


def gaps(recipe, folder):
    return test_masked_language_modelling.recipe_for(folder, model={"dropout": 0.0})


def texts(recipe, folder):
    writers.save(folder / "t5", "t5")
    return test_text_to_text.recipe_for(folder, "t5")


@pytest.mark.parametrize("made", [classes, tags, spans, chats, gaps, texts])
def test_a_student_that_is_its_teacher_has_nothing_to_learn(made, tiny_recipe, tmp_path):
    """Each place meets what the teacher says of that very place, in whatever batch it is."""
    recipe = made(tiny_recipe, tmp_path).replace(max_steps=1, dropout=0.0)
    teacher = wb.fine_tune(recipe, tmp_path / "teacher", progress=False)
    same = recipe.replace(model=str(teacher.path / "model"))
    run = wb.fine_tune(distilled(same, teacher.path, weight=1.0), tmp_path / "1", progress=False)
    assert abs(first_loss(run)) < 1e-6
    padded = same.replace(speed="exact")  # the same batches, whether layers are compared or not
    half = distilled(padded, teacher.path, weight=0.5, hidden=1.0)
    run = wb.fine_tune(half, tmp_path / "2", progress=False)
    own = wb.fine_tune(padded, tmp_path / "3", progress=False)
    assert first_loss(run) == pytest.approx(first_loss(own) / 2, rel=1e-4)
    if made in (chats, gaps):  # whose teacher is asked as that of `texts` is
        return
    shaken = shutil.copytree(teacher.path / "model", tmp_path / "folder") / "model.safetensors"
    weights, noise = load_file(shaken), torch.Generator().manual_seed(0)
    for one in weights.values():
        one += 0.05 * torch.randn(one.shape, generator=noise)
    save_file(weights, shaken, {"format": "pt"})
    other = distilled(same, shaken.parent, weight=1.0)
    run = wb.fine_tune(other, tmp_path / "4", progress=False)
    assert first_loss(run) > 1e-4, "another teacher says something else"


@pytest.mark.parametrize("made", [
    pytest.param(lambda: ("multi-label-classification", test_multi_label.labelled()), id="labels"),
    pytest.param(lambda: ("regression", numbers.scored()), id="number"),
])  # fmt: skip
def test_label_sets_and_numbers_are_what_the_teacher_says(made, tiny_recipe, tmp_path):
    task, data = made()
    recipe = tiny_recipe.replace(task=task, dataset=data, max_steps=20)
    teacher = wb.fine_tune(recipe, tmp_path / "teacher", progress=False)
    told = distilled(recipe, teacher.path, weight=1.0)
    run = wb.fine_tune(told, tmp_path / "run", progress=False)
    kept = np.load(run.path / soft.NAME)["outputs"][:, -1]
    losses = run.history().query("kind == 'step'")["loss"]
    assert losses.tail(3).mean() < 0.7 * losses.head(3).mean()
    said = teacher.predict(prepare(told).examples.splits["train"]["text"].tolist())
    if task == "regression":
        assert np.allclose(kept, said["prediction"], atol=1e-5)
    else:
        assert np.allclose(1 / (1 + np.exp(-kept)), said["score_praise"], atol=1e-5)


def test_a_teacher_with_other_words_is_asked_by_its_own(tiny_recipe, tmp_path):
    """Texts are read by the teacher's tokenizer; what it says is kept, in the rows' order."""
    fillers.save(tmp_path / "other")
    recipe = tiny_recipe.replace(model=str(tmp_path / "other"), epochs=3, learning_rate=1e-2)
    teacher = wb.fine_tune(recipe, tmp_path / "teacher", progress=False)
    run = wb.fine_tune(
        distilled(tiny_recipe.replace(max_steps=2), teacher.path), tmp_path / "run", progress=False
    )
    train = prepare(run.recipe).examples.splits["train"]
    said = teacher.predict(train["text"].tolist())["score_class-1"].to_numpy()
    kept = torch.from_numpy(np.load(run.path / soft.NAME)["outputs"]).softmax(-1)[:, 1].numpy()
    assert np.allclose(kept, said, atol=1e-5) and len(kept) == 72
    with pytest.raises(RecipeError, match="reads the texts as other tokens"):
        wb.fine_tune(distilled(tiny_recipe.replace(max_steps=2), teacher.path, hidden=1.0),
                     tmp_path / "no", progress=False)  # fmt: skip


def test_killed_with_layers_of_another_width_it_ends_with_the_same_weights(
    teacher, tiny_recipe, tmp_path
):
    model = narrow(tmp_path / "narrow", tiny_recipe.model)
    recipe = tiny_recipe.replace(model=str(model), max_steps=8, averaging="ema",
                                 batch_size=4, gradient_accumulation=2)  # fmt: skip
    expected, found = drive(tmp_path, distilled(recipe, teacher.path, hidden=1.0), "step:6")
    assert found[0] == expected[0] and found[1].equals(expected[1])
    saved = load_file(tmp_path / "killed" / "model" / "model.safetensors")
    assert not [name for name in saved if hidden.PROJECTIONS in name]
    steps = found[1]["loss"]
    assert steps.iloc[-1] < steps.iloc[0]
    assert "layers of two models" in wb.open_run(tmp_path / "killed").status()["speed"]


def test_what_was_kept_is_not_asked_again_and_another_teacher_is_refused(
    teacher, tiny_recipe, tmp_path, monkeypatch
):
    mine = shutil.copytree(teacher.path, tmp_path / "mine")
    recipe = distilled(tiny_recipe, mine)
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    halted = tiny.interrupted(recipe, tmp_path / "halted", 3)
    one, two = (load_file(run.path / "model" / "model.safetensors") for run in (whole, halted))
    assert all(torch.equal(one[name], two[name]) for name in one)
    about = json.loads((halted.path / soft.ABOUT).read_text())
    assert about["digest"] == teachers.find(str(mine), recipe).digest()
    tiny.stop(halted)
    with monkeypatch.context() as patch:
        patch.setattr(soft.Passes, "scores", lambda *_: pytest.fail("asked again"))
        found = teachers.find(str(mine), recipe).load()
        rows = Encoded({"input_ids": np.zeros(0, np.int32)}, np.zeros(1, np.int64))
        with pytest.raises(pytest.fail.Exception, match="asked again"):
            soft.measured(found, rows, rows, None, output="class", folder=tmp_path, digest="x")
    shutil.rmtree(mine / "model")
    shutil.copytree(whole.path / "model", mine / "model")
    with pytest.raises(RunError, match="has other weights than when the run began"):
        wb.fine_tune(recipe, halted.path, progress=False)
    shutil.rmtree(mine)
    with pytest.raises(RecipeError, match="loss.teacher cannot be asked. There is no run folder"):
        wb.fine_tune(recipe, halted.path, progress=False)


def test_layers_are_matched_evenly_and_compared_by_their_angle():
    assert hidden.taught_by(6, 12) == [1, 3, 5, 7, 9, 11] and hidden.taught_by(2, 2) == [0, 1]
    states = object.__new__(hidden.HiddenStates)
    states.projections = None
    states._ours = [torch.tensor([[[1.0, 0.0], [1.0, 1.0]]])]
    states._theirs = [torch.tensor([[[0.0, 2.0], [3.0, 3.0]]])]
    assert states.apart().tolist()[0] == pytest.approx([1.0, 0.0], abs=1e-6)


# refusals -------------------------------------------------------------------------------------
def test_which_tasks_it_is_for_and_what_is_refused(teacher, tiny_recipe, tmp_path):
    assert "distillation" in losses_for("text-classification") + losses_for("regression")
    assert "distillation" not in losses_for("sentence-similarity")
    with pytest.raises(RecipeError, match="names no teacher"):
        tiny_recipe.replace(loss="distillation")
    with pytest.raises(RecipeError, match="weight and loss.hidden are both 0"):
        distilled(tiny_recipe, "x", weight=0.0)
    with pytest.raises(RecipeError, match="nothing can be added"):
        distilled(tiny_recipe, "x").replace(regularisation="rdrop")
    with pytest.raises(RecipeError, match="cannot be asked. There is no run folder") as caught:
        wb.start(distilled(tiny_recipe, tmp_path / "none"))
    assert (caught.value.field, caught.value.setting) == ("loss", "teacher")
    other = tiny_recipe.replace(task="regression", dataset=numbers.scored())
    with pytest.raises(RecipeError, match="is a run of text-classification"):
        wb.start(distilled(other, teacher.path))
    halved = shutil.copytree(teacher.path, tmp_path / "half")
    shutil.rmtree(halved / "model")
    with pytest.raises(RecipeError, match="half is done and has no finished model"):
        wb.start(distilled(tiny_recipe, halved))
    three = tiny_recipe.replace(dataset=tiny.frame(n_classes=3), max_steps=1)
    with pytest.raises(RecipeError, match="knows 2 classes and the examples have 3"):
        wb.fine_tune(distilled(three, teacher.path), tmp_path / "three", progress=False)
    with pytest.raises(RecipeError, match="cannot be asked. The model in"):
        wb.fine_tune(distilled(tiny_recipe, tiny_recipe.model), tmp_path / "bare", progress=False)
    thin = tiny_recipe.replace(model=str(narrow(tmp_path / "thin", tiny_recipe.model)), max_steps=1)
    for method in ("lora", "head"):  # whose checkpoints have no place for projections
        one = distilled(thin.replace(method=method), teacher.path, hidden=1.0)
        with pytest.raises(RecipeError, match="32 wide and those of the student 16"):
            wb.fine_tune(one, tmp_path / method, progress=False)


def test_a_teacher_that_gives_other_words_is_refused(tmp_path):
    recipe = test_language_modelling.recipe_for(tmp_path).replace(max_steps=1)
    found = SimpleNamespace(tokenizer=SimpleNamespace(get_vocab=lambda: {"a": 0}))
    with pytest.raises(RecipeError, match="gives 1 words and the student 26"):
        teachers.same_words(found, writers.tokenizer(), recipe.model)


# shortened models -----------------------------------------------------------------------------
def test_a_shortened_model_has_the_teachers_own_layers(teacher, tiny_recipe, tmp_path):
    folder = wb.shorten(teacher, 1, tmp_path / "short")
    short, whole = (load_file(p / "model.safetensors") for p in (folder, teacher.path / "model"))
    assert "classifier.weight" in short and not [name for name in short if "layer.1." in name]
    assert all(torch.equal(value, whole[name]) for name, value in short.items())
    assert json.loads((folder / "config.json").read_text())["num_hidden_layers"] == 1
    student = distilled(tiny_recipe.replace(model=str(folder), max_steps=2), teacher.path)
    assert wb.fine_tune(student, tmp_path / "run", progress=False).state == "done"
    kept = wb.shorten(tiny_recipe.model, 1)
    made = (kept / "model.safetensors").stat().st_mtime_ns
    assert wb.shorten(tiny_recipe.model, 1) == kept, "once for the same model"
    assert (kept / "model.safetensors").stat().st_mtime_ns == made
    for layers in (0, 2, 1.0):
        with pytest.raises(wb.WorkbenchError, match="whole number from 1 to 1"):
            wb.shorten(tiny_recipe.model, layers)
    with pytest.raises(wb.WorkbenchError, match="is there already"):
        wb.shorten(teacher, 1, folder)


def test_an_encoder_decoder_is_shortened_on_both_sides(tmp_path):
    writers.save(tmp_path / "t5", "t5")
    short = load_file(wb.shorten(tmp_path / "t5", 1, tmp_path / "short") / "model.safetensors")
    assert {name.split(".")[2] for name in short if ".block." in name} == {"0"}
    config = json.loads((tmp_path / "short" / "config.json").read_text())
    assert (config["num_layers"], config["num_decoder_layers"]) == (1, 1)


def test_settings_are_declared_once():
    declared = LOSSES.module("distillation").Settings
    assert [spec.name for spec in dataclasses.fields(declared)] == [
        "teacher", "temperature", "weight", "hidden",
    ]  # fmt: skip


# the table ------------------------------------------------------------------------------------
def test_the_table_has_size_speed_quality_and_what_was_lost(teacher, tiny_recipe, tmp_path):
    short = tiny_recipe.replace(model=str(wb.shorten(teacher, 1)), max_steps=4)
    taught = wb.fine_tune(distilled(short, teacher.path), tmp_path / "taught", progress=False)
    alone = wb.fine_tune(short, tmp_path / "alone", progress=False)
    table = wb.inspection.distillation_table(teacher, taught, alone, texts=8, rounds=1)
    assert table["run"].tolist() == ["run", "taught", "alone"]
    assert table["loss"].tolist() == ["own", "distillation", "own"]
    layer = 4 * (32 * 32 + 32) + 2 * 32 * 64 + 64 + 32 + 4 * 32  # attention, feed-forward, norms
    assert table["parameters"].diff().tolist()[1:] == [-layer, 0]
    assert (table["texts_per_second"] > 0).all() and table["megabytes"].is_monotonic_decreasing
    said = {run.name: run.predictions() for run in (teacher, taught, alone)}
    same = [(said["run"]["prediction"] == said[name]["prediction"]).mean() for name in table["run"]]
    assert table["agreement"].tolist()[1:] == pytest.approx(same[1:])
    assert math.isnan(table["agreement"].iloc[0])
    values = [run.metrics()[table["metric"].iloc[0]] for run in (teacher, taught, alone)]
    assert table["value"].tolist() == pytest.approx(values)
    assert table["difference"].tolist()[1:] == pytest.approx([x - values[0] for x in values[1:]])
    assert (table["difference_low"] <= table["difference"])[1:].all()
    figure = wb.plots.distillation(table)
    names = [trace.name for trace in figure.data]
    assert names == ["teacher", "student with a teacher", "student by labels alone"]
    assert list(figure.data[1].y) == [values[1]]
    with pytest.raises(wb.WorkbenchError, match="No student is given"):
        wb.inspection.distillation_table(teacher)
    with pytest.raises(wb.WorkbenchError, match="rounds is 0"):
        wb.inspection.distillation_table(teacher, taught, rounds=0)
