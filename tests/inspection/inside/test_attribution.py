"""Attributions against autograd, a sum over the path, and texts with a token replaced by hand."""

import numpy as np
import pytest
import torch
import transformers as hf

from tests.inspection.inside.heads_model import save_classifier
from tests.training.tiny import save_model
from workbench.errors import DataError, ModelError
from workbench.inspection import attribute, faithfulness
from workbench.inspection.inside.attention import attention

torch.set_num_threads(1)
TEXT = "a good film and a bad book"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("classifier"))


@pytest.fixture(scope="module")
def model(folder):
    return hf.AutoModelForSequenceClassification.from_pretrained(folder).eval()


@pytest.fixture(scope="module")
def ids(folder):
    return hf.AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")["input_ids"]


def ends(model, ids):
    """Embeddings of the text and with [PAD] for every ordinary token."""
    empty = torch.zeros_like(ids)
    empty[0, 0], empty[0, -1] = ids[0, 0], ids[0, -1]
    words = model.get_input_embeddings()
    return words(ids).detach(), words(empty).detach()


def test_integrated_gradients_are_the_sum_over_the_path(folder, model, ids):
    got = attribute(folder, TEXT, target="class-1", steps=200)
    text, empty = ends(model, ids)
    n, total = 2000, torch.zeros_like(text)
    for start in range(0, n, 200):  # midpoints
        share = (torch.arange(start, start + 200) + 0.5)[:, None, None] / n
        point = (empty + share * (text - empty)).requires_grad_()
        model(inputs_embeds=point).logits[:, 1].sum().backward()
        total += point.grad.sum(0, keepdim=True) / n
    expected = ((text - empty) * total).sum(-1)[0]
    np.testing.assert_allclose(got.scores, expected, atol=5e-3)
    assert abs(got.completeness_error) < 5e-3
    assert got.scores.sum() - (got.output - got.baseline_output) == pytest.approx(
        got.completeness_error, abs=1e-4
    )
    assert got.baseline == "[PAD]" and got.target == "class-1"
    np.testing.assert_allclose(got.scores[[0, -1]], 0, atol=1e-7)  # special tokens never move


def test_gradient_x_input_is_autograds(folder, model, ids):
    got = attribute(folder, TEXT, method="gradient_x_input", target="class-0")
    point = ends(model, ids)[0].requires_grad_()
    model(inputs_embeds=point).logits[0, 0].backward()
    np.testing.assert_allclose(got.scores, (point * point.grad).sum(-1)[0].detach(), atol=1e-5)
    assert got.completeness_error is None


def test_occlusion_is_the_logit_that_a_token_is_worth(folder, model, ids):
    got = attribute(folder, TEXT, method="occlusion")
    with torch.no_grad():
        whole = model(ids).logits[0]
        chosen = int(whole.argmax())
        assert got.target == f"class-{chosen}" and got.output == pytest.approx(float(whole[chosen]))
        for position in range(1, ids.shape[1] - 1):
            other = ids.clone()
            other[0, position] = 0
            worth = whole[chosen] - model(other).logits[0, chosen]
            assert got.scores[position] == pytest.approx(float(worth), abs=1e-5)
    frame = got.frame()
    assert frame["score"].abs().is_monotonic_decreasing and len(frame) == ids.shape[1]


@pytest.mark.parametrize(
    "kind, target, words",
    [
        ("TokenClassification", (2, "LABEL_1"), "LABEL_1 at 2"),
        ("QuestionAnswering", (1, 3), "span 1 to 3"),
        ("CausalLM", 7, "next token"),
    ],
)
def test_other_targets(tmp_path, kind, target, words):
    save_model(tmp_path)
    config = hf.AutoConfig.from_pretrained(tmp_path)
    config.is_decoder = kind == "CausalLM"
    torch.manual_seed(0)
    model = getattr(hf, "AutoModelFor" + kind).from_config(config).eval()
    model.save_pretrained(tmp_path)
    got = attribute(tmp_path, "good film so far", target=target)
    assert got.target.startswith(words) and abs(got.completeness_error) < 1e-3
    tokenizer = hf.AutoTokenizer.from_pretrained(tmp_path)
    with torch.no_grad():
        out = model(**tokenizer("good film so far", return_tensors="pt"))
    logit = (
        out.start_logits[0, 1] + out.end_logits[0, 3]
        if kind == "QuestionAnswering"
        else out.logits[0, 2, 1]
        if kind == "TokenClassification"
        else out.logits[0, -1, 7]
    )
    assert got.output == pytest.approx(float(logit), abs=1e-5)
    wrong = {"TokenClassification": (99, "LABEL_1"), "QuestionAnswering": (1, 99),
             "CausalLM": "no such piece"}  # fmt: skip
    with pytest.raises(DataError, match="The (target|tokenizer)"):
        attribute(tmp_path, "good film so far", target=wrong[kind])


def test_refusals_are_one_sentence(folder, tmp_path):
    with pytest.raises(DataError, match="no method 'shap'"):
        attribute(folder, TEXT, method="shap")
    with pytest.raises(DataError, match="no class 'fine'"):
        attribute(folder, TEXT, target="fine")
    with pytest.raises(ModelError, match="predicts nothing"):
        attribute(save_model(tmp_path), TEXT)
    with pytest.raises(DataError, match="no method 'lime'"):
        faithfulness(folder, [TEXT], methods=["lime"])
    with pytest.raises(DataError, match="Text 1 has 1 tokens"):
        faithfulness(folder, [TEXT, "good"], methods=["random"])
    with pytest.raises(DataError, match="shares"):
        faithfulness(folder, [TEXT], shares=[1.5])


def test_faithfulness_by_hand(folder, model, ids):
    table = faithfulness(folder, [TEXT], methods=["attention"], shares=[0.5])
    seen = attention(folder, TEXT)
    scores = seen.weights[-1, :, 0].mean(0)
    ordinary = np.arange(1, len(seen) - 1)
    top = ordinary[np.argsort(-scores[ordinary], kind="stable")][: round(0.5 * len(ordinary))]
    without = [i for i in range(len(seen)) if i not in top]
    alone = [0, *sorted(top), len(seen) - 1]
    with torch.no_grad():
        whole = model(ids).logits.softmax(-1)[0]
        chosen = int(whole.argmax())
        p_without, p_alone = (
            model(ids[:, part]).logits.softmax(-1)[0, chosen] for part in (without, alone)
        )
    row = table.iloc[0]
    assert row["comprehensiveness"] == pytest.approx(float(whole[chosen] - p_without), abs=1e-5)
    assert row["sufficiency"] == pytest.approx(float(whole[chosen] - p_alone), abs=1e-5)
    assert row["comprehensiveness_low"] == row["comprehensiveness_high"]  # one text, no spread


def test_faithfulness_of_several_methods(folder):
    texts = [TEXT, "the plot was dull", "nice warm story very fine", "a cold poor book"]
    table = faithfulness(folder, texts, steps=8, resamples=200)
    assert table["method"].tolist() == [
        "attention", "rollout", "integrated_gradients", "gradient_x_input", "occlusion", "random",
    ]  # fmt: skip
    for measure in ("comprehensiveness", "sufficiency"):
        assert (table[f"{measure}_low"] <= table[measure]).all()
        assert (table[measure] <= table[f"{measure}_high"]).all()
        mean = table.attrs["examples"].groupby("method")[measure].mean()
        np.testing.assert_allclose(table[measure], mean[table["method"]])
    again = faithfulness(folder, texts, steps=8, resamples=200)
    assert again.equals(table)
