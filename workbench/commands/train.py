"""``workbench train RECIPE.yaml``"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..i18n import t
from ..terminal import say
from ._recipes import add_training_arguments, read_recipe, settings, train

ORDER = 10
HELP = "Fine-tune a recipe; the last line is the run folder."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The recipe, and what is changed in it."""
    command.add_argument("recipe", metavar="RECIPE.yaml", type=Path)
    add_training_arguments(command)
    command.add_argument("--on", metavar="ENGINE", help=t("engine.on"))
    command.add_argument("--settings", metavar="FILE.yaml", type=Path, help=t("engine.settings"))


def run(arguments: argparse.Namespace) -> None:
    """Train in this process, or have an engine train."""
    recipe = read_recipe(arguments.recipe).replace(**settings(arguments.set))
    if arguments.on is None and arguments.settings is None:
        train(recipe, arguments.out)
        return
    from ..training.api import HOME, start

    given = start(recipe, arguments.out, on=arguments.on or HOME, settings=arguments.settings)
    status = given.status()
    if engine := status.get("engine"):
        say(t("engine.given", run=given.name, engine=engine, job=status["job"]), file=sys.stderr)
    say(given.path)
