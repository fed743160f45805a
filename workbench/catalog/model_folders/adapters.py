"""Folders with an adapter: small weights that are laid on a pretrained model, which they name.

They are what peft writes (``adapter_config.json``, ``adapter_model.safetensors``) and ``base.json``
beside it, which holds the SHA-256 of the weights that the adapter was trained on: on others it
would compute something else, and nobody would notice.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.atomic_files import open_plain, write_json
from workbench.catalog.model_folders.judging_folders import CONFIG, judge_settings, read_settings
from workbench.catalog.model_folders.weight_files import (
    INDEX,
    WEIGHTS,
    judge_numbers,
    tensor_names,
    weight_names,
)
from workbench.errors import ModelError
from workbench.i18n import t

if TYPE_CHECKING:
    import torch

# peft imports it where it is there, and it tells CPUs without a certain kernel of the hub
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

ADAPTER, TENSORS, BASE = "adapter_config.json", "adapter_model.safetensors", "base.json"
#: Files of an adapter from which the whole model can be had again.
FILES = (CONFIG, ADAPTER, TENSORS, BASE)
#: Adapters that are read, and what the names of their own weights have in them.
KINDS = {"LORA": ".lora_", "IA3": ".ia3_l", **dict.fromkeys(
    VIRTUAL := ("PROMPT_TUNING", "PREFIX_TUNING", "P_TUNING"), "prompt_embeddings")}  # fmt: skip
_PREFIXES = ("base_model.model.", "base_model.")  # of the names that peft gives to tensors
#: What virtual tokens are computed from while they are trained, beside an adapter.
ENCODER = "prompt_encoder.safetensors"
QUANTISED = "quantised"  # in base.json: what of the base was in four bits
OWN_BASE = "base"  # a folder in that of an adapter: the model that it belongs to


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter of a run and no weights of a whole model."""
    there = [(folder / name).is_file() for name in (ADAPTER, BASE)]
    return all(there) and not any((folder / name).is_file() for name in (WEIGHTS, INDEX))


def note_base(
    folder: Path, base: Path, reference: str, quantised: Collection[str] = ()
) -> None:
    """Write down, beside an adapter, which model it belongs to, and which layers of it were in four
    bits while the adapter was trained."""
    noted = {"model": reference, "folder": str(base.absolute()), "sha256": fingerprints(base)}
    if quantised:
        noted[QUANTISED] = {"kind": "nf4", "layers": list(quantised)}
    write_json(folder / BASE, noted)


def copy_base(base: Path, folder: Path) -> None:
    """Put the model that an adapter belongs to into the adapter's folder."""
    (folder / OWN_BASE).mkdir()
    for name in (CONFIG, *weight_names(base, f"model in {base.name}"), INDEX):
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / OWN_BASE / name)


def fingerprints(base: Path) -> dict[str, str]:
    """SHA-256 of each weight file of a model's folder, by its name."""
    found = {}
    for name in weight_names(base, f"model in {base.name}"):
        about = (base / name).stat()
        found[name] = _sha256(base / name, about.st_size, about.st_mtime_ns)
    return found


@lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _changed: int) -> str:
    with open_plain(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def base_of(folder: Path, what: str) -> Path:
    """The folder of the model that an adapter was trained on, with the weights of then.

    Raises
    ------
    ModelError
        If it is gone, or holds other weights.
    """
    if (folder / OWN_BASE / CONFIG).is_file():
        check_base(folder, folder / OWN_BASE, what)
        return folder / OWN_BASE
    noted = read_settings(folder / BASE)
    path, name = noted.get("folder"), noted.get("model")
    if not isinstance(path, str) or not isinstance(name, str):
        raise ModelError(t("adapter.base_damaged", what=what), t("adapter.base_remedy"))
    base = Path(path)
    if not (base / CONFIG).is_file():
        raise ModelError(
            t("adapter.base_gone", what=what, name=name, folder=path), t("adapter.base_remedy")
        )
    check_base(folder, base, what)
    return base


def check_base(folder: Path, base: Path, what: str) -> None:
    """Refuse a base model whose weights are not those that the adapter was trained on.

    Raises
    ------
    ModelError
    """
    noted = read_settings(folder / BASE)
    if noted.get("sha256") != fingerprints(base):
        raise ModelError(
            t("adapter.base_changed", what=what, name=noted.get("model"), folder=str(base)),
            t("adapter.base_changed_remedy"),
        )


def judge_adapter(folder: Path, what: str) -> set[str]:
    """Refuse an adapter that is damaged or of a kind that is not known here.

    Returns
    -------
    set of str
        Names of the model's own weights that come with it whole, such as those of a new head.

    Raises
    ------
    ModelError
    """
    judge_settings(folder, what)
    kind = read_settings(folder / ADAPTER).get("peft_type")
    if kind not in KINDS:
        known = " or ".join(map(repr, KINDS))
        raise ModelError(t("adapter.kind", what=what, kind=repr(kind)),
                         t("adapter.kind_remedy", known=known))  # fmt: skip
    names = tensor_names(folder / TENSORS, what)
    judge_numbers(folder, what, [TENSORS])
    prefix = _PREFIXES[kind in VIRTUAL]
    return {name.removeprefix(prefix) for name in names if KINDS[kind] not in name}


def laid_on(model: torch.nn.Module, folder: Path, what: str) -> torch.nn.Module:
    """The plain model with an adapter's changes added to its weights, or with virtual tokens.

    Where the adapter was trained on weights in four bits, they are rounded so first.

    Parameters
    ----------
    model : torch.nn.Module
        The base model with the head that the adapter was trained with; changed in place.
    """
    import peft

    settings = peft.PeftConfig.from_pretrained(folder)
    virtual = settings.peft_type in VIRTUAL
    settings.inference_mode = virtual  # anything else that is loaded is merged at once
    _round(model, folder, what)
    wrapped = wrap(model, settings)
    put(wrapped, read_tensors(folder), what)
    if virtual:
        from .virtual_tokens import VirtualTokens

        _unwrap(wrapped.get_base_model())
        VirtualTokens(wrapped)
        return wrapped.get_base_model().eval()
    return merged(wrapped)


def _round(model: torch.nn.Module, folder: Path, what: str) -> None:
    from . import four_bits

    noted = read_settings(folder / BASE).get(QUANTISED)
    if not noted or next(model.parameters()).is_meta:
        return
    kind, layers = noted.get("kind"), noted.get("layers")
    known = {name for name, _ in model.named_modules()}
    if kind != four_bits.NF4 or not isinstance(layers, list) or not known.issuperset(layers):
        raise ModelError(t("adapter.base_damaged", what=what), t("adapter.base_remedy"))
    four_bits.check(t("four_bits.adapter", what=what))
    four_bits.round_like(model, layers)


def merged(wrapped: Any) -> torch.nn.Module:
    """The plain model: what was learnt is in its weights, peft's layers are gone."""
    _unwrap(wrapped.get_base_model())
    return wrapped.merge_and_unload()


def without(wrapped: Any) -> torch.nn.Module:
    """The model without peft's layers; what was trained whole stays as it was trained."""
    model = wrapped.get_base_model()
    _unwrap(model)
    wrapped.unload()
    if hasattr(model, "peft_config"):
        del model.peft_config
    return model


def _unwrap(model: torch.nn.Module) -> None:
    """Take what is trained whole out of peft's wrappers."""
    import peft

    for name, part in list(model.named_modules()):
        if isinstance(part, peft.utils.ModulesToSaveWrapper):
            # peft's own way asks a head of several layers for its one weight
            model.set_submodule(name, part.unload_and_optionally_merge_module(
                merge=True, safe_merge=False, adapter_names=None))  # fmt: skip


def wrap(model: torch.nn.Module, settings: Any, name: str = "default") -> Any:
    """``peft.get_peft_model``, without what the two libraries say to each other's authors."""
    import warnings

    import peft

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peft.get_peft_model(model, settings, adapter_name=name)


def read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of an adapter, on the CPU, by peft's names."""
    from safetensors.torch import load_file

    return load_file(folder / TENSORS)


def tensors(wrapped: Any, name: str = "default") -> dict[str, torch.Tensor]:
    """The tensors of an adapter of a model by peft's names: not copies."""
    import peft

    # embeddings are never trained, and peft would ask the hub whether they were
    return peft.get_peft_model_state_dict(
        wrapped, adapter_name=name, save_embedding_layers=False
    )


def put(
    wrapped: Any, given: Mapping[str, torch.Tensor], what: str, name: str = "default"
) -> None:
    """Give an adapter of a model its tensors: all of them, and no others.

    Raises
    ------
    ModelError
    """
    import peft

    own = tensors(wrapped, name)
    wrong = sorted(set(own) ^ set(given)) or sorted(
        one for one, value in own.items() if value.shape != given[one].shape
    )
    if wrong:
        raise ModelError(
            t("adapter.other_tensors", what=what, n=len(wrong), first=wrong[0]),
            t("adapter.other_tensors_remedy"),
        )
    given = dict(given)
    if "prompt_embeddings" in given:
        table = getattr(wrapped.prompt_encoder[name], "embedding", None)
        # a net widens them: peft reads them as its input, which whoever has the net puts back
        if table is not None and table.weight.shape != given["prompt_embeddings"].shape:
            given["prompt_embeddings"] = table.weight.detach()
    peft.set_peft_model_state_dict(wrapped, given, adapter_name=name)


def write(folder: Path, wrapped: Any, given: Mapping[str, torch.Tensor]) -> None:
    """Write a model's adapter as peft writes it, without its model card."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: value.detach().cpu().contiguous() for name, value in given.items()}
    save_file(plain, folder / TENSORS, metadata={"format": "pt"})
    settings, kind = wrapped.peft_config["default"], type(wrapped.get_base_model())
    training, settings.inference_mode = settings.inference_mode, True
    named = {"base_model_class": kind.__name__, "parent_library": kind.__module__}
    try:
        settings.save_pretrained(folder, auto_mapping_dict=named)
    finally:
        settings.inference_mode = training
    said = json.loads((folder / ADAPTER).read_text("utf-8"))
    for name in ("target_modules", "feedforward_modules"):  # from a set, whose order is chance
        if isinstance(said.get(name), list):
            said[name] = sorted(said[name])
    write_json(folder / ADAPTER, said)
