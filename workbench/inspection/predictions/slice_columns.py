"""What a slice can ask of the examples: features of the text, columns of results and of source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DataError, UnknownName, WorkbenchError, nearest
from ...i18n import t
from ...task_words import called
from . import text_features
from .kinds import task_for

if TYPE_CHECKING:
    import pandas as pd

FEATURES: dict[str, Callable] = {
    "words": text_features.word_counts,
    "characters": text_features.character_counts,
    "language": text_features.text_languages,
    "negation": text_features.has_negation,
    "capitals": text_features.capital_shares,
    "emoji": text_features.emoji_counts,
}
OF_RUN = ("pieces", "near_training")  # need the run's tokenizer, and its training texts
RESULTS = ("text", "pair", "label", "prediction", "loss", "residual")


class SliceColumns:
    """Values by name for the examples of a run; each is computed when it is first asked for.

    Parameters
    ----------
    run : Run or pandas.DataFrame
        A run, or a predictions table (then without ``pieces``, ``near_training`` and the columns
        of the source).
    split : str
    """

    def __init__(self, run: Any, split: str = "test"):
        self.run = run if hasattr(run, "predictions") else None
        self.split = split
        self.table: pd.DataFrame = run.predictions(split) if self.run is not None else run
        if not len(self.table):
            raise DataError("The predictions table has no rows.", "Predict at least one example.")
        self.task = task_for(self.table)
        if not self.task.labelled(self.table):
            raise DataError("The predictions have no labels.", "Slices need labelled examples.")
        self.texts = self.task.texts(self.table)
        self._known: dict[str, np.ndarray] = {}
        self._source: pd.DataFrame | None = None

    @property
    def names(self) -> list[str]:
        """Every name that a query may use."""
        return [*FEATURES, *(OF_RUN if self.run is not None else ()), *self.result_names,
                *self.source_names]  # fmt: skip

    @property
    def result_names(self) -> list[str]:
        """Columns of the predictions that hold one value an example."""
        plain = [n for n in RESULTS if n in self.table.columns]
        return [n for n in plain if n == "text" or not _holds_lists(self.table[n])]

    @property
    def source_names(self) -> list[str]:
        """Columns of the source that are not the text and the label themselves."""
        return [str(n) for n in self._source_table().columns]

    def __getitem__(self, name: str) -> np.ndarray:
        """Values of a name, shape (n_examples,).

        Raises
        ------
        UnknownName
            If there is no such name; near ones are said.
        """
        if name not in self._known:
            self._known[name] = self._compute(name)
        return self._known[name]

    def errors(self) -> tuple[np.ndarray, str]:
        """How wrong each example is, and what that is.

        ``error`` (0 or 1), ``residual`` (size, of numbers) or ``distance`` (of what is only near).

        Their task decides it: a sentence of tags is an error when one of its tags is wrong, a
        number and a text are only near.

        Raises
        ------
        DataError
            If the task says neither.
        """
        wrong = self.task.wrong(self.table)
        if wrong is not None:
            return wrong.to_numpy(float), "error"
        sizes = self.task.distance(self.table)
        if sizes is None:
            raise DataError(t("predictions.not_judged", task=called(self.task.name)),
                            t("predictions.of_its_task"))  # fmt: skip
        kind = "residual" if self.task.spec.predicts == "number" else "distance"
        return sizes.to_numpy(float), kind

    @property
    def measure(self) -> str:
        """What the mean of a slice is called: error_rate, mae, or what the task says."""
        kind = self.errors()[1]
        if kind == "distance":
            return self.task.distance_called(self.table)
        return {"error": "error_rate", "residual": "mae"}[kind]

    def _compute(self, name: str) -> np.ndarray:
        if name in FEATURES:
            return FEATURES[name](self.texts)
        if name == "pieces" and self.run is not None:
            from ..inside.loaded_model import folder_of, load

            return text_features.pieces_per_word(self.texts, load(folder_of(self.run)).tokenizer)
        if name == "near_training" and self.run is not None:
            from ... import tasks

            recipe = self.run.recipe
            training = tasks.get(recipe.task).load_examples(recipe).splits["train"]
            return text_features.near_training(self.texts, training["text"].astype(str).tolist())
        if name == "text":
            return np.asarray(self.texts, dtype=object)
        if name in self.result_names:
            return self.table[name].to_numpy()
        if name in self.source_names:
            return _filled(self._source_table()[name])
        if name in OF_RUN:
            raise DataError(
                f"{name} needs a run, and only a table of predictions was given.",
                "Give the run.",
            )
        raise UnknownName(f"No slice can ask for {name!r}.", nearest(name, self.names))

    def _source_table(self) -> pd.DataFrame:
        if self._source is None:
            self._source = self._read_source()
        return self._source

    def _read_source(self) -> pd.DataFrame:
        """Other columns of the rows that the examples came from; none where they are not found."""
        import pandas as pd

        nothing = pd.DataFrame(index=range(len(self.table)))
        if self.run is None or "row" not in self.table.columns:
            return nothing
        from ...data.reading import sources

        recipe = self.run.recipe
        try:
            splits = sources.load(recipe.dataset, reading=recipe.reading)
        except (WorkbenchError, OSError):  # the source is gone: its columns are not offered
            return nothing
        rows = self.table["row"].to_numpy()
        for name in (self.split, "train", *splits):
            frame = splits[name].with_format(None).to_pandas() if name in splits else None
            if frame is None or rows.max() >= len(frame):
                continue
            found = frame.iloc[rows].reset_index(drop=True)
            mapped = recipe.columns.get("text", "text")
            if mapped in found and found[mapped].astype(str).tolist() == self.texts:
                ours = {recipe.columns.get(role, role) for role in ("text", "pair", "label")}
                ours |= set(FEATURES) | set(OF_RUN) | set(RESULTS)
                kept = [c for c in found.columns if c not in ours and not _holds_lists(found[c])]
                return found[kept]
        return nothing


def _holds_lists(values: pd.Series) -> bool:
    first = values.iloc[0] if len(values) else None
    return hasattr(first, "__len__") and not isinstance(first, (str, bytes))


def _filled(values: pd.Series) -> np.ndarray:
    """Numbers as they are; everything else as text, "" where it is missing."""
    if values.dtype.kind in "biuf":
        return values.to_numpy()
    return values.map(lambda v: "" if v is None or v != v else str(v)).to_numpy(dtype=object)
