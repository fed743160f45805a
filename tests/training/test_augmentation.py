"""Changed copies reach the rows of a run, and no others; it goes on with those that it kept."""

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.training import fillers, pairs, tiny, writers
from tests.training import test_multi_label as sets
from tests.training import test_question_answering as answers
from tests.training import test_regression as numbers
from tests.training import test_sentence_similarity as matches
from tests.training import test_text_to_text as written
from tests.training import test_token_classification as tags
from workbench.data.augmentation import Copies
from workbench.errors import RecipeError
from workbench.training.preparing import prepare

DELETED = {"kind": "deletion", "share": 0.5, "words": 0.3}


def test_an_epoch_has_the_examples_then_their_copies(tiny_recipe):
    plain = prepare(tiny_recipe)
    found = prepare(tiny_recipe.replace(augmentation=DELETED))
    n = len(plain.encoded["train"])
    assert len(found.encoded["train"]) == n + n // 2 and len(found.copies.of) == n // 2
    for split in ("validation", "test"):
        assert found.examples.splits[split].equals(plain.examples.splits[split])
        for name, ids in plain.encoded[split].arrays.items():
            assert np.array_equal(found.encoded[split].arrays[name], ids)
    assert found.examples.fingerprint == plain.examples.fingerprint
    assert len(found.examples.splits["train"]) == n  # baselines learn of what is real
    labels = found.encoded["train"].labels
    assert labels[n:].tolist() == labels[found.copies.of].tolist()
    assert [plain.encoded["train"][k] for k in range(n)] == [
        found.encoded["train"][k] for k in range(n)
    ]


def test_a_run_says_what_it_learnt_of(tiny_recipe, tmp_path):
    run = wb.fine_tune(tiny_recipe.replace(augmentation=DELETED, epochs=1), tmp_path / "run",
                       progress=False)  # fmt: skip
    info = json.loads((run.path / "data" / "info.json").read_text())
    assert info["augmentation"] == {"examples": 36, "copies": 36, "unchanged": 0}
    assert info["examples"]["train"] == 72
    assert any("36 of 72 training examples have 36 changed copies" in n for n in info["notes"])
    assert run.history()["step"].max() == 14  # 108 examples, 8 a step
    kept = Copies.read(run.path / "data" / "copies.jsonl", 72)
    assert len(kept.of) == 36 and set(kept.columns) == {"text"}


def test_it_goes_on_bit_for_bit_and_with_the_copies_that_it_kept(tiny_recipe, tmp_path):
    from safetensors.numpy import load_file

    (tmp_path / "own.txt").write_text("good,great,fine\nbad,awful,poor\nfilm,story,book\n")
    recipe = tiny_recipe.replace(
        augmentation={"kind": "synonyms", "file": str(tmp_path / "own.txt")}, max_steps=12,
        gradient_accumulation=2, checkpoint_every=3,
    )  # fmt: skip
    whole = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    patched = tmp_path / "own.txt"
    done = tiny.interrupted(recipe, tmp_path / "cut", 5)
    first, second = (load_file(one.path / "model" / "model.safetensors") for one in (whole, done))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    tiny.stop(done)
    patched.unlink()  # what it began with is in its folder
    assert wb.fine_tune(recipe, tmp_path / "cut", progress=False).state == "done"


def matching(tiny_recipe, folder):
    return matches.recipe_for(folder, dataset=pairs.frame())


def writing(tiny_recipe, folder):
    writers.save(folder / "t5", "t5", size=64)
    return written.recipe_for(folder, "t5")


def tagging(tiny_recipe, folder):
    return tiny_recipe.replace(task="token-classification", dataset=tags.tagged(48))


def answering(tiny_recipe, folder):
    return tiny_recipe.replace(task="question-answering", dataset=answers.questions(48))


def scoring(tiny_recipe, folder):
    return tiny_recipe.replace(task="regression", dataset=numbers.scored())


def labelling(tiny_recipe, folder):
    return tiny_recipe.replace(task="multi-label-classification", dataset=sets.labelled(64))


def pairing(tiny_recipe, folder):
    frame = tiny.frame().assign(pair=lambda one: one["text"].str[::-1])
    return tiny_recipe.replace(dataset=frame, columns={"pair": "pair"})


@pytest.mark.parametrize(("made", "changed"), [
    (matching, {"text"}), (writing, {"text"}), (tagging, {"text", "tokens", "tags", "ids"}),
    (answering, {"text", "pair", "starts"}), (scoring, {"text"}), (labelling, {"text"}),
    (pairing, {"text", "pair"}),
])  # fmt: skip
def test_each_task_keeps_what_belongs_to_a_text(made, changed, tmp_path, tiny_recipe):
    recipe = made(tiny_recipe, tmp_path).replace(augmentation=DELETED)
    found = prepare(recipe)
    train = found.examples.splits["train"]
    both = found.copies.beside(train)
    new, old = both.iloc[len(train) :].reset_index(drop=True), train.iloc[found.copies.of]
    assert set(found.copies.columns) == changed and len(new) > len(train) // 3
    rest = [column for column in train.columns if column not in changed]
    pd.testing.assert_frame_equal(new[rest], old.reset_index(drop=True)[rest])
    assert (new["text"].str.len() <= old.reset_index(drop=True)["text"].str.len()).all()
    assert len(found.encoded["train"]) >= len(both)


def test_a_head_for_masked_words_is_needed_and_gives_likely_words(tiny_recipe, tmp_path):
    with pytest.raises(RecipeError, match="no trained head for masked words"):
        prepare(tiny_recipe.replace(augmentation="masked"))
    fillers.save(tmp_path / "bert", "bert")
    asked = {"kind": "masked", "model": str(tmp_path / "bert"), "words": 0.3, "likeliest": 3}
    found = prepare(tiny_recipe.replace(augmentation=asked)).copies
    train = prepare(tiny_recipe).examples.splits["train"]["text"]
    assert len(found.of) > 60
    for place, text in zip(found.of, found.columns["text"], strict=True):
        old, new = train.iloc[place].split(), text.split()
        assert len(old) == len(new)
        changed = sum(a != b for a, b in zip(old, new, strict=True))
        assert 1 <= changed <= max(1, round(0.3 * len(old)))
    again = prepare(tiny_recipe.replace(augmentation=asked)).copies
    assert again == found


def test_the_check_shows_copies_before_and_after(tiny_recipe):
    found = wb.check(tiny_recipe.replace(augmentation=DELETED))
    finding = next(one for one in found.found if one.check == "augmentation")
    assert finding.severity == "info" and "72 training examples get up to 36" in finding.what
    shown, made = found.tables["augmentation"], prepare(found.recipe).copies
    train = prepare(found.recipe).examples.splits["train"]["text"]
    assert shown["before"].tolist() == train.iloc[made.of[:20]].tolist()
    assert shown["after"].tolist() == made.columns["text"][:20]
    assert len(finding.examples) == 3 and all(" → " in one for one in finding.examples)
    refused = wb.check(tiny_recipe.replace(augmentation="masked"))
    assert any(one.severity == "error" and "no trained head" in one.what for one in refused.found)
    plain = wb.check(tiny_recipe)
    assert "augmentation" not in plain.tables


def test_a_teacher_says_something_of_copies_too(tiny_recipe, tmp_path):
    few = tiny_recipe.replace(max_steps=1, evaluate_every=None)
    teacher = wb.fine_tune(few, tmp_path / "teacher", progress=False)
    loss = {"kind": "distillation", "teacher": str(teacher.path)}
    wb.fine_tune(few.replace(loss=loss, augmentation=DELETED), tmp_path / "run", progress=False)
    with np.load(tmp_path / "run" / "teacher.npz") as kept:
        assert max(kept[name].shape[0] for name in kept if kept[name].ndim) == 108
