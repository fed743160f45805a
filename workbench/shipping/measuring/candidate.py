"""What can be measured against a run: whatever answers rows as its model does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import RunError
from ...i18n import t
from ...run_folder.as_learnt import as_learnt
from ...run_folder.of_several import FOLDER, is_ensemble
from ...training import checkpoints

if TYPE_CHECKING:
    import pandas as pd

    from ...recipe import Recipe
    from ...training.run import Run


class Candidate(Protocol):
    """A model in some form that answers in a run's place.

    One that loads itself when it is first asked may have ``release()``, after which it is loaded
    anew: of such a one memory is measured, too.
    """

    name: str

    @property
    def size(self) -> int:
        """Bytes on the disk of all that it answers from."""
        ...

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Its predictions of rows, in their order.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows as the task has them (``Examples.splits["test"]``), truth included.

        Returns
        -------
        pandas.DataFrame
            As ``run.predictions()`` is: what the task's ``predictions`` makes of a model's outputs
            for this frame. It says its task.
        """
        ...


class SavedModel:
    """A model's folder, asked as a run's model is.

    Parameters
    ----------
    name : str
    folder : Path
        Holds config, safetensors weights and tokenizer.
    recipe : Recipe
        Of the run that it came from.
    begun : bool
        See :class:`workbench.training.predicting.predictor.Predictor`.
    run : Run, optional
        Whose own model it is; it is then looked at whether another run may be measured by it.
    """

    def __init__(
        self, name: str, folder: Path, recipe: Recipe, *, begun: bool = False,
        run: Run | None = None,
    ):  # fmt: skip
        self.name, self.folder, self.recipe, self.begun = name, Path(folder), recipe, begun
        self.run = run
        self._loaded: Any = None

    @property
    def size(self) -> int:
        """Bytes of all files of the folder, tokenizer included."""
        return size_of(self.folder)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """See :meth:`Candidate.predict`."""
        return self.predictor.predict(frame)

    @property
    def predictor(self) -> Any:
        """What answers, loaded when it is first asked for."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def release(self) -> None:
        """Forget the loaded model."""
        self._loaded = None

    def _load(self) -> Any:
        from ...training.predicting.predictor import Predictor

        return Predictor(self.folder, self.recipe, begun=self.begun)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.size / 1e6:.1f} MB>"


class _Ensemble(SavedModel):
    """The models of an ensemble that was saved as a run."""

    def _load(self) -> Any:
        from ...training.predicting.voter import load

        return load(self.folder.parent)


def of_run(run: Run) -> SavedModel:
    """A run's own model: what others are measured against, or, of another run, one of them.

    A distilled student is laid beside its teacher so.

    Raises
    ------
    RunError
        If the run is not done, or its model is damaged.
    """
    if run.state != "done":
        raise RunError(t("shipping.unfinished", run=run.name, state=run.state),
                       t("shipping.unfinished_remedy"))  # fmt: skip
    recipe = run.recipe
    if is_ensemble(run.path):
        return _Ensemble(run.name, run.path / FOLDER, recipe, run=run)
    checkpoints.verify(run.path / "model")
    learnt = as_learnt(run.path, recipe)
    return SavedModel(run.name, run.path / "model", learnt, begun=learnt is not recipe, run=run)


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    place = Path(place)
    files = [place] if place.is_file() else [one for one in place.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files)
