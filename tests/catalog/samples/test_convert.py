"""Weights in other formats: read as written, and refused when what comes out is wrong."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from workbench.catalog.samples import convert
from workbench.errors import ModelError

WIDTH, LAYERS, HEADS, INNER, WORDS, POSITIONS, TYPES = 32, 1, 2, 64, 5, 40, 1
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁hi"]


def blocks(values: np.ndarray) -> bytes:
    """Values -8..7 as 4-bit blocks with scale 0.5, written out one by one."""
    out = b""
    for block in values.reshape(-1, 32):
        out += np.float16(0.5).tobytes()
        out += bytes((int(block[i]) + 8) | ((int(block[i + 16]) + 8) << 4) for i in range(16))
    return out


@pytest.fixture
def e5_file():
    """A file in the format of the C implementation, with random 4-bit weights."""
    random = np.random.default_rng(0)
    shapes = {
        "emb.word": (WORDS, WIDTH),
        "emb.pos": (POSITIONS, WIDTH),
        "emb.type": (TYPES, WIDTH),
        "emb.ln.w": (WIDTH,),
        "emb.ln.b": (WIDTH,),
    }
    for short, (out, into) in {
        "q": (WIDTH, WIDTH),
        "k": (WIDTH, WIDTH),
        "v": (WIDTH, WIDTH),
        "ao": (WIDTH, WIDTH),
        "fi": (INNER, WIDTH),
        "fo": (WIDTH, INNER),
    }.items():
        shapes |= {f"l0.{short}.w": (out, into), f"l0.{short}.b": (out,)}
    for short in ("aln", "oln"):
        shapes |= {f"l0.{short}.w": (WIDTH,), f"l0.{short}.b": (WIDTH,)}
    header = b"E5S1" + struct.pack(
        "<I7ifi", 1, WIDTH, LAYERS, HEADS, INNER, WORDS, POSITIONS, TYPES, 1e-12, 32
    )
    texts = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    header += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(texts)))
    header += offsets.tobytes() + np.array([0, 0, 0, 0, -1], "<f4").tobytes() + b"".join(texts)
    header += struct.pack("<iI", 1, 3) + b"xyz" + struct.pack("<i", len(shapes))
    expected, stored = {}, {}
    for name, shape in shapes.items():
        if len(shape) == 2 and name != "emb.pos":
            whole = random.integers(-8, 8, shape)
            expected[name], stored[name] = whole * 0.5, blocks(whole)
        else:
            expected[name] = random.standard_normal(shape).astype("<f4")
            stored[name] = expected[name].tobytes()
    table = sum(2 + len(name) + 1 + 4 + 16 for name in shapes)
    offset, rows = len(header) + table, b""
    for name, data in stored.items():
        rows += struct.pack("<H", len(name)) + name.encode()
        rows += struct.pack("<BIQQ", 0, len(data), offset, len(data))
        offset += len(data)
    return header + rows + b"".join(stored.values()), expected


def test_every_weight_comes_out_as_it_was_written(e5_file):
    content, expected = e5_file
    file = convert._E5File(content)
    assert file.pieces == PIECES
    state = file.state_dict()
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "l0.q.w": "encoder.layer.0.attention.self.query.weight",
        "l0.fo.w": "encoder.layer.0.output.dense.weight",
        "l0.fo.b": "encoder.layer.0.output.dense.bias",
        "l0.aln.w": "encoder.layer.0.attention.output.LayerNorm.weight",
    }
    for short, name in names.items():
        np.testing.assert_array_equal(state[name].numpy(), expected[short], err_msg=short)
    assert len(state) == len(expected)


def test_the_tokenizer_knows_its_pieces(e5_file):
    tokenizer = convert._E5File(e5_file[0]).tokenizer()
    assert tokenizer("hi").input_ids == [0, 4, 2]
    assert tokenizer.pad_token_id == 1 and tokenizer.unk_token_id == 3


def test_random_weights_are_refused(e5_file, tmp_path):
    raw, made = tmp_path / "raw", tmp_path / "made"
    raw.mkdir(), made.mkdir()
    (raw / "e5-small-q4.bin").write_bytes(e5_file[0])
    with pytest.raises(ModelError, match="the conversion failed"):
        convert.multilingual_e5(raw, made)
    assert list(made.iterdir()) == []


def test_another_file_is_refused():
    with pytest.raises(ModelError, match="does not begin with E5S1"):
        convert._E5File(b"GGUF" + b"\0" * 100)


@pytest.mark.parametrize("name", ["smollm2-135m", "multilingual-e5"])
def test_the_real_ones_are_model_folders(sample_folder, name):
    """Their conversion checks a known output; what it keeps is whole and float32."""
    from safetensors import safe_open

    from workbench.catalog import model_folder
    from workbench.catalog.samples.pinned import SAMPLES

    folder = sample_folder(name)
    assert model_folder(folder) == folder.resolve()
    with safe_open(folder / "model.safetensors", "np") as file:
        slices = [file.get_slice(key) for key in file.keys()]
    assert {piece.get_dtype() for piece in slices} == {"F32"}
    assert sum(int(np.prod(piece.get_shape())) for piece in slices) == SAMPLES[name].size


def test_the_language_model_answers_in_its_chat_format(sample_folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = sample_folder("smollm2-135m")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    asked = [{"role": "user", "content": "What is the capital of France?"}]
    ids = tokenizer.apply_chat_template(
        asked, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    said = model.generate(**ids, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(said[0, ids["input_ids"].shape[1] :])


def test_the_multilingual_encoder_splits_words_of_several_languages(sample_folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(sample_folder("multilingual-e5"))
    for text in ("Como está o tempo?", "今天天气怎么样", "How is the weather"):
        encoded = tokenizer(text)
        ids = encoded["input_ids"]
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids, skip_special_tokens=True).strip() == text
