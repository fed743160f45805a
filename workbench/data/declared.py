"""What a recipe says of its data: where it lies, how it is mended, split and drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RecipeError
from ..settings import NONE, USUALLY, check_share, setting

SPLITS = ("stratified", "random", "group", "time")
SAMPLINGS = ("all", "oversample", "undersample")


@dataclass(frozen=True, kw_only=True)
class Source:
    """How the data is read; see :mod:`workbench.data.columns.mapping` and
    :mod:`workbench.data.reading.reading_settings`."""

    columns: dict = setting({}, "task column: data column", kinds=(dict,), scope="examples")
    """Where the task's columns are found, ``{"text": "review", "label": "stars"}``; a column that
    has the task's own name needs no entry."""

    label_separator: str | None = setting(
        None, "text", kinds=(str, NONE), blank=True, scope="examples"
    )
    """What stands between the labels of a row of a multi-label dataset, such as ``";"``, where its
    column holds texts; ``None`` where it holds lists."""

    reading: dict = setting({}, "setting: value", kinds=(dict,), scope="examples")
    """How files are read, where that is not found out right: ``encoding``, ``delimiter``,
    ``quotes``, ``skip``, ``header``, ``sheet``, ``rows``, ``shape`` and others; see
    :data:`workbench.data.reading.reading_settings.READING`."""

    def _check(self) -> None:
        """Refuse columns that are no names (RecipeError)."""
        for key, value in self.columns.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise RecipeError(
                    f"columns holds {key!r}: {value!r}.",
                    "It maps a column name of the task to a column name of the data.",
                    field="columns",
                )


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """What is mended; see :mod:`workbench.data.fixes` and :mod:`workbench.data.corrections`."""

    fixes: list = setting([], "names of fixes", kinds=(list,), scope="examples")
    """What is mended in the data before it is split, in this order, such as
    ``["drop_duplicates"]``; see :mod:`workbench.data.fixes`."""

    corrections: str | None = setting(None, "file", kinds=(str, NONE), scope="examples")
    """File of corrected labels, laid over the data after it is split; see
    :mod:`workbench.data.corrections`."""

    def _check(self) -> None:
        """Refuse fixes that are no names (RecipeError)."""
        for value in self.fixes:
            if not isinstance(value, str):
                raise RecipeError(f"fixes holds {value!r}.", "Each fix is a name.", field="fixes")


@dataclass(frozen=True, kw_only=True)
class Splitting:
    """How splits are made; see :mod:`workbench.data.splits`."""

    split: str = setting("stratified", "method", kinds=(str,), choices=SPLITS, scope="examples")
    """How missing splits are made: each class keeps its share; by chance; rows with the same value
    of ``split_column`` stay together; or the last rows by ``split_column`` are held out."""

    split_column: str | None = setting(None, "data column", kinds=(str, NONE), scope="examples")
    """Column of the data that ``group`` and ``time`` go by."""

    folds: int | None = setting(
        None, "parts", kinds=(int, NONE), low=2, high=100, scope="examples"
    )
    """Number of equal parts of the rows; the test split is the part that ``fold`` names, which
    ``max_eval_examples`` does not cut: over all folds each row is tested once."""

    fold: int | None = setting(
        None, "number of the part", kinds=(int, NONE), low=1, high=100, scope="examples"
    )
    """Which of the ``folds`` parts is tested, counted from 1."""

    test_size: float = setting(
        0.2, "share or examples", kinds=(float, int), low=0, open_low=True, scope="examples"
    )
    """Share (below 1) or number of examples held out where the dataset has no test split."""

    validation_size: float = setting(
        0.1, "share or examples", kinds=(float, int), low=0, open_low=True, scope="examples"
    )
    """Share (below 1) or number of examples held out where the dataset has no validation split."""

    split_seed: int | None = setting(
        None, "integer", kinds=(int, NONE), low=0, high=2**32 - 1, scope="examples"
    )
    """Of splits and of the examples that are drawn, so that runs of several seeds have the same
    rows; ``None`` is the ``seed``."""

    def _check(self) -> None:
        """Refuse settings that do not go together (RecipeError)."""
        if self.split in ("group", "time") and self.split_column is None:
            raise RecipeError(
                f"split is {self.split!r} without a split_column.",
                "Name the column of the data that it goes by.",
                field="split_column",
            )
        if self.fold is not None and self.fold > (self.folds or 0):
            raise RecipeError(
                f"fold is {self.fold} and folds is {self.folds}.",
                "It is a number from 1 to folds.",
                field="fold",
            )
        if self.folds is not None and self.split == "time":
            raise RecipeError(
                "folds cannot be made by time.",
                "Set split to 'stratified', 'random' or 'group', or leave folds away.",
                field="folds",
            )
        check_share("test_size", self.test_size)
        check_share("validation_size", self.validation_size)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Which examples are taken; see :mod:`workbench.data.examples`."""

    max_train_examples: int | None = setting(
        USUALLY, "examples", kinds=(int, NONE), low=2, scope="examples"
    )
    """At most so many examples are drawn (stratified, seeded) for training. The default, which is
    the task's, keeps a first run to minutes on a CPU; ``None`` takes all."""

    max_eval_examples: int | None = setting(
        USUALLY, "examples", kinds=(int, NONE), low=2, scope="examples"
    )
    """At most so many are drawn for each of validation and test; the default is the task's,
    ``None`` takes all."""

    sampling: str = setting("all", "way", kinds=(str,), choices=SAMPLINGS, scope="examples")
    """Which training examples an epoch has: all as they are; those of smaller classes several
    times, until each class has as many as the largest; or of each class as many as the smallest
    has. Validation and test keep their shares."""
