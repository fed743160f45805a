"""What a search may change: fields of a recipe, each with its choices or its range."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import RecipeError, nearest, shown
from ...i18n import t
from ...recipe import NESTED, Recipe, field_names

#: Fields that decide which examples there are or what is measured: by other validation rows, or by
#: another measure, no two trials could be compared.
FIXED = (
    "task", "dataset", "columns", "label_separator", "reading", "fixes", "corrections", "split",
    "split_column", "folds", "fold", "test_size", "validation_size", "max_eval_examples", "seed",
    "split_seed", "best_metric", "writes", "slices", "report_to",
)  # fmt: skip
KINDS = {one.field for one in NESTED}
CORNERS = 256  # combinations of ends and choices that are tried on the recipe at most


@dataclass(frozen=True)
class Choices:
    """A few values; each has a text of its own, by which it is suggested."""

    values: tuple

    @property
    def texts(self) -> list[str]:
        """The values as JSON."""
        return [json.dumps(value, sort_keys=True) for value in self.values]

    @property
    def ends(self) -> tuple:
        """What is tried on the recipe before anything is trained: all of them."""
        return self.values


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both among them; ``log``: each factor is as likely."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def ends(self) -> tuple:
        """What is tried on the recipe before anything is trained."""
        return (self.low, self.high)


Space = dict[str, Choices | Range]


def read_space(space: Any, recipe: Recipe) -> Space:
    """The space that somebody wrote down, checked against the recipe that it changes.

    Parameters
    ----------
    space : mapping of str to list or tuple
        ``{"learning_rate": (1e-5, 1e-3, "log"), "method.rank": [4, 8, 16]}``: a list holds choices,
        a tuple the ends of a range. Two whole numbers are a range of whole numbers. A setting of a
        kind stands behind a dot; a whole choice of kinds is ``{"method": [{...}, {...}]}``.
    recipe : Recipe
        Each end and choice is laid into it, alone and with those of the others.

    Raises
    ------
    RecipeError
        If it is empty, or names what a recipe has not or does not take.
    """
    if not isinstance(space, Mapping) or not space:
        raise RecipeError(t("search.empty", value=shown(space)), t("search.empty_remedy"))
    found = {name: _dimension(name, given) for name, given in space.items()}
    inside = {name.partition(".")[0] for name in found if "." in name}
    for name in sorted(inside & set(found)):
        raise RecipeError(t("search.both", name=name), t("search.both_remedy"), field=name)
    for name, one in found.items():
        for value in one.ends:
            _try(recipe, {name: value})
    for values in _corners(found):
        _try(recipe, values)
    return found


def with_values(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with these values of a space.

    Raises
    ------
    RecipeError
    """
    changes: dict[str, Any] = {}
    for name, value in values.items():
        field, _, setting = name.partition(".")
        if setting:
            changes[field] = {**changes.get(field, getattr(recipe, field)), setting: value}
        else:
            changes[field] = value
    return recipe.replace(**changes)


def size(space: Space) -> int | None:
    """How many combinations there are; None where there is no end of them."""
    counts = [
        len(one.values) if isinstance(one, Choices)
        else int(one.high - one.low) + 1 if one.whole else None
        for one in space.values()
    ]  # fmt: skip
    known = [count for count in counts if count is not None]
    return math.prod(known) if len(known) == len(counts) else None


def every(space: Space) -> Iterable[dict[str, Any]]:
    """All combinations of a space that has an end."""
    axes = [
        one.values if isinstance(one, Choices) else range(int(one.low), int(one.high) + 1)
        for one in space.values()
    ]
    for values in itertools.product(*axes):
        yield dict(zip(space, values, strict=True))


def to_json(space: Space) -> dict[str, dict]:
    """The space as a file holds it; :func:`from_json` reads it back."""
    found = {name: {"of": type(one).__name__.lower(), **dataclasses.asdict(one)}
             for name, one in space.items()}  # fmt: skip
    return json.loads(json.dumps(found))  # with lists for tuples, as it will be read


def from_json(values: dict[str, dict]) -> Space:
    """The space of a file."""
    found: Space = {}
    for name, about in values.items():
        rest = {key: value for key, value in about.items() if key != "of"}
        if about["of"] == "choices":
            found[name] = Choices(tuple(rest["values"]))
        else:
            found[name] = Range(**rest)
    return found


def _dimension(name: Any, given: Any) -> Choices | Range:
    _check_name(name)
    if isinstance(given, list):
        if not given:
            raise RecipeError(t("search.no_choices", name=name), t("search.no_choices_remedy"),
                              field=name)  # fmt: skip
        return Choices(tuple(map(_plain, given)))
    takes = t("search.takes", name=name)
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        raise RecipeError(t("search.no_dimension", name=name, value=shown(given)), takes,
                          field=name)  # fmt: skip
    low, high, *rest = map(_plain, given)
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
                  for one in (low, high))  # fmt: skip
    if not numbers or rest not in ([], ["log"]):
        raise RecipeError(t("search.no_range", name=name, value=shown(given)), takes, field=name)
    if low >= high:
        raise RecipeError(t("search.turned", name=name, low=low, high=high),
                          t("search.turned_remedy"), field=name)  # fmt: skip
    if rest and low <= 0:
        raise RecipeError(t("search.log", name=name, low=low), t("search.log_remedy"), field=name)
    whole = isinstance(low, int) and isinstance(high, int)
    return Range(low if whole else float(low), high if whole else float(high), bool(rest), whole)


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's: files hold no others."""
    return value.item() if hasattr(value, "item") else value


def _check_name(name: Any) -> None:
    field, dot, setting = str(name).partition(".")
    if field not in field_names():
        raise RecipeError(t("search.unknown", name=shown(name)), nearest(field, field_names()),
                          field=field)  # fmt: skip
    if field in FIXED:
        raise RecipeError(t("search.fixed", name=field), t("search.fixed_remedy"), field=field)
    if dot and (field not in KINDS or setting == "kind"):
        key = "search.kind" if setting == "kind" and field in KINDS else "search.no_settings"
        raise RecipeError(t(key, name=name, field=field), t("search.whole", field=field),
                          field=field)  # fmt: skip


def _try(recipe: Recipe, values: Mapping[str, Any]) -> None:
    try:
        with_values(recipe, values)
    except RecipeError as error:
        said = ", ".join(f"{name} = {shown(value)}" for name, value in values.items())
        raise RecipeError(t("search.refused", values=said, why=error.message), error.remedy,
                          field=error.field) from None  # fmt: skip


def _corners(space: Space) -> list[dict[str, Any]]:
    """Combinations of ends and choices: all, or of very many as many as are tried, drawn."""
    axes = [one.ends for one in space.values()]
    if math.prod(map(len, axes)) <= CORNERS:
        drawn: Iterable[tuple] = itertools.product(*axes)
    else:
        rng = random.Random(0)
        drawn = [tuple(rng.choice(ends) for ends in axes) for _ in range(CORNERS)]
    return [dict(zip(space, values, strict=True)) for values in drawn]
