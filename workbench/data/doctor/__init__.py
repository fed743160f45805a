"""The doctor: what is wrong with data and model, found before training does.

check = wb.check("reviews.csv")
check.findings                       # a table: severity, check, what, count, examples, fix
check = check.fix("drop_duplicates") # recorded in check.recipe, and examined again
run = wb.fine_tune(check.recipe)
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import catalog, task_registry
from ...errors import RecipeError, nearest
from ...plain_html import as_it_is
from ...recipe import Recipe
from .. import fixes
from ..columns import mapping
from ..reading import sources
from ..unlabelled import LEARNT, labelled_splits
from .examining import examine
from .findings import SEVERITIES, Case, Finding

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Check", "Finding", "check"]

SAMPLED = 20_000  # rows that near duplicates, languages and lengths are judged by


def check(
    data: Any,
    *,
    task: str | None = None,
    model: str | None = None,
    columns: dict[str, str] | None = None,
    reading: dict[str, Any] | None = None,
    sample: int = SAMPLED,
    on_finding: Callable[[Finding], None] | None = None,
) -> Check:
    """Examine data, and how a model fits it, before anything is trained.

    Parameters
    ----------
    data : Recipe, str, Path, pandas.DataFrame, datasets.Dataset or datasets.DatasetDict
        A recipe, or whatever a recipe's dataset can be.
    task : str, optional
        Instead of the recipe's; ``"guess"`` goes by the columns, whatever the recipe says.
    model : str, optional
        Instead of the recipe's.
    columns : dict of role to column, optional
        What is not to be guessed.
    reading : dict, optional
        How files are to be read, instead of the recipe's ``reading``.
    sample : int
        Rows by which near duplicates, languages and lengths are judged; findings say so.
    on_finding : callable, optional
        Called with each :class:`Finding` as soon as it is there, the quick ones first.

    Returns
    -------
    Check

    Raises
    ------
    DataError
        If the data cannot be read at all; the sentence names file and row.
    UnknownName, DownloadError, RecipeError
        If there is no such data or task, it cannot be fetched, or the recipe is wrong.
    """
    recipe, given_task = _recipe(data, task, model, columns, reading)
    splits, reports = sources.opened(recipe.dataset, reading=recipe.reading)
    guessed = mapping.infer(splits, task=given_task, given=recipe.columns)
    task = guessed.task if guessed.task in catalog.tasks() else recipe.task
    recipe = recipe.replace(task=task, dataset=recipe.dataset, columns=guessed.recipe_columns())
    learnt = next((guessed.columns[r] for r in LEARNT if r in guessed.columns), None)
    splits, left = labelled_splits(splits, learnt)
    if recipe.label_separator is None and guessed.label_separator is not None:
        recipe = recipe.replace(label_separator=guessed.label_separator)
    case = Case(recipe, splits, reports, guessed, sample)
    rows = sum(map(len, splits.values()))
    found: list[Finding] = []
    said = [Finding(n.severity, n.check, n.what, n.count, (), n.remedy) for n in left]
    with sources.holding(recipe.dataset, recipe.reading, (splits, reports)):  # read once
        for finding in itertools.chain(said, examine(case, found)):
            finding = finding.asked_about(rows)
            found.append(finding)
            if on_finding is not None:
                on_finding(finding)
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    found.sort(key=lambda finding: order[finding.severity])
    return Check(case.recipe, guessed, found, case)


def recipe_for(data: Any) -> Recipe:
    """The recipe itself, or the default recipe on this data (a name, a path, a table)."""
    if isinstance(data, Recipe):
        return data
    named = isinstance(data, (str, os.PathLike))
    return Recipe(dataset=str(data) if named else sources.store(data))


def _recipe(data, task, model, columns, reading) -> tuple[Recipe, str | None]:
    """The recipe to examine, and its task where that is settled."""
    recipe = recipe_for(data)
    settled = isinstance(data, Recipe) and (data.columns or data.task != Recipe().task)
    named = task if task in catalog.tasks() else None
    changes = {"task": named, "model": model, "columns": columns, "reading": reading}
    changes = {name: value for name, value in changes.items() if value is not None}
    recipe = recipe.replace(**{"dataset": recipe.dataset, **changes})
    if task == "guess":
        return recipe, None
    task = task or (recipe.task if settled else None)
    if task:
        task_registry.spec(task, trains=None)  # one that nobody knows is no reason to guess another
    return recipe, task


class Check:
    """What the doctor found. Immutable: :meth:`fix` gives a new one.

    Attributes
    ----------
    recipe : Recipe
        With the columns' mapping and the fixes that were accepted.
    mapping : Mapping
        ``mapping.table()`` has a row a role, with the reason and three samples.
    found : list of Finding
        The findings themselves, errors first.
    tables : dict of str to pandas.DataFrame
        ``files``, and as far as they were made ``classes``, ``lengths``, ``languages``,
        ``scripts``, ``near duplicates``.
    columns : list of str
        All columns of the data.
    """

    def __init__(self, recipe: Recipe, guessed: mapping.Mapping, found: list[Finding], case: Case):
        import pandas as pd

        self.recipe, self.mapping, self.found = recipe, guessed, found
        self._sample = case.sample
        self._rows = sum(map(len, case.splits.values()))
        self.columns = list(next(iter(case.splits.values())).column_names)
        self.tables = dict(case.tables)
        self.tables["files"] = pd.DataFrame([report.as_row() for report in case.reports])

    @property
    def ok(self) -> bool:
        """Whether there is no error: training would begin."""
        return all(finding.severity != "error" for finding in self.found)

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding: ``severity``, ``check``, ``what``, ``count``, ``examples``, ``fix``.

        ``fix`` is what :meth:`fix` takes, or empty; ``remedy`` says what to do.
        """
        import pandas as pd

        names = ["severity", "check", "what", "count", "examples", "fix", "remedy"]
        rows = [
            [f.severity, f.check, f.what, f.count, "; ".join(f.examples), f.fix_text, f.remedy]
            for f in self.found
        ]
        return pd.DataFrame(rows, columns=names)

    def accept(self, *names: str) -> Recipe:
        """The recipe with these fixes, by their name in the column ``fix`` (or ``check``).

        Raises
        ------
        RecipeError
            If no finding offers such a fix.
        """
        offered = {}
        for finding in self.found:
            if finding.fix:
                offered[finding.fix_text] = offered[finding.check] = finding.fix
        recipe = self.recipe
        for name in names:
            if name not in offered:
                texts_of = [f.fix_text for f in self.found if f.fix]
                raise RecipeError(
                    f"No finding offers the fix {name!r}.",
                    nearest(name, texts_of) if texts_of else "There is nothing to be fixed.",
                )
            recipe = _accept(recipe, offered[name])
        return recipe

    def fix(self, *names: str) -> Check:
        """Accept fixes as :meth:`accept` does, and examine again."""
        recipe = self.accept(*names)
        changed = recipe.task != self.recipe.task
        task = recipe.task if changed else self.mapping.task
        return check(recipe, task=task, sample=self._sample)

    def fix_all(self) -> Check:
        """Accept every fix that is offered for an error or a warning, and examine again.

        One that changes the task, or that leaves out many rows, is taken only by name; so are those
        with which the others would leave out half of the rows.
        """
        recipe, left = self.recipe, self._rows / 2
        for finding in self.found:
            if finding.fix and finding.severity != "info" and not finding.asked:
                if finding.drops > left:
                    continue
                left -= finding.drops
                recipe = _accept(recipe, finding.fix)
        return check(recipe, task=self.mapping.task, sample=self._sample)

    def __repr__(self) -> str:
        counts = [sum(f.severity == severity for f in self.found) for severity in SEVERITIES]
        said = ", ".join(f"{n} {s}" for n, s in zip(counts, SEVERITIES, strict=True))
        return f"Check({self.recipe.dataset!r}, {self.mapping.task}: {said})"

    def _repr_html_(self) -> str:
        return as_it_is(self.findings._repr_html_())


def _accept(recipe: Recipe, change: dict[str, Any]) -> Recipe:
    recipe = recipe.replace(**{name: v for name, v in change.items() if name != "fixes"})
    if "fixes" not in change:
        return recipe
    new = [name for name in change["fixes"] if name not in recipe.fixes]
    order = list(fixes.FIXES)
    wanted = sorted([*recipe.fixes, *new], key=lambda name: order.index(name.partition(":")[0]))
    return recipe.replace(fixes=wanted)
