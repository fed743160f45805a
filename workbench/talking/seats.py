"""Who speaks in a conversation: a run's model, the model that it was tuned from, or any other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import task_registry
from ..errors import DataError, ModelError, RunError, kind_of
from ..i18n import t
from ..recipe import Recipe
from ..run_folder.as_learnt import as_learnt
from ..task_spec import TaskSpec
from ..task_words import called

if TYPE_CHECKING:
    from ..training.run import Run

CONVERSATION, TEXT, GOES_ON = "conversation", "text", "goes_on"  # ways of asking
UNTUNED = "untuned"


@dataclass(frozen=True)
class Weights:
    """What a seat's model is loaded from at the moment.

    Attributes
    ----------
    name : str
        For people.
    folder : str
        Holds config, safetensors weights and tokenizer.
    recipe : str
        YAML of the recipe that says how it is asked.
    begun : bool
        Whether control tokens in texts are such, see :mod:`workbench.run_folder.as_learnt`.
    """

    name: str
    folder: str
    recipe: str
    begun: bool = False


@dataclass(frozen=True)
class Seat:
    """Who speaks.

    Attributes
    ----------
    run : str
        Folder of a run; "" of a model that is no run's.
    tuned : bool
        Whether it is the run's own model; else the one that it began with.
    model, task : str
        Reference of a model that is no run's, and the task whose way of asking it is asked in.
    """

    run: str = ""
    tuned: bool = True
    model: str = ""
    task: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        if not self.run:
            return self.model
        name = Path(self.run).name
        return name if self.tuned else t("talking.untuned", run=name)

    def the_run(self) -> Run:
        """Its run.

        Raises
        ------
        UnknownName, RunError
            If the folder is gone, or is no run.
        """
        from ..training.run import open_run

        return open_run(self.run)

    def recipe(self) -> Recipe:
        """The recipe that says how it is asked."""
        if not self.run:
            return Recipe(task=self.task, model=self.model)
        run = self.the_run()
        return as_learnt(run.path, run.recipe)

    def weights(self) -> Weights:
        """What it is loaded from now: of a run that trains the newest checkpoint.

        Raises
        ------
        WorkbenchError
            If there is none, or none any more.
        """
        from ..catalog.hub.models import model_folder

        recipe = self.recipe()
        begun = False
        if not self.run:
            folder, name = Path(model_folder(self.model)), self.name
        elif self.tuned:
            run = self.the_run()
            folder, begun = run.model_path, recipe.reading != run.recipe.reading
            at = "" if folder.name == "model" else f", {folder.name}"
            name = self.name + at
        else:
            folder, name = Path(model_folder(recipe.model)), f"{self.name} ({recipe.model})"
        return Weights(name, str(folder), recipe.to_yaml(), begun)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def seat_of(source: Any, *, task: str | None = None, tuned: bool = True) -> Seat:
    """The seat of a run, a run's folder, a seat, or a model's reference.

    Parameters
    ----------
    source : Run, Seat, str or Path
    task : str, optional
        Way of asking a model that is no run's; that of conversations when left out.
    tuned : bool
        False takes the model that the run began with.

    Raises
    ------
    DataError
        If it is none of these.
    RunError
        If the task writes nothing.
    """
    if isinstance(source, Seat):
        seat = source
    elif hasattr(source, "recipe") and hasattr(source, "path"):
        seat = Seat(run=str(Path(source.path).absolute()), tuned=tuned)
    elif not isinstance(source, str | Path):
        raise DataError(t("talking.nobody", what=kind_of(source)), t("talking.nobody_back"))
    elif (Path(source) / "recipe.yaml").is_file():
        seat = Seat(run=str(Path(source).absolute()), tuned=tuned)
    else:
        seat = Seat(model=str(source), task=task or _of_conversations())
    way_of(seat)
    return seat


def way_of(seat: Seat) -> str:
    """How it is asked: :data:`CONVERSATION`, :data:`TEXT` or :data:`GOES_ON`.

    Raises
    ------
    RunError
        If its task writes nothing.
    """
    task = seat.recipe().task
    spec = task_registry.spec(task)
    if spec.output != "text":
        raise RunError(
            t("talking.silent", name=seat.name, task=called(task)),
            t("talking.silent_back", tasks=", ".join(
                called(one.name) for one in task_registry.specs() if one.output == "text")),
        )  # fmt: skip
    task_registry.check_installed(task)
    return way_of_writing(spec)


def way_of_writing(spec: TaskSpec) -> str:
    """How models of a task that writes are asked: one of the three ways above."""
    if _holds_messages(spec):
        return CONVERSATION
    return TEXT if "target" in {role.kind for role in spec.roles} else GOES_ON


def _holds_messages(spec: TaskSpec) -> bool:
    return "messages" in {role.kind for role in spec.roles}


def _of_conversations() -> str:
    """The task whose rows are conversations."""
    return next(one.name for one in task_registry.specs() if _holds_messages(one))


def same_way(seats: list[Seat]) -> str:
    """The way in which all seats are asked (ModelError where they are asked in several)."""
    ways = [way_of(seat) for seat in seats]
    if len(set(ways)) > 1:
        tasks = [called(seat.recipe().task) for seat in seats]
        raise ModelError(
            t("talking.ways", first=seats[0].name, one=tasks[0], second=seats[1].name,
              other=tasks[1]),
            t("talking.ways_back"),
        )  # fmt: skip
    return ways[0]
