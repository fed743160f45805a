"""A model's folder: what it may not name, where its files may lie, which weights are whole."""

import json
import os
import struct

import pytest

from workbench.catalog import model_folder
from workbench.catalog.model_folders.judging_folders import judge_folder, judge_settings
from workbench.errors import ModelError

CONFIG = {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": 8, "hidden_size": 4}


def weights(tensors):
    """A safetensors file of zeros, written by hand: name to shape."""
    header, position = {}, 0
    for name, shape in tensors.items():
        count = 1
        for side in shape:
            count *= side
        header[name] = {
            "dtype": "F32", "shape": list(shape), "data_offsets": [position, position + 4 * count],
        }  # fmt: skip
        position += 4 * count
    said = json.dumps(header).encode()
    return struct.pack("<Q", len(said)) + said + bytes(position)


WHOLE = weights({"a": (8, 4), "b": (3,)})


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    (path / "config.json").write_text(json.dumps(CONFIG))
    (path / "model.safetensors").write_bytes(WHOLE)
    (path / "tokenizer_config.json").write_text('{"pad_token": "[PAD]"}')
    return path


def refused(folder, *words):
    with pytest.raises(ModelError) as caught:
        judge_folder(folder, "folder x")
    for word in words:
        assert word in str(caught.value)


def test_a_whole_folder_is_its_configuration(folder):
    assert judge_folder(folder, "folder x") == CONFIG
    assert model_folder(folder) == folder


CODE = {
    "config": ("config.json", {"auto_map": {"AutoModel": "code.Model"}}),
    "config-of-a-part": ("config.json", {"text_config": {"auto_map": {"AutoConfig": "c.C"}}}),
    "pipelines": ("config.json", {"custom_pipelines": {"text-classification": {"impl": "p.P"}}}),
    "tokenizer": ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["t.T", None]}}),
    "tokenizer-list": ("tokenizer_config.json", {"auto_map": ["t.T", "t.F"]}),
    "elsewhere": ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["a/b--t.T", None]}}),
    "generation": ("generation_config.json", {"custom_generate": "a/b"}),
    "generation-map": ("generation_config.json", {"auto_map": {"GenerationConfig": "g.G"}}),
    "processor": ("processor_config.json", {"auto_map": {"AutoProcessor": "p.P"}}),
    "preprocessor": ("preprocessor_config.json", {"auto_map": {"AutoImageProcessor": "p.P"}}),
    "unknown-name": ("something_else.json", {"inner": [{"auto_map": {"AutoModel": "m.M"}}]}),
    "other-configuration": ("config.4.0.0.json", {"auto_map": {"AutoConfig": "c.C"}}),
}


@pytest.mark.parametrize(("name", "change"), CODE.values(), ids=CODE)
def test_code_of_its_own_is_refused_wherever_a_file_names_it(folder, name, change):
    known = json.loads((folder / name).read_text()) if (folder / name).exists() else {}
    (folder / name).write_text(json.dumps({**known, **change}))
    refused(folder, "code of its own", name)


def test_a_folder_with_code_for_generating_is_refused(folder):
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text("")
    refused(folder, "code of its own", "custom_generate")


@pytest.mark.parametrize(
    "name", ["vocab.json", "added_tokens.json", "tokenizer.json"], ids=["words", "added", "fast"]
)
def test_a_word_of_a_vocabulary_is_no_code(folder, name):
    (folder / name).write_text(json.dumps({"auto_map": 5}))
    judge_folder(folder, "folder x")


def test_an_empty_map_and_files_that_nobody_reads_are_let_be(folder):
    (folder / "config.json").write_text(json.dumps({**CONFIG, "auto_map": {}}))
    (folder / "trainer_state.json").write_text("{ cut")
    (folder / "modeling_code.py").write_text("")
    (folder / "pytorch_model.bin").write_bytes(b"never opened")
    judge_folder(folder, "folder x")


OTHER_FILES = {
    "configurations": ("config.json", {"configuration_files": ["../config.4.0.0.json"]}),
    "weights-outside": ("config.json", {"transformers_weights": "../outside.safetensors"}),
    "weights-pickled": ("config.json", {"transformers_weights": "adapter_model.bin"}),
    "tokenizers": ("tokenizer_config.json", {"fast_tokenizer_files": ["../tokenizer.4.0.json"]}),
    "no-names": ("tokenizer_config.json", {"fast_tokenizer_files": [["tokenizer.json"]]}),
}


@pytest.mark.parametrize(("name", "change"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_settings_that_name_files_elsewhere_are_refused(folder, name, change):
    known = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**known, **change}))
    refused(folder, name, "names other files")


def test_the_paths_that_old_versions_left_in_tokenizer_settings_are_let_be(folder):
    said = {"special_tokens_map_file": "/home/her/.cache/special_tokens_map.json", "pad_token": "p"}
    (folder / "tokenizer_config.json").write_text(json.dumps(said))
    judge_folder(folder, "folder x")


@pytest.mark.parametrize(
    "name",
    ["config.json", "model.safetensors", "tokenizer.json"],
    ids=["configuration", "weights", "tokenizer"],
)
def test_a_link_out_of_the_folder_is_refused(folder, tmp_path, name):
    outside = tmp_path / name
    outside.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"{}")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside)
    refused(folder, name, "link to a place outside")


def test_links_within_the_folder_and_those_of_the_hubs_cache_are_taken(folder, tmp_path):
    (folder / "model.safetensors").rename(folder / "of-monday.safetensors")
    (folder / "model.safetensors").symlink_to("of-monday.safetensors")
    judge_folder(folder, "folder x")
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    judge_folder(linked, "folder x")
    snapshot = tmp_path / "models--acme--tiny" / "snapshots" / "0123abc"
    snapshot.parent.mkdir(parents=True)
    blobs = snapshot.parent.parent / "blobs"
    (folder / "model.safetensors").unlink()
    folder.rename(blobs)
    snapshot.mkdir()
    for blob in blobs.iterdir():
        (snapshot / blob.name.replace("of-monday", "model")).symlink_to(f"../../blobs/{blob.name}")
    judge_folder(snapshot, "folder x")


def test_what_is_no_file_is_refused(folder):
    (folder / "tokenizer.json").mkdir()
    refused(folder, "tokenizer.json is not a file")
    (folder / "tokenizer.json").rmdir()
    (folder / "tokenizer.json").symlink_to("gone.json")
    refused(folder, "tokenizer.json is a link to nothing")
    (folder / "tokenizer.json").unlink()
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")  # reading it would wait for ever
    refused(folder, "config.json is not a file")


BROKEN = {
    "empty": b"", "cut": b'{"model_type": "be', "no-object": b"[]", "bytes": b"\xff\xfe\x00",
    "deep": b"[" * 5000 + b"]" * 5000, "number": b"1",
}  # fmt: skip


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    "name",
    ["config.json", "tokenizer_config.json", "generation_config.json"],
    ids=["model", "tokenizer", "generation"],
)
def test_settings_that_are_none_are_refused(folder, name, content):
    (folder / name).write_bytes(content)
    refused(folder, name)


DAMAGED = {
    "empty": (b"", "damaged"),
    "garbage": (b"not weights at all, " * 20, "damaged"),
    "zeros": (bytes(500), "damaged"),
    "pickle": (b"\x80\x04\x95" + bytes(300), "damaged"),
    "zip": (b"PK\x03\x04" + bytes(300), "damaged"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "damaged"),
    "half-a-length": (WHOLE[:5], "damaged"),
    "half-a-header": (WHOLE[:40], "cut"),
    "no-numbers": (WHOLE[: 8 + struct.unpack("<Q", WHOLE[:8])[0]], "cut"),
    "last-byte": (WHOLE[:-1], "cut"),
    "no-tensors": (weights({}), "holds no weights"),
    "header-is-a-list": (struct.pack("<Q", 2) + b"[]", "damaged"),
    "no-offsets": (struct.pack("<Q", 7) + b'{"a":1}', "damaged"),
    "shape-and-length": (WHOLE.replace(b"[8, 4]", b"[9, 4]"), "damaged"),
}


@pytest.mark.parametrize(("content", "word"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_weights_are_refused_by_their_headers(folder, content, word):
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, "model.safetensors", word)


def sharded(folder, weight_map, **files):
    (folder / "model.safetensors").unlink(missing_ok=True)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    for name, content in files.items():
        (folder / f"{name}.safetensors").write_bytes(content)


def test_an_index_of_parts_that_are_there(folder):
    sharded(folder, {"a": "one.safetensors", "b": "two.safetensors"}, one=WHOLE, two=WHOLE)
    judge_folder(folder, "folder x")
    (folder / "two.safetensors").write_bytes(WHOLE[:-3])
    refused(folder, "two.safetensors is cut")
    (folder / "two.safetensors").unlink()
    refused(folder, "lacks 1 of its 2 weight files", "two.safetensors")


NAMED = {
    "pickle": "pytorch_model.bin", "pickle-pt": "model.pt", "pickle-path": "../x.pkl",
    "outside": "../outside.safetensors", "absolute": "/tmp/outside.safetensors",
    "deeper": "sub/part.safetensors", "backslash": "..\\outside.safetensors",
    "no-weights": "config.json", "empty": "", "number": 5,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED.values(), ids=NAMED)
def test_an_index_may_only_name_weights_of_the_folder(folder, tmp_path, name):
    (tmp_path / "outside.safetensors").write_bytes(WHOLE)
    (folder / "pytorch_model.bin").write_bytes(b"never opened")
    sharded(folder, {"a": "one.safetensors", "b": name}, one=WHOLE)
    refused(folder, "model.safetensors.index.json")


NO_INDEX = {"empty": "", "cut": "{", "list": "[]", "no-names": '{"weight_map": {}}',
            "list-inside": '{"weight_map": [1]}'}  # fmt: skip


@pytest.mark.parametrize("index", NO_INDEX.values(), ids=NO_INDEX)
def test_an_index_that_is_none(folder, index):
    sharded(folder, {})
    (folder / "model.safetensors.index.json").write_text(index)
    refused(folder, "model.safetensors.index.json")


SIZES = {"words": {"vocab_size": 10**9}, "width": {"hidden_size": 10**8},
         "layers": {"num_hidden_layers": 10**6}}  # fmt: skip


@pytest.mark.parametrize("change", SIZES.values(), ids=SIZES)
def test_sizes_that_no_weight_has_are_refused_before_memory_is_asked_for(folder, change):
    (folder / "config.json").write_text(json.dumps({**CONFIG, **change}))
    refused(folder, *change)


KINDS = {
    "other-type": ({"model_type": "roberta"}, "architecture BertModel"),
    "other-class": ({"architectures": ["GPT2LMHeadModel"]}, "GPT2LMHeadModel"),
    "no-type": ({"model_type": None}, "names no model_type"),
    "unknown": ({"model_type": "bert-of-tomorrow"}, "does not know"),
    "quantised": ({"quantization_config": {"quant_method": "gptq"}}, "quantised"),
}


@pytest.mark.parametrize(("change", "word"), KINDS.values(), ids=KINDS)
def test_kinds_of_models_that_are_refused(folder, change, word):
    (folder / "config.json").write_text(json.dumps({**CONFIG, **change}))
    refused(folder, word)


@pytest.mark.parametrize(
    ("kind", "architecture"),
    [
        ("xlm-roberta", "RobertaForMaskedLM"),
        ("camembert", "CamembertForMaskedLM"),
        ("bert", "ClassOfSomebody"),
        ("t5", "T5ForConditionalGeneration"),
    ],
    ids=["one-of-three-names", "own-name", "foreign-class", "other-head"],
)
def test_kinds_that_go_together(folder, kind, architecture):
    said = {"model_type": kind, "architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(said))
    assert judge_settings(folder, "folder x") == said


def test_adapters_and_checkpoints_of_several_processes_are_refused(folder):
    (folder / "adapter_config.json").write_text("{}")
    refused(folder, "adapter beside the model")
    (folder / "adapter_config.json").unlink()
    (folder / "shard-00001-model-00001-of-00002.safetensors").write_bytes(WHOLE)
    refused(folder, "several processes")
