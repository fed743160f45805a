"""A run folder whose model predicts: texts, tables, files; and as the library's pipeline."""

from __future__ import annotations

import inspect
import os
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import tasks
from ...errors import DataError, RunError
from ...i18n import t
from ...run_folder.as_learnt import as_learnt
from ...run_folder.folder import RunFolder
from ...run_folder.of_several import FILE, FOLDER, is_ensemble
from ...task_words import called
from .. import checkpoints

if TYPE_CHECKING:
    import pandas as pd

    from .predictor import Predictor
    from .voter import Voter

_PREDICTORS: dict = {}  # (folder, time of change) -> Predictor: the last few that were used
_loading = threading.Lock()  # views ask in threads of their own: each model is loaded once


class PredictingRun(RunFolder):
    """A run folder, with what its model predicts."""

    @property
    def model_path(self) -> Path:
        """Folder of the best model; while the run trains, of the newest checkpoint.

        Raises
        ------
        RunError
            If there is none yet, or its files are not those that were written; of an ensemble, for
            which several models answer.
        """
        if self._of_several:
            raise RunError(
                t("ensembles.no_one_model", run=self.name), t("ensembles.no_one_model_remedy")
            )
        if checkpoints.is_whole(self.path / "model"):
            checkpoints.verify(self.path / "model")
            return self.path / "model"
        for last_try in (False, True):  # a checkpoint may give way to a newer one meanwhile
            if there := checkpoints.list_checkpoints(self.path):
                try:
                    checkpoints.verify(there[-1], checkpoints.MODEL)
                    return there[-1]
                except RunError:
                    if last_try:
                        raise
        raise RunError(
            f"The run {self.name} is {self.state} and has no model yet.",
            "Wait for its first checkpoint.",
        )

    @property
    def finished_path(self) -> Path:
        """Folder of the model of a run that is done.

        Raises
        ------
        RunError
            If the run has none yet, or its files are not those that were written; of an ensemble.
        """
        self.check_finished()
        return self.model_path

    @property
    def settled_path(self) -> Path:
        """Folder of what was settled once for all answers: thresholds, a temperature.

        That of the model; of an ensemble the one that holds its members.
        """
        return self.path / FOLDER if self._of_several else Path(self.model_path)

    def predict(
        self,
        data,
        *,
        batch_size: int = 64,
        calibrated: bool = False,
        precision: str = "fp32",
        progress: Callable[[int, int], object] | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Predict texts with the best model.

        Parameters
        ----------
        data : str, sequence of str, pandas.DataFrame or path
            A file is read as the recipe's was. Frame, file, a dict of columns or a list of dicts
            have the recipe's columns; a frame of one column needs no name.
        batch_size : int
        calibrated : bool
            Scores at the temperature that :meth:`calibrate` stored with the model; it is fitted
            when there is none yet.
        precision : {'fp32', 'bf16', 'fp16', 'auto'}
            Of the matrix products. fp32 gives the pipeline's numbers; bf16 is faster where the
            device gains from it, and may decide otherwise where two classes are about equal.
            'auto' takes it where it gains.
        progress : callable, optional
            ``progress(done, total)`` counts rows, part by part; what it raises ends the prediction.
        reading : mapping, optional
            How a file is to be read where that is otherwise than the recipe's: the keys of a
            recipe's ``reading``, such as ``{"sheet": "new"}``.

        Returns
        -------
        pandas.DataFrame, a row a text, in their order
            ``text``, ``prediction``, ``score_<class>`` (softmax, sums to 1). Of several labels a
            text ``prediction`` is a list by the thresholds stored with the model, and
            ``score_<label>`` the sigmoid of each.
        """
        frame = self.reader()(data, reading)
        predictor = self.predictor()

        def predicted(part):
            return predictor.predict(part, batch_size=batch_size, precision=precision)

        from .prediction_files import in_parts
        from .temperature import stored_temperature, with_temperature

        table = predicted(frame) if progress is None else in_parts(predicted, frame, progress)
        if not calibrated:
            return table
        folder = self.settled_path
        return with_temperature(table, stored_temperature(folder) or self.calibrate())

    def nearest(self, texts, among=None, *, k: int = 5, batch_size: int = 64) -> pd.DataFrame:
        """The texts that a model for sentence similarity finds nearest to others.

        Parameters
        ----------
        texts : str, sequence of str, pandas.DataFrame or path
            What is looked for; as :meth:`predict` takes it.
        among : str, sequence of str, pandas.DataFrame or path, optional
            What is found, a text a row; by default what belonged to something in training.
        k : int
            How many for each.
        batch_size : int

        Returns
        -------
        pandas.DataFrame, a row a text
            ``text``, ``prediction`` (the nearest), ``score``, ``nearest`` and ``nearest_scores``.

        Raises
        ------
        RunError
            If the run is of another task, or has no finished model.
        DataError
            If there is nothing to find.
        """
        task = tasks.get(self.recipe.task)
        if task.spec.output != "vectors":
            raise RunError(
                t("matching.not_found", run=self.name, task=called(self.recipe.task)),
                t("matching.not_found_remedy"),
            )
        predictor = self.predictor()
        if among is not None:
            others = self.reader()(among)["text"].drop_duplicates().tolist()
            if not others:
                raise DataError(t("matching.among"), t("matching.among_remedy"))
            predictor = predictor.finding(others, batch_size=batch_size)
        return predictor.predict(self.reader()(texts), batch_size=batch_size, k=k)

    def predict_file(
        self,
        file: str | os.PathLike,
        out: str | os.PathLike,
        *,
        progress: Callable[[int, int], object] = lambda done, total: None,
        reading: Mapping[str, Any] | None = None,
        seen: Callable[[pd.DataFrame], object] = lambda part: None,
    ) -> Path:
        """Predict the texts of a file, read as :meth:`predict` reads it, and write another one.

        It is written part by part: beside the texts themselves, memory holds one part.
        What predictions note (texts that were cut) is said as warnings.

        Parameters
        ----------
        file : path
        out : path
            Its ending says what is written: ``.csv``, ``.xlsx`` or ``.parquet``; CSV without one.
        progress, reading
            As :meth:`predict` takes them.
        seen : callable, optional
            ``seen(part)`` is given each part, a table as :meth:`predict` gives it.

        Returns
        -------
        Path
            ``out``.

        Raises
        ------
        DataError
            If ``out`` is the file itself, cannot be written or has another ending, before anything
            is predicted; or if a workbook cannot hold so many rows, or so long a text.
        """
        from .prediction_files import place_for, predict_into

        out = place_for(out, file)
        frame = self.reader()(Path(file), reading)
        notes = predict_into(out, self.predictor().predict, frame, self.recipe, progress, seen)
        for note in notes:
            warnings.warn(note, UserWarning, stacklevel=2)
        return out

    def calibrate(self) -> float:
        """Fit a temperature on the validation predictions, store it with the model, return it."""
        from .temperature import calibrate

        return calibrate(self.predictions("validation"), self.settled_path, self.name)

    def pipeline(self):
        """The ``transformers`` pipeline on the best model, cutting texts where training did.

        Of tags it finds the words that training had, and gives tags of words (parts of speech) one
        a word; ``transformers.pipeline`` on ``model_path`` alone joins neighbours of one tag.
        """
        from .pipelines import pipeline

        return pipeline(self.finished_path, self.recipe, self.data_info(), self.name)

    @property
    def _of_several(self) -> bool:
        """Whether several models answer for the run: it is an ensemble."""
        return is_ensemble(self.path)

    def check_finished(self) -> None:
        """Refuse a run that has no finished model, or a damaged one (RunError)."""
        if self._of_several:
            return  # its members are looked at when they are loaded
        if not checkpoints.is_whole(self.path / "model"):
            raise RunError(
                f"The run {self.name} is {self.state} and has no finished model.",
                "Wait until it is done, or resume() it.",
            )
        checkpoints.verify(self.path / "model")

    def _predictor(self):
        from .predictor import Predictor
        from .voter import load

        folder = self.path / "model"
        told = self.path / FILE if self._of_several else folder / checkpoints.MANIFEST
        key = (str(folder), told.stat().st_mtime_ns)
        with _loading:
            if key not in _PREDICTORS:
                while len(_PREDICTORS) >= 2:
                    _PREDICTORS.pop(next(iter(_PREDICTORS)))
                if self._of_several:
                    _PREDICTORS[key] = load(self.path)
                    return _PREDICTORS[key]
                recipe = self.recipe
                learnt = as_learnt(self.path, recipe)
                _PREDICTORS[key] = Predictor(folder, learnt, begun=learnt is not recipe)
            return _PREDICTORS[key]

    def reader(self) -> Callable[..., pd.DataFrame]:
        """``rows(data, reading=None)`` of what :meth:`predict` takes; the folder is read once."""
        from ...data.asked import asked_for

        info, recipe = self.data_info(), self.recipe
        asked = tasks.get(recipe.task).asked
        takes = info.get("learnt") and "learnt" in inspect.signature(asked).parameters
        about = {"learnt": info["learnt"]} if takes else {}

        def rows(data: Any, reading: Mapping[str, Any] | None = None) -> pd.DataFrame:
            read = asked_for(data, recipe, info.get("read"), reading=reading)
            return asked(read, recipe, **about)

        return rows

    def predictor(self) -> Predictor | Voter:
        """The loaded model that answers for the run.

        Raises
        ------
        RunError
            If it is not finished, or its files are not those that were written.
        """
        self.check_finished()
        return self._predictor()
