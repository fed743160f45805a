"""GGUF of decoders: weights, vocabulary and chat template in one file, for llama.cpp and Ollama.

Written by the package ``gguf``, whose table says how tensors are called there; read back by
transformers (``gguf_file``). A Modelfile for Ollama lies beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ModelError
from workbench.i18n import t

from ..ollama import modelfile

WEIGHTS = ("fp32", "fp16", "q8_0")
FILE, MODELFILE = "model.gguf", "Modelfile"
#: Model types that are written, and how their file calls them.
KINDS = {"llama": "llama", "gpt2": "gpt2", "qwen2": "qwen2"}
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # kinds of tokens, as the format counts them
_TRANSPOSED = ("attn_qkv.weight", "attn_output.weight", "ffn_up.weight", "ffn_down.weight")
_DIGITS, _BYTES, _SPLIT = "Digits", "ByteLevel", "Split"
#: How a text is cut before its bytes are merged, by the steps of a tokenizer.
_CUTTINGS = {(_BYTES,): "gpt-2", (_DIGITS, _BYTES): "smollm", (_SPLIT, _BYTES): "qwen2"}


def check(model: Any, facts: dict[str, Any]) -> None:
    """Refuse what is no decoder of :data:`KINDS` that writes (ModelError)."""
    kind = model.config.model_type
    if facts["kind"] != "text" or kind not in KINDS:
        raise ModelError(
            t("export.no_gguf", kind=kind, task=facts["task"]),
            t("export.no_gguf_remedy", known=", ".join(KINDS)),
        )
    scaled = (getattr(model.config, "rope_parameters", None) or {}).get("rope_type", "default")
    if scaled != "default":
        raise ModelError(t("export.rope", kind=scaled), t("export.own_net_remedy"))


def write(folder: Path, predictor: Any, facts: dict[str, Any], weights: str) -> dict[str, Any]:
    """Write the file and the Modelfile.

    Raises
    ------
    ModelError
        If the tokenizer is none of bytes that are merged, or cuts texts in an unknown way.
    """
    import gguf

    model, tokenizer = predictor.model, predictor.tokenizer
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    cutting = _cutting(backend)
    writer = gguf.GGUFWriter(folder / FILE, KINDS[model.config.model_type])
    _write_config(writer, model.config, gguf.LlamaFileType, weights)
    _write_words(writer, model, tokenizer, backend, cutting, facts)
    kinds = {"fp32": gguf.GGMLQuantizationType.F32, "fp16": gguf.GGMLQuantizationType.F16,
             "q8_0": gguf.GGMLQuantizationType.Q8_0}  # fmt: skip
    for name, values in _tensors(model, gguf):
        small = values.ndim < 2 or (weights == "q8_0" and values.shape[-1] % 32)
        kind = kinds["fp32"] if small else kinds[weights]
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    (folder / MODELFILE).write_text(modelfile(predictor, facts, FILE), "utf-8")
    # transformers reads the number of a GPT-2's positions from no place of the file
    own = {"n_positions": model.config.n_positions} if model.config.model_type == "gpt2" else {}
    return {"kept": "gguf", "file": FILE, "config": own}


def _write_config(writer: Any, config: Any, types: Any, weights: str) -> None:
    """Sizes of the model, by the format's own names."""
    small = {"fp32": types.ALL_F32, "fp16": types.MOSTLY_F16, "q8_0": types.MOSTLY_Q8_0}
    writer.add_file_type(small[weights])
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    if config.model_type == "gpt2":
        writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    heads = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(heads)
    writer.add_vocab_size(config.vocab_size)


def _write_words(
    writer: Any, model: Any, tokenizer: Any, backend: dict, cutting: str, facts: dict[str, Any]
) -> None:
    """The vocabulary with its merges, and which tokens begin, end and fill texts."""
    words = {place: word for word, place in tokenizer.get_vocab().items()}
    added = {one["id"]: one["special"] for one in backend["added_tokens"]}
    size = model.get_input_embeddings().num_embeddings
    tokens = [words.get(place, f"[PAD{place}]") for place in range(size)]
    kinds = [
        _UNUSED if place not in words
        else _NORMAL if place not in added
        else _CONTROL if added[place] else _USER_DEFINED
        for place in range(size)
    ]  # fmt: skip
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cutting)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = backend["model"]["merges"]
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in merges])
    ends = [end for end in facts["ends"] if end != tokenizer.eos_token_id]
    if tokenizer.bos_token_id is not None:
        writer.add_bos_token_id(tokenizer.bos_token_id)
    if tokenizer.eos_token_id is not None:
        writer.add_eos_token_id(tokenizer.eos_token_id)
    if ends:
        writer.add_eot_token_id(ends[0])
    if tokenizer.pad_token_id is not None:
        writer.add_pad_token_id(tokenizer.pad_token_id)
    first = tokenizer("", verbose=False)["input_ids"][:1]  # of a text, as the tokenizer writes it
    writer.add_add_bos_token(bool(first) and first[0] == tokenizer.bos_token_id)
    template = getattr(tokenizer, "chat_template", None)
    if isinstance(template, str):
        writer.add_chat_template(template)


def _cutting(backend: dict[str, Any]) -> str:
    """How the tokenizer cuts texts, as the format calls it (ModelError)."""
    before = backend.get("pre_tokenizer") or {}
    steps = before.get("pretokenizers", [before])
    names = tuple(step.get("type") for step in steps)
    found = _CUTTINGS.get(names)
    if backend["model"]["type"] != "BPE" or found is None or backend.get("normalizer") not in (
        None, {"type": "NFC"},
    ):  # fmt: skip
        said = f"{backend['model']['type']}: {', '.join(map(str, names))}"
        raise ModelError(t("export.words", kind=said), t("export.words_remedy"))
    return found


def _tensors(model: Any, gguf: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The weights under the format's names, float32; tied word vectors once."""
    config = model.config
    arch = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[KINDS[config.model_type]]
    table = gguf.get_tensor_name_map(arch, config.num_hidden_layers)
    tied = getattr(config, "tie_word_embeddings", False)
    for name, weight in model.state_dict().items():
        if (tied and name == "lm_head.weight") or name.endswith((".attn.bias", ".masked_bias")):
            continue
        stem, _, part = name.rpartition(".")
        known = table.get_name(stem)
        if known is None:
            raise ModelError(
                t("export.operator_gguf", kind=type(model).__name__, name=name),
                t("export.own_net_remedy"),
            )
        values = weight.detach().float().cpu().numpy()
        called = f"{known}.{part}"
        if config.model_type == "gpt2" and called.endswith(_TRANSPOSED):
            values = values.T
        elif config.model_type == "llama" and (".attn_q." in called or ".attn_k." in called):
            heads = config.num_attention_heads if ".attn_q." in called else (
                config.num_key_value_heads)  # fmt: skip
            values = _interleaved(values, heads)
        yield called, np.ascontiguousarray(values)


def _interleaved(values: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head as the format's rotation wants them: pairs beside each other.

    The library turns place i with place i + d/2, the format 2i with 2i + 1.
    """
    half = values.shape[0] // heads // 2
    return values.reshape(heads, 2, half, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)
