"""Weights as safetensors, judged by their headers: whole, inside the folder, of the right size.

A header says where each tensor lies in its file (8 bytes of length, a JSON, then the numbers), so
that a file that was cut, or is something else, is found without reading a weight.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import ModelError
from workbench.i18n import t

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
#: Endings of weights that can run code when they are opened.
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_LARGEST_HEADER = 100_000_000  # bytes, as the format allows
_BITS = {"F64": 64, "I64": 64, "U64": 64, "C64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16,
         "BF16": 16, "I16": 16, "U16": 16, "I8": 8, "U8": 8, "BOOL": 8}  # fmt: skip
_WHOLE = ("I64", "U64", "I32", "U32", "I16", "U16", "I8", "U8", "BOOL")
_SIDES = ("vocab_size", "hidden_size", "d_model", "n_embd", "dim", "emb_dim", "intermediate_size",
          "d_ff", "embedding_size", "type_vocab_size")  # fmt: skip
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers",
           "decoder_layers", "num_decoder_layers")  # fmt: skip
_AGAIN = "Fetch or save the model again."


def judge_weights(folder: Path, what: str, config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Refuse weights that are cut, damaged, pickled, or lie outside the folder.

    Parameters
    ----------
    folder : Path
        With ``model.safetensors``, or an index and its parts.
    what : str
        Named in the message.
    config : dict
        The model's configuration: sizes in it that no weight can have are refused.

    Returns
    -------
    dict of str to tuple of int
        Shape of each tensor.

    Raises
    ------
    ModelError
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for name in weight_names(folder, what):
        shapes |= _shapes_in(folder / name, what)
    _judge_sizes(config, shapes, what)
    return shapes


def tensor_names(file: Path, what: str) -> list[str]:
    """Names of the tensors in one weight file, once it is found whole.

    Raises
    ------
    ModelError
        If it is not there, cut or damaged.
    """
    if not file.is_file():
        raise ModelError(f"The {what} has no {file.name}.", _AGAIN)
    return list(_shapes_in(file, what))


def weight_names(folder: Path, what: str) -> list[str]:
    """Names of the weight files that a model's folder is made of, each of them there."""
    if (folder / WEIGHTS).is_file():
        return [WEIGHTS]
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        listed = index["weight_map"].values()
        if not listed or not all(isinstance(name, str) for name in listed):
            raise ValueError("its weight_map names no files")
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or f"{error}" or type(error).__name__
        raise ModelError(
            f"The {INDEX} of the {what} is no list of weight files ({reason}).", _AGAIN
        ) from error
    names = sorted(set(listed))
    for name in names:
        if name.endswith(PICKLED):
            raise ModelError(
                f"The {INDEX} of the {what} names weights as pickle ({name}), "
                "which can run code when it is opened.",
                "Use a model whose weights are safetensors.",
            )
        if not is_plain_name(name) or not name.endswith(".safetensors"):
            raise ModelError(
                f"The {INDEX} of the {what} names {name!r}, which is no weight file of the folder.",
                "Put all parts into the folder itself, as *.safetensors.",
            )
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"The {what} lacks {len(missing)} of its {len(names)} weight files, "
            f"the first is {missing[0]}.",
            "Fetch the missing files.",
        )
    return names


def judge_numbers(folder: Path, what: str, names: Sequence[str] = ()) -> None:
    """Refuse weights with NaN or infinity in them: whatever is computed with them is neither.

    Every file is read for it, once while it stays as it is: those of ``names``, or all of a model.

    Raises
    ------
    ModelError
    """
    for name in names or weight_names(folder, what):
        path = folder / name
        try:
            about = path.stat()
            spoilt = _not_numbers(path, about.st_size, about.st_mtime_ns)
        except Exception as error:  # OSError, and the library's own kind
            raise ModelError(
                f"In the {what}, {name} cannot be read: {str(error).splitlines()[0]}.", _AGAIN
            ) from error
        if spoilt:
            raise ModelError(
                f"In the {what}, {name} holds numbers that are not finite, in {spoilt[0]}"
                + (f" and {len(spoilt) - 1} more." if len(spoilt) > 1 else "."),
                f"Nothing can be computed with them. {_AGAIN}",
            )


@lru_cache(maxsize=64)
def _not_numbers(path: Path, _size: int, _changed: int) -> tuple[str, ...]:
    """Names of the tensors in a weight file that hold NaN or infinity."""
    import torch
    from safetensors import safe_open

    found = []
    with safe_open(path, "pt") as file:
        for name in file.keys():  # noqa: SIM118, it is no dict
            tensor = file.get_tensor(name)
            if tensor.dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
                # a sum is quick, and no number where one of its parts is none
                if not (tensor.sum().isfinite() or tensor.isfinite().all()):
                    found.append(name)
    return tuple(found)


def is_plain_name(name: Any) -> bool:
    """Whether it names a file right in the folder: no path, no ``..``.

    Examples
    --------
    >>> is_plain_name("a.safetensors"), is_plain_name("../a.safetensors"), is_plain_name("")
    (True, False, False)
    """
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\\0")


def _shapes_in(file: Path, what: str) -> dict[str, tuple[int, ...]]:
    """Shape of each tensor that a weight file says to hold, after a look at its length."""
    length = file.stat().st_size
    try:
        with open(file, "rb") as handle:
            size = int.from_bytes(handle.read(8), "little")
            if length < 8 or not 2 <= size <= _LARGEST_HEADER:
                raise ValueError
            header = handle.read(min(size, length))
        if not header.startswith(b"{"):
            raise ValueError
        if len(header) < size:
            raise _cut(file, what, 8 + size, length)
        tensors = json.loads(header)
        tensors.pop("__metadata__", None)
        shapes = {name: tuple(map(int, one["shape"])) for name, one in tensors.items()}
        ends = [one["data_offsets"][1] for one in tensors.values()]
        for name, one in tensors.items():
            first, last = one["data_offsets"]
            bits = _BITS.get(one["dtype"])
            if bits is not None and (last - first) * 8 != math.prod(shapes[name]) * bits:
                raise ValueError
            if one["dtype"] in _WHOLE and name.endswith(".weight") and len(shapes[name]) > 1:
                told = {"file": file.name, "kind": one["dtype"], "name": name}
                raise ModelError(
                    t("loading.whole_numbers", what=what, **told), t("loading.whole_numbers_back")
                )
        whole = 8 + size + max(ends, default=0)
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror or error}.", _AGAIN) from error
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(
            f"In the {what}, {file.name} is no safetensors file, or a damaged one "
            f"({length:,} bytes).",
            _AGAIN,
        ) from error
    if length < whole:
        raise _cut(file, what, whole, length)
    if not shapes:
        raise ModelError(f"In the {what}, {file.name} holds no weights.", _AGAIN)
    return shapes


def _cut(file: Path, what: str, whole: int, length: int) -> ModelError:
    return ModelError(
        f"In the {what}, {file.name} is cut: it has {length:,} of {whole:,} bytes.",
        "Fetch or copy it again.",
    )


def _judge_sizes(config: dict[str, Any], shapes: dict[str, tuple[int, ...]], what: str) -> None:
    """Refuse sizes far beyond the weights: a model of them would fill the memory before a word."""
    longest = max((side for shape in shapes.values() for side in shape), default=0)
    most = {**dict.fromkeys(_SIDES, max(1_000_000, 2 * longest)),
            **dict.fromkeys(_LAYERS, 100 + 4 * len(shapes))}  # fmt: skip
    for key, limit in most.items():
        value = config.get(key)
        if isinstance(value, int) and value > limit:
            raise ModelError(
                f"The config.json of the {what} says {key}={value:,}, and the weights are "
                f"{len(shapes):,} tensors with no side longer than {longest:,}.",
                "Bring the config.json back that belongs to these weights.",
            )
