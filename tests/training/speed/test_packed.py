"""The padding-free path computes what the library computes: logits, loss, every gradient."""

import copy
import math

import numpy as np
import pytest
import torch
import transformers as hf
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.training import tiny
from workbench import device, tasks
from workbench.errors import RecipeError
from workbench.training.speed.packed import PackedClassifier, packed_for, supports
from workbench.training.speed.packed_attention import Packed
from workbench.training.speed.said import speed_sentence

KINDS = ("bert", "roberta", "electra", "distilbert", "albert")


def classifier(kind):
    common = dict(vocab_size=100, pad_token_id=0, num_labels=3)
    usual = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=66, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        **common,
    )  # fmt: skip
    configs = {
        "bert": lambda: hf.BertConfig(**usual),
        "roberta": lambda: hf.RobertaConfig(**usual),
        "electra": lambda: hf.ElectraConfig(embedding_size=16, **usual),
        "albert": lambda: hf.AlbertConfig(
            embedding_size=16, classifier_dropout_prob=0.0, **usual
        ),
        "distilbert": lambda: hf.DistilBertConfig(
            dim=32, n_layers=2, n_heads=2, hidden_dim=48, max_position_embeddings=66, dropout=0.0,
            attention_dropout=0.0, seq_classif_dropout=0.0, qa_dropout=0.0, **common,
        ),
        "modernbert": lambda: hf.ModernBertConfig(**{**usual, "num_hidden_layers": 2}),
    }  # fmt: skip
    torch.manual_seed(0)
    return hf.AutoModelForSequenceClassification.from_config(configs[kind]()).train()


MODELS = {kind: classifier(kind) for kind in KINDS}


def both(kind, lengths, seed=0):
    """(loss, gradients) of the library over a padded batch, and of the packed path."""
    model = MODELS[kind]
    generator = torch.Generator().manual_seed(seed)
    lengths = sorted(lengths, reverse=True)
    rows = [torch.randint(1, 100, (n,), generator=generator) for n in lengths]
    labels = torch.randint(3, (len(rows),), generator=generator)
    types = {}
    if kind in ("bert", "electra", "albert"):
        types = {"token_type_ids": [torch.arange(n) % 2 for n in lengths]}
    pad = torch.nn.utils.rnn.pad_sequence
    padded = {"input_ids": pad(rows, batch_first=True)}
    padded |= {name: pad(parts, batch_first=True) for name, parts in types.items()}
    padded["attention_mask"] = pad([torch.ones(n, dtype=torch.long) for n in lengths], True)
    packed = PackedClassifier(model)
    answers = []
    for compute in (
        lambda: model(**padded).logits,
        lambda: packed.logits(
            torch.cat(rows), lengths, **{name: torch.cat(parts) for name, parts in types.items()}
        ),
    ):
        model.zero_grad(set_to_none=True)
        logits = compute()
        loss = torch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        answers.append((logits.detach(), loss.item(), gradients))
    return answers


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12)
@given(lengths=st.lists(st.integers(1, 64), min_size=1, max_size=7), seed=st.integers(0, 99))
def test_logits_loss_and_gradients_are_the_librarys(kind, lengths, seed):
    (logits, loss, gradients), (our_logits, our_loss, ours) = both(kind, lengths, seed)
    torch.testing.assert_close(our_logits, logits, rtol=1e-5, atol=1e-6)
    assert our_loss == pytest.approx(loss, rel=1e-6)
    assert ours.keys() == gradients.keys()
    scale = max(float(g.abs().max()) for g in gradients.values())
    for name, gradient in gradients.items():
        assert float((ours[name] - gradient).abs().max()) <= 1e-5 * scale + 1e-7, name


def test_hidden_states_and_logits_of_every_token_are_the_librarys():
    lengths = [11, 6, 6, 2]
    rows = [torch.randint(1, 100, (n,), generator=torch.manual_seed(3)) for n in lengths]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    mask = torch.arange(padded.shape[1]) < torch.tensor(lengths)[:, None]
    for kind in KINDS:
        for auto in (hf.AutoModelForTokenClassification, hf.AutoModelForQuestionAnswering):
            config = copy.deepcopy(MODELS[kind].config)
            config.num_labels = 2
            model = auto.from_config(config).eval()
            packed = packed_for(model)
            with torch.no_grad():
                out = model(input_ids=padded, attention_mask=mask.long(), output_hidden_states=True)
                ours = packed.logits(torch.cat(rows), lengths)
                hidden = packed.hidden(torch.cat(rows), lengths)
            logits = out.logits if "logits" in out else torch.stack(
                [out.start_logits, out.end_logits], -1
            )  # fmt: skip
            if ours.dim() == 3:  # a span finder's, padded
                assert torch.isinf(ours[~mask]).all()
                ours = ours[mask]
            torch.testing.assert_close(ours, logits[mask], rtol=1e-5, atol=1e-6)
            torch.testing.assert_close(hidden, out.hidden_states[-1][mask], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("head", ["TokenClassification", "QuestionAnswering"])
def test_losses_and_gradients_of_heads_on_every_token_are_the_librarys(kind, head):
    lengths = [13, 9, 9, 3, 1]
    config = copy.deepcopy(MODELS[kind].config)
    config.num_labels = 2 if head == "QuestionAnswering" else 4
    torch.manual_seed(1)
    model = getattr(hf, f"AutoModelFor{head}").from_config(config).train()
    rows = [torch.randint(1, 100, (n,)) for n in lengths]
    pad = torch.nn.utils.rnn.pad_sequence
    ids = pad(rows, batch_first=True)
    mask = torch.arange(ids.shape[1]) < torch.tensor(lengths)[:, None]
    if head == "QuestionAnswering":
        start, end = torch.tensor([4, 0, 8, 2, 0]), torch.tensor([12, 3, 8, 2, 0])
    else:
        tags = [torch.randint(4, (n,)) for n in lengths]

    def padded_loss():
        out = model(input_ids=ids, attention_mask=mask.long())
        if head == "TokenClassification":
            return torch.nn.functional.cross_entropy(out.logits[mask], torch.cat(tags))
        logits = torch.stack([out.start_logits, out.end_logits], -1)
        return spans(logits.masked_fill(~mask[..., None], -torch.inf))

    def packed_loss():
        logits = packed_for(model).logits(torch.cat(rows), lengths)
        if head == "TokenClassification":
            return torch.nn.functional.cross_entropy(logits, torch.cat(tags))
        return spans(logits)

    def spans(logits):
        loss = torch.nn.functional.cross_entropy
        return (loss(logits[..., 0], start) + loss(logits[..., 1], end)) / 2

    answers = []
    for compute in (padded_loss, packed_loss):
        model.zero_grad(set_to_none=True)
        loss = compute()
        loss.backward()
        answers.append(
            (
                loss.item(),
                {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None},
            )
        )
    (loss, gradients), (our_loss, ours) = answers
    assert our_loss == pytest.approx(loss, rel=1e-6)
    assert ours.keys() == gradients.keys()
    scale = max(float(g.abs().max()) for g in gradients.values())
    for name, gradient in gradients.items():
        assert float((ours[name] - gradient).abs().max()) <= 1e-5 * scale + 1e-7, name


def test_one_of_512_tokens_among_thousands_of_5():
    from workbench.tasks.shared.encoding import Encoded
    from workbench.training.predicting.many_rows import TOKENS, predict_outputs

    config = copy.deepcopy(MODELS["bert"].config)
    config.max_position_embeddings = 512
    torch.manual_seed(2)
    model = hf.BertForSequenceClassification(config).eval()
    lengths = np.full(3001, 5)
    lengths[1234] = 512
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.random.RandomState(0).randint(1, 100, offsets[-1]).astype(np.int32)
    ours = predict_outputs(model, None, Encoded({"input_ids": ids}, offsets), batch_size=64)
    with torch.no_grad():
        short = np.delete(np.arange(3001), 1234)
        table = torch.tensor(np.stack([ids[offsets[r] : offsets[r + 1]] for r in short])).long()
        long = torch.tensor(ids[offsets[1234] : offsets[1235]])[None].long()
        np.testing.assert_allclose(ours[short], model(table).logits, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(ours[[1234]], model(long).logits, rtol=1e-4, atol=1e-6)
    # beside the long one the short ones are not padded to its length
    groups = Packed.of([512, *[5] * 63], torch.device("cpu")).groups
    assert sum(g.longest**2 * len(g.lengths) for g in groups) <= 512**2 + 63 * 25 + 4096
    assert TOKENS >= 512


@pytest.mark.parametrize("lengths", [[9] * 5, [64, 3, 3, 3], [1], [64], [2, 1, 1]])
def test_one_length_one_long_among_short_and_a_last_batch_of_one(lengths):
    (logits, _, _), (ours, _, _) = both("bert", lengths)
    torch.testing.assert_close(ours, logits, rtol=1e-5, atol=1e-6)


def test_the_model_is_left_as_it_was():
    model = MODELS["bert"]
    before = model.config._attn_implementation
    both("bert", [5, 4])
    assert model.config._attn_implementation == before
    assert not model.bert.encoder.layer[-1].attention.output._forward_pre_hooks


class Adapter(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner, self.down = inner, torch.nn.Linear(inner.in_features, 2)
        self.up = torch.nn.Linear(2, inner.out_features)

    def forward(self, states):
        return self.inner(states) + self.up(self.down(states))


def test_models_that_almost_fit_take_the_librarys_path():
    assert all(supports(model) for model in MODELS.values())
    assert not supports(classifier("modernbert"))
    small = dict(hidden_size=16, num_attention_heads=2, num_hidden_layers=1, intermediate_size=16,
                 vocab_size=9)  # fmt: skip
    for almost in (
        {"is_decoder": True},
        {"is_decoder": True, "add_cross_attention": True},
        {"position_embedding_type": "relative_key"},
        {"chunk_size_feed_forward": 4},
    ):
        assert not supports(hf.BertForSequenceClassification(hf.BertConfig(**small, **almost)))
    adapted = hf.BertForSequenceClassification(hf.BertConfig(**small))
    assert supports(adapted)
    adapted.peft_config = {"default": object()}  # as adapters announce themselves
    assert not supports(adapted)
    within = hf.BertForSequenceClassification(hf.BertConfig(**small))
    attention = within.bert.encoder.layer[0].attention.self
    attention.query = Adapter(attention.query)  # what low-rank adapters do
    assert not supports(within)
    tokens = hf.BertForTokenClassification(MODELS["bert"].config)
    assert not supports(tokens)
    assert packed_for(hf.BertForMaskedLM(MODELS["bert"].config)) is None

    class Mine(hf.BertForSequenceClassification):
        pass

    assert not supports(Mine(MODELS["bert"].config))


@pytest.mark.parametrize("kind", ["deberta-v2", "modernbert"])
def test_relative_positions_train_on_the_librarys_path_which_the_panel_says(
    kind, tiny_recipe, tmp_path
):
    model = tiny.save_model(tmp_path / "model", kind, dropout=0.0)
    recipe = tiny_recipe.replace(model=str(model), epochs=1, length_grouping=False)
    auto = wb.fine_tune(recipe, tmp_path / "auto", progress=False)
    exact = wb.fine_tune(recipe.replace(speed="exact"), tmp_path / "exact", progress=False)
    ours, theirs = (run.history().query("kind == 'step'") for run in (auto, exact))
    assert ours["loss"].tolist() == pytest.approx(theirs["loss"].tolist(), rel=1e-5)
    said = auto.speed()["chosen"]
    assert "the library's forward pass" in said and "has no padding-free path" in said
    assert (ours["padded_tokens"] > ours["tokens"]).any()


@pytest.mark.parametrize(("task", "about", "wanted"), [
    ("sentence-similarity", {"matching": {"kind": "cross_encoder"}},
     "padded batches: Sentence similarity has no padding-free path"),
    ("chat", {"rows": "packed"}, "rows of several texts"),
    ("chat", {}, "padded batches: LlamaForCausalLM has no padding-free path"),
    ("language-modelling", {}, "full rows, which need no padding"),
    ("chat", {"rows": "packed", "speed": "exact"}, "speed: exact; rows of several texts"),
    ("chat", {"speed": "exact"}, "speed: exact; padded batches"),
])  # fmt: skip
def test_why_the_librarys_path_is_taken(task, about, wanted, monkeypatch):
    monkeypatch.setattr(device, "device_name", lambda: "cpu")
    model = type("LlamaForCausalLM", (), {})()
    said = speed_sentence(
        wb.Recipe(task=task, **about), tasks.get(task), model, None, None, "fp32", begun=True
    )
    assert wanted in said and said.endswith(", fp32")


def test_auto_and_exact_train_alike_and_say_what_they_did(tiny_recipe, tmp_path):
    model = tiny.save_model(tmp_path / "model", dropout=0.0)
    recipe = tiny_recipe.replace(model=str(model), epochs=1)
    fast = wb.fine_tune(recipe, tmp_path / "fast", progress=False)
    exact = wb.fine_tune(recipe.replace(speed="exact"), tmp_path / "exact", progress=False)
    ours, theirs = (run.history().query("kind == 'step'") for run in (fast, exact))
    assert ours["loss"].tolist() == pytest.approx(theirs["loss"].tolist(), rel=2e-4)
    assert (ours["padded_tokens"] == ours["tokens"]).all()
    assert (theirs["padded_tokens"] > theirs["tokens"]).any()
    assert "no padding" in fast.status()["speed"] and "exact" in exact.status()["speed"]
    speed = fast.speed()
    assert speed["padding"] == 0 and 0 < speed["spared"] < 1 and speed["chosen"]
    assert exact.speed()["padding"] == pytest.approx(
        1 - theirs["tokens"].sum() / theirs["padded_tokens"].sum()
    )
    assert (ours["tokens_per_second"] > 0).all() and (ours["data_seconds"] >= 0).all()
    assert (ours["optimizer_seconds"] < ours["seconds"]).all()


def test_exact_is_the_curve_of_a_loop_written_by_hand(tiny_recipe, tmp_path):
    from workbench.training.batching import EpochSampler, seed_step
    from workbench.training.preparing import prepare

    recipe = tiny_recipe.replace(speed="exact", epochs=2, warmup=0, max_grad_norm=1.0)
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    prepared = prepare(recipe)
    model, train = prepared.model.train(), prepared.encoded["train"]
    decayed = [p for n, p in model.named_parameters() if "bias" not in n and "LayerNorm" not in n]
    plain = [p for n, p in model.named_parameters() if "bias" in n or "LayerNorm" in n]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}],
        lr=recipe.learning_rate, fused=True,
    )  # fmt: skip
    total = 2 * math.ceil(len(train) / 8)
    losses, step = [], 0
    for epoch in range(2):
        sampler = EpochSampler(len(train), recipe.seed)
        sampler.set_epoch(epoch)
        order = list(sampler)
        for start in range(0, len(order), 8):
            rows = [train[i] for i in order[start : start + 8]]
            batch = prepared.tokenizer.pad(
                [{"input_ids": row["input_ids"]} for row in rows], return_tensors="pt"
            )
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * (total - step) / total
            seed_step(recipe.seed, step, 0)
            logits = model(**batch).logits
            loss = torch.nn.functional.cross_entropy(
                logits, torch.tensor([row["labels"] for row in rows])
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            step += 1
    steps = run.history().query("kind == 'step'")
    assert steps["loss"].tolist() == pytest.approx(losses, rel=1e-5)


def test_bf16_is_taken_only_where_it_gains(monkeypatch):
    device.cpu_gains_from_bf16.cache_clear()
    monkeypatch.delenv("WORKBENCH_CPU_PRECISION")
    monkeypatch.setattr(device, "bf16_speed_up", lambda: 0.5)
    assert device.choose_precision("auto", "cpu") == "fp32"
    assert device.choose_precision("bf16", "cpu") == "bf16"
    device.cpu_gains_from_bf16.cache_clear()
    monkeypatch.undo()
    assert device.bf16_speed_up(1) > 0


def test_what_auto_means_on_a_cpu_can_be_set(monkeypatch):
    monkeypatch.setattr(device, "bf16_speed_up", lambda: pytest.fail("it was measured"))
    for name in ("bf16", "fp32"):
        monkeypatch.setenv("WORKBENCH_CPU_PRECISION", name)
        assert device.choose_precision("auto", "cpu") == name
    monkeypatch.setenv("WORKBENCH_CPU_PRECISION", "half")
    with pytest.raises(RecipeError, match="'half'; fp32 or bf16"):
        device.choose_precision("auto", "cpu")
