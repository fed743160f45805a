"""The net for words spelled out: what it reads, what it writes, and that it is a model like any."""

import pytest

from workbench.catalog.loading.safe_loading import load_tokenizer
from workbench.catalog.own_nets import speller
from workbench.errors import ModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return speller.make(tmp_path_factory.mktemp("speller"), ["K", "AE", "T", "HH", "K"])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("cat", ["c", "a", "t", "</s>"]), ("K AE T", ["K", "AE", "T", "</s>"]),
        ("don't", ["d", "o", "n", "'", "t", "</s>"]), ("a-b. c", [*"a-b.c", "</s>"]),
        ("caf\u00e9", [*"caf", "<unk>", "</s>"]), ("", ["</s>"]), ("ZZ", ["<unk>", "</s>"]),
    ],
    ids=["letters", "symbols", "apostrophe", "signs", "accent", "empty", "unknown"],
)
def test_letters_and_symbols_are_tokens(text, tokens, folder):
    tokenizer = load_tokenizer(folder)
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == tokens
    if "<unk>" not in tokens and " " in text and text.isupper():
        assert tokenizer.decode(ids, skip_special_tokens=True) == text


@pytest.mark.parametrize("symbol", ["ah", "A h", "", "K "], ids=["letters", "two", "empty", "end"])
def test_a_symbol_that_could_be_no_token_is_refused(symbol, tmp_path):
    with pytest.raises(ModelError, match="cannot be a symbol"):
        speller.make(tmp_path, ["K", symbol])
    assert not list(tmp_path.iterdir())


def test_the_same_seed_gives_the_same_weights(folder, tmp_path):
    again = speller.make(tmp_path, ["T", "HH", "AE", "K"])
    assert (again / "model.safetensors").read_bytes() == (
        folder / "model.safetensors").read_bytes()  # fmt: skip
    other = speller.make(tmp_path, ["T", "HH", "AE", "K"], seed=1)
    assert (other / "model.safetensors").read_bytes() != (
        folder / "model.safetensors").read_bytes()  # fmt: skip
