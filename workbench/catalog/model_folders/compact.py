"""Folders of models that are kept smaller than the library can: rounded weights, left-out heads.

``compact.safetensors`` has the tensors, ``compact.json`` what they stand for; configuration and
tokenizer lie beside them as ever. Whoever loads a model gets the library's plain one: the weights
that whole numbers stand for, zeros where heads were left out, so that it can be looked into, and
trained on. Whoever predicts has the small layers laid into it (:func:`laid`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from workbench.atomic_files import read_json, write_json
from workbench.catalog.model_folders import cut_heads, four_bits, rounded
from workbench.catalog.model_folders.compact_folders import ABOUT, TENSORS
from workbench.catalog.model_folders.weight_files import WEIGHTS, tensor_names
from workbench.errors import ModelError
from workbench.i18n import t

FORMAT = 1


def write(
    folder: Path, model: nn.Module, cut: dict[str, tuple[cut_heads.Attention, list[int]]],
    sparse: list[str],
) -> None:  # fmt: skip
    """Write a model with small layers; configuration and tokenizer are not written here.

    Parameters
    ----------
    folder : Path
    model : torch.nn.Module
        With layers of :mod:`.rounded` and :mod:`.four_bits` in it.
    cut : dict of str to (Attention, list of int)
        Attention layers by name, and the heads that they still have.
    sparse : list of str
        Weights of which only those are written that are not zero, beside a bit for each.
    """
    from safetensors.torch import save_file

    tensors, seen, same = {}, dict[tuple, str](), {}
    for name, value in model.state_dict().items():
        key = (value.data_ptr(), tuple(value.shape), value.dtype)
        if value.numel() and key in seen:
            same[name] = seen[key]
            continue
        seen[key] = name
        tensors[name] = value.detach().cpu().contiguous()
    shapes = {}
    for name in sparse:
        whole = tensors.pop(name)
        there = whole != 0
        shapes[name] = list(whole.shape)
        tensors[f"{name}.there"] = torch.from_numpy(np.packbits(there.numpy().ravel()))
        tensors[f"{name}.values"] = whole[there]
    about = {
        "format": FORMAT,
        "rounded": {name: layer.about() for name, layer in rounded.layers(model)},
        "nf4": {name: {"shape": [layer.out_features, layer.in_features],
                       "transposed": layer.transposed}
                for name, layer in four_bits.layers(model)},
        "sparse": shapes,
        "cut": [{**one.to_dict(), "kept": kept} for one, kept in cut.values()],
        "same": same,
    }
    save_file(tensors, folder / TENSORS, metadata={"format": "pt"})
    write_json(folder / ABOUT, about)


def laid(model: nn.Module, folder: Path) -> nn.Module:
    """The plain model of a folder with its small layers in place; in place."""
    about, tensors = _read(Path(folder), f"model in {Path(folder).name}")
    for one, kept in _cuts(about):
        cut_heads.cut(model, one, kept)
    parts = dict(model.named_modules())
    for name, said in about["rounded"].items():
        kept = {key: tensors[f"{name}.{key}"] for key in ("codes", "scales", "least")
                if f"{name}.{key}" in tensors}  # fmt: skip
        if said["kind"] == "embedding":
            made = rounded.RoundedEmbedding(parts[name], said["bits"], said["group"], kept)
        else:
            made = rounded.RoundedLinear(
                parts[name], said["bits"], said["group"], said["inputs"], kept
            )
            if said["inputs"] == "static":
                made.input_scale = tensors[f"{name}.input_scale"]
        model.set_submodule(name, made)
    for name, said in about["nf4"].items():
        made = _four_bits(tensors, name, said, bias=parts[name].bias)
        model.set_submodule(name, made)
    return model


@contextmanager
def as_plain(folder: Path, what: str) -> Iterator[Path]:
    """A folder for the library, which is gone afterwards."""
    from safetensors.torch import save_file

    weights = _plain_weights(folder, what)
    with tempfile.TemporaryDirectory(prefix="workbench-") as place:
        plain = Path(place)
        for file in folder.iterdir():
            if file.is_file() and file.name not in (TENSORS, ABOUT):
                shutil.copyfile(file, plain / file.name)
        save_file(weights, plain / WEIGHTS, metadata={"format": "pt"})
        yield plain


def _plain_weights(folder: Path, what: str) -> dict[str, torch.Tensor]:
    about, tensors = _read(folder, what)
    found = dict(tensors)
    for name, said in about["rounded"].items():
        codes, scales, least = (found.pop(f"{name}.{key}", None)
                                for key in ("codes", "scales", "least"))  # fmt: skip
        found.pop(f"{name}.input_scale", None)
        columns = said["columns"]
        out = rounded.written_out(codes, scales, least, columns, said["group"])
        found[f"{name}.weight"] = out.T.contiguous() if said.get("transposed") else out
    for name, said in about["nf4"].items():
        found[f"{name}.weight"] = _four_bits(found, name, said).plain_weight()
        for key in [key for key in found if key.startswith(f"{name}.") and key in tensors]:
            if not key.endswith(".bias"):
                del found[key]
    for name, shape in about["sparse"].items():
        there = np.unpackbits(found.pop(f"{name}.there").numpy(), count=int(np.prod(shape)))
        whole = torch.zeros(len(there))
        whole[torch.from_numpy(there).bool()] = found.pop(f"{name}.values").float()
        found[name] = whole.view(shape)
    for one, kept in _cuts(about):
        found = cut_heads.whole_weights(found, one, kept)
    return {name: value.contiguous() for name, value in found.items()}


def _four_bits(tensors: dict, name: str, said: dict, *, bias: Any = None) -> four_bits.FourBits:
    kept = {key[len(name) + 1 :]: value for key, value in tensors.items()
            if key.startswith(f"{name}.") and not key.endswith((".bias", ".weight"))}  # fmt: skip
    shape = (said["shape"][0], said["shape"][1])
    return four_bits.FourBits.of_kept(shape, kept, transposed=said["transposed"], bias=bias)


def _cuts(about: dict) -> Iterator[tuple[cut_heads.Attention, list[int]]]:
    for said in about["cut"]:
        fields = {key: value for key, value in said.items() if key != "kept"}
        yield cut_heads.Attention(**{**fields, "inner": tuple(said["inner"])}), said["kept"]


def _read(folder: Path, what: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """What the files hold (ModelError where they are damaged, or of a later version)."""
    from safetensors.torch import load_file

    tensor_names(folder / TENSORS, what)
    about = read_json(folder / ABOUT)
    wanted = {"format", "rounded", "nf4", "sparse", "cut", "same"}
    if not isinstance(about, dict) or not wanted <= set(about) or about["format"] != FORMAT:
        raise ModelError(t("compact.damaged", what=what, file=ABOUT), t("compact.damaged_remedy"))
    tensors = load_file(folder / TENSORS)
    for name, other in about["same"].items():
        tensors[name] = tensors[other].clone()
    return about, tensors
