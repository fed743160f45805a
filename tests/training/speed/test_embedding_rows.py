"""Training the used word vectors alone is training all of them, but for weight decay."""

import numpy as np
import pytest
import torch
import transformers as hf
from safetensors.torch import load_file

import workbench as wb
from tests.training import tiny
from workbench.training.preparing import prepare
from workbench.training.speed.embedding_rows import EmbeddingRows


def model():
    torch.manual_seed(0)
    config = hf.BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, num_labels=2, pad_token_id=0,
    )  # fmt: skip
    return hf.BertForSequenceClassification(config).eval()


def test_the_small_table_answers_as_the_whole_one():
    net = model()
    ids = torch.tensor([[7, 3, 49, 3]])
    whole = net.bert.embeddings.word_embeddings.weight
    before, wanted = whole.detach().clone(), net(input_ids=ids).logits
    rows = EmbeddingRows(net, ids.numpy())
    assert rows.used.tolist() == [3, 7, 49]
    assert rows.lookup[[3, 7, 49, 4]].tolist() == [0, 1, 2, -1]
    assert net.bert.embeddings.word_embeddings.weight.shape == (3, 16)
    assert torch.equal(net(input_ids=rows.lookup[ids]).logits, wanted)

    with torch.no_grad():
        rows.rows += 1.0
    with rows.whole_table():
        assert net.bert.embeddings.word_embeddings.weight is whole
        changed = (whole != before).any(1).nonzero().flatten().tolist()
        assert changed == [3, 7, 49]
        with torch.no_grad():
            whole[7] = 5.0  # as loading a checkpoint does
            whole[8] = 6.0
    assert torch.equal(rows.rows[1], torch.full((16,), 5.0))
    rows.restore()
    assert net.bert.embeddings.word_embeddings.weight is whole
    assert torch.equal(whole[8], torch.full((16,), 6.0))
    assert net.bert.embeddings.word_embeddings.num_embeddings == 50


def test_a_padding_token_within_a_text_gets_no_gradient_as_in_the_library():
    net = model()
    ids = torch.tensor([[7, 0, 3]])
    net(input_ids=ids).logits.sum().backward()
    wanted = net.bert.embeddings.word_embeddings.weight.grad.clone()
    assert not wanted[0].any()
    rows = EmbeddingRows(net, ids.numpy())
    net(input_ids=rows.lookup[ids]).logits.sum().backward()
    torch.testing.assert_close(rows.rows.grad, wanted[[0, 3, 7]])


def test_tied_or_unusual_tables_are_left_alone():
    assert EmbeddingRows.supports(model())
    config = hf.BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
                           intermediate_size=8)  # fmt: skip
    assert not EmbeddingRows.supports(hf.BertForMaskedLM(config))  # the output shares the table
    sparse = model()
    sparse.set_input_embeddings(torch.nn.Embedding(50, 16, sparse=True))
    assert not EmbeddingRows.supports(sparse)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_run_ends_with_the_weights_of_the_whole_table(tiny_recipe, tmp_path, monkeypatch, decay):
    # plain words of the training texts alone: other ids exist in the vocabulary
    folder = tiny.save_model(tmp_path / "model", dropout=0.0)
    recipe = tiny_recipe.replace(
        model=str(folder), epochs=2, weight_decay=decay, schedule="constant", warmup=0
    )
    ours = wb.fine_tune(recipe, tmp_path / "rows", progress=False)
    monkeypatch.setattr(EmbeddingRows, "supports", staticmethod(lambda model: False))
    theirs = wb.fine_tune(recipe, tmp_path / "whole", progress=False)
    left, right = (load_file(run.model_path / "model.safetensors") for run in (ours, theirs))
    used = np.unique(prepare(recipe).encoded["train"].arrays["input_ids"])
    name = "bert.embeddings.word_embeddings.weight"
    unused = np.setdiff1d(np.arange(len(left[name])), used)
    assert len(unused), "some word vectors occur nowhere"
    start = load_file(folder / "model.safetensors")[name.removeprefix("bert.")]
    assert torch.equal(left[name][unused], start[unused])
    steps = theirs.results()["best_step"]
    shrunk = start[unused] * (1 - recipe.learning_rate * decay) ** steps
    torch.testing.assert_close(right[name][unused], shrunk)
    for key, values in right.items():
        if key == name:
            values, mine = values[used], left[key][used]
        else:
            mine = left[key]
        torch.testing.assert_close(mine, values, rtol=2e-3, atol=2e-5)


def test_readers_of_a_checkpoint_find_the_whole_table(tiny_recipe, tmp_path):
    run = wb.fine_tune(tiny_recipe.replace(max_steps=4, checkpoint_every=2), tmp_path / "run",
                       progress=False)  # fmt: skip
    shapes = {
        load_file(path)["bert.embeddings.word_embeddings.weight"].shape
        for path in run.path.rglob("model.safetensors")
    }
    assert shapes == {(prepare(tiny_recipe).model.config.vocab_size, 32)}, shapes
    assert "word vectors" in run.status()["speed"]
