"""The teacher of a distillation: found by its name, loaded, and held against the student."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import catalog
from ...errors import RecipeError, WorkbenchError
from ...i18n import t
from ...paths import local_path
from ...reference import Origin, origin_of
from ...run_folder import as_learnt
from ...run_folder.folder import RunFolder
from ...run_folder.folders import check_run_folder
from .. import checkpoints

if TYPE_CHECKING:
    from ...recipe import Recipe
    from ..predicting.predictor import Predictor

_READ = ("*.safetensors", "config.json", "tokenizer*", "vocab*", "merges*", "*.model")


@dataclass(frozen=True)
class Found:
    """Where a teacher lies, and how it reads texts.

    Attributes
    ----------
    name : str
        As the recipe has it.
    folder : Path
        Of the model.
    recipe : Recipe
        Of the run that it is from; the student's own of a model that is from none.
    begun : bool
        See :class:`workbench.training.predicting.predictor.Predictor`.
    """

    name: str
    folder: Path
    recipe: Recipe
    begun: bool = False

    def digest(self) -> str:
        """Hash of its weights, configuration and tokenizer; 32 hexadecimal digits."""
        found = hashlib.blake2b(digest_size=16)
        files = {path for pattern in _READ for path in self.folder.rglob(pattern)}
        for path in sorted(files):
            with path.open("rb") as file:
                part = hashlib.file_digest(file, "sha256").hexdigest()
            found.update(f"{path.relative_to(self.folder)} {part}\n".encode())
        return found.hexdigest()

    def load(self) -> Predictor:
        """The model in fp32 on the run's device, with its tokenizer and task.

        Raises
        ------
        RecipeError
            Of ``loss.teacher``, if the folder is no whole model of the student's task.
        """
        from ..predicting.predictor import Predictor

        with _of_the_teacher():
            return Predictor(self.folder, self.recipe, begun=self.begun)


def find(name: str, student: Recipe) -> Found:
    """The teacher of a name: a run, ``sample:…``, ``hub:…`` or a model's folder.

    Raises
    ------
    RecipeError
        Of ``loss.teacher``: nothing has that name, the run is of another task or not done.
    """
    with _of_the_teacher():
        place = local_path(name)
        if origin_of(name, "model") is not Origin.PATH or (
            (place / "config.json").is_file() and not (place / "run.json").is_file()
        ):
            return Found(name, catalog.model_folder(name), student)
        run = RunFolder(check_run_folder(name))
        recipe = run.recipe
        if recipe.task != student.task:
            raise refused("task", teacher=run.name, task=recipe.task, wanted=student.task)
        if not checkpoints.is_whole(run.path / "model"):
            raise refused("unfinished", teacher=run.name, state=run.state)
        checkpoints.verify(run.path / "model")
        learnt = as_learnt.as_learnt(run.path, recipe)
        return Found(name, run.path / "model", learnt, learnt is not recipe)


def columns_of(teacher: Predictor, names: list[str], called: str) -> list[int] | None:
    """Which of the teacher's outputs stands for each of the student's classes; None without any.

    Raises
    ------
    RecipeError
        If both do not know the very same classes.
    """
    if not teacher.task.spec.names_outputs:
        return None
    theirs = teacher.label_names
    if sorted(theirs) != sorted(names):
        beyond = [name for name in theirs if name not in names]
        lacking = [name for name in names if name not in theirs]
        raise refused(
            "labels", teacher=called, n=len(theirs), wanted=len(names),
            beyond=_few(beyond), lacking=_few(lacking),
        )  # fmt: skip
    return [theirs.index(name) for name in names]


def same_words(teacher: Predictor, tokenizer: Any, called: str) -> None:
    """Refuse a teacher that gives other words than the student (RecipeError)."""
    ours, theirs = tokenizer.get_vocab(), teacher.tokenizer.get_vocab()
    if ours != theirs:
        raise refused("vocabulary", teacher=called, n=len(theirs), wanted=len(ours))


def refused(what: str, **about: Any) -> RecipeError:
    """What is wrong with a teacher, by the key of its sentence."""
    return RecipeError(
        t(f"distillation.{what}", **about), t(f"distillation.{what}_remedy", **about),
        field="loss", setting="teacher",
    )  # fmt: skip


class _of_the_teacher:
    """What is wrong with a teacher stands at ``loss.teacher``, whoever found it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, WorkbenchError) and not isinstance(error, RecipeError):
            raise RecipeError(
                t("distillation.teacher", said=error.message), error.remedy,
                field="loss", setting="teacher",
            ) from error  # fmt: skip


def _few(names: list[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (", …" if len(names) > 3 else "") if names else "—"
