"""What is added to a loss, and moved words: by hand on tiny models, on each path, however cut."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div, mse_loss

import workbench as wb
from tests.training import test_chat as chat
from tests.training import test_multi_label as sets
from tests.training import test_question_answering as answers
from tests.training import test_regression as numbers
from tests.training import test_resume_of_tasks as tasks
from tests.training import test_token_classification as tags
from tests.training import tiny
from workbench import task_registry
from workbench.errors import RecipeError
from workbench.recipe import ADVERSARIAL, REGULARISATION, fitting
from workbench.training import adversarial
from workbench.training.adversarial import _attack, fgm, pgd
from workbench.training.preparing import prepare
from workbench.training.regularisation import mixup, rdrop


def steps_of(recipe, folder, **changes):
    run = wb.fine_tune(recipe.replace(**{"max_steps": 1, **changes}), folder, progress=False)
    return run.history().query("kind == 'step'"), run


def rdrop_for(predicts, weight=2.0):
    return rdrop.make(rdrop.Settings(weight), predicts, None)


# R-Drop ------------------------------------------------------------------------------------------
def test_the_symmetric_divergence_by_hand_and_by_torch():
    first, second = torch.tensor([[math.log(3), 0.0]]), torch.tensor([[0.0, 0.0]])
    # p = 3/4, 1/4 and q = 1/2, 1/2
    by_hand = (0.75 * math.log(1.5) + 0.25 * math.log(0.5)
               + 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)) / 2  # fmt: skip
    assert rdrop.symmetric_kl(first, second).tolist() == pytest.approx([by_hand], rel=1e-6)
    torch.manual_seed(0)
    first, second = torch.randn(6, 5), torch.randn(6, 5)
    p, q = first.log_softmax(-1), second.log_softmax(-1)
    theirs = (kl_div(p, q.exp(), reduction="sum") + kl_div(q, p.exp(), reduction="sum")) / 2
    assert rdrop.symmetric_kl(first, second).sum().item() == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parametrize("predicts", ["class", "labels", "number", "tags", "span", "text"])
def test_rdrop_of_each_prediction(predicts):
    """Mean loss of both passes, and weight times the mean divergence, over what the task counts."""
    torch.manual_seed(0)
    shape = {"class": (4, 3), "labels": (4, 3), "number": (4, 1), "tags": (4, 5, 3),
             "span": (4, 5, 2), "text": (4, 5, 7)}[predicts]  # fmt: skip
    first, second = torch.randn(shape), torch.randn(shape)
    per_token = torch.tensor([[0, 1, -100, 2, -100]] * 4)
    labels = {"tags": per_token, "text": per_token, "labels": torch.ones(4, 3)}.get(
        predicts, torch.zeros(4)
    )

    def kl(one, other):
        p, q = one.log_softmax(-1), other.log_softmax(-1)
        return ((p.exp() * (p - q)).sum(-1) + (q.exp() * (q - p)).sum(-1)) / 2

    if predicts == "class":
        expected = kl(first, second).mean()
    elif predicts == "labels":  # each label is a distribution of two
        both = [torch.stack([one, torch.zeros_like(one)], -1) for one in (first, second)]
        expected = kl(*both).mean()
    elif predicts == "number":
        expected = mse_loss(first, second)
    elif predicts == "span":
        ends = [kl(one, other) for one, other in zip(first.unbind(-1), second.unbind(-1),
                                                     strict=True)]  # fmt: skip
        expected = sum(ends).mean() / 2
    else:
        expected = kl(first, second)[per_token != -100].mean()
    added = rdrop_for(predicts)
    added.begin([{"labels": labels[:1]}, {"labels": labels[1:]}], 0)
    found = [
        added.share([first[a:b], second[a:b]], labels[a:b], lambda z, _: z.sum(), 8)
        for a, b in ((0, 1), (1, 4))
    ]
    extra = sum(one.item() for _, one in found)
    assert extra == pytest.approx(2 * expected.item(), rel=1e-5)
    whole = sum(loss.item() for loss, _ in found)
    assert whole - extra == pytest.approx((first.sum() + second.sum()).item() / 16, rel=1e-4)


def test_padding_of_spans_counts_nothing():
    first, second = torch.randn(1, 3, 2), torch.randn(1, 3, 2)
    padded = [torch.cat([z, torch.full((1, 2, 2), -math.inf)], 1) for z in (first, second)]
    padded[0].requires_grad_()
    alone, found = (rdrop._of_spans(*pair, None) for pair in ((first, second), padded))
    assert found.item() == pytest.approx(alone.item(), rel=1e-6)
    (slope,) = torch.autograd.grad(found, padded[0])
    assert slope.isfinite().all() and slope.abs().sum() > 0


def test_the_divergence_of_words_has_the_gradient_of_whole_logits(monkeypatch):
    from workbench.tasks.shared import word_head

    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 7)
    labels = torch.tensor([[1, -100, 2, 3]])
    monkeypatch.setattr(word_head, "PIECE", 14)  # two places at a time

    def gradients(of):
        reads = [torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(n)).requires_grad_()
                 for n in (1, 2)]  # fmt: skip
        layer.zero_grad()
        total = of(reads)
        total.backward()
        return [total.detach(), *(one.grad for one in reads), layer.weight.grad.clone()]

    def words(reads):
        found = [word_head.Words(one.reshape(-1, 3), layer, 7, (1, 4), labels) for one in reads]
        return rdrop._of_words(*found, labels)

    ours = gradients(words)
    theirs = gradients(lambda reads: rdrop._of_tags(layer(reads[0]), layer(reads[1]), labels))
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_rdrop_reaches_the_step(tiny_recipe, tmp_path):
    rows = {}
    for name, changes in {
        "none": {}, "padded": {"speed": "exact", "regularisation": "rdrop"},
        "one": {"regularisation": "rdrop"},
        "two": {"regularisation": {"kind": "rdrop", "weight": 2}},
    }.items():  # fmt: skip
        rows[name] = steps_of(tiny_recipe, tmp_path / name, **changes)[0].iloc[0]
    one, two = rows["one"], rows["two"]
    assert "added_loss" not in rows["none"].index and one["added_loss"] > 0
    assert two["added_loss"] == pytest.approx(2 * one["added_loss"], rel=1e-4)
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-4), "curves compare"
    assert two["grad_norm"] != one["grad_norm"]
    assert rows["padded"]["added_loss"] == pytest.approx(one["added_loss"], rel=1), "other noise"


# mixup -------------------------------------------------------------------------------------------
def test_mixing_what_the_last_layer_reads_is_mixing_what_it_gives():
    torch.manual_seed(0)
    layer, states, partner = torch.nn.Linear(4, 3), torch.randn(5, 4), torch.tensor([1, 2, 0, 4, 3])
    labels = torch.tensor([0, 1, 2, 0, 1])
    mixed = layer(0.7 * states + 0.3 * states[partner])
    by_hand = 0.7 * cross_entropy(mixed, labels) + 0.3 * cross_entropy(mixed, labels[partner])
    added = mixup.Mixup(0.4, None)
    added.lam, added.partner = 0.7, partner

    def total(logits, labels):
        return cross_entropy(logits, labels, reduction="sum")

    loss, extra = added.share([layer(states)], labels, total, 5)
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-6)
    clean = cross_entropy(layer(states), labels).item()
    assert extra.item() == pytest.approx(by_hand.item() - clean, abs=1e-6)


def test_partners_and_lambda_are_of_the_step_however_it_is_cut():
    texts = [[5, 6], [7, 8, 9], [4], [3, 3, 3, 3], [2, 9]]

    def batch(numbers):  # without padding, the longest first
        numbers = sorted(numbers, key=lambda n: -len(texts[n]))
        return numbers, {
            "input_ids": torch.tensor([one for n in numbers for one in texts[n]]),
            "_lengths": [len(texts[n]) for n in numbers], "labels": torch.tensor(numbers),
        }  # fmt: skip

    def drawn(*cuts, seed=3):
        order, batches = zip(*map(batch, cuts), strict=True)
        flat = [n for part in order for n in part]
        added = mixup.Mixup(0.4, None)
        added.begin(list(batches), seed)
        return added.lam, {n: flat[added.partner[place]] for place, n in enumerate(flat)}

    whole = drawn([0, 1, 2, 3, 4])
    assert drawn([3, 1], [0, 4], [2]) == whole != drawn([0, 1, 2, 3, 4], seed=4)
    assert sorted(whole[1].values()) == [0, 1, 2, 3, 4] and 0 <= whole[0] <= 1
    padded = mixup._keys({"input_ids": torch.tensor([[5, 6, 0], [7, 8, 9]]),
                          "attention_mask": torch.tensor([[1, 1, 0], [1, 1, 1]]),
                          "labels": torch.tensor([0, 1])})  # fmt: skip
    assert [key[0] for key in padded] == texts[:2]


@pytest.mark.parametrize(
    ("kind", "speed"), [("mixup", "auto"), ("mixup", "exact"), ("fgm", "auto"), ("pgd", "exact")]
)
def test_a_step_is_the_same_however_it_is_cut(kind, speed, tiny_recipe, tmp_path, monkeypatch):
    from workbench.training import session

    value = {"regularisation": {"kind": "mixup", "alpha": 5}} if kind == "mixup" else {
        "adversarial": kind
    }  # fmt: skip
    recipe = tiny_recipe.replace(
        dropout=0, speed=speed, length_grouping=False, class_weights={"class-0": 3.0},
        batch_size=16, **value,
    )  # fmt: skip
    whole, run = steps_of(recipe, tmp_path / "whole")
    plain, _ = steps_of(recipe, tmp_path / "plain", regularisation="none", adversarial="none")
    assert whole["loss"].iloc[0] == pytest.approx(plain["loss"].iloc[0], rel=1e-5)
    assert whole["added_loss"].iloc[0] and "added_loss" in run.status()["speed"]
    summed, _ = steps_of(recipe, tmp_path / "summed", batch_size=4, gradient_accumulation=4)
    real = session.run_session  # as where memory is too small for the batch
    monkeypatch.setattr(
        session, "run_session", lambda *args, **more: real(*args, **{**more, "micro_batch": 5})
    )
    cut, _ = steps_of(recipe, tmp_path / "cut")
    for name in ("loss", "added_loss", "grad_norm"):
        for found in (summed, cut):
            value = pytest.approx(whole[name].iloc[0], rel=1e-4, abs=2e-6)
            assert found[name].iloc[0] == value, name


# moved words -------------------------------------------------------------------------------------
def by_hand(model, batch, labels, epsilon, steps=1, alpha=None):
    """Gradients of a step, and loss of the moved texts, from the model's own ``inputs_embeds``."""
    embedding = model.get_input_embeddings()
    rest = {"attention_mask": batch["attention_mask"]}

    def loss_at(moves):
        vectors = embedding(batch["input_ids"]) + moves
        return cross_entropy(model(inputs_embeds=vectors, **rest).logits, labels)

    model.zero_grad()
    moves = torch.zeros(*batch["input_ids"].shape, embedding.weight.shape[1], requires_grad=True)
    loss = loss_at(moves)
    (slope,) = torch.autograd.grad(loss, moves, retain_graph=True)
    loss.backward()
    for number in range(steps):
        norms = slope.flatten(1).norm(dim=1)[:, None, None]
        moves = (moves + (alpha or epsilon) * slope / norms).detach()
        length = moves.flatten(1).norm(dim=1)[:, None, None]
        moves = (moves * (epsilon / length).clamp(max=1)).requires_grad_()
        moved = loss_at(moves)
        if number == steps - 1:
            moved.backward()
        else:
            (slope,) = torch.autograd.grad(moved, moves)
    return {n: w.grad.clone() for n, w in model.named_parameters() if w.grad is not None}


def gradients_of_a_run(recipe, folder, monkeypatch):
    """What the engine's first step has as gradients, by names of weights, and its row."""
    from workbench.training.engine import Engine

    caught = {}

    def norm(self, model, grad_norm=None):
        found = model.named_parameters()
        caught.update({name: one.grad.clone() for name, one in found if one.grad is not None})
        caught["rows"] = self.rows
        raise RuntimeError("enough is known")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_get_grad_norm", norm)
        with pytest.raises(Exception, match="enough is known"):
            wb.fine_tune(recipe, folder, progress=False)
    return caught


FGM = {"kind": "fgm", "epsilon": 3}  # vectors of a tiny model are 0.1 long
PGD = {"kind": "pgd", "epsilon": 3, "alpha": 2, "steps": 3}


@pytest.mark.parametrize(
    ("kind", "attack", "speed", "method"),
    [("bert", FGM, "auto", "full"), ("bert", PGD, "auto", "full"), ("bert", FGM, "exact", "full"),
     ("roberta", FGM, "auto", "full"), ("modernbert", PGD, "auto", "full"),
     ("electra", FGM, "auto", "lora"), ("distilbert", PGD, "exact", "lora")],
)  # fmt: skip
def test_the_gradient_is_that_of_texts_and_moved_texts(
    kind, attack, speed, method, tiny_recipe, tmp_path, monkeypatch
):
    """Without padding and with it, whole tables and used rows, weights that are held still."""
    folder = tiny.save_model(tmp_path / kind, kind, dropout=0.0)
    recipe = tiny_recipe.replace(
        model=str(folder), batch_size=72, max_steps=1, speed=speed, adversarial=attack,
        max_grad_norm=1e9, method=method,
    )  # fmt: skip
    found = gradients_of_a_run(recipe, tmp_path / "run", monkeypatch)
    prepared = prepare(recipe)
    train = prepared.encoded["train"]
    rows = [{"input_ids": train[i]["input_ids"]} for i in range(len(train))]
    batch = prepared.tokenizer.pad(rows, return_tensors="pt")
    length = prepared.model.get_input_embeddings().weight.detach().norm(dim=1).mean().item()
    expected = by_hand(
        prepared.model.train(), batch, torch.tensor(train.labels), attack["epsilon"] * length,
        attack.get("steps", 1), attack.get("alpha", 0) * length,
    )  # fmt: skip
    small = found.pop("rows")
    assert (small is not None) == (speed == "auto" and kind != "modernbert" and method == "full")
    assert set(found) == set(expected)
    assert ("lora" in "".join(found)) == (method == "lora")
    for name, slope in found.items():
        whole = expected[name]
        if whole.shape != slope.shape:  # the rows of words that are used
            whole = whole[small.used]
        assert torch.allclose(slope, whole, rtol=1e-3, atol=1e-6), name


def test_norms_are_of_a_text_over_all_that_was_looked_up():
    encoder, decoder = torch.zeros(2, 2, 1), torch.zeros(2, 3, 1)
    encoder[0, 0, 0], decoder[0, 2, 0], decoder[1, 0, 0] = 3.0, 4.0, 2.0
    found = _attack.unit([encoder, decoder], None)
    assert found[0].flatten().tolist() == pytest.approx([0.6, 0, 0, 0])
    assert found[1].flatten().tolist() == pytest.approx([0, 0, 0.8, 1, 0, 0])
    (ends,) = _attack.unit([torch.tensor([3.0, 4.0, 0.0, 0.0, 2.0])[None, :, None]], [2, 2, 1])
    assert ends.flatten().tolist() == pytest.approx([0.6, 0.8, 0, 0, 1]), "one is nowhere steep"


def test_how_far_is_a_multiple_of_the_mean_length_of_word_vectors(monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr(_attack, "ROWS", 2)  # and a last one
    lengths = torch.tensor([[3.0, 4.0], [0.0, 1.0], [6.0, 8.0]])  # 5, 1 and 10

    def model(table):
        return SimpleNamespace(get_input_embeddings=lambda: table, modules=lambda: [table])

    class Scaled(torch.nn.Embedding):  # as Gemma's
        def forward(self, ids):
            return 3 * super().forward(ids)

    for frozen in (False, True):
        table = torch.nn.Embedding.from_pretrained(lengths, freeze=frozen)
        assert _attack.mean_length(model(table)) == pytest.approx(16 / 3, rel=1e-7)
    half = torch.nn.Embedding.from_pretrained(lengths.bfloat16())
    assert _attack.mean_length(model(half)) == pytest.approx(16 / 3, rel=1e-7)
    assert _attack.mean_length(model(Scaled.from_pretrained(lengths))) == pytest.approx(16)
    once = fgm.make(fgm.Settings(), 5.0)
    assert (once.steps, once.size, once.radius) == (1, 1.5, None)
    often = pgd.make(pgd.Settings(alpha=0.2), 5.0)
    assert (often.steps, often.size, often.radius) == (3, 1.0, 1.5)


def test_the_mean_length_is_found_through_an_adapter(tmp_path):
    import peft
    import transformers as hf

    plain = hf.AutoModel.from_pretrained(tiny.save_model(tmp_path))
    expected = plain.embeddings.word_embeddings.weight.detach().norm(dim=1).mean().item()
    for settings in ({"target_modules": ["query", "word_embeddings"]},
                     {"target_modules": ["query"], "modules_to_save": ["word_embeddings"]},
                     {"target_modules": ["query"], "trainable_token_indices": [5, 6]}):  # fmt: skip
        model = peft.get_peft_model(hf.AutoModel.from_pretrained(tmp_path),
                                    peft.LoraConfig(**settings))  # fmt: skip
        assert _attack.mean_length(model) == pytest.approx(expected, rel=1e-6), settings


def test_every_table_with_the_words_is_moved_and_weights_never_are(tmp_path):
    import transformers as hf

    model = hf.T5ForConditionalGeneration(hf.T5Config(
        vocab_size=20, d_model=8, d_kv=4, d_ff=16, num_layers=1, num_heads=2, dropout_rate=0.0,
        decoder_start_token_id=0,
    ))  # fmt: skip
    before = {name: one.clone() for name, one in model.state_dict().items()}
    ids, labels = torch.tensor([[3, 4, 5], [6, 7, 1]]), torch.tensor([[8, 9], [10, 1]])

    def loss():
        return model(input_ids=ids, labels=labels).loss

    def clean():
        found = loss()
        found.backward()
        return found.detach()

    attack = _attack.Attack(steps=1, size=0.5)
    first, moved = attack.step(model, clean, loss, lambda one: one.backward(), lambda one: one)
    assert moved > first
    with _attack.watched(model) as seen:
        loss()
    assert [tuple(one.shape) for one in seen.vectors] == [(2, 3, 8), (2, 2, 8)]
    assert all(torch.equal(before[name], one) for name, one in model.state_dict().items())
    assert loss().item() == pytest.approx(first.item()), "no hook is left"


# of all tasks ------------------------------------------------------------------------------------
def crashed_and_resumed(recipe, folder, monkeypatch):
    """Rows and weights of a run in peace, and of one that broke off at its sixth step."""
    from workbench.training.engine import Engine

    def facts(run):
        rows = run.history().query("kind == 'step'")
        names = ["step", "loss", "added_loss", "grad_norm"]
        weights = (run.path / "model" / "model.safetensors").read_bytes()
        return rows[names].reset_index(drop=True), weights

    peaceful = facts(wb.fine_tune(recipe, folder / "whole", progress=False))
    real = Engine.compute_loss

    def broken(self, *args, **more):
        if self.state.global_step == 5:
            raise RuntimeError("out of luck")
        return real(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "compute_loss", broken)
        with pytest.raises(Exception, match="out of luck"):
            wb.fine_tune(recipe, folder / "broken", progress=False)
    torch.manual_seed(99)
    return peaceful, facts(wb.fine_tune(recipe, folder / "broken", progress=False))


@pytest.mark.parametrize(
    "value",
    [{"regularisation": "rdrop"}, {"regularisation": "mixup"}, {"adversarial": "fgm"},
     {"adversarial": "pgd", "precision": "bf16"}],
    ids=["rdrop", "mixup", "fgm", "pgd"],
)  # fmt: skip
def test_a_run_that_broke_off_ends_as_one_in_peace(value, tiny_recipe, tmp_path, monkeypatch):
    recipe = tiny_recipe.replace(max_steps=8, gradient_accumulation=2, batch_size=4, **value)
    (rows, weights), (again, same) = crashed_and_resumed(recipe, tmp_path, monkeypatch)
    assert rows.equals(again) and weights == same
    assert rows["added_loss"].notna().all() and (rows["grad_norm"] > 0).all()


def tagging(tiny_recipe, folder):
    return tiny_recipe.replace(task="token-classification", dataset=tags.tagged(48))


def answering(tiny_recipe, folder):
    return tiny_recipe.replace(task="question-answering", dataset=answers.questions(48))


def scoring(tiny_recipe, folder):
    return tiny_recipe.replace(task="regression", dataset=numbers.scored())


def labelling(tiny_recipe, folder):
    return tiny_recipe.replace(task="multi-label-classification", dataset=sets.labelled(64))


def filling(tiny_recipe, folder):
    return tasks.filling(folder)


def learning(tiny_recipe, folder):
    return tasks.learning(folder)


def writing(tiny_recipe, folder):
    return tasks.writing(folder)


def talking(tiny_recipe, folder):
    return chat.recipe_for(folder, method={"kind": "lora", "rank": 4})


def ranking(tiny_recipe, folder):
    return tasks.matching(folder).replace(matching={"kind": "cross_encoder", "negatives": 2})


@pytest.mark.parametrize(
    ("made", "value"),
    [
        *((made, {"regularisation": "rdrop"}) for made in
          (tagging, answering, scoring, labelling, filling, learning, writing)),
        *((made, {"regularisation": "mixup"}) for made in (scoring, labelling)),
        *((made, {"adversarial": "fgm"}) for made in
          (tagging, answering, filling, writing, talking, ranking)),
        (learning, {"adversarial": "pgd"}),
    ],
    ids=lambda one: one.__name__ if callable(one) else next(iter(one.values())),
)  # fmt: skip
def test_each_task_has_it(made, value, tiny_recipe, tmp_path):
    recipe = made(tiny_recipe, tmp_path).replace(
        max_eval_examples=4, evaluate_every=None, checkpoint_every=10, gradient_accumulation=2,
        batch_size=4,
    )  # fmt: skip
    rows, _ = steps_of(recipe, tmp_path / "run", **value,
                       dropout=0.1 if made is not talking else None)  # fmt: skip
    found = rows.iloc[0]
    assert math.isfinite(found["added_loss"]) and found["added_loss"] != 0
    assert 0 < found["loss"] < 10 and found["grad_norm"] > 0


# what is refused ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adversarial": {"kind": "fgm", "epsilon": 0}}, "adversarial.epsilon is 0. It must be ab"),
        ({"adversarial": {"kind": "fgm", "epsilon": 1e6}}, "above 0 and at most 100"),
        ({"adversarial": {"kind": "fgm", "alpha": 1}}, "alpha is a setting of adversarial of kind"),
        ({"adversarial": {"kind": "pgd", "alpha": -1}}, "adversarial.alpha is -1"),
        ({"adversarial": {"kind": "pgd", "steps": 0}}, "adversarial.steps is 0. It must be at lea"),
        ({"adversarial": {"kind": "pgd", "epsilon": float("nan")}}, "adversarial.epsilon is nan"),
        ({"adversarial": "sam"}, "adversarial.kind is 'sam'"),
        ({"regularisation": None}, "regularisation is None"),
        ({"regularisation": {"kind": "rdrop", "weight": 0}}, "regularisation.weight is 0"),
        ({"regularisation": {"kind": "mixup", "alpha": 0}}, "regularisation.alpha is 0"),
        ({"regularisation": "rdrop", "dropout": 0}, "R-Drop would do nothing. Set dropout above 0"),
        ({"regularisation": "rdrop", "adversarial": "fgm"}, "one run takes one of them"),
        ({"regularisation": "mixup", "batch_size": 1}, "nothing to mix it with"),
        ({"regularisation": "mixup", "task": "token-classification"}, "which is not for token-cl"),
        ({"regularisation": "rdrop", "task": "sentence-similarity"}, "which is not for sentence-"),
        ({"adversarial": "fgm", "task": "chat", "loss": "dpo"}, "nothing can be added"),
        ({"regularisation": "rdrop", "task": "chat", "loss": "dpo"}, "nothing can be added"),
    ],
)  # fmt: skip
def test_recipes_that_are_refused(changes, said):
    with pytest.raises(RecipeError, match=said):
        wb.Recipe(**changes)


def test_what_a_model_or_a_loss_cannot_is_refused_before_training(tiny_recipe, tmp_path):
    quiet = tiny.save_model(tmp_path / "quiet", dropout=0.0)
    recipe = tiny_recipe.replace(model=str(quiet), regularisation="rdrop")
    with pytest.raises(RecipeError, match="has no dropout: both passes would be the same"):
        prepare(recipe)
    prepare(recipe.replace(dropout=0.1))
    prepare(recipe.replace(method={"kind": "lora", "dropout": 0.1}, dropout=0))  # noise as well
    with pytest.raises(RecipeError, match="compares all texts of a step"):
        prepare(tasks.matching(tmp_path).replace(adversarial="fgm"))
    attacked = tiny_recipe.replace(adversarial="fgm")
    with (
        pytest.raises(RecipeError, match="does not look its words up in one word embedding"),
        adversarial.looking(attacked, torch.nn.Linear(2, 2)),
    ):
        pass


def test_a_recipe_that_leaves_them_alone_is_as_before(tiny_recipe, tmp_path):
    text = tiny_recipe.to_yaml()
    assert not {"regularisation", "adversarial", "added"} & set(text.replace(":", " ").split())
    kinds = ("none", "mixup", "rdrop"), ("none", "fgm", "pgd")
    assert (tuple(REGULARISATION.names()), tuple(ADVERSARIAL.names())) == kinds
    assert fitting("text-to-text", REGULARISATION) == ["none", "rdrop"]
    chosen = tiny_recipe.replace(adversarial="pgd", dropout=0.2)
    assert wb.Recipe.from_yaml(chosen.to_yaml()) == chosen
    assert "adversarial" in chosen.to_yaml() and "regularisation" not in chosen.to_yaml()


@pytest.mark.parametrize("task", [one.name for one in task_registry.specs()])
def test_label_smoothing_reaches_the_loss_of_each_task_that_lists_it(task):
    """And its weight decay the optimizer, as tests of the step and of settings hold."""
    from types import SimpleNamespace

    from workbench import tasks as registered

    if "label_smoothing" in task_registry.spec(task).unused:
        return
    import pandas as pd

    examples = SimpleNamespace(label_names=["a", "b"],
                               splits={"train": pd.DataFrame({"label": [0, 1]})})  # fmt: skip
    loss = registered.get(task).prepare_loss(wb.Recipe(label_smoothing=0.2), examples)
    logits = torch.tensor([[[2.0, 0.0, -1.0]]])
    labels = torch.tensor([[0]])
    if task_registry.spec(task).predicts == "class":
        logits, labels = logits[0], labels[0]
    theirs = cross_entropy(logits.flatten(0, -2), labels.flatten(), label_smoothing=0.2)
    assert loss.total(logits, labels).item() == pytest.approx(theirs.item(), rel=1e-5)
