"""Measures of heads by hand, and silenced heads against the library with zeroed weights."""

import numpy as np
import pytest
import torch
import transformers as hf

from tests.inspection.inside.heads_model import save_classifier
from workbench import plots
from workbench.errors import DataError, ModelError
from workbench.inspection import (
    head_ablation,
    head_changes,
    head_profile,
    head_statistics,
    silenced,
)
from workbench.inspection.inside.attention import Attention, attention

torch.set_num_threads(1)
TEXTS = ["a good film", "the plot was bad and dull", "bad film bad book"]
LABELS = ["class-1", "class-0", "class-0"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("classifier"))


def test_profile_by_hand():
    previous = [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    even = [[0.25] * 4] * 4
    seen = Attention(
        np.array([[previous, even]], np.float32),
        ["[CLS]", "bad", "bad", "[SEP]"],
        np.array([True, False, False, True]),
        [None, 0, 0, None],
        "bad bad",
    )
    got = {name: values[0] for name, values in head_profile(seen).items()}
    np.testing.assert_allclose(got["entropy"], [0, 2])
    np.testing.assert_allclose(got["distance"], [3 / 4, (6 + 4 + 4 + 6) / 16])
    np.testing.assert_allclose(got["previous"], [3 / 4, 3 / 16])
    np.testing.assert_allclose(got["next"], [0, 3 / 16])
    np.testing.assert_allclose(got["delimiter"], [2 / 4, 2 / 4])
    np.testing.assert_allclose(got["itself"], [1 / 4, 1 / 4])
    np.testing.assert_allclose(got["repeated"], [1 / 4, 2 / 16])


def test_statistics_are_means_over_texts(folder):
    table = head_statistics(folder, TEXTS, role_from=0)
    assert len(table) == 4 and table.attrs["n_texts"] == 3
    each = [head_profile(attention(folder, text)) for text in TEXTS]
    for row in table.itertuples():
        mean = np.mean([p["distance"][row.layer, row.head] for p in each])
        assert row.distance == pytest.approx(mean)
        shares = {name: getattr(row, name) for name in
                  ("previous", "next", "delimiter", "itself", "repeated")}  # fmt: skip
        assert row.role == max(shares, key=shares.get)
    assert set(head_statistics(folder, TEXTS, role_from=1.01)["role"]) == {""}


def test_a_silenced_head_is_one_whose_output_weights_are_zero(folder):
    model = hf.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    reference = hf.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    size = model.config.hidden_size // model.config.num_attention_heads
    with torch.no_grad():  # head 1 of layer 0: its columns of the projection
        reference.bert.encoder.layer[0].attention.output.dense.weight[:, size : 2 * size] = 0
        ids = torch.tensor([[2, 5, 9, 14, 3]])
        whole = model(ids).logits
        with silenced(model, [(0, 1)]):
            without = model(ids).logits
        torch.testing.assert_close(without, reference(ids).logits)
        assert not torch.allclose(without, whole, atol=1e-3)
        assert torch.equal(model(ids).logits, whole)


def test_ablation_table(folder):
    table = head_ablation(folder, TEXTS, LABELS, batch_size=2)
    assert list(table.columns[:4]) == ["layer", "head", "loss", "accuracy"] and len(table) == 4
    model = hf.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(**batch).logits, torch.tensor([1, 0, 0]))
        with silenced(model, [(1, 0)]):
            one = torch.nn.functional.cross_entropy(model(**batch).logits, torch.tensor([1, 0, 0]))
    assert table.attrs["loss"] == pytest.approx(float(loss), abs=1e-5)
    row = table.query("layer == 1 and head == 0").iloc[0]
    assert row["loss_change"] == pytest.approx(float(one - loss), abs=1e-5)
    assert table["loss_change"].abs().max() > 1e-4


def test_changes_are_zero_against_itself_and_bounded(folder, tmp_path):
    same = head_changes(folder, folder, TEXTS)
    assert same["divergence"].max() < 1e-12
    assert (same["entropy_before"] == same["entropy_after"]).all()
    other = head_changes(folder, save_classifier(tmp_path / "other", seed=1), TEXTS)
    assert 0.01 < other["divergence"].min() and other["divergence"].max() <= 1


def test_refusals_are_one_sentence(folder, tmp_path):
    from tests.training.tiny import save_model

    with pytest.raises(DataError, match="no texts"):
        head_statistics(folder, [])
    with pytest.raises(DataError, match="Text 1: .* is empty"):
        head_statistics(folder, ["good", " "])
    with pytest.raises(DataError, match="2 texts and 1 labels"):
        head_ablation(folder, TEXTS[:2], LABELS[:1])
    with pytest.raises(DataError, match="no class 'fine'"):
        head_ablation(folder, TEXTS[:1], ["fine"])
    with pytest.raises(ModelError, match="no text classifier"):
        head_ablation(save_model(tmp_path / "bare"), TEXTS, LABELS)
    loaded = hf.AutoModelForSequenceClassification.from_pretrained(folder)
    with pytest.raises(ModelError, match="no layer 2, head 0"), silenced(loaded, [(2, 0)]):
        pass
    albert = hf.AlbertModel(hf.AlbertConfig(vocab_size=20, embedding_size=8, hidden_size=8,
        num_attention_heads=2, num_hidden_layers=3, intermediate_size=8))  # fmt: skip
    with pytest.raises(ModelError, match="cannot be silenced"), silenced(albert, [(0, 0)]):
        pass


def test_map_shows_each_head_at_its_place(folder):
    table = head_ablation(folder, TEXTS, LABELS)
    figure = plots.head_map(table, "loss_change")
    grid = figure.data[0].z
    assert grid[1][0] == table.query("layer == 1 and head == 0")["loss_change"].item()
    assert figure.data[0].zmin == -figure.data[0].zmax
    assert plots.head_map(table, "accuracy").data[0].zmin is None
    with pytest.raises(KeyError, match="no column 'weight'"):
        plots.head_map(table, "weight")
