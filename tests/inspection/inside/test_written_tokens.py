"""Tokens that a model writes: their probabilities, where it looked, what they rest on."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import workbench as wb
from tests.training import writers
from workbench import inspection
from workbench.errors import DataError

KINDS = [pytest.param(name, id=name) for name in ("t5", "bart", "gpt2", "llama")]
ENCODERS = ("t5", "bart")
ASKED = {"kind": "template", "template": "{source} = "}
TEXT, WRITTEN = "a b c", "1 2 3"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A run of a kind of model, untrained: what it was asked by, and where its model lies."""
    folder, made = tmp_path_factory.mktemp("written"), {}

    def run(kind: str, task: str = "text-to-text"):
        if (kind, task) not in made:
            path = folder / kind
            if not path.exists():
                writers.save(path, kind)
            prompt = {} if kind in ENCODERS or task != "text-to-text" else {"prompt": ASKED}
            recipe = wb.Recipe(task=task, model=str(path), dataset="x.csv", max_length=16, **prompt)
            made[kind, task] = SimpleNamespace(recipe=recipe, model_path=path, name=kind, path=path)
        return made[kind, task]

    return run


def by_the_library(run):
    """Logits [n_written, n_words], the ids that are written, and all attentions."""
    import transformers as hf

    tokenizer = hf.AutoTokenizer.from_pretrained(run.model_path)
    crosses = run.name in ENCODERS
    auto = hf.AutoModelForSeq2SeqLM if crosses else hf.AutoModelForCausalLM
    model = auto.from_pretrained(run.model_path, attn_implementation="eager").eval()
    ids = [writers.WORDS.index(word) for word in WRITTEN.split()] + [3]
    with torch.no_grad():
        if crosses:
            batch = tokenizer(TEXT, return_tensors="pt")
            out = model(**batch, labels=torch.tensor([ids]), output_attentions=True)
            return out.logits[0], ids, torch.stack(out.cross_attentions)[:, 0], batch["input_ids"]
        prompt = tokenizer(f"{TEXT} =", add_special_tokens=False)["input_ids"]
        whole = torch.tensor([[*prompt, *ids]])
        out = model(whole, output_attentions=True)
        rows = slice(len(prompt) - 1, len(prompt) + len(ids) - 1)
        return out.logits[0, rows], ids, torch.stack(out.attentions)[:, 0, :, rows], whole


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_and_rivals_are_the_librarys(kind, asked):
    run = asked(kind)
    logits, ids, _, _ = by_the_library(run)
    found = inspection.written_tokens(run, TEXT, WRITTEN, rivals=3)
    shares = logits.softmax(-1)
    np.testing.assert_allclose(found.probabilities, shares[range(4), ids], atol=1e-6)
    assert "".join(found.tokens) == "1 2 3</s>" and len(found.tokens) == 4
    best = shares.topk(3, dim=-1)
    for place, rivals in enumerate(found.rivals):
        assert [word for word, _ in rivals] == [writers.WORDS[i] for i in best.indices[place]]
        np.testing.assert_allclose([p for _, p in rivals], best.values[place], atol=1e-6)
        rank = int((shares[place] > shares[place, ids[place]]).sum()) + 1
        assert found.ranks[place] == rank
    frame = found.frame()
    np.testing.assert_allclose(frame["bits"], -np.log2(found.probabilities))


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_the_librarys(kind, asked):
    run = asked(kind)
    _, ids, weights, read = by_the_library(run)
    found = inspection.written_attention(run, TEXT, WRITTEN)
    assert found.weights.shape == tuple(weights.shape) and len(found.tokens) == len(ids)
    np.testing.assert_allclose(found.weights, weights, atol=1e-6)
    assert found.read == [writers.WORDS[i] for i in read[0]]
    np.testing.assert_allclose(found.weights.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(found.of_token(1), weights[:, :, 1].mean((0, 1)), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("position", [pytest.param(0, id="first"), pytest.param(3, id="end")])
def test_attribution_is_complete_and_explains_that_very_logit(kind, position, asked):
    run = asked(kind)
    logits, ids, _, _ = by_the_library(run)
    found = inspection.written_attribution(run, TEXT, WRITTEN, position, steps=200)
    assert found.output == pytest.approx(float(logits[position, ids[position]]), abs=1e-5)
    gained = found.output - found.baseline_output
    assert found.weights.sum() == pytest.approx(gained, abs=2e-3 + 0.02 * abs(gained))
    assert found.completeness_error == pytest.approx(found.weights.sum() - gained, abs=1e-4)
    before = (
        4 if kind in ENCODERS else 4 + position
    )  # a decoder reads "=" and what it wrote
    assert len(found.read) == len(found.weights) == before


def test_of_a_long_text_each_token_can_be_asked_about(asked):
    run = asked("gpt2", "language-modelling")
    text = "a b c " * 20
    tokens = inspection.written_tokens(run, text).tokens
    found = inspection.written_attribution(run, text, None, 30, method="occlusion")
    rest = [one.strip() for one in tokens[:31]]  # the row has some of them, and what is before
    assert [one.strip() for one in found.tokens[:8]] == rest[-8:] and found.read == rest[-16:-1]
    seen = inspection.written_attention(run, text, None)
    assert len(tokens) == 61 and f"its first {len(seen.tokens)} of 61 tokens" in seen.notes[-1]
    with pytest.raises(DataError, match="counted from 0 to 60"):
        inspection.written_attribution(run, text, None, 61)
    short = inspection.written_attention(asked("t5"), TEXT, WRITTEN * 9)
    assert "cut" in short.notes[0]


def test_left_out_by_hand_is_what_occlusion_says(asked):
    """Of an encoder-decoder: the logit with one token replaced, less from what it was."""
    run = asked("t5")
    found = inspection.written_attribution(run, TEXT, WRITTEN, 1, method="occlusion")
    import transformers as hf

    model = hf.AutoModelForSeq2SeqLM.from_pretrained(run.model_path).eval()
    ids, labels = torch.tensor([[4, 5, 6, 3]]), torch.tensor([[15, 16, 17, 3]])

    def logit(read):
        with torch.no_grad():
            return float(model(input_ids=read, labels=labels).logits[0, 1, 16])

    for place in range(3):
        other = ids.clone()
        other[0, place] = 0  # the padding stands for nothing
        assert found.weights[place] == pytest.approx(logit(ids) - logit(other), abs=1e-5)


def test_a_learnt_text_has_a_cost_for_each_token_of_all_its_rows(asked):
    run = asked("gpt2", "language-modelling")
    text = " ".join(list("abcdefghij") * 3)  # more than max_length
    found = inspection.written_tokens(run, text)
    assert "".join(found.tokens).split("</s>")[0].split() == text.split()
    assert len(found.tokens) == 31 and (found.probabilities > 0).all()
    assert found.costs.sum() == pytest.approx(-np.log2(found.probabilities).sum())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda run: inspection.written_tokens(run, TEXT), "is written for the text is missing"),
        (lambda run: inspection.written_tokens(run, "", WRITTEN), "is empty"),
        (lambda run: inspection.written_attribution(run, TEXT, WRITTEN, 9), "no written token 9"),
        (lambda run: inspection.written_attribution(run, TEXT, WRITTEN, 0, method="occlude"),
         "no way 'occlude'"),
    ],
    ids=["missing", "empty", "position", "method"],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(ask, said, asked):
    with pytest.raises(DataError, match=said):
        ask(asked("t5"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_looked_at_is_said(kind, asked):
    run = asked(kind)
    assert inspection.written_tokens(run, TEXT, WRITTEN).notes == []
    found = inspection.written_tokens(run, TEXT, " ".join("12345" * 8))
    assert len(found.tokens) <= 17 and any("cut at" in note for note in found.notes), found.notes
