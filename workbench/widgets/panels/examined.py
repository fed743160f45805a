"""What is found in data that is picked, and what of a recipe decides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.i18n import t
from workbench.recipe import Recipe

if TYPE_CHECKING:
    from workbench.data.doctor import Check, Finding

CHANGES = (
    "task", "dataset", "columns", "reading", "fixes", "split", "split_column", "folds", "fold",
)  # fmt: skip
OF_MODEL = ("model", "wrong task")  # findings that say nothing of the data


def examine(
    recipe: Recipe, task: str, *, wanted: str = "", on_finding: Callable[[Finding], None]
) -> Check:
    """What the doctor finds.

    Parameters
    ----------
    recipe : Recipe
        Its columns are those that the user settled.
    task : str
        What the data is read for; ``"guess"`` goes by the columns.
    wanted : str
        The task for which a file was brought: it is read for that where it can be.
    on_finding : callable
        Called with each finding as soon as it is there.
    """
    from workbench.data import doctor

    if wanted and (found := _fitting(recipe, wanted)) is not None:
        return found
    return doctor.check(recipe, task=task, on_finding=on_finding)


def _fitting(recipe: Recipe, task: str) -> Check | None:
    """What is found when data is read for a task; None when it is not for that, whatever its model
    is for."""
    from workbench.data import doctor

    try:
        found = doctor.check(recipe.replace(task=task), task=task)
    except WorkbenchError:  # what is read for another task says what is wrong, if that fails too
        return None
    errors = [one for one in found.found if stops(one) and one.check not in OF_MODEL]
    return None if errors else found


def has_to_come(reference: str) -> bool:
    """Whether a dataset has to be downloaded first."""
    from workbench.catalog import download_size

    return download_size(reference, "dataset") != 0


def stops(finding: Finding) -> bool:
    """Whether a finding keeps the data from being trained on."""
    return finding.severity == "error"


def changes(before: Recipe | None, after: Recipe) -> list[str]:
    """Fields that decide what is found, and that are others now."""
    return [n for n in CHANGES if before is None or getattr(before, n) != getattr(after, n)]


def name_of(recipe: Recipe) -> str:
    """The data's name in a sentence."""
    return recipe.dataset.replace("\\", "/").rsplit("/", 1)[-1]


def verdict(check: Check) -> str:
    """Whether training would begin, and how much is found."""
    counts = {s: sum(f.severity == s for f in check.found) for s in ("error", "warning")}
    says = t("check.verdict", errors=counts["error"], warnings=counts["warning"])
    return f"{t('check.' + ('ready' if check.ok else 'not_ready'))} {says}"
