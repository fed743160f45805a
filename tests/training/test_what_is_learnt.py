"""What people see as learnt before training is what the batches of training learn, task by task."""

import pandas as pd
import pytest
import torch

import workbench as wb
from tests.training import test_chat as chats
from tests.training import test_language_modelling as texts
from tests.training import test_masked_language_modelling as gaps
from tests.training import test_sentence_similarity as matches
from tests.training import test_text_to_text as targets
from tests.training import writers
from workbench.data.rendering.trained_rows import with_cut
from workbench.errors import DataError, RecipeError
from workbench.tasks.sentence_similarity import encoded
from workbench.tasks.sentence_similarity.losses import InBatch
from workbench.tasks.shared.encoding import IGNORED
from workbench.training.batching import mix
from workbench.training.preparing import prepare


def batch_of(prepared, numbers):
    """Rows of training as its collator lays them, for its own model."""
    collate = prepared.task.collator(prepared.tokenizer, prepared.model)
    batch = collate([prepared.encoded["train"][number] for number in numbers])
    if hasattr(collate, "for_step"):
        collate.for_step(batch, lambda row: mix(0, "row", 0, row))
    return batch


def kept(row, *, learnt):
    """Tokens of a row that are kept, and learnt or not."""
    return [
        one for side in row.sides
        for one, on, gone in zip(side.ids, side.learnt, side.cut, strict=True)
        if on == learnt and not gone
    ]  # fmt: skip


def long_pairs():
    """Sources and targets some of which are longer than a row."""
    table = targets.frame()
    table.loc[::9, "source"] = " ".join(writers.LETTERS * 3)
    table.loc[::6, "target"] = " ".join("0123456789" * 2)
    return table


@pytest.mark.parametrize("kind", ["t5", "bart", "gpt2", "llama"])
@pytest.mark.parametrize("asked", ["plain", "template"])
def test_targets_are_marked_as_the_batch_has_them(kind, asked, tmp_path):
    prompt = {"kind": "plain", "prefix": "a "} if asked == "plain" else targets.ASKED
    recipe = targets.recipe_for(tmp_path, kind, dataset=long_pairs(), prompt=prompt)
    seen, prepared = wb.data.preview(recipe), prepare(recipe)
    numbers = list(range(len(prepared.encoded["train"])))
    batch, pad = batch_of(prepared, numbers), prepared.tokenizer.pad_token_id
    assert len(seen) == len(numbers)
    for number, row in enumerate(seen.rows):
        learnt = [one for one in batch["labels"][number].tolist() if one != IGNORED]
        assert kept(row, learnt=True) == learnt
        read = [one for one in batch["input_ids"][number].tolist() if one != pad]
        assert kept(row, learnt=False) == read[: len(read) - len(learnt)] if (
            prepared.task.decodes) else read  # fmt: skip
    cut = prepared.encoded["train"]
    assert sum("source cut" in row.problems for row in seen.rows) == cut.cut > 0
    assert sum("target cut" in row.problems for row in seen.rows) == cut.targets_cut > 0
    frame = prepared.examples.splits["train"]
    for row, target in zip(seen.rows, frame["target"], strict=True):
        assert row.count(learnt=True, cut=True) == max(0, len(target.split()) - 16)
    worst = seen.table
    assert worst["cut_learnt"].tolist() == sorted(worst["cut_learnt"], reverse=True)
    assert "⟨⟦" in worst["text"][0] and "4 5" in worst["text"][0]


@pytest.mark.parametrize("laid", ["blocks", "packed", "texts"])
def test_rows_of_texts_are_marked_as_the_batch_has_them(laid, tmp_path):
    recipe = texts.recipe_for(tmp_path, rows={"kind": laid})
    seen, prepared = wb.data.preview(recipe), prepare(recipe)
    rows, frame = prepared.encoded["train"], prepared.examples.splits["train"]
    batch = batch_of(prepared, list(range(len(rows))))
    assert len(seen) == len(rows)
    begun = {}
    for number, row in enumerate(seen.rows):
        learnt = [one for one in batch["labels"][number].tolist() if one != IGNORED]
        assert kept(row, learnt=True) == learnt
        (side,) = row.sides
        assert side.ids == rows[number]["input_ids"] and not any(side.cut)
        begun[number] = [said for at, said in side.heads.items() if "goes on" not in said and (
            at or not number or laid != "blocks")]  # there the last token of a row begins the next
    # each text begins once, where it is said to
    assert sorted(sum(begun.values(), [])) == sorted(f"train row {row}" for row in frame["row"])
    for number, row in enumerate(seen.rows):
        for at, said in row.sides[0].heads.items():
            if "goes on" not in said:
                first = frame["text"][frame["row"] == int(said.split()[-1])].item().split()[0]
                words = seen.tokenizer.convert_ids_to_tokens(row.sides[0].ids[at : at + 2])
                assert set(words) <= {"<s>", first}
        for mate in seen.mates(number):
            assert number in seen.mates(mate)
    if laid == "texts":
        assert "lies in more than one row" in seen.summary() or "lie in" in seen.summary()


@pytest.mark.parametrize("laid", ["blocks", "packed", "texts"])
def test_texts_that_spell_out_control_tokens_are_said(laid, tmp_path):
    table = texts.frame() + " </s> a"  # of 80 rows 30 are held out
    said = wb.data.preview(texts.recipe_for(tmp_path, rows={"kind": laid}, dataset=table)).summary()
    assert "50 rows spell out control tokens of the model ('</s>')" in said


@pytest.mark.parametrize("kept", [False, True])
def test_what_somebody_says_spells_out_control_tokens(kept, tmp_path):
    """By the library's own switch."""
    data = chats.talks()
    for messages in data["messages"]:
        messages[0]["content"] = "a</s>b"
    recipe = chats.recipe_for(tmp_path, dataset=data, reading={"control_tokens": kept})
    prepared = prepare(recipe)
    cut = prepared.tokenizer("a</s>b", add_special_tokens=False, split_special_tokens=not kept)
    for number in range(3):
        assert has(prepared.encoded["train"][number]["input_ids"], cut["input_ids"])
    asked = prepared.task.encode(prepared.tokenizer, prepared.task.asked(["a</s>b"], recipe), 40)
    assert has(asked[0]["input_ids"], cut["input_ids"]) and asked.spelt_rows == 1
    said = "as such" if kept else "as text"
    assert any(f"('</s>'): they are read and learnt {said}." in one
               for one in prepared.encoded["train"].notes)  # fmt: skip
    assert f"learnt {said}." in wb.data.preview(recipe).summary()


def test_findings_count_what_their_notes_count_and_the_rest_is_of_those_that_are_shown(tmp_path):
    """Of 60 conversations 3 have no reply; of 37 that are trained on 5 are shown."""
    data = chats.talks(60)
    for messages in data["messages"][:3]:
        del messages[1:]
    for messages in data["messages"][3:]:
        messages[0]["content"] = "a " * 60  # which is kept, so that no reply is
    cut = {"kind": "conversation", "cut": "end"}
    recipe = chats.recipe_for(tmp_path, dataset=data, prompt=cut)
    seen = wb.data.preview(recipe, rows=5)
    (found,) = [one for one in seen.findings if "no reply to learn" in one.what]
    assert (found.count, found.severity) == (3, "warning")
    said = seen.summary()
    assert said.startswith("The first 5 of 37 training conversations:")
    assert "Of these, 5 rows of which nothing is learnt are left out of training." in said


def has(ids, part):
    """Whether token ids have a part among them."""
    return any(ids[n : n + len(part)] == part for n in range(len(ids)))


@pytest.mark.parametrize("laid", ["blocks", "texts"])
def test_gaps_are_those_of_step_0(laid, tmp_path):
    recipe = gaps.recipe_for(tmp_path, rows={"kind": laid}, masking={"kind": "words", "share": 0.4})
    seen, prepared = wb.data.preview(recipe), prepare(recipe)
    batch = batch_of(prepared, list(range(len(prepared.encoded["train"]))))
    stands, mask = 0, prepared.tokenizer.mask_token_id
    for number, row in enumerate(seen.rows):
        (side,), labels = row.sides, batch["labels"][number]
        assert kept(row, learnt=True) == labels[labels != IGNORED].tolist()
        read = [side.stands.get(at, one) for at, one in enumerate(side.ids)]
        assert read == batch["input_ids"][number][: len(read)].tolist()
        stands += len(side.stands)
        assert row.said[0].startswith(f"behind the mask {read.count(mask)},")
    gone = batch["labels"][batch["labels"] != IGNORED]
    assert 0.7 * len(gone) < stands < len(gone)  # some are left as they are
    assert " [MASK] → ⟦" in str(seen)


def test_wrong_texts_are_those_that_the_loss_of_the_step_counts(tmp_path):
    frame = matches.pairs.frame(90, negatives=True)
    frame.loc[5:12, "positive"] = frame["positive"][4]  # the same text belongs to several
    frame.loc[::7, "anchor"] += " word" * 30
    recipe = matches.recipe_for(tmp_path, dataset=frame, gradient_accumulation=2, split="random")
    seen, prepared = wb.data.preview(recipe), prepare(recipe)
    from workbench.training.first_pass import FirstPass

    steps, said = FirstPass(recipe).steps, {"wrong": 0, "left": 0}
    assert sorted(sum(steps, [])) == list(range(len(seen))) and len(steps[0]) == 32
    train = prepared.examples.splits["train"]
    for step in steps:
        batch = batch_of(prepared, step)
        vectors = torch.nn.functional.normalize(torch.randn(*batch["labels"].shape, 8), dim=-1)
        for place, number in enumerate(step):
            row = seen.rows[number]
            heads = {piece.head.split(",")[0].split(" ")[0]: piece for piece in row.more()}
            # what changes the loss of a row is what it is told from
            vectors.requires_grad_().grad = None
            InBatch(0.5).rows(vectors, batch["labels"])[place].backward()
            moved = (vectors.grad[:, 1:].abs().sum(-1) > 0).flatten()
            wrong = int(moved.sum()) - 1
            assert heads["Wrong"].head.endswith(f", {wrong} texts:")
            said["wrong"] += wrong
            left = int((batch["labels"][:, 1:] >= 0).sum()) - wrong - 1
            assert ("In" in heads) == (left > 0)
            said["left"] += left
    assert said["left"] > 0
    ids = batch_of(prepared, [0])["input_ids"]
    for side, text in zip(seen.rows[0].sides, ids.tolist(), strict=True):
        assert [i for i, gone in zip(side.ids, side.cut, strict=True) if not gone] == [
            one for one in text if one != prepared.tokenizer.pad_token_id]  # fmt: skip
    worst = seen.rows[seen.order()[0]]
    assert worst.problems == ["cut: Text"] and worst.count(cut=True) == 12
    assert len(train) == len(seen)


def test_a_scorer_is_shown_its_right_pair_and_its_wrong_ones(tmp_path, monkeypatch):
    frame = matches.pairs.frame(60)
    frame.loc[::5, "positive"] += " word" * 40
    frame.loc[::5, "anchor"] += " good" * 40
    recipe = matches.recipe_for(tmp_path, dataset=frame, matching={"kind": "cross_encoder"})
    seen, prepared = wb.data.preview(recipe), prepare(recipe)
    for number in range(10):
        units = prepared.encoded["train"][number]["units"]
        for side, unit in zip(seen.rows[number].sides, units, strict=True):
            assert [i for i, gone in zip(side.ids, side.cut, strict=True) if not gone] == (
                unit["input_ids"])  # fmt: skip
        assert [all(side.learnt) for side in seen.rows[number].sides] == [True] + [False] * 4
    counts = []
    encode = encoded.encode_texts
    monkeypatch.setattr(encoded, "encode_texts", lambda *asked, **how: (
        counts.append(len(asked[1])), encode(*asked, **how))[1])  # fmt: skip
    few = wb.data.preview(recipe, rows=7)  # what is drawn for them is what is drawn for all
    assert counts == [5 * len(seen), 5 * 7]
    assert [row.sides for row in few.rows] == [row.sides for row in seen.rows[:7]]
    worst = seen.as_text(seen.order()[0])
    assert worst.startswith("[Right pair]\n") and worst.count("[Wrong pair]") == 4
    assert worst.split("[Wrong pair]")[0].count("⟨") == 2  # both texts lost their ends


def test_what_was_cut_stands_where_it_was():
    found = with_cut([7, 1, 2, 9, 8], [7, 1, 2, 3, 4, 5, 9, 8], {0})
    assert found.ids == [7, 1, 2, 3, 4, 5, 9, 8] and found.count(cut=True) == 3
    whole = with_cut([4, 4], [4, 4, 4], {0})
    assert whole.ids == [4, 4, 4] and whole.cut == [False, False, True]


def test_where_nothing_is_learnt_token_by_token_it_is_said(tmp_path):
    with pytest.raises(RecipeError, match="no token is learnt by itself"):
        model = matches.recipe_for(tmp_path).model
        wb.data.preview(wb.Recipe(model=model, dataset=pd.DataFrame({"text": ["a"], "label": "b"})))
    with pytest.raises(RecipeError, match="says max_length itself"):
        wb.data.preview(wb.Recipe(), max_length=3)
    with pytest.raises(RecipeError, match="says cut itself"):
        wb.data.preview(wb.Recipe(), cut="end")
    with pytest.raises(DataError, match="with which tokenizer"):
        wb.data.preview([{"prompt": "a", "completion": "b"}])
