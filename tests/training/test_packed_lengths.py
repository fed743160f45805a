"""Texts of any lengths in one row: each has the logits, and all have the loss, of each alone."""

import numpy as np
import pytest
import torch

from tests.training import writers
from workbench.tasks.chat import laying
from workbench.tasks.shared import target_collators
from workbench.tasks.shared.encoding import IGNORED

KINDS = [pytest.param(name, id=name) for name in ("gpt2", "llama", "qwen2")]
LENGTHS = [
    pytest.param([1, 1, 1, 1], 4, id="ones"), pytest.param([5, 1, 9, 13, 3], 16, id="odd"),
    pytest.param([16, 16], 16, id="full"), pytest.param([2, 14, 3, 13, 4, 12], 16, id="in-twos"),
    pytest.param([1, 40, 1], 64, id="one-long"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made():
    kept = {}
    return lambda kind: kept.setdefault(kind, writers.model(kind))


def drawn(lengths, seed):
    """Token ids and labels of texts: of each the end is learnt, as much as chance says."""
    rng = np.random.RandomState(seed)
    rows = []
    for length in lengths:
        ids = [int(i) for i in rng.randint(4, 24, length)]
        first = rng.randint(0, length + 1)
        rows.append((ids, [IGNORED] * first + ids[first:]))
    return rows


def nats(model, ids, labels, **places):
    logits = model(torch.tensor([ids]), use_cache=False, **places).logits[0]
    found = torch.nn.functional.cross_entropy(
        logits[:-1], torch.tensor(labels[1:]), ignore_index=IGNORED, reduction="sum"
    ) if len(ids) > 1 else torch.zeros(())  # fmt: skip
    return logits, float(found)


def compare(model, rows, most):
    packed = laying.in_packs(rows, most)
    alone = [nats(model, ids, labels) for ids, labels in rows]
    known = {tuple(ids): logits for (ids, _), (logits, _) in zip(rows, alone, strict=True)}
    collate = target_collators.CausalCollator(writers.tokenizer(ends=False))
    batch = collate([packed[row] for row in range(len(packed))])
    logits = model(batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits
    whole = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), batch["labels"].flatten(), ignore_index=IGNORED, reduction="sum"
    )
    seen = 0
    for row in range(len(packed)):
        one = packed[row]
        starts = [at for at, place in enumerate(one["position_ids"]) if place == 0]
        for first, end in zip(starts, [*starts[1:], len(one["input_ids"])], strict=True):
            wanted = known[tuple(one["input_ids"][first:end])]
            assert torch.allclose(logits[row, first:end], wanted, atol=1e-4)
            seen += 1
    assert seen == len(rows)
    assert float(whole) == pytest.approx(sum(loss for _, loss in alone), rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lengths", "most"), LENGTHS)
def test_texts_in_a_row_do_not_see_each_other(lengths, most, kind, made):
    with torch.no_grad():
        compare(made(kind), drawn(lengths, 0), most)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_nor_do_those_of_drawn_lengths(seed, kind, made):
    rng = np.random.RandomState(seed)
    most = int(rng.randint(8, 50))
    lengths = [int(n) for n in rng.randint(3, most + 1, rng.randint(2, 12))]
    with torch.no_grad():
        compare(made(kind), drawn(lengths, seed), most)
