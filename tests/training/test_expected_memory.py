"""What a recipe is expected to take: counts by hand, formulas of what is held, refusals."""

import importlib.util

import pytest
import torch

import workbench as wb
from tests.conftest import missing
from tests.training import tiny, writers
from workbench.errors import RecipeError
from workbench.training.expected_memory import Texts, expected_memory
from workbench.training.expected_memory.asking import Asking
from workbench.training.expected_memory.live_bytes import LiveBytes, shapes_alone

TEXTS = Texts(longest=16, mean=16.0)


@pytest.fixture
def small(tmp_path):
    return wb.Recipe(model=str(tiny.save_model(tmp_path / "model")), max_length=16, batch_size=64,
                     precision="fp32", speed="exact")  # fmt: skip


def test_bytes_are_counted_while_somebody_holds_them():
    with shapes_alone(), LiveBytes() as live:
        a = torch.zeros(100)  # 400 bytes of float32
        b = a.view(10, 10)  # the same
        c = torch.zeros(50, dtype=torch.int64)
        assert live.now == 800
        del c
        d = a + 1
        assert live.now == 800 and live.peak == 800
        del a
        assert live.now == 800  # the view holds it
        del b, d
        assert (live.now, live.peak) == (0, 800)


def test_what_a_backward_pass_needs_is_held_until_then():
    with shapes_alone():
        weight = torch.nn.Parameter(torch.zeros(8, 8))
        with LiveBytes() as live:
            x = torch.zeros(4, 8)  # 128 bytes
            y = (x @ weight).tanh()  # the product is let go, its tanh kept
            assert live.now == 256
            loss = y.sum()
            del y
            assert live.now == 256 + 4  # for the backward pass
            loss.backward()
            del x, loss
            assert live.now == weight.numel() * 4  # the gradient alone


def test_weights_that_were_there_are_not_counted_again():
    with shapes_alone():
        weight = torch.zeros(8, 8)
        for there, bytes_ in (([weight], 128), ([], 128 + 256)):
            with LiveBytes(there) as live:
                y = torch.zeros(4, 8) @ weight.t()  # its transpose is a view
                assert live.now == bytes_
                del y


def test_counts_weights_and_moments_by_hand(small):
    found = expected_memory(small, TEXTS)
    words, width, inner, positions = 224, 32, 64, 64
    layer = 4 * (width**2 + width) + 2 * width * inner + inner + width + 4 * width
    embeddings = (words + positions + 2) * width + 2 * width
    every = embeddings + 2 * layer + (width**2 + width) + 2 * width + 2
    assert (found.every, found.trained) == (every, every)
    # position ids and token types are kept beside the weights, 8 bytes a position each
    assert found.parts["weights"] == 4 * every + 2 * 8 * positions
    assert found.parts["optimizer"] == 8 * every and found.parts["average"] == 0
    assert found.parts["passes"] > 4 * every  # gradients, and what they were computed of
    averaged = expected_memory(small.replace(averaging="ema"), TEXTS)
    assert averaged.parts["average"] == 4 * every


def test_methods_train_and_hold_less(small):
    found = {kind: expected_memory(small.replace(method=kind), TEXTS)
             for kind in ("full", "lora", "frozen", "bitfit", "head")}  # fmt: skip
    rank, width, inner = 8, 32, 64
    pairs = 2 * (4 * 2 * rank * width + 2 * rank * (width + inner))  # of a layer's six matrices
    head = 2 * width + 2
    assert found["head"].trained == head
    assert found["lora"].trained == pairs + rank * 2 * width + head  # the pooler has one as well
    assert found["head"].bytes < found["frozen"].bytes < found["full"].bytes
    for kind in ("lora", "frozen", "bitfit", "head"):
        assert found[kind].parts["optimizer"] == 8 * found[kind].trained
    assert found["head"].parts["passes"] < found["lora"].parts["passes"]


def test_more_and_longer_texts_take_more_and_padding_none_where_there_is_none(small):
    few, many = Texts(16, 8.0), Texts(16, 16.0)
    padded = [expected_memory(small, one).parts["passes"] for one in (few, many)]
    assert padded[0] == padded[1]
    free = small.replace(speed="auto")
    assert expected_memory(free, few).bytes < expected_memory(free, many).bytes
    smaller = expected_memory(free.replace(batch_size=16), few)
    assert smaller.bytes < expected_memory(free, few).bytes
    # words that no text uses have no gradient and no moments
    used = expected_memory(free, Texts(16, 8.0, words=28))
    assert used.parts["optimizer"] == expected_memory(free, few).parts["optimizer"] - 8 * 32 * 196


def test_unequal_lengths_leave_holes_beside_what_a_step_keeps(small):
    equal, unequal = Texts(16, 16.0), Texts(16, 16.0, deviation=1e-9)  # of the same tokens
    plain, holes = (expected_memory(small, one).parts["passes"] for one in (equal, unequal))
    gradients = 4 * expected_memory(small, equal).trained
    assert holes == pytest.approx(plain + 0.9 * (plain - gradients), abs=1)


def test_added_passes_and_moved_words_take_more(small):
    plain = expected_memory(small, TEXTS).parts["passes"]
    assert expected_memory(small.replace(regularisation="rdrop"), TEXTS).parts["passes"] > plain
    held = small.replace(method="head")
    moved = expected_memory(held.replace(adversarial="fgm"), TEXTS).parts["passes"]
    assert moved > expected_memory(held, TEXTS).parts["passes"]  # back to the words


@pytest.mark.parametrize("method", ["full", "lora", {"kind": "lora", "variant": "dora"}, "prefix"])
def test_writers_are_counted(tmp_path, method):
    model = str(writers.save(tmp_path / "writer", "llama"))
    recipe = wb.Recipe(task="language-modelling", model=model, method=method, max_length=16,
                       batch_size=2)  # fmt: skip
    found = expected_memory(recipe)
    assert 0 < found.trained <= found.every and found.bytes > 4 * found.every


def test_a_layer_in_four_bits_takes_what_a_real_one_does():
    if importlib.util.find_spec("bitsandbytes") is None:
        missing("bitsandbytes is not installed.", "Run `make setup`.")
    from workbench.catalog.model_folders.four_bits import FourBits

    with torch.device("meta"):
        alone = FourBits(torch.nn.Linear(256, 128))
    real = FourBits(torch.nn.Linear(256, 128))
    tables = 4 * (16 + 256 + 1)  # values that the codes stand for, and an offset
    assert alone.size == real.size - tables
    assert alone.weight.shape == real.weight.shape


def test_nobodys_random_numbers_are_others_for_it(small):
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    expected_memory(small.replace(method="lora"), TEXTS)
    assert torch.equal(torch.rand(2), wanted)


def test_a_process_of_its_own_says_the_same_and_what_is_refused(small):
    asking = Asking()
    try:
        said = asking.ask(small, TEXTS)
        assert said.found == expected_memory(small, TEXTS) and said.free > 0
        wide = small.replace(method={"kind": "lora", "rank": 4000})
        with pytest.raises(RecipeError) as error:
            expected_memory(wide, TEXTS)
        said = asking.ask(wide, TEXTS)
        assert (said.refused, said.field) == (str(error.value), "method")
        asking._process.kill()  # by a person, or for want of memory
        asking._process.wait()
        assert asking.ask(small, None).found is not None
    finally:
        asking.close()
