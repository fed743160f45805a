"""``workbench show RUN``"""

from __future__ import annotations

import argparse

from ..terminal import say
from ._results import print_results

ORDER = 51
HELP = "Show a run: recipe, state, metrics."


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run."""
    command.add_argument("folder", metavar="RUN")


def run(arguments: argparse.Namespace) -> None:
    """Print what the run's folder holds."""
    from ..training.run import open_run

    shown = open_run(arguments.folder)
    status = shown.status()
    say(f"{shown}\n\n{shown.recipe.to_yaml()}")
    for name in ("phase", "warning", "error", "remedy"):
        if status.get(name):
            say(f"{name}: {status[name]}")
    if shown.results():
        print_results(shown)
