"""Tokens that no text needs go: the texts are read and answered as before."""

import numpy as np
import pytest
import torch

import workbench as wb
from tests.training import toy_task, writers
from workbench import shipping
from workbench.catalog.loading.safe_loading import load_tokenizer
from workbench.shipping.compressing.vocabularies import trimmed

QUICK = {"examples": None, "timed": 2, "rounds": 1, "seconds": 0.1}


def test_a_trimmed_vocabulary_by_hand():
    backend = {
        "model": {
            "type": "BPE",
            "vocab": {"<e>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "bc": 5, "abc": 6, "cc": 7},
            "merges": [["a", "b"], ["b", "c"], ["ab", "c"], ["c", "c"]],
        },
        "added_tokens": [{"id": 0, "content": "<e>"}],
        "post_processor": {"special_tokens": {"<e>": {"ids": [0]}}, "sep": ["abc", 6]},
    }
    found, kept = trimmed(backend, {6})
    assert kept == [0, 1, 2, 3, 4, 6]  # abc is made of ab and c; bc and cc go
    assert found["model"]["vocab"] == {"<e>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "abc": 5}
    assert found["model"]["merges"] == [["a", "b"], ["ab", "c"]]
    assert found["post_processor"]["sep"] == ["abc", 5]
    assert backend["model"]["vocab"]["abc"] == 6


def test_the_same_logits_from_fewer_tokens(run, tmp_path):
    found = shipping.compress(run, {"kind": "vocabulary", "texts": ["199"]}, **QUICK)
    own, new = shipping.of_run(run), found.candidate
    rows = len(own.predictor.model.get_input_embeddings().weight)
    left = len(new.predictor.model.get_input_embeddings().weight)
    assert left < rows - 70 and f"{left} of {rows}" in found.said[0]
    told = [one.predict(found.bench.frame).filter(like="score_").to_numpy() for one in (own, new)]
    assert np.array_equal(*told)
    assert found.table["flips"][1] == 0 and found.table["size_share"][1] < 0.9
    tokenizer = load_tokenizer(found.folder)
    assert tokenizer.tokenize("good film 199 198") == ["good", "film", "199", "[UNK]"]
    assert len(tokenizer) == left and (found.folder / "model.safetensors").is_file()
    both = shipping.compress(run, ["vocabulary", "int8"], **QUICK)
    assert both.table["megabytes"][1] < found.table["megabytes"][1]
    assert wb.fine_tune(
        run.recipe.replace(model=str(found.folder), max_steps=1), tmp_path / "m", progress=False
    ).state == "done"  # fmt: skip


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_a_writer_writes_the_same(kind, tmp_path):
    table = toy_task.frame(40).rename(columns={"letters": "source", "numbers": "target"})
    recipe = wb.Recipe(
        task="text-to-text", model=str(writers.save(tmp_path / kind, kind, size=64)),
        dataset=table, max_length=16, test_size=8, validation_size=8, max_steps=2,
        precision="fp32", generation={"kind": "greedy", "max_new_tokens": 1},
    )  # fmt: skip
    run = wb.fine_tune(recipe, tmp_path / "run", progress=False)
    found = shipping.compress(run, "vocabulary", **QUICK)
    model = found.candidate.predictor.model
    assert model.get_output_embeddings().weight.shape == model.get_input_embeddings().weight.shape
    told = found.predict(found.bench.frame)
    assert told["label"].equals(found.bench.before["label"])
    assert torch.isfinite(torch.tensor(told["loss"].to_numpy())).all()


def test_a_real_tokenizer_cuts_its_texts_as_before(require_sample):
    import json

    for name in ("minilm-l6",):
        tokenizer = load_tokenizer(require_sample(name))
        texts = ["The film wasn't bad at all!", "Naïve café, unbelievably 2,000 §"]
        backend = json.loads(tokenizer.backend_tokenizer.to_str())
        ids = tokenizer(texts)["input_ids"]
        found, kept = trimmed(backend, {one for row in ids for one in row})
        from tokenizers import Tokenizer

        again = Tokenizer.from_str(json.dumps(found))
        again.no_padding()
        assert [[kept[one] for one in again.encode(text).ids] for text in texts] == ids
        assert len(kept) < 60
