"""The mean of the weights of several models, which is one model (Wortsman et al., 2022).

"Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time". It is meant for models that began with the same weights: their means lie in one
valley of the loss. A new head begins otherwise with each seed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog.model_folders import adapters
from ..errors import DataError
from ..i18n import t
from ..tasks.shared import decisions
from ..training import checkpoints
from ..training.predicting import temperature

if TYPE_CHECKING:
    from .members import Members

WEIGHTS = "model.safetensors"
# of a member and not of their mean
_LEFT = (checkpoints.MANIFEST, decisions.FILE, temperature.FILE, checkpoints.PROGRESS)


def averaged(folders: Sequence[Path], target: Path) -> Path:
    """Write a model folder whose weights are the means of those of several.

    Parameters
    ----------
    folders : sequence of Path
        Plain model folders of one architecture; one that stands twice counts twice.
    target : Path
        Is made.

    Returns
    -------
    Path
        ``target``. Each weight is the mean in float64, rounded once to the first one's type. Whole
        numbers and what is beside the weights (tokenizer, configuration) are those of the first.

    Raises
    ------
    DataError
        If a folder holds an adapter, or weights of other names or shapes.
    """
    from safetensors.torch import save_file

    target.mkdir(parents=True)
    for path in Path(folders[0]).iterdir():
        if path.is_file() and path.suffix != ".safetensors" and path.name not in _LEFT:
            if not path.name.endswith(".safetensors.index.json"):
                shutil.copy2(path, target / path.name)
    save_file(_mean(folders), target / WEIGHTS, metadata={"format": "pt"})
    return target


def _mean(folders: Sequence[Path]) -> dict[str, Any]:
    import torch
    from safetensors import safe_open

    with ExitStack() as stack:
        places: list[dict[str, Any]] = []
        for folder in folders:
            if adapters.is_adapter(folder):
                raise DataError(t("ensembles.soup_adapter", folder=folder.name),
                                t("ensembles.soup_adapter_remedy"))  # fmt: skip
            files = [stack.enter_context(safe_open(one, framework="pt"))
                     for one in sorted(folder.glob("*.safetensors"))]  # fmt: skip
            places.append({name: file for file in files for name in file.keys()})  # noqa: SIM118
        found = {}
        for name in places[0]:
            shapes = {tuple(one[name].get_slice(name).get_shape()) if name in one else None
                      for one in places}  # fmt: skip
            if len(shapes) > 1 or any(one.keys() != places[0].keys() for one in places):
                raise DataError(t("ensembles.soup_shapes", name=name),
                                t("ensembles.soup_shapes_remedy"))  # fmt: skip
            first = places[0][name].get_tensor(name)
            if not first.is_floating_point():
                found[name] = first
                continue
            total = torch.zeros(first.shape, dtype=torch.float64)
            for one in places:
                total += one[name].get_tensor(name).double()
            found[name] = (total / len(places)).to(first.dtype)
        return found


def check_same_start(members: Members) -> None:
    """Refuse members that did not begin with the same pre-trained weights (DataError)."""
    models = [one.recipe.model for one in members.listed]
    if odd := [model for model in models if model != models[0]]:
        raise DataError(
            t("ensembles.soup_models", first=models[0], other=odd[0]),
            t("ensembles.soup_models_remedy"),
        )


def cooked(members: Members, target: Path, chosen: Sequence[int] | None = None) -> Members:
    """The mean of some members (of all by default) as a model of its own, asked about their rows.

    ``target`` is the folder that is made.
    """
    listed = members.listed if chosen is None else [members.listed[one] for one in chosen]
    folder = averaged([one.folder for one in listed], target)
    found = members.of_one(folder, "soup")
    if hasattr(found.task, "keep"):  # what is found among, by the new model's vectors
        voter = found.voter
        found.task.keep(folder, found.examples, lambda frame: voter.outputs(frame)[1][0])
    return found
