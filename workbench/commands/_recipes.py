"""Recipes that a command line names, changed by its options, and trained."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RecipeError
from ..i18n import t
from ..terminal import say

if TYPE_CHECKING:
    from ..recipe import Recipe


def add_training_arguments(command: argparse.ArgumentParser) -> None:
    """``--set`` and ``--out``."""
    command.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="change a recipe field"
    )
    command.add_argument("--out", metavar="RUN_FOLDER", type=Path)


def reading_of(pairs: list[str], *, over_others: bool = False) -> dict | None:
    """What ``--reading`` said, each ``SETTING=VALUE`` (RecipeError for what is none).

    ``over_others`` is as :func:`.reading_settings.read_setting` has it.
    """
    from ..data.reading.reading_settings import read_setting

    for pair in pairs:
        if not pair.partition("=")[0].strip() or "=" not in pair:
            raise RecipeError(
                t("commands.pair", option="--reading", pair=pair), "Write --reading quotes=false."
            )
    made = (read_setting(*pair.split("=", 1), over_others=over_others) for pair in pairs)
    return dict(made) or None


def read_recipe(path: Path) -> Recipe:
    """The recipe of a YAML file (RecipeError if it cannot be read)."""
    from ..recipe import Recipe

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise RecipeError(
            f"The recipe {str(path)!r} cannot be read ({reason}).",
            "Give the path of a YAML file, as recipe.to_yaml() writes it.",
        ) from None
    return Recipe.from_yaml(text)


def settings(pairs: list[str]) -> dict:
    """What ``--set field=value`` changes, each value read as YAML (RecipeError without a '=')."""
    from ..recipe_text import from_yaml

    changes: dict = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise RecipeError(
                t("commands.pair", option="--set", pair=pair), "Write --set field=value."
            )
        changes.update(from_yaml(f"{name.strip()}: {value}"))
    return changes


def train(recipe: Recipe, out: Path | None) -> None:
    """Fine-tune, print the results; the last line is the run folder."""
    from ..training.api import fine_tune
    from ._results import print_results

    say(recipe, file=sys.stderr)
    run = fine_tune(recipe, out)
    if run.state == "done":
        print_results(run)
    else:
        say(f"The run is {run.state}; go on with: workbench resume {run.path}", file=sys.stderr)
    say(run.path)
