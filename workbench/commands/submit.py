"""``workbench submit RECIPE.yaml --on CLOUD --dry-run``"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import EngineError
from ..i18n import t
from ..terminal import say
from ._recipes import read_recipe, settings

ORDER = 11
HELP = "Write the job files of a recipe for a cloud (sagemaker, azureml, skypilot); none is sent."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The recipe, the cloud, and where the files go."""
    command.add_argument("recipe", metavar="RECIPE.yaml", type=Path)
    command.add_argument("--on", metavar="CLOUD", required=True)
    command.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    command.add_argument("--settings", metavar="FILE.yaml", type=Path)
    command.add_argument("--dry-run", action="store_true", help=t("clouds.dry_run"))
    command.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="change a recipe field"
    )


def run(arguments: argparse.Namespace) -> None:
    """Write them; a line a file."""
    if not arguments.dry_run:
        raise EngineError(t("clouds.never_sent"), t("clouds.never_sent_back"))
    from ..execution.clouds.writing import write_job

    recipe = read_recipe(arguments.recipe).replace(**settings(arguments.set))
    for path in write_job(recipe, arguments.on, arguments.out, arguments.settings):
        say(path)
