"""``workbench demo``"""

from __future__ import annotations

import argparse

from ._recipes import add_training_arguments, settings, train

ORDER = 30
HELP = "Fine-tune the default recipe; the last line is the run folder."
add_arguments = add_training_arguments


def run(arguments: argparse.Namespace) -> None:
    """Train in this process."""
    from ..recipe import Recipe

    train(Recipe().replace(**settings(arguments.set)), arguments.out)
