"""Which column is what: guessed from names, types and content, each guess with its reason."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ... import task_registry
from ...errors import DataError, nearest
from ...i18n import t
from ...task_words import called
from ..conversations.segments import not_found, segments_in
from . import role_rivals
from .column_profile import profile, sampled
from .column_roles import Guess
from .known_columns import label_columns

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from ...recipe import Recipe

@dataclasses.dataclass(frozen=True)
class Mapping:
    """The kind of task, which column has which role, and why.

    Parameters
    ----------
    task : str
        A name of :func:`workbench.task_registry.specs`, trained for or not.
    columns : dict of str to str
        Role -> column.
    reasons : dict of str to str
        Role -> one sentence.
    choices : dict of str to list of str
        Role -> columns that could have it, the likeliest first, for a dropdown.
    samples : dict of str to list
        Column -> its first three values.
    rivals : dict of str to tuple of str
        Role -> columns that could as well have it, where the guess was a close one. Of texts for
        texts that were not asked for, ``label`` has the columns that classes could stand in.
    label_separator : str or None
        A line break, where cells of the label column hold several labels on lines.
    """

    task: str
    columns: dict[str, str]
    reasons: dict[str, str]
    choices: dict[str, list[str]]
    samples: dict[str, list]
    rivals: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    label_separator: str | None = None

    def table(self) -> pd.DataFrame:
        """One row a role: ``role``, ``column``, ``reason``, ``sample_1`` to ``sample_3``."""
        import pandas as pd

        rows = []
        for role, column in self.columns.items():
            shown = [_short(value) for value in self.samples.get(column, [])][:3]
            shown += [""] * (3 - len(shown))
            rows.append([role, column, self.reasons[role], *shown])
        names = ["role", "column", "reason", "sample_1", "sample_2", "sample_3"]
        return pd.DataFrame(rows, columns=names)

    def recipe_columns(self) -> dict[str, str]:
        """What a recipe's ``columns`` has to hold: roles whose column has another name."""
        return {r: c for r, c in self.columns.items() if r != c or r == "pair"}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def infer(
    splits: datasets.DatasetDict, *, task: str | None = None, given: dict[str, str] | None = None
) -> Mapping:
    """Guess the task and the role of each column.

    Parameters
    ----------
    splits : datasets.DatasetDict
        The first split is looked at, ``train`` where there is one.
    task : str, optional
        When it is known.
    given : dict of role to column, optional
        What is settled already.

    Raises
    ------
    DataError
        If a column that was given is not there, or there is no column of text at all.
    """
    split = splits["train"] if "train" in splits else next(iter(splits.values()))
    values = sampled(split)
    columns = profile(split, values)
    given = dict(given or {})
    for role, name in given.items():
        if name not in columns and not label_columns(name, list(columns)):
            raise DataError(
                f"The data has no column {name!r} for the {role}.",
                nearest(name, columns) + f" Set it with columns={{'{role}': 'your column'}}.",
            )
    guess = Guess(columns, given, values)
    found = guess.of(task) if task else guess.best()
    taken = [name for role, (name, _) in (found or ("", {}))[1].items() if role not in given]
    segments = segments_in(values)
    if segments is not None and (found is None or segments in taken):
        raise not_found(values)  # no task reads what of them is learnt
    if found is None:
        shown = ", ".join(f"{c.name!r} ({c.kind})" for c in list(columns.values())[:6])
        declared = task_registry.find(task)
        if declared and "text" not in declared.role_names:
            needed = declared.required or declared.role_names
            named = ", ".join(f"'{name}': 'your column'" for name in needed[:2])
            said = "It needs" if declared.required else "It takes some of"
            raise DataError(
                f"No columns of the data fit {called(task)}; it has {shown}.",
                f"{said} {', '.join(needed)}: name them with "
                f"columns={{{named}}}, or choose another task.",
            )
        raise DataError(
            f"The data has no column of text; it has {shown}.",
            "Name the column with columns={'text': 'your column'}.",
        )
    head = split.with_format(None)[: min(3, len(split))] if len(columns) <= 500 else {}
    chosen_task, roles = found
    separator = None
    kind = task_registry.label_kind(chosen_task)
    if kind == "label" and not task and guess.on_lines(roles):
        chosen_task, separator = task_registry.with_label("labels"), "\n"
    elif kind == "labels" and guess.on_lines(roles):
        separator = "\n"
    declared = task_registry.spec(chosen_task, trains=None)
    choices = {role.name: role_rivals.choices(guess, role) for role in declared.roles}
    return Mapping(
        chosen_task,
        {role: name for role, (name, _) in roles.items()},
        {role: reason for role, (_, reason) in roles.items()},
        choices,
        {name: head.get(name, []) for name, _ in roles.values()},
        role_rivals.rivals(guess, roles, task_is_open=not task and not given),
        separator,
    )


def to_be_named(role: str, split: datasets.Dataset, recipe: Recipe) -> str:
    """What to write where the column of a role is missing: the columns as :func:`infer` finds them,
    where it finds all that the task needs."""
    import datasets

    given = {r: name for r, name in recipe.columns.items() if name in split.column_names}
    try:
        found = infer(datasets.DatasetDict(train=split), task=recipe.task, given=given)
    except DataError:
        found = None
    needed = {role, *task_registry.spec(recipe.task, trains=None).required}
    if found is None or not needed <= set(found.columns):
        return t("pairs.no_column_remedy", role=role)
    return t("pairs.columns_found", columns=found.recipe_columns())
