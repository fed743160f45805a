"""A student made of its teacher: the same model with some of its layers (Sanh et al., 2019)."""

from __future__ import annotations

import copy
import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import catalog, libraries
from ...catalog.loading.missing_weights import weights_to_save
from ...catalog.loading.safe_loading import load_config, load_model
from ...catalog.model_folders import adapters
from ...catalog.model_folders.judging_folders import READ_BESIDE
from ...errors import ModelError, RecipeError
from ...i18n import t
from ...paths import cache_dir, local_path
from ...reference import Origin, origin_of, short_name
from ...run_folder.folder import RunFolder
from ...run_folder.folders import check_run_folder
from .. import checkpoints
from ..depths import layer_stacks
from ..finishing import disk_in_one_sentence

if TYPE_CHECKING:
    import torch

    from ..run import Run

CLASSES = ("AutoModel", "AutoModelForSequenceClassification", "AutoModelForTokenClassification",
           "AutoModelForQuestionAnswering", "AutoModelForMaskedLM", "AutoModelForCausalLM",
           "AutoModelForSeq2SeqLM")  # fmt: skip
_COUNTS = (("num_hidden_layers", "encoder_layers", "num_layers"),
           ("decoder_layers", "num_decoder_layers"))  # fmt: skip


def kept_layers(layers: int, of: int) -> list[int]:
    """Which layers stay, from below: the first, the last, the others evenly between them.

    Examples
    --------
    >>> kept_layers(6, 12), kept_layers(3, 6), kept_layers(1, 6)
    ([0, 2, 4, 7, 9, 11], [0, 2, 5], [0])
    """
    return [round(place) for place in np.linspace(0, of - 1, layers)]


def shorten(
    model: str | os.PathLike | Run, layers: int, out: str | os.PathLike | None = None
) -> Path:
    """A copy of a model that has some of its layers, as a folder that a recipe can name.

    Parameters
    ----------
    model : str, path or Run
        ``sample:…``, ``hub:…``, a model's folder, or a finished run, whose head stays too.
    layers : int
        How many stay, of encoder and decoder each: :func:`kept_layers`.
    out : path, optional
        A folder that is not there yet; in the cache where it is left out, once for the same model.

    Returns
    -------
    Path
        The folder: ``Recipe(model=str(...))``.

    Raises
    ------
    ModelError
        If the layers cannot be told apart, or there are not more than ``layers``.

    Notes
    -----
    V. Sanh et al., "DistilBERT, a distilled version of BERT", 2019.
    """
    folder, name = _folder(model)
    if adapters.is_adapter(folder):
        raise ModelError(t("shortening.adapter", model=name), t("shortening.adapter_remedy"))
    if out is None:
        stamps = [(p.name, p.stat().st_size, p.stat().st_mtime_ns)
                  for p in sorted(folder.iterdir()) if p.is_file()]  # fmt: skip
        said = hashlib.sha256(repr((str(folder.resolve()), stamps)).encode()).hexdigest()[:8]
        target = cache_dir() / "shortened" / f"{short_name(name)}-{layers}-{said}"
        if checkpoints.is_whole(target):
            return target
    else:
        target = local_path(out).absolute()
        if target.exists():
            raise ModelError(t("shortening.taken", folder=target), t("shortening.taken_remedy"))
    made = _shortened(folder, name, layers)

    def fill(stage: Path) -> None:
        made.save_pretrained(stage, state_dict=weights_to_save(made))
        for file in READ_BESIDE:
            if (folder / file).is_file() and not (stage / file).exists():
                shutil.copyfile(folder / file, stage / file)

    with disk_in_one_sentence():
        target.parent.mkdir(parents=True, exist_ok=True)
        checkpoints.write_whole(target, fill)
    return target


def _folder(model: Any) -> tuple[Path, str]:
    """A model's folder, and what it is called."""
    path = getattr(model, "path", model)  # of a run
    name, place = str(path), local_path(path)
    whole = (place / "config.json").is_file() and not (place / "run.json").is_file()
    if origin_of(name, "model") is not Origin.PATH or whole:
        return catalog.model_folder(name), name
    run = RunFolder(check_run_folder(path))
    if not checkpoints.is_whole(run.path / "model"):
        raise ModelError(
            t("shortening.unfinished", run=run.name, state=run.state),
            t("shortening.unfinished_remedy"),
        )
    checkpoints.verify(run.path / "model")
    return run.path / "model", run.name


def _shortened(folder: Path, name: str, layers: int) -> torch.nn.Module:
    from torch import nn

    config = load_config(folder, f"model {name}")
    model: Any = load_model(folder, _class_of(config, name), f"model {name}")
    model.config = copy.deepcopy(model.config)
    try:
        stacks = layer_stacks(model)
    except RecipeError as error:
        raise ModelError(error.message, t("shortening.no_layers_remedy")) from error
    fewest = min(len(stack) for _, stack in stacks)
    whole = isinstance(layers, int) and not isinstance(layers, bool)
    if not whole or not 1 <= layers < fewest:
        raise ModelError(
            t("shortening.count", layers=repr(layers), model=name, n=fewest),
            t("shortening.count_remedy", most=fewest - 1) if fewest > 1 else "",
        )
    about = model.config.get_text_config(decoder=True)
    for (path, stack), counts in zip(stacks, _COUNTS, strict=False):
        kept, n_layers = kept_layers(layers, len(stack)), len(stack)
        owner, _, own = path.rpartition(".")
        setattr(model.get_submodule(owner), own, nn.ModuleList(stack[n] for n in kept))
        for config in {id(one): one for one in (model.config, about)}.values():
            for count in counts:
                if getattr(config, count, None) == n_layers:
                    setattr(config, count, layers)
            for key, value in vars(config).items():  # what it says of each layer
                if isinstance(value, list) and len(value) == n_layers and "layer" in key:
                    setattr(config, key, [value[n] for n in kept])
    return model


def _class_of(config: Any, name: str) -> str:
    """The library's Auto class of the architecture that a configuration names."""
    named = (getattr(config, "architectures", None) or [""])[0]
    for auto in CLASSES:
        known = libraries.transformers(auto)._model_mapping
        if type(config) in known:
            found = known[type(config)]
            every = found if isinstance(found, tuple) else (found,)
            if any(one.__name__ == named for one in every):
                return auto
    raise ModelError(t("shortening.architecture", model=name, architecture=named or "—"),
                     t("shortening.architecture_remedy"))  # fmt: skip
