"""What a run settles when it begins, and keeps: its environment, its data, what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import device
from ..atomic_files import write_json, write_text
from ..errors import RunError
from ..following_settings import Followed, follow
from ..i18n import t
from ..run_folder import as_learnt as begun_as
from ..run_folder.files import is_missing, read_fields
from . import checkpoints, same_rows
from .reporter import Reporter

if TYPE_CHECKING:
    from ..recipe import Recipe
    from .preparing import Prepared


def environment(folder: Path, recipe: Recipe, reporter: Reporter, checkpoint: Path | None) -> str:
    """Record the environment, or take that of the run's earlier part; returns the precision."""
    recorded, problem = read_fields(folder, "environment.json")
    if problem and not is_missing(problem):
        recorded = {}
        reporter.warn(
            f"environment.json is damaged ({problem}): whether the run goes on as it began "
            "cannot be told; the last digits may differ."
        )
    if recorded and checkpoint is not None:
        notes = device.apply_environment(recorded, reporter.ranks.size)
        if notes:
            reporter.event("environment_changed", checkpoints.step_of(checkpoint), notes=notes)
            reporter.warn(
                f"The run goes on in another environment ({'; '.join(notes)}): "
                "the last digits may differ from an uninterrupted run."
            )
        if recorded["device"] == device.device_name():
            return recorded["precision"]
    exact = recipe.speed == "exact" and recipe.precision == "auto"
    wanted = "fp32" if exact else recipe.precision
    precision = device.choose_precision(wanted, device.device_name())
    about = {**device.environment(), **reporter.ranks.about(), "precision": precision}
    write_json(folder / "environment.json", about)
    return precision


def data(
    folder: Path, prepared: Prepared, recipe: Recipe, reporter: Reporter, step: int,
    followed: Sequence[Followed] = (),
) -> None:
    """Record the data that a run begins with; refuse another one later (RunError)."""
    before, problem = read_fields(folder, "data/info.json")
    examples, rows = prepared.examples, prepared.encoded["train"]
    if problem:
        if not is_missing(problem):
            reporter.warn(
                f"data/info.json was damaged ({problem}) and is written anew: whether the data is "
                "what the run began with cannot be told."
            )
        path = folder / "data" / "info.json"
        path.parent.mkdir(exist_ok=True)
        if path.is_dir():
            path.rename(path.with_name("info.json.damaged"))
        told = {**begun_as.told(recipe), same_rows.FIELD: same_rows.digest(rows)}
        if followed:
            told["followed"] = [one._asdict() for one in followed]
        write_json(path, {**examples.info(), **prepared.copies.told(), **told})
    elif before["fingerprint"] != examples.fingerprint:
        raise RunError(t("training.other_data"), t("training.other_data_back"))
    elif step and (other := same_rows.said(before, rows, step)):
        reporter.warn(other)
    for key in ("passages.as_begun", "passages.begun_alone", "data_notes.begun_unseen",
                "data_notes.begun_classes"):  # fmt: skip
        if (said := t(key)) in examples.notes:
            reporter.warn(said)


def followed(recipe: Recipe, prepared: Prepared) -> list[Followed]:
    """What the recipe leaves to the data and the model that it was prepared with."""
    rows = len(prepared.encoded["train"])
    width, classes = width_of(prepared.model), prepared.examples.classes
    return follow(recipe, rows=rows, width=width, classes=classes)


def width_of(model: Any) -> int | None:
    """How many numbers a hidden state of a model has, where its configuration says it."""
    width = getattr(model.config, "hidden_size", None)
    return width if isinstance(width, int) else None


def with_followed(recipe: Recipe, found: Sequence[Followed]) -> Recipe:
    """The recipe that names what followed; itself where nothing did."""
    return recipe.replace(**{one.field: one.value for one in found}) if found else recipe


def as_begun(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with what followed in the run of this folder, for what it leaves open."""
    info, problem = read_fields(folder, "data/info.json")
    found = {} if problem else {one["field"]: one["value"] for one in info.get("followed", ())}
    return recipe.replace(**{n: v for n, v in found.items() if getattr(recipe, n) is None})


def keep(folder: Path, recipe: Recipe, found: Sequence[Followed], reporter: Reporter) -> Recipe:
    """Write what followed into the run's recipe, so that it is repeated and resumed exactly."""
    if not found:
        return recipe
    recipe = with_followed(recipe, found)
    write_text(folder / "recipe.yaml", recipe.to_yaml())
    reporter.set_state(followed=" ".join(one.why for one in found))
    return recipe
