"""The files by which sentence-transformers reads a model's folder as a maker of vectors."""

from __future__ import annotations

from pathlib import Path

from ...atomic_files import read_json, write_json

_KIND = "sentence_transformers.models."


def write_layout(folder: Path, pooling: str) -> None:
    """Write them into a folder that holds a model of transformers.

    Parameters
    ----------
    folder : Path
    pooling : {'mean', 'cls'}
    """
    config = read_json(folder / "config.json") or {}
    width = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    tokenizer = read_json(folder / "tokenizer_config.json") or {}
    write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{_KIND}Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{_KIND}Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{_KIND}Normalize"},
        ],
    )
    write_json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": tokenizer.get("model_max_length"), "do_lower_case": False},
    )
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir(exist_ok=True)
    write_json(
        folder / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": width,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    )
