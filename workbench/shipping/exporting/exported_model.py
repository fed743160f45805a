"""An exported folder as a candidate: measured beside the run and beside compressed models."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ... import libraries, tasks
from ...atomic_files import read_json
from ...catalog.loading.safe_loading import load_config
from ...errors import DataError, ModelError
from ...i18n import t
from ...paths import local_path
from ...training.predicting.predictor import Predictor
from ..measuring.candidate import SavedModel, of_run
from .facts import FILE, FORMAT
from .standalone import predict as program

if TYPE_CHECKING:
    from ...recipe import Recipe
    from ...training.run import Run

#: What lies in a folder beside the model and is not needed for an answer.
_BESIDE = re.compile(
    r".*\.(py|md)|requirements.*\.txt|examples\.jsonl|Dockerfile|Modelfile|\..*", re.I
)


class ExportedModel(SavedModel):
    """The model of an exported folder, asked for rows as the run's own is.

    Texts are read, and answers made of outputs, as the run does both: what differs is who computes
    the outputs, onnxruntime or transformers.

    Parameters
    ----------
    name : str
    folder : Path
        Made by :func:`.exporting.export` or :func:`workbench.shipping.pack`.
    recipe : Recipe
    begun : bool
    settled : Path
        The folder of the run's model, which holds the tokenizer and what was settled.
    about : dict
        What export.json says.
    """

    def __init__(
        self, name: str, folder: Path, recipe: Recipe, *, begun: bool, settled: Path,
        about: dict[str, Any],
    ):  # fmt: skip
        super().__init__(name, folder, recipe, begun=begun)
        self.settled, self.about = settled, about

    @property
    def size(self) -> int:
        """Bytes of what an answer is made from: model, tokenizer, configuration."""
        files = [one for one in self.folder.iterdir() if one.is_file()]
        return sum(one.stat().st_size for one in files if not _BESIDE.fullmatch(one.name))

    def _load(self) -> Any:
        net: Any
        if self.about["kept"] == "onnx":
            net = OnnxNet(program.Onnx(self.folder, self.about), load_config(self.settled))
        else:
            net = program.Torch(self.folder, self.about).model
        predictor = Predictor(self.settled, self.recipe, begun=self.begun, model=net)
        if predictor.generation is not None:
            net.generation_config.eos_token_id = self.about["ends"]
        return predictor


class OnnxNet(torch.nn.Module):
    """A graph of onnxruntime in the place of a model of transformers.

    Parameters
    ----------
    graph : predict.Onnx
    config : transformers.PretrainedConfig
        Of the model that it was made of.
    """

    def __init__(self, graph: Any, config: Any):
        super().__init__()
        self.graph, self.config = graph, config
        self.nothing = torch.nn.Parameter(torch.zeros(0), requires_grad=False)
        if graph.about["padding_side"] == "left":
            self.sequence_summary = None  # by this the library's models say that they read the end

    @property
    def device(self) -> torch.device:
        """Where inputs are put: that of its one, empty, parameter."""
        return self.nothing.device

    def get_input_embeddings(self) -> Any:
        """It shows none."""
        raise NotImplementedError

    def forward(self, **inputs: torch.Tensor) -> Any:
        """Outputs under the names that a model of the kind has for them, float32."""
        output = libraries.transformers("utils.ModelOutput")
        given = {name: value.cpu().numpy() for name, value in inputs.items()}
        found = torch.from_numpy(self.graph.outputs(given)).to(self.device)
        kind = self.graph.about["kind"]
        if kind == "span":
            return output(start_logits=found[..., 0], end_logits=found[..., 1])
        if kind == "vector":  # pooled already: a state for each token, of which it is the mean
            length = inputs["input_ids"].shape[1]
            return output(last_hidden_state=found[:, None].expand(-1, length, -1))
        return output(logits=found)


def of_export(run: Run, folder: str | os.PathLike, *, name: str = "") -> ExportedModel:
    """An exported folder of a run, to be measured beside it.

    Parameters
    ----------
    run : Run
        That it was exported from.
    folder : str or path
        What :func:`.exporting.export` or :func:`workbench.shipping.pack` has made.
    name : str
        In tables; by default the format and the weights, such as ``onnx int8``.

    Returns
    -------
    ExportedModel

    Raises
    ------
    RunError
        If the run is not done.
    DataError
        If the folder is none of an export, or one of a run with other labels or another task.
    ModelError
        Of a model that writes as ONNX: it has no way to be asked for whole texts here.
    """
    own, place = of_run(run), local_path(folder).absolute()
    about = _about(place)
    for what, value in (("task", run.recipe.task), ("labels", _labels(own))):
        if about[what] != value:
            raise DataError(
                t("shipping.export_of_other", folder=str(place), run=run.name, what=what),
                t("shipping.export_of_other_remedy"),
            )
    if about["kept"] == "onnx" and about["kind"] == "text":
        raise ModelError(t("shipping.export_writes"), t("shipping.export_writes_remedy"))
    called = name or f"{about['kept']} {about['weights']}"
    return ExportedModel(called, place, own.recipe, begun=own.begun, settled=own.folder,
                         about=about)  # fmt: skip


def _about(place: Path) -> dict[str, Any]:
    """What export.json of a folder says (DataError where it is none)."""
    about, why = read_json(place / FILE), ""
    if not isinstance(about, dict):
        why = t("shipping.no_file", file=FILE)
    elif about.get("format") != FORMAT:
        why = t("shipping.other_version", file=FILE)
    elif not (place / about["file"]).is_file():
        why = t("shipping.no_file", file=about["file"])
    if not why:
        return about
    raise DataError(t("shipping.no_export", folder=str(place), why=why),
                    t("shipping.no_export_remedy"))  # fmt: skip


def _labels(own: SavedModel) -> list[str]:
    """Names of the outputs of a run's model, in their order."""
    if not tasks.get(own.recipe.task).spec.names_outputs:
        return []
    config = load_config(own.folder)
    return [config.id2label[one] for one in range(config.num_labels)]
