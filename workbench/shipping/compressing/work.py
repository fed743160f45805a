"""A run's model while it is made smaller, and the folder that comes out."""

from __future__ import annotations

import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import tasks
from ...catalog.loading.missing_weights import weights_to_save
from ...catalog.loading.safe_loading import load_config, load_model
from ...catalog.model_folders import compact, four_bits, rounded
from ...catalog.model_folders.compact_folders import is_compact
from ...catalog.model_folders.cut_heads import Attention
from ...errors import ModelError
from ...i18n import t
from ...run_folder.as_learnt import as_learnt
from ...run_folder.of_several import is_ensemble
from ...training import checkpoints
from ...training.examples_of_run import examples_of
from ...training.finishing import disk_in_one_sentence
from ...training.predicting.passes import Passes
from ...training.predicting.predictor import Predictor
from ..measuring.candidate import SavedModel, of_run

if TYPE_CHECKING:
    from ...data.examples import Examples
    from ...training.run import Run

_WEIGHTS = (".safetensors", ".safetensors.index.json")


class Work:
    """A copy of a run's model that is being made smaller.

    Attributes
    ----------
    run : Run
    folder : Path
        Where the model's other files are: configuration, tokenizer, what was settled.
    model : torch.nn.Module
    cut : dict of str to (Attention, list of int)
        Layers of attention that lost heads, and the heads that they have.
    sparse : list of str
        Weights of which only those are kept that are not zero.
    touched : bool
        Whether something was done to it already.
    files : dict of str to bytes
        Files of the tokenizer that take the place of the folder's; None for one that goes.

    Raises
    ------
    RunError
        If the run is not done.
    ModelError
        If it is an ensemble, or was made smaller before.
    """

    def __init__(self, run: Run):
        if is_ensemble(run.path):
            raise ModelError(t("compress.ensemble", run=run.name), t("compress.ensemble_remedy"))
        of_run(run)  # refuses what is not done, or damaged
        self.run, self.folder = run, run.path / "model"
        if is_compact(self.folder):
            raise ModelError(t("compress.twice", run=run.name), t("compress.twice_remedy"))
        self.recipe = as_learnt(run.path, run.recipe)
        self.begun = self.recipe is not run.recipe
        self.cut: dict[str, tuple[Attention, list[int]]] = {}
        self.sparse: list[str] = []
        self.files: dict[str, bytes | None] = {}
        self.touched = False
        self.load(self.folder)

    def load(self, folder: Path) -> None:
        """Go on with the plain model of another folder."""
        task = tasks.get(self.recipe.task).configured(self.recipe, load_config(folder))
        self.folder, self.model = folder, load_model(folder, task.auto_class)

    @cached_property
    def examples(self) -> Examples:
        """What the run was trained and tested on."""
        return examples_of(self.run)

    @property
    def plain(self) -> bool:
        """Whether the library's own classes can hold it."""
        small = bool(self.cut or self.sparse or next(rounded.layers(self.model), None))
        return not small and next(four_bits.layers(self.model), None) is None

    def check_plain(self, kind: str) -> None:
        """Refuse a kind for which the weights must be as they were learnt (ModelError)."""
        if not self.plain:
            raise ModelError(t("compress.order", kind=kind), t("compress.order_remedy"))

    def check_untouched(self, kind: str) -> None:
        """Refuse a kind that begins with the run's own model (ModelError)."""
        if self.touched:
            raise ModelError(t("compress.first", kind=kind), t("compress.first_remedy"))

    def predictor(self) -> Predictor:
        """What answers with the model as it is now."""
        return Predictor(self.folder, self.recipe, begun=self.begun, model=self.model)

    def write(self, target: Path, *, name: str = "") -> SavedModel:
        """Write the folder that it has become, and give what answers from it.

        Raises
        ------
        TrainingError
            If there is no room.
        """

        def fill(stage: Path) -> None:
            for file in self.folder.iterdir():
                if file.is_file() and not file.name.endswith(_WEIGHTS):
                    if file.name != checkpoints.MANIFEST and file.name not in self.files:
                        shutil.copyfile(file, stage / file.name)
            self.model.config.save_pretrained(stage)
            if self.plain:
                self.model.save_pretrained(stage, state_dict=weights_to_save(self.model))
            else:
                compact.write(stage, self.model, self.cut, self.sparse)
            for file, value in self.files.items():
                if value is not None:
                    (stage / file).write_bytes(value)
            self._find_again(stage)

        with disk_in_one_sentence():
            target.parent.mkdir(parents=True, exist_ok=True)
            checkpoints.write_whole(target, fill)
        return SavedModel(name or target.name, target, self.recipe, begun=self.begun)

    def _find_again(self, target: Path) -> None:
        """Let a model that finds texts make their vectors itself, in place of the run's."""
        if not hasattr(tasks.get(self.recipe.task), "keep"):
            return
        predictor = Predictor(target, self.recipe, begun=self.begun)
        task = predictor.task

        def outputs_of(frame: Any) -> Any:
            rows = task.encode(predictor.tokenizer, frame, predictor.max_length)
            return task.outputs(Passes(task, predictor.model, predictor.tokenizer, rows))

        task.keep(target, self.examples, outputs_of)
