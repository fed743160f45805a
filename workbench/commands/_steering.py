"""What ``pause``, ``resume`` and ``stop`` have in common."""

from __future__ import annotations

import argparse

from ..terminal import say


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The run."""
    command.add_argument("folder", metavar="RUN")


def run(arguments: argparse.Namespace) -> None:
    """Do to the run what the verb says."""
    from ..training.run import open_run

    steered = open_run(arguments.folder)
    getattr(steered, arguments.verb)()
    say(f"{arguments.verb}: {steered}")
