"""One tokenizer in several threads: each call cuts and pads as it asked for."""

import copy
import pickle
import threading

import pytest
from transformers import AutoTokenizer, MBart50Tokenizer

from workbench.catalog.loading.safe_loading import load_tokenizer
from workbench.catalog.loading.taking_turns import by_turns
from workbench.inspection.inside.loaded_model import folder_of

LONG = "word " * 40  # 42 tokens with both ends


@pytest.fixture
def tokenizer():
    return load_tokenizer(folder_of("sample:minilm-l6"))


@pytest.mark.parametrize("other", [
    {}, {"padding": "max_length", "max_length": 50}, {"truncation": True, "max_length": 5},
], ids=["whole", "padded", "cut"])  # fmt: skip
def test_a_call_in_between_waits(tokenizer, other):
    said, kept = tokenizer.set_truncation_and_padding, {}

    def second():
        kept["second"] = tokenizer([LONG], verbose=False, **other)

    beside = threading.Thread(target=second)

    def set_up(**settings):
        said(**settings)
        if threading.current_thread() is not beside:  # between what is set and what is encoded
            beside.start()
            beside.join(0.5)  # it cannot end before this call does

    tokenizer.set_truncation_and_padding = set_up
    first = tokenizer([LONG, "a"], padding=True, truncation=True, max_length=8)
    beside.join()
    assert [len(ids) for ids in first["input_ids"]] == [8, 8]
    assert len(kept["second"]["input_ids"][0]) == (other.get("max_length") or 42)


def test_a_copy_encodes_for_itself(tokenizer):
    for other in (copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        other.add_tokens(["zzyzx"])
        assert len(other("zzyzx")["input_ids"]) == 3 < len(tokenizer("zzyzx")["input_ids"])


def test_it_is_saved_as_it_was(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert type(again) is type(tokenizer) and again(LONG) == tokenizer(LONG)


def test_a_target_is_read_as_one_though_a_source_comes_in_between():
    tokenizer = MBart50Tokenizer(src_lang="en_XX", tgt_lang="de_DE")
    source, target = (tokenizer.convert_tokens_to_ids(name) for name in ("en_XX", "de_DE"))
    assert tokenizer("a")["input_ids"][0] == source != target
    by_turns(tokenizer)
    kept, switch = {}, tokenizer._switch_to_target_mode

    def switched():
        switch()
        beside = threading.Thread(target=lambda: kept.update(other=tokenizer("a")["input_ids"][0]))
        beside.start()
        beside.join()

    tokenizer._switch_to_target_mode = switched
    assert tokenizer(text_target="a")["input_ids"][0] == target and kept == {"other": source}
    assert tokenizer("a")["input_ids"][0] == source
    other = copy.deepcopy(by_turns(MBart50Tokenizer(src_lang="en_XX", tgt_lang="de_DE")))
    assert other(text_target="a")["input_ids"][0] == target
