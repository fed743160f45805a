"""``workbench train RECIPE.yaml``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ._recipes import add_training_arguments, read_recipe, settings, train

ORDER = 10
HELP = "Fine-tune a recipe; the last line is the run folder."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The recipe, and what is changed in it."""
    command.add_argument("recipe", metavar="RECIPE.yaml", type=Path)
    add_training_arguments(command)


def run(arguments: argparse.Namespace) -> None:
    """Train in this process."""
    recipe = read_recipe(arguments.recipe)
    train(recipe.replace(**settings(arguments.set)), arguments.out)
